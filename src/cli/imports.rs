//! `import …`: the import calls for scripts.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::case::import::MissingRecords;
use crate::case::{Code, ImportId, ImportJob, ImportKind, ImportOutcome, ImportPhase, UserError, format};
use crate::engine::api::{
    Answer, Command, ImportCommand, ImportOptions, ImportView, NewProjectTarget, S3Keys, S3Object, SecretUrl,
};

use super::again::Begun;
use super::args::PROJECT;
use super::client::{EngineClient, WaitReporter, wrong_answer};
use super::hint::words as words_of;
use super::import_set;
use super::invocation::Invocation;
use super::output::{End, Failure, Out};
use super::setup;

#[derive(Debug, Subcommand)]
pub enum ImportVerb {
    /// Verifies an archive and uploads it into a new project
    File {
        /// The archive, a .tar.gz file
        file: PathBuf,
        #[command(flatten)]
        to: TargetArgs,
        #[command(flatten)]
        how: SendArgs,
    },
    /// Imports a set of archives that `relations build --split` has built: the base archive into a new project, then one
    /// part after another; waits until the end. The same command continues a set that was interrupted or has stopped
    Set {
        /// The list of the set, a .set.json file
        file: PathBuf,
        #[command(flatten)]
        to: TargetArgs,
        #[command(flatten)]
        how: SendArgs,
    },
    /// Imports an archive from a URL, after the same check with HEAD that GitLab makes
    Remote {
        /// The https URL of the archive; Export Desk never prints its query
        #[arg(long, value_name = "URL")]
        url: String,
        #[command(flatten)]
        to: TargetArgs,
        /// Import even if the check with HEAD says that GitLab will reject the URL
        #[arg(long)]
        anyway: bool,
    },
    /// Has GitLab fetch an archive from S3; the keys come from the environment (`EXPORT_DESK_S3_ACCESS_KEY_ID`,
    /// `EXPORT_DESK_S3_SECRET_ACCESS_KEY`) and are printed nowhere
    S3 {
        /// AWS region of the bucket, for example eu-central-1
        #[arg(long)]
        region: String,
        /// Name of the bucket
        #[arg(long)]
        bucket: String,
        /// Key of the object, for example exports/webshop.tar.gz
        #[arg(long)]
        key: String,
        #[command(flatten)]
        to: TargetArgs,
    },
    /// Imports one relation of an archive into an existing project
    Relation {
        /// The archive, a .tar.gz file; or the file of one relation, such as issues.ndjson.gz, of which Export Desk makes
        /// an archive
        file: PathBuf,
        #[arg(long, help = PROJECT)]
        project: String,
        /// Relation to import: issues, `merge_requests`, `ci_pipelines` or milestones
        #[arg(long, value_name = "NAME")]
        relation: String,
        /// Wait until the import finishes or fails
        #[arg(long)]
        wait: bool,
        #[command(flatten)]
        how: SendArgs,
    },
    /// Shows the GitLab status of an import
    Status {
        #[arg(help = PROJECT)]
        project: String,
        /// Wait until the import finishes or fails
        #[arg(long)]
        wait: bool,
    },
}

/// Where an import goes.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// Last part of the new project's path: webshop, not group/webshop
    #[arg(long)]
    path: String,
    /// Full path or ID of the group; default: your own namespace
    #[arg(long, value_name = "NS")]
    namespace: Option<String>,
    /// The new project's name; default: its path
    #[arg(long)]
    name: Option<String>,
    /// Replace the existing project at that path: DELETES it with everything in it; also needs --yes-delete
    #[arg(long, requires = "yes_delete")]
    overwrite: bool,
    /// Confirm the deletion: the full path of the project that may be deleted
    #[arg(long, value_name = "FULL_PATH", requires = "overwrite")]
    yes_delete: Option<String>,
    /// Attribute that overrides the archive's, for example visibility=private; can be repeated
    #[arg(long = "override-param", value_name = "NAME=VALUE")]
    override_params: Vec<String>,
    /// Wait until the import finishes or fails
    #[arg(long)]
    wait: bool,
}

/// What is done against advice.
#[derive(Clone, Copy, Debug, Args)]
pub struct SendArgs {
    /// Upload even if the check or the size says that GitLab will reject the archive
    #[arg(long)]
    anyway: bool,
    /// Upload again from the start after an interruption; up to 100 MiB, Export Desk always does this
    #[arg(long)]
    retry_upload: bool,
}

impl SendArgs {
    fn options(self) -> ImportOptions {
        ImportOptions { anyway: self.anyway, retry_upload: self.retry_upload, ..ImportOptions::default() }
    }
}

