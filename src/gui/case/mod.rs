//! The page of a case, the list of cases, and the cards they are made of.

pub mod attempts;
pub mod bug_search;
pub mod closed_card;
pub mod deadlines;
pub mod download_line;
pub mod earlier;
pub mod evidence;
pub mod export_card;
pub mod export_now;
pub mod facts;
pub mod fallback_card;
pub mod header;
pub mod infradev_form;
pub mod issues_card;
pub mod left_out_card;
pub mod lesson_card;
mod levels;
pub mod list;
mod list_menu;
mod list_row;
pub mod log_searches;
pub mod notes_card;
pub mod now_card;
pub mod now_head;
mod other_steps;
pub mod page;
pub mod questions;
mod read_time;
pub mod rebuild_commands;
pub mod rebuild_now;
pub mod relations_hint;
pub mod step_form;
pub mod steps_cache;
pub mod text_tools;
pub mod texts;
mod time_field;
pub mod timeline;
pub mod urgency_cache;
pub mod waiting;
pub mod work_states;

/// Asks the case page to open the field of this fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JumpTo(pub crate::case::Fact);
