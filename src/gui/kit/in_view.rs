//! Keeps the buttons that matter in view: the one that a lesson points to, and the main button of a card when the strip
//! of news takes its place.

use egui::{Id, Response, Ui};

/// Space around a button that is brought into view, in points.
const AROUND: f32 = 24.0;

/// The strip of news at the bottom of the window.
#[derive(Clone, Copy, Debug, Default)]
struct Strip {
    height: f32,
    /// By how much it became higher, in this frame.
    grown: f32,
    frame: u64,
}

fn strip_id() -> Id {
    Id::unique("strip of news")
}

/// The strip has this height in this frame; drawn before the page that it takes the place from.
pub fn strip_has(ui: &Ui, height: f32) {
    let frame = ui.ctx().cumulative_frame_nr();
    ui.data_mut(|data| {
        let strip: &mut Strip = data.get_temp_mut_or_default(strip_id());
        *strip = Strip { height, grown: height - strip.height, frame };
    });
}

/// A main button that was in view stays there when the strip becomes higher.
pub fn keep_above_strip(ui: &Ui, button: &Response) {
    let Some(strip) = ui.data(|data| data.get_temp::<Strip>(strip_id())) else { return };
    if strip.grown <= 0.0 || strip.frame != ui.ctx().cumulative_frame_nr() {
        return;
    }
    let (bottom, edge) = (button.rect.bottom(), ui.clip_rect().bottom());
    if bottom > edge && bottom <= edge + strip.grown {
        bring(ui, button);
    }
}

/// Brings a button with its surroundings into view.
fn bring(ui: &Ui, button: &Response) {
    ui.scroll_to_rect(button.rect.expand(AROUND), None);
    ui.ctx().request_repaint();
}

fn pointed_id() -> Id {
    Id::unique("pointed")
}

/// A new page begins at its top: the button that a lesson points to there is not brought into view.
pub fn begin_at_top(ui: &Ui) {
    ui.data_mut(|data| data.remove::<String>(pointed_id()));
}

/// Brings a button into view when a lesson points to it next; after that, the page stays where the person scrolls it.
pub fn show_once(ui: &Ui, button: &Response, label: &str) {
    let before = ui.data(|data| data.get_temp::<String>(pointed_id()));
    if before.as_deref() == Some(label) {
        return;
    }
    ui.data_mut(|data| data.insert_temp(pointed_id(), label.to_owned()));
    // Do not scroll the page while the person is typing.
    if before.is_some() && !ui.ctx().text_edit_focused() {
        bring(ui, button);
    }
}
