//! `/projects/:id/templates/…` and `/projects/:id/repository/files/:path/raw`.

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderName, Response, StatusCode};
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Scope, project_to_see};
use crate::practice::answer::{self, HttpAnswer, put};
use crate::practice::call::ApiCall;
use crate::practice::params::Params;
use crate::practice::request::IncomingRequest;
use crate::practice::tracker::BRANCH;

pub fn add(routes: Routes) -> Routes {
    routes
        .get(ApiCall::Templates, "/projects/{id}/templates/{kind}", templates)
        .get(ApiCall::Template, "/projects/{id}/templates/{kind}/{name}", template)
        .get(ApiCall::RawFile, "/projects/{id}/repository/files/{path}/raw", raw)
}

/// The kinds that GitLab knows; the practice world has issue templates alone.
const KINDS: [&str; 6] =
    ["dockerfiles", "gitignores", "gitlab_ci_ymls", "licenses", "issues", "merge_requests"];

fn check_kind(kind: &str) -> Result<(), HttpAnswer> {
    if KINDS.contains(&kind) {
        Ok(())
    } else {
        Err(answer::error(StatusCode::BAD_REQUEST, "type does not have a valid value"))
    }
}

async fn templates(
    Path((id, kind)): Path<(String, String)>,
    request: IncomingRequest,
) -> Result<Json<Value>, HttpAnswer> {
    check_kind(&kind)?;
    let world = request.world();
    let (_, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    let names =
        world.trackers.get(&project_id).filter(|_| kind == "issues").map(|tracker| tracker.templates());
    let shown = names.unwrap_or_default().into_iter().map(|name| json!({"key": name, "name": name}));
    Ok(Json(shown.collect()))
}

async fn template(
    Path((id, kind, name)): Path<(String, String, String)>,
    request: IncomingRequest,
) -> Result<Json<Value>, HttpAnswer> {
    check_kind(&kind)?;
    let world = request.world();
    let (_, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    let tracker = world.trackers.get(&project_id).filter(|_| kind == "issues");
    let text = tracker.and_then(|tracker| tracker.template_text(&name));
    let text = text.ok_or_else(|| answer::not_found("404 Template Not Found"))?;
    Ok(Json(json!({"name": name, "content": text})))
}

/// Raw bytes of a file on a branch; without `ref` the default branch.
async fn raw(
    Path((id, path)): Path<(String, String)>,
    request: IncomingRequest,
    params: Params,
) -> Result<Response<Body>, HttpAnswer> {
    let world = request.world();
    let (_, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    let reference = params.filled("ref").unwrap_or(BRANCH);
    if !matches!(reference, BRANCH | "HEAD" | "master") {
        return Err(answer::not_found("404 Commit Not Found"));
    }
    let text = world.trackers.get(&project_id).and_then(|tracker| tracker.text(&path));
    let text = text.ok_or_else(|| answer::not_found("404 File Not Found"))?;
    let mut response = answer::text(200, "text/plain; charset=utf-8", text.to_owned());
    put(&mut response, HeaderName::from_static("x-gitlab-ref"), reference);
    put(&mut response, HeaderName::from_static("x-gitlab-size"), &text.len().to_string());
    Ok(response)
}
