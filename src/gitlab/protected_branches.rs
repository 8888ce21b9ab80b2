//! `GET /projects/:id/protected_branches`: who may push. Documented at
//! <https://docs.gitlab.com/api/protected_branches/>.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET protected_branches", family: Family::Plain };
const PER_PAGE: usize = 100;
/// A hundred pages of a hundred branches. In a larger project, the rest is not read.
const MOST_PAGES: usize = 100;

#[derive(Deserialize)]
struct Branch {
    name: String,
    #[serde(default)]
    push_access_levels: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    deploy_key_id: Option<u64>,
}

impl Client {
    /// How many deploy keys may push to each protected branch that allows at least one. The map is empty for a
    /// project without such keys. Costs one request per hundred branches.
    pub async fn deploy_key_rows(&self, id: &ProjectKey) -> Result<BTreeMap<String, u64>, Error> {
        let segments = ["projects", &id.segment(), "protected_branches"];
        let mut rows = BTreeMap::new();
        for page in 1..=MOST_PAGES {
            let (page, per_page) = (page.to_string(), PER_PAGE.to_string());
            let query = [("page", page.as_str()), ("per_page", per_page.as_str())];
            let branches: Vec<Branch> = self.get(CALL, &segments, &query).await?.value;
            let is_last = branches.len() < PER_PAGE;
            for branch in branches {
                let keys = branch.push_access_levels.iter().filter(|row| row.deploy_key_id.is_some()).count();
                if keys > 0 {
                    rows.insert(branch.name, keys as u64);
                }
            }
            if is_last {
                break;
            }
        }
        Ok(rows)
    }
}
