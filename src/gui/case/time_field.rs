//! The field of the next step for a time, with the button that fills in the present one.

use egui::{Align, Label, Layout, Response, RichText, Ui, Vec2};

use crate::case::intake::parse_time_near;
use crate::case::{Fact, UtcMs, Value, check_moment};
use crate::gui::case::read_time::shown;
use crate::gui::kit::{Button, Field};
use crate::gui::theme::{size, space, tokens};

/// The width of the field with its button, and of the button, in points.
pub const TIME_WIDTH: f32 = 250.0;
const NOW_WIDTH: f32 = 56.0;

/// Draws the field, and below it how the time is understood. Returns true if the button has filled it in.
pub fn time_field(
    ui: &mut Ui,
    fact: Fact,
    (widget, is_wrong, whose): (Field<'_>, bool, &str),
    text: &mut String,
    now: UtcMs,
) -> (Response, bool) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.label(RichText::new(fact.label()).size(size::SMALL).color(tokens(ui).soft));
        let row = ui.horizontal_top(|ui| {
            let width = ui.available_width().min(TIME_WIDTH) - NOW_WIDTH - space::XS;
            ui.spacing_mut().item_spacing.x = space::XS;
            let response = slot(ui, width, |ui| widget.hide_label().show(ui, text));
            let name = format!("Now: {}", fact.label());
            let fills = Button::new(&name)
                .caption("Now")
                .skips_tab(!text.trim().is_empty())
                .tooltip("Fills in the present time; you can still edit it.");
            let is_filled = fills.show(ui).clicked();
            if is_filled {
                *text = now.rfc3339();
            } else if response.lost_focus() {
                settle(text, now);
            }
            (response, is_filled)
        });
        // One line, whatever it says: nothing moves when it changes.
        let (words, is_possible) = understood(fact, text, now);
        let color = if is_wrong || !is_possible { tokens(ui).bad } else { tokens(ui).faint };
        ui.add(Label::new(RichText::new(format!("{words}{whose}")).small().color(color)).truncate());
        row.inner
    })
    .inner
}

/// “20 minutes ago” means the moment when it was typed, also where it is saved later.
fn settle(text: &mut String, now: UtcMs) {
    let at = |now: UtcMs| parse_time_near(text, now).ok();
    if let Some(meant) = at(now)
        && at(now.plus_ms(1000)).is_some_and(|later| later != meant)
    {
        *text = meant.rfc3339();
    }
}

/// How the typed time is understood, in one short line, and whether the case accepts such a time. What is not a time yet may
/// become one.
fn understood(fact: Fact, typed: &str, now: UtcMs) -> (String, bool) {
    if typed.trim().is_empty() {
        return ("With the time zone: 14:05 +02:00".to_owned(), true);
    }
    match parse_time_near(typed, now) {
        Err(_) => ("Not a time yet, for example 14:05 +02:00".to_owned(), true),
        Ok(at) => (shown(at, now), check_moment(fact, &Value::Time(at), now).is_ok()),
    }
}

/// A column of this width inside a row.
pub fn slot<R>(ui: &mut Ui, width: f32, content: impl FnOnce(&mut Ui) -> R) -> R {
    let layout = Layout::top_down(Align::Min);
    ui.allocate_ui_with_layout(Vec2::new(width, 0.0), layout, |ui| {
        ui.set_width(width);
        content(ui)
    })
    .inner
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::fixture::now;

    #[test]
    fn a_time_that_is_relative_is_that_of_its_typing() {
        let settled = |typed: &str| {
            let mut text = typed.to_owned();
            settle(&mut text, now());
            text
        };
        assert_eq!(settled("20 minutes ago"), now().plus_ms(-20 * 60_000).rfc3339());
        for typed in ["2026-11-20 10:00 UTC", "soon", ""] {
            assert_eq!(settled(typed), typed);
        }
    }

    #[test]
    fn half_a_time_is_no_mistake_yet_and_a_time_that_the_case_refuses_is() {
        let of = |typed: &str| understood(Fact::UiAttemptAt, typed, now());
        assert!(of("20 minutes ago").0.contains("20 min ago"));
        assert!(of("2026-1").1 && of("2026-1").0.starts_with("Not a time yet"));
        assert!(!of(&now().plus_ms(3 * 86_400_000).rfc3339()).1);
    }
}
