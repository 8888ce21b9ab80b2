//! Keeps the buttons that matter in view: the one that a lesson points to, and the main button of a card when the strip
//! of news takes its place.

use egui::{Id, Response, Ui};

/// Space around a button that is brought into view, in points.
const AROUND: f32 = 24.0;

/// The strip of news at the bottom of the window.
#[derive(Clone, Copy, Debug, Default)]
struct Strip {
    height: f32,
    /// By how much it became higher, and in which frame. The page becomes shorter in that frame or in the next one.
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
        if height > strip.height {
            (strip.grown, strip.frame) = (height - strip.height, frame);
        }
        strip.height = height;
    });
}

/// A main button that was in view stays there when the strip becomes higher.
pub fn keep_above_strip(ui: &Ui, button: &Response) {
    let Some(strip) = ui.data(|data| data.get_temp::<Strip>(strip_id())) else { return };
    if ui.ctx().cumulative_frame_nr() > strip.frame + 1 {
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

fn begins_id() -> Id {
    Id::unique("page that begins")
}

/// In this frame, a page begins at its top: the button that a lesson points to there is not brought into view.
pub fn begin_at_top(ui: &Ui) {
    let frame = ui.ctx().cumulative_frame_nr();
    ui.data_mut(|data| data.insert_temp(begins_id(), frame));
}

/// Brings a button into view when a lesson points to it next; after that, the page stays where the person scrolls it.
pub fn show_once(ui: &Ui, button: &Response, label: &str) {
    let before = ui.data(|data| data.get_temp::<String>(pointed_id()));
    if before.as_deref() == Some(label) {
        return;
    }
    ui.data_mut(|data| data.insert_temp(pointed_id(), label.to_owned()));
    let begins = ui.data(|data| data.get_temp::<u64>(begins_id())) == Some(ui.ctx().cumulative_frame_nr());
    if begins {
        // Enter presses it, and Tab continues from here.
        button.request_focus();
    }
    // Do not scroll the page while the person is typing.
    if !begins && !ui.ctx().text_edit_focused() {
        bring(ui, button);
    }
}
