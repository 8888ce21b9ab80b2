//! Authentication and permissions: the checks that several routes share, in GitLab's order.

use axum::http::HeaderMap;

use super::answer::{self, HttpAnswer};
use super::clock::PracticeClock;
use super::limits;
use super::people::{FakeTokenState, FakeUser, TokenCard};
use super::plan::MAINTAINER;
use super::world::World;

/// The sender of a request.
#[derive(Debug, Clone)]
pub struct Caller {
    pub user: FakeUser,
    pub card: TokenCard,
}

/// The token of a request. Both headers are accepted for personal access tokens.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    let private = headers.get("private-token").and_then(|value| value.to_str().ok());
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
    private.or_else(|| bearer?.strip_prefix("Bearer "))
}

/// The caller, or `None` without a token. An invalid token is refused on every route.
pub fn caller(world: &World, headers: &HeaderMap) -> Result<Option<Caller>, HttpAnswer> {
    let Some(token) = token(headers) else { return Ok(None) };
    let card = world.tokens.iter().find(|card| card.token == token).ok_or_else(answer::unauthorized)?;
    match card.state {
        FakeTokenState::Active => {}
        FakeTokenState::Expired => return Err(answer::invalid_token(answer::EXPIRED)),
        FakeTokenState::Revoked => return Err(answer::invalid_token(answer::REVOKED)),
    }
    let user = world.user(card.user_id).ok_or_else(answer::unauthorized)?;
    Ok(Some(Caller { user: user.clone(), card: card.clone() }))
}

/// A caller with a token of this or a wider scope.
pub fn signed_in(world: &World, headers: &HeaderMap, scope: Scope) -> Result<Caller, HttpAnswer> {
    let caller = caller(world, headers)?.ok_or_else(answer::unauthorized)?;
    scope.check(&caller.card)?;
    Ok(caller)
}

/// The scope that a call requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    ReadApi,
    Api,
}

impl Scope {
    fn check(self, card: &TokenCard) -> Result<(), HttpAnswer> {
        let has = |scope| card.scopes.contains(&scope);
        match self {
            _ if has("api") => Ok(()),
            Self::ReadApi if has("read_api") => Ok(()),
            Self::ReadApi => Err(answer::insufficient_scope("api read_api")),
            Self::Api => Err(answer::insufficient_scope("api")),
        }
    }
}

/// `:admin_project` on a project that the caller can see: 404 comes before 403. Without a token, a public project
/// answers 403 as it does for anybody below Maintainer, never 401.
pub fn project_to_administer(
    world: &World,
    headers: &HeaderMap,
    id: &str,
    scope: Scope,
) -> Result<(Caller, u64), HttpAnswer> {
    let (caller, project) = project_to_see(world, headers, id, scope)?;
    let caller = caller.ok_or_else(answer::forbidden)?;
    let level = world.project(project).map_or(0, |project| project.access_level(&caller.user));
    if level < MAINTAINER { Err(answer::forbidden()) } else { Ok((caller, project)) }
}

/// A project that the caller can see. A missing project is reported before the token's scope is checked.
pub fn project_to_see(
    world: &World,
    headers: &HeaderMap,
    id: &str,
    scope: Scope,
) -> Result<(Option<Caller>, u64), HttpAnswer> {
    let caller = caller(world, headers)?;
    let project = world.find(id).ok_or_else(answer::project_not_found)?;
    if let Some(caller) = &caller {
        scope.check(&caller.card)?;
    }
    if !project.visible_to(caller.as_ref().map(|caller| &caller.user)) {
        return Err(answer::project_not_found());
    }
    Ok((caller, project.id))
}

/// Takes one unit of a limit per minute, or answers 429. GitLab counts before it checks whether there is anything to
/// return.
pub fn take_unit(
    world: &mut World,
    clock: &PracticeClock,
    key: (&'static str, u64, u64),
    allowed: u32,
) -> Result<(), HttpAnswer> {
    take_unit_of(world, clock, key, allowed, limits::MINUTE_MS)
}

/// Same as [`take_unit`] for a limit with another interval.
pub fn take_unit_of(
    world: &mut World,
    clock: &PracticeClock,
    key: (&'static str, u64, u64),
    allowed: u32,
    interval_ms: u64,
) -> Result<(), HttpAnswer> {
    let left = world.limits.take(key, allowed, interval_ms, clock.paced_ms());
    if left { Ok(()) } else { Err(answer::too_many_requests()) }
}
