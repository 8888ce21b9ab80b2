//! The walk through an archive before it is sent: what GitLab would refuse is refused here, before hours of upload.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::archive::{self, Level, Limits, Report, VerifyError};
use crate::case::{Code, Hint, ImportId, Job, JobId, JobInput, UserError};
use crate::engine::api::archive_trouble;
use crate::engine::clock;
use crate::engine::core::{Core, on_disk_thread};
use crate::engine::input::EngineInput;
use crate::engine::jobs::input::JobsInput;
use crate::engine::jobs::table::JobTable;
use crate::gitlab::FileStamp;

use super::upload::RunningUpload;

/// Walks the archive of an import that is going to be sent.
pub fn begin(core: &Core, id: ImportId, upload: &mut RunningUpload, file: &Path) {
    upload.stamp = FileStamp::at(file);
    let (meter, path) = (upload.meter.clone(), file.to_owned());
    let work = async move {
        let opened = path.clone();
        let walk = on_disk_thread(move || {
            // Members are not listed: nobody looks at them here.
            let limits = Limits { max_members_kept: 0, ..Limits::default() };
            archive::verify(File::open(opened)?, &limits, &mut |progress| {
                meter.verified_bytes.store(progress.compressed_bytes, Ordering::Relaxed);
                if meter.stopped.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
        });
        match walk.await? {
            Ok(report) => Ok(Arc::new(report)),
            Err(VerifyError::Cancelled) => {
                Err(UserError::new(Code::Refused, "The check was stopped.", "Start the import again."))
            }
            Err(error @ (VerifyError::Read(_) | VerifyError::Foreign { .. })) => Err(UserError::new(
                Code::Local,
                format!("{} cannot be read: {error}.", path.display()),
                "Check the disk and the file.",
            )),
        }
    };
    let task = core.spawn(work, move |result| EngineInput::Jobs(JobsInput::Verified { import: id, result }));
    upload.walk = Some(task);
}

/// The archive has been walked. Whether it may be sent; what GitLab would refuse ends the import here.
pub fn ended(
    core: &mut Core,
    table: &mut JobTable,
    (id, upload): (ImportId, &mut RunningUpload),
    result: Result<Arc<Report>, UserError>,
) -> bool {
    upload.walk = None;
    let job = JobId::Import(id);
    let refused = match result {
        Err(trouble) => Some(trouble),
        Ok(report) => {
            let trouble = archive_trouble(&report);
            let agreed = trouble.as_ref().filter(|_| upload.options.anyway).map(|it| it.headline.clone());
            table.amend(job, |job| note(job, &report, agreed));
            upload.report = Some(report);
            trouble.filter(|_| !upload.options.anyway)
        }
    };
    let Some(mut trouble) = refused else { return true };
    trouble.headline = format!("{} Nothing was sent.", trouble.headline);
    trouble.hint = Hint::SendAnyway { first: Box::new(trouble.hint) };
    // A full disk is told in the snapshot.
    table.apply(core, job, JobInput::NotAccepted { trouble }, clock::now()).ok();
    false
}

/// What the walk found, for the import to remember.
fn note(job: &mut Job, report: &Report, agreed: Option<String>) {
    let Job::Import(job) = job else { return };
    if let Some(rehearsal) = &mut job.rehearsal {
        rehearsal.sha256 = Some(report.sha256.clone());
    }
    let warned = report.problems.iter().filter(|problem| problem.level == Level::Warning);
    let warned = warned.take(20).map(|problem| problem.message.clone());
    job.warnings = agreed.into_iter().chain(warned).collect();
}

/// A verdict on other bytes than those that were verified would be a wrong one.
pub fn doubt_a_changed_file(table: &mut JobTable, id: ImportId, upload: &mut RunningUpload) {
    let Some(path) = table.import(id).and_then(|job| job.kind.path()) else { return };
    if upload.stamp.is_none() || FileStamp::at(Path::new(path)) == upload.stamp {
        return;
    }
    upload.report = None;
    table.amend(JobId::Import(id), |job| {
        let Job::Import(job) = job else { return };
        let told = if let Some(rehearsal) = &mut job.rehearsal {
            rehearsal.sha256 = None;
            "The file was changed after it was checked. The test import does not describe the archive that was checked."
        } else {
            "The file was changed after it was checked. The check does not describe the file that was uploaded."
        };
        job.warnings.push(told.to_owned());
    });
}
