//! Verifies an archive before its upload: an archive that GitLab would reject is refused here, before hours of
//! upload.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::archive::{self, BundleReport, Level, Limits, Measured, Problem, Report, VerifyError};
use crate::case::import::{SentArchive, SetPlace};
use crate::case::{Code, Hint, ImportId, ImportKind, Job, JobId, JobInput, UserError};
use crate::engine::api::archive_error;
use crate::engine::clock;
use crate::engine::core::{Core, on_disk_thread};
use crate::engine::input::EngineInput;
use crate::engine::jobs::input::{JobsInput, VerifiedArchive};
use crate::engine::jobs::table::JobTable;
use crate::gitlab::FileStamp;
use crate::platform::disk::Space;

use super::draft::UploadSource;
use super::pack::{self, PackedRelation};
use super::upload::{Meter, RunningUpload};

/// Starts the verification. The file of a single relation is packed into an archive first.
pub fn begin(core: &Core, id: ImportId, upload: &mut RunningUpload, file: &Path) {
    upload.stamp = FileStamp::at(file);
    let relation = upload.source.as_ref().and_then(UploadSource::relation).map(str::to_owned);
    let (meter, path) = (upload.meter.clone(), file.to_owned());
    let work = async move { on_disk_thread(move || walk(&path, relation.as_deref(), &meter)).await? };
    let task = core.spawn(work, move |result| EngineInput::Jobs(JobsInput::Verified { import: id, result }));
    upload.walk = Some(task);
}

/// Reads the archive, or the one that is packed from a relation's file.
fn walk(path: &Path, relation: Option<&str>, meter: &Meter) -> Result<VerifiedArchive, UserError> {
    let mut go_on = || {
        if meter.stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let relation = relation.filter(|_| pack::is_relation_file(path));
    let packed =
        relation.map(|relation| pack::pack(path, relation, &Space::default(), &mut go_on)).transpose()?;
    let unreadable = |why: &dyn std::fmt::Display| {
        let headline = format!("{} cannot be read: {why}.", path.display());
        UserError::new(Code::Local, headline, "Check the disk and the file.")
    };
    let opened = packed.as_ref().map_or(path, |packed| &packed.file);
    let file = File::open(opened).map_err(|error| unreadable(&error))?;
    let length_bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
    // Members are not listed, because nobody reads the list here.
    let limits = Limits { max_members_kept: 0, ..Limits::default() };
    let report = archive::verify(Measured::new(file, length_bytes), &limits, &mut |progress| {
        meter.verified_bytes.store(progress.compressed_bytes, Ordering::Relaxed);
        go_on()
    });
    let report = report.map_err(|error| match error {
        VerifyError::Cancelled => {
            UserError::new(Code::Refused, "The verification was stopped.", "Start the import again.")
        }
        error @ (VerifyError::Read(_) | VerifyError::Foreign { .. }) => unreadable(&error),
    })?;
    Ok(VerifiedArchive { report: Arc::new(report), packed })
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
    let refused = match result {
        Err(error) => Some(anyway(error)),
        Ok(VerifiedArchive { report, packed }) => {
            let is_other = upload.sha256.as_ref().is_some_and(|wanted| *wanted != report.sha256);
            let other = is_other.then(|| other_file(table, id));
            let error = archive_error(&report);
            let agreed = error.as_ref().filter(|_| upload.options.anyway).map(|it| it.headline.clone());
            table.amend(job, |job| note(job, &report, agreed));
            upload.report = Some(report);
            if let Some(packed) = packed {
                send_packed(table, job, upload, packed);
            }
            other.or(error.filter(|_| !upload.options.anyway).map(anyway))
        }
    };
    let Some(mut error) = refused else { return true };
    error.headline = format!("{} Nothing was sent.", error.headline);
    // The snapshot shows a full disk as an error.
    table.apply(core, job, JobInput::NotAccepted { error }, clock::now()).ok();
    false
}

/// The user may send the archive against this advice.
fn anyway(mut error: UserError) -> UserError {
    error.hint = Hint::SendAnyway { first: Box::new(error.hint) };
    error
}

/// The error where a part of a set is not the file that the set's list names.
fn other_file(table: &JobTable, id: ImportId) -> UserError {
    let path = table.import(id).and_then(|job| job.kind.path()).unwrap_or_default();
    UserError::new(
        Code::Refused,
        format!("{path} is not the file that the set names: its SHA-256 differs."),
        "Build the set again, or restore the file.",
    )
}

/// Sends the packed archive instead of the relation's file.
fn send_packed(table: &mut JobTable, job: JobId, upload: &mut RunningUpload, packed: PackedRelation) {
    let PackedRelation { file: packed, told } = packed;
    let packed_bytes = packed.metadata().map_or(0, |facts| facts.len());
    upload.stamp = FileStamp::at(&packed);
    if let Some(UploadSource::Relation { file, bytes, .. }) = &mut upload.source {
        (*file, *bytes) = (packed.to_path_buf(), packed_bytes);
    }
    upload.packed = Some(packed);
    table.amend(job, |job| {
        let Job::Import(job) = job else { return };
        if let ImportKind::Relation { bytes, .. } = &mut job.kind {
            *bytes = packed_bytes;
        }
        job.warnings.insert(0, told);
    });
}

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
    let told = |problem: &&Problem| {
        matches!(problem.level, Level::Warning | Level::Note) && (alone.is_none() || problem.member == alone)
    };
    let warned = report.problems.iter().filter(told).take(20).map(|problem| match problem.level {
        Level::Note => format!("{} {}", problem.message, problem.hint),
        Level::Damage | Level::Error | Level::Warning => problem.message.clone(),
    });
    let warned: Vec<_> = warned.collect();
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
        has_sound_bundle: report.bundles.iter().find(is_bundle).is_some_and(|bundle| bundle.sound),
    }));
    job.warnings = agreed.into_iter().chain(warned).collect();
}

/// If the file was changed after its verification, the result does not describe the bytes that were sent.
pub fn doubt_a_changed_file(table: &mut JobTable, id: ImportId, upload: &mut RunningUpload) {
    let Some(path) = table.import(id).and_then(|job| job.kind.path()) else { return };
    let path = upload.packed.as_deref().unwrap_or(Path::new(path));
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
