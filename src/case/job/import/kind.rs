//! The source of an import.

use serde::{Deserialize, Serialize};

/// The source of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ImportKind {
    /// An archive on this computer.
    File { path: String, bytes: u64 },
    /// A URL that GitLab fetches, shown without its query, which is a secret.
    Remote { shown_url: String },
    /// An object that GitLab fetches with keys that are never stored.
    S3 { region: String, bucket: String, key: String },
    /// One relation of an archive, imported into an existing project.
    Relation { path: String, bytes: u64, relation: String },
    /// An import of somebody else, or an earlier one: it is only watched.
    #[serde(rename = "met")]
    Discovered,
}

impl ImportKind {
    /// Whether GitLab creates a project from this source.
    pub fn makes_project(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Remote { .. } | Self::S3 { .. })
    }

    /// The path of the archive on this computer, if the source is one.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::File { path, .. } | Self::Relation { path, .. } => Some(path),
            Self::Remote { .. } | Self::S3 { .. } | Self::Discovered => None,
        }
    }

    /// A short description of the source.
    pub fn shown(&self) -> String {
        match self {
            Self::File { path, .. } => path.clone(),
            Self::Remote { shown_url } => shown_url.clone(),
            Self::S3 { bucket, key, .. } => format!("s3://{bucket}/{key}"),
            Self::Relation { path, relation, .. } => format!("{relation} of {path}"),
            Self::Discovered => "an earlier import".to_owned(),
        }
    }
}
