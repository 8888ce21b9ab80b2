//! `GET /personal_access_tokens/self`: what the token may do and how long it lives.
//! Documented at <https://docs.gitlab.com/api/personal_access_tokens/>. OAuth and job tokens get 404.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::refusal::Family;

const CALL: Call = Call { name: "GET personal_access_tokens/self", family: Family::Plain };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TokenSelf {
    pub id: u64,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub revoked: bool,
    #[serde(default)]
    pub active: Option<bool>,
    #[serde(default)]
    pub scopes: Vec<String>,
    #[serde(default)]
    pub user_id: Option<u64>,
    #[serde(default)]
    pub created_at: Option<String>,
    #[serde(default)]
    pub last_used_at: Option<String>,
    /// A date (`2026-12-31`) in UTC; `None` for a token without an end.
    #[serde(default)]
    pub expires_at: Option<String>,
}

impl Client {
    pub async fn token_self(&self) -> Result<TokenSelf, Error> {
        Ok(self.get(CALL, &["personal_access_tokens", "self"], &[]).await?.value)
    }
}
