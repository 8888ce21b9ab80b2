//! Where a case stands in the workflow "Project Exports for Customers", and what may happen to it there.

use serde::{Deserialize, Serialize};

use super::fact::AttemptResult;

/// A stage with its data. The words are fixed by `../shared/cli.md`, in the handbook's order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(rename_all = "snake_case", tag = "stage")]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    /// The customer tries the web interface and the API; both answers are written down.
    Troubleshoot,
    /// The bug's issue is found or created, and carries the log links.
    BugIssue,
    /// The one-time export may be offered.
    Offer,
    /// The offer is out.
    AwaitingAnswer,
    /// Which request? Decided by the facts in the same step, so a case passes through and never rests here.
    Route,
    ConsoleRequest,
    InfraRequest {
        by: RoutedBy,
    },
    /// A colleague makes the attempt.
    AwaitingAttempt {
        request: Request,
    },
    /// The attempt ended, or the customer declined; what is left is to say so and close.
    Outcome {
        ending: Ending,
    },
    Closed {
        /// Where the case returns to when it is reopened.
        from: OpenStage,
    },
}

/// The two kinds of request that lead to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Request {
    Console,
    Infra,
}

words!(Request);

/// Why a case is at the infrastructure request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutedBy {
    /// The export succeeded, its download failed, and the 30 days have not passed.
    Facts,
    /// The console attempt failed.
    Escalation,
}

/// How the workflow came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "word")]
pub enum Ending {
    Attempted {
        request: Request,
        result: AttemptResult,
    },
    /// The customer did not want the attempt; alternatives are named.
    Declined,
}

/// A stage a closed case came from: [`Stage`] without `Closed` and without the transient `Route`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum OpenStage {
    Troubleshoot,
    BugIssue,
    Offer,
    AwaitingAnswer,
    ConsoleRequest,
    InfraRequest { by: RoutedBy },
    AwaitingAttempt { request: Request },
    Outcome { ending: Ending },
}

words!(Stage);

impl Stage {
    /// Every word, in the handbook's order: the stepper of the window.
    pub const WORDS: &[&str] = <Self as strum::VariantNames>::VARIANTS;

    const LABELS: [&'static str; 10] = [
        "Troubleshoot",
        "Bug issue",
        "Offer",
        "Awaiting answer",
        "Route",
        "Console request",
        "Infrastructure request",
        "Awaiting attempt",
        "Outcome",
        "Closed",
    ];

    /// The place in [`Stage::WORDS`].
    pub fn position(self) -> usize {
        Self::WORDS.iter().position(|word| *word == self.as_str()).unwrap_or_default()
    }

    /// The name people read.
    pub fn label(self) -> &'static str {
        Self::LABELS[self.position()]
    }

    /// The name people read for a stage's word, as the journal keeps it.
    pub fn label_of(word: &str) -> &str {
        Self::WORDS.iter().position(|known| *known == word).map_or(word, |at| Self::LABELS[at])
    }

    pub fn is_closed(self) -> bool {
        self.resting().is_none()
    }

    /// The stage to come back to; `None` where the case is closed.
    pub(super) fn resting(self) -> Option<OpenStage> {
        Some(match self {
            Self::Troubleshoot => OpenStage::Troubleshoot,
            Self::BugIssue => OpenStage::BugIssue,
            Self::Offer => OpenStage::Offer,
            Self::AwaitingAnswer => OpenStage::AwaitingAnswer,
            Self::Route | Self::ConsoleRequest => OpenStage::ConsoleRequest,
            Self::InfraRequest { by } => OpenStage::InfraRequest { by },
            Self::AwaitingAttempt { request } => OpenStage::AwaitingAttempt { request },
            Self::Outcome { ending } => OpenStage::Outcome { ending },
            Self::Closed { .. } => return None,
        })
    }
}

impl From<OpenStage> for Stage {
    fn from(resting: OpenStage) -> Self {
        match resting {
            OpenStage::Troubleshoot => Self::Troubleshoot,
            OpenStage::BugIssue => Self::BugIssue,
            OpenStage::Offer => Self::Offer,
            OpenStage::AwaitingAnswer => Self::AwaitingAnswer,
            OpenStage::ConsoleRequest => Self::ConsoleRequest,
            OpenStage::InfraRequest { by } => Self::InfraRequest { by },
            OpenStage::AwaitingAttempt { request } => Self::AwaitingAttempt { request },
            OpenStage::Outcome { ending } => Self::Outcome { ending },
        }
    }
}

impl Request {
    /// The name in a sentence.
    pub fn label(self) -> &'static str {
        match self {
            Self::Console => "console request",
            Self::Infra => "infrastructure request",
        }
    }
}
