//! The other pages of the window, with its frame: one struct and one `ui()` each.

pub mod archive_report;
pub mod archives;
pub mod compare;
pub mod first_run;
pub mod imports;
pub mod ledger;
pub mod member_tree;
pub mod notifications;
pub mod practice;
pub mod relations;
pub mod settings;
pub mod top_bar;
pub mod transfers;
pub mod unopened;
