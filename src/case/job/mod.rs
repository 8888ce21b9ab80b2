//! A watched job on GitLab: one request starts it, and it is then polled until it ends.
//!
//! All kinds share their inputs ([`JobInput`]), the record of the request that starts them ([`SendJournal`]) and the
//! meaning of "unwatched": the person does not want the job polled, GitLab continues, and the outcome is not known.
//! Each kind's own file says what an answer of GitLab means.

use super::entry::JournalEntry;
use super::hint::Hint;
use super::id::{CaseId, ImportId, RebuildId, RelationsId, RunId};
use super::time::UtcMs;

pub mod export;
pub mod import;
pub mod rebuild;
pub mod relations;
mod send;

#[cfg(test)]
mod tests;

use export::Run;
use import::{ImportJob, ImportPolled};
use rebuild::{RebuildJob, RebuildSeen};
use relations::{Relation, RelationsRun};
pub use send::{JobInput, SendJournal};

/// The ID of a job of any kind. Each kind has a table of its own, so the numbers of different kinds overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobId {
    Export(RunId),
    Relations(RelationsId),
    Import(ImportId),
    Rebuild(RebuildId),
}

/// The kinds of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    Export,
    Relations,
    Import,
    Rebuild,
}

impl JobKind {
    pub const ALL: [Self; 4] = [Self::Export, Self::Relations, Self::Import, Self::Rebuild];

    /// The ID of the job of this kind with this number.
    pub fn id(self, number: i64) -> JobId {
        match self {
            Self::Export => JobId::Export(RunId(number)),
            Self::Relations => JobId::Relations(RelationsId(number)),
            Self::Import => JobId::Import(ImportId(number)),
            Self::Rebuild => JobId::Rebuild(RebuildId(number)),
        }
    }
}

impl JobId {
    pub fn kind(self) -> JobKind {
        match self {
            Self::Export(_) => JobKind::Export,
            Self::Relations(_) => JobKind::Relations,
            Self::Import(_) => JobKind::Import,
            Self::Rebuild(_) => JobKind::Rebuild,
        }
    }

    /// The job's number within its kind.
    pub fn number(self) -> i64 {
        match self {
            Self::Export(RunId(number))
            | Self::Relations(RelationsId(number))
            | Self::Import(ImportId(number))
            | Self::Rebuild(RebuildId(number)) => number,
        }
    }
}

/// A job of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    Export(Run),
    Relations(RelationsRun),
    Import(ImportJob),
    Rebuild(RebuildJob),
}

/// The result of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// `export_status`, unchanged.
    Export(String),
    /// All relations in one answer.
    Relations(Vec<Relation>),
    Import(Box<ImportPolled>),
    /// A rebuild is not polled: its steps report by themselves.
    Rebuild(RebuildSeen),
}

/// Waiting times for deriving the phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobTiming {
    pub export: export::ExportTiming,
    pub relations: relations::RelationsTiming,
    pub import: import::ImportTiming,
}

/// The state of a job at a moment, as far as it is common to every kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobStatus {
    /// The kind's name for the phase of the job.
    pub phase: &'static str,
    pub sentence: String,
    /// The next step, if there is one.
    pub hint: Option<Hint>,
    /// The job is under way, but unchanged for so long that GitLab has most likely lost it.
    pub stuck: bool,
}

/// Calls the same method on a job of any kind.
macro_rules! each {
    ($job:expr, $it:ident => $then:expr) => {
        match $job {
            Job::Export($it) => $then,
            Job::Relations($it) => $then,
            Job::Import($it) => $then,
            Job::Rebuild($it) => $then,
        }
    };
}

impl Job {
    pub fn id(&self) -> JobId {
        match self {
            Self::Export(run) => JobId::Export(run.id),
            Self::Relations(run) => JobId::Relations(run.id),
            Self::Import(job) => JobId::Import(job.id),
            Self::Rebuild(job) => JobId::Rebuild(job.id),
        }
    }

    pub fn export(&self) -> Option<&Run> {
        if let Self::Export(run) = self { Some(run) } else { None }
    }

    pub fn relations(&self) -> Option<&RelationsRun> {
        if let Self::Relations(run) = self { Some(run) } else { None }
    }

    pub fn import(&self) -> Option<&ImportJob> {
        if let Self::Import(job) = self { Some(job) } else { None }
    }

