//! The editor of the person's own templates: a mistake is shown while typing, and so is the text it makes.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, RichText, ScrollArea, Ui};

use crate::case::{Case, CaseId, ProjectRef, Ticket, Trouble};
use crate::engine::api::{Command, LiveText, Snapshot, Wording};
use crate::engine::draft;
use crate::gui::drafts::short;
use crate::gui::intent::{Outbox, Purpose};
use crate::gui::kit::{self, Button, DialogFrame, Field, Verdict, icons};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;
use crate::texts::{DiffLine, Kind, check_template, difference, known_names};

/// How tall template and preview get before they scroll by themselves, in points.
const TALL: f32 = 340.0;

/// The editor's state.
#[derive(Debug)]
pub struct TemplateEditor {
    kind: Kind,
    text: String,
    /// What is kept now, so that a change is seen.
    kept: Option<String>,
    opened: bool,
    side: Side,
    made: Option<Made>,
    names: Vec<String>,
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
    To(Kind),
}

/// What stands beside the template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Preview,
    Names,
    Live,
}

/// What was made from a template, until it changes.
#[derive(Debug)]
struct Made {
    from: String,
    wording: Arc<Wording>,
    mistake: Option<String>,
    preview: String,
    /// Against GitLab's own wording, and when that was fetched.
    live: Option<(Arc<LiveText>, Vec<DiffLine>)>,
}

