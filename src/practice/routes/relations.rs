//! `POST /projects/:id/export_relations`, `GET …/status`, `GET …/download`.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

use super::table::Routes;
use crate::practice::access::{Scope, project_to_administer};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::archive::{Archive, Flaw, relation_records};
use crate::practice::asked::IncomingRequest;
use crate::practice::call::ApiCall;
use crate::practice::params::Params;
use crate::practice::project::StoredFile;
use crate::practice::relations;
use crate::practice::storage::hand_out;
use crate::practice::world::World;

pub fn add(routes: Routes) -> Routes {
    routes
        .post(ApiCall::RelationsStart, "/projects/{id}/export_relations", start)
        .get(ApiCall::RelationsStatus, "/projects/{id}/export_relations/status", status)
        .get(ApiCall::RelationsDownload, "/projects/{id}/export_relations/download", download)
}

/// The setting is looked at before the token.
fn allowed(world: &World, headers: &HeaderMap, id: &str, scope: Scope) -> Result<(u64, u64), HttpAnswer> {
    if !world.plan.relations_enabled {
        return Err(answer::not_found("404 Not Found"));
    }
    let (caller, project_id) = project_to_administer(world, headers, id, scope)?;
    Ok((project_id, caller.user.id))
}

async fn start(
    Path(id): Path<String>,
    asked: IncomingRequest,
    params: Params,
) -> Result<HttpAnswer, HttpAnswer> {
    let mut world = asked.world();
    let key = allowed(&world, &asked.headers, &id, Scope::Api)?;
    let recipe = world.recipe(key.0, None, Flaw::None).ok_or_else(answer::project_not_found)?;
    let exports = world.relations.entry(key).or_default();
    relations::start(exports, &recipe, params.is_true("batched"), &asked.struck, &asked.shared.clock);
    Ok(answer::accepted())
}

/// An array; with `relation` a single object.
async fn status(
    Path(id): Path<String>,
    asked: IncomingRequest,
    params: Params,
) -> Result<Json<Value>, HttpAnswer> {
    let world = asked.world();
    let key = allowed(&world, &asked.headers, &id, Scope::ReadApi)?;
    let now_ms = asked.shared.clock.paced_ms();
    let exports = world.relations.get(&key).map_or(&[][..], Vec::as_slice);
    let Some(relation) = params.filled("relation") else {
        return Ok(Json(exports.iter().map(|export| export.shown(now_ms)).collect()));
    };
    let export = exports.iter().find(|export| export.relation == relation);
    export.map(|export| Json(export.shown(now_ms))).ok_or_else(|| answer::not_found("Export not found"))
}

async fn download(
    Path(id): Path<String>,
    asked: IncomingRequest,
    params: Params,
) -> Result<Response<Body>, HttpAnswer> {
    let mut world = asked.world();
    let (project_id, user_id) = allowed(&world, &asked.headers, &id, Scope::Api)?;
    let file = file(&asked, &mut world, project_id, user_id, &params)?;
    Ok(hand_out(&asked, &mut world, project_id, file))
}

fn file(
    asked: &IncomingRequest,
    world: &mut World,
    project_id: u64,
    user_id: u64,
    params: &Params,
) -> Result<StoredFile, HttpAnswer> {
    let wrong = |text| answer::error(StatusCode::BAD_REQUEST, text);
    let relation = params.filled("relation").ok_or_else(|| wrong("relation is missing"))?.to_owned();
    if params.get("batched").is_some() != params.get("batch_number").is_some() {
        return Err(wrong("batched, batch_number provide all or none of parameters"));
    }
    let batch = match params.get("batch_number").filter(|_| params.is_true("batched")) {
        Some(number) => Some(number.parse::<u64>().ok().ok_or_else(|| wrong("batch_number is invalid"))?),
        None => None,
    };
    let recipe = world.recipe(project_id, None, Flaw::None).ok_or_else(answer::project_not_found)?;
    if !relation_records(&recipe).iter().any(|(name, _)| *name == relation) {
        return Err(wrong("relation does not have a valid value"));
    }
    let now_ms = asked.shared.clock.paced_ms();
    let exports = world.relations.get(&(project_id, user_id)).map_or(&[][..], Vec::as_slice);
    let export = exports.iter().find(|export| export.relation == relation);
    let export = export.ok_or_else(|| answer::not_found("Export not found"))?;
    match (export.batched, batch) {
        (true, None) => return Err(answer::bad_request("Export is batched")),
        (false, Some(_)) => return Err(answer::bad_request("Export is not batched")),
        (true, Some(_)) | (false, None) => {}
    }
    if batch.map_or(export.status(now_ms), |number| export.batch_status(number, now_ms)) != 1 {
        let what = if batch.is_some() { "Batch file not found" } else { "Export file not found" };
        return Err(answer::not_found(what));
    }
    let known = export.files.get(&batch).and_then(|id| world.file(*id));
    if let Some(file) = known {
        return Ok(file.clone());
    }
    let name = export.file_name(batch);
    let archive =
        Archive::relation(&recipe, &relation, batch).ok_or_else(|| answer::not_found("Batch not found"))?;
    let stored = world.store(Arc::new(archive), None, name, &asked.shared.clock);
    let exports = world.relations.entry((project_id, user_id)).or_default();
    if let Some(export) = exports.iter_mut().find(|export| export.relation == relation) {
        export.files.insert(batch, stored);
    }
    world.file(stored).cloned().ok_or_else(|| answer::not_found("Export file not found"))
}
