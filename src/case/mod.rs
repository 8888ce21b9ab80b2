//! What a case and a run are, and which step may follow: the handbook and GitLab's behaviour as pure,
//! total functions. Nothing here does IO or reads a clock; time is passed in as [`UtcMs`].

pub mod attention;
pub mod clock;
pub mod entry;
pub mod event;
pub mod fact;
pub mod id;
pub mod intake;
pub mod ledger;
pub mod next;
pub mod parse;
pub mod refusal;
pub mod rules;
pub mod run;
pub mod stage;
pub mod step;
pub mod subject;
pub mod time;
pub mod trouble;
pub mod upload_url;

pub use attention::{Attention, Level, attention};
pub use clock::{Clock, ClockName, ClockState, clocks};
pub use entry::{Entry, What};
pub use event::{DownloadEnded, Event, ExportEnded, Input, Served};
pub use fact::{AttemptResult, Fact, FactKind, Facts, OfferAnswer, Value, YesNo, YesNoUnknown};
pub use id::{CaseId, RunId, TransferId};
pub use ledger::{Ledger, Offer};
pub use next::{Action, Blocked, Choice, NextStep, NextSteps, blocked_by, next_steps};
pub use parse::parse_fact;
pub use refusal::{Refusal, Rule};
pub use rules::Rules;
pub use run::{Origin, Patience, Phase, Run, RunInput, RunOutcome, Sight, Standing};
pub use stage::{Outcome, Request, Resting, RoutedBy, Stage};
pub use step::{Change, Effect, step};
pub use subject::{Case, KnownProject, ProjectRef, Ticket};
pub use time::UtcMs;
pub use trouble::{Code, Trouble};
