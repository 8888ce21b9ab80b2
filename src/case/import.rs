//! One import into a GitLab: what was sent, what GitLab says of it, and what that means.
//!
//! GitLab's `finished` may hide losses: records that failed are listed in `failed_relations`, at most 100 of them
//! (`lib/api/entities/project_import_status.rb`). An import is ended by GitLab after 24 hours.

mod failures;
mod path;
mod rehearsal;
mod remote;

use serde::{Deserialize, Serialize};

use super::id::{CaseId, ImportId};
use super::time::UtcMs;
use super::trouble::Trouble;

pub use failures::{FailureGroup, ImportFailure, group};
pub use path::{path_fault, path_of};
pub use rehearsal::{Lost, Rehearsal, RehearsalVerdict, Rehearsed, rehearsed};
pub use remote::{RemoteHead, RemoteVerdict, judge_head};

/// GitLab lists no more failures than this.
pub const MOST_FAILURES: usize = 100;
/// GitLab.com takes no larger upload (docs, GitLab.com settings; Cloudflare's limit is the same).
pub const GITLAB_COM_UPLOAD_BYTES: u64 = 5 << 30;
/// `max_import_remote_file_size`, also the default elsewhere.
pub const REMOTE_BYTES: u64 = 10 << 30;
/// GitLab ends an import that is older (`StuckImportJob`: 24 hours).
const GITLAB_PATIENCE_MS: i64 = 24 * 3_600_000;
/// The relations that `POST /projects/import-relation` takes.
pub const REPAIRABLE: [&str; 4] = ["issues", "merge_requests", "ci_pipelines", "milestones"];

/// What an import is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ImportKind {
    /// An archive of this machine.
    File { path: String, bytes: u64 },
    /// A URL that GitLab fetches, shown without its query, which is a key.
    Remote { shown_url: String },
    /// An object that GitLab fetches with keys that are kept nowhere.
    S3 { region: String, bucket: String, key: String },
    /// One relation out of an archive, into a project that exists.
    Relation { path: String, bytes: u64, relation: String },
    /// Somebody else's, or one of before: only looked at.
    Met,
}

impl ImportKind {
    /// Whether GitLab makes a project of it.
    pub fn makes_project(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Remote { .. } | Self::S3 { .. })
    }

    /// What it is made of, in short.
    pub fn shown(&self) -> String {
        match self {
            Self::File { path, .. } => path.clone(),
            Self::Remote { shown_url } => shown_url.clone(),
            Self::S3 { bucket, key, .. } => format!("s3://{bucket}/{key}"),
            Self::Relation { path, relation, .. } => format!("{relation} of {path}"),
            Self::Met => "an import that was there".to_owned(),
        }
    }
}

/// Our word for where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ImportPhase {
    /// The archive and the target are being looked at; nothing was sent.
    Checking,
    Sending,
    /// GitLab has it and has not begun.
    Scheduled,
    Running,
    Finished,
    /// Finished, and records were lost.
    Partial,
    Failed,
    /// GitLab says a word this program does not know, or nothing of an import.
    Unknown,
}

words!(ImportPhase);

impl ImportPhase {
    fn of_word(word: &str, failures: usize) -> Self {
        match word {
            "scheduled" | "created" => Self::Scheduled,
            "started" => Self::Running,
            "finished" if failures > 0 => Self::Partial,
            "finished" => Self::Finished,
            "failed" => Self::Failed,
            _ => Self::Unknown,
        }
    }
}

/// How an import ended, as far as this program followed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ImportOutcome {
    Imported,
    /// Imported with records lost.
    Partial,
    /// GitLab says `failed`.
    Failed {
        because: String,
    },
    /// GitLab has not taken it: refused, or cut on the way.
    NotSent {
        trouble: Trouble,
    },
    /// Older than the 24 hours after which GitLab ends an import.
    TimedOut,
    /// The person stopped it (while sending) or no longer watches it.
    Left,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportJob {
    pub id: ImportId,
    /// Base URL of the instance.
    pub instance: String,
    pub case_id: Option<CaseId>,
    /// The import whose lost relation this one brings again.
    pub repairs: Option<ImportId>,
    pub kind: ImportKind,
    /// Full path of the project as far as it is known before GitLab says it.
    pub target_path: String,
    /// What the project was to be called, and the attributes that replace the archive's; for a second try.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub override_params: Vec<(String, String)>,
    /// Present where the import is made to learn whether the archive imports.
    #[serde(default)]
    pub rehearsal: Option<Rehearsal>,
    pub created_at: UtcMs,
    pub phase: ImportPhase,
    /// When GitLab answered 201.
    pub accepted_at: Option<UtcMs>,
    pub project_id: Option<u64>,
    /// Number of the project that was there before, where it may be overwritten.
    pub replaces_id: Option<u64>,
    /// GitLab's word, untouched.
    pub server_status: Option<String>,
    pub import_error: Option<String>,
    /// Of the import job.
    pub correlation_id: Option<String>,
    pub failures: Vec<ImportFailure>,
    /// Of a relation import.
    pub tracker_id: Option<u64>,
    pub warnings: Vec<String>,
    /// All of it went out and no answer said what became of it: it may still arrive.
    #[serde(default)]
    pub unheard: bool,
    pub ended_at: Option<UtcMs>,
    pub outcome: Option<ImportOutcome>,
}

