//! `relations …`: the relations export for scripts.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Subcommand;
use serde_json::json;

use crate::case::relations::lacks;
use crate::case::{Code, RelationPhase, RelationsId, RelationsOutcome, UserError, format};
use crate::engine::api::{
    Answer, Command, RelationFileView, RelationRow, RelationsCommand, RelationsOptions, RelationsSeen,
    RelationsView,
};

use super::again::Begun;
use super::args::PROJECT;
use super::build::{self, BuildArgs};
use super::client::{EngineClient, NEVER_ARRIVED, WaitReporter, wrong_answer};
use super::fill::{self, FillArgs};
use super::hint::words;
use super::invocation::Invocation;
use super::output::{End, Failure, Out};
use super::rebuild::{self, RebuildArgs};
use super::relations_fields::{download_progress, fields, file_fields, line, row_fields, totals};
use super::relations_folder::default_folder;
use super::setup;

#[derive(Debug, Subcommand)]
pub enum RelationsVerb {
    /// Starts a relations export, or watches the one that is running
    Start {
        #[arg(help = PROJECT)]
        project: String,
        /// Export large relations in batches, one file per batch; this is the default
        #[arg(long, hide = true, conflicts_with = "unbatched")]
        batched: bool,
        /// Export each relation as one file; without batches, GitLab does not report which records it skipped
        #[arg(long)]
        unbatched: bool,
        /// Wait until every relation has ended; the exit code is 6 if one has failed
        #[arg(long)]
        wait: bool,
        /// Start although this deletes files of the previous export that were not downloaded
        #[arg(long)]
        replace: bool,
    },
    /// Shows the GitLab status of all relations
    Status {
        #[arg(help = PROJECT)]
        project: String,
        /// Show only this relation, for example issues; can be repeated
        #[arg(long = "relation", value_name = "NAME")]
        relations: Vec<String>,
    },
    /// Downloads and verifies the files that are ready and missing here, with a manifest.json
    Download {
        #[arg(help = PROJECT)]
        project: String,
        /// Folder for the files; default: `<project>_relations` in the current folder, with the host of the instance in
        /// its name where another project has that folder
        #[arg(long, short, value_name = "DIR")]
        output: Option<PathBuf>,
        /// Only this relation, for example issues; can be repeated
        #[arg(long = "relation", value_name = "NAME")]
        relations: Vec<String>,
        /// Only this batch of the relation; can be repeated
        #[arg(long = "batch", value_name = "N", requires = "relations")]
        batches: Vec<u64>,
    },
    /// Reads from GitLab what the relations export lacks: members, wiki and snippet repositories; a build then adds them
    Fill(FillArgs),
    /// Rebuilds an importable archive from downloaded relation files; needs no network
    Build(BuildArgs),
    /// Exports the relations, downloads their files and builds an archive; continues an interrupted rebuild
    Rebuild(RebuildArgs),
}

pub fn run(call: &Invocation, verb: RelationsVerb) -> End {
    let Invocation { global, out, .. } = call;
    let instance = global.instance.clone();
    let client = || setup::client(call);
    match verb {
        RelationsVerb::Fill(args) => fill::run(call, &args),
        RelationsVerb::Build(args) => build::run(call, args),
        RelationsVerb::Rebuild(args) => rebuild::run(call, args),
        RelationsVerb::Start { project, batched: _, unbatched, wait, replace } => {
            let (case, batched) = (None, !unbatched);
            let mut client = client()?;
            let is_begun = Begun::of(call).is_some_and(|begun| begun.relations(&client.snapshot(), &project));
            // What this call has begun in an earlier host is collected, and not replaced.
            let (collect, replace) = (wait || is_begun, replace && !is_begun);
            let asked = RelationsCommand::Start { instance, project, case, batched, collect, replace };
            start(&mut client, out, &asked, wait)
        }
        RelationsVerb::Status { project, relations } if !relations.is_empty() => {
            let asked = RelationsCommand::CheckRelations { instance, project, relations };
            let Answer::RelationsSeen(seen) = client()?.ask(Command::Relations(asked))? else {
                return Err(wrong_answer());
            };
            seen_by_name(out, &seen)
        }
        RelationsVerb::Status { project, .. } => {
            let mut client = client()?;
            let id = ask(&mut client, RelationsCommand::CheckOnce { instance, project, case: None })?;
            let view = now(&mut client, id)?;
            say_status(out, &view);
            for row in &view.rows {
                out.say(&line(row));
            }
            Ok(fields(&view))
        }
        RelationsVerb::Download { project, output, relations, batches } => {
            if !batches.is_empty() && relations.len() != 1 {
                return Err(UserError::new(
                    Code::Usage,
                    "Batches are numbered within one relation.",
                    "Name one relation with --relation, and its batches with --batch.",
                )
                .into());
            }
            let mut client = client()?;
            let folder = match output {
                Some(output) => call.output_path(&output)?,
                None => default_folder(call, (&instance, &project), &client.snapshot())?,
            };
            let options = RelationsOptions { folder: Some(folder), relations, batches };
            let asked =
                RelationsCommand::Download { instance, project, case: None, options: options.clone() };
            let id = ask(&mut client, asked)?;
            let view = follow_files(&mut client, id)?;
            downloaded(out, &view, &options)
        }
    }
}

