//! One relations export of one project, and its state.
//!
//! GitLab has no single job for it: the status call lists one export per relation, each with its own state, and the
//! list grows while the workers start. Only `updated_at` shows whether a list belongs to *this* run, because a
//! repeated request within three minutes of a finished unbatched export is accepted with 202 and skipped
//! (`BulkImports::RelationExportService`, `EXISTING_EXPORT_TTL`).

use serde::{Deserialize, Serialize};

use crate::case::entry::{JournalEntry, JournalEvent};
use crate::case::id::{CaseId, RelationsId};
use crate::case::time::UtcMs;
use crate::case::user_error::UserError;

use super::send::{JobInput, SendJournal, UNANSWERED_MS, stopped_before_sending};

mod always;
mod batches;
mod order;
mod relation;
mod words;

pub use always::{ALWAYS_LISTED, KNOWN_RELATIONS, not_listed};
pub use batches::{Batch, MissingBatch, NEVER_IMPORTED, RecordsDiffer, lacks};
pub use order::{OrderState, OrderedFile, RelationsOrder};
pub use relation::{Relation, RelationFile, RelationPhase};
pub use words::{CurrentRelationsStatus, RelationsPhase, status};

/// How a relations export ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum RelationsOutcome {
    /// Every relation has a file.
    Complete,
    /// Some relations failed; the others have a file.
    SomeFailed,
    /// GitLab accepted the request, but regenerated nothing within the hours after which its clean-up fails dead
    /// exports.
    #[serde(rename = "not_anew")]
    NotRegenerated,
    /// GitLab did not accept the request.
    NotAccepted { error: UserError },
    /// The person stopped watching; GitLab continues, and the outcome is not known.
    #[serde(rename = "left")]
    Unwatched,
}

/// Waiting times for deriving the phase, in milliseconds; the engine scales them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelationsTiming {
    /// Within this time after the POST an unchanged list is normal: the request is not repeated.
    pub stale_ms: i64,
    /// The same if it is not known whether the POST arrived.
    pub unanswered_ms: i64,
    /// Within this time GitLab reuses a finished unbatched export (`EXISTING_EXPORT_TTL`).
    pub existing_ms: i64,
    /// How long nothing may change before the export counts as stuck.
    pub silent_ms: i64,
}

impl Default for RelationsTiming {
    fn default() -> Self {
        Self {
            stale_ms: 5 * 60_000,
            unanswered_ms: UNANSWERED_MS,
            existing_ms: 3 * 60_000,
            silent_ms: 7 * 3_600_000,
        }
    }
}

impl RelationsTiming {
    /// Whether GitLab would skip this relation if it were requested now: neither export is batched, and the existing
    /// one finished less than three minutes ago.
    pub fn is_kept_by_gitlab(&self, relation: &Relation, batched: bool, now: UtcMs) -> bool {
        let made_at = relation.updated_at.as_deref().and_then(UtcMs::parse_rfc3339);
        let is_recent = made_at.is_some_and(|at| now.since_ms(at) < self.existing_ms);
        relation.phase() == RelationPhase::Ready && !relation.batched && !batched && is_recent
    }
}

