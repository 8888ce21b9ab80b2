//! The card of instances and their tokens.

use egui::{Context, Label, RichText, Ui};

use crate::engine::api::{Command, InstanceView, TokenState};
use crate::gui::command::UiCommand;
use crate::gui::dialogs::Dialog;
use crate::gui::dialogs::connect::Connect;
use crate::gui::dialogs::connect::{kept, line};
use crate::gui::format;
use crate::gui::intent::{Outbox, Purpose};
use crate::gui::kit::{self, Button, DialogFrame, Verdict, icons};
use crate::gui::pages::top_bar::standing;
use crate::gui::theme::tokens;
use crate::gui::view_context::ViewContext;

pub(super) fn instances(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    kit::heading(ui, "GitLab instances");
    for instance in cx.snap.instances.iter() {
        one(ui, instance, cx, out);
        ui.separator();
    }
    if UiCommand::Connect.button(ui, cx).show(ui).clicked() {
        out.run(UiCommand::Connect);
    }
}

fn one(ui: &mut Ui, instance: &InstanceView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let host = format::host(&instance.url).to_owned();
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let forget = format!("Forget {host}");
            if Button::new(&forget).icon(icons::DELETE).icon_only().quiet().show(ui).clicked() {
                out.open(Dialog::Forget(Forget { instance: instance.url.clone() }));
            }
            let renew = format!("New token for {host}");
            if Button::new(&renew).caption("New token").icon(icons::KEY).show(ui).clicked() {
                out.open(Dialog::Connect(Box::new(Connect::new(&instance.url))));
            }
            let check = format!("Check {host}");
            if Button::new(&check).caption("Check").icon(icons::REFRESH).show(ui).clicked() {
                let command = Command::Check { instance: instance.url.clone(), project: None };
                out.ask(command, Purpose::Say("The token works"));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let (severity, glyph, words) = standing(instance);
                kit::chip(ui, severity, glyph, &words);
                ui.add(Label::new(RichText::new(&host).color(tokens(ui).text)).truncate())
                    .on_hover_text(line(instance));
            });
        });
    });
    if let Some(account) = &instance.account {
        let scopes = account.scopes.join(", ");
        let words = format!("@{} · GitLab {} · {scopes}", account.user, account.gitlab_version);
        kit::faint(ui, words);
        kit::pair_time(ui, "Last checked", account.checked_at, cx.now);
    }
    let words = match instance.token {
        TokenState::KeyringLocked => {
            Some("The keyring is locked, with the token in it. Unlock it, then press Check.")
        }
        known => kept(known),
    };
    if let Some(words) = words {
        kit::faint(ui, words);
    }
}

/// The question before an instance is forgotten.
#[derive(Debug)]
pub struct Forget {
    pub instance: String,
}

impl Forget {
    /// True while the dialog stays open.
    pub fn ui(&mut self, ctx: &Context, out: &mut Outbox) -> bool {
        let title = format!("Forget {}?", format::host(&self.instance));
        let dialog = DialogFrame::new(&title).accept("Forget it").danger();
        let verdict = dialog.show(ctx, |ui| {
            kit::soft(
                ui,
                "Its token is removed from the keyring. Cases, receipts and the journal stay; exports that are \
                 being watched are watched again once you connect.",
            );
        });
        if verdict == Verdict::Accepted {
            let instance = self.instance.clone();
            out.ask(Command::Forget { instance }, Purpose::Say("Forgotten"));
        }
        verdict == Verdict::Open
    }
}