fn start(client: &mut EngineClient, out: &Out, asked: &RelationsCommand, wait: bool) -> End {
    let earlier = client.snapshot();
    let id = ask(client, asked.clone())?;
    let mut view = now(client, id)?;
    for warning in &view.run.warnings {
        out.event("warning", json!({ "message": warning }));
        out.say(warning);
    }
    if !wait {
        say_status(out, &view);
        return Ok(fields(&view));
    }
    view = follow(client, id)?;
    let was_known = earlier.relations.iter().any(|view| view.run.id == id);
    if was_known && matches!(view.run.outcome, Some(RelationsOutcome::NotAccepted { .. })) {
        out.say(NEVER_ARRIVED);
        let id = ask(client, asked.clone())?;
        view = follow(client, id)?;
    }
    ended(out, &view)
}

fn say_status(out: &Out, view: &RelationsView) {
    out.say(&view.status.sentence);
    say_next(out, view);
}

/// The next step where every relation is ready, and records are missing nevertheless.
fn say_next(out: &Out, view: &RelationsView) {
    if view.status.incomplete > 0
        && let Some(hint) = &view.status.hint
    {
        out.say(&words(hint));
    }
}

/// The end of a status by name: a relation of which this user has no export is a failure.
fn seen_by_name(out: &Out, seen: &RelationsSeen) -> End {
    for (_, row) in &seen.relations {
        out.say(&line(row));
    }
    let fields = json!({
        "project": { "id": seen.project_id, "path": seen.project_path },
        "relations": seen.relations.iter().map(|(relation, row)| row_fields(&relation.batches, row)).collect::<Vec<_>>(),
        "not_found": seen.not_found,
    });
    if seen.not_found.is_empty() {
        return Ok(fields);
    }
    let headline = format!("This user has no export of {}.", seen.not_found.join(", "));
    let hint = "Check the names with `relations status`, or start an export with this token: each user sees only their own exports.";
    Err(Failure::with(UserError::new(Code::NoExportFile, headline, hint), fields))
}

fn ask(client: &mut EngineClient, command: RelationsCommand) -> Result<RelationsId, Failure> {
    match client.ask(Command::Relations(command))? {
        Answer::Relations(id) => Ok(id),
        _ => Err(wrong_answer()),
    }
}

fn now(client: &mut EngineClient, id: RelationsId) -> Result<Arc<RelationsView>, UserError> {
    client.until(|snapshot, _out| snapshot.relations.iter().find(|view| view.run.id == id).cloned())
}

/// Follows an export until every relation has ended, and reports each change.
fn follow(client: &mut EngineClient, id: RelationsId) -> Result<Arc<RelationsView>, UserError> {
    let _advice = client.out.advice("GitLab continues its export. `relations status` shows it.");
    let mut told = None;
    let mut waits = WaitReporter::default();
    client.until(|snapshot, out| {
        let view = snapshot.relations.iter().find(|view| view.run.id == id)?;
        if told.as_ref() != Some(&view.status) {
            out.event("status", totals(view));
            out.say(&view.status.sentence);
            told = Some(view.status.clone());
        }
        waits.tell(view.watch.waiting.as_ref(), snapshot, out);
        (view.run.is_ended() || view.status.stuck || view.watch.error.is_some()).then(|| view.clone())
    })
}

