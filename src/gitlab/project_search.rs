//! `GET /projects?search=…`: searches projects by name or path. Documented at
//! <https://docs.gitlab.com/api/projects/>.

use super::client::{Call, Client};
use super::error::Error;
use super::project::Project;
use super::refusal::Family;

const CALL: Call = Call { name: "GET projects", family: Family::Plain };

impl Client {
    /// Up to 20 projects with `text` in name or full path, most recently active first.
    pub async fn search_projects(&self, text: &str) -> Result<Vec<Project>, Error> {
        let query = [
            ("search", text),
            ("search_namespaces", "true"),
            ("membership", "true"),
            ("order_by", "last_activity_at"),
            ("per_page", "20"),
        ];
        Ok(self.get(CALL, &["projects"], &query).await?.value)
    }
}
