//! An import before its target was looked at, and what is sent of it.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::case::{CaseId, ImportId, ImportKind};
use crate::engine::api::{ImportOptions, ImportTo, S3Keys, S3Object};
use crate::engine::preflight::ProjectAsk;

/// An import before its target was looked at.
#[derive(Debug)]
pub struct ImportDraft {
    pub instance: String,
    pub kind: ImportKind,
    pub source: UploadSource,
    pub target: ImportAim,
    pub case: Option<CaseId>,
    pub repairs: Option<ImportId>,
    pub options: ImportOptions,
}

/// What an import aims at.
#[derive(Debug)]
pub enum ImportAim {
    New(ImportTo),
    Existing(ProjectAsk),
}

/// What is sent. What is secret in it lives here alone, for as long as the program does.
pub enum UploadSource {
    File { file: PathBuf, bytes: u64 },
    Remote { url: Box<Url>, probe: bool },
    S3 { object: S3Object, keys: S3Keys },
    Relation { file: PathBuf, bytes: u64, relation: String },
}

impl UploadSource {
    /// The archive on this machine, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File { file, .. } | Self::Relation { file, .. } => Some(file),
            Self::Remote { .. } | Self::S3 { .. } => None,
        }
    }

    /// The relation, where it is one alone.
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
