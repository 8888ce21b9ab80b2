//! `GET /projects/:id/issues/:issue_iid`: one issue as it is now.
//! Documented at <https://docs.gitlab.com/api/issues/>.

use super::client::{Call, Client};
use super::error::Error;
use super::issue_search::Issue;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET issue", family: Family::Project };

impl Client {
    /// An issue by its number within the project.
    pub async fn issue(&self, id: &ProjectKey, issue_iid: u64) -> Result<Issue, Error> {
        let segments = ["projects", &id.segment(), "issues", &issue_iid.to_string()];
        Ok(self.get(CALL, &segments, &[]).await?.value)
    }
}
