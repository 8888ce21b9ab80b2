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
            let response = button.caption(route.page().label).show(ui);
            if route == Route::Downloads {
                count(ui, response.rect, moving(cx));
            }
            if response.clicked() {
                out.go(route);
            }
        }
        let narrow = ui.available_width() < 460.0;
        let mut connects = false;
        let current = |ui: &mut Ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| connects = account(ui, cx));
        };
        kit::ends(ui, current, |ui| {
            if cx.snapshot.is_offline {
                offline(ui);
            }
            search(ui, narrow, out);
            let settings = Button::new("Settings").icon(icons::SETTINGS).icon_only().quiet();
            if settings.selected(cx.route == Route::Settings).show(ui).clicked() {
                out.go(Route::Settings);
            }
        });
        if connects {
            out.run(UiCommand::Connect);
        }
    });
}

/// A number on the corner of a tab's icon: it takes no room, so that no tab moves when it comes or goes.
fn count(ui: &Ui, tab: egui::Rect, number: usize) {
    if number == 0 {
        return;
    }
    let t = tokens(ui);
    let words = if number > 9 { "9+".to_owned() } else { number.to_string() };
    let font = egui::FontId::proportional(10.0);
    let galley = ui.painter().layout_no_wrap(words, font, t.on_accent);
    let center = tab.left_top() + egui::vec2(ui.spacing().button_padding.x + size::ICON - 4.0, 8.0);
    let ground = egui::Rect::from_center_size(center, egui::vec2((galley.size().x + 6.0).max(14.0), 14.0));
    ui.painter().rect_filled(ground, egui::CornerRadius::same(7), t.accent);
    ui.painter().galley(center - galley.size() / 2.0, galley, t.on_accent);
}

fn moving(cx: &ViewContext<'_>) -> usize {
    cx.snapshot.downloads.iter().filter(|download| !download.state.is_ended()).count()
}

fn search(ui: &mut Ui, narrow: bool, out: &mut Outbox) {
    let t = tokens(ui);
    let keys = UiCommand::Palette.entry().keys.map(|keys| keys_text(ui.ctx(), &keys)).unwrap_or_default();
    let glyph = RichText::new(icons::SEARCH.codepoint).family(icons::SEARCH.font_family()).size(size::ICON);
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

/// The instance of the selected case, or the only one. Returns whether the person wants to connect to the first.
fn account(ui: &mut Ui, cx: &ViewContext<'_>) -> bool {
    // The token of another instance says nothing about this case.
    let lacks = cx.case.filter(|_| cx.route == Route::Cases && cx.instance.is_none());
    let other = cx.snapshot.instances.first().filter(|_| lacks.is_none());
    let Some(instance) = cx.instance.or(other) else {
        if let Some(case) = lacks {
            kit::chip(ui, Severity::Warn, icons::CONNECT, "not connected");
            let host = RichText::new(format::host(&case.instance)).size(size::SMALL).color(tokens(ui).soft);
            ui.add(egui::Label::new(host).truncate());
            return false;
        }
        return Button::new("Connect").icon(icons::CONNECT).quiet().show(ui).clicked();
    };
    let (severity, glyph, words) = token_chip::status(instance, &cx.snapshot.rules, cx.now);
    let chip = kit::chip(ui, severity, glyph, &words);
    let host = if instance.is_practice { "practice GitLab" } else { format::host(&instance.url) };
    let whole = match &instance.account {
        Some(account) => format!("{host} · {}", account.who()),
        None => host.to_owned(),
    };
    chip.on_hover_text(&whole);
    if ui.available_width() > 120.0 {
        let font = egui::FontId::proportional(size::SMALL);
        let needed = ui.painter().layout_no_wrap(whole.clone(), font, tokens(ui).soft).size().x;
        // Half a name is no name: the host is shown alone then.
        let words = if needed <= ui.available_width() { &whole } else { host };
        let text = RichText::new(words).size(size::SMALL).color(tokens(ui).soft);
        ui.add(egui::Label::new(text).truncate()).on_hover_text(&whole);
    }
    false
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::engine::api::Snapshot;
    use crate::gui::fixture::{at_work, window};

    #[test]
    fn no_token_is_shown_beside_a_case_of_a_forgotten_instance() {
        let mut snapshot = at_work();
        let case = std::sync::Arc::make_mut(&mut std::sync::Arc::make_mut(&mut snapshot.cases)[0]);
        case.instance = "https://forgotten.example.org".to_owned();
        let id = case.id;
        let mut workspace = crate::gui::workspace::Workspace::pretend(snapshot);
        workspace.selected = Some(id);
        let mut window = crate::gui::fixture::window_of(workspace, egui::Theme::Dark, 1280.0, 700.0);
        window.run();
        window.get_by_label("not connected");
        assert!(window.query_by_label_contains("token: ").is_none());
    }

    #[test]
    fn no_tab_moves_when_a_download_begins() {
        let moving = at_work();
        let mut window = window(
            Snapshot { downloads: std::sync::Arc::new([]), ..at_work() },
            egui::Theme::Dark,
            1280.0,
            700.0,
        );
        window.run();
        let before = window.get_by_label("Exports").rect();
        window.get_by_label("Downloads");
        window.state_mut().own.show(moving);
        window.run();
        window.get_by_label_contains("Downloads (");
        assert_eq!(window.get_by_label("Exports").rect(), before);
    }

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
