//! The API's routes, one file a call or a group of calls.

mod account;
mod export_download;
mod export_start;
mod export_status;
mod imports;
mod issues;
mod project;
mod relations;
mod repository;
mod totals;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::access;
use super::answer::Answer;
use super::{Shared, limits, world::World};

/// All of `/api/v4`.
pub fn router() -> Router<Arc<Shared>> {
    let api = Router::new()
        .route("/version", get(account::version))
        .route("/metadata", get(account::metadata))
        .route("/user", get(account::user))
        .route("/personal_access_tokens/self", get(account::token_self))
        .route("/projects", get(project::list))
        .route("/projects/import", post(imports::from_file))
        .route("/projects/remote-import", post(imports::remote))
        .route("/projects/remote-import-s3", post(imports::s3))
        .route("/projects/import-relation", post(imports::relation))
        .route("/projects/{id}", get(project::one))
        .route("/projects/{id}/import", get(imports::status))
        .route("/projects/{id}/relation-imports", get(imports::relation_trackers))
        .route("/projects/{id}/export", get(export_status::get).post(export_start::post))
        .route("/projects/{id}/export/download", get(export_download::get))
        .route("/projects/{id}/export_relations", post(relations::start))
        .route("/projects/{id}/issues", get(issues::list).post(issues::create))
        .route("/projects/{id}/issues/{iid}", get(issues::one).put(issues::update))
        .route("/projects/{id}/issues/{iid}/notes", get(issues::notes).post(issues::note))
        .route("/projects/{id}/issues_statistics", get(totals::issues_statistics))
        .route("/projects/{id}/labels", get(issues::labels))
        .route("/projects/{id}/templates/{kind}", get(repository::templates))
        .route("/projects/{id}/templates/{kind}/{name}", get(repository::template))
        .route("/projects/{id}/repository/files/{path}/raw", get(repository::raw))
        // What is none of the lists is answered as a path that does not exist.
        .route("/projects/{id}/{list}", get(totals::list))
        .route("/projects/{id}/export_relations/status", get(relations::status))
        .route("/projects/{id}/export_relations/download", get(relations::download));
    Router::new().nest("/api/v4", api).fallback(no_such_route).layer(DefaultBodyLimit::disable())
}

async fn no_such_route() -> Answer {
    access::no_such_route()
}

/// Takes one unit of a limit, or answers 429. GitLab counts before it looks whether there is anything to give.
fn take_unit(
    shared: &Shared,
    world: &mut World,
    key: (&'static str, u64, u64),
    allowed: u32,
) -> Result<(), Answer> {
    let now_ms = shared.clock.paced_ms();
    if world.limits.take(key, allowed, limits::MINUTE_MS, now_ms) {
        Ok(())
    } else {
        Err(super::answer::too_many_requests())
    }
}
