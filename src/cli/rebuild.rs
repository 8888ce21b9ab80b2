//! `relations rebuild`: from a project to an importable archive without GitLab's file export, in one command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use crate::case::rebuild::RebuildNote;
use crate::case::{
    CaseId, CurrentRelationsStatus, RebuildId, RebuildJob, RebuildOptions, RebuildOutcome, RebuildPhase,
    RebuildRemedy, RebuildSource, RebuiltArchive, UserError, format,
};
use crate::engine::api::{
    Answer, Command, MembersChoice, RebuildCommand, RebuildView, Receipt, RelationsView, Snapshot,
    archive_beside, set_folder,
};
use crate::engine::{free_beside, text_of_path};

use super::archive_path::archive_path;
use super::args::PROJECT;
use super::build::{self, Told};
use super::client::{EngineClient, WaitReporter, wrong_answer};
use super::fill;
use super::invocation::Invocation;
use super::members::MembersArgs;
use super::output::{End, Failure, Out};
use super::receipt::ReceiptArgs;
use super::relations_fields::download_progress;
use super::relations_folder::default_folder;
use super::setup;

#[derive(Debug, Args)]
pub struct RebuildArgs {
    #[arg(help = PROJECT)]
    project: String,
    /// The archive, or a folder for it; default: `<project>_rebuilt_export.tar.gz` beside the folder, or that of the
    /// rebuild that continues. A set is in a folder of this name that ends in `_set`
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Folder for the relation files; default: that of the rebuild that continues, or `<project>_relations` in the
    /// current folder, with the host of the instance in its name where another project has that folder
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Build although data is missing; the result and the receipt list every gap
    #[arg(long)]
    allow_gaps: bool,
    /// Start although this deletes files of the previous export that were not downloaded
    #[arg(long)]
    replace: bool,
    /// Use the finished relations export that GitLab has already, instead of a new one
    #[arg(long, conflicts_with = "replace")]
    existing: bool,
    /// Leave out this relation, for example `ci_pipelines`; can be repeated. `none` leaves nothing out, also where the
    /// rebuild that continues did
    #[arg(long, value_name = "RELATION")]
    without: Vec<String>,
    /// The destination's import limit, for example 10GiB: a larger archive becomes a set for `import set`; default:
    /// the limit in the settings, otherwise 5 GiB, the limit of GitLab.com
    #[arg(long, value_name = "SIZE", value_parser = format::size_of)]
    limit: Option<u64>,
    /// Build a set even if one archive would keep the limit
    #[arg(long)]
    split: bool,
    #[command(flatten)]
    members: MembersArgs,
    /// The case that the archive is for
    #[arg(long, value_name = "ID")]
    case: Option<i64>,
    #[command(flatten)]
    receipt: ReceiptArgs,
}

