//! `GET /version`, `/metadata`, `/user`, `/personal_access_tokens/self`.

use axum::Json;
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Scope, signed_in};
use crate::practice::answer::Answer;
use crate::practice::asked::Asked;
use crate::practice::call::Call;
use crate::practice::people::TokenState;

pub fn add(routes: Routes) -> Routes {
    routes
        .get(Call::Version, "/version", metadata)
        .get(Call::Metadata, "/metadata", metadata)
        .get(Call::User, "/user", user)
        .get(Call::TokenSelf, "/personal_access_tokens/self", token_self)
}

async fn metadata(asked: Asked) -> Result<Json<Value>, Answer> {
    signed_in(&asked.world(), &asked.headers, Scope::ReadApi)?;
    Ok(Json(json!({
        "version": "18.9.0-ee",
        "revision": "4d1a63a2f2c",
        "kas": {"enabled": false, "externalUrl": null, "externalK8sProxyUrl": null, "version": null},
        "enterprise": true,
    })))
}

async fn user(asked: Asked) -> Result<Json<Value>, Answer> {
    let caller = signed_in(&asked.world(), &asked.headers, Scope::ReadApi)?;
    let user = caller.user;
    let mut answer = json!({
        "id": user.id,
        "username": user.username,
        "name": user.name,
        "state": "active",
        "locked": false,
        "avatar_url": null,
        "web_url": format!("{}/{}", asked.shared.url, user.username),
        "created_at": "2022-05-02T08:00:00.000Z",
        "email": format!("{}@example.com", user.username),
        "two_factor_enabled": true,
    });
    // Only administrators see this.
    if user.admin {
        answer["is_admin"] = json!(true);
    }
    Ok(Json(answer))
}

async fn token_self(asked: Asked) -> Result<Json<Value>, Answer> {
    let card = signed_in(&asked.world(), &asked.headers, Scope::ReadApi)?.card;
    Ok(Json(json!({
        "id": card.id,
        "name": card.name,
        "revoked": card.state == TokenState::Revoked,
        "created_at": "2026-01-05T08:00:00.000Z",
        "description": "Practice",
        "scopes": card.scopes,
        "user_id": card.user_id,
        "last_used_at": asked.shared.clock.shown(),
        "active": card.state == TokenState::Active,
        "expires_at": card.expires_at,
        "last_used_ips": ["127.0.0.1"],
    })))
}
