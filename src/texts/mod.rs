//! Macros, issue templates and reports, drafted from the facts of a case. Pure: file contents and the time are passed
//! in.
//!
//! [`handbook`] holds the data, [`TextKind`] names the texts, [`render()`] renders one. [`leak`] keeps public texts
//! free of private data. [`kibana`] and [`sentry`] build the URLs of searches.

pub mod handbook;
pub mod kibana;
pub mod leak;
pub mod rison;
pub mod sentry;

mod blanks;
mod customer;
mod difference;
mod inert;
mod kind;
mod limits;
mod names;
mod page;
mod render;
mod text_question;
mod world;

pub use difference::{DiffLine, difference};
pub use handbook::{Handbook, KnownIssue, Mistake, TrackerProject, UpstreamSource};
pub use kibana::LogLink;
pub use kind::{DRAFT_NOTE, Reader, TextKind, TextTarget};
pub use leak::{Leak, Private, leaks, redact};
pub use limits::LARGEST_TEMPLATE_BYTES;
pub use names::{Missing, open_places};
pub use page::{PrefilledUrl, prefilled};
pub use render::{Context, Rendered, check_template, known_names, render};
pub use text_question::TextQuestion;
