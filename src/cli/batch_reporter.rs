//! What a command reports while its batch runs: each change of a project, the progress of all, and a time without answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::case::batch::{BatchCounts, BatchGoal, BatchItem, ItemStage};
use crate::case::{RunId, UtcMs, format};
use crate::engine::api::{BatchItemView, BatchView, DownloadView, RunView, Snapshot, Waiting};

use super::batches::fields;
use super::client::tell_retry;
use super::output::Out;

/// Reports every change of a project, and the progress of all.
#[derive(Default)]
pub struct Reporter {
    /// What was told last of each project, in the order of the list.
    told: Vec<Arc<BatchItemView>>,
    cut: Option<Cut>,
    counts: Option<BatchCounts>,
    /// When progress was told last, to scripts and to people.
    progress_at: Option<UtcMs>,
    words_at: Option<UtcMs>,
    /// The projects that the person has named, until they know which of them were exported before.
    named: Option<BTreeSet<String>>,
}

/// Between two progress lines for scripts, and between two for people. Not scaled with `--pace`: they are read.
const PROGRESS_MS: i64 = 2_000;
const WORDS_MS: i64 = 15_000;

impl Reporter {
    /// A reporter for a person who names these projects, or for one who continues a folder.
    pub fn new(named: Option<BTreeSet<String>>) -> Self {
        Self { named, ..Self::default() }
    }

    pub fn tell(&mut self, view: &BatchView, out: &Out, (began, snapshot): (UtcMs, &Snapshot)) {
        self.tell_earlier(view, out, began);
        self.tell_projects(view, out);
        self.tell_cut(view, out, snapshot);
        self.tell_progress(view, out, snapshot.at);
    }

    /// Tells once that no answer comes, and once that the batch continues: not for each project that waits for it.
    fn tell_cut(&mut self, view: &BatchView, out: &Out, snapshot: &Snapshot) {
        match (&self.cut, unanswered(view, snapshot)) {
            (None, Some((waiting, is_download))) => {
                tell_retry(&waiting, snapshot, out);
                out.say(&format!("{} The batch waits, and tries again.", waiting.why));
                self.cut = Some(Cut { bytes: is_download.then(|| here(view)) });
            }
            // A download that tries again has no answer yet.
            (Some(cut), None)
                if !snapshot.is_offline && cut.bytes.is_none_or(|bytes| bytes != here(view)) =>
            {
                let words = "GitLab answers again. The batch continues.";
                out.event("notice", json!({ "message": words }));
                out.say(words);
                self.cut = None;
            }
            _ => {}
        }
    }

    fn tell_earlier(&mut self, view: &BatchView, out: &Out, began: UtcMs) {
        let Some(named) = self.named.take() else { return };
        let is_named = |one: &&Arc<BatchItemView>| one.item.names().any(|name| named.contains(&name));
        let all = view.items.iter().filter(is_named);
        let done = all.filter(|one| one.item.stage == ItemStage::Done).count();
        if view.batch.created_at < began && done > 0 {
            let (were, they) = if done == 1 { ("was", "It is") } else { ("were", "They are") };
            out.warn(&format!(
                "{} {were} exported to this folder before. {they} not exported again.",
                format::number_of(done as u64, "project", "projects")
            ));
        }
    }

    fn tell_projects(&mut self, view: &BatchView, out: &Out) {
        for item in view.items.iter() {
            let before = match self.told.get_mut(item.place) {
                Some(before) if Arc::ptr_eq(before, item) => continue,
                Some(before) => Some(std::mem::replace(before, Arc::clone(item))),
                None => {
                    self.told.push(Arc::clone(item));
                    None
                }
            };
            let what = |item: &BatchItem| (item.stage, item.server_status.clone(), item.is_paused);
            let is_news = match &before {
                Some(before) => what(&before.item) != what(&item.item),
                None => item.item.stage != ItemStage::Waiting,
            };
            if is_news {
                out.event("project", fields(&item.item, view.batch.goal));
                if item.item.stage.is_ended() {
                    out.say(&sentence(&item.item, view.batch.goal));
                }
            }
        }
    }

    fn tell_progress(&mut self, view: &BatchView, out: &Out, now: UtcMs) {
        let counts = view.counts;
        let is_due = |at: Option<UtcMs>, every: i64| at.is_none_or(|at| now.since_ms(at) >= every);
        let stages =
            |of: BatchCounts| (of.done, of.failed, of.cancelled, of.waiting, of.exporting, of.downloading);
        let is_new = self.counts.replace(counts).map(stages) != Some(stages(counts));
        let moves = view.bytes_per_s > 0 && is_due(self.progress_at, PROGRESS_MS);
        if is_new || moves {
            self.progress_at = Some(now);
            out.event("progress", progress(view, now));
        }
        if view.is_over() || !is_due(self.words_at, WORDS_MS) {
            return;
        }
        if self.words_at.replace(now).is_some() {
            out.say(&words(view, now));
            return;
        }
        let unrequested = view.items.iter().filter(|one| one.item.is_unrequested()).count();
        if let Some(last) = unrequested.checked_sub(1) {
            let wait = format::stretch(view.turn(last).since_ms(now).max(0));
            let (per_minute, waiting) =
                (view.turns.per_window, format::number_of(unrequested as u64, "project", "projects"));
            out.say(&format!(
                "{waiting} to check and to request. GitLab accepts {per_minute} exports per minute: the last one gets its turn in about {wait}."
            ));
        }
    }
}

/// A time without answers.
struct Cut {
    /// Where a download waits: how many bytes were here when it began.
    bytes: Option<u64>,
}

