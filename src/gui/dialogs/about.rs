//! What this program is, what changed in it, and whose work is in it.

use egui::Context;

use crate::gui::dialog::Dialog;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, DialogFrame, icons};
use crate::gui::os::notices;
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;
use crate::platform::words;

/// What changed in each release, from a user's point of view.
const CHANGES: &str = include_str!("../../../assets/CHANGELOG.md");

/// Where the releases of this copy's publisher are; a copy built from source has none. Export Desk itself never asks
/// for updates.
const HOME: Option<&str> = option_env!("EXPORT_DESK_HOME");

/// The dialog.
#[derive(Debug)]
pub struct About;

impl Dialog for About {
    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        about(ctx, out)
    }
}

fn about(ctx: &Context, out: &mut Outbox) -> bool {
    let dialog = DialogFrame::new("About Export Desk").dismiss("Close").width(720.0);
    let verdict = dialog.show(ctx, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        let version = env!("CARGO_PKG_VERSION");
        kit::pair(ui, "Version", &format!("Export Desk {version}, {} {}", std::env::consts::OS, std::env::consts::ARCH));
        kit::pair(ui, "Licence", env!("CARGO_PKG_LICENSE"));
        kit::soft(ui, "Not made or endorsed by GitLab. GitLab is a trademark of GitLab Inc.");
        kit::soft(ui, "Export Desk sends data only to the instances that you connect to.");
        if let Some(home) = HOME.filter(|home| home.starts_with("https://"))
            && Button::new("Open the releases").icon(icons::OPEN).show(ui).clicked()
        {
            out.push(Intent::OpenUrl(format!("{home}/releases")));
        }
        if let Some(command) = words::command_line_hint() {
            kit::pair(ui, "Command line, once in a terminal", &command);
        }
        kit::section(ui, "Third-party notices");
        if let Some(path) = notices() {
            kit::pair(ui, "Notices", &path.display().to_string());
            if Button::new("Open their folder").icon(icons::FOLDER).show(ui).clicked() {
                out.push(Intent::OpenFolder(path));
            }
        } else {
            kit::soft(
                ui,
                "The packages of Export Desk contain the libraries' notices as NOTICES.md. This copy does not have the file.",
            );
        }
        kit::section(ui, "What changed");
        crate::gui::dialogs::save_text::whole(ui, "Changes", CHANGES.trim());
    });
    verdict == kit::DialogVerdict::Open
}
