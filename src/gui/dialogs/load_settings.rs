//! The dialog that loads settings from a file: it shows what would change and asks for confirmation.

use std::path::Path;

use egui::{Context, Ui};
use serde_json::Value;

use crate::case::UserError;
use crate::engine::api::Portable;
use crate::engine::read_settings;
use crate::gui::dialog::Dialog;
use crate::gui::intent::{Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, Field, icons};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;
use crate::platform::folders;

/// The dialog's state.
#[derive(Debug, Default)]
pub struct LoadSettings {
    path: String,
    opened: bool,
    read: Option<Result<Portable, UserError>>,
}

impl Dialog for LoadSettings {
    fn on_picked(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.read = None;
    }

    fn on_read(&mut self, text: Result<String, String>) {
        self.read = Some(match text {
            Ok(text) => read_settings(&text),
            Err(why) => Err(UserError::new(crate::case::Code::Local, why, "Choose another file.")),
        });
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let changes = match &self.read {
            Some(Ok(file)) => file.changes(&cx.snapshot.settings),
            _ => Vec::new(),
        };
        let blocked = match &self.read {
            None => Some("Read a file first.".to_owned()),
            Some(Err(_)) => Some("This file cannot be used.".to_owned()),
            Some(Ok(_)) if changes.is_empty() => Some("Nothing would change.".to_owned()),
            Some(Ok(_)) => None,
        };
        let dialog =
            DialogFrame::new("Import settings").accept("Change these settings").width(640.0).blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            self.file(ui, out);
            match &self.read {
                None => {}
                Some(Err(error)) => kit::error(ui, error),
                Some(Ok(file)) => {
                    kit::section(ui, "Changes");
                    for change in &changes {
                        let from = change.from.as_ref().map_or_else(|| "not set".to_owned(), shown);
                        kit::pair(ui, change.label, &format!("{} (now {from})", shown(&change.to)));
                    }
                    if changes.is_empty() {
                        kit::soft(ui, "Nothing: your settings are already the same.");
                    }
                    let unknown = file.unknown_instances(&cx.snapshot.instances);
                    if !unknown.is_empty() {
                        kit::section(ui, "Instances that you are not connected to");
                        for url in &unknown {
                            kit::soft(ui, format!("• {url}"));
                        }
                        kit::faint(ui, "The file contains no tokens. Connect to each instance afterwards.");
                    }
                }
            }
        });
        if verdict == DialogVerdict::Accepted {
            out.push(Intent::Apply(changes.into_iter().map(|change| (change.key, change.to)).collect()));
        }
        verdict == DialogVerdict::Open
    }
}

impl LoadSettings {
    fn file(&mut self, ui: &mut Ui, out: &mut Outbox) {
        let field = Field::new("File").note("A file that Export Desk wrote.").focus(!self.opened);
        let response = field.show(ui, &mut self.path);
        self.opened = true;
        if response.changed() {
            self.read = None;
        }
        ui.horizontal_wrapped(|ui| {
            let empty = self.path.trim().is_empty().then(|| "Type a file.".to_owned());
            if Button::new("Read the file").icon(icons::TEXT).blocked(empty).show(ui).clicked() {
                out.push(Intent::Read(folders::typed(&self.path)));
            }
            if Button::new("Choose a file…").icon(icons::FOLDER).show(ui).clicked() {
                out.push(Intent::Pick(Pick::Settings));
            }
        });
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
