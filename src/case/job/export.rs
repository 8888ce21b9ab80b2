//! One export run of one project, and its state.
//!
//! GitLab's status is stored unchanged. Our phase is derived from that status *and from the history of this run*,
//! because the status alone is misleading: the worker creates the job row, not the POST, so `none` or an old `failed`
//! right after the request says nothing yet; a run that dies while the archive is assembled goes from `started` to
//! `none` and never says `failed` (`app/models/project.rb`, `ParallelExportService`).

use serde::{Deserialize, Serialize};

use crate::case::entry::{JournalEntry, JournalEvent};
use crate::case::hint::Hint;
use crate::case::id::{CaseId, RunId};
use crate::case::time::UtcMs;
use crate::case::user_error::UserError;

use super::send::{JobInput, SendJournal, UNANSWERED_MS, stopped_before_sending};

pub use words::{failure, status};

mod file;
mod words;

/// Our phase of a run; the names are fixed by `../shared/cli.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Phase {
    /// Nothing was requested, and GitLab has nothing.
    Idle,
    /// We sent the request; GitLab has not shown the job yet.
    Requested,
    Queued,
    Running,
    /// A file of this run can be downloaded.
    Ready,
    Failed,
    /// GitLab reports a status that this program does not know; the status is shown and polled.
    Unknown,
}

words!(Phase);

impl Phase {
    /// The name that people see, the same everywhere.
    pub fn label(self) -> &'static str {
        match self {
            Self::Idle => "Not requested",
            Self::Requested => "Requested",
            Self::Queued => "Queued",
            Self::Running => "Exporting",
            Self::Ready => "Ready",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether GitLab may still be working on the run.
    pub fn under_way(self) -> bool {
        match self {
            Self::Requested | Self::Queued | Self::Running | Self::Unknown => true,
            Self::Idle | Self::Ready | Self::Failed => false,
        }
    }

    /// The meaning of GitLab's status if nothing is known about the run behind it.
    pub fn of_status(word: &str) -> Self {
        match word {
            "none" => Self::Idle,
            "queued" => Self::Queued,
            // A file is stored and a job is not done: neither a new file nor a failure.
            "started" | "regeneration_in_progress" => Self::Running,
            "finished" => Self::Ready,
            "failed" => Self::Failed,
            _ => Self::Unknown,
        }
    }
}

/// How this program came to know a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Our POST started it.
    Scheduled,
    /// The run was already under way when we checked.
    #[serde(rename = "adopted")]
    AlreadyRunning,
    /// The run's finished file was there when we checked.
    Found,
}

/// GitLab's status over a period: one entry per change, so that a day of polling stays small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusSpan {
    /// `export_status`, unchanged.
    pub word: String,
    pub first_at: UtcMs,
    pub last_at: UtcMs,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// A file can be downloaded.
    Ready,
    /// No file was produced; the sentence says how we know.
    Failed { because: String },
    /// GitLab shows neither a job nor a file, and nobody has looked for longer than it keeps a file: the export may
    /// have failed, or have finished and expired.
    NotSeen,
    /// GitLab did not accept the request.
    NotAccepted { error: UserError },
    /// The person stopped watching; GitLab continues, and the outcome is not known.
    #[serde(rename = "left")]
    Unwatched,
}

/// Waiting times for deriving the phase, in milliseconds; the engine's `Timing` scales them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportTiming {
    /// How long after the request a `none` or an old `failed` may be stale.
    pub stale_ms: i64,
    /// The same if it is not known whether the POST arrived: a job that was created shows up soon.
    pub unanswered_ms: i64,
    /// A file that GitLab shows earlier after a request is not of this request: `WaitRelationExportsWorker` looks for
    /// the first time 10 s after it.
    pub soonest_file_ms: i64,
    /// How long GitLab may report one unchanged status before the run counts as stuck. GitLab's own clean-up fails
    /// dead runs after 6 h, hourly (`StuckExportJobsWorker`).
    pub silent_ms: i64,
    /// How long GitLab keeps a finished file (`ImportExportCleanUpService`, 1440 min).
    pub file_ms: i64,
    /// How often GitLab deletes the files that are older (`import_export_project_cleanup_worker`, hourly).
    pub clean_up_ms: i64,
}

impl Default for ExportTiming {
    fn default() -> Self {
        Self {
            stale_ms: 10 * 60_000,
            unanswered_ms: UNANSWERED_MS,
            soonest_file_ms: 10_000,
            silent_ms: 7 * 3_600_000,
            file_ms: 24 * 3_600_000,
            clean_up_ms: 3_600_000,
        }
    }
}

