//! What a case and a run are, and which step may follow: the handbook and GitLab's behaviour as pure, total
//! functions. Nothing here does IO or reads a clock; the time is passed in as [`UtcMs`].
//!
//! For jobs, start with [`job`]. For cases, read [`stage`], [`fact`] and [`event`], then [`step()`], the decision
//! tree.

pub mod batch;
pub mod csv;
pub mod hint;
pub mod id;
pub mod job;
pub mod time;
pub mod upload_url;
pub mod user_error;

pub mod attention;
pub mod deadline;
pub mod deletion;
pub mod entry;
pub mod event;
pub mod export_step;
pub mod fact;
pub mod fallback;
pub mod form;
pub mod format;
pub mod intake;
pub mod left_out;
pub mod next;
pub mod note;
pub mod offer_log;
pub mod parse;
pub mod rebuilt;
pub mod refusal;
mod reminder;
pub mod route;
pub mod rules;
mod said;
mod search;
pub mod secret;
pub mod stage;
pub mod step;
pub mod subject;
pub mod trackers;
pub mod web;

#[cfg(test)]
pub(crate) mod stepped;
#[cfg(test)]
pub(crate) mod tests;

pub use attention::{Attention, Urgency, attention, warnings};
pub use deadline::{Deadline, DeadlineName, DeadlineState, deadlines, token_end, token_expiry};
pub use deletion::ProjectDeletion;
pub use entry::{JournalEntry, JournalEvent};
pub use event::{DownloadEnded, Event, ExportEnded, Input, VerifiedFile};
pub use export_step::{ExportStep, FileState, export_step};
pub use fact::{AttemptResult, Fact, FactKind, Facts, OfferAnswer, Value, YesNo, YesNoUnknown};
pub use form::{Deed, StepField, StepForm, StepQuestion, TrackerHelp, step_form};
pub use hint::{Hint, RelationsHint};
pub use id::{BatchId, CaseId, DownloadId, ImportId, RebuildId, RelationsId, RunId};
pub use intake::{Recognised, Trackers, recognise};
pub use job::export::{self as run, CurrentStatus, ExportTiming, Origin, Outcome, Phase, Run, StatusSpan};
pub use job::import::{
    self, CurrentImportStatus, ImportJob, ImportKind, ImportOutcome, ImportPhase, SetPart,
};
pub use job::rebuild::{
    self, MembersChoice, PartLeftOut, RebuildJob, RebuildOptions, RebuildOutcome, RebuildPhase,
    RebuildRemedy, RebuildSeen, RebuildSource, RebuildStep, RebuiltArchive,
};
pub use job::relations::{
    self, CurrentRelationsStatus, Relation, RelationPhase, RelationsOutcome, RelationsPhase, RelationsRun,
};
pub use job::{Job, JobId, JobInput, JobKind, JobStatus, JobTiming, Polled, SendJournal};
pub use left_out::{LeftOutCounts, LeftOutItem, left_out};
pub use next::{Action, Blocked, Choice, NextStep, NextSteps, blocked_by, next_step, next_steps};
pub use note::{CaseNote, Reminder};
pub use offer_log::{Offer, OfferLog};
pub use parse::{check_moment, parse_fact, parse_fact_near};
pub use rebuilt::{MembersIn, RebuiltFrom};
pub use refusal::{Refusal, Rule};
pub use reminder::parse_reminder;
pub use route::{Routing, may_request, route, route_asks, stage_at};
pub use rules::Rules;
pub use stage::{CaseOutcome, OpenStage, Request, RoutedBy, Stage};
pub use step::{Change, Effect, is_same_step, may_delete_private_data, open_case, step};
pub use subject::{Case, KnownProject, ProjectRef, Ticket, same_instance};
pub use time::UtcMs;
pub use user_error::{Code, UserError, plain};
