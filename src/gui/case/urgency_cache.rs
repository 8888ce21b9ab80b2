//! How urgent each case of a snapshot is, without its export. When one case changes, only that case is judged again.

use std::sync::Arc;

use crate::case::attention::without_export;
use crate::case::{Case, OfferLog, Rules, Urgency, UtcMs};
use crate::engine::api::Snapshot;

/// How urgent each case is, in the order of the snapshot.
#[derive(Debug, Default)]
pub(super) struct UrgencyCache {
    minute: i64,
    rules: Option<(Arc<Rules>, Arc<OfferLog>)>,
    pub cases: Vec<(Arc<Case>, Urgency, UtcMs)>,
}

impl UrgencyCache {
    /// Judges the cases that have changed, and returns their places, in order.
    pub fn follow(&mut self, snapshot: &Snapshot, now: UtcMs) -> Vec<usize> {
        let minute = now.0 / 60_000;
        let same_rules = self.rules.as_ref().is_some_and(|(rules, offer_log)| {
            Arc::ptr_eq(rules, &snapshot.rules) && Arc::ptr_eq(offer_log, &snapshot.offer_log)
        });
        if self.minute != minute || !same_rules {
            self.cases.clear();
            let rules = (Arc::clone(&snapshot.rules), Arc::clone(&snapshot.offer_log));
            (self.minute, self.rules) = (minute, Some(rules));
        }
        self.cases.truncate(snapshot.cases.len());
        let mut changed = Vec::new();
        for (i, case) in snapshot.cases.iter().enumerate() {
            if self.cases.get(i).is_some_and(|(known, ..)| Arc::ptr_eq(known, case)) {
                continue;
            }
            let need = without_export(case, &snapshot.offer_log, &snapshot.rules, now);
            let urgency = (Arc::clone(case), need.level, need.at);
            match self.cases.get_mut(i) {
                Some(place) => *place = urgency,
                None => self.cases.push(urgency),
            }
            changed.push(i);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::fixture::many;

    #[test]
    fn a_cached_urgency_equals_a_fresh_one() {
        let mut snapshot = many(50);
        let now = snapshot.at;
        let mut urgency = UrgencyCache::default();
        assert_eq!(urgency.follow(&snapshot, now).len(), 50);
        let known = urgency.cases[7].0.clone();
        let mut cases = snapshot.cases.to_vec();
        cases[3] = Arc::new(crate::case::stepped::closed(&cases[3], now));
        cases.pop();
        for changed in [cases.clone(), cases[1..].to_vec()] {
            snapshot.cases = changed.into();
            let mut before = urgency.cases.clone();
            let judged = urgency.follow(&snapshot, now);
            before.truncate(urgency.cases.len());
            let differ = |place: &usize| urgency.cases.get(*place) != before.get(*place);
            assert_eq!(judged, (0..urgency.cases.len()).filter(differ).collect::<Vec<_>>());
            let mut fresh = UrgencyCache::default();
            fresh.follow(&snapshot, now);
            assert_eq!(urgency.cases, fresh.cases);
        }
        assert!(Arc::ptr_eq(&urgency.cases[6].0, &known), "the others were not made anew");
    }
}
