//! A setting that is typed: validated while typing, saved when applied.

use std::path::Path;

use egui::Ui;
use serde_json::{Value, json};

use crate::case::UserError;
use crate::engine::api::Command;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, Field, Toast, icons};
use crate::gui::pending::{Answers, Pending};
use crate::platform::folders;

/// The fixed properties of a typed setting.
pub(super) struct Spec {
    pub key: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub note: &'static str,
    pub apply: &'static str,
    /// The message after the setting was applied.
    pub said: &'static str,
    /// Turns a stored value into the text of the field.
    pub show: fn(&Value) -> String,
    /// Turns the typed text into a value to store; `null` means no choice.
    pub read: fn(&str) -> Result<Value, String>,
}

/// The full path of what was typed; `~` is the home folder.
pub(super) fn full(path: &str) -> Result<Value, String> {
    let is_full = path.starts_with('~') || Path::new(path).is_absolute();
    let typed = folders::typed(path);
    if is_full && typed.is_absolute() { Ok(json!(typed)) } else { Err("Type the full path.".into()) }
}

/// The state of one typed setting.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// `None` until the page is shown for the first time.
    text: Option<String>,
    /// The value in effect when the text was loaded.
    taken: Value,
    error: Option<UserError>,
    /// The message to show once the value is saved.
    keeping: Pending<&'static str>,
}

impl Typed {
    pub fn set(&mut self, text: String) {
        self.text = Some(text);
        self.error = None;
    }

    /// Reloads the value in effect.
    fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes the result: a refusal is shown beside the field, a success is announced.
    pub fn on_answer(&mut self, answers: &mut Answers, out: &mut Outbox) {
        match self.keeping.take(answers) {
            Some((said, Ok(_))) => {
                self.error = None;
                out.toast(Toast::good(said));
            }
            Some((_, Err(error))) => self.error = Some(error),
            None => {}
        }
    }

    /// Removes the choice, and shows the value that is then in effect.
    pub fn back(&mut self, key: &str, said: &'static str, out: &mut Outbox) {
        self.forget();
        self.keep(key, Value::Null, said, out);
    }

    fn keep(&mut self, key: &str, value: Value, said: &'static str, out: &mut Outbox) {
        self.keeping.ask(Command::Keep { key: key.to_owned(), value }, said, out);
    }

    /// Draws the setting. `held` is the value in effect; `more` draws buttons beside the one that applies the text.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        spec: &Spec,
        held: &Value,
        out: &mut Outbox,
        more: impl FnOnce(&mut Ui, &mut Outbox),
    ) {
        let show = |value: &Value| if value.is_null() { String::new() } else { (spec.show)(value) };
        // An untouched field follows the value in effect.
        if self.text.as_ref().is_none_or(|text| &self.taken != held && *text == show(&self.taken)) {
            self.text = Some(show(held));
            self.taken = held.clone();
        }
        let text = self.text.get_or_insert_default();
        let wanted = (spec.read)(text);
        let wrong = wanted.as_ref().err().cloned();
        let mut field = Field::new(spec.label).hint(spec.hint).error(wrong.as_deref());
        if !spec.note.is_empty() {
            field = field.note(spec.note);
        }
        let response = field.show(ui, text);
        if response.changed() {
            self.error = None;
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let blocked = match &wanted {
            Err(why) => Some(why.clone()),
            Ok(value) if value == held => Some("This is the current setting.".to_owned()),
            Ok(_) => None,
        };
        let may = blocked.is_none();
        let mut chosen = None;
        ui.horizontal_wrapped(|ui| {
            let clicked = Button::new(spec.apply).icon(icons::GOOD).blocked(blocked).show(ui).clicked();
            if let (true, Ok(value)) = (clicked || (entered && may), wanted) {
                chosen = Some(value);
            }
            more(ui, out);
        });
        if let Some(value) = chosen {
            self.keep(spec.key, value, spec.said, out);
        }
        if let Some(error) = &self.error {
            kit::error(ui, error);
        }
    }
}

/// Asks the engine to store a clicked choice.
pub(super) fn keep(key: &str, value: Value, said: &'static str, out: &mut Outbox) {
    out.ask(Command::Keep { key: key.to_owned(), value }, IfUnhandled::toast(said));
}
