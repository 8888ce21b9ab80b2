//! `GET /projects/:id/export`.

use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Scope, project_to_administer};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::call::ApiCall;
use crate::practice::fault::FaultKind;
use crate::practice::request::IncomingRequest;

pub fn add(routes: Routes) -> Routes {
    routes.get(ApiCall::ExportStatus, "/projects/{id}/export", get)
}

async fn get(Path(id): Path<String>, request: IncomingRequest) -> Result<Json<Value>, HttpAnswer> {
    let mut world = request.world();
    if !world.plan.export_enabled {
        return Err(answer::not_found("404 Not Found"));
    }
    let (caller, project_id) = project_to_administer(&world, &request.headers, &id, Scope::ReadApi)?;
    let status = world.status(project_id, caller.user.id, &request.shared.clock);
    let project = world.project(project_id).ok_or_else(answer::project_not_found)?;
    let mut shown = project.shown();
    shown["export_status"] = json!(status);
    if status == "finished" && !request.faults.contains(&FaultKind::LinksMissing) {
        shown["_links"] = json!({
            "api_url": format!("{}/api/v4/projects/{}/export/download", request.shared.url, project.id),
            "web_url": format!("{}/{}/download_export", request.shared.url, project.plan.path),
        });
    }
    if let Some(FaultKind::UnknownStatus { word }) =
        request.faults.iter().find(|error| matches!(error, FaultKind::UnknownStatus { .. }))
    {
        shown["export_status"] = json!(word);
    }
    Ok(Json(shown))
}
