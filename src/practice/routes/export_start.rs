//! `POST /projects/:id/export`.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::json;
use url::Url;

use super::table::Routes;
use crate::practice::access::{Scope, project_to_administer, take_unit};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::call::ApiCall;
use crate::practice::params::Params;
use crate::practice::request::IncomingRequest;
use crate::practice::upload::{self, StoredUpload};
use crate::practice::world::RunRequest;

pub fn add(routes: Routes) -> Routes {
    routes.post(ApiCall::ExportStart, "/projects/{id}/export", post)
}

async fn post(Path(id): Path<String>, request: IncomingRequest, params: Params) -> HttpAnswer {
    start(&id, &request, &params).unwrap_or_else(|refusal| refusal)
}

fn start(id: &str, request: &IncomingRequest, params: &Params) -> Result<HttpAnswer, HttpAnswer> {
    let mut world = request.world();
    if !world.plan.export_enabled {
        return Err(answer::not_found("404 Not Found"));
    }
    let (caller, project_id) = project_to_administer(&world, &request.headers, id, Scope::Api)?;
    // A parameter error does not count against the limit.
    let upload = UploadParams::of(params)?;
    let (user_id, allowed) = (caller.user.id, world.plan.limits.project_export);
    take_unit(&mut world, &request.shared.clock, ("project_export", user_id, 0), allowed)?;
    // From here on the old file is deleted, whatever the answer.
    world.delete_old_export(project_id, user_id, &request.shared.clock);
    let upload = upload.map(UploadParams::checked).transpose()?;
    let limit = world.plan.max_export_bytes;
    if limit > 0 && world.project(project_id).is_some_and(|project| project.export_bytes() > limit) {
        return Err(answer::bad_request("The project size exceeds the export limit."));
    }
    let description = params.filled("description").map(str::to_owned);
    let run_request =
        RunRequest { project_id, user_id, description, uploads: upload.is_some(), faults: &request.faults };
    let due = world.enqueue(run_request, &request.shared.clock);
    let stored_at_ms = due.ok_or_else(|| answer::bad_request(DUPLICATE))?;
    if let Some(upload) = upload {
        // The task ends together with the server's runtime.
        drop(tokio::spawn(upload::follow(
            Arc::clone(&request.shared),
            project_id,
            user_id,
            stored_at_ms,
            upload,
        )));
    }
    Ok(answer::accepted())
}

/// 18.9 refuses a second run of the same user, but deletes the old file first.
const DUPLICATE: &str =
    "An export is already running or queued for this project. Please try again once it's done.";

/// The target of the archive's upload, as far as Grape checks it.
struct UploadParams<'a> {
    url: &'a str,
    post: bool,
}

impl<'a> UploadParams<'a> {
    /// `upload` without a URL, or with an empty one, is ignored silently.
    fn of(params: &'a Params) -> Result<Option<Self>, HttpAnswer> {
        let wrong = |text| answer::error(StatusCode::BAD_REQUEST, text);
        if params.filled("upload").is_some() && !params.has_inner("upload") {
            return Err(wrong("upload is invalid"));
        }
        let post = match params.get("upload[http_method]") {
            None | Some("PUT") => false,
            Some("POST") => true,
            Some(_) => return Err(wrong("upload[http_method] does not have a valid value")),
        };
        Ok(params.filled("upload[url]").map(|url| Self { url, post }))
    }

    fn checked(self) -> Result<StoredUpload, HttpAnswer> {
        match Url::parse(self.url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(StoredUpload { url, post: self.post }),
            Ok(_) => Err(url_error("is blocked: Only allowed schemes are http, https")),
            Err(_) => Err(url_error("is blocked: URI is invalid")),
        }
    }
}

fn url_error(text: &str) -> HttpAnswer {
    answer::message(StatusCode::BAD_REQUEST, json!({ "url": [text] }))
}
