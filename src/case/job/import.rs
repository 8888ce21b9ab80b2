//! One import into a GitLab: what was sent, what GitLab reports, and what that means.
//!
//! GitLab's `finished` may hide losses: `failed_relations` lists records that failed, at most 100 of them
//! (`lib/api/entities/project_import_status.rb`). GitLab ends an import after 24 hours.

mod arrival;
mod cause;
mod failures;
mod kind;
mod path;
mod remote;
mod set;
mod test_import;
mod words;

use serde::{Deserialize, Serialize};

use crate::case::entry::{JournalEntry, JournalEvent};
use crate::case::id::{CaseId, ImportId};
use crate::case::time::UtcMs;
use crate::case::user_error::{Code, UserError};

use super::send::{JobInput, SendJournal, UNANSWERED_MS, stopped_before_sending};

pub use arrival::{ArrivedProject, MissingRecords, REPOSITORY, SentArchive};
pub use cause::KnownError;
pub use failures::{FailureGroup, ImportFailure, MOST_FAILURES, REPAIRABLE, group};
pub use kind::ImportKind;
pub use path::{path_fault, path_of};
pub use remote::{RemoteHead, RemoteVerdict, judge_head};
pub use set::{ImportSet, PartState, SetPart, SetPlace, SetProgress, set_progress, what_was_sent};
pub use test_import::{Lost, TestImport, TestImportResult, TestImportVerdict, test_import_result};
pub use words::{CurrentImportStatus, status};

/// GitLab.com accepts no larger upload (docs, GitLab.com settings; Cloudflare's limit is the same).
pub const GITLAB_COM_UPLOAD_BYTES: u64 = 5 << 30;

/// Whether GitLab at `host` is known to refuse an upload of this size.
pub fn is_upload_too_large(host: &str, bytes: u64) -> bool {
    host.eq_ignore_ascii_case("gitlab.com") && bytes > GITLAB_COM_UPLOAD_BYTES
}

/// Up to this size, repeating an upload that was cut off costs little.
const SMALL_UPLOAD_BYTES: u64 = 100 << 20;

/// Whether an upload of this size that was cut off is sent again from the start without asking.
pub fn is_sent_again(bytes: u64) -> bool {
    bytes <= SMALL_UPLOAD_BYTES
}

/// `max_import_remote_file_size`, also the default elsewhere.
pub const REMOTE_BYTES: u64 = 10 << 30;
/// GitLab ends an import that is older (`StuckImportJob`: 24 hours).
const GITLAB_PATIENCE_MS: i64 = 24 * 3_600_000;
/// Our phase of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ImportPhase {
    /// The archive and the target are being checked; nothing was sent.
    Checking,
    Sending,
    /// GitLab has accepted the import and has not started it.
    Scheduled,
    Running,
    Finished,
    /// The import finished, and records were lost.
    Partial,
    Failed,
    /// GitLab, or somebody there, canceled the import.
    Canceled,
    /// GitLab reports a status that this program does not know, or no import at all.
    Unknown,
}

words!(ImportPhase);

impl ImportPhase {
    fn of_status(word: &str, failures: usize) -> Self {
        match word {
            "scheduled" | "created" => Self::Scheduled,
            "started" => Self::Running,
            "finished" if failures > 0 => Self::Partial,
            "finished" => Self::Finished,
            "failed" => Self::Failed,
            // GitLab 18.9 uses `canceled`; the others are final in other parts of GitLab (`BulkImport`, trackers).
            "canceled" | "cancelled" | "timeout" | "stale" | "aborted" => Self::Canceled,
            _ => Self::Unknown,
        }
    }
}

