//! `POST /projects/:id/issues/:issue_iid/notes`: comments on an issue; GET reads the comments. Documented at
//! <https://docs.gitlab.com/api/notes/>.

use reqwest::Method;
use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "POST issue note", family: Family::Project };
const LIST: Call = Call { name: "GET issue notes", family: Family::Project };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Note {
    pub id: u64,
    #[serde(default)]
    pub body: String,
    #[serde(default)]
    pub internal: Option<bool>,
    /// Whether GitLab itself wrote the line, for example about a label.
    #[serde(default)]
    pub system: bool,
    #[serde(default)]
    pub created_at: Option<String>,
}

impl Client {
    /// The latest 20 comments of an issue that the token may see, newest first.
    pub async fn issue_notes(&self, id: &ProjectKey, issue_iid: u64) -> Result<Vec<Note>, Error> {
        let segments = ["projects", &id.segment(), "issues", &issue_iid.to_string(), "notes"];
        let query = [("sort", "desc"), ("order_by", "created_at"), ("per_page", "20")];
        Ok(self.get(LIST, &segments, &query).await?.value)
    }

    /// Posts a comment. Only project members can see an internal note.
    pub async fn create_note(
        &self,
        id: &ProjectKey,
        issue_iid: u64,
        body: &str,
        internal: bool,
    ) -> Result<Note, Error> {
        let segments = ["projects", &id.segment(), "issues", &issue_iid.to_string(), "notes"];
        let parameters = serde_json::json!({ "body": body, "internal": internal });
        Ok(self.send_json(CALL, Method::POST, &segments, &parameters).await?.value)
    }
}
