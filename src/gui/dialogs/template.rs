//! The editor of the person's templates: mistakes and the resulting text are shown while typing.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, RichText, ScrollArea, Ui};

use crate::case::{Case, CaseId, ProjectRef, Ticket};
use crate::engine::api::{Command, Snapshot, TextConfig, UpstreamText};
use crate::engine::draft;
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::dialogs::editor::{Discarding, Editor};
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, icons};
use crate::gui::pending::Answers;
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;
use crate::texts::{DiffLine, TextKind, check_template, difference, known_names};

/// The maximum height of template and preview before they scroll on their own, in points.
const TALL: f32 = 340.0;

/// The editor's state.
#[derive(Debug)]
struct TemplateEditor {
    kind: TextKind,
    editor: Editor<TextKind>,
    /// The saved template, to detect a change.
    kept: Option<String>,
    opened: bool,
    side: Side,
    made: Option<TemplateResult>,
    names: Vec<String>,
}

/// What is shown beside the template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Preview,
    Names,
    Live,
}

/// What was computed from a template, cached until the template changes.
#[derive(Debug)]
struct TemplateResult {
    from: String,
    text_config: Arc<TextConfig>,
    mistake: Option<String>,
    preview: String,
    /// The template compared with GitLab's own text, and when that text was fetched.
    live: Option<(Arc<UpstreamText>, Vec<DiffLine>)>,
}

/// Opens the dialog.
#[derive(Debug)]
pub struct EditTemplate {
    pub kind: TextKind,
}

impl DialogRequest for EditTemplate {
    fn open(self: Box<Self>, _cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        Box::new(TemplateEditor::new(self.kind))
    }
}

impl TemplateEditor {
    fn new(kind: TextKind) -> Self {
        Self {
            kind,
            editor: Editor::default(),
            kept: None,
            opened: false,
            side: Side::default(),
            made: None,
            names: known_names(kind),
        }
    }

    /// The saved template, or the built-in one.
    fn before(&self) -> &str {
        self.kept.as_deref().unwrap_or_else(|| self.kind.template())
    }
}

impl Dialog for TemplateEditor {
    /// Whether there is unsaved text.
    fn is_changed(&self) -> bool {
        self.opened && self.editor.text != self.before()
    }

    /// Takes the result of a save or a fetch.
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        // The saved template has changed: load it again.
        self.opened &= self.editor.on_answer(answers).is_none();
        true
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        self.open(cx);
        self.make(cx);
        let mistake = self.made.as_ref().and_then(|made| made.mistake.clone());
        let changed = self.is_changed();
        let blocked = mistake.or_else(|| self.editor.blocked(changed));
        let dialog = DialogFrame::new("Template of a text").accept("Save").dismiss("Close").width(1100.0);
        let verdict = dialog.blocked(blocked).show(ctx, |ui| {
            self.kinds(ui);
            self.status(ui);
            if ui.available_width() > 760.0 {
                ui.columns(2, |columns| {
                    // A column layout justifies text, which spreads short lines apart.
                    columns[0].vertical(|ui| self.editor.field(ui, "Template", 16, TALL));
                    columns[1].vertical(|ui| self.beside(ui, cx, out));
                });
            } else {
                self.editor.field(ui, "Template", 16, TALL);
                self.beside(ui, cx, out);
            }
        });
        if verdict == DialogVerdict::Accepted {
            let template = Some(self.editor.text.clone());
            self.editor.ask(Command::SaveTemplate { kind: self.kind, template }, out);
        }
        match self.editor.agreed(ctx, verdict, changed) {
            Some(Discarding::Close) => return false,
            Some(Discarding::BuiltIn) => {
                self.editor.ask(Command::SaveTemplate { kind: self.kind, template: None }, out);
            }
            Some(Discarding::To(kind)) => *self = Self { side: self.side, ..Self::new(kind) },
            None => {}
        }
        true
    }
}

impl TemplateEditor {
    /// Loads the saved template, once for each kind and each save.
    fn open(&mut self, cx: &ViewContext<'_>) {
        if self.opened {
            return;
        }
        self.kept = cx.snapshot.text_config.templates.get(&self.kind).cloned();
        if self.editor.text.is_empty() || self.editor.saved {
            self.editor.text = self.kept.clone().unwrap_or_else(|| self.kind.template().to_owned());
        }
        self.opened = true;
    }

