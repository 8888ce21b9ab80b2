//! What the editors of the person's templates have in common: the text, its save, and the confirmation before unsaved
//! text is discarded.

use egui::{Context, ScrollArea, Ui};

use crate::case::UserError;
use crate::engine::api::Command;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, DialogVerdict, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::Severity;

/// An action that would discard the typed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discarding<To> {
    Close,
    /// Go back to the built-in text.
    BuiltIn,
    /// Switch to another text.
    To(To),
}

/// The editor's state.
#[derive(Debug)]
pub struct Editor<To> {
    pub text: String,
    pub saved: bool,
    error: Option<UserError>,
    asked: Pending,
    /// The clicked action that would discard the text.
    wanted: Option<Discarding<To>>,
    /// Whether the confirmation is open.
    asks: bool,
}

impl<To> Default for Editor<To> {
    fn default() -> Self {
        let (text, error, wanted) = (String::new(), None, None);
        Self { text, saved: false, error, asked: Pending::default(), wanted, asks: false }
    }
}

impl<To: Copy> Editor<To> {
    /// Sends a command that saves or fetches a text.
    pub fn ask(&mut self, command: Command, out: &mut Outbox) {
        self.asked.ask(command, (), out);
    }

    pub fn waits(&self) -> bool {
        self.asked.is_open()
    }

    /// Whether the command succeeded, once its answer has arrived.
    pub fn on_answer(&mut self, answers: &mut Answers) -> Option<bool> {
        let ((), answer) = self.asked.take(answers)?;
        self.saved = answer.is_ok();
        self.error = answer.err();
        Some(self.saved)
    }

    /// Why the text cannot be saved now.
    pub fn blocked(&self, changed: bool) -> Option<String> {
        let asks = self.asks.then(|| "Answer the question first.".to_owned());
        let busy = || self.waits().then(|| "Saving.".to_owned());
        asks.or_else(busy).or_else(|| (!changed).then(|| "Nothing was changed.".to_owned()))
    }

    /// Whose text this is, with the button that returns to the built-in text.
    pub fn whose(&mut self, ui: &mut Ui, own: Option<&str>, built_in: &str, back: &str) {
        let Some(own) = own else {
            kit::chip(ui, Severity::Plain, icons::TEXT, built_in);
            return self.told(ui);
        };
        kit::chip(ui, Severity::Info, icons::EDIT, own);
        let busy = self.waits().then(|| "Saving.".to_owned());
        let button = Button::new(back).icon(icons::RETRY).blocked(busy);
        if button.tooltip("Your file is kept beside it, as .old.").show(ui).clicked() {
            self.leave(Discarding::BuiltIn);
        }
        self.told(ui);
    }

    fn told(&self, ui: &mut Ui) {
        if self.saved {
            kit::chip(ui, Severity::Good, icons::GOOD, "saved");
        }
    }

    pub fn error(&self, ui: &mut Ui) {
        if let Some(error) = &self.error {
            kit::error(ui, error);
        }
    }

    /// The text, below its name; it scrolls on its own once it is taller than `tall`, in points.
    pub fn field(&mut self, ui: &mut Ui, name: &str, rows: usize, tall: f32) {
        kit::section(ui, name);
        ScrollArea::both().id_salt(name).max_height(tall).min_scrolled_height(tall).show(ui, |ui| {
            let field = Field::new(name).hide_label().rows(rows).mono();
            if field.show(ui, &mut self.text).changed() {
                self.saved = false;
            }
        });
    }

    /// Requests an action that would discard the text; if there is unsaved text, the person is asked first.
    pub fn leave(&mut self, wanted: Discarding<To>) {
        if !self.asks {
            self.wanted = Some(wanted);
        }
    }

    /// The action that may be carried out now: there is no unsaved text, or the person has agreed to lose it.
    pub fn agreed(&mut self, ctx: &Context, verdict: DialogVerdict, changed: bool) -> Option<Discarding<To>> {
        if self.asks {
            let answer = kit::discard(ctx);
            self.asks = answer == DialogVerdict::Open;
            let left = if self.asks { None } else { self.wanted.take() };
            return left.filter(|_| answer == DialogVerdict::Accepted);
        }
        if verdict == DialogVerdict::Closed {
            self.wanted = Some(Discarding::Close);
        }
        self.asks = self.wanted.is_some() && changed;
        if self.asks { None } else { self.wanted.take() }
    }
}
