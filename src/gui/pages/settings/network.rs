//! The settings card for the connection to GitLab: proxy and root certificates.

use std::path::Path;

use egui::Ui;
use serde_json::{Value, json};

use crate::engine::api::{CA_FILE, PROXY};
use crate::engine::proxy_fault;
use crate::gui::intent::{Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pages::settings::typed::{Spec, Typed, full};
use crate::gui::pending::Answers;
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

const PROXY_FIELD: Spec = Spec {
    key: PROXY,
    label: "Proxy",
    hint: "the system's setting",
    note: "For example http://proxy.example:3128, or the word direct. Export Desk does not store passwords: set a proxy with a password in the environment.",
    apply: "Use this proxy",
    said: "Proxy changed",
    show: |value| value.as_str().unwrap_or_default().to_owned(),
    read: |typed| match typed.trim() {
        "" => Ok(Value::Null),
        text => match proxy_fault(text) {
            None => Ok(json!(text)),
            Some(why) => Err(format!("Not usable: {why}.")),
        },
    },
};

const CA_FIELD: Spec = Spec {
    key: CA_FILE,
    label: "Additional root certificates (PEM)",
    hint: "only the system's",
    note: "For a GitLab whose certificate your company signed. A file that was named when Export Desk was started overrides this setting.",
    apply: "Use this file",
    said: "Certificates changed",
    show: |value| value.as_str().unwrap_or_default().to_owned(),
    read: |typed| match typed.trim() {
        "" => Ok(Value::Null),
        path => full(path),
    },
};

/// The card's text fields.
#[derive(Debug, Default)]
pub(super) struct Network {
    proxy: Typed,
    ca_file: Typed,
}

impl Network {
    pub fn set_ca_file(&mut self, path: &Path) {
        self.ca_file.set(path.display().to_string());
    }

    pub fn on_answer(&mut self, answers: &mut Answers, out: &mut Outbox) {
        self.proxy.on_answer(answers, out);
        self.ca_file.on_answer(answers, out);
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        kit::heading(ui, "Network");
        if cx.practising {
            kit::faint(ui, "The practice GitLab is on this computer and needs no proxy.");
            return;
        }
        ui.set_max_width(ui.available_width().min(640.0));
        let held = |key: &str| cx.snapshot.settings.get(key).unwrap_or_default();
        let (proxy, file) = (held(PROXY), held(CA_FILE));
        let mut back = false;
        self.proxy.ui(ui, &PROXY_FIELD, &proxy, out, |ui, _| {
            back = !proxy.is_null() && Button::new("Back to the system's proxy").quiet().show(ui).clicked();
        });
        if back {
            self.proxy.back(PROXY, "The system's proxy is used", out);
        }
        ui.add_space(space::S);
        let mut back = false;
        self.ca_file.ui(ui, &CA_FIELD, &file, out, |ui, out| {
            if Button::new("Choose a file…").icon(icons::FOLDER).show(ui).clicked() {
                out.push(Intent::Pick(Pick::CaFile));
            }
            let label = "Trust only the system's certificates";
            back = !file.is_null() && Button::new(label).quiet().show(ui).clicked();
        });
        if back {
            self.ca_file.back(CA_FILE, "Only the system's certificates are trusted", out);
        }
    }
}
