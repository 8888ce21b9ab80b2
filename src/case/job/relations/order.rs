//! The requested download of a relations export's files, stored with the export so that it resumes after a restart.

use serde::{Deserialize, Serialize};

use crate::case::user_error::UserError;

use super::relation::RelationFile;

/// The requested files, and the state of each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationsOrder {
    /// The folder that the files go to.
    pub folder: String,
    pub files: Vec<OrderedFile>,
}

/// One requested file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedFile {
    pub relation: String,
    /// Number of the batch, if the file is one.
    pub batch: Option<u64>,
    pub state: OrderState,
    /// GitLab's `updated_at` of the export or batch: with another time it is another file. Orders of earlier versions
    /// have none.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// Why the download failed.
    #[serde(rename = "trouble")]
    pub error: Option<UserError>,
}

/// The state of a requested file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// The file is queued or downloading.
    Open,
    /// A person paused the download.
    Paused,
    /// The file is in the folder and verified; the manifest beside it says so.
    Done,
    Failed,
    /// A person canceled the download; the downloaded part is kept.
    #[serde(rename = "halted")]
    Cancelled,
}

impl RelationsOrder {
    /// Whether this very file was downloaded.
    pub fn has(&self, file: &RelationFile) -> bool {
        self.files.iter().any(|one| {
            one.state == OrderState::Done
                && one.relation == file.relation
                && one.batch == file.batch
                && (one.updated_at.is_none() || one.updated_at == file.updated_at)
        })
    }

    /// Whether any file is still queued or downloading.
    pub fn is_open(&self) -> bool {
        self.files.iter().any(|file| matches!(file.state, OrderState::Open | OrderState::Paused))
    }
}
