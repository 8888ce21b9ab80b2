//! Deadlines that run beside a case.

use serde::{Deserialize, Serialize};

use super::rules::Rules;
use super::subject::Case;
use super::time::UtcMs;

/// One deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    pub name: ClockName,
    pub ends_at: UtcMs,
    pub state: ClockState,
    /// What ends then, and where the number comes from, in one sentence.
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockName {
    FileExpiry,
    InfraWindow,
    Logs,
    HandoverLink,
    OnHold,
    Answer,
    Token,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    Running,
    Soon,
    Over,
}

impl ClockName {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::FileExpiry => "file_expiry",
            Self::InfraWindow => "infra_window",
            Self::Logs => "logs",
            Self::HandoverLink => "handover_link",
            Self::OnHold => "on_hold",
            Self::Answer => "answer",
            Self::Token => "token",
        }
    }

    /// The name people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::FileExpiry => "Export file expires",
            Self::InfraWindow => "Infrastructure window ends",
            Self::Logs => "Logs age out",
            Self::HandoverLink => "Hand-over link expires",
            Self::OnHold => "Ticket leaves on-hold",
            Self::Answer => "Ticket solves itself",
            Self::Token => "Token expires",
        }
    }
}

impl ClockState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Soon => "soon",
            Self::Over => "over",
        }
    }
}

/// The clocks of a case, the one that ends first at the front.
pub fn clocks(case: &Case, token_expires_at: Option<UtcMs>, rules: &Rules, now: UtcMs) -> Vec<Clock> {
    let _ = (case, token_expires_at, rules, now);
    Vec::new()
}
