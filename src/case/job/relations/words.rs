//! The state of a relations export, in words.

use crate::case::format::number_of;
use crate::case::hint::Hint;
use crate::case::time::UtcMs;

use super::always::not_listed;
use super::relation::{Relation, RelationPhase};
use super::{RelationsOutcome, RelationsRun, RelationsTiming};

/// Our phase of a relations export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum RelationsPhase {
    /// This user has no relations export.
    Idle,
    /// We sent the request; GitLab shows no relation yet.
    Requested,
    Running,
    Ready,
    SomeFailed,
    /// GitLab accepted the request and regenerated nothing.
    #[strum(serialize = "not_anew")]
    NotRegenerated,
    NotAccepted,
    #[strum(serialize = "left")]
    Unwatched,
}

words!(RelationsPhase);

/// The state of a relations export, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentRelationsStatus {
    pub phase: RelationsPhase,
    pub sentence: String,
    pub hint: Option<Hint>,
    pub ready: usize,
    pub failed: usize,
    pub under_way: usize,
    /// Number of relations that GitLab skipped: the request came within three minutes of the previous export.
    pub skipped: usize,
    /// The relations that GitLab lists of every project, and not in this export; empty while it lists none at all.
    pub not_listed: Vec<&'static str>,
    /// Number of ready relations whose batches do not have as many records as GitLab counts.
    pub incomplete: usize,
    /// Nothing has changed for longer than the time after which GitLab's own clean-up runs.
    pub stuck: bool,
}

/// The current state of the run.
pub fn status(run: &RelationsRun, timing: &RelationsTiming, now: UtcMs) -> CurrentRelationsStatus {
    use RelationsPhase as P;
    let old = run.relations.iter().filter(|relation| run.is_stale(relation, timing)).count();
    let count = |phase| {
        let of_it = |relation: &&Relation| relation.phase() == phase && !run.is_stale(relation, timing);
        run.relations.iter().filter(of_it).count()
    };
    let (ready, failed) = (count(RelationPhase::Ready), count(RelationPhase::Failed));
    let under_way = run.relations.len() - ready - failed;
    let skipped = run.relations.iter().filter(|relation| run.was_skipped(relation, timing)).count();
    let silent = now.since_ms(run.changed_at) >= timing.silent_ms;
    // If every listed relation has ended, the export is not stuck: the next check reports it as not regenerated.
    let rests = run.relations.iter().all(|relation| relation.phase().is_ended());
    let stuck = !run.is_ended() && silent && run.is_there() && !rests;
    let (phase, sentence, hint) = match &run.outcome {
        Some(RelationsOutcome::Complete) => {
            let (sentence, hint) = complete(run, (ready, skipped));
            (P::Ready, sentence, hint)
        }
        Some(RelationsOutcome::SomeFailed) => (P::SomeFailed, ended_partly(run), Some(AGAIN)),
        Some(RelationsOutcome::NotRegenerated) => {
            (P::NotRegenerated, not_regenerated(run, timing), Some(START))
        }
        Some(RelationsOutcome::NotAccepted { error }) => (P::NotAccepted, error.headline.clone(), None),
        Some(RelationsOutcome::Unwatched) => {
            (P::Unwatched, "Export Desk no longer checks this export. GitLab continues.".to_owned(), None)
        }
        None if stuck => (
            P::Running,
            format!(
                "Nothing has changed for hours. {} still running.",
                number_of(under_way as u64, "relation is", "relations are")
            ),
            Some(STUCK),
        ),
        None if run.relations.is_empty() && !run.started_here => (
            P::Idle,
            "This user has no relations export of the project.".to_owned(),
            Some("Start an export with this token: each user sees only their own exports."),
        ),
        None if run.send.is_planned() => {
            (P::Requested, "Export Desk requests the relations export.".to_owned(), None)
        }
        None if run.send.awaits_answer() => {
            (P::Requested, "The relations export is requested. GitLab has not answered yet.".to_owned(), None)
        }
        None if run.send.is_unanswered() => (
            P::Requested,
            "It is not known whether GitLab accepted the request. The next checks will show it.".to_owned(),
            None,
        ),
        None if run.is_gone() => (P::Requested, GONE.to_owned(), None),
        None if run.relations.is_empty() => {
            (P::Requested, "GitLab accepted the request, but lists no relations yet.".to_owned(), None)
        }
        None => (P::Running, running((ready, under_way, failed), old), None),
    };
    let not_listed = if run.relations.is_empty() { Vec::new() } else { not_listed(&run.relations).collect() };
    let incomplete = run.relations.iter().filter(|relation| relation.records_differ().is_some()).count();
    CurrentRelationsStatus {
        phase,
        sentence,
        hint: hint.map(Hint::from),
        ready,
        failed,
        under_way,
        skipped,
        not_listed,
        incomplete,
        stuck,
    }
}