/// What GitLab says of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSeen {
    pub project_id: Option<u64>,
    pub project_path: Option<String>,
    pub status: String,
    pub import_error: Option<String>,
    pub correlation_id: Option<String>,
    pub failures: Vec<ImportFailure>,
    pub tracker_id: Option<u64>,
}

/// Something that happened to an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportInput {
    Sending,
    Accepted(ImportSeen),
    Seen(ImportSeen),
    NotSent { trouble: Trouble },
    Left,
}

/// Waiting times of the judgement, in milliseconds; the engine scales them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportPatience {
    /// After this GitLab has ended the import (`StuckImportJob`, 24 h), with an hour for its hourly sweep.
    pub ended_ms: i64,
}

impl Default for ImportPatience {
    fn default() -> Self {
        Self { ended_ms: 25 * 3_600_000 }
    }
}

/// What is true of an import, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportStanding {
    pub phase: ImportPhase,
    pub sentence: String,
    pub hint: Option<String>,
    /// Lost records by relation and cause; empty where none were lost.
    pub groups: Vec<FailureGroup>,
    /// GitLab lists no more than 100: there may be others.
    pub failures_capped: bool,
}

impl ImportJob {
    pub fn new(id: ImportId, instance: &str, kind: ImportKind, target_path: &str, now: UtcMs) -> Self {
        Self {
            id,
            instance: instance.to_owned(),
            case_id: None,
            repairs: None,
            phase: if kind == ImportKind::Met { ImportPhase::Unknown } else { ImportPhase::Checking },
            kind,
            target_path: target_path.to_owned(),
            name: None,
            override_params: Vec::new(),
            rehearsal: None,
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
            unheard: false,
            ended_at: None,
            outcome: None,
        }
    }

    pub fn is_ended(&self) -> bool {
        self.ended_at.is_some()
    }

    /// The project on its instance, once GitLab named it.
    pub fn web_url(&self) -> Option<String> {
        self.project_id.map(|_known| format!("{}/{}", self.instance.trim_end_matches('/'), self.target_path))
    }

    /// When GitLab ends it if it has not come to an end by then.
    pub fn gitlab_ends_at(&self) -> Option<UtcMs> {
        self.accepted_at.filter(|_| !self.is_ended()).map(|at| at.plus_ms(GITLAB_PATIENCE_MS))
    }

    /// Whether bytes may be on their way: after a crash, only a look at the target tells how that ended.
    pub fn is_being_sent(&self) -> bool {
        !self.is_ended() && matches!(self.phase, ImportPhase::Checking | ImportPhase::Sending)
    }
}

/// The import after an input. Total: what makes no sense changes nothing.
pub fn step(job: &ImportJob, input: ImportInput, patience: ImportPatience, now: UtcMs) -> ImportJob {
    let mut next = job.clone();
    match input {
        ImportInput::Sending if !job.is_ended() => next.phase = ImportPhase::Sending,
        ImportInput::Accepted(seen) => {
            (next.accepted_at, next.unheard) = (Some(now), false);
            see(&mut next, seen, patience, now);
        }
        ImportInput::Seen(seen) => see(&mut next, seen, patience, now),
        ImportInput::NotSent { trouble } if !job.is_ended() => {
            next.phase = ImportPhase::Failed;
            end(&mut next, ImportOutcome::NotSent { trouble }, now);
        }
        ImportInput::Left if !job.is_ended() => end(&mut next, ImportOutcome::Left, now),
        // What nobody heard of is looked for once more.
        ImportInput::Sending if job.unheard => {
            (next.phase, next.outcome, next.ended_at) = (ImportPhase::Sending, None, None);
        }
        ImportInput::Sending | ImportInput::NotSent { .. } | ImportInput::Left => {}
    }
    next
}

