//! The lists of a project of which clients request only the length: `/merge_requests`, `/milestones` and the like,
//! with `X-Total`, and `/issues_statistics`. They count what an export of the project contains, and for issues also
//! those that were created since.

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::Response;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Scope, project_to_see};
use crate::practice::answer::{self, HttpAnswer, put_total};
use crate::practice::call::ApiCall;
use crate::practice::fault::FaultKind;
use crate::practice::params::Params;
use crate::practice::request::IncomingRequest;

/// The last segment of each list's path, and the relation in an archive that it shows.
const LISTS: [(&str, &str); 10] = [
    ("merge_requests", "merge_requests"),
    ("milestones", "milestones"),
    ("releases", "releases"),
    ("pipelines", "ci_pipelines"),
    ("pipeline_schedules", "pipeline_schedules"),
    ("snippets", "snippets"),
    ("boards", "boards"),
    ("protected_branches", "protected_branches"),
    ("protected_tags", "protected_tags"),
    ("members", "project_members"),
];

pub fn add(routes: Routes) -> Routes {
    let routes = routes.get(ApiCall::Totals, "/projects/{id}/issues_statistics", issues_statistics);
    LISTS.into_iter().fold(routes, |routes, (name, relation)| {
        let answer = move |Path(id): Path<String>, request: IncomingRequest, params: Params| async move {
            list(&id, &request, &params, relation)
        };
        routes.get(ApiCall::Totals, &format!("/projects/{{id}}/{name}"), answer)
    })
}

/// One page of a list. Except for protected branches and snippets, it has only the first record, in its simplest form.
fn list(
    id: &str,
    request: &IncomingRequest,
    params: &Params,
    relation: &str,
) -> Result<Response<Body>, HttpAnswer> {
    let world = request.world();
    let (_, project_id) = project_to_see(&world, &request.headers, id, Scope::ReadApi)?;
    // Without this filter the list has no child pipelines (`lib/api/ci/pipelines.rb`).
    let total = match (relation, params.get("source")) {
        ("ci_pipelines", Some("parent_pipeline")) => {
            world.project(project_id).map_or(0, |project| project.left_out("child_pipelines"))
        }
        _ => world.records(project_id, relation),
    };
    // Who may push to a branch is read as well, and where the files of a snippet are.
    let first: Vec<Value> = match relation {
        "protected_branches" => world.protected_branches(project_id),
        "snippets" if total > 0 => world.snippets(project_id, &request.shared.url),
        _ => (total > 0).then(|| json!({ "id": 1 })).into_iter().collect(),
    };
    let mut response = Json(first).into_response();
    if !request.faults.contains(&FaultKind::TotalMissing) {
        put_total(&mut response, total);
    }
    Ok(response)
}

async fn issues_statistics(
    Path(id): Path<String>,
    request: IncomingRequest,
) -> Result<Json<Value>, HttpAnswer> {
    let world = request.world();
    let (caller, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    caller.ok_or_else(answer::unauthorized)?;
    let issues = world.trackers.get(&project_id).map_or(&[][..], |tracker| tracker.issues.as_slice());
    let closed = issues.iter().filter(|issue| issue.closed).count() as u64;
    let all = world.records(project_id, "issues") + issues.len() as u64;
    let counts = json!({ "all": all, "closed": closed, "opened": all - closed });
    Ok(Json(json!({ "statistics": { "counts": counts } })))
}
