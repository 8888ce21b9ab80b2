//! One relations export of one project, and what is true about it.
//!
//! GitLab has no job for it: the status call lists one export a relation, each with its own state, and the list
//! grows while the workers start. Whether a list is of *this* run shows in `updated_at` alone, because a repeat
//! within three minutes of a finished unbatched export is accepted with 202 and skipped
//! (`BulkImports::RelationExportService`, `EXISTING_EXPORT_TTL`).

use serde::{Deserialize, Serialize};

use super::id::{CaseId, RelationsId};
use super::time::UtcMs;
use super::trouble::Trouble;

mod batches;
mod order;

pub use batches::{Batch, MissingBatch, lacks};
pub use order::{OrderState, OrderedFile, RelationsOrder};

/// Our word for where one relation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RelationPhase {
    /// GitLab has not begun it.
    Pending,
    Running,
    Ready,
    Failed,
    /// A status this program does not know; it is shown and watched.
    Unknown,
}

words!(RelationPhase);

impl RelationPhase {
    /// What GitLab's number or word means (`BulkImports::Export`: 0 started, 1 finished, -1 failed).
    pub fn of_status(status: &str) -> Self {
        match status {
            "0" | "started" => Self::Running,
            "1" | "finished" => Self::Ready,
            "-1" | "failed" => Self::Failed,
            "pending" | "created" => Self::Pending,
            _ => Self::Unknown,
        }
    }

    fn is_ended(self) -> bool {
        matches!(self, Self::Ready | Self::Failed)
    }
}

/// One relation as the status call shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    pub name: String,
    /// GitLab's number or word, untouched.
    pub status: String,
    /// GitLab's words, at most 255 characters.
    pub error: Option<String>,
    pub updated_at: Option<String>,
    pub batched: bool,
    pub batches_count: Option<u64>,
    pub objects_count: Option<u64>,
    pub batches: Vec<Batch>,
}

impl Relation {
    /// The files GitLab offers of it: one, or one a batch.
    pub fn files(&self) -> Vec<RelationFile> {
        let file = |batch, phase, objects_count, updated_at: &Option<String>| RelationFile {
            relation: self.name.clone(),
            batch,
            phase,
            objects_count,
            updated_at: updated_at.clone(),
        };
        if self.batched {
            // A batch that is done can be fetched while the relation is still at work.
            let each = |batch: &Batch| {
                file(Some(batch.number), batch.phase(), batch.objects_count, &batch.updated_at)
            };
            return self.batches.iter().map(each).collect();
        }
        vec![file(None, self.phase(), self.objects_count, &self.updated_at)]
    }
}

/// One file of the relations export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationFile {
    pub relation: String,
    pub batch: Option<u64>,
    pub phase: RelationPhase,
    /// How many records GitLab says are in it.
    pub objects_count: Option<u64>,
    pub updated_at: Option<String>,
}

/// How a relations export ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum RelationsOutcome {
    /// Every relation has its file.
    Complete,
    /// The others have theirs.
    SomeFailed,
    /// GitLab took the request, and made nothing of it within the hours after which its clean-up fails dead exports.
    NotAnew,
    /// GitLab did not take the request.
    NotAccepted { trouble: Trouble },
    /// The person stopped watching; GitLab has no way to cancel it.
    Left,
}

/// Waiting times of the judgement, in milliseconds; the engine scales them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelationsPatience {
    /// Within this time of the POST an unchanged list is nothing odd: the same request is not made again.
    pub stale_ms: i64,
    /// Within this time GitLab keeps a finished unbatched export (`EXISTING_EXPORT_TTL`).
    pub existing_ms: i64,
    /// How long nothing may change before the export is called stuck.
    pub silent_ms: i64,
}

impl Default for RelationsPatience {
    fn default() -> Self {
        Self { stale_ms: 5 * 60_000, existing_ms: 3 * 60_000, silent_ms: 7 * 3_600_000 }
    }
}

/// One relations export, for the user whose token asked: GitLab keeps them per user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationsRun {
    pub id: RelationsId,
    /// Base URL of the instance.
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case_id: Option<CaseId>,
    /// Whether our POST started it; else it was met.
    pub asked: bool,
    pub batched: bool,
    pub created_at: UtcMs,
    /// When GitLab answered 202.
    pub accepted_at: Option<UtcMs>,
    pub correlation_id: Option<String>,
    /// Names and `updated_at` of what was there before our POST.
    pub before: Vec<(String, Option<String>)>,
    /// The newest list, in GitLab's order.
    pub relations: Vec<Relation>,
    /// Looks in a row that showed the same relations, all ended.
    pub settled_looks: u32,
    /// When the list last changed.
    pub changed_at: UtcMs,
    pub ended_at: Option<UtcMs>,
    pub outcome: Option<RelationsOutcome>,
}

/// Something that happened to a relations export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelationsInput {
    Accepted { correlation_id: Option<String> },
    NotAccepted { trouble: Trouble },
    Seen { relations: Vec<Relation> },
    Left,
}

