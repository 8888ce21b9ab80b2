//! What dropping a file on the window does.

use super::route::Route;
use super::theme;

/// Tells what dropping a file here does, while a file is dragged over the window.
pub fn drop_hint(ctx: &egui::Context, route: Route) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let t = theme::tokens_of(ctx.theme());
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop"));
    let painter = ctx.layer_painter(layer);
    let screen = ctx.content_rect();
    painter.rect_filled(screen, 0, t.veil);
    let font = egui::FontId::proportional(theme::size::TITLE);
    let imports = route == Route::Imports;
    let words = if imports { "Drop to import the archive" } else { "Drop to inspect the archive" };
    painter.text(screen.center(), egui::Align2::CENTER_CENTER, words, font, t.on_accent);
}
