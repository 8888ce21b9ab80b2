//! `POST /projects/:id/issues`: creates an issue. Documented at <https://docs.gitlab.com/api/issues/>. The API
//! applies no description template, so its text is sent as the description.

use reqwest::Method;
use serde::Serialize;

use super::client::{Call, Client};
use super::error::Error;
use super::issue_search::Issue;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "POST issues", family: Family::Project };

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewIssue {
    pub title: String,
    pub description: String,
    /// Sent as one comma-separated text.
    #[serde(serialize_with = "with_commas", skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    pub confidential: bool,
}

/// GitLab's format of a label list: `a,b`.
pub(super) fn with_commas<S: serde::Serializer>(labels: &[String], out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&labels.join(","))
}

impl Client {
    /// Creates an issue. If [`Error::maybe_sent`] is set, search for the issue before a retry.
    pub async fn create_issue(&self, id: &ProjectKey, issue: &NewIssue) -> Result<Issue, Error> {
        let segments = ["projects", &id.segment(), "issues"];
        Ok(self.send_json(CALL, Method::POST, &segments, issue).await?.value)
    }
}