/// How an import ended, as far as this program watched it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ImportOutcome {
    Imported,
    /// The import finished with lost records.
    Partial,
    /// GitLab reports `failed`.
    Failed {
        because: String,
    },
    /// GitLab reports `canceled`, or another final status that is neither success nor failure.
    Canceled,
    /// GitLab has not accepted the import: it refused the request, or the upload was cut off.
    NotSent {
        #[serde(rename = "trouble")]
        error: UserError,
    },
    /// The import is older than the 24 hours after which GitLab ends an import.
    TimedOut,
    /// GitLab did not import the project at all: it reports `none`.
    NoImport,
    /// The person stopped watching; GitLab continues, and the outcome is not known.
    #[serde(rename = "left")]
    Unwatched,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportJob {
    pub id: ImportId,
    /// Base URL of the instance.
    pub instance: String,
    pub case_id: Option<CaseId>,
    /// The import whose lost relation this import re-imports.
    pub repairs: Option<ImportId>,
    pub kind: ImportKind,
    /// Full path of the project, as far as it is known before GitLab reports it.
    pub target_path: String,
    /// The requested name of the project and the attributes that override the archive's; kept for a second attempt.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub override_params: Vec<(String, String)>,
    /// Present if the import is a test import, made to learn whether the archive imports.
    #[serde(default, rename = "rehearsal")]
    pub test_import: Option<TestImport>,
    /// The import's place in a set of archives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Box<SetPlace>>,
    pub created_at: UtcMs,
    pub phase: ImportPhase,
    /// When GitLab answered 201.
    pub accepted_at: Option<UtcMs>,
    pub project_id: Option<u64>,
    /// ID of the existing project that the import may overwrite.
    pub replaces_id: Option<u64>,
    /// GitLab's status, unchanged.
    pub server_status: Option<String>,
    pub import_error: Option<String>,
    /// The correlation ID of the import job.
    pub correlation_id: Option<String>,
    pub failures: Vec<ImportFailure>,
    /// The tracker's ID, for a relation import.
    pub tracker_id: Option<u64>,
    pub warnings: Vec<String>,
    /// What a person should know of the file, without anything being wrong.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What the archive holds, if it was read before it was sent.
    #[serde(default)]
    pub archive: Option<Box<SentArchive>>,
    /// What the project has, counted once GitLab reports the import as finished; `None` if nothing was compared.
    #[serde(default)]
    pub arrived: Option<Box<ArrivedProject>>,
    /// What is known about the request. Rows of earlier versions record at most that the answer was lost, see
    /// [`ImportJob::upgraded`].
    #[serde(default, alias = "unheard", deserialize_with = "send_journal")]
    pub send: SendJournal,
    pub ended_at: Option<UtcMs>,
    pub outcome: Option<ImportOutcome>,
}

/// What GitLab reports about an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSeen {
    pub project_id: Option<u64>,
    pub project_path: Option<String>,
    pub status: String,
    pub import_error: Option<String>,
    pub correlation_id: Option<String>,
    pub failures: Vec<ImportFailure>,
    pub tracker_id: Option<u64>,
    /// What the project has, if it was checked.
    pub arrived: Option<Box<ArrivedProject>>,
}

/// The result of polling an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportPolled {
    /// GitLab shows no import of ours yet, for a request whose answer was lost.
    NotThere,
    Seen(ImportSeen),
}

/// Waiting times for deriving the phase, in milliseconds; the engine scales them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportTiming {
    /// How long the project of an unanswered request may take to appear.
    pub unanswered_ms: i64,
    /// After this GitLab has ended the import (`StuckImportJob`, 24 h), with an hour added for its hourly run.
    pub ended_ms: i64,
}

impl Default for ImportTiming {
    fn default() -> Self {
        Self { unanswered_ms: UNANSWERED_MS, ended_ms: 25 * 3_600_000 }
    }
}

impl ImportJob {
    pub fn new(id: ImportId, instance: &str, kind: ImportKind, target_path: &str, now: UtcMs) -> Self {
        let send = if kind == ImportKind::Discovered { SendJournal::NotOurs } else { SendJournal::Planned };
        Self {
            id,
            instance: instance.to_owned(),
            case_id: None,
            repairs: None,
            phase: if kind == ImportKind::Discovered { ImportPhase::Unknown } else { ImportPhase::Checking },
            kind,
            target_path: target_path.to_owned(),
            name: None,
            override_params: Vec::new(),
            test_import: None,
            set: None,
            created_at: now,
            accepted_at: None,
            project_id: None,
            replaces_id: None,
            server_status: None,
            import_error: None,
            correlation_id: None,
            failures: Vec::new(),
            tracker_id: None,
            warnings: Vec::new(),
            notes: Vec::new(),
            archive: None,
            arrived: None,
            send,
            ended_at: None,
            outcome: None,
        }
    }

    /// Upgrades a row of an earlier version, which recorded less about the request and had one name for three
    /// outcomes.
    #[must_use]
    pub fn upgraded(mut self) -> Self {
        let left = self.outcome == Some(ImportOutcome::Unwatched);
        if self.kind == ImportKind::Discovered {
            if left && self.server_status.as_deref() == Some("none") {
                self.outcome = Some(ImportOutcome::NoImport);
            }
            return self;
        }
        if left && self.accepted_at.is_none() {
            self.outcome = Some(ImportOutcome::NotSent { error: stopped() });
        }
        if self.send == SendJournal::NotOurs {
            self.send = match (self.accepted_at, self.phase) {
                (Some(_), _) => SendJournal::Accepted,
                (None, _) if self.is_ended() => SendJournal::Planned,
                (None, ImportPhase::Checking) => SendJournal::Planned,
                (None, _) => SendJournal::Unanswered { error: None, left_at: None },
            };
        }
        self
    }

    pub fn is_ended(&self) -> bool {
        self.ended_at.is_some()
    }

    pub(super) fn is_unwatched(&self) -> bool {
        self.outcome == Some(ImportOutcome::Unwatched)
    }

