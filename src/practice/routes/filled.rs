//! What a relations export lacks: `/projects/:id/members/all` and `/projects/:id/wikis`. Snippets are in `totals`, their
//! repositories and the wiki's in `git`.

use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Scope, project_to_see};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::archive::listed_members;
use crate::practice::call::ApiCall;
use crate::practice::request::IncomingRequest;

pub fn add(routes: Routes) -> Routes {
    routes.get(ApiCall::Members, "/projects/{id}/members/all", members).get(
        ApiCall::Wikis,
        "/projects/{id}/wikis",
        wikis,
    )
}

async fn members(Path(id): Path<String>, request: IncomingRequest) -> Result<Json<Value>, HttpAnswer> {
    let world = request.world();
    let (caller, _) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    // Members of a public project are hidden from strangers.
    caller.ok_or_else(answer::unauthorized)?;
    Ok(Json(listed_members().into()))
}

async fn wikis(Path(id): Path<String>, request: IncomingRequest) -> Result<Json<Value>, HttpAnswer> {
    let world = request.world();
    let (_, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    let pages = world.wiki_pages(project_id).into_iter();
    Ok(Json(
        pages
            .map(|page| json!({ "format": "markdown", "slug": page, "title": page, "encoding": "UTF-8" }))
            .collect(),
    ))
}
