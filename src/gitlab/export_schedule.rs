//! `POST /projects/:id/export`: requests an export.
//!
//! From `lib/api/project_export.rb` and <https://docs.gitlab.com/api/project_import_export/> ("Export a project").
//! GitLab first deletes the caller's stored file, even if it then answers 400, and counts the call towards
//! `project_export`. The answer names no job.

use reqwest::Method;
use serde::Serialize;

use super::client::{Call, Client};
use super::error::{Error, ErrorKind};
use super::instance::shown;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "POST export", family: Family::Export };

/// The parameters of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Replaces the project's description inside the archive.
    pub description: Option<String>,
    pub upload: Option<UploadTo>,
}

/// Where GitLab uploads the finished archive. GitLab never reports whether that worked.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadTo {
    /// A presigned URL. Its query is a secret, so `Debug` does not show it.
    pub url: String,
    pub method: UploadMethod,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum UploadMethod {
    #[default]
    Put,
    Post,
}

/// 202: the export is queued, or an export that was running continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub correlation_id: Option<String>,
}

#[derive(Serialize)]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<UploadParameters<'a>>,
}

#[derive(Serialize)]
struct UploadParameters<'a> {
    url: &'a str,
    http_method: UploadMethod,
}

impl Client {
    /// Requests an export. If [`Error::maybe_sent`] is set, check the status before a retry.
    pub async fn schedule_export(&self, id: &ProjectKey, schedule: &Schedule) -> Result<Accepted, Error> {
        // GitLab ignores an upload without a URL and runs an ordinary export, which is not what the caller requested.
        if schedule.upload.as_ref().is_some_and(|upload| upload.url.trim().is_empty()) {
            return Err(Error::new(CALL.name, ErrorKind::Usage("the upload URL is empty".to_owned())));
        }
        if let Some(upload) = &schedule.upload {
            self.secrets.keep_url(upload.url.trim());
        }
        let parameters = Parameters {
            description: schedule.description.as_deref(),
            upload: schedule
                .upload
                .as_ref()
                .map(|upload| UploadParameters { url: upload.url.trim(), http_method: upload.method }),
        };
        let segments = ["projects", &id.segment(), "export"];
        let answer = self.send_json::<serde_json::Value>(CALL, Method::POST, &segments, &parameters).await?;
        Ok(Accepted { correlation_id: answer.correlation_id })
    }
}

impl std::fmt::Debug for UploadTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadTo").field("url", &shown(&self.url)).field("method", &self.method).finish()
    }
}
