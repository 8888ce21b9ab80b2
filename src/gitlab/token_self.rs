//! `GET /personal_access_tokens/self`: what the token may do and when it expires. Documented at
//! <https://docs.gitlab.com/api/personal_access_tokens/>. For other kinds of tokens GitLab answers 400, older
//! versions 404.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::lenient::{list, optional, or_default};
use super::refusal::Family;

const CALL: Call = Call { name: "GET personal_access_tokens/self", family: Family::Plain };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TokenSelf {
    pub id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub revoked: bool,
    #[serde(default, deserialize_with = "optional")]
    pub active: Option<bool>,
    #[serde(default, deserialize_with = "list")]
    pub scopes: Vec<String>,
    #[serde(default, deserialize_with = "optional")]
    pub user_id: Option<u64>,
    #[serde(default, deserialize_with = "optional")]
    pub created_at: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    pub last_used_at: Option<String>,
    /// A date (`2026-12-31`) in UTC; `None` for a token without an expiry date.
    #[serde(default, deserialize_with = "optional")]
    pub expires_at: Option<String>,
    /// The permissions of a fine-grained token; only newer versions send them.
    #[serde(default, deserialize_with = "list")]
    pub granular_scopes: Vec<GranularScope>,
}

/// Permissions within one boundary (`API::Entities::PersonalAccessTokenGranularScope`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct GranularScope {
    /// `user`, `instance`, `all_memberships`, `personal_projects`, `selected_memberships`.
    pub access: String,
    pub permissions: Vec<String>,
    pub project_id: Option<u64>,
    pub group_id: Option<u64>,
}

impl TokenSelf {
    /// Whether this is a fine-grained token: then its only scope says so, and its permissions decide.
    pub fn is_granular(&self) -> bool {
        self.scopes.iter().any(|scope| scope == "granular")
    }
}

impl Client {
    pub async fn token_self(&self) -> Result<TokenSelf, Error> {
        Ok(self.get(CALL, &["personal_access_tokens", "self"], &[]).await?.value)
    }
}
