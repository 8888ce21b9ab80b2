//! Deadlines that run beside a case.

use serde::{Deserialize, Serialize};

use super::deletion::KEPT_MS;
use super::fact::{AttemptResult, YesNoUnknown};
use super::format::{duration_in_words, relative};
use super::intake::parse_time;
use super::rules::{DAY_MS, Rules};
use super::stage::{CaseOutcome, Request, Stage};
use super::subject::Case;
use super::time::UtcMs;

/// One deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    pub name: DeadlineName,
    pub ends_at: UtcMs,
    /// From when on the deadline requires attention.
    pub soon_at: UtcMs,
    pub state: DeadlineState,
    /// What ends then, and the source of the duration, in one sentence.
    pub why: String,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeadlineName {
    FileExpiry,
    InfraWindow,
    Logs,
    HandoverLink,
    OnHold,
    Answer,
    ProjectDeletion,
    Token,
    Reminder,
}

words!(DeadlineName);

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeadlineState {
    Running,
    Soon,
    Over,
}

words!(DeadlineState);

impl DeadlineName {
    /// The label shown to people.
    pub fn label(self) -> &'static str {
        match self {
            Self::FileExpiry => "Export file expires",
            Self::InfraWindow => "Infrastructure window ends",
            Self::Logs => "Logs expire",
            Self::HandoverLink => "Hand-over link expires",
            Self::OnHold => "Ticket leaves on-hold",
            Self::Answer => "Ticket is solved automatically",
            Self::ProjectDeletion => "Project is deleted",
            Self::Token => "Token expires",
            Self::Reminder => "Reminder",
        }
    }
}

/// The deadlines of a case, the earliest first. The token's expiry belongs to the instance and is passed in.
pub fn deadlines(case: &Case, token_expires_at: Option<UtcMs>, rules: &Rules, now: UtcMs) -> Vec<Deadline> {
    let dial = DeadlineInputs { rules, now };
    let mut deadlines: Vec<Deadline> = [
        dial.file_expiry(case),
        dial.infra_window(case),
        dial.logs(case),
        dial.handover_link(case),
        dial.on_hold(case),
        dial.answer(case),
        dial.project_deletion(case),
        dial.reminder(case),
        token_expires_at.map(|at| Deadline::of_token(at, rules, now)),
    ]
    .into_iter()
    .flatten()
    .collect();
    deadlines.sort_by_key(|deadline| (deadline.ends_at, deadline.name));
    deadlines
}

impl Deadline {
    /// The deadline of an instance's token.
    pub fn of_token(expires_at: UtcMs, rules: &Rules, now: UtcMs) -> Self {
        DeadlineInputs { rules, now }.deadline(
            DeadlineName::Token,
            expires_at,
            rules.token_soon_ms,
            TOKEN.to_owned(),
        )
    }

    /// When the state changes next; `None` once the deadline is over.
    pub fn turns_at(&self) -> Option<UtcMs> {
        match self.state {
            DeadlineState::Running => Some(self.soon_at),
            DeadlineState::Soon => Some(self.ends_at),
            DeadlineState::Over => None,
        }
    }
}

/// When GitLab stops accepting a token that expires on a date such as `2026-12-01`: at the start of that day, UTC
/// (`PersonalAccessToken#expired?`).
pub fn token_end(expires_on: &str) -> Option<UtcMs> {
    parse_time(&format!("{expires_on} 00:00 UTC")).ok()
}

/// What people read about a token's expiry date: `expires in 8 days`, `expired 3 h ago`. Just the date's text is not
/// enough, because the token ends when that day begins.
pub fn token_expiry(expires_on: &str, now: UtcMs) -> String {
    match token_end(expires_on) {
        Some(end) if end <= now => format!("expired {}", relative(end, now)),
        Some(end) => format!("expires {}", relative(end, now)),
        None => format!("expires on {expires_on}"),
    }
}

/// The last week before the deletion of a project requires attention.
const PROJECT_DELETION_SOON_MS: i64 = 7 * DAY_MS;

const TOKEN: &str = "After that time, GitLab rejects the token.";

