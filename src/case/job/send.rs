//! What can happen to a job of any kind, and what is known of the request that starts it.

use serde::{Deserialize, Serialize};

use crate::case::time::UtcMs;
use crate::case::user_error::{Code, UserError};

/// How long polls look for the job of a request that was never answered: a job that comes shows itself soon.
pub(super) const UNANSWERED_MS: i64 = 150_000;

/// Something that happened to a job; `P` is what a poll of its kind brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobInput<P> {
    /// The request is about to leave.
    Leaves,
    /// GitLab certainly did not accept it, and nothing is on its way; it may be sent again.
    Held,
    /// GitLab accepted the request, and perhaps told in the same answer where the job stands.
    Accepted { correlation_id: Option<String>, polled: Option<P> },
    /// No answer came that tells whether GitLab accepted it: only polls tell.
    Unanswered { trouble: UserError },
    /// GitLab refused the request, or it certainly never arrived.
    NotAccepted { trouble: UserError },
    /// A poll.
    Polled(P),
    /// The person no longer wants it watched. GitLab is told nothing: it has no way to cancel.
    Unwatched,
    /// The person wants it watched again.
    Watched,
}

/// What is known of the request that starts a job. It is written to disk before the request leaves and after its
/// answer: a second request would delete the file of the first export, or import a project twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SendJournal {
    /// Decided; nothing has left, or what left was certainly not accepted.
    Planned,
    /// It left, and no answer that tells is known.
    Unanswered {
        trouble: Option<UserError>,
        /// Rows of versions before have none.
        #[serde(default)]
        left_at: Option<UtcMs>,
    },
    Accepted,
    /// The job was started elsewhere.
    #[default]
    NotOurs,
}

impl SendJournal {
    /// Whether nothing has been asked of GitLab, as far as is certain.
    pub fn is_planned(&self) -> bool {
        *self == Self::Planned
    }

    /// Whether GitLab may have accepted the request without telling.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Unanswered { .. })
    }

    /// For how long nobody knows whether GitLab accepted the request; `None` where it is known.
    pub(super) fn unanswered_ms(&self, created_at: UtcMs, now: UtcMs) -> Option<i64> {
        match self {
            Self::Unanswered { left_at, .. } => Some(now.since_ms(left_at.unwrap_or(created_at))),
            Self::Planned | Self::Accepted | Self::NotOurs => None,
        }
    }

    /// What is known of why no answer came.
    pub(super) fn told(&self) -> Option<&UserError> {
        match self {
            Self::Unanswered { trouble, .. } => trouble.as_ref(),
            Self::Planned | Self::Accepted | Self::NotOurs => None,
        }
    }

    /// Why a request counts as not accepted that was never answered, and of which GitLab shows nothing.
    pub(super) fn why_not_accepted(&self) -> UserError {
        self.told().cloned().unwrap_or_else(|| {
            UserError::new(
                Code::Network,
                "GitLab's answer to the request was lost, and GitLab shows no export job for it.",
                "Start the export again.",
            )
        })
    }

    /// Records what the input says of the request.
    pub(super) fn record<P>(&mut self, input: &JobInput<P>, now: UtcMs) {
        match input {
            JobInput::Leaves => *self = Self::Unanswered { trouble: None, left_at: Some(now) },
            JobInput::Held => *self = Self::Planned,
            JobInput::Accepted { .. } => *self = Self::Accepted,
            JobInput::Unanswered { trouble } => {
                let left_at = match self {
                    Self::Unanswered { left_at, .. } => *left_at,
                    Self::Planned | Self::Accepted | Self::NotOurs => Some(now),
                };
                *self = Self::Unanswered { trouble: Some(trouble.clone()), left_at };
            }
            JobInput::NotAccepted { .. } | JobInput::Polled(_) | JobInput::Unwatched | JobInput::Watched => {}
        }
    }
}

/// A job that the person stopped before its request left.
pub(super) fn stopped_before_sending() -> UserError {
    UserError::new(
        Code::Refused,
        "The export was stopped before Export Desk sent the request. GitLab did not receive it.",
        "Start the export again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(inputs: &[JobInput<()>]) -> SendJournal {
        let mut journal = SendJournal::Planned;
        for (at, input) in inputs.iter().enumerate() {
            journal.record(input, UtcMs(at as i64));
        }
        journal
    }

    #[test]
    fn the_journal_says_what_is_certain() {
        let trouble = UserError::new(Code::Network, "No answer.", "");
        let unanswered = || JobInput::Unanswered { trouble: trouble.clone() };
        let accepted = JobInput::Accepted { correlation_id: None, polled: None };
        assert!(after(&[]).is_planned());
        assert!(after(&[JobInput::Leaves]).is_unanswered());
        assert!(after(&[JobInput::Leaves, JobInput::Held]).is_planned());
        assert_eq!(after(&[JobInput::Leaves, accepted]), SendJournal::Accepted);
        let lost = after(&[JobInput::Leaves, JobInput::Held, JobInput::Leaves, unanswered()]);
        assert_eq!(lost, SendJournal::Unanswered { trouble: Some(trouble.clone()), left_at: Some(UtcMs(2)) });
        assert_eq!(lost.unanswered_ms(UtcMs(0), UtcMs(7)), Some(5));
        assert_eq!(lost.why_not_accepted(), trouble);
        assert_eq!(after(&[JobInput::Polled(()), JobInput::Unwatched]), SendJournal::Planned);
    }

    #[test]
    fn rows_of_versions_before_are_read() {
        for (row, journal) in [
            (r#"{"is":"planned"}"#, SendJournal::Planned),
            (
                r#"{"is":"unanswered","trouble":null}"#,
                SendJournal::Unanswered { trouble: None, left_at: None },
            ),
            (r#"{"is":"accepted"}"#, SendJournal::Accepted),
            (r#"{"is":"not_ours"}"#, SendJournal::NotOurs),
        ] {
            assert_eq!(serde_json::from_str::<SendJournal>(row).unwrap(), journal, "{row}");
        }
    }
}
