//! The files of relations exports: brought from GitLab into a folder, each verified, with a manifest beside them.

mod bring;
mod bringing;
mod command;
mod download;
mod manifest;

pub use bring::FileEnd;
pub use bringing::Bringing;