/// The inputs from which every deadline is computed.
struct DeadlineInputs<'a> {
    rules: &'a Rules,
    now: UtcMs,
}

impl DeadlineInputs<'_> {
    fn deadline(&self, name: DeadlineName, ends_at: UtcMs, soon_ms: i64, why: String) -> Deadline {
        let left_ms = ends_at.since_ms(self.now);
        let state = if left_ms <= 0 {
            DeadlineState::Over
        } else if left_ms <= soon_ms {
            DeadlineState::Soon
        } else {
            DeadlineState::Running
        };
        Deadline { name, ends_at, soon_at: ends_at.plus_ms(-soon_ms), state, why }
    }

    /// GitLab's deletion of a finished export's file, while the case is open.
    fn file_expiry(&self, case: &Case) -> Option<Deadline> {
        let ends_at = exported_at(case)?.plus_ms(self.rules.file_expiry_ms);
        let why = format!(
            "GitLab removes an export file {} after its upload.",
            duration_in_words(self.rules.file_expiry_ms)
        );
        Some(self.deadline(DeadlineName::FileExpiry, ends_at, self.rules.file_soon_ms, why))
    }

    /// Runs until an infrastructure request is open. At the exact end the request is still feasible.
    fn infra_window(&self, case: &Case) -> Option<Deadline> {
        let before_request = match case.stage {
            Stage::AwaitingAttempt { request: Request::Infra }
            | Stage::Outcome {
                ending: CaseOutcome::Attempted { request: Request::Infra, .. } | CaseOutcome::Declined,
            }
            | Stage::Closed { .. } => false,
            Stage::Troubleshoot
            | Stage::BugIssue
            | Stage::Offer
            | Stage::AwaitingAnswer
            | Stage::Route
            | Stage::ConsoleRequest
            | Stage::InfraRequest { .. }
            | Stage::AwaitingAttempt { request: Request::Console }
            | Stage::Outcome { ending: CaseOutcome::Attempted { request: Request::Console, .. } } => true,
        };
        let ends_at = exported_at(case)?.plus_ms(self.rules.infra_window_ms);
        let why = format!(
            "An infrastructure request is possible within {} of the export.",
            duration_in_words(self.rules.infra_window_ms)
        );
        before_request.then(|| self.deadline(DeadlineName::InfraWindow, ends_at, 3 * self.rules.soon_ms, why))
    }

    /// Sources disagree on 7 and 30 days. The deadline first counts to the shorter one; from its warning on, the
    /// state is Soon until the longer one is over.
    fn logs(&self, case: &Case) -> Option<Deadline> {
        if case.stage.is_closed() {
            return None;
        }
        let attempts = [case.facts.ui_attempt_at, case.facts.api_attempt_at];
        let attempt = attempts.into_iter().flatten().min()?;
        let Rules { logs_warn_ms, logs_short_ms, logs_long_ms, .. } = *self.rules;
        let (short_ends, long_ends) = (attempt.plus_ms(logs_short_ms), attempt.plus_ms(logs_long_ms));
        if self.now < short_ends {
            let why = format!(
                "Logs of the first attempt may be kept for only {}. Keep copies of what they show.",
                duration_in_words(logs_short_ms)
            );
            return Some(self.deadline(DeadlineName::Logs, short_ends, logs_short_ms - logs_warn_ms, why));
        }
        let why = format!(
            "One source keeps logs for {}, another for {}. They may be gone already.",
            duration_in_words(logs_short_ms),
            duration_in_words(logs_long_ms)
        );
        Some(self.deadline(DeadlineName::Logs, long_ends, logs_long_ms, why))
    }

    fn handover_link(&self, case: &Case) -> Option<Deadline> {
        case.facts.handover_link.as_ref()?;
        if case.facts.attempt_result == Some(AttemptResult::Failed) && case.served.is_none() {
            // The result was corrected: there is no file behind the link.
            return None;
        }
        let ends_at = case.facts.handover_expires_at?;
        let why = "The customer cannot use the link after that.".to_owned();
        Some(self.deadline(DeadlineName::HandoverLink, ends_at, self.rules.soon_ms, why))
    }

    /// While a colleague has to act, the ticket is on hold.
    fn on_hold(&self, case: &Case) -> Option<Deadline> {
        let waiting = matches!(case.stage, Stage::AwaitingAttempt { .. });
        let ends_at = case.stage_since.plus_ms(self.rules.on_hold_ms);
        let why = format!(
            "Zendesk reopens a ticket on hold after {}, unless its type is Task.",
            duration_in_words(self.rules.on_hold_ms)
        );
        waiting.then(|| self.deadline(DeadlineName::OnHold, ends_at, self.rules.soon_ms, why))
    }

    /// The deletion of a project that is scheduled for it, while no archive of the project was downloaded.
    fn project_deletion(&self, case: &Case) -> Option<Deadline> {
        let known = case.project.known.as_ref()?;
        let deletion = known.deletion.as_ref()?;
        let ends_at = deletion.ends_at()?;
        // If the day is not known, every day may be the last one.
        let soon_ms = if deletion.is_exact { PROJECT_DELETION_SOON_MS } else { KEPT_MS };
        let why = format!("{} Until then, an owner can restore it.", deletion.sentence());
        let is_open = !case.stage.is_closed() && case.served.is_none();
        // A project that was still there keeps its own time, which nobody here knows.
        let is_kept_longer = !deletion.is_exact && known.asked_at >= ends_at;
        (is_open && !is_kept_longer)
            .then(|| self.deadline(DeadlineName::ProjectDeletion, ends_at, soon_ms, why))
    }

    /// What the engineer asked to be reminded of, while the case is open.
    fn reminder(&self, case: &Case) -> Option<Deadline> {
        let reminder = case.reminder.as_ref().filter(|_| !case.stage.is_closed())?;
        Some(self.deadline(DeadlineName::Reminder, reminder.at, 0, reminder.sentence()))
    }

    /// While the customer has to act, the ticket is pending.
    fn answer(&self, case: &Case) -> Option<Deadline> {
        let waiting = case.stage == Stage::AwaitingAnswer;
        let ends_at = case.facts.offer_sent_at?.plus_ms(self.rules.answer_over_ms);
        let why = format!(
            "Zendesk solves a pending ticket after {}.",
            duration_in_words(self.rules.answer_over_ms)
        );
        waiting.then(|| self.deadline(DeadlineName::Answer, ends_at, self.rules.soon_ms, why))
    }
}

