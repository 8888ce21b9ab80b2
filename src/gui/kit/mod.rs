//! The widgets everything is drawn with. Each has an accessible name, role and state, and takes its colours
//! from [`super::theme`].

mod banner;
mod button;
mod card;
mod chip;
mod dialog;
mod empty;
mod field;
mod icon;
mod pair;
mod plot;
mod progress;
mod row;
mod say;
mod scroll;
mod stepper;
mod toast;
mod trouble;
mod when;

pub use banner::banner;
pub use button::Button;
pub use card::{card, heading, mark_heading, page, section};
pub use chip::chip;
pub use dialog::{ACCEPT, DialogFrame, Verdict, discard};
pub use empty::empty;
pub use field::Field;
pub use icon::{icon, icons};
pub use pair::{pair, pair_time, pair_with};
pub use plot::{plot, plot_together};
pub use progress::progress;
pub use row::Row;
pub use say::say;
pub use scroll::scroll_by_keys;
pub use stepper::{Step, StepState, stepper};
pub use toast::{Toast, Toasts};
pub use trouble::{take_connect, trouble};
pub use when::when;

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

/// A sentence that wraps; what stands between backticks is set as a word of GitLab's.
pub fn prose(ui: &mut egui::Ui, text: &str, color: egui::Color32) -> egui::Response {
    let style = ui.style();
    let body = egui::TextFormat {
        line_height: Some(20.0),
        ..egui::TextFormat::simple(egui::TextStyle::Body.resolve(style), color)
    };
    let word = egui::TextFormat {
        line_height: Some(20.0),
        ..egui::TextFormat::simple(egui::TextStyle::Monospace.resolve(style), color)
    };
    let mut job = egui::text::LayoutJob::default();
    for (i, piece) in text.split('`').enumerate() {
        job.append(piece, 0.0, if i % 2 == 1 { word.clone() } else { body.clone() });
    }
    ui.add(egui::Label::new(job).wrap())
}

/// A sentence in a soft colour.
pub fn soft(ui: &mut egui::Ui, text: impl Into<String>) -> egui::Response {
    let color = super::theme::tokens(ui).soft;
    prose(ui, &text.into(), color)
}

/// A small line in a faint colour that wraps.
pub fn faint(ui: &mut egui::Ui, text: impl Into<String>) -> egui::Response {
    let color = super::theme::tokens(ui).faint;
    ui.add(egui::Label::new(egui::RichText::new(text).small().color(color).line_height(Some(17.0))).wrap())
}
