//! The part of the settings about notifications of the system: which, and when not.

use egui::{Key, RichText, Ui};
use serde_json::{Value, json};

use crate::engine::Command;
use crate::gui::attention::{Choice, NOTIFICATIONS, QUIET_HOURS, Quiet, Wanted};
use crate::gui::intent::{Outbox, Purpose};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::scene::Scene;
use crate::gui::theme::{space, tokens};

/// The hours that are proposed.
const NIGHT: Quiet = Quiet { from: 20 * 60, to: 8 * 60 };

/// The card's state.
#[derive(Debug, Default)]
pub struct Notifications {
    /// From and to as typed; nothing until the card is seen.
    typed: Option<(String, String)>,
    wrong: Option<&'static str>,
}

impl Notifications {
    pub fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        kit::heading(ui, "Notifications");
        if scene.practising {
            kit::faint(ui, "What is told outside the window is set outside practice.");
            return;
        }
        let choice = Choice::of(&scene.snap.settings);
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
        let shown = choice.quiet.unwrap_or(NIGHT);
        let (from, to) = self.typed.get_or_insert_with(|| (Quiet::typed(shown.from), Quiet::typed(shown.to)));
        let mut entered = false;
        ui.horizontal_top(|ui| {
            for (label, value) in [("Quiet from", &mut *from), ("Quiet until", &mut *to)] {
                ui.vertical(|ui| {
                    ui.set_max_width(120.0);
                    let response = Field::new(label).hint("22:00").error(self.wrong).show(ui, value);
                    if response.changed() {
                        self.wrong = None;
                    }
                    entered |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                });
            }
        });
        let wanted = Quiet::minute(from).zip(Quiet::minute(to)).map(|(from, to)| Quiet { from, to });
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
            let may = same.is_none();
            let button = Button::new("Apply quiet hours").icon(icons::CLOCK).blocked(same);
            if button.show(ui).clicked() || (entered && may) {
                match wanted {
                    Some(quiet) if quiet.from != quiet.to => {
                        keep(QUIET_HOURS, quiet.value(), "Quiet hours are set", out);
                    }
                    Some(_) => self.wrong = Some("Begin and end are the same."),
                    None => self.wrong = Some("Type a time of day, such as 22:00."),
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
        for wanted in Wanted::EVERY {
            if ui.radio(choice.wanted == wanted, wanted.label()).clicked() && choice.wanted != wanted {
                keep(NOTIFICATIONS, json!(wanted.word()), "Notifications are set", out);
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
    use crate::engine::Snapshot;
    use crate::gui::App;
    use crate::gui::desk::Desk;
    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::route::Route;

    fn page(snap: Snapshot) -> Harness<'static, App> {
        let mut desk = Desk::pretend(snap);
        desk.route = Route::Settings;
        let mut window = window_of(desk, egui::Theme::Dark, 1280.0, 4000.0);
        window.run();
        window
    }

    /// What was asked to be kept; the page has other questions of its own.
    fn kept(window: &Harness<'static, App>) -> Vec<String> {
        window.state().desk().sent().into_iter().filter(|command| command.contains("Keep {")).collect()
    }

    #[test]
    fn what_is_told_is_chosen_and_quiet_hours_are_typed() {
        let mut window = page(at_work());
        window.get_by_label("Only problems and clocks").click();
        window.run();
        window.get_by_label("There are no quiet hours.");
        window.get_by_label("Quiet from").focus();
        window.run();
        window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        window.run();
        window.get_by_label("Quiet from").type_text("late");
        window.run();
        window.get_by_label("Apply quiet hours").click();
        window.run();
        assert_eq!(kept(&window).len(), 1, "no time of day, nothing is kept");
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
        let settings = [(NOTIFICATIONS.to_owned(), json!("none")), (QUIET_HOURS.to_owned(), NIGHT.value())];
        let mut window = page(Snapshot { settings: Arc::new(settings.into()), ..at_work() });
        assert!(window.get_by_label("Apply quiet hours").accesskit_node().is_disabled());
        window.get_by_label_contains("Quiet every day from 20:00 to 08:00");
        window.get_by_label("No quiet hours").click();
        window.run();
        let sent = kept(&window);
        assert!(sent[0].contains("quiet_hours") && sent[0].contains("Null"), "{sent:?}");
    }
}
