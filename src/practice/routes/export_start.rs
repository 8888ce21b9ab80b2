//! `POST /projects/:id/export`.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::json;
use url::Url;

use super::table::Routes;
use crate::practice::access::{Scope, project_to_administer, take_unit};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::asked::IncomingRequest;
use crate::practice::call::ApiCall;
use crate::practice::params::Params;
use crate::practice::upload::{self, StoredUpload};
use crate::practice::world::RunRequest;

pub fn add(routes: Routes) -> Routes {
    routes.post(ApiCall::ExportStart, "/projects/{id}/export", post)
}

async fn post(Path(id): Path<String>, asked: IncomingRequest, params: Params) -> HttpAnswer {
    start(&id, &asked, &params).unwrap_or_else(|refusal| refusal)
}

fn start(id: &str, asked: &IncomingRequest, params: &Params) -> Result<HttpAnswer, HttpAnswer> {
    let mut world = asked.world();
    if !world.plan.export_enabled {
        return Err(answer::not_found("404 Not Found"));
    }
    let (caller, project_id) = project_to_administer(&world, &asked.headers, id, Scope::Api)?;
    let (user_id, allowed) = (caller.user.id, world.plan.limits.project_export);
    take_unit(&mut world, &asked.shared.clock, ("project_export", user_id, 0), allowed)?;
    // From here on the old file is gone, whatever is answered.
    world.delete_old_export(project_id, user_id, &asked.shared.clock);
    let upload = wanted_upload(params)?;
    let limit = world.plan.max_export_bytes;
    if limit > 0 && world.project(project_id).is_some_and(|project| project.export_bytes() > limit) {
        return Err(answer::bad_request("The project size exceeds the export limit."));
    }
    let description = params.filled("description").map(str::to_owned);
    let request =
        RunRequest { project_id, user_id, description, uploads: upload.is_some(), struck: &asked.struck };
    let due = world.enqueue(request, &asked.shared.clock);
    if let (Some(stored_at_ms), Some(upload)) = (due, upload) {
        // Ends by itself when the server's runtime goes.
        drop(tokio::spawn(upload::follow(
            Arc::clone(&asked.shared),
            project_id,
            user_id,
            stored_at_ms,
            upload,
        )));
    }
    Ok(answer::accepted())
}

/// `upload` without a URL, or with an empty one, is ignored silently.
fn wanted_upload(params: &Params) -> Result<Option<StoredUpload>, HttpAnswer> {
    let post = match params.get("upload[http_method]") {
        None | Some("PUT") => false,
        Some("POST") => true,
        Some(_) => {
            let text = "upload[http_method] does not have a valid value";
            return Err(answer::error(StatusCode::BAD_REQUEST, text));
        }
    };
    let Some(text) = params.filled("upload[url]") else { return Ok(None) };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(StoredUpload { url, post })),
        Ok(_) => Err(url_error("is blocked: Only allowed schemes are http, https")),
        Err(_) => Err(url_error("must be a valid URL")),
    }
}

fn url_error(text: &str) -> HttpAnswer {
    answer::message(StatusCode::BAD_REQUEST, json!({ "url": [text] }))
}
