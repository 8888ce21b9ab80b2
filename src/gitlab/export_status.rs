//! `GET /projects/:id/export`: the status of the calling user's export.
//!
//! From `lib/api/entities/project_export_status.rb` and `app/models/project.rb` (`export_status`). GitLab's
//! documentation and its `OpenAPI` file list different values, so any value is accepted.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::lenient::{optional, or_default, status_word};
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET export", family: Family::Export };

/// The status of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportStatus {
    /// The project's ID.
    pub id: u64,
    pub path_with_namespace: String,
    pub name: String,
    /// When the *project* was created, unchanged.
    pub created_at: Option<String>,
    /// GitLab status, unchanged.
    pub export_status: String,
    /// Whether the answer contains `_links`, which only `finished` has.
    pub has_links: bool,
    pub correlation_id: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    id: u64,
    path_with_namespace: String,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "optional")]
    created_at: Option<String>,
    #[serde(deserialize_with = "status_word")]
    export_status: String,
    #[serde(rename = "_links")]
    links: Option<serde_json::Value>,
}

impl Client {
    /// Reads the status of the calling user's export. Other users' exports are not visible.
    pub async fn export_status(&self, id: &ProjectKey) -> Result<ExportStatus, Error> {
        let answer = self.get::<Wire>(CALL, &["projects", &id.segment(), "export"], &[]).await?;
        id.must_be(CALL, &answer, answer.value.id)?;
        let wire = answer.value;
        Ok(ExportStatus {
            id: wire.id,
            path_with_namespace: wire.path_with_namespace,
            name: wire.name,
            created_at: wire.created_at,
            export_status: wire.export_status,
            has_links: wire.links.is_some_and(|links| !links.is_null()),
            correlation_id: answer.correlation_id,
        })
    }
}
