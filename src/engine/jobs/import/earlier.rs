//! Finds the same import if it was started before: by a command that was killed, or by one that is still running.

use std::collections::BTreeSet;

use crate::case::import::{ImportOutcome, SetPlace};
use crate::case::{Code, Hint, ImportId, ImportJob, ImportKind, JobId, SendJournal, UserError};
use crate::engine::jobs::input::TargetPreflight;
use crate::engine::jobs::table::JobTable;

use super::draft::ImportDraft;
use super::status::newest_of;

/// The imports that this program has begun since its start.
#[derive(Debug)]
pub struct ImportsHere {
    /// Those that are not ended.
    pub open: BTreeSet<ImportId>,
    /// Those whose archive is verified or uploaded now.
    pub moving: BTreeSet<ImportId>,
}

impl ImportsHere {
    /// Whether an archive is verified or uploaded now.
    pub fn moves(&self, id: ImportId) -> bool {
        self.moving.contains(&id)
    }

    /// The same import, if another command has just begun it. Refuses another import to the same new project.
    pub fn same(
        &self,
        table: &JobTable,
        draft: &ImportDraft,
        preflight: &TargetPreflight,
    ) -> Result<Option<ImportId>, UserError> {
        let path = preflight.shown_path();
        let to_it = |job: &&ImportJob| {
            self.open.contains(&job.id)
                && job.instance == draft.instance
                && job.target_path.eq_ignore_ascii_case(&path)
        };
        if let Some(same) = table.imports().filter(to_it).find(|job| is_same(job, draft)) {
            return Ok(Some(same.id));
        }
        let is_other = |job: &&ImportJob| self.moves(job.id) && job.kind.makes_project();
        match table.imports().filter(to_it).find(is_other) {
            Some(other) if draft.kind.makes_project() => Err(UserError::new(
                Code::Refused,
                format!("Import {} is uploading another archive for {path}. Nothing was sent.", other.id),
                Hint::OtherPath,
            )),
            _ => Ok(None),
        }
    }
}

/// Whether the draft has the source and the set of the job. A relation's file that was packed has another size by now.
fn is_same(job: &ImportJob, draft: &ImportDraft) -> bool {
    let is_same_source = match (&job.kind, &draft.kind) {
        (
            ImportKind::Relation { path, relation, .. },
            ImportKind::Relation { path: other, relation: wanted, .. },
        ) => path == other && relation == wanted,
        (ours, wanted) => ours == wanted,
    };
    let is_same_place = match (job.set.as_deref(), &draft.set) {
        (Some(SetPlace::Base(set)), Some(SetPlace::Base(wanted))) => set.is_same(wanted),
        (Some(place), Some(wanted)) => place == wanted,
        (None, None) => true,
        _ => false,
    };
    is_same_source && is_same_place
}

/// Our earlier import with the same source and target: it is running or unwatched, or was never answered although its
/// project exists now.
pub fn arrived_before(
    table: &JobTable,
    draft: &ImportDraft,
    preflight: &TargetPreflight,
) -> Option<ImportId> {
    let there = preflight.existing.as_ref()?;
    let ours = |job: &&ImportJob| {
        let is_unwatched = job.outcome == Some(ImportOutcome::Unwatched);
        let open =
            (job.is_being_sent() && !table.is_sending(JobId::Import(job.id)) && !job.send.is_planned())
                || job.outcome_is_unknown();
        let arrived = job.project_id == Some(there.id) || (open && job.replaces_id != Some(there.id));
        (!job.is_ended() || job.outcome_is_unknown() || is_unwatched)
            && arrived
            && job.instance == draft.instance
            && job.kind == draft.kind
            && job.target_path.eq_ignore_ascii_case(&there.path)
    };
    table.imports().find(ours).map(|job| job.id)
}

/// Our earlier import of the same relation: it is running or unwatched, or was never answered although GitLab lists
/// an import that can only be this one.
pub fn relation_arrived_before(
    table: &JobTable,
    draft: &ImportDraft,
    preflight: &TargetPreflight,
) -> Option<ImportId> {
    let project = preflight.existing.as_ref()?.id;
    let ImportKind::Relation { relation, .. } = &draft.kind else { return None };
    let ours = |job: &&ImportJob| {
        let is_same =
            job.instance == draft.instance && job.kind == draft.kind && job.project_id == Some(project);
        if !is_same || table.is_sending(JobId::Import(job.id)) {
            return is_same;
        }
        match &job.send {
            SendJournal::Unanswered { left_at, .. } => {
                let since = (left_at.unwrap_or(job.created_at), &*claimed(table, job.id));
                (!job.is_ended() || job.outcome_is_unknown())
                    && newest_of(&preflight.relation_imports, relation, since).is_some()
            }
            SendJournal::Planned => false,
            SendJournal::Accepted | SendJournal::NotOurs => {
                !job.is_ended() || job.outcome == Some(ImportOutcome::Unwatched)
            }
        }
    };
    table.imports().find(ours).map(|job| job.id)
}

/// The import of the same set into the project at the target, whose base archive was imported.
pub fn played_before(table: &JobTable, draft: &ImportDraft, preflight: &TargetPreflight) -> Option<ImportId> {
    let there = preflight.existing.as_ref()?.id;
    let Some(SetPlace::Base(set)) = &draft.set else { return None };
    let ours = |job: &&ImportJob| {
        job.instance == draft.instance
            && job.project_id == Some(there)
            && matches!(job.outcome, Some(ImportOutcome::Imported | ImportOutcome::Partial))
            && job.import_set().is_some_and(|known| known.is_same(set))
    };
    table.imports().find(ours).map(|job| job.id)
}

/// Whether the same import was sent before without an answer. If GitLab then says that the path is taken, the earlier
/// import may have taken it.
pub fn may_arrive_late(table: &JobTable, draft: &ImportDraft, preflight: &TargetPreflight) -> bool {
    let path = preflight.shown_path();
    table.imports().any(|job| {
        job.send.is_unanswered()
            && job.instance == draft.instance
            && job.kind == draft.kind
            && job.target_path.eq_ignore_ascii_case(&path)
    })
}

/// IDs of relation imports that belong to other jobs.
pub fn claimed(table: &JobTable, id: ImportId) -> Vec<u64> {
    table.imports().filter(|job| job.id != id).filter_map(|job| job.tracker_id).collect()
}
