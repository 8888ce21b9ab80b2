//! The editor of the person's handbook data: every mistake is shown with its line and column while typing.

use std::sync::Arc;

use egui::{Context, RichText, ScrollArea, Ui};

use crate::engine::api::{Command, TextConfig};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::dialogs::editor::{Discarding, Editor};
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, icons};
use crate::gui::pending::Answers;
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;
use crate::texts::handbook::BUILT_IN;
use crate::texts::{Handbook, Mistake};

/// The maximum height of editor and built-in file before they scroll on their own, in points.
const TALL: f32 = 360.0;
/// What an empty file starts with.
const BEGIN: &str =
    "# Only what differs from the built-in handbook. For example:\n# [deadlines]\n# infra_window_days = 21\n";

/// The editor's state.
#[derive(Debug, Default)]
struct HandbookEditor {
    editor: Editor<()>,
    /// The configuration from which the text was loaded.
    taken: Option<Arc<TextConfig>>,
    /// The text for which the mistakes were found.
    judged: Option<String>,
    mistakes: Vec<Mistake>,
}

/// Opens the dialog.
#[derive(Debug)]
pub struct EditHandbook;

impl DialogRequest for EditHandbook {
    fn open(self: Box<Self>, _cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        Box::new(HandbookEditor::default())
    }
}

impl Dialog for HandbookEditor {
    /// Whether there is unsaved text.
    fn is_changed(&self) -> bool {
        self.taken.as_ref().is_some_and(|taken| kept(taken) != self.editor.text)
    }

    /// Takes the result of a save.
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        if self.editor.on_answer(answers) == Some(true) {
            // The saved text has changed: load it again.
            self.taken = None;
        }
        true
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let text_config = &cx.snapshot.text_config;
        if self.taken.is_none() {
            kept(text_config).clone_into(&mut self.editor.text);
            self.taken = Some(Arc::clone(text_config));
        }
        if self.judged.as_deref() != Some(self.editor.text.as_str()) {
            self.mistakes = Handbook::with_override(&self.editor.text).1;
            self.judged = Some(self.editor.text.clone());
        }
        let homeless = text_config.folder.is_none().then(|| "There is no folder to save it in.".to_owned());
        let changed = self.is_changed();
        let wrong = self.mistakes.first().map(Mistake::to_string);
        let blocked = homeless.or(wrong).or_else(|| self.editor.blocked(changed));
        let dialog = DialogFrame::new("Handbook data").accept("Save").dismiss("Close").width(1100.0);
        let verdict = dialog.blocked(blocked).show(ctx, |ui| {
            self.status(ui, cx);
            if ui.available_width() > 760.0 {
                ui.columns(2, |columns| {
                    columns[0].vertical(|ui| self.editor.field(ui, "Your handbook.toml", 18, TALL));
                    columns[1].vertical(model);
                });
            } else {
                self.editor.field(ui, "Your handbook.toml", 18, TALL);
                model(ui);
            }
        });
        if verdict == DialogVerdict::Accepted {
            let text = Some(self.editor.text.clone());
            self.editor.ask(Command::SaveHandbook { text }, out);
        }
        match self.editor.agreed(ctx, verdict, changed) {
            Some(Discarding::Close) => return false,
            Some(Discarding::BuiltIn) => self.editor.ask(Command::SaveHandbook { text: None }, out),
            Some(Discarding::To(())) | None => {}
        }
        true
    }
}

impl HandbookEditor {
    fn status(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.horizontal_wrapped(|ui| {
            let own = cx.snapshot.text_config.own_handbook.is_some().then_some("your own file");
            self.editor.whose(ui, own, "the built-in handbook", "Back to the built-in handbook");
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
        self.editor.error(ui);
    }
}

/// What the field starts with.
fn kept(text_config: &TextConfig) -> &str {
    text_config.own_handbook.as_deref().unwrap_or(BEGIN)
}

/// The built-in file, to copy keys from.
fn model(ui: &mut Ui) {
    ui.horizontal(|ui| {
        kit::section(ui, "Built-in handbook, to copy from");
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
    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::workspace::Workspace;

    fn editor() -> Harness<'static, App> {
        let mut workspace = Workspace::pretend(at_work());
        workspace.show_dialog(Box::new(super::EditHandbook));
        let mut window = window_of(workspace, Theme::Dark, 1280.0, 900.0);
        window.run();
        window
    }

    fn field<'a>(window: &'a Harness<'static, App>) -> egui_kittest::Node<'a> {
        // The field has a heading of the same name above it.
        let label = "Your handbook.toml";
        let all = window.get_all_by_role(Role::MultilineTextInput);
        all.into_iter().find(|node| node.accesskit_node().label().as_deref() == Some(label)).unwrap()
    }

    fn text(window: &Harness<'static, App>) -> String {
        field(window).value().unwrap_or_default()
    }

    /// Types letter by letter, as a person does, into the field that has the keyboard focus.
    fn type_on(window: &mut Harness<'static, App>, text: &str) {
        for letter in text.chars() {
            window.event(egui::Event::Text(letter.to_string()));
            window.run();
        }
    }

    #[test]
    fn an_error_that_appears_while_typing_loses_no_letter() {
        let mut window = editor();
        field(&window).focus();
        window.run();
        type_on(&mut window, "[deadlines] infra = = 4");
        window.get_by_label("one mistake");
        assert!(text(&window).contains("[deadlines] infra = = 4"), "{}", text(&window));
    }

    #[test]
    fn what_was_typed_is_discarded_only_after_a_confirmation() {
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
