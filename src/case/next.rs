//! The one obvious next step, what else may be done, and what is in the way.

use super::event::Event;
use super::fact::Fact;
use super::ledger::Ledger;
use super::refusal::Refusal;
use super::rules::Rules;
use super::subject::Case;
use super::time::UtcMs;

/// Something a person can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Record this fact.
    Record(Fact),
    /// Report this event.
    Report(Event),
}

impl Action {
    /// The word in JSON: the event's own word, or `set` and the fact's word.
    pub fn word(&self) -> String {
        match self {
            Self::Record(fact) => format!("set {}", fact.word()),
            Self::Report(event) => event.word().to_owned(),
        }
    }
}

/// The NOW card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    pub action: Action,
    pub label: String,
    /// Why this step, in one sentence.
    pub why: String,
    /// The section of the handbook's page, as a URL fragment.
    pub section: &'static str,
    /// The word of the generated text that serves this step, for example `offer`.
    pub text: Option<&'static str>,
}

/// Another action, with the reason where the rules forbid it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub action: Action,
    pub label: String,
    pub refused: Option<Refusal>,
}

/// What can be done with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextSteps {
    /// `None` only for a closed case.
    pub now: Option<NextStep>,
    /// Every event, allowed or not, in the order of the workflow.
    pub choices: Vec<Choice>,
}

/// A fact that keeps the case in its stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    pub fact: Fact,
    pub why: String,
}

/// The next step and all choices of a case.
pub fn next_steps(case: &Case, ledger: &Ledger, rules: &Rules, now: UtcMs) -> NextSteps {
    let _ = (case, ledger, rules, now);
    NextSteps { now: None, choices: Vec::new() }
}

/// The facts that keep a case in its stage.
pub fn blocked_by(case: &Case) -> Vec<Blocked> {
    let _ = case;
    Vec::new()
}