    /// Whether the import counts as not sent although GitLab may have accepted it: the project may still appear.
    pub fn outcome_is_unknown(&self) -> bool {
        self.send.is_unanswered() && matches!(self.outcome, Some(ImportOutcome::NotSent { .. }))
    }

    /// The journal line for the moment when this program starts to track the import.
    pub(super) fn began(&self, _adopted: bool) -> JournalEntry {
        let (from, to) = (self.kind.shown(), self.target_path.clone());
        let what = match self.test_import {
            None => JournalEvent::ImportStarted { from, to },
            Some(_) => JournalEvent::TestImportStarted { from, to },
        };
        JournalEntry { case_id: self.case_id, run_id: None, what }
    }

    /// The project's URL on its instance, once GitLab has named the project.
    pub fn web_url(&self) -> Option<String> {
        self.project_id.map(|_known| format!("{}/{}", self.instance.trim_end_matches('/'), self.target_path))
    }

    /// When GitLab ends the import if it is still running.
    pub fn gitlab_ends_at(&self) -> Option<UtcMs> {
        self.accepted_at.filter(|_| !self.is_ended()).map(|at| at.plus_ms(GITLAB_PATIENCE_MS))
    }

    /// What did not arrive; empty if nothing was compared.
    pub fn missing(&self) -> Vec<MissingRecords> {
        let compared = self.archive.as_ref().zip(self.arrived.as_ref());
        compared.map_or_else(Vec::new, |(archive, arrived)| arrival::missing(archive, arrived))
    }

    /// Whether the archive says of itself that data of its project is missing in it.
    pub fn has_gaps(&self) -> bool {
        self.archive.as_ref().is_some_and(|archive| archive.has_gaps)
    }

    /// Whether nothing that was compared has arrived.
    pub fn nothing_arrived(&self) -> bool {
        let compared = self.archive.as_ref().zip(self.arrived.as_ref());
        compared.is_some_and(|(archive, arrived)| arrival::is_nothing_there(archive, arrived))
    }

    /// Whether an upload may be in progress: after a crash, only a check of the target tells how that upload ended.
    pub fn is_being_sent(&self) -> bool {
        !self.is_ended() && matches!(self.phase, ImportPhase::Checking | ImportPhase::Sending)
    }
}

/// The import after an input. Total: an input that makes no sense changes nothing. GitLab's status may change an
/// older outcome; an unwatched import stays unwatched until the person watches it again.
pub fn step(job: &ImportJob, input: JobInput<ImportPolled>, timing: ImportTiming, now: UtcMs) -> ImportJob {
    let mut next = job.clone();
    next.send.record(&input, now);
    match input {
        JobInput::AboutToSend if !job.is_ended() => next.phase = ImportPhase::Sending,
        JobInput::Accepted { correlation_id, polled } => {
            accept(&mut next, now);
            next.correlation_id = correlation_id.or(next.correlation_id);
            match polled {
                Some(ImportPolled::Seen(seen)) => see(&mut next, seen, timing, now),
                Some(ImportPolled::NotThere) | None => next.phase = ImportPhase::Scheduled,
            }
        }
        JobInput::NotAccepted { error } if !job.is_ended() => {
            next.phase = ImportPhase::Failed;
            end(&mut next, ImportOutcome::NotSent { error }, now);
        }
        JobInput::Unwatched if !job.is_ended() => {
            let outcome = match job.send {
                SendJournal::Planned => ImportOutcome::NotSent { error: stopped_before_sending() },
                SendJournal::Unanswered { .. } => ImportOutcome::NotSent { error: stopped() },
                SendJournal::Accepted | SendJournal::NotOurs => ImportOutcome::Unwatched,
            };
            end(&mut next, outcome, now);
        }
        // Checks once more for an import that may have arrived after all.
        JobInput::Watched if job.outcome_is_unknown() => {
            (next.phase, next.outcome, next.ended_at) = (ImportPhase::Sending, None, None);
        }
        JobInput::Watched if job.is_unwatched() => (next.outcome, next.ended_at) = (None, None),
        // Anything that exists belongs to another import until our request was sent.
        JobInput::Polled(_) if next.send.is_planned() || job.is_unwatched() => {}
        JobInput::Polled(ImportPolled::Seen(seen)) => {
            if next.send.is_unanswered() {
                // The project exists: that answers whether the request was accepted.
                next.send = SendJournal::Accepted;
                accept(&mut next, now);
            }
            see(&mut next, seen, timing, now);
        }
        JobInput::Polled(ImportPolled::NotThere) if !job.is_ended() => {
            let unanswered_ms = next.send.unanswered_ms(next.created_at, now);
            if unanswered_ms.is_some_and(|ms| ms >= timing.unanswered_ms) {
                let error = next.send.reason().cloned().unwrap_or_else(interrupted);
                next.phase = ImportPhase::Failed;
                end(&mut next, ImportOutcome::NotSent { error }, now);
            }
        }
        JobInput::AboutToSend
        | JobInput::NotSent
        | JobInput::Unanswered { .. }
        | JobInput::NotAccepted { .. }
        | JobInput::Unwatched
        | JobInput::Watched
        | JobInput::Polled(ImportPolled::NotThere) => {}
    }
    next
}