pub fn run(call: &Invocation, verb: ImportVerb) -> End {
    let Invocation { global, out, .. } = call;
    let instance = global.instance.clone();
    let case = None;
    let (command, wait) = match verb {
        ImportVerb::File { file, to, how } => {
            let file = call.path(&file)?;
            let (target, wait) = target(to)?;
            (ImportCommand::File { instance, file, target, case, options: how.options() }, wait)
        }
        ImportVerb::Set { file, to, how } => {
            let (target, _waits_anyway) = target(to)?;
            let command = ImportCommand::Set {
                instance,
                list: call.path(&file)?,
                target,
                case,
                options: how.options(),
            };
            let mut client = setup::client(call)?;
            let id = ask(&mut client, command)?;
            return import_set::follow(&mut client, out, id);
        }
        ImportVerb::Remote { url, to, anyway } => {
            let (target, wait) = target(to)?;
            let options = ImportOptions { anyway, ..ImportOptions::default() };
            (ImportCommand::Remote { instance, url: SecretUrl(url), target, case, options }, wait)
        }
        ImportVerb::S3 { region, bucket, key, to } => {
            let (target, wait) = target(to)?;
            let object = S3Object { region, bucket, key };
            (ImportCommand::S3 { instance, object, keys: keys_of_caller(call)?, target, case }, wait)
        }
        ImportVerb::Relation { file, project, relation, wait, how } => {
            let (options, file) = (how.options(), call.path(&file)?);
            (ImportCommand::Relation { instance, project, file, relation, case, options }, wait)
        }
        ImportVerb::Status { project, wait } => {
            let mut client = setup::client(call)?;
            let id = ask(&mut client, ImportCommand::CheckOnce { instance, project })?;
            let view = if wait { follow(&mut client, id, true)? } else { now(&mut client, id)? };
            out.say(&view.status.sentence);
            // Without `--wait`, the command only shows the status; only with it, the exit code reflects the import's
            // result.
            return if wait { ended(out, &view) } else { Ok(fields(&view)) };
        }
    };
    let mut client = setup::client(call)?;
    let begun = Begun::of(call).zip(deletes(&command));
    let begun = begun.filter(|(begun, deleted)| begun.import_over(&client.snapshot(), deleted));
    let begun = begun.map(|(_, path)| path.to_owned());
    let command = match begun {
        Some(project) => ImportCommand::CheckOnce { instance: call.global.instance.clone(), project },
        None => command,
    };
    let id = ask(&mut client, command)?;
    let view = follow(&mut client, id, wait)?;
    ended(out, &view)
}

fn ask(client: &mut EngineClient, command: ImportCommand) -> Result<ImportId, Failure> {
    match client.ask(Command::Import(command))? {
        Answer::Import(id) => Ok(id),
        _ => Err(wrong_answer()),
    }
}

/// The project that an import deletes.
fn deletes(command: &ImportCommand) -> Option<&str> {
    match command {
        ImportCommand::File { target, .. }
        | ImportCommand::Remote { target, .. }
        | ImportCommand::S3 { target, .. } => target.delete.as_deref(),
        _ => None,
    }
}

fn target(to: TargetArgs) -> Result<(NewProjectTarget, bool), UserError> {
    let pair = |text: &String| match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err(UserError::new(
            Code::Usage,
            format!("“{text}” is not NAME=VALUE."),
            "For example --override-param visibility=private.",
        )),
    };
    let override_params = to.override_params.iter().map(pair).collect::<Result<_, _>>()?;
    let delete = to.yes_delete.filter(|_| to.overwrite);
    let target =
        NewProjectTarget { path: to.path, namespace: to.namespace, name: to.name, delete, override_params };
    Ok((target, to.wait))
}

fn keys_of_caller(call: &Invocation) -> Result<S3Keys, UserError> {
    let read = |name: &str| {
        call.variable(name).ok_or_else(|| {
            UserError::new(
                Code::Usage,
                format!("{name} is not set."),
                "The S3 keys are read only from the environment.",
            )
        })
    };
    Ok(S3Keys::new(read("EXPORT_DESK_S3_ACCESS_KEY_ID")?, read("EXPORT_DESK_S3_SECRET_ACCESS_KEY")?))
}

fn now(client: &mut EngineClient, id: ImportId) -> Result<Arc<ImportView>, UserError> {
    client.until(|snapshot, _out| snapshot.imports.iter().find(|view| view.job.id == id).cloned())
}

/// Reports what was found in the file of an import before it is uploaded, each sentence once.
#[derive(Default)]
pub struct FoundReporter(BTreeSet<String>);

impl FoundReporter {
    pub fn tell(&mut self, job: &ImportJob, out: &Out) {
        let levels = [("warning", &job.warnings), ("note", &job.notes)];
        for (level, found) in
            levels.into_iter().flat_map(|(level, all)| all.iter().map(move |one| (level, one)))
        {
            if self.0.insert(found.clone()) {
                out.event("warning", json!({ "message": found, "level": level }));
                out.say(found);
            }
        }
    }
}