/// What is true of a relations export, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationsStanding {
    /// `idle`, `requested`, `running`, `ready`, `some_failed`, `not_anew`, `not_accepted`, `left`.
    pub phase: &'static str,
    pub sentence: String,
    pub hint: Option<String>,
    pub ready: usize,
    pub failed: usize,
    pub under_way: usize,
    /// Relations that GitLab skipped: the request came within three minutes of the export before.
    pub kept: usize,
    /// Nothing has changed for longer than GitLab's own clean-up takes.
    pub stuck: bool,
}

impl RelationsRun {
    /// A run that was there when we looked.
    pub fn met(id: RelationsId, instance: &str, project: (u64, &str), now: UtcMs) -> Self {
        Self {
            id,
            instance: instance.to_owned(),
            project_id: project.0,
            project_path: project.1.to_owned(),
            case_id: None,
            asked: false,
            batched: false,
            created_at: now,
            accepted_at: None,
            correlation_id: None,
            before: Vec::new(),
            relations: Vec::new(),
            settled_looks: 0,
            changed_at: now,
            ended_at: None,
            outcome: None,
        }
    }

    /// A run that is about to be asked for, with the list from before.
    pub fn asked(
        id: RelationsId,
        instance: &str,
        project: (u64, &str),
        batched: bool,
        before: &[Relation],
        now: UtcMs,
    ) -> Self {
        let before = before.iter().map(|relation| (relation.name.clone(), relation.updated_at.clone()));
        Self { asked: true, batched, before: before.collect(), ..Self::met(id, instance, project, now) }
    }

    pub fn is_ended(&self) -> bool {
        self.ended_at.is_some()
    }

    /// Whether the list still shows this relation as it was before our POST.
    pub fn is_unchanged(&self, relation: &Relation) -> bool {
        self.asked
            && self
                .before
                .iter()
                .any(|(name, updated_at)| *name == relation.name && *updated_at == relation.updated_at)
    }

    /// Whether GitLab skipped this relation, by its own rule: neither export is batched, and it was asked within
    /// three minutes of a finished one.
    pub fn is_kept(&self, relation: &Relation, patience: &RelationsPatience) -> bool {
        let asked_at = self.accepted_at.unwrap_or(self.created_at);
        let made_at = relation.updated_at.as_deref().and_then(UtcMs::parse_rfc3339);
        self.is_unchanged(relation)
            && relation.phase() == RelationPhase::Ready
            && !relation.batched
            && !self.batched
            && made_at.is_some_and(|at| asked_at.since_ms(at) < patience.existing_ms)
    }

    /// Whether the list still shows what was there before our POST, and GitLab has yet to make it anew.
    pub fn is_stale(&self, relation: &Relation, patience: &RelationsPatience) -> bool {
        !self.is_ended() && self.is_old(relation, patience)
    }

    /// Whether this is of the export before, and GitLab did not skip it.
    pub fn is_old(&self, relation: &Relation, patience: &RelationsPatience) -> bool {
        self.is_unchanged(relation) && !self.is_kept(relation, patience)
    }

    /// Every file of the newest list.
    pub fn files(&self) -> Vec<RelationFile> {
        self.relations.iter().flat_map(Relation::files).collect()
    }

    fn has_ended(&self, relation: &Relation, patience: &RelationsPatience) -> bool {
        relation.phase().is_ended() && !self.is_old(relation, patience)
    }
}

/// The run after an input. Total: what makes no sense changes nothing.
pub fn step(
    run: &RelationsRun,
    input: RelationsInput,
    patience: &RelationsPatience,
    now: UtcMs,
) -> RelationsRun {
    let mut next = run.clone();
    match input {
        RelationsInput::Accepted { correlation_id } => {
            next.accepted_at = Some(now);
            next.correlation_id = correlation_id;
        }
        RelationsInput::NotAccepted { trouble } if !run.is_ended() => {
            end(&mut next, RelationsOutcome::NotAccepted { trouble }, now);
        }
        RelationsInput::Left if !run.is_ended() => end(&mut next, RelationsOutcome::Left, now),
        RelationsInput::NotAccepted { .. } | RelationsInput::Left => {}
        RelationsInput::Seen { relations } => see(&mut next, relations, patience, now),
    }
    next
}

fn see(run: &mut RelationsRun, relations: Vec<Relation>, patience: &RelationsPatience, now: UtcMs) {
    let names = |list: &[Relation]| list.iter().map(|relation| relation.name.clone()).collect::<Vec<_>>();
    let same_names = names(&run.relations) == names(&relations);
    if run.relations != relations {
        run.changed_at = now;
    }
    let first_look = run.relations.is_empty();
    run.relations = relations;
    let all_ended =
        !run.relations.is_empty() && run.relations.iter().all(|relation| run.has_ended(relation, patience));
    run.settled_looks = match (all_ended, same_names) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => (run.settled_looks + 1).min(2),
    };
    // The list grows while workers start, so one look at a run under way proves nothing.
    let needed = if !run.asked && first_look { 1 } else { 2 };
    if run.settled_looks >= needed {
        let failed = run.relations.iter().any(|relation| relation.phase() == RelationPhase::Failed);
        let outcome = if failed { RelationsOutcome::SomeFailed } else { RelationsOutcome::Complete };
        let ended_at = run.ended_at.filter(|_| run.outcome.as_ref() == Some(&outcome)).unwrap_or(now);
        end(run, outcome, ended_at);
        return;
    }
    let rests = run.relations.iter().all(|relation| relation.phase().is_ended());
    let silent = now.since_ms(run.changed_at) >= patience.silent_ms;
    if !all_ended && rests && silent && !run.relations.is_empty() && !run.is_ended() {
        end(run, RelationsOutcome::NotAnew, now);
    }
}

