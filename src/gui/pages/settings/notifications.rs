//! The settings card for desktop notifications: which news are announced outside the window.

use egui::{RichText, Ui};
use serde_json::json;

use crate::engine::api::{NOTIFICATIONS, NotificationLevel};
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::notification_policy::label;
use crate::gui::pages::settings::typed::keep;
use crate::gui::theme::tokens;
use crate::gui::view_context::ViewContext;
use crate::platform::words;

pub(super) fn notifications(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    kit::heading(ui, "Notifications");
    if cx.practising {
        kit::faint(ui, "Change notifications outside practice.");
        return;
    }
    let chosen = cx.snapshot.settings.notifications.unwrap_or_default();
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Notify me about").color(tokens(ui).soft));
        for wanted in NotificationLevel::ALL {
            if ui.radio(chosen == wanted, label(wanted)).clicked() && chosen != wanted {
                keep(NOTIFICATIONS, json!(wanted), "Notification setting saved", out);
            }
        }
    });
    kit::faint(
        ui,
        "Export Desk notifies you when the window is not in front: about exports, downloads and imports that end, and about near deadlines. A notification names only the ticket and the project.",
    );
    ui.horizontal_wrapped(|ui| {
        if Button::new("Send a test notification").icon(icons::GOOD).show(ui).clicked() {
            out.push(Intent::TestNotification);
        }
        kit::faint(ui, words::notifications_hint());
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::route::Route;
    use crate::gui::workspace::Workspace;

    #[test]
    fn notifications_can_be_chosen() {
        let mut workspace = Workspace::pretend(at_work());
        workspace.route = Route::Settings;
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 4000.0);
        window.run();
        window.get_by_label("Only problems and deadlines").click();
        window.run();
        let sent = window.state().workspace().sent();
        let kept: Vec<_> = sent.iter().filter(|command| command.contains("Keep {")).collect();
        window.get_by_label("Send a test notification").click();
        window.run();
        let shown = window.state().notification_policy.desktop.kept();
        assert!(shown.len() == 1 && shown[0].body.contains("test"), "{shown:?}");
        assert!(
            kept.len() == 1 && kept[0].contains("notifications") && kept[0].contains("problems"),
            "{sent:?}"
        );
    }
}
