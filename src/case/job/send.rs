//! The inputs of a job of any kind, and what is known about the request that starts the job.

use serde::{Deserialize, Serialize};

use crate::case::time::UtcMs;
use crate::case::user_error::{Code, UserError};

/// How long polls look for the job of an unanswered request: a job that was created shows up soon.
pub(super) const UNANSWERED_MS: i64 = 150_000;

/// Something that happened to a job; `P` is the result of a poll of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobInput<P> {
    /// The request is about to be sent.
    AboutToSend,
    /// GitLab certainly did not accept the request, and nothing is on its way; the request may be sent again.
    NotSent,
    /// GitLab accepted the request, and possibly reported the job's state in the same answer.
    Accepted { correlation_id: Option<String>, polled: Option<P> },
    /// No answer tells whether GitLab accepted the request: only polls can.
    Unanswered { error: UserError },
    /// GitLab refused the request, or the request certainly never arrived.
    NotAccepted { error: UserError },
    /// The result of a poll.
    Polled(P),
    /// The person stops watching. GitLab is not told: it cannot cancel the job.
    Unwatched,
    /// The person watches the job again.
    Watched,
}

/// What is known about the request that starts a job. It is written to disk before the request is sent and after the
/// answer: a second request would delete the file of the first export, or import a project twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SendJournal {
    /// The request is decided; it was not sent, or it was certainly not accepted.
    Planned,
    /// The request was sent, and no conclusive answer is known.
    Unanswered {
        #[serde(rename = "trouble")]
        error: Option<UserError>,
        /// `None` in rows of earlier versions.
        #[serde(default)]
        left_at: Option<UtcMs>,
    },
    Accepted,
    /// The job was started by another program or person.
    #[default]
    NotOurs,
}

impl SendJournal {
    /// Whether GitLab has certainly accepted no request of ours.
    pub fn is_planned(&self) -> bool {
        *self == Self::Planned
    }

    /// Whether GitLab may have accepted the request without an answer reaching us.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Unanswered { .. })
    }

    /// Whether the request was sent and nothing has gone wrong yet: the answer is only missing.
    pub(super) fn awaits_answer(&self) -> bool {
        matches!(self, Self::Unanswered { error: None, .. })
    }

    /// How long it has been unknown whether GitLab accepted the request; `None` if that is known.
    pub(super) fn unanswered_ms(&self, created_at: UtcMs, now: UtcMs) -> Option<i64> {
        match self {
            Self::Unanswered { left_at, .. } => Some(now.since_ms(left_at.unwrap_or(created_at))),
            Self::Planned | Self::Accepted | Self::NotOurs => None,
        }
    }

    /// What is known about the reason for the missing answer.
    pub(super) fn reason(&self) -> Option<&UserError> {
        match self {
            Self::Unanswered { error, .. } => error.as_ref(),
            Self::Planned | Self::Accepted | Self::NotOurs => None,
        }
    }

    /// Why a request counts as not accepted if it was never answered and GitLab shows no job for it.
    pub(super) fn why_not_accepted(&self) -> UserError {
        self.reason().cloned().unwrap_or_else(|| {
            UserError::new(
                Code::Network,
                "GitLab's answer to the request was lost, and GitLab shows no export job for it.",
                "Start the export again.",
            )
        })
    }

    /// Records what the input says about the request.
    pub(super) fn record<P>(&mut self, input: &JobInput<P>, now: UtcMs) {
        match input {
            JobInput::AboutToSend => *self = Self::Unanswered { error: None, left_at: Some(now) },
            JobInput::NotSent => *self = Self::Planned,
            JobInput::Accepted { .. } => *self = Self::Accepted,
            JobInput::Unanswered { error } => {
                let left_at = match self {
                    Self::Unanswered { left_at, .. } => *left_at,
                    Self::Planned | Self::Accepted | Self::NotOurs => Some(now),
                };
                *self = Self::Unanswered { error: Some(error.clone()), left_at };
            }
            JobInput::NotAccepted { .. } | JobInput::Polled(_) | JobInput::Unwatched | JobInput::Watched => {}
        }
    }
}

/// The error of a job that the person stopped before its request was sent.
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
        let error = UserError::new(Code::Network, "No answer.", "");
        let unanswered = || JobInput::Unanswered { error: error.clone() };
        let accepted = JobInput::Accepted { correlation_id: None, polled: None };
        assert!(after(&[]).is_planned());
        assert!(after(&[JobInput::AboutToSend]).is_unanswered());
        assert!(after(&[JobInput::AboutToSend, JobInput::NotSent]).is_planned());
        assert_eq!(after(&[JobInput::AboutToSend, accepted]), SendJournal::Accepted);
        let lost = after(&[JobInput::AboutToSend, JobInput::NotSent, JobInput::AboutToSend, unanswered()]);
        assert_eq!(lost, SendJournal::Unanswered { error: Some(error.clone()), left_at: Some(UtcMs(2)) });
        assert_eq!(lost.unanswered_ms(UtcMs(0), UtcMs(7)), Some(5));
        assert_eq!(lost.why_not_accepted(), error);
        assert_eq!(after(&[JobInput::Polled(()), JobInput::Unwatched]), SendJournal::Planned);
    }

    #[test]
    fn rows_of_versions_before_are_read() {
        for (row, journal) in [
            (r#"{"is":"planned"}"#, SendJournal::Planned),
            (r#"{"is":"unanswered","trouble":null}"#, SendJournal::Unanswered { error: None, left_at: None }),
            (r#"{"is":"accepted"}"#, SendJournal::Accepted),
            (r#"{"is":"not_ours"}"#, SendJournal::NotOurs),
        ] {
            assert_eq!(serde_json::from_str::<SendJournal>(row).unwrap(), journal, "{row}");
        }
    }
}
