//! What was asked to be downloaded of a relations export: kept with the export, so that a restart goes on with it.

use serde::{Deserialize, Serialize};

use crate::case::user_error::UserError;

use super::relation::RelationFile;

/// Files that were asked for, and what came of each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationsOrder {
    /// Where they go.
    pub folder: String,
    pub files: Vec<OrderedFile>,
}

/// One file that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedFile {
    pub relation: String,
    /// Number of the batch, where it is one.
    pub batch: Option<u64>,
    pub state: OrderState,
    /// GitLab's, of the export or batch the file is of: another one there now is another file. Orders of versions
    /// before have none.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// Why it did not come.
    pub trouble: Option<UserError>,
}

/// What came of a file that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// It waits, or is on its way.
    Open,
    /// A person stopped it for a while.
    Paused,
    /// It is in the folder, proven; the manifest beside it says so.
    Done,
    Failed,
    /// A person ended it; its bytes stay.
    Halted,
}

impl RelationsOrder {
    /// Whether this very file has come.
    pub fn has(&self, file: &RelationFile) -> bool {
        self.files.iter().any(|one| {
            one.state == OrderState::Done
                && one.relation == file.relation
                && one.batch == file.batch
                && (one.updated_at.is_none() || one.updated_at == file.updated_at)
        })
    }

    /// Whether anything of it is still to come.
    pub fn is_open(&self) -> bool {
        self.files.iter().any(|file| matches!(file.state, OrderState::Open | OrderState::Paused))
    }
}
