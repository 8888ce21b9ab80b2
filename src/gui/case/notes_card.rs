//! What the engineer writes down about the case, and when to return to it.

use std::collections::BTreeMap;

use egui::{Label, RichText, Ui};

use crate::case::{Case, CaseId, CaseNote, Reminder, UserError, UtcMs, parse_reminder};
use crate::engine::api::Command;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, Field, Toast, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::undo::Undo;
use crate::gui::view_context::ViewContext;

/// The reminders that one press sets: caption, name and days.
const IN_DAYS: [(&str, &str, i64); 3] =
    [("1 day", "tomorrow", 1), ("3 days", "in 3 days", 3), ("1 week", "in a week", 7)];

/// The card's state. What is typed stays when another case is shown.
#[derive(Debug, Default)]
pub struct NotesCard {
    typed: BTreeMap<CaseId, Typed>,
    /// The field of the new note takes the focus in the next frame.
    wants_focus: bool,
    asked: Pending<(Undo, Saved)>,
    /// Why the last note or reminder of this case was not saved.
    error: Option<(CaseId, UserError)>,
}

/// What is typed for one case.
#[derive(Debug, Default)]
struct Typed {
    note: String,
    /// The note that is being changed.
    changed: Option<UtcMs>,
    /// The person wants to type when to be reminded.
    is_other_time: bool,
    when: String,
    why: String,
}

/// Which typed text an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Saved {
    Note,
    Removal,
    Reminder,
}

impl NotesCard {
    /// Takes the answer to a change. What was typed is removed only once it is saved.
    pub fn on_answer(&mut self, answers: &mut Answers, cx: &ViewContext<'_>, out: &mut Outbox) {
        let Some(((undo, saved), result)) = self.asked.take(answers) else { return };
        let id = undo.case();
        if let Err(error) = result {
            self.error = Some((id, error));
            return;
        }
        self.error = None;
        let typed = self.typed.entry(id).or_default();
        match saved {
            Saved::Note => (typed.note, typed.changed) = (String::new(), None),
            Saved::Removal => {}
            Saved::Reminder => (typed.is_other_time, typed.when, typed.why) = Default::default(),
        }
        if let Some(case) = cx.snapshot.cases.iter().find(|case| case.id == id) {
            out.toast(Toast::undoable(undo.done(), undo.since(case)));
        }
    }

    /// Whether a note or a reminder is typed for a case that is not saved.
    pub fn is_unsaved(&self, case: &Case) -> bool {
        self.typed.get(&case.id).is_some_and(|typed| {
            let is_changed = match typed.changed {
                Some(at) => case.notes.iter().all(|note| note.at != at || note.text != typed.note),
                None => true,
            };
            !typed.note.trim().is_empty() && is_changed || !typed.when.trim().is_empty()
        })
    }

    /// Gives the field of the new note the keyboard focus, and scrolls to it.
    pub fn focus(&mut self) {
        self.wants_focus = true;
    }

