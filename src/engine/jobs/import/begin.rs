//! The start of an import: validates the arguments and the target, then resumes, refuses or starts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::case::import::{
    ImportOutcome, ImportSet, REPAIRABLE, SetPart, SetPlace, TestImport, is_upload_too_large, path_fault,
    what_was_sent,
};
use crate::case::{
    Code, Hint, ImportId, ImportJob, ImportKind, Job, JobId, JobInput, JobKind, UserError, UtcMs, format,
};
use crate::engine::api::{AskId, ImportCommand, ImportOptions, NewProjectTarget};
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::input::EngineInput;
use crate::engine::jobs::input::{JobsInput, TargetPreflight};
use crate::engine::jobs::table::{JobTable, no_such};
use crate::engine::paths::{absolute, shown};
use crate::engine::preflight::{ProjectAsk, named_project};
use crate::engine::user_error::{defect, refuse_set_list, unopened};

use super::draft::{ImportDestination, ImportDraft, UploadSource};
use super::earlier::{ImportsHere, arrived_before, may_arrive_late, played_before, relation_arrived_before};
use super::remote;
use super::set_check::PartCheck;
use super::target::preflight;
use super::upload::RunningUpload;

/// Validates a command as far as possible without GitLab; `None` where the command starts no import.
pub fn draft(
    core: &mut Core,
    table: &JobTable,
    command: ImportCommand,
) -> Result<Option<ImportDraft>, UserError> {
    use ImportCommand as C;
    let draft = match command {
        C::File { instance, file, target, case, options } => {
            let draft = of_file(core, &instance, file, target, options)?;
            ImportDraft { case, ..draft }
        }
        C::Remote { instance, url, target, case, options } => {
            usable(&target)?;
            let url = remote::usable(core, &instance, &url)?;
            let shown_url = format!("{}{}", url.origin().ascii_serialization(), url.path());
            let source = UploadSource::Remote { url: url.into(), probe: !options.anyway };
            let kind = ImportKind::Remote { shown_url };
            ImportDraft { case, options, ..plain(instance, kind, source, ImportDestination::New(target)) }
        }
        C::S3 { instance, object, keys, target, case } => {
            usable(&target)?;
            if [&object.region, &object.bucket, &object.key].iter().any(|text| text.trim().is_empty()) {
                return Err(UserError::new(
                    Code::Usage,
                    "Type the region, the bucket and the key.",
                    "All three are required.",
                ));
            }
            let (region, bucket, key) = (object.region.clone(), object.bucket.clone(), object.key.clone());
            let (kind, source) = (ImportKind::S3 { region, bucket, key }, UploadSource::S3 { object, keys });
            ImportDraft { case, ..plain(instance, kind, source, ImportDestination::New(target)) }
        }
        C::Relation { instance, project, file, relation, case, options } => {
            let key = named_project(&project, &core.session(&instance)?.instance)?;
            ImportDraft { case, options, ..of_relation(instance, key, file, relation)? }
        }
        C::Set { instance, list, target, case, options } => {
            let set = super::set::read(&list, options)?;
            let draft = of_base(core, &instance, (&set, target), options)?;
            ImportDraft { case, set: Some(SetPlace::Base(set)), ..draft }
        }
        C::Repair { import, relation } => of_repair(table, import, relation)?,
        C::Again { import } => again(core, table, import)?,
        C::CheckOnce { .. }
        | C::Leave { .. }
        | C::CheckTarget { .. }
        | C::Probe { .. }
        | C::ContinueSet { .. } => return Ok(None),
    };
    Ok(Some(draft))
}

/// Runs the preflight of the target.
pub fn start_preflight(core: &mut Core, ask: AskId, mut draft: ImportDraft) -> Result<(), UserError> {
    let api = core.access(&draft.instance)?;
    draft.instance = api.instance_name();
    let on_wait = core.wait_reporter(ask);
    let work = async move {
        let result = preflight(api, &draft.target, &on_wait).await.map(Box::new);
        Ok::<_, UserError>((Box::new(draft), result))
    };
    core.spawn(work, move |ended| match ended {
        Ok((draft, result)) => EngineInput::Jobs(JobsInput::Targeted { ask, draft, result }),
        Err(error) => EngineInput::Answered(ask, Err(error)),
    });
    Ok(())
}

