//! `GET /projects/:id/export/download`, in the three ways an instance can store its files.

use axum::body::Body;
use axum::extract::Path;
use axum::http::Response;

use super::table::Routes;
use crate::practice::access::{Scope, project_to_administer, take_unit};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::call::ApiCall;
use crate::practice::fault::FaultKind;
use crate::practice::request::IncomingRequest;
use crate::practice::storage::hand_out;

pub fn add(routes: Routes) -> Routes {
    routes.get(ApiCall::ExportDownload, "/projects/{id}/export/download", get)
}

async fn get(Path(id): Path<String>, request: IncomingRequest) -> Result<Response<Body>, HttpAnswer> {
    let mut world = request.world();
    if !world.plan.export_enabled {
        return Err(answer::not_found("404 Not Found"));
    }
    let (caller, project_id) = project_to_administer(&world, &request.headers, &id, Scope::ReadApi)?;
    let (user_id, allowed) = (caller.user.id, world.plan.limits.project_download_export);
    // A premature call, a HEAD and a Range request each spend a unit.
    take_unit(&mut world, &request.shared.clock, ("project_download_export", user_id, project_id), allowed)?;
    let file = world
        .export_file(project_id, user_id, &request.shared.clock)
        .ok_or_else(|| answer::not_found("404 Not found or has expired"))?;
    if request.faults.contains(&FaultKind::FileNotReady) {
        return Err(answer::not_found("The project export file is not available yet"));
    }
    Ok(hand_out(&request, &mut world, project_id, file))
}
