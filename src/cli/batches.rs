//! Exports of many projects: `export start` with several of them, and `export resume`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::case::batch::{BatchCounts, BatchGoal, BatchItem, CheckOptions, ItemStage, worst};
use crate::case::{BatchId, Code, Hint, UserError, UtcMs, format};
use crate::engine::api::{Answer, BatchCommand, BatchItemView, BatchOptions, BatchView, Command};
use crate::platform::unfinished::Unfinished;

use super::again::Begun;
use super::batch_check;
use super::batch_list::{self, GroupArgs};
use super::client::{EngineClient, WaitReporter, wrong_answer};
use super::hint::words;
use super::invocation::Invocation;
use super::output::{End, Failure, Out};
use super::setup;

/// What a batch exports, and how.
#[derive(Debug)]
pub struct BatchStart {
    pub projects: Vec<String>,
    pub from: Option<PathBuf>,
    pub group: GroupArgs,
    /// Only check, and request nothing.
    pub dry_run: bool,
    pub description: Option<String>,
    pub replace: bool,
    pub wait: bool,
    pub download: Option<PathBuf>,
    pub connections: Option<u8>,
}

pub fn start(call: &Invocation, args: BatchStart) -> End {
    let folder = args.download.as_deref().map(|path| folder(call, path)).transpose()?;
    // First the data folder: where another program has it open, that program reads the list, which can be read once.
    let mut client = setup::client(call)?;
    let has_list = args.from.is_some() || !args.projects.is_empty();
    let typed =
        if has_list { batch_list::listed(call, &args.projects, args.from.as_deref())? } else { Vec::new() };
    let goal = match (&folder, args.wait) {
        (Some(_), _) => BatchGoal::Downloaded,
        (None, true) => BatchGoal::Exported,
        (None, false) => BatchGoal::Requested,
    };
    let instance = call.global.instance.clone();
    let items = batch_list::with_group(call, &mut client, typed, (&args.group, args.dry_run))?;
    if args.dry_run {
        let collects = goal > BatchGoal::Requested && args.description.is_none();
        let options = CheckOptions { replace: args.replace, collects };
        return batch_check::check(&mut client, BatchCommand::Check { instance, items, options });
    }
    let options = BatchOptions {
        goal,
        folder,
        description: args.description,
        replace: args.replace,
        connections: args.connections,
    };
    let begun =
        Begun::of(call).and_then(|begun| begun.batch(&client.snapshot(), &items, options.folder.as_deref()));
    let command = match begun {
        Some(batch) => BatchCommand::Resume { batch },
        None => BatchCommand::Start { instance, items, options },
    };
    let is_begun = matches!(command, BatchCommand::Resume { .. });
    follow(&mut client, command, !is_begun)
}

pub fn resume(call: &Invocation, named: &Path) -> End {
    let folder = call.path(named)?;
    let mut client = setup::client(call)?;
    follow(&mut client, BatchCommand::ResumeFolder { folder }, false)
}

fn folder(call: &Invocation, named: &Path) -> Result<PathBuf, UserError> {
    let path = call.output_path(named)?;
    if path.symlink_metadata().is_ok() && !path.is_dir() {
        return Err(UserError::new(
            Code::Usage,
            format!("{} is not a folder. The archives of several projects need a folder.", path.display()),
            "Name a folder with --download; it is created where it is missing.",
        ));
    }
    Ok(path)
}

/// Starts or continues a batch, reports each change, and ends with the result of all projects. A person who names
/// projects is told which of them were exported before: they may expect new exports.
fn follow(client: &mut EngineClient, command: BatchCommand, names_projects: bool) -> End {
    // Without it, the command only gives no advice when it is interrupted.
    let _advice = Unfinished::elsewhere(
        "GitLab continues the exports that it has. The same command continues with the rest, and so does `export resume \
         FOLDER`.",
    );
    let began = client.snapshot().at;
    let Answer::Batch(id) = client.ask(Command::Batch(command))? else { return Err(wrong_answer()) };
    let mut reporter = Reporter { is_told_of_earlier: !names_projects, ..Reporter::default() };
    let view = client.until(|snapshot, out| {
        let view = snapshot.batches.iter().find(|view| view.batch.id == id)?;
        reporter.tell(view, out, (began, snapshot.at));
        reporter.waits.tell(view.resting.as_ref(), snapshot, out);
        is_at_its_end(view).then(|| Arc::clone(view))
    })?;
    ended(&client.out, id, &view)
}