    pub fn ui(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        if case.private_data_deleted.is_some() {
            return;
        }
        kit::card(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            kit::heading(ui, "Notes");
            for note in &case.notes {
                self.note(ui, case, note, cx, out);
            }
            self.new_note(ui, case, out);
            if !case.stage.is_closed() {
                ui.separator();
                self.reminder(ui, case, cx, out);
            }
            if let Some((_, error)) = self.error.as_ref().filter(|(id, _)| *id == case.id) {
                kit::error(ui, error);
            }
        });
    }

    fn note(&mut self, ui: &mut Ui, case: &Case, note: &CaseNote, cx: &ViewContext<'_>, out: &mut Outbox) {
        let t = tokens(ui);
        ui.push_id(("note", note.at.0), |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(format::relative(note.at, cx.now)).size(size::SMALL).color(t.faint))
                    .on_hover_text(note.at.for_people());
                kit::at_end(ui, |ui| {
                    let of = note.at.for_people();
                    let edit = format!("Edit the note of {of}");
                    if Button::new(&edit).icon(icons::EDIT).icon_only().quiet().show(ui).clicked() {
                        let typed = self.typed.entry(case.id).or_default();
                        (typed.note, typed.changed) = (note.text.clone(), Some(note.at));
                        self.wants_focus = true;
                    }
                    let remove = format!("Remove the note of {of}");
                    if Button::new(&remove).icon(icons::CANCEL).icon_only().quiet().show(ui).clicked() {
                        self.save(case, (Some(note.at), String::new()), Saved::Removal, out);
                    }
                });
            });
            ui.add(Label::new(RichText::new(&note.text).color(t.text)).wrap().selectable(true));
        });
    }

    fn new_note(&mut self, ui: &mut Ui, case: &Case, out: &mut Outbox) {
        let waiting = self.asked.is_open().then(|| "Saving.".to_owned());
        let typed = self.typed.entry(case.id).or_default();
        let label = if typed.changed.is_some() { "Note, changed" } else { "New note" };
        let focus = std::mem::take(&mut self.wants_focus);
        let field = Field::new(label)
            .hint("Only for you and the report")
            .rows(2)
            .hide_label()
            .focus(focus)
            .show(ui, &mut typed.note);
        if focus {
            field.scroll_to_me(None);
        }
        let blocked = typed.note.trim().is_empty().then(|| "Type a note first.".to_owned()).or(waiting);
        let (at, text) = (typed.changed, typed.note.clone());
        let mut discards = false;
        let mut saves = kit::accepted(ui, &field) && blocked.is_none();
        ui.horizontal(|ui| {
            let label = if at.is_some() { "Save the note" } else { "Add the note" };
            saves |= Button::new(label).icon(icons::ADD).blocked(blocked).show(ui).clicked();
            discards = at.is_some() && Button::new("Keep the old note").quiet().show(ui).clicked();
        });
        if saves {
            self.save(case, (at, text), Saved::Note, out);
        }
        if discards {
            let typed = self.typed.entry(case.id).or_default();
            (typed.note, typed.changed) = (String::new(), None);
        }
    }

    fn save(&mut self, case: &Case, (at, text): (Option<UtcMs>, String), saved: Saved, out: &mut Outbox) {
        let before = case.notes.iter().find(|note| Some(note.at) == at).map(|note| note.text.clone());
        let undo = Undo::Note {
            case: case.id,
            at,
            before: before.unwrap_or_default(),
            is_removed: saved == Saved::Removal,
        };
        let command = Command::Note { case: case.id, at, text };
        self.asked.ask_or(command, (undo, saved), IfUnhandled::ToastError, out);
    }

    fn reminder(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        if let Some(reminder) = &case.reminder {
            let is_over = reminder.at <= cx.now;
            let (severity, glyph) =
                if is_over { (Severity::Warn, icons::WARN) } else { (Severity::Plain, icons::CLOCK) };
            ui.horizontal_wrapped(|ui| {
                let words = format!("reminder {}", format::relative(reminder.at, cx.now));
                kit::chip(ui, severity, glyph, &words).on_hover_text(reminder.at.for_people());
                let label = if is_over { "Done: remove the reminder" } else { "Remove the reminder" };
                if Button::new(label).icon(icons::CANCEL).quiet().show(ui).clicked() {
                    self.remind(case, None, out);
                }
            });
            if !reminder.why.is_empty() {
                kit::soft(ui, reminder.why.as_str());
            }
            return;
        }
        let typed = self.typed.entry(case.id).or_default();
        let mut chosen = None;
        ui.horizontal(|ui| {
            // One line, also in the narrow column of a small window.
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.spacing_mut().button_padding.x = space::XS + 2.0;
            kit::soft(ui, "Remind me");
            for (caption, name, days) in IN_DAYS {
                let name = format!("Remind me {name}");
                if Button::new(&name).caption(caption).quiet().show(ui).clicked() {
                    chosen = Some(Reminder::in_days(days, typed.why.trim(), cx.now));
                }
            }
            let other = Button::new("Remind me at another time").icon(icons::EDIT).icon_only().quiet();
            if other.selected(typed.is_other_time).show(ui).clicked() {
                typed.is_other_time = !typed.is_other_time;
            }
        });
        if typed.is_other_time {
            chosen = chosen.or_else(|| other_time(ui, typed, cx.now));
        }
        if chosen.is_some() {
            self.remind(case, chosen, out);
        }
    }

    fn remind(&mut self, case: &Case, reminder: Option<Reminder>, out: &mut Outbox) {
        let undo = Undo::Reminder { case: case.id, before: case.reminder.clone() };
        let command = Command::Remind { case: case.id, reminder };
        self.asked.ask_or(command, (undo, Saved::Reminder), IfUnhandled::ToastError, out);
    }
}

