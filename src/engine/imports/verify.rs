//! The walk through an archive before it is sent: what GitLab would refuse is refused here, before hours of upload.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::archive::{self, Level, Limits, Report, VerifyError};
use crate::case::import::ImportInput;
use crate::case::{Code, ImportId, Trouble};
use crate::engine::api::archive_trouble;
use crate::engine::input::Input;
use crate::engine::router::Router;
use crate::gitlab::FileStamp;

use super::ImportNews;

impl Router {
    pub(super) fn verify_before(&mut self, id: ImportId, file: &Path) {
        let inputs = self.core.inputs.clone();
        let Some(live) = self.imports.get_mut(&id) else { return };
        let (meter, path) = (live.meter.clone(), file.to_owned());
        live.stamp = FileStamp::at(file);
        let task = tokio::spawn(async move {
            let walked = meter.clone();
            let opened = path.clone();
            let walk = tokio::task::spawn_blocking(move || {
                // Members are not listed: nobody looks at them here.
                let limits = Limits { max_members_kept: 0, ..Limits::default() };
                archive::verify(File::open(opened)?, &limits, &mut |progress| {
                    walked.verified_bytes.store(progress.compressed_bytes, Ordering::Relaxed);
                    if walked.stopped.load(Ordering::Relaxed) {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                })
            });
            let result = match walk.await {
                Ok(Ok(report)) => Ok(Arc::new(report)),
                Ok(Err(VerifyError::Cancelled)) => {
                    Err(Trouble::new(Code::Refused, "The check was stopped.", "Begin the import again."))
                }
                Ok(Err(VerifyError::Read(error))) => Err(Trouble::new(
                    Code::Local,
                    format!("{} cannot be read: {error}.", path.display()),
                    "Check the disk and the file.",
                )),
                Err(_panicked) => Err(crate::engine::trouble::defect()),
            };
            inputs.send(Input::Import(ImportNews::Verified { import: id, result })).await.ok();
        });
        live.task = Some(task.abort_handle());
    }

    pub(super) fn archive_verified(&mut self, id: ImportId, result: Result<Arc<Report>, Trouble>) {
        let now = crate::engine::clock::now();
        let Some(live) = self.imports.get_mut(&id).filter(|live| !live.job.is_ended()) else { return };
        live.task = None;
        let refused = match result {
            Err(trouble) => Some(trouble),
            Ok(report) => {
                if let Some(rehearsal) = &mut live.job.rehearsal {
                    rehearsal.sha256 = Some(report.sha256.clone());
                }
                let warned = report.problems.iter().filter(|problem| problem.level == Level::Warning);
                live.job.warnings = warned.take(20).map(|problem| problem.message.clone()).collect();
                let trouble = archive_trouble(&report);
                live.report = Some(report);
                match trouble {
                    Some(trouble) if live.options.anyway => {
                        live.job.warnings.insert(0, trouble.headline);
                        None
                    }
                    other => other,
                }
            }
        };
        match refused {
            Some(mut trouble) => {
                trouble.headline = format!("{} Nothing was sent.", trouble.headline);
                trouble.hint = format!("{} To send it all the same: --anyway.", trouble.hint);
                self.take_in_import(id, ImportInput::NotSent { trouble }, now).ok();
            }
            None => self.send_import(id),
        }
        self.publisher.imports_changed();
    }
}
