//! What dropping a file on the window does.

use std::path::PathBuf;

use super::intent::Pick;
use super::route::Route;
use super::theme;

/// The files that were dropped on the window, and what each is for on this page.
pub fn dropped(ctx: &egui::Context, route: Route) -> Vec<(Pick, PathBuf)> {
    let files = ctx.input(|input| input.raw.dropped_files.clone());
    let pick = || if route == Route::Imports { Pick::ImportFile } else { Pick::Archive };
    files.into_iter().map(|file| (pick(), file.path().to_owned())).collect()
}

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