/// One run of one project's export, for the user whose token requested it: GitLab keeps exports per user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    /// Base URL of the instance.
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case_id: Option<CaseId>,
    /// The username of the token.
    pub user: Option<String>,
    pub origin: Origin,
    /// When this program started to track the run.
    pub created_at: UtcMs,
    #[serde(rename = "post")]
    pub send: SendJournal,
    /// When GitLab answered 202 to our POST; `None` while the answer is unknown and for runs that we did not start.
    pub accepted_at: Option<UtcMs>,
    /// `X-Request-Id` of the call that started it.
    pub correlation_id: Option<String>,
    /// GitLab's status before our POST; an old `failed` can only reappear if there was a failure before.
    #[serde(rename = "word_before")]
    pub status_before: Option<String>,
    /// Overrides the description inside the archive.
    pub description: Option<String>,
    /// The host to which GitLab was asked to upload; the URL itself is a secret and is not stored.
    pub upload_host: Option<String>,
    /// Whether the person agreed to lose an older file by starting this run.
    pub replaced_file: bool,
    /// About how many bytes the archive has, where GitLab told the project's size.
    pub bytes_about: Option<u64>,
    /// What was doubtful about the start, in sentences; [`Self::doubts`] has all.
    pub warnings: Vec<String>,
    /// Whether the file may be the one that was there before the request, because the answer was lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_be_older: bool,
    #[serde(rename = "sights")]
    pub history: Vec<StatusSpan>,
    pub phase: Phase,
    pub ended_at: Option<UtcMs>,
    pub outcome: Option<Outcome>,
}

/// The state of a run at a moment, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentStatus {
    pub phase: Phase,
    /// The run is under way, but unchanged for so long that GitLab has most likely lost it.
    pub stuck: bool,
    /// One sentence with GitLab's status and our phase.
    pub sentence: String,
    /// The next step, if there is one.
    pub hint: Option<Hint>,
    /// Until when GitLab keeps the finished file at least; `None` where nobody knows when it was finished.
    pub file_until: Option<UtcMs>,
    /// GitLab had a file, and has certainly deleted it by now.
    #[serde(default)]
    pub is_expired: bool,
}

impl Run {
    /// A run that our POST is about to start, after a check that showed `status_before`.
    pub fn scheduled(
        id: RunId,
        instance: &str,
        project: (u64, &str),
        status_before: &str,
        now: UtcMs,
    ) -> Self {
        Self {
            id,
            instance: instance.to_owned(),
            project_id: project.0,
            project_path: project.1.to_owned(),
            case_id: None,
            user: None,
            origin: Origin::Scheduled,
            created_at: now,
            send: SendJournal::Planned,
            accepted_at: None,
            correlation_id: None,
            status_before: Some(status_before.to_owned()),
            description: None,
            upload_host: None,
            replaced_file: false,
            bytes_about: None,
            warnings: Vec::new(),
            may_be_older: false,
            history: Vec::new(),
            phase: Phase::Requested,
            ended_at: None,
            outcome: None,
        }
    }

    /// A run that already existed: `word` says whether it is under way or has left its file.
    pub fn discovered(id: RunId, instance: &str, project: (u64, &str), word: &str, now: UtcMs) -> Self {
        let found = Phase::of_status(word) == Phase::Ready;
        let origin = if found { Origin::Found } else { Origin::AlreadyRunning };
        let run = Self {
            origin,
            send: SendJournal::NotOurs,
            status_before: None,
            ..Self::scheduled(id, instance, project, word, now)
        };
        step(&run, JobInput::Polled(word.to_owned()), &ExportTiming::default(), now)
    }

    /// What is doubtful about the run, in sentences.
    pub fn doubts(&self) -> impl Iterator<Item = &str> {
        let older = self.may_be_older.then_some(PERHAPS_THE_OLD_FILE);
        self.warnings.iter().map(String::as_str).chain(older)
    }

    /// GitLab's latest status of this run.
    pub fn server_status(&self) -> Option<&str> {
        self.history.last().map(|sight| sight.word.as_str())
    }

    pub fn is_ended(&self) -> bool {
        self.outcome.is_some()
    }

    pub(super) fn is_unwatched(&self) -> bool {
        self.outcome == Some(Outcome::Unwatched)
    }

    /// The journal line for the moment when this program starts to track the run.
    pub(super) fn began(&self, adopted: bool) -> JournalEntry {
        let (project, by) = (self.project_path.clone(), self.user.clone());
        JournalEntry::of_run(self.case_id, self.id, JournalEvent::RunStarted { project, by, adopted })
    }

