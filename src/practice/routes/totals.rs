//! The lists of a project that are asked for how long they are: `/merge_requests`, `/milestones` and the like, with
//! `X-Total`, and `/issues_statistics`. What they count is what an export of the project holds, and for issues also
//! those that were created since.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, Response};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::practice::access::{Scope, project_to_see};
use crate::practice::answer::{self, Answer};
use crate::practice::archive::{Flaw, tree_records};
use crate::practice::fault::Trouble;
use crate::practice::intake::Struck;
use crate::practice::serving::put;
use crate::practice::world::World;
use crate::practice::{Shared, hold};

/// The relation in an archive behind the last segment of a list's path.
fn relation_of(list: &str) -> Option<&'static str> {
    Some(match list {
        "merge_requests" => "merge_requests",
        "milestones" => "milestones",
        "releases" => "releases",
        "pipelines" => "ci_pipelines",
        "pipeline_schedules" => "pipeline_schedules",
        "snippets" => "snippets",
        "boards" => "boards",
        "protected_branches" => "protected_branches",
        "protected_tags" => "protected_tags",
        "members" => "project_members",
        _ => return None,
    })
}

/// How many records of a relation the project has.
pub fn records(world: &World, project_id: u64, relation: &str) -> u64 {
    let recipe = world.recipe(project_id, None, Flaw::None);
    recipe.map_or(0, |recipe| tree_records(&recipe, relation))
}

/// One page of a list, with its first record in its plainest form.
pub async fn list(
    State(shared): State<Arc<Shared>>,
    Path((id, list)): Path<(String, String)>,
    Extension(Struck(struck)): Extension<Struck>,
    headers: HeaderMap,
) -> Result<Response<Body>, Answer> {
    let relation = relation_of(&list).ok_or_else(super::access::no_such_route)?;
    let world = hold(&shared.world);
    let (_, project_id) = project_to_see(&world, &headers, &id, Scope::ReadApi)?;
    let total = records(&world, project_id, relation);
    let first: Vec<Value> = (total > 0).then(|| json!({ "id": 1 })).into_iter().collect();
    let mut response = Json(first).into_response();
    if !struck.contains(&Trouble::TotalUntold) {
        tell_total(&mut response, total);
    }
    Ok(response)
}

/// Sets `X-Total`, which GitLab leaves out above 10,000 records.
pub fn tell_total(response: &mut Response<Body>, total: u64) {
    if total <= 10_000 {
        put(response, HeaderName::from_static("x-total"), &total.to_string());
    }
}

pub async fn issues_statistics(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Answer> {
    let world = hold(&shared.world);
    let (caller, project_id) = project_to_see(&world, &headers, &id, Scope::ReadApi)?;
    caller.ok_or_else(answer::unauthorized)?;
    let issues = world.trackers.get(&project_id).map_or(&[][..], |tracker| tracker.issues.as_slice());
    let closed = issues.iter().filter(|issue| issue.closed).count() as u64;
    let all = records(&world, project_id, "issues") + issues.len() as u64;
    let counts = json!({ "all": all, "closed": closed, "opened": all - closed });
    Ok(Json(json!({ "statistics": { "counts": counts } })))
}
