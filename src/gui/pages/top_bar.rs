//! The bar at the top: pages, the current account, search and settings.

use egui::{Align, Button as Plain, Layout, RichText, Ui};

use crate::gui::command::{UiCommand, keys_text};
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, icons};
use crate::gui::route::Route;
use crate::gui::theme::{Severity, size, tokens};
use crate::gui::token_chip;
use crate::gui::view_context::ViewContext;

/// Draws the bar.
pub fn top_bar(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        // If there is no room for all labels, the current page keeps its label and the others show only their icons.
        let tabs = Route::ALL.iter().copied().filter(|route| *route != Route::Settings);
        let tight = ui.available_width() < 100.0 * tabs.clone().count() as f32 + 340.0;
        for route in tabs {
            let selected = cx.route == route;
            let label = match (route, moving(cx)) {
                (Route::Downloads, n) if n > 0 => format!("{} ({n})", route.page().label),
                _ => route.page().label.to_owned(),
            };
            let button = Button::new(&label).icon(route.page().icon).quiet().selected(selected);
            let button = if tight && !selected { button.icon_only() } else { button };
            if button.show(ui).clicked() {
                out.go(route);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let settings = Button::new("Settings").icon(icons::SETTINGS).icon_only().quiet();
            if settings.selected(cx.route == Route::Settings).show(ui).clicked() {
                out.go(Route::Settings);
            }
            search(ui, out);
            if cx.snapshot.is_offline {
                offline(ui);
            }
            account(ui, cx, out);
        });
    });
}

fn moving(cx: &ViewContext<'_>) -> usize {
    cx.snapshot.downloads.iter().filter(|download| !download.state.is_ended()).count()
}

fn search(ui: &mut Ui, out: &mut Outbox) {
    let t = tokens(ui);
    let keys = UiCommand::Palette.entry().keys.map(|keys| keys_text(ui.ctx(), &keys)).unwrap_or_default();
    let glyph = RichText::new(icons::SEARCH.codepoint).family(icons::SEARCH.font_family()).size(size::ICON);
    let narrow = ui.available_width() < 420.0;
    let words = if narrow { "Search" } else { "Search or run" };
    let button = Plain::new((glyph.color(t.faint), RichText::new(words).color(t.soft)))
        .right_text(RichText::new(&keys).small().color(t.faint));
    let response = ui.add(button).accessible_name("Search or run a command");
    if response.on_hover_text("Finds every command and every case by name.").clicked() {
        out.run(UiCommand::Palette);
    }
}

/// The mark while network calls fail everywhere.
fn offline(ui: &mut Ui) {
    kit::chip(ui, Severity::Bad, icons::OFFLINE, "Offline").on_hover_text(
        "No GitLab answers. Check the network, the VPN and the proxy. The mark goes with the next answer.",
    );
}

/// The instance of the selected case, or the only one.
fn account(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Some(instance) = cx.instance.or_else(|| cx.snapshot.instances.first()) else {
        if Button::new("Connect").icon(icons::CONNECT).quiet().show(ui).clicked() {
            out.run(UiCommand::Connect);
        }
        return;
    };
    let (severity, glyph, words) = token_chip::status(instance);
    let chip = kit::chip(ui, severity, glyph, &words);
    let host = if instance.is_practice { "practice GitLab" } else { format::host(&instance.url) };
    let words = match &instance.account {
        Some(account) => format!("{host} · {}", account.who()),
        None => host.to_owned(),
    };
    chip.on_hover_text(&words);
    let text = RichText::new(words).size(size::SMALL).color(tokens(ui).soft);
    if ui.available_width() > 120.0 {
        ui.add(egui::Label::new(text).truncate());
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::engine::api::Snapshot;
    use crate::gui::fixture::{at_work, window};

    #[test]
    fn calls_that_fail_everywhere_are_marked_until_one_succeeds() {
        let mark = "Offline";
        for width in [900.0, 1600.0] {
            let offline = Snapshot { is_offline: true, ..at_work() };
            let mut window = window(offline, egui::Theme::Dark, width, 700.0);
            window.run();
            let rect = window.get_by_label(mark).rect();
            assert!(rect.left() > 0.0 && rect.right() < width, "the mark is at {rect:?}");
            window.state_mut().own.show(at_work());
            window.run();
            assert!(window.query_by_label(mark).is_none());
        }
    }
}
