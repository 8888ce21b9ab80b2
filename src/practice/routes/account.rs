//! `GET /version`, `/metadata`, `/user`, `/personal_access_tokens/self`.

use axum::Json;
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Scope, signed_in};
use crate::practice::answer::HttpAnswer;
use crate::practice::call::ApiCall;
use crate::practice::people::{FakeTokenState, VALID_DAYS};
use crate::practice::request::IncomingRequest;

pub fn add(routes: Routes) -> Routes {
    routes
        .get(ApiCall::Version, "/version", metadata)
        .get(ApiCall::Metadata, "/metadata", metadata)
        .get(ApiCall::User, "/user", user)
        .get(ApiCall::TokenSelf, "/personal_access_tokens/self", token_self)
}

async fn metadata(request: IncomingRequest) -> Result<Json<Value>, HttpAnswer> {
    signed_in(&request.world(), &request.headers, Scope::ReadApi)?;
    Ok(Json(json!({
        "version": "18.9.0-ee",
        "revision": "4d1a63a2f2c",
        "kas": {"enabled": false, "externalUrl": null, "externalK8sProxyUrl": null, "version": null},
        "enterprise": true,
    })))
}

async fn user(request: IncomingRequest) -> Result<Json<Value>, HttpAnswer> {
    let caller = signed_in(&request.world(), &request.headers, Scope::ReadApi)?;
    let user = caller.user;
    let mut answer = json!({
        "id": user.id,
        "username": user.username,
        "name": user.name,
        "state": "active",
        "locked": false,
        "avatar_url": null,
        "web_url": format!("{}/{}", request.shared.url, user.username),
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

async fn token_self(request: IncomingRequest) -> Result<Json<Value>, HttpAnswer> {
    let card = signed_in(&request.world(), &request.headers, Scope::ReadApi)?.card;
    let ends = card.expires_at.map_or_else(|| request.shared.clock.day_in(VALID_DAYS), str::to_owned);
    Ok(Json(json!({
        "id": card.id,
        "name": card.name,
        "revoked": card.state == FakeTokenState::Revoked,
        "created_at": "2026-01-05T08:00:00.000Z",
        "description": "Practice",
        "scopes": card.scopes,
        "user_id": card.user_id,
        "last_used_at": request.shared.clock.shown(),
        "active": card.state == FakeTokenState::Active,
        "expires_at": ends,
        "last_used_ips": ["127.0.0.1"],
    })))
}
