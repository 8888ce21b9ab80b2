//! The part of the settings about notifications of the system: which, and when not.

use egui::{Key, RichText, Ui};
use serde_json::{Value, json};

use crate::engine::api::Command;
use crate::gui::intent::{Outbox, Purpose};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::notification_policy::{Choice, NOTIFICATIONS, QUIET_HOURS, Quiet, Wanted};
use crate::gui::theme::{space, tokens};
use crate::gui::view_context::ViewContext;

/// The card's state.
#[derive(Debug, Default)]
pub struct Notifications {
    /// From and to as typed; nothing until the card is seen.
    typed: Option<(String, String)>,
    /// What held when they were taken.
    held: Option<Quiet>,
    /// What is wrong with each of them.
    wrong: [Option<&'static str>; 2],
}

impl Notifications {
    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        kit::heading(ui, "Notifications");
        if cx.practising {
            kit::faint(ui, "What is told outside the window is set outside practice.");
            return;
        }
        let choice = Choice::of(&cx.snap.settings);
        wanted(ui, choice, out);
        ui.add_space(space::S);
        self.quiet(ui, choice, out);
        kit::faint(
            ui,
            "Told while the window is not in front: exports, downloads, relations exports and imports that end, and \
             clocks that are about to. A notification names the ticket and the project, nothing more.",
        );
    }

    fn quiet(&mut self, ui: &mut Ui, choice: Choice, out: &mut Outbox) {
        if self.held != choice.quiet {
            (self.typed, self.held) = (None, choice.quiet);
        }
        // Without quiet hours the fields are empty: what stands in them would look as if it held.
        let shown = choice.quiet.map(|quiet| (Quiet::typed(quiet.from), Quiet::typed(quiet.to)));
        let (from, to) = self.typed.get_or_insert_with(|| shown.unwrap_or_default());
        let mut entered = false;
        ui.horizontal_top(|ui| {
            let fields = [("Quiet from", "20:00", &mut *from), ("Quiet until", "08:00", &mut *to)];
            for ((label, example, value), wrong) in fields.into_iter().zip(&mut self.wrong) {
                ui.vertical(|ui| {
                    ui.set_max_width(150.0);
                    let hint = format!("such as {example}");
                    let response = Field::new(label).hint(&hint).error(*wrong).show(ui, value);
                    if response.changed() {
                        *wrong = None;
                    }
                    entered |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                });
            }
        });
        let minutes = [Quiet::minute(from), Quiet::minute(to)];
        let wanted = minutes[0].zip(minutes[1]).map(|(from, to)| Quiet { from, to });
        let nothing = from.trim().is_empty() && to.trim().is_empty();
        let state = match choice.quiet {
            Some(quiet) => format!(
                "Quiet every day from {} to {}, by this computer's clock. What happens then is told afterwards.",
                Quiet::typed(quiet.from),
                Quiet::typed(quiet.to)
            ),
            None => "There are no quiet hours.".to_owned(),
        };
        kit::soft(ui, state);
        ui.horizontal(|ui| {
            let same = (wanted.is_some() && wanted == choice.quiet).then(|| "They hold already.".to_owned());
            let blocked = same.or_else(|| nothing.then(|| "Type both times first.".to_owned()));
            let may = blocked.is_none();
            let button = Button::new("Apply quiet hours").icon(icons::CLOCK).blocked(blocked);
            if button.show(ui).clicked() || (entered && may) {
                match wanted {
                    Some(quiet) if quiet.from != quiet.to => {
                        keep(QUIET_HOURS, quiet.value(), "Quiet hours are set", out);
                    }
                    Some(_) => self.wrong = [None, Some("Begin and end are the same.")],
                    None => {
                        let why = "Type a time of day, such as 22:00.";
                        self.wrong = minutes.map(|minute| minute.is_none().then_some(why));
                    }
                }
            }
            if choice.quiet.is_some() && Button::new("No quiet hours").quiet().show(ui).clicked() {
                keep(QUIET_HOURS, Value::Null, "No quiet hours now", out);
            }
        });
    }
}

fn wanted(ui: &mut Ui, choice: Choice, out: &mut Outbox) {
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Tell me").color(tokens(ui).soft));
        for wanted in Wanted::ALL {
            if ui.radio(choice.wanted == wanted, wanted.label()).clicked() && choice.wanted != wanted {
                keep(NOTIFICATIONS, json!(wanted.as_str()), "Notifications are set", out);
            }
        }
    });
}

fn keep(key: &str, value: Value, said: &'static str, out: &mut Outbox) {
    out.ask(Command::Keep { key: key.to_owned(), value }, Purpose::Say(said));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::engine::api::Snapshot;
    use crate::gui::App;
    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::route::Route;
    use crate::gui::workspace::Workspace;

    fn page(snap: Snapshot) -> Harness<'static, App> {
        let mut workspace = Workspace::pretend(snap);
        workspace.route = Route::Settings;
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 4000.0);
        window.run();
        window
    }

    /// What was asked to be kept; the page has other questions of its own.
    fn kept(window: &Harness<'static, App>) -> Vec<String> {
        window.state().workspace().sent().into_iter().filter(|command| command.contains("Keep {")).collect()
    }

    #[test]
    fn what_is_told_is_chosen_and_quiet_hours_are_typed() {
        let mut window = page(at_work());
        window.get_by_label("Only problems and clocks").click();
        window.run();
        window.get_by_label("There are no quiet hours.");
        let held = |window: &Harness<'static, App>, field: &str| {
            window.get_by_label(field).accesskit_node().value().unwrap_or_default()
        };
        assert_eq!(held(&window, "Quiet from"), "", "what does not hold does not stand there");
        assert!(window.get_by_label("Apply quiet hours").accesskit_node().is_disabled());
        for (field, text) in [("Quiet from", "25:99"), ("Quiet until", "08:00")] {
            window.get_by_label(field).focus();
            window.run();
            window.get_by_label(field).type_text(text);
            window.run();
        }
        window.get_by_label("Apply quiet hours").click();
        window.run();
        assert_eq!(kept(&window).len(), 1, "no time of day, nothing is kept");
        let red = window.query_all_by_label("Type a time of day, such as 22:00.").count();
        assert_eq!(red, 1, "only the wrong one is marked");
        window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        window.get_by_label("Quiet from").focus();
        window.run();
        window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        window.run();
        window.get_by_label("Quiet from").type_text("21.30");
        window.run();
        window.get_by_label("Apply quiet hours").click();
        window.run();
        let sent = kept(&window);
        assert!(sent[0].contains("notifications") && sent[0].contains("problems"), "{sent:?}");
        assert!(sent[1].contains("21:30") && sent[1].contains("08:00"), "{sent:?}");
    }

    #[test]
    fn what_was_kept_is_shown_and_taken_back() {
        let night = Quiet { from: 20 * 60, to: 8 * 60 };
        let settings = [(NOTIFICATIONS.to_owned(), json!("none")), (QUIET_HOURS.to_owned(), night.value())];
        let mut window = page(Snapshot { settings: Arc::new(settings.into()), ..at_work() });
        assert!(window.get_by_label("Apply quiet hours").accesskit_node().is_disabled());
        window.get_by_label_contains("Quiet every day from 20:00 to 08:00");
        window.get_by_label("No quiet hours").click();
        window.run();
        let sent = kept(&window);
        assert!(sent[0].contains("quiet_hours") && sent[0].contains("Null"), "{sent:?}");
    }
}
