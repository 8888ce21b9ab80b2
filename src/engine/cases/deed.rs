//! What a person does to a case in one press, and how it is undone: each all or nothing, in one transaction.

use crate::case::{Case, CaseId, Code, Event, Fact, Input, UserError, UtcMs, is_same_step, parse_fact_near};
use crate::engine::api::{Answer, AskId, CaseDeed, CaseUndo, FactChange};
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::user_error::of_refusal;
use crate::store::Commit;

use super::{Cases, Then};

impl Cases {
    /// Saves facts, records the copied text and reports the event.
    pub fn perform(&mut self, core: &mut Core, ask: AskId, id: CaseId, deed: CaseDeed) {
        let inputs = match self.inputs(core, id, deed) {
            Ok(inputs) => inputs,
            Err(error) => return core.reply(ask, Err(error)),
        };
        // A project gets one offer. Only GitLab can tell that an ID and a path name the same project, so it is
        // queried first.
        let offers = inputs.iter().any(|input| matches!(input, Input::Event(Event::OfferSent { .. })));
        if offers && self.get(id).is_ok_and(|case| case.project.known.is_none()) {
            return self.know_project(core, ask, id, None, Then::Steps(inputs));
        }
        let done = self.steps(core, id, inputs, Commit::new(clock::now()));
        core.reply(ask, done.map(|()| Answer::Case(id)));
    }

    /// Undoes a deed, if nothing later would be lost.
    pub fn undo(&mut self, core: &mut Core, ask: AskId, id: CaseId, undo: &CaseUndo) {
        let now = clock::now();
        let done = self.get(id).and_then(|case| may_undo(case, undo)).and_then(|()| {
            let step = undo.is_step.then_some(Ok(Input::Event(Event::Undo)));
            let facts = undo.facts.iter().map(|change| typed(change.fact, &change.before, now));
            let inputs = step.into_iter().chain(facts).collect::<Result<Vec<_>, _>>()?;
            self.steps(core, id, inputs, Commit::new(now))
        });
        core.reply(ask, done.map(|()| Answer::Case(id)));
    }

    fn inputs(&self, core: &Core, id: CaseId, deed: CaseDeed) -> Result<Vec<Input>, UserError> {
        let case = self.get(id)?;
        let now = clock::now();
        let event = deed.event.map(|event| match event {
            // The offer log records who sent the offer, where the token's owner is known.
            Event::OfferSent { override_reason, by: None } => {
                Event::OfferSent { override_reason, by: core.user_of(&case.instance) }
            }
            other => other,
        });
        let facts = deed.values.iter().map(|(fact, text)| typed(*fact, text, now));
        let copied = deed.copied.map(|kind| Input::TextCopied { kind: kind.as_str().to_owned() });
        facts.chain(copied.map(Ok)).chain(event.map(Input::Event).map(Ok)).collect()
    }
}

/// A fact from typed text; the empty text clears it.
pub(super) fn typed(fact: Fact, text: &str, now: UtcMs) -> Result<Input, UserError> {
    if text.trim().is_empty() {
        return Ok(Input::ClearFact(fact));
    }
    let value = parse_fact_near(fact, text, now).map_err(|refusal| of_refusal(&refusal))?;
    Ok(Input::SetFact(fact, value))
}

/// Whether the case is still as the deed left it, where the deed changed it.
fn may_undo(case: &Case, undo: &CaseUndo) -> Result<(), UserError> {
    let refused =
        |headline: String| Err(UserError::new(Code::Refused, headline, "Undo the later change first."));
    if undo.is_step && undo.left.is_some_and(|left| !is_same_step(left, case.stage)) {
        let stage = case.stage.label();
        return refused(format!(
            "This step was not undone: a later step has moved the case to the stage “{stage}”."
        ));
    }
    // What was answered before a request is what the request was made for.
    if undo.left.is_some_and(|left| !left.has_request()) && case.stage.has_request() {
        let stage = case.stage.label();
        return refused(format!("This was not undone: the case has reached the stage “{stage}” since."));
    }
    let is_later = |change: &&FactChange| case.facts.get(change.fact).unwrap_or_default() != change.after;
    match undo.facts.iter().find(is_later) {
        Some(change) => {
            refused(format!("“{}” was not undone: it was changed again since.", change.fact.label()))
        }
        None => Ok(()),
    }
}
