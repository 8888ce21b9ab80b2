//! The stages of the workflow "Project Exports for Customers".

use serde::{Deserialize, Serialize};

use super::fact::AttemptResult;

/// A stage with its data. The names are fixed by `../shared/cli.md`, in the handbook's order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(rename_all = "snake_case", tag = "stage")]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    /// The customer tries the web interface and the API; both results are recorded.
    Troubleshoot,
    /// The bug issue is found or created, and gets the log links.
    BugIssue,
    /// The one-time export may be offered.
    Offer,
    /// The offer was sent; the customer has not answered yet.
    AwaitingAnswer,
    /// Which request? The facts decide that in the same step, so a case passes through this stage and never stays in
    /// it.
    Route,
    ConsoleRequest,
    InfraRequest {
        by: RoutedBy,
    },
    /// A colleague makes the attempt.
    AwaitingAttempt {
        request: Request,
    },
    /// The attempt ended, or the customer declined; the engineer replies and closes the case.
    Outcome {
        ending: CaseOutcome,
    },
    Closed {
        /// The stage to which the case returns when it is reopened.
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

/// Why a case needs the infrastructure request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutedBy {
    /// The export succeeded, its download failed, and the 30 days have not passed.
    Facts,
    /// The console attempt failed.
    Escalation,
}

/// How the workflow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "word")]
pub enum CaseOutcome {
    Attempted {
        request: Request,
        result: AttemptResult,
    },
    /// The customer declined the attempt; the reply names alternatives.
    Declined,
}

/// A stage from which a case can be closed: [`Stage`] without `Closed` and without the transient `Route`.
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
    Outcome { ending: CaseOutcome },
}

words!(Stage);

impl Stage {
    /// Every stage name, in the handbook's order: the stepper of the window.
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

    /// The index in [`Stage::WORDS`].
    pub fn position(self) -> usize {
        Self::WORDS.iter().position(|word| *word == self.as_str()).unwrap_or_default()
    }

    /// The label shown to people.
    pub fn label(self) -> &'static str {
        Self::LABELS[self.position()]
    }

    /// The label for a stage's name as the journal stores it.
    pub fn label_of(word: &str) -> &str {
        Self::WORDS.iter().position(|known| *known == word).map_or(word, |at| Self::LABELS[at])
    }

    /// Whether a customer or a colleague has to act.
    pub fn waits(self) -> bool {
        matches!(self, Self::AwaitingAnswer | Self::AwaitingAttempt { .. })
    }

    pub fn is_closed(self) -> bool {
        self.resting().is_none()
    }

    /// Whether a request was opened on the way to this stage, and the case is not closed.
    pub fn has_request(self) -> bool {
        matches!(self, Self::AwaitingAttempt { .. } | Self::Outcome { ending: CaseOutcome::Attempted { .. } })
    }

    /// Whether facts alone have set the stage: no step is recorded yet.
    pub(super) fn is_before_offer(self) -> bool {
        matches!(self, Self::Troubleshoot | Self::BugIssue | Self::Offer)
    }

    /// The stage to return to; `None` if the case is closed.
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
    /// The label within a sentence.
    pub fn label(self) -> &'static str {
        match self {
            Self::Console => "console request",
            Self::Infra => "infrastructure request",
        }
    }
}
