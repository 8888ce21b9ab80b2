//! `GET /user`: whom the token belongs to. Documented at <https://docs.gitlab.com/api/users/>.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::lenient::{optional, or_default};
use super::refusal::Family;

const CALL: Call = Call { name: "GET user", family: Family::Plain };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    pub id: u64,
    pub username: String,
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Sent only to administrators.
    #[serde(default, deserialize_with = "optional")]
    pub is_admin: Option<bool>,
    /// Whether this is the user of a project or group access token.
    #[serde(default, deserialize_with = "optional")]
    pub bot: Option<bool>,
}

impl Client {
    pub async fn user(&self) -> Result<User, Error> {
        Ok(self.get(CALL, &["user"], &[]).await?.value)
    }
}
