//! What GitLab's importer does with a project archive, while the archive arrives and without storing it
//! (`lib/gitlab/import_export/importer.rb`, `file_importer.rb`, `version_checker.rb` and the restorers).
//!
//! As in GitLab, the exit status of `gzip` and `tar` is ignored: whatever could be unpacked from a broken archive is
//! imported. It shares no code with the module that verifies and builds archives, so that one mistake cannot hide in
//! both.
//!
//! ```text
//! Importer ─> unpack     gzip and tar: members, long names, links
//!          ─> folder     what the importer would find on disk: each member reduced to what it needs
//!               ├─ bundle    whether git accepts a bundle
//!               └─ rows      the lines of a relation: read, rejected, counted by IID
//!          ─> restore    the restorers in GitLab's order; the first error ends the import
//! ```

mod bundle;
mod folder;
mod iids;
mod names;
mod restore;
mod rows;
#[cfg(test)]
mod tests;
mod unpack;

use std::io::Write as _;

use flate2::write::GzDecoder;

pub use restore::{ImportedProject, RelationOf, Restored};
pub use rows::{ImportedRows, RowFailure};

use folder::Folder;
use unpack::Unpacking;

/// An archive that is being uploaded.
#[derive(Debug)]
pub struct Importer {
    gzip: GzDecoder<Unpacking>,
    is_broken: bool,
}

impl Default for Importer {
    fn default() -> Self {
        Self { gzip: GzDecoder::new(Unpacking::default()), is_broken: false }
    }
}

impl Importer {
    pub fn feed(&mut self, bytes: &[u8]) {
        if !self.is_broken {
            self.is_broken = self.gzip.write_all(bytes).is_err();
        }
    }

    /// The whole file has arrived.
    pub fn end(mut self) -> UnpackedArchive {
        if !self.is_broken {
            // A gzip that ends too early still yields what was unpacked.
            self.gzip.try_finish().unwrap_or_default();
        }
        UnpackedArchive(std::mem::take(self.gzip.get_mut()).end())
    }
}

/// An archive after `tar -x`.
#[derive(Debug)]
pub struct UnpackedArchive(Folder);

impl UnpackedArchive {
    /// Imports the archive as a new project.
    pub fn as_project(&self) -> Restored {
        restore::project(&self.0)
    }

    /// Imports one relation into an existing project: `None` where nothing of it can be read. GitLab ignores all
    /// errors, and skips IIDs that the project has (`app/workers/projects/import_export/relation_import_worker.rb`).
    pub fn as_relation(&self, relation: &str) -> Option<RelationOf<'_>> {
        restore::relation(&self.0, relation)
    }
}
