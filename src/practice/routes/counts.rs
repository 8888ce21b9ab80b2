//! `GET /practice/request-counts`, which GitLab does not have: how many requests the practice GitLab has got, for
//! programs that measure in another process.

use axum::Json;

use super::table::Routes;
use crate::practice::log::RequestCounts;
use crate::practice::request::IncomingRequest;

pub fn add(routes: Routes) -> Routes {
    routes.outside_the_api("/practice/request-counts", counts)
}

async fn counts(request: IncomingRequest) -> Json<RequestCounts> {
    Json(request.shared.log.counts())
}
