//! What ended, or is about to end, since the last snapshot. Announced in toasts that a screen reader reads, and as
//! desktop notifications while the window is not in front.

use std::collections::HashSet;
use std::sync::Arc;

use crate::case::rebuild::Gap;
use crate::case::{
    BatchId, Case, CaseId, DeadlineName, DownloadId, Outcome, Phase, RebuildId, RebuildPhase, RelationsPhase,
    Run, RunId, UtcMs,
};
use crate::case::{ImportId, ImportPhase, RelationsId};
use crate::engine::api::{
    BatchItemView, BatchView, DeadlineOf, DownloadState, DownloadView, DueDeadline, ImportView, RebuildView,
    RelationsView, RunView, Snapshot,
};

use super::format;
use super::kit::Toast;
use super::subject::{Subject, moves, rests};

/// What kind of news it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    /// Something is there, but not all of it.
    Incomplete,
    Problem,
    /// A deadline is near.
    Deadline,
}

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub tone: Tone,
    /// The case that the news is about, if any.
    pub case: Option<CaseId>,
    /// What happened, with nothing private except the project's path.
    pub headline: String,
    /// Details, for the window alone, because they may quote GitLab.
    pub detail: String,
    /// What the news is about, so that its toast ends when that has changed.
    pub subject: Option<Subject>,
}

impl Notice {
    fn new(tone: Tone, case: Option<CaseId>, headline: String, detail: impl Into<String>) -> Self {
        Self { tone, case, headline, detail: detail.into(), subject: None }
    }

    fn about(self, subject: Subject) -> Self {
        Self { subject: Some(subject), ..self }
    }

    /// The same news as a toast, which names its case and ends with its state.
    pub fn toast(&self, practising: bool, cases: &[Arc<Case>]) -> Toast {
        let toast = match self.tone {
            Tone::Good if self.detail.is_empty() => Toast::good(self.headline.clone()),
            Tone::Good => Toast::good(format!("{}. {}", self.headline, self.detail)),
            Tone::Problem => Toast::bad(self.headline.clone(), &self.detail),
            Tone::Incomplete | Tone::Deadline => Toast::warn(self.headline.clone(), &self.detail),
        };
        let toast = if practising { toast.of_practice() } else { toast };
        let case = self.case.and_then(|id| cases.iter().find(|case| case.id == id));
        let toast = match case.filter(|_| self.tone != Tone::Good) {
            Some(case) => toast.of_case(practising, case),
            None => toast,
        };
        match &self.subject {
            Some(subject) if self.tone != Tone::Good => toast.about(practising, subject.clone()),
            Some(_) | None => toast,
        }
    }
}

/// What was under way in the last snapshot, and which deadlines were announced.
#[derive(Debug, Default)]
pub struct News {
    runs: HashSet<RunId>,
    downloads: HashSet<DownloadId>,
    relations: HashSet<RelationsId>,
    relation_files: HashSet<RelationsId>,
    imports: HashSet<ImportId>,
    rebuilds: HashSet<RebuildId>,
    batches: HashSet<BatchId>,
    /// When the first snapshot was made: the person has just opened the page and sees earlier changes there.
    began_at: Option<UtcMs>,
    /// The announced deadlines, so that each is announced once.
    told: HashSet<(DeadlineOf, DeadlineName, UtcMs)>,
}

