//! Finds the same import if it was started before: by a command that was killed, or by one that is still running.

use crate::case::import::{ImportOutcome, SetPlace};
use crate::case::{ImportId, ImportJob, ImportKind, JobId, SendJournal};
use crate::engine::jobs::input::TargetPreflight;
use crate::engine::jobs::table::JobTable;

use super::draft::ImportDraft;
use super::status::newest_of;

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
