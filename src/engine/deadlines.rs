//! Which deadlines are due soon, and when to check again, so that a front end learns of them in time even if it draws
//! nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::api::{DeadlineOf, DueDeadline};
use crate::case::{Case, CaseId, Deadline, DeadlineState, Rules, UtcMs, token_end, warnings};

use super::sessions::Sessions;
use super::timing::Timing;

/// The deadlines of one case at one revision.
#[derive(Debug)]
struct Known {
    revision: u64,
    again_at: Option<UtcMs>,
    due_deadlines: Vec<Deadline>,
}

/// The deadlines of all cases. A case is checked again when it has changed, or when one of its deadlines comes close
/// or passes.
#[derive(Debug, Default)]
pub struct DeadlineTimer {
    rules: Option<Arc<Rules>>,
    known: BTreeMap<CaseId, Known>,
    tokens: Vec<(String, UtcMs)>,
    /// When the next check is needed.
    again_at: Option<UtcMs>,
    due_deadlines: Arc<[DueDeadline]>,
}

impl DeadlineTimer {
    /// Checks the cases that changed or whose time has come. Returns true if the list of due deadlines changed.
    /// `may_differ` says whether any case has changed since the last check.
    pub fn check(
        &mut self,
        (cases, may_differ): (&BTreeMap<CaseId, Arc<Case>>, bool),
        tokens: Vec<(String, UtcMs)>,
        rules: &Arc<Rules>,
        now: UtcMs,
    ) -> bool {
        let same_rules = self.rules.as_ref().is_some_and(|known| Arc::ptr_eq(known, rules));
        if same_rules && !may_differ && tokens == self.tokens && self.again_at.is_none_or(|at| now < at) {
            return false;
        }
        if !same_rules {
            self.known.clear();
            self.rules = Some(Arc::clone(rules));
        }
        self.known.retain(|id, _| cases.contains_key(id));
        for (id, case) in cases {
            let known = self.known.get(id);
            let holds = known.is_some_and(|known| {
                known.revision == case.revision && known.again_at.is_none_or(|at| now < at)
            });
            if !holds {
                let (due_deadlines, again_at) = warnings(case, rules, now);
                self.known.insert(*id, Known { revision: case.revision, again_at, due_deadlines });
            }
        }
        self.tokens = tokens;
        let tokens: Vec<(&String, Deadline)> =
            self.tokens.iter().map(|(url, at)| (url, Deadline::of_token(*at, rules, now))).collect();
        let of_tokens = tokens.iter().filter_map(|(_, deadline)| deadline.turns_at());
        self.again_at = self.known.values().filter_map(|known| known.again_at).chain(of_tokens).min();
        let of_cases = self.known.iter().flat_map(|(id, known)| {
            known
                .due_deadlines
                .iter()
                .map(|deadline| DueDeadline { of: DeadlineOf::Case(*id), deadline: deadline.clone() })
        });
        let of_tokens = tokens
            .into_iter()
            .filter(|(_, deadline)| deadline.state == DeadlineState::Soon)
            .map(|(url, deadline)| DueDeadline { of: DeadlineOf::Token(url.clone()), deadline });
        let due_deadlines: Vec<DueDeadline> = of_cases.chain(of_tokens).collect();
        let changed = *self.due_deadlines != *due_deadlines;
        if changed {
            self.due_deadlines = due_deadlines.into();
        }
        changed
    }

    /// How long the engine may sleep without an input: until the next check is needed, but with an upper limit,
    /// because the machine may have been suspended in between. `None` where no deadline runs.
    pub fn until_next(&self, timing: &Timing, now: UtcMs) -> Option<Duration> {
        let left_ms = self.again_at?.since_ms(now);
        let left = Duration::from_millis(left_ms.max(0) as u64);
        Some(left.min(timing.deadline_check))
    }

    /// The deadlines that are due soon; the same `Arc` while the list is unchanged.
    pub fn due_deadlines(&self) -> Arc<[DueDeadline]> {
        Arc::clone(&self.due_deadlines)
    }
}

