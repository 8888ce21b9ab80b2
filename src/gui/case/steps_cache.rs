//! The next step of the shown case and the refusal of every other one: computed when an input changes, not in each
//! frame.

use std::sync::Arc;

use crate::case::{Case, NextSteps, OfferLog, Rules, next_steps};
use crate::gui::view_context::ViewContext;

/// The steps of one case, with what they were computed from.
#[derive(Debug, Default)]
pub struct StepsCache {
    known: Option<(Case, Inputs, Arc<NextSteps>)>,
    /// How often the steps were computed, so that a test can tell.
    computed: u64,
}

#[derive(Debug)]
struct Inputs {
    offer_log: Arc<OfferLog>,
    rules: Arc<Rules>,
    /// The current second: a window ends without any event.
    second: i64,
}

impl StepsCache {
    /// The steps of this case.
    pub fn of(&mut self, case: &Case, cx: &ViewContext<'_>) -> Arc<NextSteps> {
        let (offer_log, rules) = (&cx.snapshot.offer_log, &cx.snapshot.rules);
        let second = cx.now.0.div_euclid(1_000);
        let holds = |(known, inputs, _): &&(Case, Inputs, Arc<NextSteps>)| {
            inputs.second == second
                && Arc::ptr_eq(&inputs.offer_log, offer_log)
                && Arc::ptr_eq(&inputs.rules, rules)
                && known == case
        };
        if let Some((_, _, steps)) = self.known.as_ref().filter(holds) {
            return Arc::clone(steps);
        }
        self.computed += 1;
        let steps = Arc::new(next_steps(case, offer_log, rules, cx.now));
        let inputs = Inputs { offer_log: Arc::clone(offer_log), rules: Arc::clone(rules), second };
        self.known = Some((case.clone(), inputs, Arc::clone(&steps)));
        steps
    }

    #[cfg(test)]
    pub fn computed(&self) -> u64 {
        self.computed
    }
}