/// The journal lines for the change of an import.
pub(super) fn journal_entries(before: &ImportJob, after: &ImportJob) -> Vec<JournalEntry> {
    if !after.is_ended() || after.outcome == before.outcome {
        return Vec::new();
    }
    let (to, headline) = (after.target_path.clone(), status(after).sentence);
    let what = match (&after.test_import, test_import_result(after)) {
        (None, _) => JournalEvent::ImportEnded { to, headline },
        (Some(_), None) => JournalEvent::TestImportEnded { to, headline },
        (Some(_), Some(test_import_result)) => {
            JournalEvent::TestImportEnded { to, headline: test_import_result.sentence }
        }
    };
    vec![JournalEntry { case_id: after.case_id, run_id: None, what }]
}

/// GitLab has accepted the import: earlier assumptions about the request no longer apply.
fn accept(job: &mut ImportJob, now: UtcMs) {
    job.accepted_at = Some(now);
    if matches!(job.outcome, Some(ImportOutcome::NotSent { .. })) {
        (job.outcome, job.ended_at) = (None, None);
    }
}

fn see(job: &mut ImportJob, seen: ImportSeen, timing: ImportTiming, now: UtcMs) {
    job.project_id = seen.project_id.or(job.project_id);
    job.tracker_id = seen.tracker_id.or(job.tracker_id);
    // While it replaces a project, an import has a temporary path; at its end it gets the one that was asked for.
    let is_temporary = job.replaces_id.is_some() && seen.status != "finished";
    if let Some(path) = seen.project_path.filter(|_| !is_temporary) {
        job.target_path = path;
    }
    job.import_error = seen.import_error;
    job.correlation_id = seen.correlation_id.or(job.correlation_id.take());
    job.failures = seen.failures;
    job.arrived = seen.arrived.or(job.arrived.take());
    let lost = job.failures.len() + job.missing().len();
    job.phase = ImportPhase::of_status(&seen.status, lost);
    let is_none = seen.status == "none";
    job.server_status = Some(seen.status);
    if job.is_unwatched() {
        return;
    }
    let ours = job.kind != ImportKind::Discovered;
    let started_at = job.accepted_at.unwrap_or(job.created_at);
    let outcome = match job.phase {
        ImportPhase::Finished => ImportOutcome::Imported,
        ImportPhase::Partial => ImportOutcome::Partial,
        ImportPhase::Canceled => ImportOutcome::Canceled,
        ImportPhase::Failed => {
            let because = job.import_error.clone();
            ImportOutcome::Failed { because: because.unwrap_or_else(|| "GitLab gave no reason".to_owned()) }
        }
        _ if ours && now.since_ms(started_at) >= timing.ended_ms => ImportOutcome::TimedOut,
        _ if !ours && is_none => ImportOutcome::NoImport,
        _ => {
            (job.outcome, job.ended_at) = (None, None);
            return;
        }
    };
    let ended_at = job.ended_at.filter(|_| job.outcome.as_ref() == Some(&outcome)).unwrap_or(now);
    end(job, outcome, ended_at);
}

fn end(job: &mut ImportJob, outcome: ImportOutcome, at: UtcMs) {
    job.outcome = Some(outcome);
    job.ended_at = Some(at);
}

/// The person canceled the upload.
fn stopped() -> UserError {
    UserError::new(
        Code::Refused,
        "The upload was stopped before GitLab received the whole archive.",
        "GitLab cannot resume uploads. Upload the archive again from the start.",
    )
}

/// The program ended during the upload.
fn interrupted() -> UserError {
    UserError::new(
        Code::Network,
        "Export Desk ended during the upload, and GitLab did not receive the archive.",
        "GitLab cannot resume uploads. Start the import again.",
    )
}

/// The journal of the request, or what earlier versions stored in its place.
fn send_journal<'de, D: serde::Deserializer<'de>>(from: D) -> Result<SendJournal, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Journal(SendJournal),
        AnswerWasLost(bool),
    }
    Ok(match Kept::deserialize(from)? {
        Kept::Journal(journal) => journal,
        Kept::AnswerWasLost(true) => SendJournal::Unanswered { error: None, left_at: None },
        Kept::AnswerWasLost(false) => SendJournal::NotOurs,
    })
}

#[cfg(test)]
mod tests;
