//! What a case and a run are, and which step may follow: the handbook and GitLab's behaviour as pure,
//! total functions. Nothing here does IO or reads a clock; time is passed in as [`UtcMs`].

pub mod id;
pub mod run;
pub mod time;
pub mod trouble;
pub mod upload_url;

pub use id::{CaseId, RunId, TransferId};
pub use run::{Origin, Outcome, Patience, Phase, Run, RunInput, Sight, Standing};
pub use time::UtcMs;
pub use trouble::{Code, Trouble};