impl News {
    /// What was under way and has ended in `snapshot`, and the deadlines that have come near.
    pub fn of(&mut self, snapshot: &Snapshot) -> Vec<Notice> {
        // A batch has one end, however many projects it has.
        let runs = snapshot.runs.iter().filter(|view| {
            let is_news = view.run.is_ended() && self.runs.contains(&view.run.id);
            is_news
                && !is_of_batch(snapshot, |one| {
                    one.item.run == Some(view.run.id) || waits_for(one, &view.run)
                })
        });
        let downloads = snapshot.downloads.iter().filter(|view| {
            let is_news = view.state.is_ended() && self.downloads.contains(&view.id);
            is_news && !is_of_batch(snapshot, |one| one.item.download == Some(view.id))
        });
        let batches =
            snapshot.batches.iter().filter(|view| rests(view) && self.batches.contains(&view.batch.id));
        // A rebuild has one end: those of its steps are no news.
        let is_step = |view: &RelationsView| {
            snapshot
                .rebuilds
                .iter()
                .any(|rebuild| !rebuild.job.is_cancelled() && rebuild.job.run == Some(view.run.id))
        };
        let rebuilds = snapshot
            .rebuilds
            .iter()
            .filter(|view| view.job.is_ended() && self.rebuilds.contains(&view.job.id));
        let relations = snapshot
            .relations
            .iter()
            .filter(|view| view.run.is_ended() && self.relations.contains(&view.run.id) && !is_step(view));
        let files = snapshot
            .relations
            .iter()
            .filter(|view| !moves(view) && self.relation_files.contains(&view.run.id) && !is_step(view));
        let imports =
            snapshot.imports.iter().filter(|view| !view.is_running() && self.imports.contains(&view.job.id));
        let mut notices: Vec<Notice> = runs
            .filter_map(|view| Some(of_run(view)?.about(Subject::Run(view.run.id))))
            .chain(downloads.filter_map(|view| Some(of_download(view)?.about(Subject::Download(view.id)))))
            .chain(
                relations.filter_map(|view| Some(of_relations(view)?.about(Subject::Relations(view.run.id)))),
            )
            .chain(files.filter_map(|view| Some(of_files(view)?.about(Subject::Relations(view.run.id)))))
            .chain(imports.filter_map(|view| Some(of_import(view)?.about(Subject::Import(view.job.id)))))
            .chain(rebuilds.filter_map(|view| {
                Some(of_rebuild(view)?.about(Subject::Rebuild(view.job.id, view.job.ended_at)))
            }))
            .chain(batches.filter_map(|view| Some(of_batch(view)?.about(Subject::Batch(view.batch.id)))))
            .collect();
        notices.extend(self.deadlines(snapshot));
        self.remember(snapshot);
        notices
    }

    /// What is under way now.
    fn remember(&mut self, snapshot: &Snapshot) {
        self.batches =
            snapshot.batches.iter().filter(|view| !rests(view)).map(|view| view.batch.id).collect();
        self.rebuilds =
            snapshot.rebuilds.iter().filter(|view| !view.job.is_ended()).map(|view| view.job.id).collect();
        self.runs =
            snapshot.runs.iter().filter(|view| !view.run.is_ended()).map(|view| view.run.id).collect();
        self.downloads =
            snapshot.downloads.iter().filter(|view| !view.state.is_ended()).map(|view| view.id).collect();
        self.relations =
            snapshot.relations.iter().filter(|view| !view.run.is_ended()).map(|view| view.run.id).collect();
        self.relation_files =
            snapshot.relations.iter().filter(|view| moves(view)).map(|view| view.run.id).collect();
        // The parts of a set have one end together.
        let running =
            snapshot.imports.iter().filter(|view| view.is_running() && view.job.slice_of().is_none());
        self.imports = running.map(|view| view.job.id).collect();
    }

    fn deadlines(&mut self, snapshot: &Snapshot) -> Vec<Notice> {
        let key = |due: &DueDeadline| (due.of.clone(), due.deadline.name, due.deadline.ends_at);
        // Before the engine's first snapshot there is nothing to compare with.
        if snapshot.seq == 0 {
            return Vec::new();
        }
        let began_at = *self.began_at.get_or_insert(snapshot.at);
        let turned = snapshot.due_deadlines.iter().filter(|due| due.deadline.soon_at > began_at);
        turned.filter(|due| self.told.insert(key(due))).map(|due| of_deadline(due, snapshot)).collect()
    }
}

fn is_of_batch(snapshot: &Snapshot, is_it: impl Fn(&BatchItemView) -> bool) -> bool {
    snapshot.batches.iter().flat_map(|view| view.items.iter()).any(|one| is_it(one))
}