impl TemplateEditor {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            text: String::new(),
            kept: None,
            opened: false,
            side: Side::default(),
            made: None,
            names: known_names(kind),
            trouble: None,
            saved: false,
            leaving: None,
        }
    }

    /// Whether something was typed that is not saved.
    pub fn is_changed(&self) -> bool {
        self.opened && self.text != self.before()
    }

    /// What is kept, or built in.
    fn before(&self) -> &str {
        self.kept.as_deref().unwrap_or_else(|| self.kind.template())
    }

    /// What came of a save or a fetch.
    pub fn hear(&mut self, answer: Result<(), Trouble>) {
        self.saved = answer.is_ok();
        self.trouble = answer.err();
        // What is kept has changed: look again.
        self.opened = false;
    }

    /// True while the dialog stays open.
    pub fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        self.open(cx);
        self.make(cx);
        let busy = cx.waits_for(&Purpose::Template).then(|| "One moment.".to_owned());
        let mistake = self.made.as_ref().and_then(|made| made.mistake.clone());
        let same = (!self.is_changed()).then(|| "Nothing was changed.".to_owned());
        let asked = self.leaving;
        let asks = asked.map(|_| "Answer the question first.".to_owned());
        let dialog = DialogFrame::new("Template of a text").accept("Save").dismiss("Close").width(1100.0);
        let verdict = dialog.blocked(asks.or(busy.clone()).or(mistake).or(same)).show(ctx, |ui| {
            self.kinds(ui, out);
            self.standing(ui, busy, out);
            if ui.available_width() > 760.0 {
                ui.columns(2, |columns| {
                    // Columns justify, which tears short lines apart.
                    columns[0].vertical(|ui| self.editor(ui));
                    columns[1].vertical(|ui| self.beside(ui, cx, out));
                });
            } else {
                self.editor(ui);
                self.beside(ui, cx, out);
            }
        });
        if verdict == Verdict::Accepted {
            let command = Command::SaveTemplate { kind: self.kind, template: Some(self.text.clone()) };
            out.ask(command, Purpose::Template);
        }
        if let Some(leaving) = asked {
            let answer = kit::discard(ctx);
            if answer != Verdict::Open {
                self.leaving = None;
            }
            return answer != Verdict::Accepted || self.leave(leaving, out);
        }
        if verdict == Verdict::Closed { self.may_leave(Leaving::Close, out) } else { true }
    }

    /// Asks first where something was typed. True while the dialog stays open.
    fn may_leave(&mut self, leaving: Leaving, out: &mut Outbox) -> bool {
        if self.is_changed() {
            self.leaving = Some(leaving);
            return true;
        }
        self.leave(leaving, out)
    }

    fn leave(&mut self, leaving: Leaving, out: &mut Outbox) -> bool {
        match leaving {
            Leaving::Close => return false,
            Leaving::BuiltIn => {
                let command = Command::SaveTemplate { kind: self.kind, template: None };
                out.ask(command, Purpose::Template);
            }
            Leaving::To(kind) => *self = Self { side: self.side, ..Self::new(kind) },
        }
        true
    }

    /// Takes the template that is kept, once for each kind and each save.
    fn open(&mut self, cx: &ViewContext<'_>) {
        if self.opened {
            return;
        }
        self.kept = cx.snap.wording.templates.get(&self.kind).cloned();
        if self.text.is_empty() || self.saved {
            self.text = self.kept.clone().unwrap_or_else(|| self.kind.template().to_owned());
        }
        self.opened = true;
    }

    fn make(&mut self, cx: &ViewContext<'_>) {
        let wording = &cx.snap.wording;
        let live = cx.snap.live.get(&self.kind);
        let fresh = self.made.as_ref().is_some_and(|made| {
            let same_live = match (&made.live, live) {
                (Some((known, _)), Some(live)) => Arc::ptr_eq(known, live),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            made.from == self.text && Arc::ptr_eq(&made.wording, wording) && same_live
        });
        if fresh {
            return;
        }
        self.made = Some(Made {
            from: self.text.clone(),
            wording: Arc::clone(wording),
            mistake: check_template(self.kind, &self.text, &wording.handbook),
            preview: preview(self.kind, &self.text, cx),
            live: live.map(|live| (Arc::clone(live), difference(&self.text, &live.text))),
        });
    }

    fn kinds(&mut self, ui: &mut Ui, out: &mut Outbox) {
        let shown = self.kind;
        let mut chosen = None;
        for row in Kind::ALL.chunks(Kind::ALL.len() / 2) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                for &kind in row {
                    let button = Button::new(kind.title()).caption(short(kind)).quiet();
                    if button.selected(kind == shown).tooltip(kind.title()).show(ui).clicked() {
                        chosen = Some(kind);
                    }
                }
            });
        }
        if let Some(kind) = chosen.filter(|kind| *kind != shown) {
            self.may_leave(Leaving::To(kind), out);
        }
    }

    fn standing(&mut self, ui: &mut Ui, busy: Option<String>, out: &mut Outbox) {
        ui.horizontal_wrapped(|ui| {
            if self.kept.is_some() {
                kit::chip(ui, Severity::Info, icons::EDIT, "your own template");
                let back = Button::new("Back to the built-in text").icon(icons::RETRY).blocked(busy);
                if back.tooltip("Your file stays beside it, as .old.").show(ui).clicked() {
                    self.may_leave(Leaving::BuiltIn, out);
                }
            } else {
                kit::chip(ui, Severity::Plain, icons::TEXT, "the built-in text");
            }
            if self.saved {
                kit::chip(ui, Severity::Good, icons::GOOD, "saved");
            }
            if let Some(mistake) = self.made.as_ref().and_then(|made| made.mistake.as_deref()) {
                kit::chip(ui, Severity::Bad, icons::BAD, mistake).on_hover_text(mistake);
            } else {
                kit::chip(ui, Severity::Good, icons::GOOD, "no mistake");
            }
        });
        if let Some(trouble) = &self.trouble {
            kit::trouble(ui, trouble);
        }
    }

    fn editor(&mut self, ui: &mut Ui) {
        kit::section(ui, "Template");
        ScrollArea::both().id_salt("template").max_height(TALL).min_scrolled_height(TALL).show(ui, |ui| {
            let field = Field::new("Template").hide_label().rows(16).mono();
            if field.show(ui, &mut self.text).changed() {
                self.saved = false;
            }
        });
    }

    fn beside(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for (side, label) in
                [(Side::Preview, "Preview"), (Side::Names, "Names"), (Side::Live, "GitLab's wording")]
            {
                if Button::new(label).quiet().selected(self.side == side).show(ui).clicked() {
                    self.side = side;
                }
            }
        });
        let Some(made) = &self.made else { return };
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
                    kit::faint(ui, "Between two braces each, for example {{ project.path }}. Zendesk's own names stay as they are in replies.");
                    for name in &self.names {
                        ui.label(RichText::new(name).monospace().size(size::SMALL).color(tokens(ui).soft));
                    }
                }
                Side::Live => live(ui, made, self.kind, cx, out),
            }
        });
    }
}

