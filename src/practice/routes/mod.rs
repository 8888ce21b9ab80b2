//! The API's routes, one file per call or group of calls.

mod account;
mod counts;
mod export_download;
mod export_start;
mod export_status;
mod filled;
mod group_projects;
mod imports;
mod issues;
mod left_out;
mod project;
mod relations;
mod repository;
mod table;
mod totals;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;

use super::call::CallTable;
use super::git;
use super::shared::SharedState;
use table::Routes;

/// All of `/api/v4`, and the call of each path.
pub fn router() -> (Router<Arc<SharedState>>, CallTable) {
    let files = [
        account::add,
        counts::add,
        export_download::add,
        export_start::add,
        export_status::add,
        filled::add,
        group_projects::add,
        imports::add,
        issues::add,
        left_out::add,
        project::add,
        relations::add,
        repository::add,
        totals::add,
    ];
    let all = files.iter().fold(Routes::default(), |routes, add| add(routes));
    (all.router.fallback(git::serve).layer(DefaultBodyLimit::disable()), all.calls)
}
