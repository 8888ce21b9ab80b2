//! The settings card for the handbook's data and the person's templates.

use egui::{Label, RichText, Ui};

use crate::engine::api::Command;
use crate::gui::dialogs::handbook::EditHandbook;
use crate::gui::dialogs::template::EditTemplate;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::{Severity, tokens};
use crate::gui::view_context::ViewContext;
use crate::texts::TextKind;

pub(super) fn text_config(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let text_config = &cx.snapshot.text_config;
    kit::heading(ui, "Handbook and texts");
    match &text_config.folder {
        Some(folder) => kit::pair(ui, "Folder of your own files", &folder.display().to_string()),
        None if cx.practising => {
            kit::faint(ui, "Practice uses the built-in handbook and texts. Edit your own outside practice.");
        }
        None => {
            kit::faint(ui, "There is no folder for your own files: this system has no home folder.");
        }
    }
    ui.horizontal_wrapped(|ui| {
        match (&text_config.own_handbook, text_config.mistakes.len()) {
            (None, _) => kit::chip(ui, Severity::Plain, icons::TEXT, "the built-in handbook"),
            (Some(_), 0) => kit::chip(ui, Severity::Info, icons::EDIT, "your own handbook.toml"),
            (Some(_), 1) => kit::chip(ui, Severity::Bad, icons::BAD, "one mistake in your handbook.toml"),
            (Some(_), n) => {
                kit::chip(ui, Severity::Bad, icons::BAD, &format!("{n} mistakes in your handbook.toml"))
            }
        };
        let edit = Button::new("Edit the handbook's data…").icon(icons::EDIT);
        if edit.tooltip("Links, trackers, labels, deadlines, log hosts and known issues.").show(ui).clicked()
        {
            out.open(EditHandbook);
        }
        let reload = Button::new("Read the files again").icon(icons::REFRESH).quiet();
        if reload.tooltip("Use this after another program changed the files.").show(ui).clicked() {
            out.ask(Command::ReloadTexts, IfUnhandled::toast("The files were read again"));
        }
    });
    kit::section(ui, "Texts");
    for kind in TextKind::ALL {
        ui.horizontal(|ui| {
            let name = |ui: &mut Ui| {
                ui.add(Label::new(RichText::new(kind.title()).color(tokens(ui).text)).truncate());
            };
            kit::ends(ui, name, |ui| {
                if let Some(why) = text_config.unread.get(&kind) {
                    kit::chip(ui, Severity::Bad, icons::BAD, "unusable").on_hover_text(why);
                } else if text_config.templates.contains_key(&kind) {
                    kit::chip(ui, Severity::Info, icons::EDIT, "your own");
                } else {
                    kit::chip(ui, Severity::Plain, icons::TEXT, "built in");
                }
                let label = format!("Edit the text {}", kind.title());
                let edit = Button::new(&label).caption("Edit…").icon(icons::EDIT).quiet();
                if edit.show(ui).clicked() {
                    out.open(EditTemplate { kind });
                }
            });
        });
    }
}
