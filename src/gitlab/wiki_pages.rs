//! `GET /projects/:id/wikis`: whether a project has a wiki. Documented at <https://docs.gitlab.com/api/wikis/>.

use serde::de::IgnoredAny;

use super::client::{Call, Client};
use super::error::Error;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET wikis", family: Family::Plain };

impl Client {
    /// How many pages the wiki of a project has. The list has no pages itself.
    pub async fn wiki_pages(&self, id: &ProjectKey) -> Result<u64, Error> {
        let pages: Vec<IgnoredAny> = self.get(CALL, &["projects", &id.segment(), "wikis"], &[]).await?.value;
        Ok(pages.len() as u64)
    }
}