    pub fn rebuild(&self) -> Option<&RebuildJob> {
        if let Self::Rebuild(job) = self { Some(job) } else { None }
    }

    /// Base URL of the instance.
    pub fn instance(&self) -> &str {
        each!(self, job => &job.instance)
    }

    pub fn case_id(&self) -> Option<CaseId> {
        each!(self, job => job.case_id)
    }

    /// What is known about the request that starts the job. A rebuild sends none: its relations export is a job of
    /// its own.
    pub fn send(&self) -> &SendJournal {
        match self {
            Self::Export(run) => &run.send,
            Self::Relations(run) => &run.send,
            Self::Import(job) => &job.send,
            Self::Rebuild(_) => &SendJournal::NotOurs,
        }
    }

    /// When this program started to track the job.
    pub fn created_at(&self) -> UtcMs {
        each!(self, job => job.created_at)
    }

    pub fn ended_at(&self) -> Option<UtcMs> {
        each!(self, job => job.ended_at)
    }

    pub fn is_ended(&self) -> bool {
        self.ended_at().is_some()
    }

    /// Whether there is anything to poll: a check may have shown that GitLab has nothing.
    pub fn is_under_way(&self) -> bool {
        match self {
            Self::Export(run) => !run.is_ended(),
            Self::Relations(run) => !run.is_ended() && run.is_there(),
            Self::Import(job) => !job.is_ended(),
            Self::Rebuild(_) => false,
        }
    }

    /// Whether the job counts as ended only because the person stopped watching it.
    pub fn is_unwatched(&self) -> bool {
        match self {
            Self::Export(run) => run.is_unwatched(),
            Self::Relations(run) => run.is_unwatched(),
            Self::Import(job) => job.is_unwatched(),
            Self::Rebuild(job) => job.is_cancelled(),
        }
    }

    /// When GitLab started the job, as far as known: when it accepted the request, or when this program discovered
    /// the job.
    pub fn began_at(&self) -> UtcMs {
        match self {
            Self::Export(run) => run.began_at(),
            Self::Relations(run) => run.accepted_at.unwrap_or(run.created_at),
            Self::Import(job) => job.accepted_at.unwrap_or(job.created_at),
            Self::Rebuild(job) => job.created_at,
        }
    }

    /// Assigns the job to this case.
    #[must_use]
    pub fn of_case(mut self, case: CaseId) -> Self {
        each!(&mut self, job => job.case_id = Some(case));
        self
    }

    /// The journal line for the moment when this program starts to track the job; `adopted` if GitLab had the job
    /// already.
    pub fn began(&self, adopted: bool) -> JournalEntry {
        match self {
            Self::Export(run) => run.began(adopted),
            Self::Relations(run) => run.began(adopted),
            Self::Import(job) => job.began(adopted),
            Self::Rebuild(job) => job.began(),
        }
    }

    /// The job after an input. Total: an input that makes no sense, or a poll of another kind, changes nothing.
    #[must_use]
    pub fn step(&self, input: JobInput<Polled>, timing: &JobTiming, now: UtcMs) -> Self {
        let stepped = match self {
            Self::Export(run) => input
                .of(|polled| match polled {
                    Polled::Export(word) => Some(word),
                    Polled::Relations(_) | Polled::Import(_) | Polled::Rebuild(_) => None,
                })
                .map(|input| Self::Export(export::step(run, input, &timing.export, now))),
            Self::Relations(run) => input
                .of(|polled| match polled {
                    Polled::Relations(list) => Some(list),
                    Polled::Export(_) | Polled::Import(_) | Polled::Rebuild(_) => None,
                })
                .map(|input| Self::Relations(relations::step(run, input, &timing.relations, now))),
            Self::Import(job) => input
                .of(|polled| match polled {
                    Polled::Import(polled) => Some(*polled),
                    Polled::Export(_) | Polled::Relations(_) | Polled::Rebuild(_) => None,
                })
                .map(|input| Self::Import(import::step(job, input, timing.import, now))),
            Self::Rebuild(job) => input
                .of(|polled| match polled {
                    Polled::Rebuild(seen) => Some(seen),
                    Polled::Export(_) | Polled::Relations(_) | Polled::Import(_) => None,
                })
                .map(|input| Self::Rebuild(rebuild::step(job, input, now))),
        };
        stepped.unwrap_or_else(|| self.clone())
    }

