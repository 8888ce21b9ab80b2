//! `GET /projects/:id/protected_branches`: who may push. Documented at
//! <https://docs.gitlab.com/api/protected_branches/>.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET protected_branches", family: Family::Plain };

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
    /// project without such keys. Costs one request per hundred branches; of more than 10,000 branches, the rest is
    /// not read.
    pub async fn deploy_key_rows(&self, id: &ProjectKey) -> Result<BTreeMap<String, u64>, Error> {
        let branches = self.pages::<Branch>(CALL, &["projects", &id.segment(), "protected_branches"]).await?;
        let rows = branches.items.into_iter().filter_map(|branch| {
            let keys = branch.push_access_levels.iter().filter(|row| row.deploy_key_id.is_some()).count();
            (keys > 0).then_some((branch.name, keys as u64))
        });
        Ok(rows.collect())
    }
}