/// When the tokens of these instances expire, by base URL.
pub fn token_ends(sessions: &Sessions) -> Vec<(String, UtcMs)> {
    let ends = sessions.iter().filter_map(|(url, session)| {
        Some((url.clone(), token_end(session.account.as_ref()?.expires_on.as_deref()?)?))
    });
    ends.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{DeadlineName, Fact, ProjectRef, stepped};

    const DAY_MS: i64 = 86_400_000;

    fn cases(all: &[Case]) -> BTreeMap<CaseId, Arc<Case>> {
        all.iter().map(|case| (case.id, Arc::new(case.clone()))).collect()
    }

    #[test]
    fn a_deadline_is_listed_when_it_is_soon_and_removed_when_it_ends() {
        let begin = UtcMs(20_000 * DAY_MS);
        let case = Case::new(CaseId(7), "https://gitlab.com", None, ProjectRef::by_id(7), begin);
        // Attempts so old that GitLab no longer has their logs.
        let attempts = (begin.plus_ms(-60 * DAY_MS), begin.plus_ms(-60 * DAY_MS));
        let case = stepped::on(&stepped::at_offer(&case, attempts, begin), stepped::OFFER_SENT, begin);
        let (all, rules) = (cases(std::slice::from_ref(&case)), Arc::new(Rules::default()));
        let mut timer = DeadlineTimer::default();
        assert!(!timer.check((&all, true), Vec::new(), &rules, begin));
        // A pending ticket is solved automatically after 14 days; the warning comes a day earlier.
        let soon = begin.plus_ms(13 * DAY_MS);
        assert_eq!(timer.again_at, Some(soon));
        assert!(!timer.check((&all, true), Vec::new(), &rules, soon.plus_ms(-1)));
        assert!(timer.check((&all, true), Vec::new(), &rules, soon));
        let told = timer.due_deadlines();
        assert_eq!(
            (told[0].deadline.name, &told[0].of),
            (DeadlineName::Answer, &DeadlineOf::Case(CaseId(7)))
        );
        assert_eq!(timer.again_at, Some(begin.plus_ms(14 * DAY_MS)));
        assert!(
            !timer.check((&all, true), Vec::new(), &rules, soon.plus_ms(1)),
            "the same deadline is not announced again"
        );
        assert!(Arc::ptr_eq(&told, &timer.due_deadlines()));
        assert!(timer.check((&all, true), Vec::new(), &rules, begin.plus_ms(14 * DAY_MS)));
        assert!(timer.due_deadlines().is_empty());
        assert_eq!(timer.again_at, None, "nothing runs, nothing wakes");
        // A new offer starts another deadline.
        let later = begin.plus_ms(20 * DAY_MS);
        let case = stepped::with(&case, &[(Fact::OfferSentAt, &later.rfc3339())], later);
        timer.check((&cases(&[case]), true), Vec::new(), &rules, later);
        assert_eq!(timer.again_at, Some(begin.plus_ms(33 * DAY_MS)));
    }

    #[test]
    fn logs_are_warned_of_in_their_shorter_run_alone() {
        let begin = UtcMs(20_000 * DAY_MS);
        let mut case = Case::new(CaseId(1), "https://gitlab.com", None, ProjectRef::by_id(7), begin);
        case = stepped::with(&case, &[(Fact::UiAttemptAt, &begin.rfc3339())], begin);
        let (all, rules) = (cases(&[case]), Arc::new(Rules::default()));
        let mut timer = DeadlineTimer::default();
        for (day, told) in [(1, 0), (6, 1), (7, 0), (20, 0), (31, 0)] {
            timer.check((&all, true), Vec::new(), &rules, begin.plus_ms(day * DAY_MS));
            assert_eq!(timer.due_deadlines().len(), told, "day {day}");
        }
    }

    #[test]
    fn a_token_is_warned_of_by_its_instance() {
        let (now, rules) = (UtcMs(20_000 * DAY_MS), Arc::new(Rules::default()));
        let url = "https://gitlab.com".to_owned();
        let mut timer = DeadlineTimer::default();
        let tokens = vec![(url.clone(), now.plus_ms(4 * DAY_MS))];
        assert!(!timer.check((&BTreeMap::new(), false), tokens.clone(), &rules, now));
        assert_eq!(timer.again_at, Some(now.plus_ms(DAY_MS)));
        assert!(timer.check((&BTreeMap::new(), false), tokens, &rules, now.plus_ms(DAY_MS)));
        assert_eq!(timer.due_deadlines()[0].of, DeadlineOf::Token(url));
    }
}