/// Whether the project of a batch waits for the answer that tells which export is its own.
fn waits_for(one: &BatchItemView, run: &Run) -> bool {
    one.is_asked
        && (one.item.project_id == Some(run.project_id)
            || one.item.title().eq_ignore_ascii_case(&run.project_path))
}

fn of_run(view: &RunView) -> Option<Notice> {
    let (path, case) = (&view.run.project_path, view.run.case_id);
    match view.status.phase {
        Phase::Ready => {
            Some(Notice::new(Tone::Good, case, format!("The export of {path} is ready"), String::new()))
        }
        Phase::Failed => {
            let headline = format!("The export of {path} has failed");
            Some(Notice::new(Tone::Problem, case, headline, &view.status.sentence))
        }
        Phase::Unknown if view.run.outcome == Some(Outcome::NotSeen) => {
            let headline = format!("It is not known how the export of {path} ended");
            Some(Notice::new(Tone::Problem, case, headline, &view.status.sentence))
        }
        // The person stopped watching, so this is no news.
        Phase::Idle | Phase::Requested | Phase::Queued | Phase::Running | Phase::Unknown => None,
    }
}

fn of_download(view: &DownloadView) -> Option<Notice> {
    let (path, case) = (&view.project_path, view.case_id);
    match view.state {
        DownloadState::Done => {
            let verdict =
                view.done.as_ref().map(|receipt| receipt.verdict_sentence.clone()).unwrap_or_default();
            Some(Notice::new(Tone::Good, case, format!("Downloaded {path}"), verdict))
        }
        DownloadState::Failed => {
            let why = view.error.as_ref().map(|error| error.headline.clone()).unwrap_or_default();
            Some(Notice::new(Tone::Problem, case, format!("The download of {path} has failed"), why))
        }
        DownloadState::Queued
        | DownloadState::Running
        | DownloadState::Verifying
        | DownloadState::Paused
        | DownloadState::Cancelled => None,
    }
}

fn of_relations(view: &RelationsView) -> Option<Notice> {
    let (path, case) = (&view.run.project_path, view.run.case_id);
    let (tone, words) = match view.status.phase {
        RelationsPhase::Ready if view.status.incomplete > 0 => {
            (Tone::Incomplete, "is ready, but records are missing")
        }
        RelationsPhase::Ready => (Tone::Good, "is ready"),
        RelationsPhase::SomeFailed => (Tone::Problem, "is partly ready"),
        RelationsPhase::NotRegenerated => (Tone::Problem, "was not regenerated"),
        RelationsPhase::NotAccepted => (Tone::Problem, "was not started"),
        RelationsPhase::Idle
        | RelationsPhase::Requested
        | RelationsPhase::Running
        | RelationsPhase::Unwatched => return None,
    };
    let headline = format!("The relations export of {path} {words}");
    Some(Notice::new(tone, case, headline, &view.status.sentence))
}

fn of_files(view: &RelationsView) -> Option<Notice> {
    let (path, case) = (&view.run.project_path, view.run.case_id);
    let download = view.download.as_ref()?;
    let all = format::number_of(download.files_all as u64, "file", "files");
    if download.files_failed > 0 || download.error.is_some() {
        let headline = format!("Some relations of {path} were not downloaded");
        return Some(Notice::new(
            Tone::Problem,
            case,
            headline,
            format!("{} of {all} failed.", download.files_failed),
        ));
    }
    let all_came = download.files_done >= download.files_all && download.files_all > 0;
    if all_came && view.status.phase == RelationsPhase::SomeFailed {
        let headline = format!("Downloaded the available relations of {path}");
        let detail = format!("{all}. GitLab failed to export the rest.");
        return Some(Notice::new(Tone::Incomplete, case, headline, detail));
    }
    // Otherwise the person stopped the download.
    all_came.then(|| {
        Notice::new(Tone::Good, case, format!("Downloaded the relations of {path}"), format!("{all}."))
    })
}

