//! The texts of a case: selected by the next step, read and edited here, then copied, opened in the browser or
//! posted.

use egui::{Align, ScrollArea, Ui};

use crate::case::{Case, CaseId, Code, NextStep, UserError, step_form};
use crate::engine::api::{Answer, Command};
use crate::gui::case::JumpTo;
use crate::gui::case::text_tools::{
    copy_at, held_back, named, open_page, page_button, post_button, reader_chip,
};
use crate::gui::dialogs::template::EditTemplate;
use crate::gui::drafts::{Drafts, TextDraft, in_order, of_case};
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space};
use crate::gui::view_context::ViewContext;
use crate::texts::{DRAFT_NOTE, Missing, TextKind, TextQuestion, TextTarget};

/// The height of the text before it scrolls on its own: this share of the window, within these points.
const SHARE: f32 = 0.4;
const HEIGHTS: (f32, f32) = (320.0, 480.0);

/// From this width on, the preview is beside the source, in points.
const BESIDE: f32 = 540.0;

/// How many of the missing values are listed at first.
const FEW: usize = 5;

/// The card's state.
#[derive(Debug, Default)]
pub struct TextsCard {
    pub drafts: Drafts,
    /// The case's full journal, requested for its report.
    journal: Pending<CaseId>,
    asking: Option<Question>,
    all: bool,
    /// Whether the full list of missing values is shown.
    whole: bool,
    /// Scrolls the card into view in the next frame.
    wanted: bool,
    /// Whether the text is shown beside its source as its reader will see it.
    preview: bool,
}

/// A text's question that the person is answering now.
#[derive(Debug)]
struct Question {
    asked: TextQuestion,
    answer: String,
    focused: bool,
}

impl TextsCard {
    /// The card for another case; drafts of all cases are kept.
    #[must_use]
    pub fn turn(&mut self) -> Self {
        let (drafts, journal) = (std::mem::take(&mut self.drafts), std::mem::take(&mut self.journal));
        Self { drafts, journal, preview: self.preview, ..Self::default() }
    }

    /// The offer's text as the person would send it, and why it must not be sent yet.
    pub fn offer(&mut self, case: &Case, cx: &ViewContext<'_>) -> (String, Option<String>) {
        let draft = self.drafts.draft(TextKind::Offer, case, cx.snapshot);
        (draft.text.clone(), held_back(draft))
    }

    /// Shows a text of the case and scrolls the card into view.
    pub fn show(&mut self, case: &Case, kind: TextKind) {
        self.drafts.choose(case.id, kind);
        self.wanted = true;
    }

    /// Takes the journal of a case, which its report needs.
    pub fn on_answer(&mut self, answers: &mut Answers) {
        if let Some((case, Ok(Answer::Journal(lines)))) = self.journal.take(answers) {
            self.drafts.set_timeline(case, lines);
        }
    }

    pub fn ui(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        step: Option<&NextStep>,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) -> Option<JumpTo> {
        self.drafts.at_step(case, step);
        // The NOW card has the buttons of its own text.
        let shown = step.and_then(|step| step_form(case, step).text).and_then(TextKind::parse);
        let kind = self.drafts.kind(case, step);
        if kind == TextKind::Report && self.drafts.wants_timeline(case) {
            self.journal.ask(Command::CaseJournal { case: case.id }, case.id, out);
        }
        if std::mem::take(&mut self.wanted) {
            ui.scroll_to_cursor(Some(Align::Min));
        }
        let mut jump = None;
        let preview = self.preview;
        kit::card(ui, |ui| {
            ui.push_id(("texts", kind.as_str()), |ui| {
                heading(ui, kind, &mut self.preview, out);
                kit::faint(ui, kind.reader().meaning());
                self.kinds(ui, case, kind);
                let draft = self.drafts.draft(kind, case, cx.snapshot);
                source_and_preview(ui, draft, kind, case, preview, out);
                errors(ui, draft, kind, case);
                let is_now = shown == Some(kind);
                buttons(ui, draft, (kind, is_now), shown, case, cx, out);
                let missing = draft.rendered.missing.clone();
                jump = self.missing(ui, case, kind, &missing);
                self.answered(ui, case);
            });
        });
        jump
    }

