//! Copies to the clipboard, and reports to the window what was copied.

use std::collections::BTreeSet;

use egui::{Context, Id};

use crate::gui::debounce::fingerprint;

/// Copies `text` and reports its name `what` to the window, which confirms the copy.
pub fn copy(ctx: &Context, what: &str, text: impl Into<String>) {
    let text = text.into();
    let print = fingerprint(&text);
    ctx.data_mut(|data| {
        data.insert_temp(copied_id(), what.to_owned());
        data.get_temp_mut_or_default::<BTreeSet<u64>>(all_id()).insert(print);
    });
    ctx.copy_text(text);
}

/// The name of what was copied since the last call.
pub fn take_copied(ctx: &Context) -> Option<String> {
    ctx.data_mut(|data| data.remove_temp::<String>(copied_id()))
}

/// Whether exactly this text was copied while the window is open.
pub fn was_copied(ctx: &Context, text: &str) -> bool {
    let print = fingerprint(&text);
    ctx.data(|data| data.get_temp::<BTreeSet<u64>>(all_id())).is_some_and(|all| all.contains(&print))
}

fn copied_id() -> Id {
    Id::unique("copied")
}

fn all_id() -> Id {
    Id::unique("all that was copied")
}
