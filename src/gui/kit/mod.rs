//! The widgets of the window. Each has an accessible name, role and state, and takes its colours from
//! [`super::theme`].

mod banner;
mod button;
mod card;
mod chip;
mod clipboard;
mod dialog;
mod empty;
mod field;
mod hint;
mod icon;
mod markdown;
mod pair;
mod plot;
mod progress;
mod row;
mod say;
mod scroll;
mod stepper;
mod text;
mod toast;
mod user_error;
mod when;

pub use banner::banner;
pub use button::Button;
pub use card::{card, columns, heading, mark_heading, page, section};
pub use chip::{chip, chip_line};
pub use clipboard::{copy, take_copied};
pub use dialog::{ACCEPT, DialogFrame, DialogVerdict, discard};
pub use empty::empty;
pub use field::Field;
pub use hint::{error_words, hint_words, refusal_words};
pub use icon::{icon, icons};
pub use markdown::markdown;
pub use pair::{pair, pair_time, pair_with};
pub use plot::{plot, plot_together};
pub use progress::progress;
pub use row::Row;
pub use say::say;
pub use scroll::scroll_by_keys;
pub use stepper::{Step, StepState, stepper};
pub use text::{faint, plain, prose, soft};
pub use toast::{Subject, Toast, Toasts};
pub use user_error::{error, take_connect};
pub use when::when;