/// One relations export, for the user whose token requested it: GitLab keeps relations exports per user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationsRun {
    pub id: RelationsId,
    /// Base URL of the instance.
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case_id: Option<CaseId>,
    /// Whether our POST started the run; otherwise it was discovered.
    #[serde(rename = "asked")]
    pub started_here: bool,
    /// What is known about that POST; rows of earlier versions have no record, see [`RelationsRun::upgraded`].
    #[serde(default)]
    pub send: SendJournal,
    pub batched: bool,
    pub created_at: UtcMs,
    /// When GitLab answered 202.
    pub accepted_at: Option<UtcMs>,
    pub correlation_id: Option<String>,
    /// Names and `updated_at` of the relations that existed before our POST.
    pub before: Vec<(String, Option<String>)>,
    /// The newest list, in GitLab's order.
    pub relations: Vec<Relation>,
    /// Number of consecutive checks that showed the same relations, all ended.
    #[serde(rename = "settled_looks")]
    pub settled_polls: u32,
    /// When the list last changed.
    pub changed_at: UtcMs,
    pub ended_at: Option<UtcMs>,
    pub outcome: Option<RelationsOutcome>,
    /// What the person should know before the files are needed, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl RelationsRun {
    /// A run that existed when we checked.
    pub fn discovered(id: RelationsId, instance: &str, project: (u64, &str), now: UtcMs) -> Self {
        Self {
            id,
            instance: instance.to_owned(),
            project_id: project.0,
            project_path: project.1.to_owned(),
            case_id: None,
            started_here: false,
            send: SendJournal::NotOurs,
            batched: false,
            created_at: now,
            accepted_at: None,
            correlation_id: None,
            before: Vec::new(),
            relations: Vec::new(),
            settled_polls: 0,
            changed_at: now,
            ended_at: None,
            outcome: None,
            warnings: Vec::new(),
        }
    }

    /// A run that is about to be requested, with the list from before the request.
    pub fn requested(
        id: RelationsId,
        instance: &str,
        project: (u64, &str),
        batched: bool,
        before: &[Relation],
        now: UtcMs,
    ) -> Self {
        Self {
            started_here: true,
            send: SendJournal::Planned,
            batched,
            before: Self::names(before),
            ..Self::discovered(id, instance, project, now)
        }
    }

    /// The parts of a list that later show whether the list has changed.
    pub fn names(list: &[Relation]) -> Vec<(String, Option<String>)> {
        list.iter().map(|relation| (relation.name.clone(), relation.updated_at.clone())).collect()
    }

    /// Upgrades a row of an earlier version, which did not record what happened to the request.
    #[must_use]
    pub fn upgraded(mut self) -> Self {
        if self.started_here && self.send == SendJournal::NotOurs {
            self.send = match (self.accepted_at, &self.outcome) {
                (Some(_), _) => SendJournal::Accepted,
                (None, Some(RelationsOutcome::NotAccepted { .. })) => SendJournal::Planned,
                (None, _) => SendJournal::Unanswered { error: None, left_at: None },
            };
        }
        self
    }

    pub fn is_ended(&self) -> bool {
        self.ended_at.is_some()
    }

    pub(super) fn is_unwatched(&self) -> bool {
        self.outcome == Some(RelationsOutcome::Unwatched)
    }

    /// Whether there is an export to watch: a check may have shown that this user has none.
    pub(super) fn is_there(&self) -> bool {
        self.started_here || !self.relations.is_empty()
    }

    /// The journal line for the moment when this program starts to track the export.
    pub(super) fn began(&self, adopted: bool) -> JournalEntry {
        let (project, batched) = (self.project_path.clone(), self.batched);
        let what = JournalEvent::RelationsStarted { project, batched, adopted };
        JournalEntry { case_id: self.case_id, run_id: None, what }
    }

    /// Whether GitLab listed relations before, and lists none now: the export was deleted. A new request does not empty
    /// the list: each worker finds the row of its relation, or adds it (`BulkImports::RelationExportService`).
    pub(super) fn is_gone(&self) -> bool {
        self.relations.is_empty() && self.changed_at > self.created_at
    }

    /// Whether the list still shows this relation as it was before our POST.
    pub fn is_unchanged(&self, relation: &Relation) -> bool {
        self.started_here
            && self
                .before
                .iter()
                .any(|(name, updated_at)| *name == relation.name && *updated_at == relation.updated_at)
    }

    /// Whether GitLab skipped this relation by its own rule: neither export is batched, and the request came within
    /// three minutes of a finished one.
    pub fn was_skipped(&self, relation: &Relation, timing: &RelationsTiming) -> bool {
        let asked_at = self.accepted_at.unwrap_or(self.created_at);
        self.is_unchanged(relation) && timing.is_kept_by_gitlab(relation, self.batched, asked_at)
    }

    /// Whether the list still shows the relation from before our POST, and GitLab has yet to regenerate it.
    pub fn is_stale(&self, relation: &Relation, timing: &RelationsTiming) -> bool {
        !self.is_ended() && self.is_old(relation, timing)
    }

    /// Whether the relation belongs to the previous export, and GitLab did not skip it.
    pub fn is_old(&self, relation: &Relation, timing: &RelationsTiming) -> bool {
        self.is_unchanged(relation) && !self.was_skipped(relation, timing)
    }

    /// Every file of the newest list.
    pub fn files(&self) -> Vec<RelationFile> {
        self.relations.iter().flat_map(Relation::files).collect()
    }

    fn has_ended(&self, relation: &Relation, timing: &RelationsTiming) -> bool {
        relation.phase().is_ended() && !self.is_old(relation, timing)
    }
}