/// Whether nothing more can happen by itself.
fn is_at_its_end(view: &BatchView) -> bool {
    let counts = view.counts;
    let rests = view.is_over()
        || counts.paused + counts.ended() == counts.all
        || (view.batch.stopped.is_some() && counts.downloading == 0)
        || view.is_held;
    rests && (view.is_saved || view.not_saved.is_some())
}

/// Reports every change of a project, and the progress of all.
#[derive(Default)]
struct Reporter {
    /// What was told last of each project, in the order of the list.
    told: Vec<Arc<BatchItemView>>,
    waits: WaitReporter,
    counts: Option<BatchCounts>,
    /// When progress was told last, to scripts and to people.
    progress_at: Option<UtcMs>,
    words_at: Option<UtcMs>,
    is_told_of_earlier: bool,
}

/// Between two progress lines for scripts, and between two for people. Not scaled with `--pace`: they are read.
const PROGRESS_MS: i64 = 2_000;
const WORDS_MS: i64 = 15_000;

impl Reporter {
    fn tell(&mut self, view: &BatchView, out: &Out, (began, now): (UtcMs, UtcMs)) {
        self.tell_earlier(view, out, began);
        self.tell_projects(view, out);
        self.tell_progress(view, out, now);
    }

    fn tell_earlier(&mut self, view: &BatchView, out: &Out, began: UtcMs) {
        let is_told = std::mem::replace(&mut self.is_told_of_earlier, true);
        if !is_told && view.batch.created_at < began && view.counts.done > 0 {
            let (were, they) = if view.counts.done == 1 { ("was", "It is") } else { ("were", "They are") };
            out.warn(&format!(
                "{} {were} exported to this folder before. {they} not exported again.",
                format::number_of(view.counts.done as u64, "project", "projects")
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
                out.event("project", fields(&item.item));
                if item.item.stage.is_ended() {
                    out.say(&sentence(&item.item));
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
            let left = view
                .left_ms(now)
                .map_or(String::new(), |left| format!(" About {} left.", format::stretch(left)));
            out.say(&format!("{}{left}", counts.sentence()));
        } else if let Some(last) = counts.waiting.checked_sub(1) {
            let wait = format::stretch(view.turn(last).since_ms(now).max(0));
            let (per_minute, waiting) =
                (view.turns.per_window, format::number_of(counts.waiting as u64, "project", "projects"));
            out.say(&format!(
                "{waiting} to request. GitLab accepts {per_minute} exports per minute: the last one is requested in about {wait}."
            ));
        }
    }
}

/// The fields of a progress line: `bytes` of what is here, the running downloads included, `total` as far as it is
/// known.
fn progress(view: &BatchView, now: UtcMs) -> Value {
    let counts = view.counts;
    let running: u64 =
        view.items.iter().filter_map(|item| item.progress).map(|progress| progress.bytes).sum();
    let bytes = counts.bytes.saturating_add(running);
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
fn sentence(item: &BatchItem) -> String {
    if let Some(first) = &item.repeats {
        return format!("{}: the same project as {first}, exported once", item.title());
    }
    match (&item.file, &item.error) {
        (Some(file), _) => format!(
            "{}: {} ({}), {}",
            item.title(),
            file.path,
            format::bytes(file.bytes),
            file.verdict.replace('_', " ")
        ),
        (None, Some(error)) => format!("{}: {}", item.title(), error.headline),
        (None, None) => format!("{}: {}", item.title(), item.stage.as_str()),
    }
}

fn ended(out: &Out, id: BatchId, view: &BatchView) -> End {
    let items = || view.items.iter().map(|item| &item.item);
    let counts = view.counts;
    let mut all = json!({
        "batch": id.0,
        "counts": {
            "all": counts.all, "done": counts.done, "failed": counts.failed, "cancelled": counts.cancelled,
            "repeated": counts.repeated,
        },
        "projects": items().map(fields).collect::<Vec<_>>(),
    });
    if let Some(folder) = &view.batch.folder {
        all["manifest"] = Path::new(folder).join("manifest.json").display().to_string().into();
    }
    out.say(&counts.sentence());
    say_table(out, items().filter(|item| !item.stage.is_good()));
    let worst = view.batch.stopped.as_ref().map(|error| error.code).or_else(|| worst(items()));
    let Some(code) = worst else {
        return match &view.not_saved {
            None => Ok(all),
            Some(why) => Err(Failure::with(
                UserError::new(Code::Local, why.clone(), "Free some space. Then resume the batch."),
                all,
            )),
        };
    };
    let has_file =
        |item: &BatchItem| item.error.as_ref().is_some_and(|error| error.hint == Hint::ConfirmReplace);
    let hint = match &view.batch.folder {
        Some(folder) if items().any(has_file) => format!(
            "To delete the finished exports and export again, start these projects with --replace. To keep them, download \
             them one by one with `export download PROJECT`. For the others, continue with `export resume {folder}`."
        ),
        Some(folder) => format!("Correct this, then continue with `export resume {folder}`."),
        None => "Correct this, then start these projects again.".to_owned(),
    };
    let error = match &view.batch.stopped {
        Some(stopped) => UserError::new(
            code,
            format!("The batch has stopped: {}", stopped.headline),
            format!("{} {hint}", words(&stopped.hint)),
        ),
        None => UserError::new(code, counts.sentence(), hint),
    };
    Err(Failure::with(error, all))
}

/// What failed and why, one line each, by exit code.
fn say_table<'a>(out: &Out, failed: impl Iterator<Item = &'a BatchItem>) {
    let code = |item: &BatchItem| item.error.as_ref().map_or(Code::Refused, |error| error.code);
    let mut rows: Vec<&BatchItem> = failed.collect();
    rows.sort_by_key(|item| std::cmp::Reverse(code(item).exit()));
    let wide = rows.iter().map(|item| item.title().chars().count()).max().unwrap_or(0).min(60);
    for item in rows {
        let (project, code) = (item.title(), code(item));
        let why = match &item.error {
            Some(error) => error.headline.clone(),
            None if item.is_paused => "paused".to_owned(),
            None => item.stage.as_str().to_owned(),
        };
        out.say(&format!("  {project:<wide$}  exit {:>2}  {}  {why}", code.exit(), code.as_str()));
    }
}

/// The fields of one project in `project` lines and in the result.
fn fields(item: &BatchItem) -> Value {
    let is_good = item.stage.is_good();
    let code = item.error.as_ref().map(|error| error.code);
    let code = code.or((item.stage == ItemStage::Cancelled).then_some(Code::Refused));
    let mut all = json!({
        "project": { "id": item.project_id, "path": item.path },
        "named": item.named,
        "ok": is_good,
        "exit": if is_good { Some(0) } else { code.map(Code::exit) },
        "code": code.map(Code::as_str),
        "stage": item.stage.as_str(),
        "server_status": item.server_status,
        "phase": item.phase,
        "attempts": item.attempts,
        "correlation_ids": item.correlation_ids,
    });
    if let Some(error) = &item.error {
        all["headline"] = error.headline.clone().into();
    }
    if let Some(first) = &item.repeats {
        all["repeats"] = first.clone().into();
    }
    if let Some(file) = item.archive() {
        all["path"] = file.path.clone().into();
        all["bytes"] = file.bytes.into();
        all["sha256"] = file.sha256.clone().into();
        all["verdict"] = file.verdict.clone().into();
    }
    all
}
