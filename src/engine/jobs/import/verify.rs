//! Verifies an archive before its upload: an archive that GitLab would reject is refused here, before hours of
//! upload.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::archive::{
    self, BundleReport, Level, Limits, Measured, Problem, ProblemCode, Report, VerifyError,
};
use crate::case::import::{SentArchive, SetPlace, what_was_sent};
use crate::case::{Code, Hint, ImportId, ImportJob, ImportKind, Job, JobId, JobInput, UserError, format};
use crate::engine::api::archive_error;
use crate::engine::clock;
use crate::engine::core::{Core, on_disk_thread};
use crate::engine::input::EngineInput;
use crate::engine::jobs::input::{JobsInput, VerifiedArchive};
use crate::engine::jobs::table::JobTable;
use crate::engine::rebuilt_mark;
use crate::gitlab::FileStamp;
use crate::platform::disk::Space;

use super::draft::UploadSource;
use super::pack::{self, PackedRelation};
use super::set_check::PartCheck;
use super::upload::{Meter, RunningUpload};

/// Starts the verification. The file of a single relation is packed into an archive first. `parts` are the part of a set
/// that the file is, and the later ones that are checked before its upload.
pub fn begin(core: &Core, id: ImportId, upload: &mut RunningUpload, (file, parts): (&Path, Vec<PartCheck>)) {
    upload.stamp = FileStamp::at(file);
    let relation = upload.source.as_ref().and_then(UploadSource::relation).map(str::to_owned);
    let (meter, anyway) = (upload.meter.clone(), upload.options.anyway);
    let order = WalkOrder { path: file.to_owned(), relation, parts, anyway };
    let work = async move { on_disk_thread(move || walk(&order, &meter)).await? };
    let task = core.spawn(work, move |result| EngineInput::Jobs(JobsInput::Verified { import: id, result }));
    upload.walk = Some(task);
}

/// What is verified before an upload.
struct WalkOrder {
    path: PathBuf,
    relation: Option<String>,
    parts: Vec<PartCheck>,
    /// The user sends the archive whatever the verification finds.
    anyway: bool,
}

fn go_on(meter: &Meter) -> ControlFlow<()> {
    if meter.stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Reads the archive, or the one that is packed from a relation's file, and the later parts of a set.
fn walk(order: &WalkOrder, meter: &Meter) -> Result<VerifiedArchive, UserError> {
    for part in &order.parts {
        part.is_there()?;
    }
    let of_parts = format::total(order.parts.iter().map(|part| part.part.bytes));
    meter.to_verify_bytes.store(of_parts, Ordering::Relaxed);
    let path = &order.path;
    let relation =
        order.relation.as_deref().filter(|_| order.parts.is_empty() && pack::is_relation_file(path));
    let packed = relation
        .map(|relation| pack::pack(path, relation, &Space::default(), &mut || go_on(meter)))
        .transpose()?;
    let opened = packed.as_ref().map_or(path.as_path(), |packed| &packed.file);
    let mut parts = order.parts.iter();
    let own = parts.next();
    let report = read((opened, own), 0, meter)?;
    if let Some(own) = own {
        let is_sound = archive_error(&report).is_none();
        if is_sound {
            own.has_what_the_list_says(&report)?;
        }
        if is_sound || order.anyway {
            later(parts, report.bytes, meter)?;
        }
    }
    Ok(VerifiedArchive { report: Arc::new(report), packed })
}

/// Checks the parts of a set that are sent later. `before_bytes` were read before.
fn later<'a>(
    parts: impl Iterator<Item = &'a PartCheck>,
    mut before_bytes: u64,
    meter: &Meter,
) -> Result<(), UserError> {
    for part in parts {
        meter.part.store(part.index as u64 + 1, Ordering::Relaxed);
        let report = read((&part.part.path, Some(part)), before_bytes, meter)?;
        if let Some(error) = archive_error(&report) {
            return Err(part.refused(error));
        }
        part.has_what_the_list_says(&report)?;
        before_bytes = before_bytes.saturating_add(report.bytes);
    }
    meter.part.store(0, Ordering::Relaxed);
    Ok(())
}