/// The fields for a time of one's own; returns the reminder once it is saved.
fn other_time(ui: &mut Ui, typed: &mut Typed, now: UtcMs) -> Option<Reminder> {
    let read = parse_reminder(&typed.when, &typed.why, now);
    let wrong = read.as_ref().err().map(kit::refusal_words).filter(|_| !typed.when.trim().is_empty());
    let when = Field::new("When to remind you")
        .hint("tomorrow, in 3 days, 2026-12-01, 2026-12-01 14:00 UTC")
        .error(wrong.as_deref())
        .show(ui, &mut typed.when);
    let why = Field::new("What to do then").note("Optional.").show(ui, &mut typed.why);
    let accepted = kit::accepted(ui, &when) || kit::accepted(ui, &why);
    let blocked = read.as_ref().err().map(|_| "Type when to remind you.".to_owned());
    let saves = Button::new("Set the reminder").icon(icons::CLOCK).blocked(blocked).show(ui).clicked();
    read.ok().filter(|_| saves || accepted)
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::case::{CaseId, CaseNote, Reminder};
    use crate::engine::api::{Answer, AskId, Reply, Snapshot};
    use crate::gui::fixture::{ago, at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    fn with(change: impl Fn(&mut crate::case::Case)) -> Snapshot {
        let mut snapshot = at_work();
        let mut cases = snapshot.cases.to_vec();
        let mut case = cases[0].as_ref().clone();
        change(&mut case);
        cases[0] = case.into();
        snapshot.cases = cases.into();
        snapshot
    }

    fn on(snapshot: Snapshot) -> egui_kittest::Harness<'static, crate::gui::App> {
        let mut workspace = Workspace::pretend(snapshot);
        workspace.selected = Some(workspace.snapshot.cases[0].id);
        let mut window = window_of(workspace, egui::Theme::Light, 1280.0, 1800.0);
        window.run();
        window
    }

    #[test]
    fn a_note_is_typed_saved_and_undone() {
        let mut window = on(at_work());
        let id: CaseId = window.state().workspace().snapshot.cases[0].id;
        window.get_by_label("New note").focus();
        window.run();
        window.get_by_label("New note").type_text("the customer calls on Monday");
        window.run();
        window.get_by_label("Add the note").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert_eq!(
            sent,
            [format!("Note {{ case: {id:?}, at: None, text: \"the customer calls on Monday\" }}")]
        );
        let note = CaseNote { at: ago(0), text: "the customer calls on Monday".into() };
        let mut after = with(|case| case.notes = vec![note.clone()]);
        let reply = Reply { ask: AskId(1), at: now(), result: Ok(Answer::Case(id)) };
        after.replies = [reply.into()].into();
        window.state_mut().own.show(after);
        window.run();
        window.get_by_label("the customer calls on Monday");
        window.get_by_label("Note saved");
        window.get_by_label("Undo").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(
            sent[1].starts_with("Note") && sent[1].contains("at: Some") && sent[1].contains("text: \"\""),
            "{sent:?}"
        );
    }

    #[test]
    fn a_note_and_a_reminder_are_saved_from_their_fields_by_key() {
        let mut window = on(at_work());
        let accept =
            |window: &mut egui_kittest::Harness<'static, crate::gui::App>, field: &str, text: &str| {
                window.get_by_label(field).focus();
                window.run();
                for typed in ["", text] {
                    window.get_by_label(field).type_text(typed);
                    window.run();
                    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Enter);
                    window.run();
                }
            };
        accept(&mut window, "New note", "They use a proxy.");
        window.get_by_label("Remind me at another time").click();
        window.run();
        accept(&mut window, "When to remind you", "in 3 days");
        let sent = window.state().workspace().sent();
        assert!(sent[0].starts_with("Note") && sent[0].contains("They use a proxy."), "{sent:?}");
        assert!(sent[1].contains("emind"), "{sent:?}");
        assert_eq!(
            sent.len(),
            2,
            "an empty field saves nothing, and no step of the case was taken: {sent:?}"
        );
    }

    #[test]
    fn the_buttons_of_a_reminder_stand_on_one_line_inside_the_card() {
        for width in [900.0, 1_200.0, 1_280.0, 2_000.0] {
            let mut workspace = Workspace::pretend(at_work());
            workspace.selected = Some(workspace.snapshot.cases[0].id);
            let mut window = window_of(workspace, egui::Theme::Light, width, 2_400.0);
            window.run();
            let field = window.get_by_label("New note").rect();
            let names =
                ["Remind me", "Remind me tomorrow", "Remind me in a week", "Remind me at another time"];
            let places = names.map(|name| window.get_by_label(name).rect());
            for (name, place) in names.iter().zip(places) {
                let above = (place.center().y - places[0].center().y).abs();
                assert!(above < 3.0, "at {width}: {name} is at {place:?}, not at {:?}", places[0]);
                assert!(
                    place.right() <= field.right() + 1.0,
                    "at {width}: {name} ends at {place:?}, {field:?}"
                );
            }
        }
    }

    #[test]
    fn a_reminder_is_set_by_one_press_and_one_that_is_over_is_removed() {
        let mut window = on(at_work());
        window.get_by_label("Remind me in 3 days").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].starts_with("Remind") && sent[0].contains("Some(Reminder"), "{sent:?}");
        let reminder = Reminder { at: ago(60), why: "Has infra answered?".into() };
        let mut window = on(with(|case| case.reminder = Some(reminder.clone())));
        window.get_by_label("Has infra answered?");
        window.get_by_label("Reminder");
        window.get_by_label("Done: remove the reminder").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].contains("reminder: None"), "{sent:?}");
    }
}