/// Follows the downloads until none is running, and reports progress and every completed file.
fn follow_files(client: &mut EngineClient, id: RelationsId) -> Result<Arc<RelationsView>, UserError> {
    let mut reported_bytes = None;
    let mut told: HashMap<String, HashSet<Option<u64>>> = HashMap::new();
    let mut seen: Option<Arc<RelationsView>> = None;
    let mut waits = WaitReporter::default();
    client.until(|snapshot, out| {
        let view = snapshot.relations.iter().find(|view| view.run.id == id)?;
        // An export can have thousands of files, so only changed views are compared.
        if seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, view)) {
            return None;
        }
        seen = Some(Arc::clone(view));
        let download = view.download.as_ref()?;
        if reported_bytes != Some(download.bytes) {
            reported_bytes = Some(download.bytes);
            out.event("progress", download_progress(download));
        }
        for (row, file) in files(view) {
            let has_ended = file.download.is_some() && !file.is_moving();
            if has_ended && told.entry(row.relation.clone()).or_default().insert(file.batch) {
                out.event("file", file_fields(row, file));
                out.say(&file_line(row, file));
            }
            if file.waiting().is_some() {
                waits.tell(file.waiting(), snapshot, out);
            }
        }
        (!download.is_moving).then(|| view.clone())
    })
}

fn files(view: &RelationsView) -> impl Iterator<Item = (&RelationRow, &RelationFileView)> {
    view.rows.iter().flat_map(|row| row.files.iter().map(move |file| (row, file)))
}

fn asked_for(file: &RelationFileView) -> bool {
    file.download.is_some()
}

/// The end of `start --wait`.
fn ended(out: &Out, view: &RelationsView) -> End {
    let fields = fields(view);
    if let Some(error) = &view.watch.error {
        return Err(Failure::with(error.clone(), fields));
    }
    let hint = view.status.hint.clone().unwrap_or_default();
    let failed = UserError::new(Code::ExportFailed, view.status.sentence.clone(), hint)
        .with_correlation_id(view.run.correlation_id.clone());
    match &view.run.outcome {
        Some(RelationsOutcome::Complete) => {
            say_next(out, view);
            Ok(fields)
        }
        Some(RelationsOutcome::NotAccepted { error }) => Err(Failure::with(error.clone(), fields)),
        Some(
            RelationsOutcome::SomeFailed | RelationsOutcome::NotRegenerated | RelationsOutcome::Unwatched,
        )
        | None => Err(Failure::with(failed, fields)),
    }
}

/// The end of `download`: the error of the first file that failed, else of the relations that GitLab did not export.
fn downloaded(out: &Out, view: &RelationsView, options: &RelationsOptions) -> End {
    let mut fields = fields(view);
    let folder = options.folder.clone().unwrap_or_default();
    let got = |word: &str| files(view).filter(|(_, file)| file.as_str() == word).count();
    fields["folder"] = folder.display().to_string().into();
    fields["manifest"] = folder.join("manifest.json").display().to_string().into();
    fields["downloaded"] = got("done").into();
    fields["unchanged"] = got("unchanged").into();
    fields["gitlab_failed"] = json!(named(view, options, RelationPhase::Failed));
    let asked: Vec<_> = files(view).filter(|(_, file)| asked_for(file)).collect();
    let there = asked.iter().filter(|(_, file)| file.is_there());
    let size = format::total(there.clone().map(|(_, file)| file.bytes()));
    out.say(&format!(
        "{}, {}, in {}",
        format::number_of(there.count() as u64, "file", "files"),
        format::bytes(size),
        folder.display()
    ));
    if options.batches.is_empty() {
        warn_incomplete(out, view, options);
    }
    fields["files"] =
        asked.iter().filter(|(_, f)| f.is_there()).map(|(row, file)| file_fields(row, file)).collect();
    fields["failed"] =
        asked.iter().filter(|(_, f)| !f.is_there()).map(|(row, file)| file_fields(row, file)).collect();
    let of_file = asked.iter().find_map(|(_, file)| file.error().cloned());
    let of_folder = view.download.as_ref().and_then(|download| download.error.clone());
    let of_gitlab = if options.batches.is_empty() {
        failed_or_running(view, options)
    } else {
        batches_not_ready(view, options)
    };
    match of_folder.or(of_file).or(of_gitlab) {
        None => Ok(fields),
        Some(error) => Err(Failure::with(error, fields)),
    }
}

