//! `GET /projects/:id/members/all`: the members of a project, with those inherited from its groups. Documented at
//! <https://docs.gitlab.com/api/project_members/>.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::pages::Paged;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET members/all", family: Family::Plain };

/// A member (`Entities::Member`, `Entities::UserSafe`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ProjectMember {
    pub id: u64,
    pub username: String,
    pub access_level: u64,
    /// The address that the user shows on their profile; empty where there is none.
    #[serde(default)]
    pub public_email: Option<String>,
    #[serde(default)]
    pub created_at: Option<String>,
    /// A date.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// `active`, or `awaiting` while a group's owner has not approved the member.
    #[serde(default)]
    pub membership_state: Option<String>,
}

impl Client {
    /// The members, up to 10,000. Costs one request per hundred.
    pub async fn members(&self, id: &ProjectKey) -> Result<Paged<ProjectMember>, Error> {
        self.pages(CALL, &["projects", &id.segment(), "members", "all"]).await
    }
}
