//! Archives on disk under the glass. Opening one never writes.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::archive::{self, Limits, Report, VerifyError};
use crate::case::{Code, Trouble};

use super::against::{Live, compare, totals};
use super::clock;
use super::command::AskId;
use super::desk::Desk;
use super::exports::teller;
use super::input::{Compared, Input};
use super::receipt::Receipt;
use super::snapshot::{Answer, InspectionView};

/// How many finished inspections stay in sight.
const KEPT: usize = 8;

/// One walk.
#[derive(Debug)]
pub(super) struct Inspection {
    path: PathBuf,
    file_bytes: u64,
    walked: Arc<AtomicU64>,
    cancelled: Arc<AtomicBool>,
    ended: Option<Result<Arc<Report>, Trouble>>,
    receipt: Option<Arc<Receipt>>,
    against: Option<Compared>,
}

impl Inspection {
    pub fn is_moving(&self) -> bool {
        self.ended.is_none()
    }

    /// The receipt, for what is learned about the archive later on.
    pub fn receipt_mut(&mut self) -> Option<&mut Arc<Receipt>> {
        self.receipt.as_mut()
    }

    pub fn view(&self) -> InspectionView {
        InspectionView {
            path: self.path.clone(),
            file_bytes: self.file_bytes,
            walked_bytes: self.walked.load(Ordering::Relaxed),
            ended: self.ended.clone(),
            receipt: self.receipt.clone(),
            against: self.against.clone(),
        }
    }
}

impl Desk {
    pub(super) fn verify(&mut self, ask: AskId, path: PathBuf, against: Option<Live>) {
        let facts = match std::fs::metadata(&path) {
            Ok(facts) if facts.is_dir() => {
                return self.reply(ask, Err(unreadable(&path, "it is a folder")));
            }
            Ok(facts) if is_device(&facts) => {
                return self.reply(ask, Err(unreadable(&path, "it is a device, not a file")));
            }
            Ok(facts) => facts,
            Err(error) => return self.reply(ask, Err(unopened(&path, &error))),
        };
        // A pipe is opened where it may be waited for.
        let file = match facts.is_file().then(|| File::open(&path)).transpose() {
            Ok(file) => file,
            Err(error) => return self.reply(ask, Err(unopened(&path, &error))),
        };
        let reach = match against.map(|live| self.reach(&live.instance, &live.project)).transpose() {
            Ok(reach) => reach,
            Err(trouble) => return self.reply(ask, Err(trouble)),
        };
        let inspection = Inspection {
            path: path.clone(),
            file_bytes: facts.len(),
            walked: Arc::default(),
            cancelled: Arc::default(),
            ended: None,
            receipt: None,
            against: None,
        };
        let (walked, cancelled) = (inspection.walked.clone(), inspection.cancelled.clone());
        self.inspections.retain(|other| other.path != path);
        self.inspections.insert(0, inspection);
        self.inspections.truncate(KEPT);
        self.publisher.inspections_changed();
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            let opens = path.clone();
            let walk = tokio::task::spawn_blocking(move || {
                let file = file.map_or_else(|| File::open(opens), Ok)?;
                walk(file, &walked, &cancelled)
            });
            let tell = teller(inputs.clone(), ask);
            // GitLab answers while the file is walked.
            let live = async {
                match reach {
                    Some((reach, key)) => Some(totals(reach, key, &tell).await),
                    None => None,
                }
            };
            let (walk, live) = tokio::join!(walk, live);
            let mut result = match walk {
                Ok(Ok(report)) => Ok(report),
                Ok(Err(VerifyError::Cancelled)) => Err(Trouble::new(
                    Code::Refused,
                    "The check was stopped.",
                    "Open the file again to check it.",
                )),
                Ok(Err(VerifyError::Read(error))) => Err(unreadable(&path, &error.to_string())),
                Err(_panicked) => Err(super::defect()),
            };
            let against = match &mut result {
                Ok(report) => live.map(|live| live.map(|totals| compare(report, &totals))),
                Err(_) => None,
            };
            inputs.send(Input::Walked { ask, path, result: result.map(Arc::new), against }).await.ok();
        });
    }

    pub(super) fn cancel_verify(&mut self, ask: AskId, path: &Path) {
        for inspection in self.inspections.iter().filter(|inspection| inspection.path == path) {
            inspection.cancelled.store(true, Ordering::Relaxed);
        }
        self.reply(ask, Ok(Answer::Done));
    }

    pub(super) fn walked(
        &mut self,
        ask: AskId,
        path: &Path,
        result: Result<Arc<Report>, Trouble>,
        against: Option<Compared>,
    ) {
        let at = clock::now();
        let Some(inspection) = self.inspections.iter_mut().find(|inspection| inspection.path == path) else {
            // It was pushed out of sight by newer ones.
            let view = result.map(|report| InspectionView {
                path: path.to_owned(),
                file_bytes: report.bytes,
                walked_bytes: report.bytes,
                ended: Some(Ok(report)),
                receipt: None,
                against,
            });
            return self.reply(ask, view.map(|view| Answer::Verified(Arc::new(view))));
        };
        if let Ok(report) = &result {
            inspection.receipt = Some(Arc::new(Receipt::of(report, path.to_owned(), None, at)));
        }
        (inspection.ended, inspection.against) = (Some(result.clone()), against);
        self.join_rehearsals();
        let Some(inspection) = self.inspections.iter().find(|inspection| inspection.path == path) else {
            return;
        };
        let view = inspection.view();
        self.publisher.inspections_changed();
        self.reply(ask, result.map(|_report| Answer::Verified(Arc::new(view))));
    }
}

fn walk(file: File, walked: &AtomicU64, cancelled: &AtomicBool) -> Result<Report, VerifyError> {
    archive::verify(file, &Limits::default(), &mut |progress| {
        walked.store(progress.compressed_bytes, Ordering::Relaxed);
        if cancelled.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

/// A device such as /dev/zero has no end.
#[cfg(unix)]
fn is_device(facts: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    facts.file_type().is_char_device() || facts.file_type().is_block_device()
}

#[cfg(not(unix))]
fn is_device(_facts: &std::fs::Metadata) -> bool {
    false
}

/// A file that could not be opened, or is not there.
pub(super) fn unopened(path: &Path, error: &std::io::Error) -> Trouble {
    if error.kind() != std::io::ErrorKind::NotFound {
        return unreadable(path, &error.to_string());
    }
    let headline = format!("There is no such file: {}.", path.display());
    Trouble::new(Code::Local, headline, "Name a project archive, usually *_export.tar.gz.")
}

fn unreadable(path: &Path, why: &str) -> Trouble {
    Trouble::new(
        Code::Local,
        format!("{} cannot be read: {why}.", path.display()),
        "Name a project archive, usually *_export.tar.gz.",
    )
}