    fn make(&mut self, cx: &ViewContext<'_>) {
        let text_config = &cx.snapshot.text_config;
        let live = cx.snapshot.live.get(&self.kind);
        let fresh = self.made.as_ref().is_some_and(|made| {
            let same_live = match (&made.live, live) {
                (Some((known, _)), Some(live)) => Arc::ptr_eq(known, live),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            made.from == self.editor.text && Arc::ptr_eq(&made.text_config, text_config) && same_live
        });
        if fresh {
            return;
        }
        self.made = Some(TemplateResult {
            from: self.editor.text.clone(),
            text_config: Arc::clone(text_config),
            mistake: check_template(self.kind, &self.editor.text, &text_config.handbook),
            preview: preview(self.kind, &self.editor.text, cx),
            live: live.map(|live| (Arc::clone(live), difference(&self.editor.text, &live.text))),
        });
    }

    fn kinds(&mut self, ui: &mut Ui) {
        let shown = self.kind;
        let mut chosen = None;
        for row in TextKind::ALL.chunks(TextKind::ALL.len() / 2) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                for &kind in row {
                    let button = Button::new(kind.title()).caption(kind.short()).quiet();
                    if button.selected(kind == shown).tooltip(kind.title()).show(ui).clicked() {
                        chosen = Some(kind);
                    }
                }
            });
        }
        if let Some(kind) = chosen.filter(|kind| *kind != shown) {
            self.editor.leave(Discarding::To(kind));
        }
    }

    fn status(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            let own = self.kept.is_some().then_some("your own template");
            self.editor.whose(ui, own, "the built-in text", "Back to the built-in text");
            if let Some(mistake) = self.made.as_ref().and_then(|made| made.mistake.as_deref()) {
                kit::chip(ui, Severity::Bad, icons::BAD, mistake).on_hover_text(mistake);
            } else {
                kit::chip(ui, Severity::Good, icons::GOOD, "no mistake");
            }
        });
        self.editor.error(ui);
    }

    fn beside(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for (side, label) in
                [(Side::Preview, "Preview"), (Side::Names, "Names"), (Side::Live, "GitLab's text")]
            {
                if Button::new(label).quiet().selected(self.side == side).show(ui).clicked() {
                    self.side = side;
                }
            }
        });
        let Some(made) = &self.made else { return };
        let mut fetch = false;
        ScrollArea::vertical().id_salt("beside").max_height(TALL).min_scrolled_height(TALL).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            match self.side {
                Side::Preview => {
                    let of = cx.case.map_or_else(|| "an example".to_owned(), Case::title);
                    kit::faint(ui, format!("With the facts of {of}:"));
                    let text = RichText::new(&made.preview).color(tokens(ui).text);
                    ui.add(egui::Label::new(text).wrap().selectable(true));
                }
                Side::Names => {
                    kit::faint(ui, "Write placeholders in double braces, for example {{ project.path }}. Zendesk's own placeholders stay unchanged in replies.");
                    for name in &self.names {
                        ui.label(RichText::new(name).monospace().size(size::SMALL).color(tokens(ui).soft));
                    }
                }
                Side::Live => fetch = live(ui, made, self.editor.waits(), cx),
            }
        });
        if fetch {
            self.editor.ask(Command::FetchUpstream { kind: self.kind }, out);
        }
    }
}

/// GitLab's own text against the template, line by line. Returns true if the person asked to fetch GitLab's text.
fn live(ui: &mut Ui, made: &TemplateResult, waits: bool, cx: &ViewContext<'_>) -> bool {
    ui.spacing_mut().item_spacing.y = space::XS;
    let busy = waits.then(|| "Asking GitLab.".to_owned());
    let label = if made.live.is_some() { "Fetch again" } else { "Fetch GitLab's text" };
    let fetch = Button::new(label).icon(icons::REFRESH).blocked(busy);
    let wanted = fetch.tooltip("Needs a token that can read GitLab's internal project.").show(ui).clicked();
    let Some((live, lines)) = &made.live else { return wanted };
    ui.horizontal_wrapped(|ui| {
        kit::faint(ui, &live.source);
        kit::when(ui, live.fetched_at, cx.now);
    });
    let t = tokens(ui);
    for line in lines {
        // A sign in front, so that colour alone does not carry the difference.
        let (sign, text, ink) = match line {
            DiffLine::Same(text) => ("  ", text, t.soft),
            DiffLine::Ours(text) => ("− ", text, t.bad),
            DiffLine::Theirs(text) => ("+ ", text, t.good),
        };
        let words = RichText::new(format!("{sign}{text}")).monospace().size(size::SMALL).color(ink);
        ui.add(egui::Label::new(words).wrap());
    }
    wanted
}

/// The text that a template produces for the selected case, or for an example.
fn preview(kind: TextKind, template: &str, cx: &ViewContext<'_>) -> String {
    let mut text_config = cx.snapshot.text_config.as_ref().clone();
    text_config.templates.insert(kind, template.to_owned());
    let picture = Snapshot { text_config: Arc::new(text_config), ..cx.snapshot.clone() };
    let example = cx.case.is_none().then(|| example_case(cx));
    let Some(case) = cx.case.or(example.as_ref()) else { return String::new() };
    draft(kind, case, &picture, &[], &BTreeMap::new()).text
}