fn end(run: &mut RelationsRun, outcome: RelationsOutcome, at: UtcMs) {
    run.outcome = Some(outcome);
    run.ended_at = Some(at);
}

/// What is true of the run now.
pub fn standing(run: &RelationsRun, patience: &RelationsPatience, now: UtcMs) -> RelationsStanding {
    let old = run.relations.iter().filter(|relation| run.is_stale(relation, patience)).count();
    let count = |phase| {
        let of_it = |relation: &&Relation| relation.phase() == phase && !run.is_stale(relation, patience);
        run.relations.iter().filter(of_it).count()
    };
    let (ready, failed) = (count(RelationPhase::Ready), count(RelationPhase::Failed));
    let under_way = run.relations.len() - ready - failed;
    let kept = run.relations.iter().filter(|relation| run.is_kept(relation, patience)).count();
    let silent = now.since_ms(run.changed_at) >= patience.silent_ms;
    let stuck = !run.is_ended() && silent && (run.asked || !run.relations.is_empty());
    let (phase, sentence, hint) = match &run.outcome {
        Some(RelationsOutcome::Complete) => ("ready", ended_well(ready, kept), None),
        Some(RelationsOutcome::SomeFailed) => ("some_failed", ended_partly(run), Some(AGAIN)),
        Some(RelationsOutcome::NotAnew) => ("not_anew", not_anew(run, patience), Some(START)),
        Some(RelationsOutcome::NotAccepted { trouble }) => ("not_accepted", trouble.headline.clone(), None),
        Some(RelationsOutcome::Left) => ("left", "It is no longer watched; GitLab goes on.".to_owned(), None),
        None if stuck => (
            "running",
            format!("Nothing has changed for hours; {under_way} relations are open."),
            Some(STUCK),
        ),
        None if run.relations.is_empty() && !run.asked => (
            "idle",
            "This user has no relations export of the project.".to_owned(),
            Some("Exports are per user: start one with this token."),
        ),
        None if run.relations.is_empty() => {
            ("requested", "GitLab has accepted it and shows no relation yet.".to_owned(), None)
        }
        None if old > 0 => (
            "running",
            format!(
                "{ready} relations ready, {under_way} under way, {failed} failed; {old} are not made anew yet, GitLab lists \
                 their files of before."
            ),
            None,
        ),
        None => {
            ("running", format!("{ready} relations ready, {under_way} under way, {failed} failed."), None)
        }
    };
    let hint = hint.map(str::to_owned);
    RelationsStanding { phase, sentence, hint, ready, failed, under_way, kept, stuck }
}

const AGAIN: &str = "Download the others; start the export again to retry the failed ones.";
const START: &str = "Start the export again; where that changes nothing, look at GitLab's background jobs.";
const STUCK: &str = "GitLab's own clean-up fails dead exports after hours; then start it again.";

fn ended_well(ready: usize, kept: usize) -> String {
    match kept {
        0 => format!("All {ready} relations are ready."),
        _ if kept == ready => format!(
            "GitLab kept all {ready} files of the export before: it skips a repeat within 3 minutes, although it answers 202."
        ),
        _ => format!(
            "All {ready} relations are ready; of {kept} GitLab kept the earlier file: it skips a repeat within 3 minutes."
        ),
    }
}

/// The newest of the old files tells how old they are at least.
fn not_anew(run: &RelationsRun, patience: &RelationsPatience) -> String {
    let old: Vec<_> = run.relations.iter().filter(|relation| run.is_old(relation, patience)).collect();
    let made_at = |relation: &&Relation| relation.updated_at.as_deref().and_then(UtcMs::parse_rfc3339);
    let from = match old.iter().filter_map(made_at).max() {
        Some(at) => format!("their files are from {} or older", at.for_people()),
        None => "their files are of the export before".to_owned(),
    };
    let (count, all) = (old.len(), run.relations.len());
    format!("GitLab took the request and did not make {count} of {all} relations anew: {from}.")
}

fn ended_partly(run: &RelationsRun) -> String {
    let failed: Vec<_> =
        run.relations.iter().filter(|relation| relation.phase() == RelationPhase::Failed).collect();
    let named: Vec<_> = failed
        .iter()
        .take(5)
        .map(|relation| match relation.why() {
            Some(error) => format!("{} (“{error}”)", relation.name),
            None => relation.name.clone(),
        })
        .collect();
    let more = if failed.len() > named.len() { ", …" } else { "" };
    let (count, all) = (failed.len(), run.relations.len());
    format!("{count} of {all} relations failed: {}{more}.", named.join(", "))
}

#[cfg(test)]
mod tests;