    fn kinds(&mut self, ui: &mut Ui, case: &Case, shown: TextKind) {
        let likely = of_case(case);
        // A text that is chosen among all keeps its place there.
        let is_first = |kind: &TextKind| likely.contains(kind) || *kind == shown && !self.all;
        let (first, rest): (Vec<TextKind>, Vec<TextKind>) = in_order(case).into_iter().partition(is_first);
        let mut chosen = None;
        let mut row = |ui: &mut Ui, kinds: &[TextKind]| {
            for &kind in kinds {
                let button = Button::new(kind.title()).caption(kind.short()).quiet();
                if button.selected(kind == shown).tooltip(kind.title()).show(ui).clicked() {
                    chosen = Some(kind);
                }
            }
        };
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            row(ui, &first);
            let label = if self.all { "Fewer texts" } else { "All texts" };
            if Button::new(label).quiet().show(ui).clicked() {
                self.all = !self.all;
            }
        });
        if self.all {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                row(ui, &rest);
            });
        }
        if let Some(kind) = chosen {
            self.drafts.choose(case.id, kind);
            self.asking = None;
        }
    }

    /// What the text lacks: a fact gets a link to its field, a question gets an input right here.
    fn missing(&mut self, ui: &mut Ui, case: &Case, kind: TextKind, missing: &[Missing]) -> Option<JumpTo> {
        if missing.is_empty() {
            return None;
        }
        let mut jump = None;
        ui.spacing_mut().item_spacing.y = space::XS;
        let is_required =
            |lacking: &&Missing| lacking.fact.is_some_and(|fact| kind.required().contains(&fact));
        let (required, optional): (Vec<&Missing>, Vec<&Missing>) = missing.iter().partition(is_required);
        // Values that the person can add come first; GitLab supplies the others once it is reachable.
        let (mine, theirs): (Vec<&Missing>, Vec<&Missing>) =
            optional.into_iter().partition(|lacking| lacking.fact.is_some() || lacking.asked.is_some());
        let most = if self.whole { usize::MAX } else { FEW };
        let (first_optional, required_only) = (required.len(), !required.is_empty());
        if required_only {
            kit::section(ui, "Required, marked in the text");
        }
        for (i, lacking) in required.into_iter().chain(mine).chain(theirs).take(most).enumerate() {
            if i == first_optional {
                kit::section(ui, "Optional, marked in the text");
            }
            if let (Some(asked), Some(question)) = (lacking.asked, &self.asking)
                && question.asked == asked
            {
                self.question(ui, case);
                continue;
            }
            ui.horizontal(|ui| {
                let label = format!("Add: {}", lacking.name);
                let button =
                    Button::new(&label).caption(&lacking.name).icon(icons::EDIT).tooltip(&lacking.why);
                match (lacking.fact, lacking.asked) {
                    (Some(fact), _) => {
                        if button.show(ui).clicked() {
                            jump = Some(JumpTo(fact));
                        }
                    }
                    (None, Some(asked)) => {
                        if button.show(ui).clicked() {
                            let answer = self.drafts.answer_to(case.id, asked);
                            self.asking = Some(Question { asked, answer, focused: false });
                        }
                    }
                    (None, None) => {
                        kit::chip(ui, Severity::Plain, icons::NONE, &lacking.name);
                    }
                }
                kit::faint(ui, &lacking.why);
            });
        }
        if missing.len() > FEW {
            let label = if self.whole {
                "Show fewer".to_owned()
            } else {
                format!("Show all {} that are missing", missing.len())
            };
            if Button::new(&label).quiet().show(ui).clicked() {
                self.whole = !self.whole;
            }
        }
        jump
    }

    fn question(&mut self, ui: &mut Ui, case: &Case) {
        let Some(question) = &mut self.asking else { return };
        let asked = question.asked;
        let field = Field::new(asked.label()).note(asked.why()).focus(!question.focused);
        let response = field.show(ui, &mut question.answer);
        question.focused = true;
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let (mut done, mut closed) = (entered, ui.input(|input| input.key_pressed(egui::Key::Escape)));
        ui.horizontal(|ui| {
            done |= Button::new("Use this answer").primary().show(ui).clicked();
            closed |= Button::new("Cancel").quiet().show(ui).clicked();
        });
        if done {
            let answer = std::mem::take(&mut question.answer);
            self.drafts.answer(case.id, asked, &answer);
        }
        if done || closed {
            self.asking = None;
        }
    }

    /// The given answers, open for correction.
    fn answered(&mut self, ui: &mut Ui, case: &Case) {
        let answers = self.drafts.answers(case.id);
        if answers.is_empty() {
            return;
        }
        kit::section(ui, "Your answers, kept while the window is open");
        let mut again = None;
        for (asked, answer) in answers {
            if self.asking.as_ref().is_some_and(|question| question.asked == asked) {
                self.question(ui, case);
                continue;
            }
            kit::pair_with(ui, asked.label(), |ui| {
                let shown = |ui: &mut Ui| {
                    ui.add(egui::Label::new(&answer).truncate().show_tooltip_when_elided(false))
                        .on_hover_text(&answer);
                };
                kit::ends(ui, shown, |ui| {
                    let label = format!("Edit {}", asked.label());
                    if Button::new(&label).icon(icons::EDIT).icon_only().quiet().show(ui).clicked() {
                        again = Some(Question { asked, answer: answer.clone(), focused: false });
                    }
                });
            });
        }
        if again.is_some() {
            self.asking = again;
        }
    }
}