/// GitLab's own wording against the template, line by line.
fn live(ui: &mut Ui, made: &Made, kind: Kind, cx: &ViewContext<'_>, out: &mut Outbox) {
    ui.spacing_mut().item_spacing.y = space::XS;
    let busy = cx.waits_for(&Purpose::Template).then(|| "GitLab is asked.".to_owned());
    let label = if made.live.is_some() { "Fetch it again" } else { "Fetch GitLab's wording" };
    let fetch = Button::new(label).icon(icons::REFRESH).blocked(busy);
    if fetch.tooltip("Needs a token that may read where it is kept.").show(ui).clicked() {
        out.ask(Command::FetchLive { kind }, Purpose::Template);
    }
    let Some((live, lines)) = &made.live else { return };
    ui.horizontal_wrapped(|ui| {
        kit::faint(ui, &live.source);
        kit::when(ui, live.fetched_at, cx.now);
    });
    let t = tokens(ui);
    for line in lines {
        // A sign in front, so that the difference is not told by colour alone.
        let (sign, text, ink) = match line {
            DiffLine::Same(text) => ("  ", text, t.soft),
            DiffLine::Ours(text) => ("− ", text, t.bad),
            DiffLine::Theirs(text) => ("+ ", text, t.good),
        };
        let words = RichText::new(format!("{sign}{text}")).monospace().size(size::SMALL).color(ink);
        ui.add(egui::Label::new(words).wrap());
    }
}

/// The text that a template makes of the chosen case, or of an example.
fn preview(kind: Kind, template: &str, cx: &ViewContext<'_>) -> String {
    let mut wording = cx.snap.wording.as_ref().clone();
    wording.templates.insert(kind, template.to_owned());
    let picture = Snapshot { wording: Arc::new(wording), ..cx.snap.clone() };
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
    use crate::gui::dialogs::Dialog;
    use crate::gui::fixture::{at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    fn editor() -> Harness<'static, App> {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(3));
        workspace.dialog = Some(Dialog::Template(Box::new(TemplateEditor::new(Kind::Offer))));
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
    fn a_mistake_that_appears_while_typing_takes_no_letter() {
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
    fn what_was_typed_is_thrown_away_only_after_a_yes() {
        let mut window = editor();
        let role = egui::Role::MultilineTextInput;
        window.get_by_role_and_label(role, "Template").focus();
        window.run();
        window.get_by_role_and_label(role, "Template").type_text("Good day.");
        window.run();
        for leave in [None, Some("Close"), Some(Kind::Failed.title())] {
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
        window.get_by_label(Kind::Failed.title()).click();
        window.run();
        window.get_by_label("Discard").click();
        window.run();
        let text = window.get_by_role_and_label(role, "Template").value().unwrap_or_default();
        assert_eq!(text, Kind::Failed.template());
        window.key_press(egui::Key::Escape);
        window.run();
        assert!(window.state().workspace().dialog.is_none(), "nothing was changed, nothing is asked");
    }

    #[test]
    fn a_change_is_saved_and_the_built_in_text_comes_back() {
        let mut window = editor();
        window.get_by_role_and_label(egui::Role::MultilineTextInput, "Template").focus();
        window.run();
        window.get_by_role_and_label(egui::Role::MultilineTextInput, "Template").type_text("Good day.");
        window.run();
        window.get_by_label("Save").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].starts_with("SaveTemplate") && sent[0].contains("Good day."), "{sent:?}");
        let mut snap = at_work();
        let mut wording = snap.wording.as_ref().clone();
        wording.templates.insert(Kind::Offer, "Good day.".into());
        snap.wording = Arc::new(wording);
        snap.replies = [Reply { ask: AskId(1), at: now(), result: Ok(Answer::Done) }].into();
        window.state_mut().own.show(snap);
        window.run();
        window.get_by_label("saved");
        window.get_by_label("Back to the built-in text").click();
        window.run();
        assert!(window.state().workspace().sent()[1].contains("template: None"));
    }

    #[test]
    fn gitlabs_wording_is_fetched_and_compared() {
        let mut window = editor();
        window.get_by_label("GitLab's wording").click();
        window.run();
        window.get_by_label("Fetch GitLab's wording").click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["FetchLive { kind: Offer }"]);
        let live = LiveText {
            kind: Kind::Offer,
            text: "One attempt, dear customer.".into(),
            fetched_at: now(),
            source: "gitlab-com/support: Offer one time.md".into(),
            difference: Vec::new(),
        };
        let mut snap = at_work();
        snap.live = Arc::new([(Kind::Offer, Arc::new(live))].into());
        window.state_mut().own.show(snap);
        window.run();
        window.get_by_label("+ One attempt, dear customer.");
        window.get_by_label("gitlab-com/support: Offer one time.md");
    }
}
