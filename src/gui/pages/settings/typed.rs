//! A setting that is typed: judged while it is typed, kept when it is applied.

use egui::Ui;
use serde_json::Value;

use crate::case::UserError;
use crate::engine::api::Command;
use crate::gui::intent::{Otherwise, Outbox};
use crate::gui::kit::{self, Button, Field, Toast, icons};
use crate::gui::pending::{Answers, Pending};

/// What is fixed about a typed setting.
pub(super) struct Spec {
    pub key: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub note: &'static str,
    pub apply: &'static str,
    /// Said when it holds.
    pub said: &'static str,
    /// A kept value as it is typed.
    pub show: fn(&Value) -> String,
    /// What is typed as a value to keep; `null` is no choice.
    pub read: fn(&str) -> Result<Value, String>,
}

/// What is typed into one setting.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// Nothing until the page is seen.
    text: Option<String>,
    /// What held when the text was taken from it.
    taken: Value,
    trouble: Option<UserError>,
    /// What is said when it is kept.
    keeping: Pending<&'static str>,
}

impl Typed {
    pub fn set(&mut self, text: String) {
        self.text = Some(text);
        self.trouble = None;
    }

    /// Shows what holds again.
    fn forget(&mut self) {
        *self = Self::default();
    }

    /// A refusal is shown beside the field; what holds now is said.
    pub fn on_answer(&mut self, answers: &mut Answers, out: &mut Outbox) {
        match self.keeping.take(answers) {
            Some((said, Ok(_))) => {
                self.trouble = None;
                out.toast(Toast::good(said));
            }
            Some((_, Err(trouble))) => self.trouble = Some(trouble),
            None => {}
        }
    }

    /// Gives the choice up, and shows what holds then.
    pub fn back(&mut self, key: &str, said: &'static str, out: &mut Outbox) {
        self.forget();
        self.keep(key, Value::Null, said, out);
    }

    fn keep(&mut self, key: &str, value: Value, said: &'static str, out: &mut Outbox) {
        self.keeping.ask(Command::Keep { key: key.to_owned(), value }, said, out);
    }

    /// `held` is the value that holds now; `more` draws buttons beside the one that applies it.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        spec: &Spec,
        held: &Value,
        out: &mut Outbox,
        more: impl FnOnce(&mut Ui, &mut Outbox),
    ) {
        let show = |value: &Value| if value.is_null() { String::new() } else { (spec.show)(value) };
        // A field that was not touched follows what holds.
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
            self.trouble = None;
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
        if let Some(trouble) = &self.trouble {
            kit::trouble(ui, trouble);
        }
    }
}

/// Asks the engine to keep a choice that is clicked.
pub(super) fn keep(key: &str, value: Value, said: &'static str, out: &mut Outbox) {
    out.ask(Command::Keep { key: key.to_owned(), value }, Otherwise::Say(said));
}
