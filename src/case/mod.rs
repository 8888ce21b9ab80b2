//! What a case and a run are, and which step may follow: the handbook and GitLab's behaviour as pure,
//! total functions. Nothing here does IO or reads a clock; time is passed in as [`UtcMs`].

pub mod run;
pub mod time;
pub mod trouble;

pub use run::{Phase, Run, RunId};
pub use time::UtcMs;
pub use trouble::{Code, Trouble};