    /// Whether anything changed besides the time of GitLab's latest status, or that time by so much that a later program
    /// must know it.
    pub(super) fn differs_from(&self, before: &Self) -> bool {
        const WORTH_WRITING_MS: i64 = 10 * 60_000;
        let part = |at: UtcMs| at.0.div_euclid(WORTH_WRITING_MS);
        let mut same = self.clone();
        if let (Some(now), Some(then)) = (same.history.last_mut(), before.history.last())
            && now.word == then.word
            && part(now.last_at) == part(then.last_at)
        {
            now.last_at = then.last_at;
        }
        same != *before
    }

    /// GitLab's own words about this run: why it refused the request, otherwise its statuses, oldest first. `None` where
    /// GitLab said nothing about the project.
    pub fn exact_words(&self) -> Option<String> {
        if let Some(Outcome::NotAccepted { error }) = &self.outcome {
            return error.said_of_project().map(str::to_owned);
        }
        let words: Vec<&str> = self.history.iter().map(|sight| sight.word.as_str()).collect();
        (!words.is_empty()).then(|| format!("export_status: {}", words.join(" › ")))
    }

    /// Whether GitLab has shown the job of this run: from then on, its statuses are about this run.
    fn has_shown_itself(&self) -> bool {
        self.origin != Origin::Scheduled
            || self.history.iter().any(|sight| {
                matches!(sight.word.as_str(), "queued" | "started" | "regeneration_in_progress" | "finished")
            })
    }

    /// When GitLab's status last changed, or when we sent the request.
    fn last_news_at(&self) -> UtcMs {
        self.history.last().map_or(self.created_at, |sight| sight.first_at)
    }
}

/// What is said where nobody watched between the request and the file.
const PERHAPS_THE_OLD_FILE: &str = "GitLab's answer to the request was lost, and there was a file before. It is not known \
    whether GitLab's file is the new one or the old one.";

/// The run after `input`. Total: an ended run keeps its outcome whatever is reported later; an unwatched run stays
/// unwatched until the person watches it again.
pub fn step(run: &Run, input: JobInput<String>, timing: &ExportTiming, now: UtcMs) -> Run {
    let mut next = run.clone();
    if run.is_ended() && !run.is_unwatched() {
        return next;
    }
    next.send.record(&input, now);
    match input {
        JobInput::AboutToSend | JobInput::NotSent => {}
        JobInput::Unanswered { error } => {
            next.correlation_id = error.correlation_id.or(next.correlation_id);
        }
        JobInput::Accepted { correlation_id, .. } => {
            next.accepted_at = Some(now);
            next.correlation_id = correlation_id.or(next.correlation_id);
        }
        JobInput::NotAccepted { error } => {
            next.correlation_id = error.correlation_id.clone().or(next.correlation_id);
            end(&mut next, Phase::Failed, Outcome::NotAccepted { error }, now);
        }
        JobInput::Watched => (next.outcome, next.ended_at) = (None, None),
        JobInput::Unwatched if run.is_unwatched() => {}
        JobInput::Unwatched if next.send.is_planned() => {
            let error = stopped_before_sending();
            end(&mut next, Phase::Failed, Outcome::NotAccepted { error }, now);
        }
        JobInput::Unwatched => {
            let phase = next.phase;
            end(&mut next, phase, Outcome::Unwatched, now);
        }
        // GitLab's statuses are about other runs until our request was sent.
        JobInput::Polled(_) if next.send.is_planned() || run.is_unwatched() => {}
        JobInput::Polled(word) => {
            extend_history(&mut next.history, &word, now);
            judge(&mut next, run, &word, timing, now);
        }
    }
    next
}

/// The journal lines for the change of a run.
pub(super) fn journal_entries(before: &Run, after: &Run, status: &CurrentStatus) -> Vec<JournalEntry> {
    let entry = |what| JournalEntry::of_run(after.case_id, after.id, what);
    let mut entries = Vec::new();
    if let Some(word) = after.server_status().filter(|word| before.server_status() != Some(word)) {
        let (server_status, phase) = (word.to_owned(), after.phase.as_str().to_owned());
        entries.push(entry(JournalEvent::StatusChanged { server_status, phase }));
    }
    if after.is_ended() && !before.is_ended() {
        let (phase, headline) = (after.phase.as_str().to_owned(), Some(status.sentence.clone()));
        entries.push(entry(JournalEvent::RunEnded { phase, headline }));
    }
    entries
}

