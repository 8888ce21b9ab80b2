//! `GET /projects/:id/import`: the status of an import. The import calls return the same object.
//!
//! From `lib/api/project_import.rb` and <https://docs.gitlab.com/api/project_import_export/>. Any user with access to
//! the project may read the status.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::{Error, shown_text};
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET import", family: Family::Import };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ImportStatus {
    /// The project's ID.
    pub id: u64,
    pub path_with_namespace: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub created_at: Option<String>,
    /// GitLab status, unchanged: `none`, `scheduled`, `started`, `finished`, `failed`, or a newer one.
    #[serde(default)]
    pub import_status: String,
    #[serde(default)]
    pub import_type: Option<String>,
    #[serde(default, deserialize_with = "shown_text")]
    pub import_error: Option<String>,
    /// The correlation ID of the import job, not of this answer.
    #[serde(default)]
    pub correlation_id: Option<String>,
    /// At most 100; a `finished` import can have some too.
    #[serde(default)]
    pub failed_relations: Vec<FailedRelation>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FailedRelation {
    /// ID of the failure's record.
    pub id: Option<u64>,
    pub created_at: Option<String>,
    pub exception_class: Option<String>,
    #[serde(deserialize_with = "shown_text")]
    pub exception_message: Option<String>,
    pub source: Option<String>,
    pub relation_name: Option<String>,
    /// Line number in the relation's NDJSON file.
    pub line_number: Option<u64>,
}

impl Client {
    pub async fn import_status(&self, id: &ProjectKey) -> Result<ImportStatus, Error> {
        Ok(self.get(CALL, &["projects", &id.segment(), "import"], &[]).await?.value)
    }
}
