//! The card of instances and their tokens.

use egui::{Label, RichText, Ui};

use crate::engine::api::{Command, InstanceView, TokenState};
use crate::gui::command::UiCommand;
use crate::gui::dialogs::connect::{ConnectTo, kept, line};
use crate::gui::dialogs::forget::Forget;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::tokens;
use crate::gui::token_chip::status;
use crate::gui::view_context::ViewContext;
use crate::platform::words::KEYRING;

pub(super) fn instances(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    kit::heading(ui, "GitLab instances");
    for instance in cx.snapshot.instances.iter() {
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
        let state =
            |ui: &mut Ui| {
                let (severity, glyph, words) = status(instance, &cx.snapshot.rules, cx.now);
                kit::chip(ui, severity, glyph, &words);
                ui.add(Label::new(RichText::new(&host).color(tokens(ui).text)).truncate())
                    .on_hover_text(line(instance, &cx.snapshot.rules, cx.now));
            };
        kit::ends(ui, state, |ui| {
            let check = format!("Check {host}");
            if Button::new(&check).caption("Check").icon(icons::REFRESH).show(ui).clicked() {
                let command =
                    Command::Check { instance: instance.url.clone(), project: None, contents: false };
                out.ask(command, IfUnhandled::toast("The token works"));
            }
            let renew = format!("New token for {host}");
            if Button::new(&renew).caption("New token").icon(icons::KEY).show(ui).clicked() {
                out.open(ConnectTo::instance(&instance.url));
            }
            let forget = format!("Forget {host}");
            if Button::new(&forget).icon(icons::DELETE).icon_only().quiet().show(ui).clicked() {
                out.open(Forget { instance: instance.url.clone() });
            }
        });
    });
    if let Some(account) = &instance.account {
        let scopes = account.scopes.join(", ");
        let words = format!("{} · {} · {scopes}", account.who(), account.gitlab());
        kit::faint(ui, words);
        kit::pair_time(ui, "Last checked", account.checked_at, cx.now);
    }
    let words = match instance.token {
        TokenState::KeyringLocked => Some(format!(
            "The {KEYRING} is locked or has not allowed access. Unlock the {KEYRING} or allow access, then select Check."
        )),
        known => kept(known),
    };
    if let Some(words) = words {
        kit::faint(ui, words);
    }
}