/// Says which relations have fewer records than GitLab counts, before anybody builds an archive from them.
fn warn_incomplete(out: &Out, view: &RelationsView, options: &RelationsOptions) {
    let chosen = view.rows.iter().filter(|row| chosen(options, row));
    let mut is_told = false;
    for (row, differs) in chosen.filter_map(|row| Some((row, row.differs?))) {
        let sentence = format!("{}: {}.", row.relation, differs.words());
        out.event("warning", json!({ "message": sentence }));
        out.say(&sentence);
        is_told = true;
    }
    if is_told {
        out.say(
            "Only another export can bring what is missing: `relations start PROJECT`, then download again.",
        );
    }
}

fn named<'a>(view: &'a RelationsView, options: &RelationsOptions, phase: RelationPhase) -> Vec<&'a str> {
    view.rows
        .iter()
        .filter(|row| chosen(options, row))
        .filter(|row| row.phase == phase)
        .map(|row| row.relation.as_str())
        .collect()
}

fn chosen(options: &RelationsOptions, row: &RelationRow) -> bool {
    options.relations.is_empty() || options.relations.contains(&row.relation)
}

/// Requested batches for which GitLab has no file.
fn batches_not_ready(view: &RelationsView, options: &RelationsOptions) -> Option<UserError> {
    let row = view.rows.iter().find(|row| chosen(options, row))?;
    let is_missing = |number: &&u64| row.missing.iter().any(|batch| batch.number == **number);
    if let Some(number) = options.batches.iter().find(is_missing) {
        let missing: Vec<_> = row.missing.iter().filter(|batch| batch.number == *number).cloned().collect();
        let headline = format!("{}: {}.", row.relation, lacks(&missing).unwrap_or_default());
        return Some(UserError::new(Code::ExportFailed, headline, "Start the relations export again."));
    }
    let is_open = |number: &&u64| {
        row.files
            .iter()
            .any(|file| file.batch == Some(**number) && !file.is_offered && file.download.is_none())
    };
    let number = options.batches.iter().find(is_open)?;
    let headline = format!("GitLab has not finished batch {number} of {}.", row.relation);
    Some(UserError::new(Code::FileNotReady, headline, "Run the same command again later."))
}

/// Requested relations for which GitLab has no file.
fn failed_or_running(view: &RelationsView, options: &RelationsOptions) -> Option<UserError> {
    let failed: Vec<_> = view
        .rows
        .iter()
        .filter(|row| row.phase == RelationPhase::Failed && chosen(options, row))
        .map(|row| match lacks(&row.missing) {
            Some(lacks) if row.files.iter().any(asked_for) => format!("{} ({lacks})", row.relation),
            _ => row.relation.clone(),
        })
        .collect();
    if !failed.is_empty() {
        let headline =
            format!("GitLab failed to export {}. Everything else is downloaded.", failed.join(", "));
        let hint =
            "Start the relations export again, then download again. Only missing files are downloaded.";
        return Some(UserError::new(Code::ExportFailed, headline, hint));
    }
    if view.run.outcome == Some(RelationsOutcome::NotRegenerated) {
        let hint = view.status.hint.clone().unwrap_or_default();
        return Some(UserError::new(Code::ExportFailed, view.status.sentence.clone(), hint));
    }
    let mut open = named(view, options, RelationPhase::Running);
    open.extend(
        view.rows.iter().filter(|row| row.stale && chosen(options, row)).map(|row| row.relation.as_str()),
    );
    open.extend(named(view, options, RelationPhase::Pending));
    open.extend(named(view, options, RelationPhase::Unknown));
    if open.is_empty() {
        return None;
    }
    let headline = format!("GitLab is still exporting {}. Everything else is downloaded.", open.join(", "));
    Some(UserError::new(
        Code::FileNotReady,
        headline,
        "Run the same command again later. It downloads only the missing files.",
    ))
}

fn file_line(row: &RelationRow, file: &RelationFileView) -> String {
    let name = match file.batch {
        Some(number) => format!("{} {number}", row.relation),
        None => row.relation.clone(),
    };
    if let Some(error) = file.error() {
        return format!("{name}: {}", error.headline);
    }
    let records = file.records().unwrap_or_default();
    format!(
        "{name}: {}, {}, {}",
        format::bytes(file.bytes()),
        format::number_of(records, "record", "records"),
        file.as_str()
    )
}