/// What a draft became.
#[derive(Debug)]
pub enum DraftResult {
    /// An earlier import, which continues.
    Known(ImportId),
    /// The base archive of the same set was imported before: the set continues.
    Set(ImportId),
    New(ImportId, Box<RunningUpload>),
}

/// Resumes an import that a shutdown interrupted, or refuses, or starts a new one.
pub fn begin(
    core: &mut Core,
    table: &mut JobTable,
    draft: ImportDraft,
    (preflight, here): (&TargetPreflight, &ImportsHere),
) -> Result<DraftResult, UserError> {
    let now = clock::now();
    if let Some(id) = here.same(table, &draft, preflight)? {
        table.join(core, JobId::Import(id), now);
        return Ok(DraftResult::Known(id));
    }
    let before = match &draft.target {
        ImportDestination::Existing(_) => relation_arrived_before(table, &draft, preflight),
        ImportDestination::New(_) => arrived_before(table, &draft, preflight),
    };
    if let Some(id) = before {
        let job = JobId::Import(id);
        if draft.set.is_some() {
            let place = draft.set.map(Box::new);
            table.rewrite(core, job, |job| set_place(job, place), now)?;
        }
        if !table.is_sending(job) {
            table.apply(core, job, JobInput::Watched, now)?;
            table.poll_in(job, Duration::ZERO, now);
        }
        return Ok(DraftResult::Known(id));
    }
    if let Some(base) = played_before(table, &draft, preflight) {
        return Ok(DraftResult::Set(base));
    }
    let may_arrive_late = may_arrive_late(table, &draft, preflight);
    end_interrupted(core, table, &draft, (preflight, here), now);
    let overwrite = match &draft.target {
        ImportDestination::Existing(_) => false,
        ImportDestination::New(to) => preflight.may_go(to)?,
    };
    let id = core.store.next_job_id(JobKind::Import).map_err(|error| error.error())?;
    let JobId::Import(id) = id else { return Err(defect()) };
    let mut job = ImportJob::new(id, &draft.instance, draft.kind, &preflight.shown_path(), now);
    job.case_id = draft.case;
    job.repairs = draft.repairs;
    job.test_import = draft.options.test_import.then(TestImport::default);
    job.set = draft.set.map(Box::new);
    let there = preflight.existing.as_ref().map(|hit| hit.id);
    let mut upload = RunningUpload::default();
    (upload.source, upload.options) = (Some(draft.source), draft.options);
    upload.may_arrive_late = may_arrive_late;
    match &draft.target {
        ImportDestination::New(to) => {
            (job.name, job.override_params) = (to.name.clone(), to.override_params.clone());
            upload.target = preflight.parameters(to, overwrite);
        }
        ImportDestination::Existing(_) => job.project_id = there,
    }
    job.replaces_id = there.filter(|_| overwrite);
    table.put(core, Job::Import(job), Some(false), now)?;
    Ok(DraftResult::New(id, Box::new(upload)))
}

fn set_place(job: &mut Job, place: Option<Box<SetPlace>>) {
    if let Job::Import(job) = job {
        job.set = place;
    }
}

/// Ends interrupted imports to this target that did not arrive, because the same import starts again.
fn end_interrupted(
    core: &mut Core,
    table: &mut JobTable,
    draft: &ImportDraft,
    (preflight, here): (&TargetPreflight, &ImportsHere),
    now: UtcMs,
) {
    let path = preflight.shown_path();
    let cut: Vec<_> = table
        .imports()
        .filter(|job| {
            job.is_being_sent()
                && !here.moves(job.id)
                && job.instance == draft.instance
                && job.target_path.eq_ignore_ascii_case(&path)
        })
        .map(|job| job.id)
        .collect();
    for id in cut {
        // The snapshot shows a full disk as an error.
        table.apply(core, JobId::Import(id), JobInput::NotAccepted { error: interrupted() }, now).ok();
    }
}