/// The run after an input. Total: an input that makes no sense changes nothing. The list may change an older outcome;
/// an unwatched run stays unwatched until the person watches it again.
pub fn step(
    run: &RelationsRun,
    input: JobInput<Vec<Relation>>,
    timing: &RelationsTiming,
    now: UtcMs,
) -> RelationsRun {
    let mut next = run.clone();
    next.send.record(&input, now);
    match input {
        JobInput::Unanswered { error } => {
            next.correlation_id = error.correlation_id.or(next.correlation_id);
        }
        JobInput::Accepted { correlation_id, .. } => {
            next.accepted_at = Some(now);
            next.correlation_id = correlation_id.or(next.correlation_id);
        }
        JobInput::NotAccepted { error } if !run.is_ended() => {
            next.correlation_id = error.correlation_id.clone().or(next.correlation_id);
            end(&mut next, RelationsOutcome::NotAccepted { error }, now);
        }
        JobInput::Watched if run.is_unwatched() => (next.outcome, next.ended_at) = (None, None),
        JobInput::Unwatched if !run.is_ended() && next.send.is_planned() => {
            end(&mut next, RelationsOutcome::NotAccepted { error: stopped_before_sending() }, now);
        }
        JobInput::Unwatched if !run.is_ended() => end(&mut next, RelationsOutcome::Unwatched, now),
        JobInput::AboutToSend
        | JobInput::NotSent
        | JobInput::NotAccepted { .. }
        | JobInput::Watched
        | JobInput::Unwatched => {}
        // The list is about other exports until our request was sent.
        JobInput::Polled(_) if next.send.is_planned() || run.is_unwatched() => {}
        JobInput::Polled(relations) => see(&mut next, relations, timing, now),
    }
    next
}

/// The journal lines for the change of a run.
pub(super) fn journal_entries(
    before: &RelationsRun,
    after: &RelationsRun,
    status: &CurrentRelationsStatus,
) -> Vec<JournalEntry> {
    if !after.is_ended() || after.outcome == before.outcome {
        return Vec::new();
    }
    let what = JournalEvent::RelationsEnded {
        project: after.project_path.clone(),
        headline: status.sentence.clone(),
    };
    vec![JournalEntry { case_id: after.case_id, run_id: None, what }]
}

fn see(run: &mut RelationsRun, relations: Vec<Relation>, timing: &RelationsTiming, now: UtcMs) {
    let names = |list: &[Relation]| list.iter().map(|relation| relation.name.clone()).collect::<Vec<_>>();
    let same_names = names(&run.relations) == names(&relations);
    if run.relations != relations {
        run.changed_at = now;
    }
    let first_poll = run.relations.is_empty();
    run.relations = relations;
    let all_ended =
        !run.relations.is_empty() && run.relations.iter().all(|relation| run.has_ended(relation, timing));
    run.settled_polls = match (all_ended, same_names) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => (run.settled_polls + 1).min(2),
    };
    // The list grows while workers start, so one check of a running export is not conclusive.
    let needed = if !run.started_here && first_poll { 1 } else { 2 };
    // A relation whose worker has yet to start is not listed. If it never appears, the wait ends after some minutes.
    let quiet = now.since_ms(run.changed_at) >= timing.stale_ms;
    let is_whole = !run.started_here || not_listed(&run.relations).next().is_none();
    if run.settled_polls >= needed && (is_whole || quiet) {
        let failed = run.relations.iter().any(|relation| relation.phase() == RelationPhase::Failed);
        let outcome = if failed { RelationsOutcome::SomeFailed } else { RelationsOutcome::Complete };
        let ended_at = run.ended_at.filter(|_| run.outcome.as_ref() == Some(&outcome)).unwrap_or(now);
        end(run, outcome, ended_at);
        return;
    }
    if run.send.is_unanswered() && run.relations.iter().any(|relation| !run.is_unchanged(relation)) {
        // A new entry in the list answers whether the request was accepted.
        run.send = SendJournal::Accepted;
    }
    let unanswered = run.send.unanswered_ms(run.created_at, now).is_some_and(|ms| ms >= timing.unanswered_ms);
    if unanswered && !run.is_ended() && !all_ended {
        let error = run.send.why_not_accepted();
        return end(run, RelationsOutcome::NotAccepted { error }, now);
    }
    let rests = run.relations.iter().all(|relation| relation.phase().is_ended());
    let is_gone = run.is_gone();
    let waits_ms = if is_gone { timing.stale_ms } else { timing.silent_ms };
    let silent = now.since_ms(run.changed_at) >= waits_ms;
    let is_expected = run.started_here || is_gone || !run.relations.is_empty();
    if !all_ended && rests && silent && is_expected && !run.is_ended() {
        end(run, RelationsOutcome::NotRegenerated, now);
    }
}

fn end(run: &mut RelationsRun, outcome: RelationsOutcome, at: UtcMs) {
    run.outcome = Some(outcome);
    run.ended_at = Some(at);
}

#[cfg(test)]
mod tests;
