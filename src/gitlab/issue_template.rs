//! `GET /projects/:id/templates/issues` and `…/issues/:name`: the issue templates of a tracker.
//!
//! Documented at <https://docs.gitlab.com/api/project_templates/>. GitLab's `OpenAPI` file declares the licence
//! entity for the second call; for issues GitLab returns name and content.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::project_key::ProjectKey;
use super::refusal::Family;

const LIST: Call = Call { name: "GET issue templates", family: Family::Project };
const ONE: Call = Call { name: "GET issue template", family: Family::Project };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TemplateName {
    /// The template's name in the other call.
    pub key: String,
    #[serde(default)]
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Template {
    pub name: String,
    pub content: String,
}

impl Client {
    pub async fn issue_templates(&self, id: &ProjectKey) -> Result<Vec<TemplateName>, Error> {
        Ok(self.get(LIST, &["projects", &id.segment(), "templates", "issues"], &[]).await?.value)
    }

    pub async fn issue_template(&self, id: &ProjectKey, key: &str) -> Result<Template, Error> {
        let segments = ["projects", &id.segment(), "templates", "issues", key];
        Ok(self.get(ONE, &segments, &[]).await?.value)
    }
}