/// The error of an import whose upload ended with the program.
pub fn interrupted() -> UserError {
    UserError::new(
        Code::Network,
        "Export Desk ended during the upload, and GitLab did not receive the archive.",
        "GitLab cannot resume uploads. Start the import again.",
    )
}

/// The error of an import whose command ended while another program carried it out.
pub fn command_ended() -> UserError {
    UserError::new(
        Code::Network,
        "The command ended before GitLab had received the archive.",
        "GitLab cannot resume uploads. Start the import again.",
    )
}

fn plain(instance: String, kind: ImportKind, source: UploadSource, target: ImportDestination) -> ImportDraft {
    ImportDraft {
        instance,
        kind,
        source,
        target,
        case: None,
        repairs: None,
        repeats: None,
        options: ImportOptions::default(),
        set: None,
    }
}

fn of_file(
    core: &mut Core,
    url: &str,
    file: PathBuf,
    target: NewProjectTarget,
    options: ImportOptions,
) -> Result<ImportDraft, UserError> {
    usable(&target)?;
    if options.test_import && target.delete.is_some() {
        return Err(UserError::new(
            Code::Refused,
            "A test import never deletes a project.",
            "Choose a different path.",
        ));
    }
    let (file, bytes) = readable(file)?;
    if is_upload_too_large(core.session(url)?.instance.host(), bytes) && !options.anyway {
        return Err(UserError::new(
            Code::SizeLimit,
            format!("The archive has {}. GitLab.com accepts uploads up to 5 GiB.", format::bytes(bytes)),
            Hint::TooLargeToUpload { first: String::new() },
        ));
    }
    let kind = ImportKind::File { path: shown(&file), bytes };
    let source = UploadSource::File { file, bytes };
    Ok(ImportDraft { options, ..plain(url.to_owned(), kind, source, ImportDestination::New(target)) })
}

/// The import of a set's base archive.
fn of_base(
    core: &mut Core,
    url: &str,
    (set, target): (&ImportSet, NewProjectTarget),
    options: ImportOptions,
) -> Result<ImportDraft, UserError> {
    // Without the base archive, the words of sets say what to do. The other parts are checked with it.
    for part in PartCheck::from(set, 0).iter().take(1) {
        part.is_there().map_err(|mut error| {
            error.headline = format!("{} {}", error.headline, what_was_sent(0));
            error
        })?;
    }
    let host = core.session(url)?.instance.host().to_owned();
    let is_too_large = |part: &&SetPart| is_upload_too_large(&host, part.bytes);
    if let Some(part) = set.parts.iter().find(is_too_large).filter(|_| !options.anyway) {
        return Err(UserError::new(
            Code::SizeLimit,
            format!(
                "{} has {}. GitLab.com accepts uploads up to 5 GiB. Nothing was sent.",
                part.path.display(),
                format::bytes(part.bytes)
            ),
            "Build the set again with a lower limit.",
        ));
    }
    of_file(core, url, set.parts[0].path.clone(), target, options)
}

pub(super) fn of_relation(
    instance: String,
    project: ProjectAsk,
    file: PathBuf,
    relation: String,
) -> Result<ImportDraft, UserError> {
    if !REPAIRABLE.contains(&relation.as_str()) {
        return Err(UserError::new(
            Code::Usage,
            format!("GitLab cannot import “{relation}” separately."),
            format!("GitLab accepts {}.", REPAIRABLE.join(", ")),
        ));
    }
    let (file, bytes) = readable(file)?;
    let kind = ImportKind::Relation { path: shown(&file), bytes, relation: relation.clone() };
    let source = UploadSource::Relation { file, bytes, relation };
    Ok(plain(instance, kind, source, ImportDestination::Existing(project)))
}

