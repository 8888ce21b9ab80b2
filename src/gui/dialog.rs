//! What a dialog is to the window: one view over the page, made from the data that asks for it.

use std::fmt::Debug;
use std::path::Path;

use egui::Context;

use super::intent::Outbox;
use super::pending::Answers;
use super::view_context::ViewContext;

/// A dialog over the page. At most one is open.
pub trait Dialog: Debug {
    /// Draws it. True while it stays open.
    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool;

    /// Takes the answers to its questions. True while it stays open.
    fn on_answer(&mut self, _answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        true
    }

    /// Takes the file or folder that the system's dialog answered with.
    fn on_picked(&mut self, _path: &Path) {}

    /// Takes the text of the file that it wanted to read, or why that did not work.
    fn on_read(&mut self, _text: Result<String, String>) {}

    /// Whether something was typed into it that would be lost with it.
    fn is_changed(&self) -> bool {
        false
    }
}

/// What asks for a dialog: plain data, of which the dialog makes its own state.
pub trait DialogRequest: Debug {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, out: &mut Outbox) -> Box<dyn Dialog>;
}

/// A dialog without a state of its own beyond what it is asked with.
impl<D: Dialog + 'static> DialogRequest for D {
    fn open(self: Box<Self>, _cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        self
    }
}
