//! How urgent each case is, its export included. When one case changes, only that case is looked at again.

use std::sync::Arc;

use crate::case::{Case, CaseId, OfferLog, Rules, Urgency, UtcMs};
use crate::engine::api::{NewestOfCase, RunView, Snapshot};
use crate::gui::case::urgency_cache::UrgencyCache;
use crate::gui::case::work_states::WorkStates;

/// How urgent each case is, cached until an input of that decision changes. The list and the window title read it.
#[derive(Debug, Default)]
pub(super) struct Levels {
    from: Option<LevelsFrom>,
    /// Grows whenever they are computed anew.
    edition: u64,
    /// One entry per case, in the order of `snapshot.cases`.
    pub of: Vec<CaseLevel>,
    /// How many cases need a person's action.
    pub needing_attention: usize,
    pub newest: NewestOfCase,
    work: WorkStates,
    urgency: UrgencyCache,
}

/// What puts a case into a tab, and in order there. With its own copy of what is read of every case, a list of ten thousand
/// is put in order without a look at the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CaseLevel {
    pub urgency: Urgency,
    /// Orders cases of equal urgency.
    pub at: i64,
    pub case: CaseId,
    pub is_archived: bool,
}

/// What the levels were computed from. The lists are kept: another list never has the address of one that is kept.
#[derive(Debug)]
struct LevelsFrom {
    cases: Arc<[Arc<Case>]>,
    runs: Arc<[Arc<RunView>]>,
    /// A digest of the states of downloads and rebuilds: their progress changes nothing here.
    work: u64,
    rules: Arc<Rules>,
    offer_log: Arc<OfferLog>,
    /// The current minute, because deadlines come nearer without any event.
    minute: i64,
}

impl Levels {
    /// Computes anew what has changed, and returns the edition.
    pub fn renew(&mut self, snapshot: &Snapshot, now: UtcMs) -> u64 {
        let work = self.work.digest(snapshot);
        let has_same_work = self
            .from
            .as_ref()
            .is_some_and(|from| from.work == work && Arc::ptr_eq(&from.runs, &snapshot.runs));
        let minute = now.0 / 60_000;
        let is_same = |from: &LevelsFrom| {
            from.minute == minute
                && Arc::ptr_eq(&from.cases, &snapshot.cases)
                && Arc::ptr_eq(&from.rules, &snapshot.rules)
                && Arc::ptr_eq(&from.offer_log, &snapshot.offer_log)
        };
        if has_same_work && self.from.as_ref().is_some_and(is_same) {
            return self.edition;
        }
        let changed = self.urgency.follow(snapshot, now);
        if has_same_work {
            self.read(snapshot, changed);
        } else {
            self.newest = NewestOfCase::new(snapshot);
            self.read(snapshot, 0..snapshot.cases.len());
        }
        self.edition += 1;
        self.from = Some(LevelsFrom {
            cases: Arc::clone(&snapshot.cases),
            runs: Arc::clone(&snapshot.runs),
            work,
            rules: Arc::clone(&snapshot.rules),
            offer_log: Arc::clone(&snapshot.offer_log),
            minute,
        });
        self.edition
    }

    /// Reads the levels at these places, in order; new places are the last ones.
    fn read(&mut self, snapshot: &Snapshot, places: impl IntoIterator<Item = usize>) {
        self.of.truncate(snapshot.cases.len());
        for place in places {
            let Some((case, level, at)) = self.urgency.cases.get(place) else { continue };
            let (urgency, at) = level.with_export(self.newest.export_step(snapshot, case)).rank(*at);
            let level = CaseLevel { urgency, at, case: case.id, is_archived: case.archived };
            match self.of.get_mut(place) {
                Some(known) => *known = level,
                None => self.of.push(level),
            }
        }
        let is_ours = |level: &&CaseLevel| !level.is_archived && level.urgency.needs_action();
        self.needing_attention = self.of.iter().filter(is_ours).count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::fixture::many;

    #[test]
    fn levels_that_follow_one_changed_case_equal_fresh_ones() {
        let mut snapshot = many(50);
        let now = snapshot.at;
        let mut levels = Levels::default();
        let first = levels.renew(&snapshot, now);
        assert_eq!(levels.renew(&snapshot, now), first, "nothing has changed");
        let before = levels.needing_attention;
        let place = levels.of.iter().position(|level| level.urgency.needs_action()).expect("a case for us");
        let mut cases = snapshot.cases.to_vec();
        cases[place] = Arc::new(crate::case::stepped::closed(&cases[place], now));
        for changed in [cases.clone(), cases[1..].to_vec()] {
            snapshot.cases = changed.into();
            let edition = levels.renew(&snapshot, now);
            assert!(edition > first);
            let mut fresh = Levels::default();
            fresh.renew(&snapshot, now);
            assert_eq!((&levels.of, levels.needing_attention), (&fresh.of, fresh.needing_attention));
        }
        assert!(levels.needing_attention < before);
    }
}
