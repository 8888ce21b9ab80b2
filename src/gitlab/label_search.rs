//! `GET /projects/:id/labels?search=…`: the labels of a project and its groups. Documented at
//! <https://docs.gitlab.com/api/labels/>.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET labels", family: Family::Project };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Label {
    pub name: String,
}

impl Client {
    /// Up to 100 labels with `text` in name or description.
    pub async fn search_labels(&self, id: &ProjectKey, text: &str) -> Result<Vec<Label>, Error> {
        let query = [("search", text), ("per_page", "100")];
        Ok(self.get(CALL, &["projects", &id.segment(), "labels"], &query).await?.value)
    }
}