fn see(job: &mut ImportJob, seen: ImportSeen, patience: ImportPatience, now: UtcMs) {
    job.project_id = seen.project_id.or(job.project_id);
    job.tracker_id = seen.tracker_id.or(job.tracker_id);
    if let Some(path) = seen.project_path {
        job.target_path = path;
    }
    job.import_error = seen.import_error;
    job.correlation_id = seen.correlation_id.or(job.correlation_id.take());
    job.failures = seen.failures;
    job.phase = ImportPhase::of_word(&seen.status, job.failures.len());
    job.server_status = Some(seen.status);
    if job.outcome == Some(ImportOutcome::Left) && job.kind != ImportKind::Met {
        return;
    }
    let started_at = job.accepted_at.unwrap_or(job.created_at);
    let outcome = match job.phase {
        ImportPhase::Finished => ImportOutcome::Imported,
        ImportPhase::Partial => ImportOutcome::Partial,
        ImportPhase::Failed => {
            let because = job.import_error.clone();
            ImportOutcome::Failed { because: because.unwrap_or_else(|| "GitLab gives no reason".to_owned()) }
        }
        _ if job.kind != ImportKind::Met && now.since_ms(started_at) >= patience.ended_ms => {
            ImportOutcome::TimedOut
        }
        // `none`: this project was not imported at all.
        ImportPhase::Unknown if job.kind == ImportKind::Met => ImportOutcome::Left,
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

/// What is true of the import now.
pub fn standing(job: &ImportJob) -> ImportStanding {
    let (path, groups) = (&job.target_path, group(&job.failures));
    let lost = job.failures.len();
    let failures_capped = lost >= MOST_FAILURES;
    let (sentence, hint) = match &job.outcome {
        Some(ImportOutcome::Imported) => match &job.kind {
            ImportKind::Relation { relation, .. } => (format!("{relation} were imported into {path}."), None),
            _ => (format!("{path} was imported completely."), None),
        },
        Some(ImportOutcome::Partial) => (
            format!(
                "{} and {}{lost} records were lost.",
                match &job.kind {
                    ImportKind::Relation { relation, .. } => format!("{relation} were imported into {path},"),
                    _ => format!("{path} was imported,"),
                },
                if failures_capped { "at least " } else { "" }
            ),
            Some(if groups.iter().any(|group| group.repairable) {
                "Relations that GitLab can import alone can be brought again from the same archive."
            } else {
                "GitLab cannot import these relations alone; import again after mending the cause."
            }),
        ),
        Some(ImportOutcome::Failed { because }) => (
            format!("The import into {path} failed: {}.", because.trim_end_matches('.')),
            Some(if job.kind.makes_project() {
                "The correlation id leads to GitLab's log; a project that was half made may be left over."
            } else {
                "The correlation id leads to GitLab's log."
            }),
        ),
        Some(ImportOutcome::NotSent { trouble }) => {
            (trouble.headline.clone(), Some(trouble.hint.as_str()).filter(|hint| !hint.is_empty()))
        }
        Some(ImportOutcome::TimedOut) => (
            format!("The import into {path} is older than 24 hours, after which GitLab ends imports."),
            Some("Look at the project; import again, or in parts."),
        ),
        Some(ImportOutcome::Left) => match job.server_status.as_deref() {
            Some("none") => (format!("GitLab says `none`: {path} was not imported."), None),
            Some(word) => (format!("GitLab says `{word}` of {path}; it is no longer watched."), None),
            None => ("It was stopped before GitLab had it all.".to_owned(), None),
        },
        None => (under_way(job), None),
    };
    ImportStanding { phase: job.phase, sentence, hint: hint.map(str::to_owned), groups, failures_capped }
}

fn under_way(job: &ImportJob) -> String {
    let path = &job.target_path;
    match job.phase {
        ImportPhase::Checking => format!("Looking at the archive and at {path}."),
        ImportPhase::Sending => format!("Sending the archive for {path}."),
        ImportPhase::Scheduled => {
            format!("GitLab has the archive; the import into {path} waits for its turn.")
        }
        ImportPhase::Running => format!("GitLab imports into {path}."),
        ImportPhase::Finished | ImportPhase::Partial | ImportPhase::Failed | ImportPhase::Unknown => {
            let word = job.server_status.as_deref().unwrap_or_default();
            if word.is_empty() {
                return format!("GitLab does not list the import into {path}; it is watched on.");
            }
            format!("GitLab says `{word}` of the import into {path}; it is watched on.")
        }
    }
}

#[cfg(test)]
mod tests;