pub fn run(call: &Invocation, args: RebuildArgs) -> End {
    let global = &call.global;
    args.receipt.refuse_taken(call)?;
    let instance = global.instance.clone();
    let named = args.folder.map(|folder| call.output_path(&folder)).transpose()?;
    let mut client = setup::client(call)?;
    let earlier = earlier(&client, &instance, &args.project);
    let at = |path: Option<&String>| path.map(PathBuf::from);
    // The folder that was named for a rebuild that has not downloaded anything yet counts as well.
    let of_job = |job: &RebuildJob| at(job.folder.as_ref().or(job.options.folder.as_ref()));
    let before = earlier.as_deref().and_then(|view| of_job(&view.job));
    let folder = match named.or(before) {
        Some(folder) => folder,
        None => default_folder(call, (&instance, &args.project), &client.snapshot())?,
    };
    let kept = earlier.as_deref().map(|view| &view.job.options);
    let typed = Typed {
        output: args.output.is_some(),
        members: args.members.choice(call)?,
        without: args.without,
        limit: args.limit,
        split: args.split,
    };
    let output = args.output.map(|path| archive_path(call, &path, &archive_beside(&folder))).transpose()?;
    let output = output.or_else(|| at(kept?.output.as_ref()));
    let path = output.clone().unwrap_or_else(|| free_beside(&folder));
    let chosen = typed.over(kept, || args.members.choice_or_ask(call))?;
    let case = args.case.map(CaseId);
    if let Some(case) = case {
        client.case(case)?;
    }
    args.receipt.refuse_output(call, &path)?;
    refuse_other(&client, &path)?;
    let source = match (args.replace, args.existing) {
        (true, _) => RebuildSource::Replacing,
        (false, true) => RebuildSource::Existing,
        (false, false) => RebuildSource::New,
    };
    let allow_gaps = args.allow_gaps;
    let (folder, output) = (Some(text_of_path(folder)?), output.map(text_of_path).transpose()?);
    let options = RebuildOptions { source, folder, output, allow_gaps, ..chosen };
    let start = RebuildCommand::Start { instance, project: args.project, case, options };
    let Answer::Rebuild(id) = client.ask(Command::Rebuild(start))? else { return Err(wrong_answer()) };
    tell_kept(&client, id, &typed, &call.out);
    let view = follow(&mut client, id)?;
    // Only a store that cannot be written stops a rebuild without an end.
    let stopped = client.snapshot().error.clone().map_or_else(wrong_answer, Failure::from);
    ended(call, &view, &args.receipt, stopped)
}

/// The unfinished rebuild of the project, which the command continues with what was chosen for it.
fn earlier(client: &EngineClient, instance: &str, project: &str) -> Option<Arc<RebuildView>> {
    let snapshot = client.snapshot();
    let continues = |view: &&Arc<RebuildView>| view.job.continues_for(instance, project);
    snapshot.rebuilds.iter().find(continues).filter(|view| view.job.keeps_options()).cloned()
}

/// What this command names. Everything else is as it was chosen for the rebuild that continues.
struct Typed {
    output: bool,
    members: Option<MembersChoice>,
    without: Vec<String>,
    limit: Option<u64>,
    split: bool,
}

impl Typed {
    /// Takes over what was chosen before. `ask` is for the members of a new rebuild.
    fn over(
        &self,
        kept: Option<&RebuildOptions>,
        ask: impl FnOnce() -> Result<Option<MembersChoice>, UserError>,
    ) -> Result<RebuildOptions, UserError> {
        let members = match (&self.members, kept) {
            (Some(typed), _) => typed.clone(),
            (None, Some(kept)) => kept.members.clone(),
            (None, None) => ask()?.unwrap_or_default(),
        };
        let without = match (self.without.as_slice(), kept) {
            ([], Some(kept)) => kept.without.clone(),
            (typed, _) => typed.iter().filter(|name| *name != "none").cloned().collect(),
        };
        let split_before = kept.is_some_and(|kept| kept.always_splits) && self.limit.is_none();
        Ok(RebuildOptions {
            members,
            without,
            limit_bytes: self.limit,
            always_splits: self.split || split_before,
            ..RebuildOptions::default()
        })
    }

    /// What the rebuild has without being named by this command.
    fn kept_of(&self, options: &RebuildOptions) -> Vec<String> {
        let limit = options.limit_bytes.filter(|_| self.limit.is_none());
        let members = match &options.members {
            _ if self.members.is_some() => None,
            MembersChoice::Without => None,
            MembersChoice::PublicEmails => {
                Some("the members with the addresses on their profiles".to_owned())
            }
            MembersChoice::Table(path) => {
                Some(format!("the members with the addresses of {}", path.display()))
            }
        };
        let without = (self.without.is_empty() && !options.without.is_empty())
            .then(|| format!("without {}", options.without.join(", ")));
        let limit = limit.map(|limit| format!("an import limit of {}", format::bytes(limit)));
        let set = (options.always_splits && !self.split).then(|| "as a set".to_owned());
        [limit, members, without, set].into_iter().flatten().collect()
    }
}