    /// The current state of the job.
    pub fn status(&self, timing: &JobTiming, now: UtcMs) -> JobStatus {
        match self {
            Self::Export(run) => {
                let it = export::status(run, &timing.export, now);
                let phase = it.phase.as_str();
                JobStatus { phase, sentence: it.sentence, hint: it.hint, stuck: it.stuck }
            }
            Self::Relations(run) => {
                let it = relations::status(run, &timing.relations, now);
                let phase = it.phase.as_str();
                JobStatus { phase, sentence: it.sentence, hint: it.hint, stuck: it.stuck }
            }
            Self::Import(job) => {
                let it = import::status(job);
                JobStatus { phase: it.phase.as_str(), sentence: it.sentence, hint: it.hint, stuck: false }
            }
            Self::Rebuild(job) => JobStatus {
                phase: job.phase().as_str(),
                sentence: job.sentence(),
                hint: job.hint(),
                stuck: false,
            },
        }
    }

    /// The journal lines for the change since `before`.
    pub fn journal_since(&self, before: &Self, timing: &JobTiming, now: UtcMs) -> Vec<JournalEntry> {
        match (before, self) {
            (Self::Export(before), Self::Export(run)) => {
                export::journal_entries(before, run, &export::status(run, &timing.export, now))
            }
            (Self::Relations(before), Self::Relations(run)) => {
                relations::journal_entries(before, run, &relations::status(run, &timing.relations, now))
            }
            (Self::Import(before), Self::Import(job)) => import::journal_entries(before, job),
            (Self::Rebuild(before), Self::Rebuild(job)) => rebuild::journal_entries(before, job),
            (Self::Export(_) | Self::Relations(_) | Self::Import(_) | Self::Rebuild(_), _) => Vec::new(),
        }
    }

    /// Whether the change since `before` is worth a write to disk: a repeated status of GitLab's changes only a time.
    pub fn is_worth_writing(&self, before: &Self) -> bool {
        match (before, self) {
            (Self::Export(before), Self::Export(run)) => run.differs_from(before),
            (before, after) => before != after,
        }
    }
}

impl<P> JobInput<P> {
    /// The same input for one kind; `None` if it holds a poll of another kind.
    fn of<Q>(self, own: impl FnOnce(P) -> Option<Q>) -> Option<JobInput<Q>> {
        Some(match self {
            Self::AboutToSend => JobInput::AboutToSend,
            Self::NotSent => JobInput::NotSent,
            Self::Accepted { correlation_id, polled: None } => {
                JobInput::Accepted { correlation_id, polled: None }
            }
            Self::Accepted { correlation_id, polled: Some(polled) } => {
                JobInput::Accepted { correlation_id, polled: Some(own(polled)?) }
            }
            Self::Unanswered { error } => JobInput::Unanswered { error },
            Self::NotAccepted { error } => JobInput::NotAccepted { error },
            Self::Polled(polled) => JobInput::Polled(own(polled)?),
            Self::Unwatched => JobInput::Unwatched,
            Self::Watched => JobInput::Watched,
        })
    }
}

impl JobTiming {
    /// The waiting times at another speed; GitLab keeps finished files for 24 hours at any speed.
    #[must_use]
    pub fn scaled(factor: f64) -> Self {
        let real = Self::default();
        let of = |ms: i64| (ms as f64 * factor) as i64;
        Self {
            export: export::ExportTiming {
                stale_ms: of(real.export.stale_ms),
                unanswered_ms: of(real.export.unanswered_ms),
                soonest_file_ms: of(real.export.soonest_file_ms),
                silent_ms: of(real.export.silent_ms),
                file_ms: real.export.file_ms,
                clean_up_ms: real.export.clean_up_ms,
            },
            relations: relations::RelationsTiming {
                stale_ms: of(real.relations.stale_ms),
                unanswered_ms: of(real.relations.unanswered_ms),
                existing_ms: of(real.relations.existing_ms),
                silent_ms: of(real.relations.silent_ms),
            },
            import: import::ImportTiming {
                unanswered_ms: of(real.import.unanswered_ms),
                ended_ms: of(real.import.ended_ms),
            },
        }
    }
}
