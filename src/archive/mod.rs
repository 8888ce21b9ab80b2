//! Reads a project archive once, in constant memory, and reports whether GitLab can import it. The only IO is a
//! reader, and a temporary file for a large repository that is read in depth.
//!
//! ```text
//! verify ─> pipeline, blocks ─> gunzip     the bytes: SHA-256, gzip members, checksums, lengths
//!     │                          └─ mark   what the archive says of its origin
//!     └──> first ─> tar ─> walk   the members: names and kinds (members), then by name (roles)
//!                            ├─ document, lines ─> json, utf8
//!                            ├─ version
//!                            ├─ lfs (the list) ─> outline
//!                            ├─ uploads
//!                            └─ binaries     on a thread of its own
//!                                 ├─ bundles ─> bundle
//!                                 └─ lfs (the files)
//! ```
//!
//! [`problem`] explains each code and what to do about it. The checks follow GitLab's importer
//! (`lib/gitlab/import_export`: `FileImporter`, `VersionChecker`, `DecompressedArchiveSizeValidator`,
//! `Json::NdjsonReader`, `LfsRestorer`) and go further, because the importer notices a truncated or changed file only
//! by accident.

mod binaries;
mod blocks;
pub mod build;
mod bundle;
mod bundles;
mod digest;
mod document;
mod first;
mod gunzip;
mod hex;
mod json;
mod lfs;
mod limits;
mod lines;
mod mark;
mod measured;
mod members;
mod names;
mod outline;
mod pipeline;
mod problem;
mod problems;
mod relation;
mod report;
mod roles;
mod sniff;
mod tar;
#[cfg(test)]
mod tests;
mod uploads;
mod utf8;
mod verify;
mod version;
mod walk;

pub use self::bundle::{BundleWriter, WrittenBundle};
pub use self::digest::sha256;
pub use self::limits::{Limits, Progress, VerifyError};
pub use self::mark::MOST_BYTES as MOST_MARK_BYTES;
pub use self::measured::Measured;
pub use self::problem::{Level, Problem, ProblemCode};
pub use self::relation::{RelationContent, RelationReport, verify_relation};
pub use self::report::{BundleReport, Depth, Member, MemberKind, Members, Report, Verdict};
pub use self::verify::verify;
