//! `POST /projects/:id/export_relations`, `GET …/status`, `GET …/download`.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

use super::table::Routes;
use crate::practice::access::{Scope, project_to_administer, signed_in};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::archive::{Archive, Flaw, RelationShape};
use crate::practice::call::ApiCall;
use crate::practice::params::Params;
use crate::practice::project::StoredFile;
use crate::practice::relations::{self, FakeRelationsStart, listed};
use crate::practice::request::IncomingRequest;
use crate::practice::storage::hand_out;
use crate::practice::world::World;

pub fn add(routes: Routes) -> Routes {
    routes
        .post(ApiCall::RelationsStart, "/projects/{id}/export_relations", start)
        .get(ApiCall::RelationsStatus, "/projects/{id}/export_relations/status", status)
        .get(ApiCall::RelationsDownload, "/projects/{id}/export_relations/download", download)
}

/// If the setting is off, the token is checked before the project.
fn allowed(world: &World, headers: &HeaderMap, id: &str, scope: Scope) -> Result<(u64, u64), HttpAnswer> {
    if !world.plan.relations_enabled {
        signed_in(world, headers, scope)?;
        return Err(answer::not_found("404 Not Found"));
    }
    let (caller, project_id) = project_to_administer(world, headers, id, scope)?;
    Ok((project_id, caller.user.id))
}

async fn start(
    Path(id): Path<String>,
    request: IncomingRequest,
    params: Params,
) -> Result<HttpAnswer, HttpAnswer> {
    let mut world = request.world();
    let key = allowed(&world, &request.headers, &id, Scope::Api)?;
    let batched = params.flag("batched")?.unwrap_or(false);
    let recipe = world.recipe(key.0, None, Flaw::None).ok_or_else(answer::project_not_found)?;
    let batch_records = world.plan.relation_batch_records.max(1);
    let exports = world.relations.entry(key).or_default();
    let start = FakeRelationsStart { recipe: &recipe, batched, batch_records, faults: &request.faults };
    relations::start(exports, start, &request.shared.clock);
    Ok(answer::accepted())
}

/// An array; with `relation` a single object.
async fn status(
    Path(id): Path<String>,
    request: IncomingRequest,
    params: Params,
) -> Result<Json<Value>, HttpAnswer> {
    let world = request.world();
    let key = allowed(&world, &request.headers, &id, Scope::ReadApi)?;
    let now_ms = request.shared.clock.paced_ms();
    let exports = listed(world.relations.get(&key).map_or(&[][..], Vec::as_slice), now_ms);
    let Some(relation) = params.filled("relation") else {
        return Ok(Json(exports.iter().map(|export| export.shown(now_ms)).collect()));
    };
    let export = exports.iter().find(|export| export.relation == relation);
    export.map(|export| Json(export.shown(now_ms))).ok_or_else(|| answer::not_found("Export not found"))
}

async fn download(
    Path(id): Path<String>,
    request: IncomingRequest,
    params: Params,
) -> Result<Response<Body>, HttpAnswer> {
    let mut world = request.world();
    let key = allowed(&world, &request.headers, &id, Scope::ReadApi)?;
    let (relation, batch) = wanted(&params)?;
    let file = file(&request, &mut world, key, &relation, batch)?;
    Ok(hand_out(&request, &mut world, key.0, file))
}

/// The relation, and the number of the batch, as Grape reads them.
fn wanted(params: &Params) -> Result<(String, Option<u64>), HttpAnswer> {
    let wrong = |text| answer::error(StatusCode::BAD_REQUEST, text);
    let relation = params.get("relation").ok_or_else(|| wrong("relation is missing"))?.to_owned();
    let batched = params.flag("batched")?;
    let number = params.get("batch_number").map(str::parse::<u64>).transpose();
    let number = number.map_err(|_not_a_number| wrong("batch_number is invalid"))?;
    if batched.is_some() != number.is_some() {
        return Err(wrong("batched, batch_number provide all or none of parameters"));
    }
    if RelationShape::of(&relation).is_none() {
        return Err(wrong("relation is not portable"));
    }
    Ok((relation, number.filter(|_| batched == Some(true))))
}

fn file(
    request: &IncomingRequest,
    world: &mut World,
    key: (u64, u64),
    relation: &str,
    batch: Option<u64>,
) -> Result<StoredFile, HttpAnswer> {
    let now_ms = request.shared.clock.paced_ms();
    let exports = world.relations.get(&key).map_or(&[][..], Vec::as_slice);
    let export = listed(exports, now_ms).into_iter().find(|export| export.relation == relation);
    let export = export.ok_or_else(|| answer::not_found("Export not found"))?;
    let status = match (export.batched, batch) {
        (true, None) => return Err(answer::bad_request("Export is batched")),
        (false, Some(_)) => return Err(answer::bad_request("Export is not batched")),
        (false, None) => export.status(now_ms),
        (true, Some(number)) => {
            export.batch_status(number, now_ms).ok_or_else(|| answer::not_found("Batch not found"))?
        }
    };
    let no_file =
        || answer::not_found(if batch.is_some() { "Batch file not found" } else { "Export file not found" });
    if status != 1 {
        return Err(no_file());
    }
    if let Some(file) = export.files.get(&batch).and_then(|id| world.file(*id)) {
        return Ok(file.clone());
    }
    let name = export.file_name();
    let skipped = batch.map_or(0, |number| export.skipped(number));
    let recipe = world.recipe(key.0, None, Flaw::None).ok_or_else(answer::project_not_found)?;
    let part = batch.map(|number| (number, world.plan.relation_batch_records.max(1), skipped));
    let archive = Archive::relation(&recipe, relation, part).ok_or_else(no_file)?;
    let stored = world.store(Arc::new(archive), None, name, &request.shared.clock);
    if let Some(exports) = world.relations.get_mut(&key) {
        relations::keep_file(exports, relation, (batch, stored), now_ms);
    }
    world.file(stored).cloned().ok_or_else(no_file)
}
