//! Export Desk leads a GitLab support engineer through a customer's failed project export.
//!
//! ```text
//! main ─> cli, gui ─> engine ─┬─> gitlab    typed endpoints, one client     (uses platform)
//!            │                ├─> download  plan, fetch, resume          (uses gitlab, platform)
//!            │                ├─> archive   walk, verify, report            (uses platform)
//!            │                ├─> store     SQLite, one file per table      (uses case, platform)
//!            │                ├─> practice  a fake GitLab on loopback       (uses nothing)
//!            ├────────────────┼─> platform  the systems' differences        (uses nothing)
//!            ├────────────────┼─> texts     templates, rendered from facts  (uses case)
//!            └────────────────┴─> case      stages and rules, pure          (uses nothing)
//! cli ─> host    one running program for many commands                   (uses case, platform)
//! ```
//!
//! Read the modules in this order: [`case`] says what is true and what may happen next, [`gitlab`] is the API client,
//! [`archive`] verifies a file, [`download`] downloads it, [`store`] keeps what happened, [`practice`] simulates
//! GitLab, [`engine`] owns all state, and the two front ends, [`cli`] and `gui`, show it. Through [`host`], many commands
//! share one engine. `tests/it/tidy.rs` checks
//! each arrow, and fails if the diagram and the code differ.

#[macro_use]
mod words;

pub mod archive;
pub mod case;
pub mod cli;
pub mod download;
pub mod engine;
pub mod gitlab;
#[cfg(feature = "gui")]
pub mod gui;
pub mod host;
pub mod platform;
pub mod practice;
pub mod store;
pub mod texts;