fn example_case(cx: &ViewContext<'_>) -> Case {
    let url = "https://gitlab.zendesk.com/agent/tickets/123456".to_owned();
    let ticket = Some(Ticket { url, id: 123_456 });
    Case::new(CaseId(0), "https://gitlab.com", ticket, ProjectRef::by_path("example/project"), cx.now)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::engine::api::{Answer, AskId, Reply};
    use crate::gui::App;
    use crate::gui::fixture::{at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    fn editor() -> Harness<'static, App> {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(3));
        workspace.show_dialog(Box::new(EditTemplate { kind: TextKind::Offer }));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 900.0);
        window.run();
        window
    }

    #[test]
    fn a_mistake_is_shown_with_its_line_and_cannot_be_saved() {
        let mut window = editor();
        assert!(window.get_by_label("Save").accesskit_node().is_disabled(), "nothing was changed");
        window.get_by_label("no mistake");
        window.get_by_role_and_label(egui::Role::MultilineTextInput, "Template").focus();
        window.run();
        window
            .get_by_role_and_label(egui::Role::MultilineTextInput, "Template")
            .type_text("{{ project.name_of_it }}");
        window.run();
        let why = window.get_by_label("Save").accesskit_node().description().unwrap_or_default();
        assert!(why.contains("Line ") && why.contains("project.name_of_it"), "{why}");
    }

    #[test]
    fn an_error_that_appears_while_typing_loses_no_letter() {
        let mut window = editor();
        let role = egui::Role::MultilineTextInput;
        window.get_by_role_and_label(role, "Template").focus();
        window.run();
        for letter in "{{ project. }} and so on".chars() {
            window.event(egui::Event::Text(letter.to_string()));
            window.run();
        }
        let text = window.get_by_role_and_label(role, "Template").value().unwrap_or_default();
        assert!(text.contains("{{ project. }} and so on"), "{text}");
    }

    #[test]
    fn what_was_typed_is_discarded_only_after_a_confirmation() {
        let mut window = editor();
        let role = egui::Role::MultilineTextInput;
        window.get_by_role_and_label(role, "Template").focus();
        window.run();
        window.get_by_role_and_label(role, "Template").type_text("Good day.");
        window.run();
        for leave in [None, Some("Close"), Some(TextKind::Failed.title())] {
            match leave {
                None => window.key_press(egui::Key::Escape),
                Some(button) => window.get_by_label(button).click(),
            }
            window.run();
            window.get_by_label("Keep editing").click();
            window.run();
            assert!(window.query_by_label("Keep editing").is_none());
            let text = window.get_by_role_and_label(role, "Template").value().unwrap_or_default();
            assert!(text.contains("Good day."), "{leave:?}");
        }
        window.get_by_label(TextKind::Failed.title()).click();
        window.run();
        window.get_by_label("Discard").click();
        window.run();
        let text = window.get_by_role_and_label(role, "Template").value().unwrap_or_default();
        assert_eq!(text, TextKind::Failed.template());
        window.key_press(egui::Key::Escape);
        window.run();
        assert!(window.state().workspace().dialog.is_none(), "nothing was changed, nothing is asked");
    }

    #[test]
    fn a_change_is_saved_and_the_built_in_text_can_be_restored() {
        let mut window = editor();
        window.get_by_role_and_label(egui::Role::MultilineTextInput, "Template").focus();
        window.run();
        window.get_by_role_and_label(egui::Role::MultilineTextInput, "Template").type_text("Good day.");
        window.run();
        window.get_by_label("Save").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].starts_with("SaveTemplate") && sent[0].contains("Good day."), "{sent:?}");
        let mut snapshot = at_work();
        let mut text_config = snapshot.text_config.as_ref().clone();
        text_config.templates.insert(TextKind::Offer, "Good day.".into());
        snapshot.text_config = Arc::new(text_config);
        snapshot.replies = [Reply { ask: AskId(1), at: now(), result: Ok(Answer::Done) }.into()].into();
        window.state_mut().own.show(snapshot);
        window.run();
        window.get_by_label("saved");
        window.get_by_label("Back to the built-in text").click();
        window.run();
        assert!(window.state().workspace().sent()[1].contains("template: None"));
    }

    #[test]
    fn gitlabs_wording_is_fetched_and_compared() {
        let mut window = editor();
        window.get_by_label("GitLab's text").click();
        window.run();
        window.get_by_label("Fetch GitLab's text").click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["FetchUpstream { kind: Offer }"]);
        let live = UpstreamText {
            kind: TextKind::Offer,
            text: "One attempt, dear customer.".into(),
            fetched_at: now(),
            source: "gitlab-com/support: Offer one time.md".into(),
            difference: Vec::new(),
        };
        let mut snapshot = at_work();
        snapshot.live = Arc::new([(TextKind::Offer, Arc::new(live))].into());
        window.state_mut().own.show(snapshot);
        window.run();
        window.get_by_label("+ One attempt, dear customer.");
        window.get_by_label("gitlab-com/support: Offer one time.md");
    }
}
