//! One integration binary: `cargo test --test it`.
//!
//! The real engine and the real program against the practice GitLab, over real HTTP. A test that needs something of
//! the machine (a display, a Vulkan adapter, a secret service) reports what is missing; with `CI` set in the
//! environment, it fails instead.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "the names are this program's own")]

mod against;
mod audit;
#[cfg(unix)]
mod backups;
mod batch_again;
mod batch_checks;
mod batch_truth;
mod batches;
mod before;
mod breaks;
mod campaigns;
mod cases;
mod cleaner;
mod cli;
mod config;
mod crash;
mod credentials;
mod deadlines;
mod deep;
mod diagnose;
mod download;
mod engine;
#[cfg(target_os = "linux")]
mod exfat;
mod faults;
mod fixture;
mod front_end;
mod host;
mod imports;
mod jobs;
mod keyring;
mod kill;
mod layers;
mod left_out;
mod lessons;
mod memory;
mod network;
mod notes;
mod odd_answers;
mod packages;
mod packings;
mod pastes;
mod places;
mod queue;
#[cfg(all(feature = "gui", not(feature = "inspection"), target_os = "linux"))]
mod quiet;
mod read_back;
mod refusals;
mod relations;
mod said;
#[cfg(any(feature = "inspection", all(feature = "gui", target_os = "linux")))]
mod screen;
mod scripted;
mod settings;
mod stdout;
#[cfg(target_os = "linux")]
mod terminal;
mod texts;
mod tidy;
mod tracker;
mod undo;
mod waiting;
#[cfg(feature = "inspection")]
mod window;
mod words;
