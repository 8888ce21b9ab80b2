//! The differences between operating systems, a leaf that uses no other module: files that only their owner can
//! access, atomic replacement, syncs, locks, renames that never overwrite another program's file, sockets between
//! programs of one user, the terminal, the display, and what the systems call things.
//!
//! Only here does code ask which system it is built for; `tests/it/tidy.rs` checks that.

pub mod awake;
pub mod certificates;
pub mod disk;
pub mod display;
pub mod folder_notes;
pub mod folders;
pub mod limits;
pub mod local_socket;
#[cfg(feature = "gui")]
pub mod menu;
#[cfg(feature = "gui")]
pub mod notifications;
pub mod os;
pub mod os_text;
pub mod private_file;
pub mod reveal;
pub mod synced;
pub mod terminal;
pub mod unfinished;
pub mod version;
pub mod window;
pub mod words;
