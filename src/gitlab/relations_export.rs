//! `POST /projects/:id/export_relations`, `GET …/status` and `GET …/download`: the export by relations.
//!
//! From `lib/api/project_export.rb`, `BulkImports::Export`, the request spec and
//! <https://docs.gitlab.com/api/project_relations_export/>. Requires the role Maintainer and the setting
//! `bulk_import_enabled`. Only exports that the same user started are visible. GitLab accepts a repeated request
//! within 3 minutes, but skips it.

use reqwest::Method;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::body::Resume;
use super::client::{Call, Client};
use super::error::Error;
use super::export_download::DownloadAnswer;
use super::export_schedule::Accepted;
use super::lenient::{count, flag, text, word};
use super::project_key::ProjectKey;
use super::refusal::Family;

const START: Call = Call { name: "POST export_relations", family: Family::Relations };
const STATUS: Call = Call { name: "GET export_relations/status", family: Family::Relations };
const DOWNLOAD: Call = Call { name: "GET export_relations/download", family: Family::RelationFile };

/// All relations of a project, as GitLab lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationsStatus {
    pub relations: Vec<RelationExport>,
    pub correlation_id: Option<String>,
}

/// One relation. A field of an unexpected type is converted or left out, because one odd relation must not hide the
/// others.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelationExport {
    /// For example `issues`. The list of relations depends on the version: use the one in the status.
    pub relation: String,
    /// `-2` pending, `0` started, `1` finished, `-1` failed, unchanged. Any value is accepted: the `OpenAPI` file
    /// says strings where the server sends numbers.
    #[serde(default, deserialize_with = "word")]
    pub status: String,
    #[serde(default, deserialize_with = "text")]
    pub error: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub updated_at: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub batched: Option<bool>,
    #[serde(default, deserialize_with = "count")]
    pub batches_count: Option<u64>,
    #[serde(default, deserialize_with = "count")]
    pub total_objects_count: Option<u64>,
    #[serde(default, deserialize_with = "batches")]
    pub batches: Option<Vec<RelationBatch>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelationBatch {
    /// `0` created, `2` started, `1` finished, `-1` failed, unchanged.
    #[serde(default, deserialize_with = "word")]
    pub status: String,
    /// From 1; the download call needs it.
    pub batch_number: u64,
    #[serde(default, deserialize_with = "count")]
    pub objects_count: Option<u64>,
    #[serde(default, deserialize_with = "text")]
    pub error: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub updated_at: Option<String>,
}

/// The batches that have a number; no other can be downloaded. The missing ones show in the count.
fn batches<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<RelationBatch>>, D::Error> {
    let Value::Array(all) = Value::deserialize(from)? else { return Ok(None) };
    Ok(Some(all.into_iter().filter_map(|batch| serde_json::from_value(batch).ok()).collect()))
}

impl Client {
    /// Starts the export of all relations. If [`Error::maybe_sent`] is set, check the status before a retry.
    pub async fn start_relations(&self, id: &ProjectKey, batched: bool) -> Result<Accepted, Error> {
        let segments = ["projects", &id.segment(), "export_relations"];
        let body = serde_json::json!({ "batched": batched });
        let answer = self.send_json::<Value>(START, Method::POST, &segments, &body).await?;
        Ok(Accepted { correlation_id: answer.correlation_id })
    }

    pub async fn relations_status(&self, id: &ProjectKey) -> Result<RelationsStatus, Error> {
        let segments = ["projects", &id.segment(), "export_relations", "status"];
        let answer = self.get(STATUS, &segments, &[]).await?;
        Ok(RelationsStatus { relations: answer.value, correlation_id: answer.correlation_id })
    }

    /// The status of one relation: here GitLab answers with an object, not with a list.
    pub async fn relation_status(&self, id: &ProjectKey, relation: &str) -> Result<RelationExport, Error> {
        let segments = ["projects", &id.segment(), "export_relations", "status"];
        Ok(self.get(STATUS, &segments, &[("relation", relation)]).await?.value)
    }

    /// The file of a relation or of one of its batches: `<relation>.ndjson.gz` or `<relation>.tar.gz`.
    pub async fn download_relation(
        &self,
        id: &ProjectKey,
        relation: &str,
        batch: Option<u64>,
        resume: Option<&Resume>,
    ) -> Result<DownloadAnswer, Error> {
        let segments = ["projects", &id.segment(), "export_relations", "download"];
        let number = batch.map(|number| number.to_string());
        let mut query = vec![("relation", relation)];
        if let Some(number) = &number {
            query.extend([("batched", "true"), ("batch_number", number)]);
        }
        self.source(DOWNLOAD, &segments, &query, resume).await
    }
}