fn of_rebuild(view: &RebuildView) -> Option<Notice> {
    let (path, case) = (view.job.title(), view.job.case_id);
    let is_set = view.job.archive().is_some_and(|archive| !archive.parts.is_empty());
    let what = if is_set { "set of archives" } else { "archive" };
    match view.job.phase() {
        RebuildPhase::Built if view.job.has_gaps() => {
            let headline = format!("The {what} of {path} is rebuilt, but data is missing in it");
            let missing = view.job.archive().and_then(|archive| archive.gaps.first());
            Some(Notice::new(
                Tone::Incomplete,
                case,
                headline,
                missing.map(Gap::sentence).unwrap_or_default(),
            ))
        }
        RebuildPhase::Built => {
            let headline = format!("The {what} of {path} is rebuilt and verified");
            Some(Notice::new(Tone::Good, case, headline, String::new()))
        }
        RebuildPhase::Failed => {
            let headline = format!("The archive of {path} was not rebuilt");
            Some(Notice::new(Tone::Problem, case, headline, view.job.sentence()))
        }
        _ => None,
    }
}

fn of_batch(view: &BatchView) -> Option<Notice> {
    let counts = view.counts;
    let many = format::number_of(counts.all as u64, "project", "projects");
    if let Some(error) = view.batch.stopped.as_ref().filter(|_| !view.is_over()) {
        let headline = format!("The export of {many} has stopped");
        return Some(Notice::new(Tone::Problem, None, headline, error.headline.clone()));
    }
    let tone = match (counts.failed, counts.done) {
        (0, 0) => return None,
        (0, _) => Tone::Good,
        _ => Tone::Problem,
    };
    Some(Notice::new(tone, None, format!("The export of {many} has ended"), counts.sentence(view.batch.goal)))
}

fn of_import(view: &ImportView) -> Option<Notice> {
    let path = &view.job.target_path;
    if let Some(set) = &view.set {
        // The person knows.
        if set.is_left {
            return None;
        }
        let (tone, words) = match (set.current.is_some(), set.has_losses()) {
            (true, _) => (Tone::Problem, "has stopped"),
            (false, true) => (Tone::Incomplete, "has finished with lost records"),
            (false, false) => (Tone::Good, "has finished"),
        };
        let headline = format!("The import of the set into {path} {words}");
        return Some(Notice::new(tone, view.job.case_id, headline, &set.sentence));
    }
    let (tone, words) = match view.status.phase {
        ImportPhase::Finished => (Tone::Good, "has finished"),
        ImportPhase::Partial => (Tone::Incomplete, "has finished with lost records"),
        ImportPhase::Failed => (Tone::Problem, "has failed"),
        ImportPhase::Canceled => (Tone::Problem, "was canceled"),
        ImportPhase::Checking
        | ImportPhase::Sending
        | ImportPhase::Scheduled
        | ImportPhase::Running
        | ImportPhase::Unknown => return None,
    };
    Some(Notice::new(
        tone,
        view.job.case_id,
        format!("The import into {path} {words}"),
        &view.status.sentence,
    ))
}

fn of_deadline(due: &DueDeadline, snapshot: &Snapshot) -> Notice {
    let deadline = &due.deadline;
    let (case, what) = match &due.of {
        DeadlineOf::Case(id) => {
            let case = snapshot.cases.iter().find(|case| case.id == *id);
            (Some(*id), case.map(|case| case.title()).unwrap_or_default())
        }
        DeadlineOf::Token(instance) => (None, format::host(instance).to_owned()),
    };
    let when = format::relative(deadline.ends_at, snapshot.at);
    let headline = format!("{} {when}: {what}", deadline.name.label());
    let detail = format!("{}. {}", deadline.ends_at.for_people(), deadline.why);
    Notice::new(Tone::Deadline, case, headline, detail)
        .about(Subject::Deadline(deadline.name, deadline.ends_at))
}

#[cfg(test)]
mod tests;