/// Says which choices come from an earlier command.
fn tell_kept(client: &EngineClient, id: RebuildId, typed: &Typed, out: &Out) {
    let snapshot = client.snapshot();
    let Some(view) = snapshot.rebuilds.iter().find(|view| view.job.id == id) else { return };
    let mut kept = typed.kept_of(&view.job.options);
    if kept.is_empty() {
        return;
    }
    kept.extend(
        view.job.options.output.as_ref().filter(|_| !typed.output).map(|path| format!("the file {path}")),
    );
    let sentence = format!("As chosen before for this rebuild: {}.", kept.join("; "));
    out.event("status", json!({ "rebuild": id.0, "kept": kept, "sentence": sentence }));
    out.say(&sentence);
}

/// Refuses an existing file or set, unless it is that of a rebuild that was interrupted while it got its name.
fn refuse_other(client: &EngineClient, output: &std::path::Path) -> Result<(), Failure> {
    let set = set_folder(output);
    let is_ours = |view: &Arc<RebuildView>| {
        let path = view.job.naming.as_ref().map(|archive| std::path::Path::new(&archive.path));
        path.is_some_and(|path| path == output || path.parent() == Some(&set))
    };
    if client.snapshot().rebuilds.iter().any(is_ours) {
        return Ok(());
    }
    super::receipt::refuse_taken(output)?;
    super::receipt::refuse_taken(&set_folder(output))
}

/// Follows a rebuild until it ends, and reports each step and its progress.
pub fn follow(client: &mut EngineClient, id: RebuildId) -> Result<Arc<RebuildView>, Failure> {
    let _advice = client.out.advice(
        "GitLab continues its export, and what was downloaded is kept. The same command continues the rebuild.",
    );
    let mut progress = Progress::default();
    let mut waits = WaitReporter::default();
    let view = client.until(|snapshot, out| {
        let view = snapshot.rebuilds.iter().find(|view| view.job.id == id)?;
        progress.tell(view, snapshot, out);
        waits.tell(view.waiting.as_ref(), snapshot, out);
        (view.job.is_ended() || !view.is_at_work).then(|| Arc::clone(view))
    })?;
    Ok(view)
}

/// What was reported last.
#[derive(Default)]
struct Progress {
    phase: Option<RebuildPhase>,
    status: Option<CurrentRelationsStatus>,
    bytes: Option<u64>,
    is_warned: bool,
    build: Told,
}

impl Progress {
    fn tell(&mut self, view: &RebuildView, snapshot: &Snapshot, out: &Out) {
        let job = &view.job;
        if self.phase != Some(job.phase()) {
            self.phase = Some(job.phase());
            out.event("status", fields(job));
            if !job.is_ended() {
                out.say(&job.sentence());
            }
        }
        let export = job.run.and_then(|run| snapshot.relations.iter().find(|export| export.run.id == run));
        match (job.phase(), export) {
            (RebuildPhase::Exporting, Some(export)) => self.tell_export(job, export, out),
            (RebuildPhase::Downloading, Some(export)) => self.tell_download(export, out),
            (RebuildPhase::Building, _) => {
                let output = job.output.as_ref().map(PathBuf::from);
                let build = snapshot.builds.iter().find(|build| Some(&build.output) == output.as_ref());
                if let Some(build) = build {
                    self.build.tell(build, snapshot, out);
                }
            }
            _ => {}
        }
    }

    fn tell_export(&mut self, job: &RebuildJob, export: &RelationsView, out: &Out) {
        let status = &export.status;
        if self.status.as_ref() != Some(status) {
            let mut fields = fields(job);
            fields["ready"] = status.ready.into();
            fields["under_way"] = status.under_way.into();
            fields["failed"] = status.failed.into();
            out.event("status", fields);
            out.say(&status.sentence);
            self.status = Some(status.clone());
        }
    }

