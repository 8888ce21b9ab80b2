//! Exports of many projects: `export start` with several of them, and `export resume`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::case::batch::{BatchGoal, BatchItem, CheckOptions, ExportBatch, ItemFile, ItemStage, worst};
use crate::case::{BatchId, Code, Hint, UserError};
use crate::engine::api::{Answer, BatchCommand, BatchOptions, BatchView, Command};

use super::again::Begun;
use super::batch_check;
use super::batch_list::{self, GroupArgs};
use super::batch_reporter::Reporter;
use super::client::{EngineClient, wrong_answer};
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
        return batch_check::check(&mut client, BatchCommand::Check { instance, items, options }, folder);
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
    follow(&mut client, command)
}

pub fn resume(call: &Invocation, named: &Path) -> End {
    let folder = call.path(named)?;
    let mut client = setup::client(call)?;
    follow(&mut client, BatchCommand::ResumeFolder { folder })
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
fn follow(client: &mut EngineClient, command: BatchCommand) -> End {
    let (folder, named) = match &command {
        BatchCommand::Start { items, options, .. } => {
            (options.folder.as_deref(), Some(items.iter().flat_map(BatchItem::names).collect()))
        }
        BatchCommand::ResumeFolder { folder } => (Some(folder.as_path()), None),
        _ => (None, None),
    };
    let resume = folder.map(|folder| format!(", and so does `export resume {}`", folder.display()));
    let _advice = client.out.advice(&format!(
        "GitLab continues the exports that it has. The same command continues with the rest{}.",
        resume.unwrap_or_default()
    ));
    let began = client.snapshot().at;
    let Answer::Batch(id) = client.ask(Command::Batch(command))? else { return Err(wrong_answer()) };
    let mut reporter = Reporter::new(named);
    let view = client.until(|snapshot, out| {
        let view = snapshot.batches.iter().find(|view| view.batch.id == id)?;
        reporter.tell(view, out, (began, snapshot));
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

fn ended(out: &Out, id: BatchId, view: &BatchView) -> End {
    let items = || view.items.iter().map(|item| &item.item);
    let counts = view.counts;
    let mut all = json!({
        "batch": id.0,
        "counts": {
            "all": counts.all, "done": counts.done, "failed": counts.failed, "cancelled": counts.cancelled,
            "repeated": counts.repeated,
        },
        "projects": items().map(|item| last_fields(item, &view.batch)).collect::<Vec<_>>(),
    });
    if let Some(folder) = &view.batch.folder {
        all["manifest"] = Path::new(folder).join("manifest.json").display().to_string().into();
    }
    out.say(&counts.sentence(view.batch.goal));
    say_table(out, items().filter(|item| !item.stage.is_good()), &view.batch);
    if let Some(why) = &view.not_saved {
        out.warn(why);
    }
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
        Some(folder) if items().any(has_file) => {
            let keep = "To delete the finished exports and export again, start these projects with --replace. To keep \
                        them, download them one by one with `export download PROJECT`.";
            let is_left = |item: &BatchItem| !item.stage.is_good() && !has_file(item);
            let others = format!(" For the others, continue with `export resume {folder}`.");
            if items().any(is_left) { format!("{keep}{others}") } else { keep.to_owned() }
        }
        Some(folder) => format!("`export resume {folder}` tries again what has failed."),
        None => "Start these projects again once the reasons above are gone.".to_owned(),
    };
    let error = match &view.batch.stopped {
        Some(stopped) => UserError::new(
            code,
            format!("The batch has stopped: {}", stopped.headline),
            format!("{} {hint}", words(&stopped.hint)),
        ),
        None => UserError::new(code, counts.sentence(view.batch.goal), hint),
    };
    Err(Failure::with(error, all))
}

/// What failed and why, one line each, by exit code. What has not ended is held by what stopped the batch.
fn say_table<'a>(out: &Out, failed: impl Iterator<Item = &'a BatchItem>, batch: &ExportBatch) {
    let stopped = batch.stopped.as_ref();
    let code = |item: &BatchItem| code_of(item, stopped);
    let mut rows: Vec<&BatchItem> = failed.collect();
    rows.sort_by_key(|item| std::cmp::Reverse(code(item).exit()));
    let wide = rows.iter().map(|item| item.title().chars().count()).max().unwrap_or(0).min(60);
    for item in rows {
        let (project, code) = (item.title(), code(item));
        let why = match (&item.error, stopped) {
            (Some(error), _) => error.headline.clone(),
            (None, Some(stopped)) if is_held(item) => {
                format!("{}: {}", item.status(batch.goal), stopped.headline)
            }
            (None, _) => item.status(batch.goal).to_owned(),
        };
        out.say(&format!("  {project:<wide$}  exit {:>2}  {}  {why}", code.exit(), code.as_str()));
    }
}

/// Whether the project waits for what stopped its batch.
fn is_held(item: &BatchItem) -> bool {
    !item.stage.is_ended() && !item.is_paused
}

fn code_of(item: &BatchItem, stopped: Option<&UserError>) -> Code {
    let stopped = stopped.filter(|_| is_held(item));
    item.error.as_ref().or(stopped).map_or(Code::Refused, |error| error.code)
}

/// The fields of one project in the result.
fn last_fields(item: &BatchItem, batch: &ExportBatch) -> Value {
    let mut all = fields(item, batch.goal);
    // An error of its own is told already.
    if let Some(stopped) = batch.stopped.as_ref().filter(|_| is_held(item) && item.error.is_none()) {
        (all["exit"], all["code"]) = (stopped.code.exit().into(), stopped.code.as_str().into());
        all["headline"] = stopped.headline.clone().into();
    }
    all
}

/// The fields of one project in `project` lines and in the result.
pub fn fields(item: &BatchItem, goal: BatchGoal) -> Value {
    let is_good = item.stage.is_good();
    let code = item.error.as_ref().map(|error| error.code);
    let code = code.or((item.stage == ItemStage::Cancelled).then_some(Code::Refused));
    let mut all = json!({
        "project": { "id": item.project_id, "path": item.path },
        "named": item.named,
        "ok": is_good,
        "exit": if is_good { Some(0) } else { code.map(Code::exit) },
        "code": code.map(Code::as_str),
        "stage": item.stage.word(goal),
        "server_status": item.server_status,
        "phase": item.phase,
        "attempts": item.attempts,
        "correlation_ids": item.correlation_ids,
        "path": null,
        "bytes": null,
        "sha256": null,
        "verdict": null,
    });
    if let Some(error) = &item.error {
        all["headline"] = error.headline.clone().into();
    }
    if let Some(first) = &item.repeats {
        all["repeats"] = first.clone().into();
    }
    if let Some(file) = item.archive() {
        put_archive(&mut all, file);
    }
    all
}

/// The fields of an archive whose verification has come to its end.
pub fn put_archive(all: &mut Value, file: &ItemFile) {
    all["path"] = file.path.clone().into();
    all["bytes"] = file.bytes.into();
    all["sha256"] = file.sha256.clone().into();
    all["verdict"] = file.verdict.clone().into();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stopped_batch_holds_is_neither_refused_nor_without_a_reason() {
        let stopped = UserError::new(Code::Network, "GitLab cannot be reached.", "");
        let exporting =
            BatchItem { stage: ItemStage::Exporting, ..BatchItem::listed(17, "acme/api".to_owned()) };
        let batch = ExportBatch { stopped: Some(stopped.clone()), ..ExportBatch::example() };
        let row = last_fields(&exporting, &batch);
        assert_eq!((&row["exit"], &row["code"]), (&json!(7), &json!("network")), "{row}");
        assert_eq!(row["headline"], "GitLab cannot be reached.", "{row}");
        // What the person holds back, and what has failed by itself, is not held by that.
        let paused = BatchItem { is_paused: true, ..exporting.clone() };
        assert_eq!(code_of(&paused, Some(&stopped)), Code::Refused);
        let failed = exporting.failed(UserError::new(Code::RoleTooLow, "Below Maintainer.", ""));
        assert_eq!(code_of(&failed, Some(&stopped)), Code::RoleTooLow);
    }
}
