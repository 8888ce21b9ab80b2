//! A text that is typed and never shown: not in the field, not in a debug line, and gone once it was handed over.

use egui::text_edit::TextEditState;
use egui::{Context, Response, Ui};

use super::kit::Field;

/// A key, or a URL that is one.
#[derive(Default)]
pub struct Secret {
    text: String,
    /// The field that it was typed into: it remembers what was typed, for undo.
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

    /// For a judgement on it; not to be shown.
    pub fn peek(&self) -> &str {
        self.text.trim()
    }

    /// The field, without its text.
    pub fn show(&mut self, ui: &mut Ui, field: Field<'_>) -> Response {
        let response = field.secret().show(ui, &mut self.text);
        self.field = Some(response.id);
        response
    }

    /// Hands it over; nothing of it stays here, nor in the field's memory.
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
        // Best effort: it does not outlive its field in this place of memory.
        self.wipe();
    }
}
