//! The pages and dialogs of the window: one struct and one `ui()` each.

mod archive_report;
mod archives;
mod attempts;
mod case_list;
mod case_page;
mod clocks;
mod connect;
mod export_card;
mod facts;
mod first_run;
mod member_tree;
mod new_case;
mod now_card;
mod palette;
mod practice;
mod replace;
mod save_in;
mod settings;
mod shortcuts;
mod timeline;
mod top_bar;
mod transfer_line;
mod transfers;
mod unopened;

pub use archives::Archives;
pub use case_list::CaseList;
pub use case_page::CasePage;
pub use connect::{Connect, kept};
pub use first_run::first_run;
pub use new_case::NewCase;
pub use now_card::Override;
pub use palette::Palette;
pub use practice::practice;
pub use replace::Replace;
pub use save_in::SaveIn;
pub use settings::{Forget, Settings};
pub use shortcuts::shortcuts;
pub use top_bar::top_bar;
pub use transfers::transfers;
pub use unopened::{opening, unopened};

/// A dialog over the page. At most one is open.
#[derive(Debug)]
pub enum Sheet {
    Palette(Palette),
    Shortcuts,
    Connect(Box<Connect>),
    NewCase(NewCase),
    Replace(Replace),
    SaveIn(SaveIn),
    Override(Override),
    Forget(Forget),
}