/// Verifies one archive. As a part of a set, it must be the file that the set's list names.
fn read(
    (path, part): (&Path, Option<&PartCheck>),
    before_bytes: u64,
    meter: &Meter,
) -> Result<Report, UserError> {
    let unreadable = |error: &io::Error| match part {
        Some(part) => part.unopened(error),
        None => UserError::new(
            Code::Local,
            format!("{} cannot be read: {error}.", path.display()),
            "Check the disk and the file.",
        ),
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let length_bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
    // Members are not listed, because nobody reads the list here.
    let limits = Limits { max_members_kept: 0, ..Limits::default() };
    let report = archive::verify(Measured::new(file, length_bytes), &limits, &mut |progress| {
        meter.verified_bytes.store(before_bytes + progress.compressed_bytes, Ordering::Relaxed);
        go_on(meter)
    });
    let mut report = report.map_err(|error| match error {
        VerifyError::Cancelled => {
            UserError::new(Code::Refused, "The verification was stopped.", "Start the import again.")
        }
        VerifyError::Read(error) => unreadable(&error),
        VerifyError::Foreign { .. } => unreadable(&io::Error::other(error.to_string())),
    })?;
    part.map_or(Ok(()), |part| part.is_the_file(&report))?;
    rebuilt_mark::apply(&mut report, part.is_some());
    Ok(report)
}

/// The verification has ended. Returns whether the archive may be sent; if GitLab would reject it, the import ends
/// here.
pub fn ended(
    core: &mut Core,
    table: &mut JobTable,
    (id, upload): (ImportId, &mut RunningUpload),
    result: Result<VerifiedArchive, UserError>,
) -> bool {
    upload.walk = None;
    let job = JobId::Import(id);
    let slice = table.import(id).and_then(ImportJob::slice_of).map(|(_, part)| part);
    let refused = match result {
        Err(error) => Some(error),
        Ok(VerifiedArchive { report, packed }) => {
            let unfit = |job| lacks_its_relation(job, &report).or_else(|| is_a_part(job, &report));
            let error = archive_error(&report).or_else(|| table.import(id).and_then(unfit));
            let agreed = error.as_ref().filter(|_| upload.options.anyway).map(|it| it.headline.clone());
            table.amend(job, |job| note(job, &report, agreed));
            upload.report = Some(report);
            if let Some(packed) = packed {
                send_packed(table, job, upload, packed);
            }
            let error = error.filter(|_| !upload.options.anyway);
            // A slice is never sent against this advice.
            if slice.is_some() { error } else { error.map(anyway) }
        }
    };
    let Some(mut error) = refused else { return true };
    error.headline = format!("{} {}", error.headline, what_was_sent(slice.unwrap_or(0)));
    // The snapshot shows a full disk as an error.
    table.apply(core, job, JobInput::NotAccepted { error }, clock::now()).ok();
    false
}

/// The user may send the archive against this advice.
fn anyway(mut error: UserError) -> UserError {
    error.hint = Hint::SendAnyway { first: Box::new(error.hint) };
    error
}

/// The error where one archive of a set is imported as a whole project.
fn is_a_part(job: &ImportJob, report: &Report) -> Option<UserError> {
    let part = report.problems.iter().find(|problem| problem.code == ProblemCode::SetPart)?;
    (job.set.is_none() && matches!(job.kind, ImportKind::File { .. }))
        .then(|| UserError::new(Code::NotImportable, part.message.clone(), part.hint.clone()))
}

/// The error where the archive has no record of the relation. GitLab would call its import finished.
fn lacks_its_relation(job: &ImportJob, report: &Report) -> Option<UserError> {
    let ImportKind::Relation { relation, path, .. } = &job.kind else { return None };
    let has_some = report.counts.get(relation).is_some_and(|count| *count > 0);
    (!has_some).then(|| pack::no_record(Path::new(path), relation))
}

/// Sends the packed archive instead of the relation's file.
fn send_packed(table: &mut JobTable, job: JobId, upload: &mut RunningUpload, packed: PackedRelation) {
    let PackedRelation { file: packed, unfinished, told } = packed;
    let packed_bytes = packed.metadata().map_or(0, |facts| facts.len());
    upload.stamp = FileStamp::at(&packed);
    if let Some(UploadSource::Relation { file, bytes, .. }) = &mut upload.source {
        (*file, *bytes) = (packed.to_path_buf(), packed_bytes);
    }
    upload.packed = Some((packed, unfinished));
    table.amend(job, |job| {
        let Job::Import(job) = job else { return };
        if let ImportKind::Relation { bytes, .. } = &mut job.kind {
            *bytes = packed_bytes;
        }
        job.notes.insert(0, told);
    });
}

/// GitLab assigns the attributes of `tree/project.json` with every relation (`relation_tree_restorer.rb`,
/// `update_params!`), and no longer knows the parameters of the project's own import.
const SETTINGS_AGAIN: &str = "The archive also has the project's settings, which GitLab applies to the project again, such as its \
     visibility and description. Check them after the import.";

/// Copies the results of the verification into the import.
fn note(job: &mut Job, report: &Report, agreed: Option<String>) {
    let Job::Import(job) = job else { return };
    if let Some(test_import) = &mut job.test_import {
        test_import.sha256 = Some(report.sha256.clone());
    }
    // GitLab reads nothing but this relation from the archive.
    let alone = match &job.kind {
        ImportKind::Relation { relation, .. } => Some(format!("tree/project/{relation}.ndjson")),
        _ => None,
    };
    let alone = alone.as_deref();
    let of_level = |level: Level| {
        let is_of = move |problem: &&Problem| alone.is_none() || problem.member.as_deref() == alone;
        report.problems.iter().filter(move |problem| problem.level == level).filter(is_of).take(20)
    };
    let warned: Vec<_> = of_level(Level::Warning).map(|problem| problem.message.clone()).collect();
    let noted =
        of_level(Level::Note).map(|problem| format!("{} {}", problem.message, problem.hint)).collect();
    let again = (alone.is_some() && report.has_settings).then(|| SETTINGS_AGAIN.to_owned());
    let is_bundle = |bundle: &&BundleReport| bundle.member == "project.bundle";
    let mut records = report.counts.clone();
    if let (Some(SetPlace::Slice { before, .. }), ImportKind::Relation { relation, .. }) =
        (job.set.as_deref(), &job.kind)
    {
        // The project already has the records of the slices before this one.
        *records.entry(relation.clone()).or_default() += before;
    }
    job.archive = Some(Box::new(SentArchive {
        records,
        has_gaps: report.has(ProblemCode::RebuiltWithGap),
        has_sound_bundle: report.bundles.iter().find(is_bundle).is_some_and(|bundle| bundle.sound),
    }));
    job.warnings = agreed.into_iter().chain(warned).chain(again).collect();
    job.notes = noted;
}

/// If the file was changed after its verification, the result does not describe the bytes that were sent.
pub fn doubt_a_changed_file(table: &mut JobTable, id: ImportId, upload: &mut RunningUpload) {
    let Some(path) = table.import(id).and_then(|job| job.kind.path()) else { return };
    let path = upload.packed.as_ref().map_or(Path::new(path), |(packed, _)| packed);
    if upload.stamp.is_none() || FileStamp::at(path) == upload.stamp {
        return;
    }
    upload.report = None;
    table.amend(JobId::Import(id), |job| {
        let Job::Import(job) = job else { return };
        let told = if let Some(test_import) = &mut job.test_import {
            test_import.sha256 = None;
            "The file was changed after it was checked. The test import does not describe the archive that was checked."
        } else {
            "The file was changed after it was checked. The check does not describe the file that was uploaded."
        };
        job.warnings.push(told.to_owned());
    });
}