    fn tell_download(&mut self, export: &RelationsView, out: &Out) {
        if export.status.incomplete > 0 && !std::mem::replace(&mut self.is_warned, true) {
            // The build would be refused after a download that may take hours.
            out.event("warning", json!({ "message": export.status.sentence }));
            out.say(&export.status.sentence);
        }
        let Some(download) = &export.download else { return };
        if self.bytes != Some(download.bytes) {
            self.bytes = Some(download.bytes);
            out.event("progress", download_progress(download));
        }
    }
}

/// The state of a rebuild in results.
pub fn fields(job: &RebuildJob) -> Value {
    json!({
        "rebuild": job.id.0,
        "project": { "id": job.project_id, "path": job.title() },
        "step": job.step.as_str(),
        "phase": job.phase().as_str(),
        "folder": job.folder,
        "sentence": job.sentence(),
    })
}

/// The end of the command; `stopped` is the error where the rebuild stopped without an end.
fn ended(call: &Invocation, view: &RebuildView, receipt: &ReceiptArgs, stopped: Failure) -> End {
    let out = &call.out;
    let job = &view.job;
    let mut known = fields(job);
    match (&job.outcome, view.receipt.as_deref()) {
        (Some(RebuildOutcome::Built { archive }), Some(kept)) => {
            say(out, archive, kept);
            known["path"] = archive.path.clone().into();
            known["bytes"] = archive.file.bytes.into();
            known["sha256"] = archive.file.sha256.clone().into();
            known["verdict"] = archive.file.verdict.clone().into();
            known["verdict_sentence"] = kept.verdict_sentence.clone().into();
            known["counts"] = json!(kept.counts);
            known["parts"] = archive.parts.iter().map(build::part).collect();
            known["gaps"] = archive.gaps.iter().map(build::gap).collect();
            known["filled"] = archive.filled.iter().map(fill::filled).collect();
            known["left_out_more"] =
                archive.file.rebuilt.as_ref().map_or(0, |rebuilt| rebuilt.left_out_more).into();
            known["left_out"] = json!(archive.left_out);
            known["notes"] = archive.notes.iter().map(RebuildNote::sentence).collect();
            known["import_doubts"] = build::doubts(&archive.doubts).into();
            receipt.write(call, kept, known)
        }
        (Some(RebuildOutcome::Failed { error, gaps }), _) => {
            for gap in gaps {
                out.say(&format!("Missing: {}", gap.sentence()));
            }
            known["gaps"] = gaps.iter().map(build::gap).collect();
            known["remedies"] = job.remedies().into_iter().map(RebuildRemedy::as_str).collect();
            Err(Failure::with(error.clone(), known))
        }
        _ => Err(stopped),
    }
}

fn say(out: &Out, archive: &RebuiltArchive, receipt: &Receipt) {
    let size = format::bytes(archive.file.bytes);
    out.say(&format!("{} ({size}): {}", archive.path, receipt.verdict_sentence));
    out.say(&format!("SHA-256 {}", archive.file.sha256));
    let rebuilt = archive.file.rebuilt.iter();
    for rebuilt in rebuilt {
        out.say(&rebuilt.sentence());
        for part in &rebuilt.parts {
            out.say(&format!("Part: {part}"));
        }
        for filled in &rebuilt.filled {
            out.say(&format!("Added: {filled}"));
        }
        for gap in &rebuilt.gaps {
            out.say(&format!("Missing: {gap}"));
        }
        for left in rebuilt.left_out_lines() {
            out.say(&format!("Left out: {left}"));
        }
    }
    for note in &archive.notes {
        out.say(&note.sentence());
    }
    build::say_doubts(out, &archive.doubts);
    build::warn_members(out, &archive.filled);
    if !archive.parts.is_empty() {
        build::say_import(out, Path::new(&archive.path));
    }
}