fn extend_history(history: &mut Vec<StatusSpan>, word: &str, now: UtcMs) {
    match history.last_mut() {
        Some(last) if last.word == word => last.last_at = now,
        _ => history.push(StatusSpan { word: word.to_owned(), first_at: now, last_at: now }),
    }
}

fn end(run: &mut Run, phase: Phase, outcome: Outcome, now: UtcMs) {
    run.phase = phase;
    run.ended_at = Some(now);
    run.outcome = Some(outcome);
}

/// Derives our phase from GitLab's status and from what was known `before` this check.
fn judge(next: &mut Run, before: &Run, word: &str, timing: &ExportTiming, now: UtcMs) {
    let unanswered_ms = next.send.unanswered_ms(next.created_at, now);
    if let Some(since_ms) = unanswered_ms
        && Phase::of_status(word) == Phase::Ready
        && before.status_before.as_deref() == Some("finished")
    {
        return judge_file(next, since_ms, timing, now);
    }
    let shown = before.has_shown_itself();
    let unanswered = unanswered_ms.is_some();
    let still_fresh = match unanswered_ms {
        Some(since_ms) => since_ms < timing.unanswered_ms,
        None => now.since_ms(next.began_at()) < timing.stale_ms,
    };
    // A file that nobody saw may have come and gone. An old failure is shown again then.
    let was_watched = now.since_ms(before.last_look_at()) < timing.file_ms;
    let may_be_old = before.status_before.as_deref() != Some("none");
    match (Phase::of_status(word), shown) {
        (Phase::Idle | Phase::Requested | Phase::Failed, false)
            if unanswered && !still_fresh && was_watched =>
        {
            refuse(next, now);
        }
        (Phase::Ready, _) => end(next, Phase::Ready, Outcome::Ready, now),
        (phase @ (Phase::Queued | Phase::Running), _) => {
            next.phase = phase;
            if unanswered {
                // The job exists: that answers whether the request was accepted.
                next.send = SendJournal::Accepted;
            }
        }
        (Phase::Unknown, _) => next.phase = Phase::Unknown,
        (Phase::Idle | Phase::Requested, _) if !was_watched => {
            end(next, Phase::Unknown, Outcome::NotSeen, now);
        }
        (Phase::Failed, _) if !was_watched && may_be_old => {
            end(next, Phase::Unknown, Outcome::NotSeen, now);
        }
        (Phase::Idle | Phase::Requested, true) => fail(
            next,
            "GitLab showed this export running, and its status is now `none`. The export ended without a file; the API never reports this as `failed`.",
            now,
        ),
        (Phase::Idle | Phase::Requested, false) if still_fresh => next.phase = Phase::Requested,
        (Phase::Idle | Phase::Requested, false) => {
            fail(next, "GitLab accepted the request, but never showed an export job for it.", now);
        }
        (Phase::Failed, true) => fail(next, "GitLab status: `failed`.", now),
        // Failed rows live for 7 days, and a stored file hides them: only `none` before shows that there was no old
        // failure.
        (Phase::Failed, false) if before.status_before.as_deref() == Some("none") => {
            fail(next, "GitLab status: `failed`. There was no earlier failure for this user.", now);
        }
        (Phase::Failed, false) if still_fresh => next.phase = Phase::Requested,
        (Phase::Failed, false) => {
            fail(next, "GitLab status has been `failed` since the export was requested.", now);
        }
    }
}

/// A file was there before the request, a file is there now, and the answer was lost. GitLab deletes the old file while
/// it accepts the request, so a file that is there at once is the old one. Later it may be either.
fn judge_file(next: &mut Run, since_ms: i64, timing: &ExportTiming, now: UtcMs) {
    let first_ms = next.history.last().map_or(0, |span| since_ms - now.since_ms(span.first_at));
    if since_ms < timing.soonest_file_ms {
        // The request may still be on its way.
        next.phase = Phase::Requested;
    } else if first_ms < timing.soonest_file_ms {
        refuse(next, now);
    } else {
        next.may_be_older = true;
        end(next, Phase::Ready, Outcome::Ready, now);
    }
}

/// Records that the request was most likely not accepted.
fn refuse(run: &mut Run, now: UtcMs) {
    let error = run.send.why_not_accepted();
    end(run, Phase::Failed, Outcome::NotAccepted { error }, now);
}

fn fail(run: &mut Run, because: &str, now: UtcMs) {
    end(run, Phase::Failed, Outcome::Failed { because: because.to_owned() }, now);
}

#[cfg(test)]
mod tests;
