//! The dialogs of a workspace: one is shown, and those with typed text that it covers come back after it.

use std::sync::Arc;

use super::Workspace;
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::intent::Outbox;

impl Workspace {
    /// Opens a dialog. One that is open and has typed text is only covered.
    pub fn open(&mut self, request: Box<dyn DialogRequest>, practising: bool, out: &mut Outbox) {
        let snapshot = Arc::clone(&self.snapshot);
        let opened = request.open(&self.cx(&snapshot, practising), out);
        let before = self.dialog.replace(opened);
        self.covered.extend(before.filter(|dialog| dialog.is_changed()));
    }

    /// Whether a dialog that nobody clicked for may replace the open one.
    pub fn may_offer(&self) -> bool {
        !self.dialog.as_ref().is_some_and(|dialog| dialog.is_changed())
    }

    /// Whether closing the window would lose text that is typed into a dialog.
    pub fn has_typed_dialog(&self) -> bool {
        self.dialog.iter().chain(&self.covered).any(|dialog| dialog.is_changed())
    }

    /// Closes the dialog unless it has typed text.
    pub fn close_untouched(&mut self) {
        self.dialog.take_if(|dialog: &mut Box<dyn Dialog>| !dialog.is_changed());
        self.uncover();
    }

    /// Shows the dialog that the last one covered, once none is shown.
    pub(super) fn uncover(&mut self) {
        if self.dialog.is_none() {
            self.dialog = self.covered.pop();
        }
    }
}
