//! `GET /projects/:id/snippets`: the snippets of a project, and where their repositories are. Documented at
//! <https://docs.gitlab.com/api/project_snippets/>.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::pages::Paged;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET snippets", family: Family::Plain };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ProjectSnippet {
    pub title: String,
    /// RFC 3339, in milliseconds.
    pub created_at: String,
    /// The URL of its repository under GitLab's configured host; absent before 12.10.
    #[serde(default)]
    pub http_url_to_repo: Option<String>,
}

impl Client {
    /// The snippets, up to 10,000. Costs one request per hundred.
    pub async fn project_snippets(&self, id: &ProjectKey) -> Result<Paged<ProjectSnippet>, Error> {
        self.pages(CALL, &["projects", &id.segment(), "snippets"]).await
    }
}
