//! What an import is made of.

use serde::{Deserialize, Serialize};

/// What an import is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ImportKind {
    /// An archive of this machine.
    File { path: String, bytes: u64 },
    /// A URL that GitLab fetches, shown without its query, which is a key.
    Remote { shown_url: String },
    /// An object that GitLab fetches with keys that are kept nowhere.
    S3 { region: String, bucket: String, key: String },
    /// One relation out of an archive, into a project that exists.
    Relation { path: String, bytes: u64, relation: String },
    /// Somebody else's, or one of before: only looked at.
    Met,
}

impl ImportKind {
    /// Whether GitLab makes a project of it.
    pub fn makes_project(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Remote { .. } | Self::S3 { .. })
    }

    /// The archive on this machine, where it is one.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::File { path, .. } | Self::Relation { path, .. } => Some(path),
            Self::Remote { .. } | Self::S3 { .. } | Self::Met => None,
        }
    }

    /// What it is made of, in short.
    pub fn shown(&self) -> String {
        match self {
            Self::File { path, .. } => path.clone(),
            Self::Remote { shown_url } => shown_url.clone(),
            Self::S3 { bucket, key, .. } => format!("s3://{bucket}/{key}"),
            Self::Relation { path, relation, .. } => format!("{relation} of {path}"),
            Self::Met => "an earlier import".to_owned(),
        }
    }
}