/// Imports a relation again of which an earlier import lost records, from the same archive.
fn of_repair(table: &JobTable, import: ImportId, relation: String) -> Result<ImportDraft, UserError> {
    let Some(job) = table.import(import) else { return Err(no_such(JobId::Import(import))) };
    let (Some(path), Some(project)) = (job.kind.path(), job.project_id) else {
        return Err(UserError::new(
            Code::Refused,
            "The archive of this import is not on this computer.",
            Hint::ImportRelation,
        ));
    };
    let (file, key) = (PathBuf::from(path), ProjectAsk::id(project));
    let draft = of_relation(job.instance.clone(), key, file, relation)?;
    Ok(ImportDraft { case: job.case_id, repairs: Some(import), ..draft })
}

/// Repeats an import that GitLab did not accept, from the start. Never deletes a project: that needs a new consent.
pub(super) fn again(core: &mut Core, table: &JobTable, import: ImportId) -> Result<ImportDraft, UserError> {
    let Some(job) = table.import(import) else { return Err(no_such(JobId::Import(import))) };
    if !matches!(job.outcome, Some(ImportOutcome::NotSent { .. })) || job.accepted_at.is_some() {
        return Err(UserError::new(
            Code::Refused,
            "GitLab has received this import, or is still receiving it.",
            "Start another import with a different path.",
        ));
    }
    let options = ImportOptions { anyway: false, retry_upload: true, test_import: job.test_import.is_some() };
    let draft = match &job.kind {
        ImportKind::File { path, .. } => {
            of_file(core, &job.instance, PathBuf::from(path), again_to(job), options)?
        }
        ImportKind::Relation { path, relation, .. } => {
            let key = named_project(&job.target_path, &core.session(&job.instance)?.instance)?;
            let draft = of_relation(job.instance.clone(), key, PathBuf::from(path), relation.clone())?;
            ImportDraft { repairs: job.repairs, options, ..draft }
        }
        ImportKind::Remote { .. } | ImportKind::S3 { .. } | ImportKind::Discovered => {
            return Err(UserError::new(
                Code::Refused,
                "Export Desk does not store the URL or the keys.",
                "Start the import again, with the URL or the keys.",
            ));
        }
    };
    Ok(ImportDraft { case: job.case_id, repeats: Some(import), set: job.set.as_deref().cloned(), ..draft })
}

/// Checks the project's path against GitLab's rules.
fn usable(to: &NewProjectTarget) -> Result<(), UserError> {
    let Some(why) = path_fault(&to.path) else { return Ok(()) };
    Err(UserError::new(Code::Usage, why, Hint::SplitPath))
}

/// The target of an earlier import, without the consent to a deletion.
fn again_to(job: &ImportJob) -> NewProjectTarget {
    // For a namespace given by ID, the path contains that ID: see `TargetPreflight::shown_path`.
    let full = job.target_path.strip_prefix("namespace ").unwrap_or(&job.target_path);
    let (namespace, path) = match full.rsplit_once('/') {
        Some((namespace, path)) => (Some(namespace.to_owned()), path),
        None => (None, full),
    };
    NewProjectTarget {
        path: path.to_owned(),
        namespace,
        name: job.name.clone(),
        delete: None,
        override_params: job.override_params.clone(),
    }
}

fn readable(file: PathBuf) -> Result<(PathBuf, u64), UserError> {
    let file = absolute(file);
    refuse_set_list(&file)?;
    // Checked before opening, because opening a pipe would block.
    let why = match std::fs::metadata(&file) {
        Ok(facts) if facts.is_file() => match std::fs::File::open(&file) {
            Ok(_readable) => return Ok((file, facts.len())),
            Err(error) => error.to_string(),
        },
        Ok(_) => "it is not a file".to_owned(),
        Err(error) => return Err(unopened(&file, &error)),
    };
    let headline = format!("{} cannot be read: {why}.", file.display());
    Err(UserError::new(Code::Local, headline, "Name a project archive, usually *_export.tar.gz."))
}

/// The archive to verify before the upload, where it is on this computer.
pub fn archive_of(upload: &RunningUpload) -> Option<PathBuf> {
    upload.source.as_ref().and_then(UploadSource::file).map(Path::to_owned)
}
