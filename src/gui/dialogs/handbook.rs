//! The editor of the person's own handbook data: every mistake is shown with its line and column while typing.

use std::sync::Arc;

use egui::{Context, RichText, ScrollArea, Ui};

use crate::case::Trouble;
use crate::engine::api::{Command, Wording};
use crate::gui::intent::{Outbox, Purpose};
use crate::gui::kit::{self, Button, DialogFrame, Field, Verdict, icons};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;
use crate::texts::handbook::BUILT_IN;
use crate::texts::{Handbook, Mistake};

/// How tall editor and model get before they scroll by themselves, in points.
const TALL: f32 = 360.0;
/// What an empty file begins with.
const BEGIN: &str =
    "# Only what differs from the built-in handbook. For example:\n# [deadlines]\n# infra_window_days = 21\n";

/// The editor's state.
#[derive(Debug, Default)]
pub struct HandbookEditor {
    text: String,
    /// What the text was taken from.
    taken: Option<Arc<Wording>>,
    /// For which text the mistakes were found.
    judged: Option<String>,
    mistakes: Vec<Mistake>,
    trouble: Option<Trouble>,
    saved: bool,
    /// What waits for a yes, because it would throw away what was typed.
    leaving: Option<Leaving>,
}

/// What would throw away what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    Close,
    BuiltIn,
}

impl HandbookEditor {
    /// Whether something was typed that is not saved.
    pub fn is_changed(&self) -> bool {
        self.taken.as_ref().is_some_and(|taken| kept(taken) != self.text)
    }

    /// What came of a save.
    pub fn hear(&mut self, answer: Result<(), Trouble>) {
        self.saved = answer.is_ok();
        if self.saved {
            // What is kept has changed: look again.
            self.taken = None;
        }
        self.trouble = answer.err();
    }

    /// True while the dialog stays open.
    pub fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let wording = &cx.snap.wording;
        if self.taken.is_none() {
            kept(wording).clone_into(&mut self.text);
            self.taken = Some(Arc::clone(wording));
        }
        if self.judged.as_deref() != Some(self.text.as_str()) {
            self.mistakes = Handbook::with_override(&self.text).1;
            self.judged = Some(self.text.clone());
        }
        let busy = cx.waits_for(&Purpose::Handbook).then(|| "One moment.".to_owned());
        let homeless = wording.folder.is_none().then(|| "There is no folder to keep it in.".to_owned());
        let same = (kept(wording) == self.text).then(|| "Nothing was changed.".to_owned());
        let asks = self.leaving.map(|_| "Answer the question first.".to_owned());
        let wrong = self.mistakes.first().map(Mistake::to_string);
        let blocked = asks.or(busy.clone()).or(homeless).or(wrong).or(same);
        let asked = self.leaving;
        let dialog = DialogFrame::new("Handbook data").accept("Save").dismiss("Close").width(1100.0);
        let verdict = dialog.blocked(blocked).show(ctx, |ui| {
            self.standing(ui, cx, busy, out);
            if ui.available_width() > 760.0 {
                ui.columns(2, |columns| {
                    columns[0].vertical(|ui| self.editor(ui));
                    columns[1].vertical(model);
                });
            } else {
                self.editor(ui);
                model(ui);
            }
        });
        if verdict == Verdict::Accepted {
            out.ask(Command::SaveHandbook { text: Some(self.text.clone()) }, Purpose::Handbook);
        }
        if let Some(leaving) = asked {
            let answer = kit::discard(ctx);
            if answer != Verdict::Open {
                self.leaving = None;
            }
            return answer != Verdict::Accepted || Self::leave(leaving, out);
        }
        if verdict == Verdict::Closed { self.may_leave(Leaving::Close, out) } else { true }
    }

    /// Asks first where something was typed. True while the dialog stays open.
    fn may_leave(&mut self, leaving: Leaving, out: &mut Outbox) -> bool {
        if self.is_changed() {
            self.leaving = Some(leaving);
            return true;
        }
        Self::leave(leaving, out)
    }

    fn leave(leaving: Leaving, out: &mut Outbox) -> bool {
        if leaving == Leaving::BuiltIn {
            out.ask(Command::SaveHandbook { text: None }, Purpose::Handbook);
        }
        leaving != Leaving::Close
    }

    fn standing(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, busy: Option<String>, out: &mut Outbox) {
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.horizontal_wrapped(|ui| {
            if cx.snap.wording.own_handbook.is_some() {
                kit::chip(ui, Severity::Info, icons::EDIT, "your own file");
                let back = Button::new("Back to the built-in handbook").icon(icons::RETRY).blocked(busy);
                if back.tooltip("Your file stays beside it, as .old.").show(ui).clicked() {
                    self.may_leave(Leaving::BuiltIn, out);
                }
            } else {
                kit::chip(ui, Severity::Plain, icons::TEXT, "the built-in handbook");
            }
            if self.saved {
                kit::chip(ui, Severity::Good, icons::GOOD, "saved");
            }
            match self.mistakes.len() {
                0 => kit::chip(ui, Severity::Good, icons::GOOD, "no mistake"),
                1 => kit::chip(ui, Severity::Bad, icons::BAD, "one mistake"),
                n => kit::chip(ui, Severity::Bad, icons::BAD, &format!("{n} mistakes")),
            };
        });
        for mistake in self.mistakes.iter().take(5) {
            let words = RichText::new(mistake.to_string()).color(tokens(ui).bad);
            ui.add(egui::Label::new(words).wrap());
        }
        if let Some(trouble) = &self.trouble {
            kit::trouble(ui, trouble);
        }
    }

    fn editor(&mut self, ui: &mut Ui) {
        kit::section(ui, "Your handbook.toml");
        ScrollArea::both().id_salt("handbook").max_height(TALL).min_scrolled_height(TALL).show(ui, |ui| {
            let field = Field::new("Your handbook.toml").hide_label().rows(18).mono();
            if field.show(ui, &mut self.text).changed() {
                self.saved = false;
            }
        });
    }
}

