//! `GET /projects/:id/issues?search=…`: searches the issues of a tracker. Documented at
//! <https://docs.gitlab.com/api/issues/>.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET issues", family: Family::Project };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Issue {
    pub id: u64,
    /// The number within the project, as in URLs.
    pub iid: u64,
    pub title: String,
    #[serde(default)]
    pub description: Option<String>,
    pub web_url: String,
    /// `opened` or `closed`.
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub labels: Vec<String>,
    #[serde(default)]
    pub confidential: Option<bool>,
    #[serde(default)]
    pub created_at: Option<String>,
    #[serde(default)]
    pub updated_at: Option<String>,
}

impl Client {
    /// Up to 20 issues with `text` in title or description, most recently updated first; with `closed_too` also
    /// closed ones.
    pub async fn search_issues(
        &self,
        id: &ProjectKey,
        text: &str,
        closed_too: bool,
    ) -> Result<Vec<Issue>, Error> {
        let query = [
            ("search", text),
            ("in", "title,description"),
            ("scope", "all"),
            ("state", if closed_too { "all" } else { "opened" }),
            ("order_by", "updated_at"),
            ("per_page", "20"),
        ];
        Ok(self.get(CALL, &["projects", &id.segment(), "issues"], &query).await?.value)
    }
}