fn heading(ui: &mut Ui, kind: TextKind, preview: &mut bool, out: &mut Outbox) {
    ui.horizontal(|ui| {
        kit::heading(ui, "Texts");
        reader_chip(ui, kind);
        kit::at_end(ui, |ui| {
            let tip = "Shows the text as its reader will see it.";
            if Button::new("Preview").quiet().selected(*preview).tooltip(tip).show(ui).clicked() {
                *preview = !*preview;
            }
            let edit = Button::new("Edit the template…").icon(icons::EDIT).quiet();
            if edit.tooltip("Your template for this text, in every case.").show(ui).clicked() {
                out.open(EditTemplate { kind });
            }
        });
    });
}

/// The text as Markdown that can be edited, and beside it, or in its place where there is no room, what the reader sees.
fn source_and_preview(
    ui: &mut Ui,
    draft: &mut TextDraft,
    kind: TextKind,
    case: &Case,
    preview: bool,
    out: &mut Outbox,
) {
    kit::faint(ui, DRAFT_NOTE);
    if preview && ui.available_width() >= BESIDE {
        kit::columns(ui, [0.5, 0.5], |columns| {
            text(&mut columns[0], draft, kind, case);
            reading(&mut columns[1], &draft.text, out);
        });
        return;
    }
    if preview {
        reading(ui, &draft.text, out);
    } else {
        text(ui, draft, kind, case);
    }
}

/// A text in a large window is read without scrolling.
fn tallest(ui: &Ui) -> f32 {
    (ui.ctx().content_rect().height() * SHARE).clamp(HEIGHTS.0, HEIGHTS.1)
}

fn reading(ui: &mut Ui, text: &str, out: &mut Outbox) {
    kit::section(ui, "Preview");
    let tallest = tallest(ui);
    ScrollArea::vertical().id_salt("preview").min_scrolled_height(tallest).max_height(tallest).show(
        ui,
        |ui| {
            if let Some(url) = kit::markdown(ui, text) {
                out.push(Intent::OpenUrl(url));
            }
        },
    );
}

fn text(ui: &mut Ui, draft: &mut TextDraft, kind: TextKind, case: &Case) {
    if kind.target() == TextTarget::IssueDescription {
        kit::pair(ui, "Title of the issue", &draft.rendered.title.clone());
    }
    // The page scrolls as a whole, so there is always room for this text.
    let tallest = tallest(ui);
    ScrollArea::vertical().id_salt("text").min_scrolled_height(tallest).max_height(tallest).show(ui, |ui| {
        let label = format!("Text: {}", kind.title());
        let response = Field::new(&label).hide_label().rows(8).show(ui, &mut draft.text);
        if response.changed() {
            draft.edited(kind, case);
        }
    });
}

fn errors(ui: &mut Ui, draft: &mut TextDraft, kind: TextKind, case: &Case) {
    for mistake in &draft.rendered.mistakes {
        let hint = "The built-in text is used until your template is fixed.";
        kit::error(ui, &UserError::new(Code::Usage, format!("Your template: {mistake}"), hint));
    }
    ui.horizontal_wrapped(|ui| {
        if !draft.rendered.leaks.is_empty() {
            let words = format!("removed: {}", named(&draft.rendered.leaks));
            kit::chip(ui, Severity::Warn, icons::WARN, &words);
        }
        if draft.is_behind() {
            let words = "the facts have changed since you edited this";
            kit::chip(ui, Severity::Warn, icons::WARN, words)
                .on_hover_text("“Reset to draft” uses the new facts and discards your edit.");
        }
    });
    if !draft.leaks.is_empty() {
        ui.horizontal_wrapped(|ui| {
            kit::chip(ui, Severity::Bad, icons::BAD, &format!("private: {}", named(&draft.leaks)));
            if Button::new("Remove it").show(ui).clicked() {
                draft.clean(kind, case);
            }
        });
    }
}

fn buttons(
    ui: &mut Ui,
    draft: &mut TextDraft,
    (kind, is_now): (TextKind, bool),
    step: Option<TextKind>,
    case: &Case,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    let held = held_back(draft);
    ui.horizontal_wrapped(|ui| {
        let button = Button::new("Copy as Markdown").icon(icons::COPY).blocked(held.clone());
        if button.tooltip("Copying is recorded in the timeline.").show(ui).clicked() {
            copy_at(ui.ctx(), case, kind, step, &draft.text, out);
        }
        if !is_now {
            if page_button(ui, draft, kind, held) {
                open_page(ui.ctx(), case, kind, (&draft.rendered.title, &draft.text), cx, out);
            }
            post_button(ui, draft, kind, case, cx, out);
        }
        if draft.is_edited() && Button::new("Reset to draft").icon(icons::RETRY).quiet().show(ui).clicked() {
            draft.reset();
        }
    });
    if let Some(note) = draft.rendered.url.as_ref().and_then(|url| url.note.as_ref()) {
        kit::faint(ui, format!("In the form: {note}"));
    }
}

#[cfg(test)]
#[path = "texts/tests.rs"]
mod tests;
