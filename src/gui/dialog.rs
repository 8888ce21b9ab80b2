//! What a dialog is to the window: one view over the page, created from a [`DialogRequest`].

use std::fmt::Debug;
use std::path::Path;

use egui::Context;

use super::intent::Outbox;
use super::pending::Answers;
use super::view_context::ViewContext;

/// A dialog over the page. At most one is open.
pub trait Dialog: Debug {
    /// Draws the dialog. Returns true while the dialog stays open.
    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool;

    /// Takes the answers to the dialog's questions. Returns true while the dialog stays open.
    fn on_answer(&mut self, _answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        true
    }

    /// Takes the file or folder that the person chose in the system's file dialog.
    fn on_picked(&mut self, _path: &Path) {}

    /// Takes the text of the file that the dialog asked to read, or the error.
    fn on_read(&mut self, _text: Result<String, String>) {}

    /// Whether closing the dialog would lose typed text.
    fn is_changed(&self) -> bool {
        false
    }

    /// Whether the dialog was accepted and the page that follows takes the keyboard focus.
    fn is_saving(&self) -> bool {
        false
    }
}

/// A request to open a dialog: plain data from which the dialog builds its state.
pub trait DialogRequest: Debug {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, out: &mut Outbox) -> Box<dyn Dialog>;
}

/// A dialog whose request is its whole state.
impl<D: Dialog + 'static> DialogRequest for D {
    fn open(self: Box<Self>, _cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        self
    }
}
