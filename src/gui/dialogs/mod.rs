//! The dialogs over a page: one struct each, built from its request. At most one is open.

pub mod about;
mod archive_choices;
pub mod build_archive;
mod case_hits;
pub mod clean;
pub mod connect;
pub mod copy_other;
pub mod correct_case;
pub mod delete_private;
mod editor;
pub mod forget;
pub mod handbook;
pub mod load_settings;
pub mod new_case;
pub mod palette;
pub mod post;
pub mod rebuild_with;
pub mod replace;
pub mod replace_relations;
pub mod save_in;
pub mod save_offer_log;
pub mod save_text;
pub mod second_offer;
pub mod shortcuts;
pub mod stopped;
pub mod template;
pub mod test_import;
