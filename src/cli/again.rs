//! What an earlier host has done for a command before it ended. The command is then carried out again: what it has begun
//! is followed, and not begun a second time, even where its options would allow that (`--replace`, `--overwrite`,
//! `--override`).

use std::collections::HashSet;
use std::path::Path;

use crate::case::batch::BatchItem;
use crate::case::intake::parse_project;
use crate::case::{BatchId, CaseId, Event, Origin, UtcMs};
use crate::engine::api::{BatchView, Snapshot};

use super::invocation::Invocation;

/// A call that an earlier host began.
#[derive(Clone, Copy, Debug)]
pub struct Begun<'a> {
    call: &'a Invocation,
    since: UtcMs,
}

impl<'a> Begun<'a> {
    /// `None` where no earlier host began the call.
    pub fn of(call: &'a Invocation) -> Option<Self> {
        call.caller.begun_at.map(|since| Self { call, since })
    }

    fn is_instance(&self, instance: &str) -> bool {
        instance == self.call.global.instance.trim_end_matches('/')
    }

    fn is_project(&self, named: &str, (id, path): (u64, &str)) -> bool {
        let Ok(named) = parse_project(named, &self.call.global.instance) else { return false };
        let is_path = |name: &String| name.eq_ignore_ascii_case(path);
        named.project.id == Some(id) || named.project.path.iter().chain(&named.or).any(is_path)
    }

    /// Whether the call has requested an export of the project.
    pub fn export(&self, snapshot: &Snapshot, project: &str) -> bool {
        let mut runs = snapshot.runs.iter().map(|view| &view.run);
        let is_begun = |run: &&crate::case::Run| {
            run.created_at >= self.since
                && run.origin == Origin::Scheduled
                && !run.send.is_planned()
                && self.is_instance(&run.instance)
                && self.is_project(project, (run.project_id, &run.project_path))
        };
        runs.any(|run| is_begun(&run))
    }

    /// The batch of these projects that the call has started, or has added them to.
    pub fn batch(&self, snapshot: &Snapshot, items: &[BatchItem], folder: Option<&Path>) -> Option<BatchId> {
        let mut batches = snapshot.batches.iter();
        let is_begun = |view: &&std::sync::Arc<BatchView>| {
            let is_there = view.batch.folder.as_deref().map(Path::new) == folder;
            if !is_there || !self.is_instance(&view.batch.instance) {
                return false;
            }
            let named = || view.items.iter().map(|known| &known.item.named);
            let is_started =
                view.batch.created_at >= self.since && named().eq(items.iter().map(|item| &item.named));
            is_started || (folder.is_some() && has_all(&named().collect(), items))
        };
        batches.find(is_begun).map(|view| view.batch.id)
    }

    /// Whether the call has requested a relations export of the project.
    pub fn relations(&self, snapshot: &Snapshot, project: &str) -> bool {
        let mut runs = snapshot.relations.iter().map(|view| view.run.as_ref());
        let is_begun = |run: &&crate::case::RelationsRun| {
            run.created_at >= self.since
                && run.started_here
                && !run.send.is_planned()
                && self.is_instance(&run.instance)
                && self.is_project(project, (run.project_id, &run.project_path))
        };
        runs.any(|run| is_begun(&run))
    }

    /// Whether GitLab has accepted an import over this project from the call.
    pub fn import_over(&self, snapshot: &Snapshot, deleted: &str) -> bool {
        let mut jobs = snapshot.imports.iter().map(|view| &view.job);
        let is_begun = |job: &&crate::case::ImportJob| {
            job.created_at >= self.since
                && job.accepted_at.is_some()
                && self.is_instance(&job.instance)
                && job.target_path.eq_ignore_ascii_case(deleted)
        };
        jobs.any(|job| is_begun(&job))
    }

    /// Whether the call has opened this case: which one.
    pub fn case(&self, snapshot: &Snapshot, ticket: &str, project: &str) -> Option<CaseId> {
        let mut cases = snapshot.cases.iter();
        let is_begun = |case: &&std::sync::Arc<crate::case::Case>| {
            let is_named =
                case.project.path.as_deref().is_some_and(|path| {
                    self.is_project(project, (case.project.id.unwrap_or_default(), path))
                });
            case.created_at >= self.since
                && self.is_instance(&case.instance)
                && case.ticket.as_ref().is_some_and(|known| known.url == ticket)
                && is_named
        };
        cases.find(is_begun).map(|case| case.id)
    }

    /// Whether the call has recorded this event already. Other events than an offer cannot be recorded twice.
    pub fn event(&self, snapshot: &Snapshot, id: CaseId, event: &Event) -> bool {
        let is_begun = |offer: &&crate::case::offer_log::Offer| offer.case_id == id && offer.at >= self.since;
        matches!(event, Event::OfferSent { .. }) && snapshot.offer_log.counted().any(|offer| is_begun(&offer))
    }
}

/// Whether these names are those of all projects.
fn has_all(names: &HashSet<&String>, items: &[BatchItem]) -> bool {
    items.iter().all(|item| names.contains(&item.named))
}
