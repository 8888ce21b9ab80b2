//! A text that is never shown: not in its field, not in `Debug` output, and erased once it was handed over.

use egui::text_edit::TextEditState;
use egui::{Context, Response, Ui};

use super::kit::Field;

/// A key, or a URL that contains one.
#[derive(Default)]
pub struct Secret {
    text: String,
    /// The ID of its text field, whose undo memory has to be erased as well.
    field: Option<egui::Id>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The text, for validation only; never show it.
    pub fn peek(&self) -> &str {
        self.text.trim()
    }

    /// Draws the field, which hides its text.
    pub fn show(&mut self, ui: &mut Ui, field: Field<'_>) -> Response {
        let response = field.secret().show(ui, &mut self.text);
        self.field = Some(response.id);
        response
    }

    /// Hands the text over, and erases it here and in the field's memory.
    pub fn take(&mut self, ctx: &Context) -> String {
        let taken = self.text.trim().to_owned();
        self.wipe();
        if let Some(field) = self.field {
            TextEditState::default().store(ctx, field);
        }
        taken
    }

    fn wipe(&mut self) {
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // Best effort: the secret does not outlive its field at this place in memory.
        self.wipe();
    }
}
