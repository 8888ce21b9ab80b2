//! What was typed for a step that stopped being the next one, for example when a download ended: it is not lost.

use egui::Ui;

use super::{SAVE, StepFields, holds};
use crate::case::{Case, Deed, Fact, StepField, StepForm};
use crate::engine::api::CaseDeed;
use crate::gui::kit::{self, Button, DialogVerdict, icons};
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;

impl StepFields {
    /// Another form is shown: whoever is typing continues in the same field, which is shown apart if it is none of this form.
    pub fn form_changed(&mut self, case: &Case) {
        let typing = self.focused.take().map(|(fact, _)| fact);
        self.focus =
            typing.filter(|fact| self.unsaved(case).any(|(unsaved, _)| unsaved == fact)).or(self.focus);
    }

    /// What was typed for a step that is no longer the next one. It is saved or discarded here.
    pub fn left_over(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        form: &StepForm,
        cx: &ViewContext<'_>,
    ) -> Option<CaseDeed> {
        let left: Vec<StepField> = self
            .unsaved(case)
            .filter(|(fact, _)| !holds(&form.fields, **fact))
            .map(|(fact, _)| StepField { fact: *fact, is_required: false })
            .collect();
        self.asks_discard &= !left.is_empty();
        if left.is_empty() {
            return None;
        }
        let by_key = self.enter(ui, &left, case);
        self.focused = self.focused.filter(|(fact, _)| !holds(&left, *fact));
        kit::say(ui, Severity::Warn, icons::WARN, "Typed for another step, and not saved:");
        for field in &left {
            kit::steady(ui, ("left over", field.fact), |ui| self.field(ui, case, *field, cx));
        }
        if self.asks_discard {
            let verdict = kit::discard(ui.ctx());
            self.asks_discard = verdict == DialogVerdict::Open;
            if verdict == DialogVerdict::Accepted {
                let facts: Vec<Fact> = left.iter().map(|field| field.fact).collect();
                self.saved(case.id, &facts);
            }
        }
        ui.horizontal_wrapped(|ui| {
            let deed = Deed { label: "Save what was typed", ..SAVE };
            let save = Button::new(deed.label).icon(icons::GOOD).blocked(cx.asked.is_saving());
            let saves = save.show(ui).clicked() || by_key;
            self.asks_discard |= Button::new("Discard what was typed…").quiet().show(ui).clicked();
            saves.then(|| self.press(case, &deed, &left, cx)).flatten()
        })
        .inner
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui::{Event, Theme};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use crate::case::{Case, CaseId, Fact, VerifiedFile};
    use crate::engine::api::Snapshot;
    use crate::gui::App;
    use crate::gui::fixture::on_the_way::{deeds, fact_field, text_field};
    use crate::gui::fixture::{at_work, case, window_of};
    use crate::gui::workspace::Workspace;

    const WORDS: &str = "No mail came";

    /// The message of an attempt is being typed when a download ends: another step comes next.
    fn overtaken() -> Harness<'static, App> {
        let one = case(1, 418_822, "acme/api");
        let without = Snapshot {
            cases: [Arc::new(one.clone())].into(),
            runs: Arc::new([]),
            downloads: Arc::new([]),
            ..at_work()
        };
        let mut workspace = Workspace::pretend(without.clone());
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, Theme::Dark, 1280.0, 900.0);
        window.run();
        fact_field(&window, Fact::UiAttemptMessage).focus();
        window.run();
        fact_field(&window, Fact::UiAttemptMessage).type_text(WORDS);
        window.run();
        let file = VerifiedFile { bytes: 1, sha256: "a".into(), verdict: "importable".into(), rebuilt: None };
        let next = Case { served: Some(file), ..one };
        window.state_mut().own.show(Snapshot { cases: [Arc::new(next)].into(), ..without });
        window.run_steps(3);
        window
    }

    #[test]
    fn typing_continues_in_the_same_field_and_is_saved_apart() {
        let mut window = overtaken();
        assert!(
            text_field(&window, Fact::OwnershipVerifiedAt.label()).is_some(),
            "the next step's own field"
        );
        window.get_by_label("Typed for another step, and not saved:");
        assert!(fact_field(&window, Fact::UiAttemptMessage).is_focused());
        window.event(Event::Text(" today".into()));
        window.run();
        assert_eq!(
            fact_field(&window, Fact::UiAttemptMessage).value().as_deref(),
            Some("No mail came today")
        );
        // Enter in it presses no button of the step.
        window.key_press(egui::Key::Enter);
        window.run();
        let sent = deeds(&window);
        assert!(
            sent.len() == 1 && sent[0].contains("UiAttemptMessage") && sent[0].contains("today"),
            "{sent:?}"
        );
        assert!(
            sent[0].contains("event: None") && sent[0].contains("copied: None"),
            "nothing else: {sent:?}"
        );
    }

    #[test]
    fn it_is_discarded_after_a_question() {
        let mut window = overtaken();
        window.get_by_label("Discard what was typed…").click();
        window.run();
        window.get_by_label("Keep editing").click();
        window.run();
        window.get_by_label("Typed for another step, and not saved:");
        window.get_by_label("Discard what was typed…").click();
        window.run();
        window.get_by_label("Discard").click();
        window.run();
        assert!(window.query_by_label("Typed for another step, and not saved:").is_none());
        assert_eq!(deeds(&window), [""; 0]);
    }
}
