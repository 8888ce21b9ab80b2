//! `GET /projects/:id/import`: the status of an import. The import calls return the same object.
//!
//! From `lib/api/project_import.rb` and <https://docs.gitlab.com/api/project_import_export/>. Any user with access to
//! the project may read the status.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::lenient::{list, optional, or_default, status_word, text};
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET import", family: Family::Import };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ImportStatus {
    /// The project's ID.
    pub id: u64,
    pub path_with_namespace: String,
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    #[serde(default, deserialize_with = "optional")]
    pub created_at: Option<String>,
    /// GitLab status, unchanged: `none`, `scheduled`, `started`, `finished`, `failed`, or a newer one.
    #[serde(deserialize_with = "status_word")]
    pub import_status: String,
    #[serde(default, deserialize_with = "optional")]
    pub import_type: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub import_error: Option<String>,
    /// The correlation ID of the import job, not of this answer.
    #[serde(default, deserialize_with = "optional")]
    pub correlation_id: Option<String>,
    /// At most 100; a `finished` import can have some too.
    #[serde(default, deserialize_with = "list")]
    pub failed_relations: Vec<FailedRelation>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FailedRelation {
    /// ID of the failure's record.
    #[serde(deserialize_with = "optional")]
    pub id: Option<u64>,
    #[serde(deserialize_with = "optional")]
    pub created_at: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub exception_class: Option<String>,
    #[serde(deserialize_with = "text")]
    pub exception_message: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub source: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub relation_name: Option<String>,
    /// Line number in the relation's NDJSON file.
    #[serde(deserialize_with = "optional")]
    pub line_number: Option<u64>,
}

impl Client {
    pub async fn import_status(&self, id: &ProjectKey) -> Result<ImportStatus, Error> {
        let answer = self.get::<ImportStatus>(CALL, &["projects", &id.segment(), "import"], &[]).await?;
        id.must_be(CALL, &answer, answer.value.id)?;
        Ok(answer.value)
    }
}