/// When the export finished; `None` if it did not, or if the case is closed.
fn exported_at(case: &Case) -> Option<UtcMs> {
    let succeeded = case.facts.export_succeeded == Some(YesNoUnknown::Yes);
    case.facts.export_finished_at.filter(|_| succeeded && !case.stage.is_closed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_when_its_day_begins() {
        let end = UtcMs::parse_rfc3339("2026-12-01T00:00:00Z").unwrap();
        assert_eq!(token_end("2026-12-01"), Some(end));
        assert_eq!(token_end("soon"), None);
        let rules = Rules::default();
        for (before_ms, state, words) in [
            (90 * DAY_MS, DeadlineState::Running, "expires in 90 days"),
            (90 * DAY_MS - 60_000, DeadlineState::Running, "expires in 89 days"),
            (rules.token_soon_ms + 1, DeadlineState::Running, "expires in 3 days"),
            (rules.token_soon_ms, DeadlineState::Soon, "expires in 3 days"),
            (DAY_MS, DeadlineState::Soon, "expires in 24 h"),
            (1, DeadlineState::Soon, "expires in a moment"),
            (0, DeadlineState::Over, "expired just now"),
            (-5 * 3_600_000, DeadlineState::Over, "expired 5 h ago"),
        ] {
            let now = end.plus_ms(-before_ms);
            assert_eq!(Deadline::of_token(end, &rules, now).state, state, "{words}");
            assert_eq!(token_expiry("2026-12-01", now), words);
        }
        assert_eq!(token_expiry("soon", end), "expires on soon");
    }
}