/// The state of a running export. `old` relations are still those of the previous one.
fn running((ready, under_way, failed): (usize, usize, usize), old: usize) -> String {
    let counts = format!("Relations: {ready} ready, {under_way} running, {failed} failed.");
    if old == 0 {
        return counts;
    }
    let old = number_of(old as u64, "relation is", "relations are");
    format!("{counts} {old} not regenerated yet: GitLab lists earlier files.")
}

const GONE: &str = "GitLab no longer lists the relations export.";

/// How many relations a sentence names.
const TOLD: usize = 5;
const AGAIN: &str = "Download the finished relations. To retry the failed relations, start the export again.";
const START: &str = "Start the export again. If that does not help, check GitLab's background jobs.";
const STUCK: &str = "GitLab marks dead exports as failed after some hours. Start the export again then.";

const RECORDS: &str = "Start the export again: only another export can write the missing records.";

/// The state of an export whose relations are all ready, and the next step.
fn complete(run: &RelationsRun, (ready, skipped): (usize, usize)) -> (String, Option<&'static str>) {
    let (absent, missing) = (absent(run), records_missing(run));
    let hint = match (&missing, &absent) {
        (Some(_), _) => Some(RECORDS),
        (None, Some(_)) => Some(START),
        (None, None) => None,
    };
    // “All are ready” alone would hide what is missing.
    let first = match missing {
        Some(missing) => {
            format!("{} ready. {missing}", number_of(ready as u64, "relation is", "relations are"))
        }
        None => ended_well(ready, skipped),
    };
    let sentence = [Some(first), absent].into_iter().flatten().collect::<Vec<_>>().join(" ");
    (sentence, hint)
}

/// The relations in which records are missing, in a sentence.
fn records_missing(run: &RelationsRun) -> Option<String> {
    let differ =
        |relation: &Relation| Some(format!("{} ({})", relation.name, relation.records_differ()?.words()));
    let all: Vec<_> = run.relations.iter().filter_map(differ).collect();
    let told = all.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    let more = if all.len() > TOLD { ", …" } else { "" };
    (!all.is_empty()).then(|| format!("GitLab did not write every record: {told}{more}."))
}

fn ended_well(ready: usize, skipped: usize) -> String {
    match skipped {
        0 if ready == 1 => "The relation is ready.".to_owned(),
        0 => format!("All {ready} relations are ready."),
        _ if ready == 1 => {
            "GitLab did not regenerate the file: it skips a repeat within 3 minutes, although it answers 202."
                .to_owned()
        }
        _ if skipped == ready => format!(
            "GitLab did not regenerate any of the {ready} files: it skips a repeat within 3 minutes, although it answers 202."
        ),
        _ => format!(
            "All {ready} relations are ready. GitLab did not regenerate {skipped} of them: it skips a repeat within 3 minutes."
        ),
    }
}

/// The relations that GitLab lists of every other project, in a sentence; `None` if all are listed.
fn absent(run: &RelationsRun) -> Option<String> {
    let absent: Vec<_> = not_listed(&run.relations).filter(|_| run.started_here).collect();
    (!absent.is_empty()).then(|| format!("GitLab does not list {}.", absent.join(", ")))
}

/// The newest of the old files gives their minimum age.
fn not_regenerated(run: &RelationsRun, timing: &RelationsTiming) -> String {
    if run.is_gone() {
        return GONE.to_owned();
    }
    if run.relations.is_empty() {
        return "GitLab accepted the request, but has listed no relation for hours.".to_owned();
    }
    let old: Vec<_> = run.relations.iter().filter(|relation| run.is_old(relation, timing)).collect();
    let made_at = |relation: &&Relation| relation.updated_at.as_deref().and_then(UtcMs::parse_rfc3339);
    let from = match old.iter().filter_map(made_at).max() {
        Some(at) => format!("their files are from {} or older", at.for_people()),
        None => "their files are from the previous export".to_owned(),
    };
    let (count, all) = (old.len(), run.relations.len());
    format!("GitLab accepted the request, but did not regenerate {count} of {all} relations: {from}.")
}

fn ended_partly(run: &RelationsRun) -> String {
    let failed: Vec<_> =
        run.relations.iter().filter(|relation| relation.phase() == RelationPhase::Failed).collect();
    let named: Vec<_> = failed
        .iter()
        .take(TOLD)
        .map(|relation| match relation.why() {
            Some(error) => format!("{} (“{error}”)", relation.name),
            None => relation.name.clone(),
        })
        .collect();
    let more = if failed.len() > named.len() { ", …" } else { "" };
    let (count, all) = (failed.len(), run.relations.len());
    let first = format!("{count} of {all} relations failed: {}{more}.", named.join(", "));
    [Some(first), records_missing(run)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
