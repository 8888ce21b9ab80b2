//! Decides which case needs a person first.

use super::deadline::{Deadline, DeadlineName, DeadlineState, deadlines};
use super::export_step::ExportStep;
use super::next::{Action, next_step};
use super::offer_log::OfferLog;
use super::rules::Rules;
use super::subject::Case;
use super::time::UtcMs;

/// How urgently a case needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    pub level: Urgency,
    /// The deadline, or when the stage was entered.
    pub at: UtcMs,
    /// Why, in one sentence.
    pub sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Urgency {
    /// A deadline is about to pass.
    #[strum(serialize = "clock_soon")]
    DeadlineSoon,
    /// The next step is the engineer's.
    YourTurn,
    /// A customer or a colleague has to act.
    Waiting,
    Done,
}

impl Urgency {
    /// Takes the export's own step into account, if it comes first.
    #[must_use]
    pub fn with_export(self, export: Option<ExportStep>) -> Self {
        match export {
            Some(step) if step.waits() && self != Self::DeadlineSoon => self.max(Self::Waiting),
            Some(step) if !step.waits() => self.min(Self::YourTurn),
            Some(_) | None => self,
        }
    }

    /// Whether a person's action is needed.
    pub fn needs_action(self) -> bool {
        matches!(self, Self::DeadlineSoon | Self::YourTurn)
    }

    /// Sorts cases, the smallest first: the earlier time comes first, but of closed cases the latest.
    pub fn rank(self, at: UtcMs) -> (Self, i64) {
        (self, if self == Self::Done { at.0.saturating_neg() } else { at.0 })
    }
}

impl Attention {
    /// Sorts cases, the smallest first.
    pub fn rank(&self) -> (Urgency, i64) {
        self.level.rank(self.at)
    }
}

words!(Urgency);

/// The attention that a case needs, including the step of its newest export, if that comes first.
pub fn attention(
    case: &Case,
    export: Option<ExportStep>,
    offer_log: &OfferLog,
    rules: &Rules,
    now: UtcMs,
) -> Attention {
    let before = without_export(case, offer_log, rules, now);
    let level = before.level.with_export(export);
    match export {
        Some(step) if level != Urgency::DeadlineSoon => {
            Attention { level, sentence: format!("{}.", step.label()), ..before }
        }
        Some(_) | None => before,
    }
}

/// The attention that a case needs by its stage, facts and deadlines.
pub fn without_export(case: &Case, offer_log: &OfferLog, rules: &Rules, now: UtcMs) -> Attention {
    let at = |level, at, sentence: String| Attention { level, at, sentence };
    let Some(next) = next_step(case, offer_log, rules, now) else {
        return at(Urgency::Done, case.closed_at.unwrap_or(case.stage_since), "Closed.".to_owned());
    };
    let deadlines = deadlines(case, None, rules, now);
    if let Some(deadline) = deadlines.iter().find(|deadline| presses(deadline, case)) {
        let sentence = format!("{}: {}.", deadline.name.label(), deadline.ends_at.for_people());
        return at(Urgency::DeadlineSoon, deadline.ends_at, sentence);
    }
    let (waits, answered) = (case.stage.waits(), case.has_unread_answer());
    let waited_out = deadlines.iter().any(|deadline| {
        matches!(deadline.name, DeadlineName::OnHold | DeadlineName::Answer)
            && deadline.state == DeadlineState::Over
    });
    let ours = matches!(next.action, Action::Record(_));
    let level = if waits && !(answered || waited_out || ours) { Urgency::Waiting } else { Urgency::YourTurn };
    at(level, case.stage_since, format!("{}.", next.label))
}

/// The deadlines of a case to warn of now, and when to check again: the next moment at which one changes its state.
/// The log deadline warns only before the shorter retention; before the longer one the logs may be gone already.
pub fn warnings(case: &Case, rules: &Rules, now: UtcMs) -> (Vec<Deadline>, Option<UtcMs>) {
    let mut all = deadlines(case, None, rules, now);
    let again = all.iter().filter_map(Deadline::turns_at).min();
    let in_long_run = |deadline: &Deadline| {
        deadline.name == DeadlineName::Logs
            && deadline.ends_at.since_ms(deadline.soon_at) >= rules.logs_long_ms
    };
    all.retain(|deadline| presses(deadline, case) && !in_long_run(deadline));
    (all, again)
}

/// Whether a deadline is near and still requires action: logs only until a link to them is recorded, a file only
/// until it was downloaded.
fn presses(deadline: &Deadline, case: &Case) -> bool {
    // A reminder asks once its time has come; every other deadline asks before.
    let asks_in =
        if deadline.name == DeadlineName::Reminder { DeadlineState::Over } else { DeadlineState::Soon };
    deadline.state == asks_in && asks(deadline, case)
}

fn asks(deadline: &Deadline, case: &Case) -> bool {
    match deadline.name {
        DeadlineName::Logs => case.facts.kibana_link.is_none() && case.facts.sentry_link.is_none(),
        DeadlineName::FileExpiry => case.served.is_none(),
        DeadlineName::InfraWindow
        | DeadlineName::HandoverLink
        | DeadlineName::OnHold
        | DeadlineName::Answer
        | DeadlineName::ProjectDeletion
        | DeadlineName::Token
        | DeadlineName::Reminder => true,
    }
}
