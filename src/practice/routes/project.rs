//! `GET /projects/:id` and `GET /projects`.

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderName, Response, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Scope, caller, project_to_see, take_unit, take_unit_of};
use crate::practice::answer::{self, HttpAnswer, put};
use crate::practice::call::ApiCall;
use crate::practice::limits;
use crate::practice::params::Params;
use crate::practice::people::FakeUser;
use crate::practice::project::FakeProject;
use crate::practice::request::IncomingRequest;

pub fn add(routes: Routes) -> Routes {
    routes.get(ApiCall::Projects, "/projects", list).get(ApiCall::Project, "/projects/{id}", one)
}

/// GitLab's page size without `per_page`.
const PER_PAGE: u64 = 20;

async fn one(
    Path(id): Path<String>,
    request: IncomingRequest,
    params: Params,
) -> Result<Json<Value>, HttpAnswer> {
    let mut world = request.world();
    let caller = caller(&world, &request.headers)?;
    let (user_id, allowed) = (caller.as_ref().map_or(0, |caller| caller.user.id), world.plan.limits.project);
    take_unit(&mut world, &request.shared.clock, ("project", user_id, 0), allowed)?;
    let (caller, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    let project = world.project(project_id).ok_or_else(answer::project_not_found)?;
    let user = caller.as_ref().map(|caller| &caller.user);
    Ok(Json(described(project, user, &request.shared.url, params.is_true("statistics"))))
}

async fn list(request: IncomingRequest, params: Params) -> Result<Response<Body>, HttpAnswer> {
    let mut world = request.world();
    let caller = caller(&world, &request.headers)?;
    let (user_id, allowed) = (caller.as_ref().map_or(0, |caller| caller.user.id), world.plan.limits.projects);
    take_unit_of(
        &mut world,
        &request.shared.clock,
        ("projects", user_id, 0),
        allowed,
        10 * limits::MINUTE_MS,
    )?;
    let user = caller.as_ref().map(|caller| &caller.user);
    let least = params.number("min_access_level").and_then(|level| u8::try_from(level).ok()).unwrap_or(0);
    let least = if params.is_true("membership") { least.max(1) } else { least };
    let mut found: Vec<&FakeProject> = world
        .projects
        .iter()
        .filter(|project| project.visible_to(user) && matches(project, &params))
        .filter(|project| least == 0 || user.is_some_and(|user| project.access_level(user) >= least))
        .collect();
    // The newest first, as GitLab orders by creation.
    found.reverse();
    let statistics = params.is_true("statistics");
    if params.get("pagination") == Some("keyset") {
        let show = |project: &FakeProject| described(project, user, &request.shared.url, statistics);
        return Ok(keyset_page(&found, &params, &request.shared.url, show));
    }
    Ok(page(&found, &params, &format!("{}/api/v4/projects", request.shared.url), |project| {
        described(project, user, &request.shared.url, statistics)
    }))
}

/// The search matches only the name and the last part of the path, unless `search_namespaces` is set.
fn matches(project: &FakeProject, params: &Params) -> bool {
    let Some(search) = params.filled("search") else { return true };
    let within =
        if params.is_true("search_namespaces") { project.plan.path.as_str() } else { project.slug() };
    within.to_lowercase().contains(&search.to_lowercase())
}

fn per_page(params: &Params) -> usize {
    params.number("per_page").unwrap_or(PER_PAGE).clamp(1, 100) as usize
}

pub(super) fn page<T>(
    found: &[&T],
    params: &Params,
    url: &str,
    show: impl Fn(&T) -> Value,
) -> Response<Body> {
    let page = params.number("page").map_or(1, |page| page.max(1) as usize);
    let per_page = per_page(params);
    let shown: Vec<Value> =
        found.iter().skip((page - 1) * per_page).take(per_page).map(|item| show(item)).collect();
    let more = page * per_page < found.len();
    let mut response = Json(shown).into_response();
    let next = if more { (page + 1).to_string() } else { String::new() };
    for (name, value) in [
        ("x-next-page", next.clone()),
        ("x-page", page.to_string()),
        ("x-per-page", per_page.to_string()),
        ("x-total", found.len().to_string()),
    ] {
        put(&mut response, HeaderName::from_static(name), &value);
    }
    if more {
        let link = format!("<{url}?page={next}&per_page={per_page}>; rel=\"next\"");
        put(&mut response, header::LINK, &link);
    }
    response
}

/// Keyset pages have no numbers: only the Link header leads to the next page. The newest project is first, by ID.
fn keyset_page(
    found: &[&FakeProject],
    params: &Params,
    url: &str,
    show: impl Fn(&FakeProject) -> Value,
) -> Response<Body> {
    let before = params.number("id_before").unwrap_or(u64::MAX);
    let per_page = per_page(params);
    let mut rest = found.iter().filter(|project| project.id < before).peekable();
    let shown: Vec<&FakeProject> = rest.by_ref().take(per_page).copied().collect();
    let more = rest.peek().is_some();
    let mut response = Json(shown.iter().map(|project| show(project)).collect::<Vec<_>>()).into_response();
    if let (true, Some(last)) = (more, shown.last()) {
        let next = format!(
            "{url}/api/v4/projects?pagination=keyset&order_by=id&per_page={per_page}&id_before={}",
            last.id
        );
        put(&mut response, header::LINK, &format!("<{next}>; rel=\"next\""));
    }
    response
}

pub(super) fn described(
    project: &FakeProject,
    user: Option<&FakeUser>,
    url: &str,
    statistics: bool,
) -> Value {
    let path = &project.plan.path;
    let level = user.map_or(0, |user| project.access_level(user));
    let mut shown = project.shown();
    let details = json!({
        "default_branch": "main",
        "web_url": format!("{url}/{path}"),
        "archived": project.plan.archived,
        "empty_repo": project.imported.as_ref().is_some_and(|imported| !imported.has_repository),
        "visibility": project.visibility(),
        "last_activity_at": "2026-10-01T12:00:00.000Z",
        "marked_for_deletion_on": project.plan.marked_for_deletion_on,
        "marked_for_deletion_at": project.plan.marked_for_deletion_on,
        "repository_object_format": "sha1",
        "namespace": {"full_path": path.rsplit_once('/').map_or("", |(group, _)| group), "kind": "group"},
        "import_url": null,
        "import_type": null,
        "import_status": "none",
        "import_error": null,
        "permissions": {
            "project_access": (level > 0).then(|| json!({"access_level": level, "notification_level": 3})),
            "group_access": null,
        },
    });
    if let (Value::Object(shown), Value::Object(details)) = (&mut shown, details) {
        shown.extend(details);
    }
    // Statistics require Reporter.
    if statistics && level >= 20 {
        shown["statistics"] = sizes(project);
    }
    shown
}

fn sizes(project: &FakeProject) -> Value {
    let lfs = project.lfs_bytes();
    json!({
        "commit_count": 1,
        "storage_size": lfs + 45_000,
        "repository_size": 36_000,
        "wiki_size": 0,
        "lfs_objects_size": lfs,
        "job_artifacts_size": 0,
        "pipeline_artifacts_size": 0,
        "packages_size": 0,
        "snippets_size": 0,
        "uploads_size": 6_000,
        "container_registry_size": 0,
    })
}