/// What the field begins with.
fn kept(wording: &Wording) -> &str {
    wording.own_handbook.as_deref().unwrap_or(BEGIN)
}

/// The built-in file, to take keys from.
fn model(ui: &mut Ui) {
    ui.horizontal(|ui| {
        kit::section(ui, "Built in, to take from");
        if Button::new("Copy the built-in handbook").icon(icons::COPY).icon_only().quiet().show(ui).clicked()
        {
            kit::copy(ui.ctx(), "the built-in handbook", BUILT_IN);
        }
    });
    ScrollArea::both().id_salt("model").max_height(TALL).min_scrolled_height(TALL).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for line in BUILT_IN.lines() {
            let words = RichText::new(line).monospace().size(size::SMALL).color(tokens(ui).soft);
            ui.add(egui::Label::new(words).extend().selectable(true));
        }
    });
}

#[cfg(test)]
mod tests {
    use egui::{Key, Role, Theme};
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use crate::gui::App;
    use crate::gui::dialogs::Dialog;
    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::workspace::Workspace;

    fn editor() -> Harness<'static, App> {
        let mut workspace = Workspace::pretend(at_work());
        workspace.dialog = Some(Dialog::Handbook(Box::default()));
        let mut window = window_of(workspace, Theme::Dark, 1280.0, 900.0);
        window.run();
        window
    }

    fn field<'a>(window: &'a Harness<'static, App>) -> egui_kittest::Node<'a> {
        // It stands below a heading of the same name.
        let label = "Your handbook.toml";
        let all = window.get_all_by_role(Role::MultilineTextInput);
        all.into_iter().find(|node| node.accesskit_node().label().as_deref() == Some(label)).unwrap()
    }

    fn text(window: &Harness<'static, App>) -> String {
        field(window).value().unwrap_or_default()
    }

    /// As a hand types: letter by letter into what has the keyboard.
    fn type_on(window: &mut Harness<'static, App>, text: &str) {
        for letter in text.chars() {
            window.event(egui::Event::Text(letter.to_string()));
            window.run();
        }
    }

    #[test]
    fn a_mistake_that_appears_while_typing_takes_no_letter() {
        let mut window = editor();
        field(&window).focus();
        window.run();
        type_on(&mut window, "[deadlines] infra = = 4");
        window.get_by_label("one mistake");
        assert!(text(&window).contains("[deadlines] infra = = 4"), "{}", text(&window));
    }

    #[test]
    fn what_was_typed_is_thrown_away_only_after_a_yes() {
        let mut window = editor();
        field(&window).focus();
        window.run();
        type_on(&mut window, "# mine");
        for leave in [None, Some("Close")] {
            match leave {
                None => window.key_press(Key::Escape),
                Some(button) => window.get_by_label(button).click(),
            }
            window.run();
            assert!(window.query_by_label("Keep editing").is_some(), "{leave:?}");
            window.key_press(Key::Enter);
            window.run();
            assert!(window.state().workspace().sent().is_empty(), "Enter saves nothing behind the question");
            window.key_press(Key::Escape);
            window.run();
            assert!(window.query_by_label("Keep editing").is_none(), "Escape goes back to the text");
            assert!(text(&window).contains("# mine"));
        }
        window.get_by_label("Close").click();
        window.run();
        window.get_by_label("Discard").click();
        window.run();
        assert!(window.state().workspace().dialog.is_none());
    }
}
