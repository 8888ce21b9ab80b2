//! Builds and publishes the snapshots. Lists without a change keep their `Arc`.

use std::sync::Arc;

use tokio::sync::watch;

use crate::case::UtcMs;

use super::api::{AskId, BatchCommand, Busy, InstanceView, RelationsView, Snapshot};
use super::downloads::RelationsOffer;
use super::inspections::Unasked;
use super::jobs::{ExportPurpose, JobsInput};
use super::relations_folder::default_relations_folder;
use super::relations_shown::Places;
use super::router::Router;
use super::{batch_facts, clock};

/// The last snapshot, and what is needed to build the next one.
pub(super) struct Publisher {
    sender: watch::Sender<Arc<Snapshot>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher").finish_non_exhaustive()
    }
}

impl Publisher {
    pub fn new(sender: watch::Sender<Arc<Snapshot>>, wake: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { sender, wake }
    }

    /// Publishes the snapshot and wakes the front end.
    pub fn publish(&self, snapshot: Snapshot) {
        let snapshot = Arc::new(snapshot);
        super::diagnose::remember(&snapshot);
        self.sender.send_replace(snapshot);
        (self.wake)();
    }

    fn last(&self) -> Arc<Snapshot> {
        self.sender.borrow().clone()
    }
}

impl Router {
    /// A snapshot of the current state.
    pub(super) fn snapshot(&mut self) -> Snapshot {
        let (last, now) = (self.publisher.last(), clock::now());
        let relations = self.relations_view(now);
        Snapshot {
            seq: last.seq + 1,
            at: now,
            instances: same_or(
                &last.instances,
                self.core.sessions.values().map(super::session::Session::view).collect::<Vec<InstanceView>>(),
            ),
            cases: self.cases.view(),
            runs: self.jobs.export_views(&self.core, now),
            downloads: self.downloads.view(),
            relations,
            imports: self.jobs.import_views(),
            inspections: self.inspections.view(),
            builds: self.builds.view(),
            fills: self.builds.fills_view(),
            batches: self.batches.view(&self.core, now),
            batch_checks: self.batches.checks_view(),
            rebuilds: self.jobs.rebuild_views(&self.core),
            journal: self.core.journal_view(),
            offer_log: self.cases.offer_log_view(),
            rules: self.cases.rules_view(),
            due_deadlines: self.deadlines.due_deadlines(),
            text_config: self.texts.text_config_view(),
            live: self.texts.upstream_view(),
            replies: self.core.replies_view(),
            asking: self.core.asking_view(),
            practice: self.practice.view(),
            busy: self.busy(),
            is_offline: self.core.sessions.is_offline(),
            download_folder: self.settings.download_folder(),
            settings: self.settings.view(),
            error: self.core.error_view(),
        }
    }
}

impl Router {
    /// Whether the computer must stay awake.
    fn busy(&self) -> Busy {
        // A batch goes on by itself for hours, also between two requests.
        if self.is_moving() || self.batches.are_at_work() {
            Busy::Moving
        } else if self.jobs.is_watching() {
            Busy::Watching
        } else {
            Busy::Idle
        }
    }

    /// Relations exports with the downloads of their files.
    fn relations_view(&mut self, now: UtcMs) -> Arc<[Arc<RelationsView>]> {
        let exports = self.jobs.relations_views(&self.core, now);
        if self.relations_shown.set(&exports) {
            let with_files = exports.iter().filter(|view| self.downloads.has_files_of(view.run.id));
            for view in with_files.collect::<Vec<_>>() {
                let timing = self.core.timing.job_timing().relations;
                self.downloads.list(&RelationsOffer::of(&view.run, &timing));
            }
        }
        let folders = self.downloads.relation_folders().clone();
        let places = Places { downloads: self.settings.download_folder(), folders };
        let default = |places: &Places, view: &RelationsView| {
            let run = &view.run;
            let project = (run.instance.as_str(), run.project_id, run.project_path.as_str());
            default_relations_folder(&places.downloads, project)
        };
        self.relations_shown.with(self.downloads.relations_view(&self.core), places, default)
    }
}

impl Router {
    /// Starts the next check in depth of a downloaded archive with a large repository, one at a time, if nothing else
    /// runs; holds the running one while something else does. A check that the end of the program interrupted is
    /// repeated after the next start.
    pub(super) fn check_in_depth(&mut self) {
        let is_busy = self.downloads.is_moving() || self.builds.is_moving() || self.jobs.is_moving();
        self.inspections.yield_to_others(is_busy);
        if is_busy || !self.resumes || self.inspections.is_moving() {
            return;
        }
        if let Some((download, path)) = self.downloads.deep_check_due() {
            let happened = self.inspections.check_in_depth(&mut self.core, Unasked { download }, path);
            self.tell(happened.into_iter().collect());
        }
    }

    /// Carries out a command about a batch.
    pub(super) fn batch_command(&mut self, ask: AskId, command: BatchCommand) {
        let ours = |url: &str| batch_facts::undownloaded(&self.jobs, &self.downloads, url);
        let happened = self.batches.command(&mut self.core, ask, command, ours);
        self.tell(happened);
    }

    /// Tells a batch which project it is about to export. Where it exports that one under another name: who asked, and the
    /// place of that name.
    pub(super) fn repeats(&mut self, input: &JobsInput) -> Option<(AskId, usize)> {
        let JobsInput::Export { ask, purpose: ExportPurpose::Start { options, .. }, result: Ok(preflight) } =
            input
        else {
            return None;
        };
        Some((*ask, self.batches.found(options.in_batch?, &preflight.project)?))
    }

    /// Lets the batches take in what became of their exports and downloads, and ask for what comes next.
    pub(super) fn advance_batches(&mut self) {
        let of = (&self.jobs, &self.downloads);
        let facts = batch_facts::facts(self.batches.wanted(), &self.core, of, clock::now());
        let happened = self.batches.advance(&mut self.core, &facts);
        self.tell(happened);
    }
}

/// The old list if the new one is equal.
fn same_or<T: PartialEq>(old: &Arc<[T]>, new: Vec<T>) -> Arc<[T]> {
    if old.as_ref() == new.as_slice() { old.clone() } else { new.into() }
}
