//! Verifications of archives on disk. They never write.

mod compare;
mod input;

use std::fs::{File, Metadata};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::archive::{self, Limits, Measured, Report, VerifyError};
use crate::case::{Code, UserError};
use crate::platform::disk;

use super::access::{ApiAccess, OnWait};
use super::api::{Answer, AskId, InspectionView, LiveProject, Receipt};
use super::clock;
use super::core::{Core, on_disk_thread};
use super::happened::Happened;
use super::input::EngineInput;
use super::preflight::ProjectAsk;
use super::project_totals::totals;
use super::rebuilt_mark;
use super::test_imports::TestImportResults;
use super::user_error::{refuse_set_list, unopened, unreadable};
use super::view_list::ViewList;

use compare::compare;
use input::{Compared, Inspected};

pub use input::{InspectionsInput, Unasked};

/// How many finished verifications stay visible.
const KEPT: usize = 8;
/// How often a held check looks whether it may go on.
const HELD_LOOK: std::time::Duration = std::time::Duration::from_millis(50);

/// The verifications, running and finished; newest first.
#[derive(Debug, Default)]
pub struct Inspections {
    all: Vec<Inspection>,
    views: ViewList<Arc<InspectionView>>,
    test_imports: Arc<TestImportResults>,
    /// Whether a check that nobody asked for waits, because something else runs.
    is_held: Arc<AtomicBool>,
}

/// The progress of a verification.
#[derive(Debug, Default)]
struct Walked {
    bytes: AtomicU64,
    /// Git objects checked so far, once all bytes were read.
    objects: AtomicU64,
}

/// One verification.
#[derive(Debug)]
struct Inspection {
    ask: AskId,
    unasked: Option<Unasked>,
    path: PathBuf,
    file_bytes: u64,
    walked: Arc<Walked>,
    cancelled: Arc<AtomicBool>,
    ended: Option<Result<Arc<Report>, UserError>>,
    receipt: Option<Arc<Receipt>>,
    against: Option<Compared>,
}

impl Inspections {
    /// Verifies an archive, and compares its counts with those of a live project where one is given.
    pub fn verify(
        &mut self,
        core: &mut Core,
        ask: AskId,
        path: PathBuf,
        (against, deep): (Option<LiveProject>, bool),
    ) {
        if let Err(error) = self.begin(core, (ask, None), path, (against, deep)) {
            core.reply(ask, Err(error));
        }
    }

    /// Checks every object of a downloaded archive, because nothing else runs. Returns what happened where the file
    /// cannot be opened.
    pub fn check_in_depth(&mut self, core: &mut Core, unasked: Unasked, path: PathBuf) -> Option<Happened> {
        let begun = self.begin(core, (AskId::NO_REPLY, Some(unasked)), path, (None, true));
        begun.err().map(|error| Happened::DeepChecked { download: unasked.download, result: Err(error) })
    }

    /// Holds the check that nobody asked for while something else runs.
    pub fn yield_to_others(&mut self, is_busy: bool) {
        let asked = self.all.iter().any(|one| one.ended.is_none() && one.unasked.is_none());
        self.is_held.store(is_busy || asked, Ordering::Relaxed);
    }

    fn begin(
        &mut self,
        core: &mut Core,
        (ask, unasked): (AskId, Option<Unasked>),
        path: PathBuf,
        (against, deep): (Option<LiveProject>, bool),
    ) -> Result<(), UserError> {
        let facts = checked(&path)?;
        let (length_bytes, is_file) = (facts.len(), facts.is_file());
        let live = against.map(|live| core.api(&live.instance, &live.project)).transpose()?;
        let inspection = Inspection::new((ask, unasked), path.clone(), facts.len());
        let (walked, cancelled) = (inspection.walked.clone(), inspection.cancelled.clone());
        // The file may be listed under another spelling: macOS and Windows compare names without case.
        let (earlier, others) = std::mem::take(&mut self.all)
            .into_iter()
            .partition(|other: &Inspection| other.path == path || disk::is_same_file(&other.path, &path));
        self.all = others;
        for other in &earlier {
            other.cancelled.store(true, Ordering::Relaxed);
        }
        self.all.insert(0, inspection);
        self.all.truncate(KEPT);
        self.views.touch();
        let held = unasked.map(|_| Arc::clone(&self.is_held));
        let opens = path.clone();
        let walk = move || {
            let stops = (&*cancelled, held.as_deref());
            // Opening can block, on a pipe that nobody writes and on a question of the system to the user.
            let file = File::open(&opens).map_err(|error| unopened(&opens, &error))?;
            let report = if is_file {
                walk(Measured::new(file, length_bytes), deep, &walked, stops)
            } else {
                walk(file, deep, &walked, stops)
            };
            report.map_err(|error| not_walked(&opens, &error))
        };
        let on_wait = core.wait_reporter(ask);
        core.spawn(
            async move { walk_and_compare(on_disk_thread(walk), live, &on_wait).await },
            move |result| EngineInput::Inspections(InspectionsInput { ask, unasked, path, result }),
        );
        Ok(())
    }

    /// Cancels the verification of an archive.
    pub fn cancel(&mut self, core: &mut Core, ask: AskId, path: &Path) {
        for inspection in self.all.iter().filter(|inspection| inspection.path == path) {
            inspection.cancelled.store(true, Ordering::Relaxed);
        }
        core.reply(ask, Ok(Answer::Done));
    }