/// Follows an import until GitLab has received it, or with `to_the_end` until GitLab has finished it.
fn follow(client: &mut EngineClient, id: ImportId, to_the_end: bool) -> Result<Arc<ImportView>, UserError> {
    let mut told = None;
    let mut reported_bytes = (0, 0);
    let mut found = FoundReporter::default();
    let mut waits = WaitReporter::default();
    client.until(|snapshot, out| {
        let view = snapshot.imports.iter().find(|view| view.job.id == id)?;
        if told.as_ref() != Some(&view.status.sentence) {
            out.event("status", status(view));
            // The end of the command says why it failed.
            if error_of(view).is_none_or(|error| error.headline != view.status.sentence) {
                out.say(&view.status.sentence);
            }
            told = Some(view.status.sentence.clone());
        }
        found.tell(&view.job, out);
        let bytes = (view.verified_bytes, view.sent_bytes);
        if reported_bytes != bytes && view.job.is_being_sent() {
            reported_bytes = bytes;
            let phase = view.job.phase.as_str();
            let done = if view.job.phase == ImportPhase::Checking { bytes.0 } else { bytes.1 };
            out.event("progress", json!({ "phase": phase, "bytes": done, "total": view.total_bytes, "bytes_per_s": view.bytes_per_s, "try": view.tries }));
        }
        waits.tell(view.watch.waiting.as_ref(), snapshot, out);
        let on_its_way = !to_the_end && view.job.accepted_at.is_some();
        (view.job.is_ended() || view.watch.error.is_some() || on_its_way).then(|| view.clone())
    })
}

/// The end of a command that uploaded something or waited.
pub(super) fn ended(out: &Out, view: &ImportView) -> End {
    let fields = fields(view);
    for group in &view.status.groups {
        out.say(&format!("  {} × {}: {} (“{}”)", group.count, group.relation, group.cause, group.example));
    }
    // The verdict on an archive says nothing of the relation that was packed into it.
    let is_archive = matches!(view.job.kind, ImportKind::File { .. });
    if let (Some(report), None) = (view.report.as_ref().filter(|_| is_archive), &view.job.outcome) {
        out.say(&format!("{}: {}", format::bytes(report.bytes), report.sentence()));
    }
    if let Some(error) = error_of(view) {
        return Err(Failure::with(error, fields));
    }
    if let Some(hint) = &view.status.hint {
        out.say(&words_of(hint));
    }
    Ok(fields)
}

/// Why an import has failed, or is no longer watched.
fn error_of(view: &ImportView) -> Option<UserError> {
    let words = &view.status;
    let failed =
        UserError::new(Code::ImportFailed, words.sentence.clone(), words.hint.clone().unwrap_or_default())
            .with_correlation_id(view.job.correlation_id.clone());
    match (&view.watch.error, &view.job.outcome) {
        // GitLab calls the import finished, but no record arrived.
        (None, Some(ImportOutcome::Partial)) if view.job.nothing_arrived() => Some(failed),
        (Some(error), _) | (None, Some(ImportOutcome::NotSent { error })) => Some(error.clone()),
        (
            None,
            Some(
                ImportOutcome::Failed { .. }
                | ImportOutcome::Canceled
                | ImportOutcome::TimedOut
                | ImportOutcome::NoImport
                | ImportOutcome::Unwatched,
            ),
        ) => Some(failed),
        (None, Some(ImportOutcome::Imported | ImportOutcome::Partial) | None) => None,
    }
}

fn status(view: &ImportView) -> Value {
    json!({
        "import": view.job.id.0,
        "id": view.job.project_id,
        "path": view.job.target_path,
        "import_status": view.job.server_status,
        "phase": view.job.phase.as_str(),
        "sentence": view.status.sentence,
    })
}

pub(super) fn fields(view: &ImportView) -> Value {
    let job = &view.job;
    let mut all = status(view);
    all["import_error"] = json!(job.import_error);
    all["correlation_id"] = json!(job.correlation_id);
    all["partial"] = (job.phase == ImportPhase::Partial).into();
    let lacks = |one: MissingRecords| json!({ "relation": one.relation, "archive": one.archive, "arrived": one.arrived });
    all["compared"] = job.arrived.is_some().into();
    all["hint"] = json!(view.status.hint.as_ref().map(words_of));
    all["missing"] = job.missing().into_iter().map(lacks).collect();
    all["failed_relations"] = job
        .failures
        .iter()
        .map(|failure| {
            json!({
                "id": failure.id,
                "created_at": failure.created_at,
                "relation_name": failure.relation,
                "exception_class": failure.class,
                "exception_message": failure.message,
                "source": failure.source,
                "line_number": failure.line,
            })
        })
        .collect();
    all["failed_relations_capped"] = view.status.failures_capped.into();
    all["causes"] = view
        .status
        .groups
        .iter()
        .map(|group| {
            json!({
                "relation": group.relation,
                "cause": group.cause,
                "count": group.count,
                "example": group.example,
                "lines": group.lines,
                "repairable": group.repairable,
            })
        })
        .collect();
    all["verdict"] = json!(view.report.as_ref().map(|report| report.verdict.as_str()));
    all["warnings"] = job.warnings.iter().chain(&job.notes).cloned().collect();
    all["sent_bytes"] = view.sent_bytes.into();
    all["tries"] = view.tries.into();
    all["web_url"] = json!(view.web_url);
    all["delete_url"] = json!(view.delete_url);
    all
}
