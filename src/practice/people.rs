//! The users, and their tokens.

use super::archive::{hex, random_bytes};

/// The ID of the main user: Maria, Maintainer of the lesson's project.
pub const MAIN: u64 = 2;
/// Jonas, whose exports Maria does not see.
pub const SECOND_MAINTAINER: u64 = 3;
/// Dana, who may not export.
pub const DEVELOPER: u64 = 4;
const ADMIN: u64 = 1;

#[derive(Debug, Clone)]
pub struct FakeUser {
    pub id: u64,
    pub username: &'static str,
    pub name: &'static str,
    pub admin: bool,
}

/// The state of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FakeTokenState {
    Active,
    Expired,
    Revoked,
}

/// A token of the practice world. It opens nothing but the practice server, so that it may be shown.
#[derive(Debug, Clone)]
pub struct TokenCard {
    pub id: u64,
    /// `main`, `read_api`, `developer`, `expired`, `revoked`, `second_maintainer` or `admin`.
    pub name: &'static str,
    pub token: String,
    pub user_id: u64,
    pub scopes: Vec<&'static str>,
    pub state: FakeTokenState,
    /// The last day on which the token was valid; `None` for a token that is valid for [`VALID_DAYS`] more days.
    pub expires_at: Option<&'static str>,
}

/// How long a token of the practice world is valid, as a person would choose it.
pub const VALID_DAYS: u64 = 90;

pub fn users() -> Vec<FakeUser> {
    let user = |id, username, name, admin| FakeUser { id, username, name, admin };
    vec![
        user(ADMIN, "root", "Administrator", true),
        user(MAIN, "maria", "Maria Sommer", false),
        user(SECOND_MAINTAINER, "jonas", "Jonas Weiß", false),
        user(DEVELOPER, "dana", "Dana 김", false),
    ]
}

pub fn tokens(seed: u64) -> Vec<TokenCard> {
    let far = None;
    let card = |id, name, user_id, scopes: &[&'static str], state, expires_at| TokenCard {
        id,
        name,
        token: format!("glpat-{}", secret(seed, id)),
        user_id,
        scopes: scopes.to_vec(),
        state,
        expires_at,
    };
    vec![
        card(11, "main", MAIN, &["api"], FakeTokenState::Active, far),
        card(12, "read_api", MAIN, &["read_api"], FakeTokenState::Active, far),
        card(13, "developer", DEVELOPER, &["api"], FakeTokenState::Active, far),
        card(14, "expired", MAIN, &["api"], FakeTokenState::Expired, Some("2024-01-31")),
        card(15, "revoked", MAIN, &["api"], FakeTokenState::Revoked, far),
        card(16, "second_maintainer", SECOND_MAINTAINER, &["api"], FakeTokenState::Active, far),
        card(17, "admin", ADMIN, &["api", "admin_mode"], FakeTokenState::Active, far),
    ]
}

/// A token's random part, the same for the same seed.
fn secret(seed: u64, number: u64) -> String {
    hex(&random_bytes(seed ^ (number << 40), 10))
}
