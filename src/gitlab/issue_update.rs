//! `PUT /projects/:id/issues/:issue_iid`: changes labels or state of an issue. Documented at
//! <https://docs.gitlab.com/api/issues/>.

use reqwest::Method;
use serde::Serialize;

use super::client::{Call, Client};
use super::error::Error;
use super::issue_create::with_commas;
use super::issue_search::Issue;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "PUT issue", family: Family::Project };

/// The changes; everything else stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IssueChange {
    #[serde(serialize_with = "with_commas", skip_serializing_if = "Vec::is_empty")]
    pub add_labels: Vec<String>,
    #[serde(serialize_with = "with_commas", skip_serializing_if = "Vec::is_empty")]
    pub remove_labels: Vec<String>,
    /// `close` or `reopen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_event: Option<String>,
}

impl Client {
    /// Changes an issue. Sending the same change twice does no harm.
    pub async fn update_issue(
        &self,
        id: &ProjectKey,
        issue_iid: u64,
        change: &IssueChange,
    ) -> Result<Issue, Error> {
        let segments = ["projects", &id.segment(), "issues", &issue_iid.to_string()];
        Ok(self.send_json(CALL, Method::PUT, &segments, change).await?.value)
    }
}
