//! The question before typed text is lost.

use egui::{Context, Id};

use super::{DialogFrame, DialogVerdict};
use crate::gui::kit::soft;

/// The verdict on a dialog with unsaved text: it closes once the person has agreed to lose the text.
pub fn asked(ctx: &Context, asks: Id, verdict: DialogVerdict) -> DialogVerdict {
    if ctx.data(|data| data.get_temp::<()>(asks)).is_none() {
        if verdict != DialogVerdict::Closed {
            return verdict;
        }
        ctx.data_mut(|data| data.insert_temp(asks, ()));
        ctx.request_repaint();
        return DialogVerdict::Open;
    }
    let answer = discard(ctx);
    if answer != DialogVerdict::Open {
        ctx.data_mut(|data| data.remove::<()>(asks));
    }
    if answer == DialogVerdict::Accepted { DialogVerdict::Closed } else { DialogVerdict::Open }
}

/// Asks before unsaved text of the dialog below is discarded; accepting discards the text.
pub fn discard(ctx: &Context) -> DialogVerdict {
    let dialog = DialogFrame::new("Discard your changes?").accept("Discard").dismiss("Keep editing").danger();
    dialog.show(ctx, |ui| {
        soft(ui, "Your text is not saved yet.");
    })
}
