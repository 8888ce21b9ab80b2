//! `GET /groups/:id/projects` (`lib/api/groups.rb`). It has no keyset pagination: `pagination` is ignored, but
//! `id_after` and `id_before` are read (`lib/api/helpers.rb`, `project_finder_params`).

use axum::body::Body;
use axum::extract::Path;
use axum::http::{Response, StatusCode};

use super::project::{described, page};
use super::table::Routes;
use crate::practice::access::{caller, take_unit};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::call::ApiCall;
use crate::practice::params::Params;
use crate::practice::people::FakeUser;
use crate::practice::project::FakeProject;
use crate::practice::request::IncomingRequest;
use crate::practice::world::World;

pub fn add(routes: Routes) -> Routes {
    routes.get(ApiCall::GroupProjects, "/groups/{id}/projects", list)
}

/// `Gitlab::Access.all_values`.
const ACCESS_LEVELS: [u64; 7] = [5, 10, 15, 20, 30, 40, 50];
const ORDERS: [&str; 8] =
    ["id", "name", "path", "created_at", "updated_at", "last_activity_at", "similarity", "star_count"];

async fn list(
    Path(id): Path<String>,
    request: IncomingRequest,
    params: Params,
) -> Result<Response<Body>, HttpAnswer> {
    let mut world = request.world();
    let caller = caller(&world, &request.headers)?;
    let is_ascending = validated(&params)?;
    let user_id = caller.as_ref().map_or(0, |caller| caller.user.id);
    let allowed = world.plan.limits.group_projects;
    take_unit(&mut world, &request.shared.clock, ("group_projects", user_id, 0), allowed)?;
    let user = caller.as_ref().map(|caller| &caller.user);
    let group = visible_group(&world, &id, user).ok_or_else(group_not_found)?;
    let recursive = params.is_true("include_subgroups");
    let archived = params.flag("archived")?;
    let least = params.number("min_access_level").and_then(|level| u8::try_from(level).ok()).unwrap_or(0);
    let (after, before) = (params.number("id_after"), params.number("id_before"));
    let mut found: Vec<&FakeProject> = world
        .projects
        .iter()
        .filter(|project| is_in(&project.plan.path, &group, recursive) && project.visible_to(user))
        .filter(|project| archived.is_none_or(|archived| project.plan.archived == archived))
        .filter(|project| least == 0 || user.is_some_and(|user| member_level(project, user) >= least))
        .filter(|project| after.is_none_or(|id| project.id > id) && before.is_none_or(|id| project.id < id))
        .collect();
    // IDs, names of creation and updates have the same order here; the newest is first unless `sort` says otherwise.
    if !is_ascending {
        found.reverse();
    }
    let url = &request.shared.url;
    let simple = params.is_true("simple");
    Ok(page(&found, &params, &format!("{url}/api/v4/groups/{id}/projects"), |project| {
        if simple { project.shown() } else { described(project, user, url, false) }
    }))
}

/// The checks of Grape. Returns whether the list is ascending.
fn validated(params: &Params) -> Result<bool, HttpAnswer> {
    let invalid =
        |name: &str| answer::error(StatusCode::BAD_REQUEST, &format!("{name} does not have a valid value"));
    if let Some(level) = params.filled("min_access_level")
        && !level.parse().is_ok_and(|level: u64| ACCESS_LEVELS.contains(&level))
    {
        return Err(invalid("min_access_level"));
    }
    if params.filled("order_by").is_some_and(|order| !ORDERS.contains(&order)) {
        return Err(invalid("order_by"));
    }
    match params.filled("sort") {
        Some("asc") => Ok(true),
        None | Some("desc") => Ok(false),
        Some(_) => Err(invalid("sort")),
    }
}

/// GitLab filters by membership: an administrator has none.
fn member_level(project: &FakeProject, user: &FakeUser) -> u8 {
    if user.admin { 0 } else { project.access_level(user) }
}

/// The full path of the group with this ID or path, if the user can see anything in it.
fn visible_group(world: &World, id: &str, user: Option<&FakeUser>) -> Option<String> {
    let path = match id.parse::<u64>() {
        Ok(number) => world.group_of_id(number)?,
        Err(_not_a_number) => id.to_owned(),
    };
    let is_seen = world
        .projects
        .iter()
        .any(|project| is_in(&project.plan.path, &path, true) && project.visible_to(user));
    is_seen.then_some(path)
}

/// Whether the project is in the group itself, or with `recursive` in one of its subgroups.
fn is_in(project: &str, group: &str, recursive: bool) -> bool {
    let front = project.get(..group.len()).is_some_and(|front| front.eq_ignore_ascii_case(group));
    let rest = project.get(group.len()..).and_then(|rest| rest.strip_prefix('/'));
    front && rest.is_some_and(|rest| recursive || !rest.contains('/'))
}

fn group_not_found() -> HttpAnswer {
    answer::message(StatusCode::NOT_FOUND, "404 Group Not Found")
}
