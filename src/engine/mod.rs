//! One thread that owns all state: [`Command`] in, [`Snapshot`] out.
//!
//! The path from a click to the screen:
//! 1. [`Engine::send`] puts the command into the inbox of the engine's thread, like any `input::EngineInput`.
//! 2. `router` hands the command to its owner: `cases`, `accounts`, `texts`, `tracker`, `inspections`, `builds`,
//!    `settings`, `practice`, `old_archives`, `deadlines`, `jobs`, `downloads` or `batches`.
//! 3. The owner decides, writes in one transaction (`core::Core::commit`) and replies (`reply`). A restart continues
//!    from the tables, so a crash between any two steps loses nothing.
//! 4. The owner returns what other owners must know (`happened::Happened`), and the router tells them. No owner calls
//!    another.
//! 5. `publish` combines the owners' views into a snapshot. Lists without a change stay the same `Arc`.
//! 6. Work outside this thread runs as a task (`Core::spawn`); its result comes back as an input of that owner.
//!
//! `api` is what the front ends see: plain data that uses nothing else in here. `core` knows no feature. The input
//! types depend on no owner, so that `input` can collect them without a cycle. [`Timing`] holds every waiting time.

mod access;
mod account_check;
mod accounts;
mod after_preflight;
mod after_token;
pub mod api;
mod batch_facts;
mod batches;
mod builds;
mod cases;
mod clock;
mod core;
mod deadlines;
mod diagnose;
mod downloads;
mod front_end;
mod front_ends;
mod guest;
mod happened;
mod import_set;
mod input;
mod inspections;
mod jobs;
mod journal_head;
mod keys;
mod last_inputs;
mod left_out;
mod limiter;
mod manifest;
mod old_archives;
mod old_candidates;
mod paths;
mod practice;
mod practice_folder;
mod preflight;
mod project_totals;
mod publish;
mod pulse;
mod rebuilt_mark;
mod refusals;
mod relations_folder;
mod relations_shown;
mod router;
mod running;
mod send;
mod session;
mod sessions;
mod settings;
mod setup;
mod test_imports;
mod texts;
mod timing;
mod tracker;
mod tracker_write;
mod user_error;
mod view_list;

use crate::case::UserError;
use crate::gitlab::Instance;

pub use crate::gitlab::certificate_fault;
pub use builds::{check_folder_members, free_beside};
pub use diagnose::{begin_log, bundle_without_desk, log_folder, take_stopped, write_bundle_on_panic};
pub use front_end::{Asked, EngineHandle, FrontEnd};
pub use front_ends::Credentials;
pub use running::{Engine, NotStarted};

pub use paths::text_of_path;
pub use practice::{guided_lessons, lessons};
pub use practice_folder::practice_folder;
pub use relations_folder::{FolderOwner, relations_folder};
pub use settings::{kept_settings, proxy_fault, read_settings, write_settings};
pub use setup::Setup;
pub use texts::draft;
pub use timing::Timing;
pub use tracker::{infradev_plan, search_words};

/// Whether an instance URL names this machine. Returns an error for an invalid URL.
pub fn instance_is_loopback(url: &str) -> Result<bool, UserError> {
    Instance::parse(url)
        .map(|instance| instance.is_loopback())
        .map_err(|error| user_error::of_instance(&error))
}
