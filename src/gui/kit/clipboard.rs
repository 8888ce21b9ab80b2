//! What is copied, and how the window comes to know of it.

/// Copies `text` and tells the window what was copied, so that it can say so.
pub fn copy(ctx: &egui::Context, what: &str, text: impl Into<String>) {
    ctx.copy_text(text.into());
    ctx.data_mut(|data| data.insert_temp(copied_id(), what.to_owned()));
}

/// What was copied since the last call.
pub fn take_copied(ctx: &egui::Context) -> Option<String> {
    ctx.data_mut(|data| data.remove_temp::<String>(copied_id()))
}

fn copied_id() -> egui::Id {
    egui::Id::unique("copied")
}
