//! An import before the preflight of its target, and the source of its upload.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::case::import::SetPlace;
use crate::case::{CaseId, ImportId, ImportKind};
use crate::engine::api::{ImportOptions, NewProjectTarget, S3Keys, S3Object};
use crate::engine::preflight::ProjectAsk;

/// An import before the preflight of its target.
#[derive(Debug)]
pub struct ImportDraft {
    pub instance: String,
    pub kind: ImportKind,
    pub source: UploadSource,
    pub target: ImportDestination,
    pub case: Option<CaseId>,
    pub repairs: Option<ImportId>,
    /// The import that was not sent and that begins again.
    pub repeats: Option<ImportId>,
    pub options: ImportOptions,
    /// The place in a set of archives.
    pub set: Option<SetPlace>,
}

/// The target of an import.
#[derive(Debug)]
pub enum ImportDestination {
    New(NewProjectTarget),
    Existing(ProjectAsk),
}

/// What is uploaded. Secrets in it exist only here, in memory.
pub enum UploadSource {
    File { file: PathBuf, bytes: u64 },
    Remote { url: Box<Url>, probe: bool },
    S3 { object: S3Object, keys: S3Keys },
    Relation { file: PathBuf, bytes: u64, relation: String },
}

impl UploadSource {
    /// The archive's path, where it is on this computer.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File { file, .. } | Self::Relation { file, .. } => Some(file),
            Self::Remote { .. } | Self::S3 { .. } => None,
        }
    }

    /// The relation, for an import of a single relation.
    pub fn relation(&self) -> Option<&str> {
        if let Self::Relation { relation, .. } = self { Some(relation) } else { None }
    }

    /// 0 where GitLab fetches the archive.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::File { bytes, .. } | Self::Relation { bytes, .. } => *bytes,
            Self::Remote { .. } | Self::S3 { .. } => 0,
        }
    }
}

impl fmt::Debug for UploadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UploadSource")
    }
}
