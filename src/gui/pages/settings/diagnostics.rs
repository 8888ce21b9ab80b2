//! The last cards: settings as a file, the log and the diagnostics bundle, and information about this program.

use egui::{RichText, Ui};
use serde_json::{Value, json};

use crate::engine::api::{LOG_LEVEL, LogLevel};
use crate::engine::{log_folder, write_settings};
use crate::gui::command::UiCommand;
use crate::gui::dialogs::load_settings::LoadSettings;
use crate::gui::dialogs::save_text::SaveText;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, icons};
use crate::gui::pages::settings::typed::keep;
use crate::gui::theme::tokens;
use crate::gui::view_context::ViewContext;

pub(super) fn take_along(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    kit::heading(ui, "Export and import settings");
    kit::soft(ui, "One file with your settings and the URLs of your instances, without tokens or passwords.");
    let practising = cx.practising.then(|| "Practice has no separate settings.".to_owned());
    ui.horizontal_wrapped(|ui| {
        let export = Button::new("Export the settings…").icon(icons::SAVE).blocked(practising.clone());
        if export.show(ui).clicked() {
            let text = write_settings(&cx.snapshot.settings, &cx.snapshot.instances);
            let folder = &cx.snapshot.download_folder;
            out.open(SaveText::settings(&text, folder));
        }
        let import = Button::new("Import settings…").icon(icons::FOLDER).blocked(practising);
        if import.show(ui).clicked() {
            out.open(LoadSettings::default());
        }
    });
}

pub(super) fn diagnostics(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    kit::heading(ui, "Diagnostics");
    let now = cx.snapshot.settings.log_level.unwrap_or(LogLevel::Info);
    if !cx.practising {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Log level").color(tokens(ui).soft));
            for level in LogLevel::ALL {
                if ui.radio(now == level, says(level)).clicked() && now != level {
                    let value = if level == LogLevel::Info { Value::Null } else { json!(level.as_str()) };
                    keep(LOG_LEVEL, value, "Log level changed", out);
                }
            }
        });
    }
    match log_folder() {
        Some(folder) => kit::pair(ui, "Log folder", &folder.display().to_string()),
        None => {
            kit::faint(ui, "This window writes no log.");
        }
    }
    kit::faint(
        ui,
        "At most five files of 2 MiB, without tokens, headers, or names of projects and files. A level that was named when Export Desk was started overrides this setting.",
    );
    if UiCommand::Diagnose.button(ui, cx).show(ui).clicked() {
        out.run(UiCommand::Diagnose);
    }
}

fn says(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Off => "nothing",
        LogLevel::Error => "errors",
        LogLevel::Warn => "warnings",
        LogLevel::Info => "requests",
        LogLevel::Debug => "everything",
    }
}

pub(super) fn about(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    kit::heading(ui, "About");
    kit::soft(ui, format!("Export Desk {}", env!("CARGO_PKG_VERSION")));
    kit::soft(ui, "Not made or endorsed by GitLab.");
    if UiCommand::About.button(ui, cx).show(ui).clicked() {
        out.run(UiCommand::About);
    }
}