    /// A verification has ended.
    pub fn input(&mut self, core: &mut Core, input: InspectionsInput) -> Option<Happened> {
        let InspectionsInput { ask, unasked, path, result } = input;
        let is_it = |one: &&mut Inspection| one.path == path && one.ask == ask && one.ended.is_none();
        let Some(inspection) = self.all.iter_mut().find(is_it) else {
            // A check that the user started has taken the place of this one.
            if unasked.is_some() {
                return None;
            }
            // Newer verifications have pushed this one off the list.
            let view = result.map(|Inspected { report, against, .. }| InspectionView {
                path,
                file_bytes: report.bytes,
                walked_bytes: report.bytes,
                deep_objects: 0,
                ended: Some(Ok(report)),
                receipt: None,
                against,
            });
            core.reply(ask, view.map(|view| Answer::Verified(Arc::new(view))));
            return None;
        };
        let ended = match result {
            Ok(Inspected { report, marked, against }) => {
                let (project, rebuilt) = marked.map(|of| (of.project, of.rebuilt)).unzip();
                let receipt = Receipt::of(&report, path, project.flatten(), clock::now());
                let mut receipt = Arc::new(Receipt { rebuilt, ..receipt });
                self.test_imports.join(&mut receipt);
                (inspection.receipt, inspection.against) = (Some(receipt), against);
                Ok(report)
            }
            Err(error) => Err(error),
        };
        inspection.ended = Some(ended.clone());
        self.views.touch();
        let told = inspection
            .unasked
            .map(|of| Happened::DeepChecked { download: of.download, result: ended.clone() });
        core.reply(ask, ended.map(|_report| Answer::Verified(Arc::new(inspection.view()))));
        told
    }

    /// Applies new results of test imports to the receipts.
    pub fn test_import_result(&mut self, test_imports: &Arc<TestImportResults>) {
        self.test_imports = Arc::clone(test_imports);
        for receipt in self.all.iter_mut().filter_map(|inspection| inspection.receipt.as_mut()) {
            if test_imports.join(receipt) {
                self.views.touch();
            }
        }
    }

    /// Whether a verification is running, so that its numbers change without an input.
    pub fn is_moving(&self) -> bool {
        self.all.iter().any(|inspection| inspection.ended.is_none())
    }

    /// What the front ends see.
    pub fn view(&mut self) -> Arc<[Arc<InspectionView>]> {
        if self.is_moving() {
            self.views.touch();
        }
        self.views.get_kept(self.all.iter().map(Inspection::view), |view| view.path.clone())
    }
}

impl Inspection {
    fn new((ask, unasked): (AskId, Option<Unasked>), path: PathBuf, file_bytes: u64) -> Self {
        Self {
            ask,
            unasked,
            path,
            file_bytes,
            walked: Arc::default(),
            cancelled: Arc::default(),
            ended: None,
            receipt: None,
            against: None,
        }
    }

    fn view(&self) -> InspectionView {
        InspectionView {
            path: self.path.clone(),
            file_bytes: self.file_bytes,
            walked_bytes: self.walked.bytes.load(Ordering::Relaxed),
            deep_objects: self.walked.objects.load(Ordering::Relaxed),
            ended: self.ended.clone(),
            receipt: self.receipt.clone(),
            against: self.against.clone(),
        }
    }
}

/// The metadata of a file that can be an archive.
fn checked(path: &Path) -> Result<Metadata, UserError> {
    let facts = std::fs::metadata(path).map_err(|error| unopened(path, &error))?;
    refuse_set_list(path)?;
    if facts.is_dir() {
        return Err(unreadable(path, "it is a folder"));
    }
    if disk::is_device(&facts) {
        return Err(unreadable(path, "it is a device, not a file"));
    }
    Ok(facts)
}

/// Reads the counts from GitLab while the archive is verified.
async fn walk_and_compare(
    walk: impl Future<Output = Result<Result<Report, UserError>, UserError>>,
    live: Option<(ApiAccess, ProjectAsk)>,
    on_wait: &OnWait,
) -> Result<Inspected, UserError> {
    let live = async {
        match live {
            Some((api, key)) => Some(totals(api, key, on_wait).await),
            None => None,
        }
    };
    let (walked, live) = tokio::join!(walk, live);
    let mut report = walked.flatten()?;
    let marked = rebuilt_mark::apply(&mut report, false);
    let against = live.map(|live| live.map(|totals| compare(&mut report, &totals)));
    Ok(Inspected { report: Arc::new(report), marked, against })
}

fn walk(
    file: impl Read + Send,
    deep: bool,
    walked: &Walked,
    (cancelled, held): (&AtomicBool, Option<&AtomicBool>),
) -> Result<Report, VerifyError> {
    let limits = Limits { deep, ..Limits::default() };
    archive::verify(file, &limits, &mut |progress| {
        walked.bytes.store(progress.compressed_bytes, Ordering::Relaxed);
        walked.objects.store(progress.deep_objects, Ordering::Relaxed);
        while held.is_some_and(|held| held.load(Ordering::Relaxed)) && !cancelled.load(Ordering::Relaxed) {
            std::thread::sleep(HELD_LOOK);
        }
        if cancelled.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

fn not_walked(path: &Path, error: &VerifyError) -> UserError {
    match error {
        VerifyError::Cancelled => UserError::new(
            Code::Refused,
            "The verification was stopped.",
            "To verify the file, open it again.",
        ),
        VerifyError::Read(why) => unreadable(path, &why.to_string()),
        VerifyError::Foreign { .. } => unreadable(path, &error.to_string()),
    }
}
