//! Recognises what a person pastes. Pure: it looks at text, never at the network.

mod link;
mod when;

use super::fact::Fact;
use super::refusal::Refusal;
use super::subject::{ProjectRef, Ticket};
use super::time::UtcMs;

pub use link::{is_correlation_id, kibana_link, parse_link, parse_project, parse_ticket};
pub use when::parse_time;

/// One thing found in a pasted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognised {
    Ticket(Ticket),
    /// A project of one of the known instances; `instance` is its base URL where a URL was pasted.
    Project {
        instance: Option<String>,
        project: ProjectRef,
    },
    /// A link or an id that belongs to this fact, ready for it.
    Fact {
        fact: Fact,
        text: String,
    },
    /// An issue in no tracker we know: it may be the bug, or a request.
    Issue {
        url: String,
    },
    /// A time with its zone.
    Time(UtcMs),
    /// Something we know and do not take, with the reason.
    Refused {
        text: String,
        refusal: Refusal,
    },
}
