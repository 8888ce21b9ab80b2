//! Copies to the clipboard, and reports to the window what was copied.

/// Copies `text` and reports its name `what` to the window, which confirms the copy.
pub fn copy(ctx: &egui::Context, what: &str, text: impl Into<String>) {
    ctx.copy_text(text.into());
    ctx.data_mut(|data| data.insert_temp(copied_id(), what.to_owned()));
}

/// The name of what was copied since the last call.
pub fn take_copied(ctx: &egui::Context) -> Option<String> {
    ctx.data_mut(|data| data.remove_temp::<String>(copied_id()))
}

fn copied_id() -> egui::Id {
    egui::Id::unique("copied")
}