/// What the batch waits for because nobody answers: as a whole, or for one of its exports or downloads, and whether it is a
/// download.
fn unanswered(view: &BatchView, snapshot: &Snapshot) -> Option<(Waiting, bool)> {
    let is_of = |run: RunId| view.items.iter().any(|one| one.item.run == Some(run));
    let waits = |waiting: &Option<Waiting>| waiting.clone().filter(|waiting| waiting.may_retry_now);
    let of_run = |run: &Arc<RunView>| waits(&run.watch.waiting).filter(|_| is_of(run.run.id));
    let of_download = |download: &Arc<DownloadView>| {
        let is_ours = || view.items.iter().any(|one| one.item.download == Some(download.id));
        waits(&download.waiting).filter(|_| is_ours())
    };
    if let Some(waiting) = &view.resting {
        return Some((waiting.clone(), false));
    }
    if view.is_unanswered {
        let why = "GitLab does not answer.".to_owned();
        return Some((Waiting { why, until: None, may_retry_now: false }, false));
    }
    let run = snapshot.runs.iter().find_map(of_run).map(|waiting| (waiting, false));
    run.or_else(|| snapshot.downloads.iter().find_map(of_download).map(|waiting| (waiting, true)))
}

/// How many bytes of the batch are here, the running downloads included.
fn here(view: &BatchView) -> u64 {
    let running: u64 = view.items.iter().filter_map(|one| one.progress).map(|progress| progress.bytes).sum();
    view.counts.bytes.saturating_add(running)
}

/// How far the batch is, in one line.
fn words(view: &BatchView, now: UtcMs) -> String {
    let (counts, here) = (view.counts, here(view));
    let mut line = counts.sentence(view.batch.goal);
    if here > 0 {
        let total = here.saturating_add(counts.expected_bytes);
        line = format!("{line} {} of {}.", format::bytes(here), format::bytes(total));
    }
    match view.left_ms(now) {
        Some(left) => format!("{line} About {} left.", format::stretch(left)),
        None => line,
    }
}

/// The fields of a progress line: `bytes` of what is here, the running downloads included, `total` as far as it is
/// known.
fn progress(view: &BatchView, now: UtcMs) -> Value {
    let counts = view.counts;
    let bytes = here(view);
    json!({
        "done": counts.done, "failed": counts.failed, "cancelled": counts.cancelled, "all": counts.all,
        "waiting": counts.waiting, "exporting": counts.exporting, "downloading": counts.downloading,
        "bytes": bytes,
        "total": bytes.saturating_add(counts.expected_bytes),
        "bytes_per_s": view.bytes_per_s,
        "left_secs": view.left_ms(now).map(|left| left as f64 / 1000.0),
    })
}

/// One project that has ended, in one line.
fn sentence(item: &BatchItem, goal: BatchGoal) -> String {
    if let Some(first) = &item.repeats {
        return format!("{}: the same project as {first}, exported once", item.title());
    }
    match (item.saved(), &item.error) {
        (Some(file), _) => {
            let verdict = file.verdict.replace('_', " ");
            // Nobody should take it for one that was made just now.
            let from = if item.attempts == 0 { ", of an export that was requested before" } else { "" };
            format!("{}: {} ({}), {verdict}{from}", item.title(), file.path, format::bytes(file.bytes))
        }
        (None, Some(error)) => format!("{}: {}", item.title(), error.headline),
        (None, None) => format!("{}: {}", item.title(), item.status(goal)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::case::batch::{ArchiveOnDisk, ExportBatch, ItemFile, Turns, counts};
    use crate::engine::api::ItemProgress;

    #[test]
    fn a_progress_line_has_bytes_and_time_as_of_a_single_download() {
        let item =
            BatchItem { stage: ItemStage::Downloading, ..BatchItem::listed(17, "acme/api".to_owned()) };
        let progress =
            Some(ItemProgress { bytes: 1 << 20, total_bytes: Some(4 << 20), bytes_per_s: 1 << 19 });
        let mut counts = counts([&item]);
        counts.expected_bytes = 3 << 20;
        let view = BatchView {
            batch: ExportBatch::example(),
            items: [Arc::new(BatchItemView { place: 0, item, is_asked: false, progress })].into(),
            counts,
            turns: Turns {
                reserved: Arc::new([]),
                next_at: UtcMs(0),
                per_window: 6,
                window_ms: 60_000,
                ahead: 0,
            },
            is_held: false,
            resting: None,
            is_unanswered: false,
            is_saved: true,
            not_saved: None,
            free_bytes: None,
            bytes_per_s: 1 << 19,
        };
        let line = words(&view, UtcMs(0));
        assert_eq!(line, "0 of 1 project done. 1.0 MiB of 4.0 MiB. About 6 s left.");
    }
    #[test]
    fn the_line_of_an_archive_is_true_of_it() {
        let file = ItemFile::example();
        let item = BatchItem::listed(17, "acme/api".to_owned());
        let done = BatchItem { stage: ItemStage::Done, file: Some(file), attempts: 1, ..item };
        let goal = BatchGoal::Downloaded;
        assert_eq!(sentence(&done, goal), "acme/api: /f/a.tar.gz (9 B), importable");
        let earlier = BatchItem { attempts: 0, ..done.clone() };
        assert!(sentence(&earlier, goal).ends_with("importable, of an export that was requested before"));
        let gone = done.with_archive(ArchiveOnDisk::Gone).unwrap();
        assert_eq!(sentence(&gone, goal), "acme/api: The archive /f/a.tar.gz is gone.");
    }
}
