//! `GET /projects/:id/export`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Scope, project_to_administer};
use crate::practice::answer::{self, Answer};
use crate::practice::call::Call;
use crate::practice::fault::{Struck, Trouble};
use crate::practice::shared::Shared;

pub fn add(routes: Routes) -> Routes {
    routes.get(Call::ExportStatus, "/projects/{id}/export", get)
}

async fn get(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Extension(Struck(struck)): Extension<Struck>,
    headers: HeaderMap,
) -> Result<Json<Value>, Answer> {
    let mut world = shared.world();
    if !world.plan.export_enabled {
        return Err(answer::not_found("404 Not Found"));
    }
    let (caller, project_id) = project_to_administer(&world, &headers, &id, Scope::ReadApi)?;
    let status = world.status(project_id, caller.user.id, &shared.clock);
    let project = world.project(project_id).ok_or_else(answer::project_not_found)?;
    let mut shown = project.shown();
    shown["export_status"] = json!(status);
    if status == "finished" && !struck.contains(&Trouble::LinksMissing) {
        shown["_links"] = json!({
            "api_url": format!("{}/api/v4/projects/{}/export/download", shared.url, project.id),
            "web_url": format!("{}/{}/download_export", shared.url, project.plan.path),
        });
    }
    if let Some(Trouble::UnknownStatus { word }) =
        struck.iter().find(|trouble| matches!(trouble, Trouble::UnknownStatus { .. }))
    {
        shown["export_status"] = json!(word);
    }
    Ok(Json(shown))
}
