//! `/projects/:id/issues`, `…/:iid`, `…/:iid/notes`, and `/projects/:id/labels`.

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Caller, Scope, project_to_see, take_unit};
use crate::practice::answer::{self, HttpAnswer, put_total};
use crate::practice::call::ApiCall;
use crate::practice::params::Params;
use crate::practice::request::IncomingRequest;
use crate::practice::tracker::{FakeIssue, FakeNote, FakeTracker};
use crate::practice::world::World;

/// GitLab's access level of a Reporter, who may edit issues and create labels.
const REPORTER: u8 = 20;

pub fn add(routes: Routes) -> Routes {
    routes
        .get(ApiCall::Issues, "/projects/{id}/issues", list)
        .post(ApiCall::IssueCreate, "/projects/{id}/issues", create)
        .get(ApiCall::Issue, "/projects/{id}/issues/{iid}", one)
        .put(ApiCall::IssueUpdate, "/projects/{id}/issues/{iid}", update)
        .get(ApiCall::IssueNotes, "/projects/{id}/issues/{iid}/notes", notes)
        .post(ApiCall::IssueNote, "/projects/{id}/issues/{iid}/notes", note)
        .get(ApiCall::Labels, "/projects/{id}/labels", labels)
}

/// A caller with a token, the project, and whether the caller may edit issues there.
fn writer(world: &World, headers: &HeaderMap, id: &str) -> Result<(Caller, u64, bool), HttpAnswer> {
    let (caller, project_id) = project_to_see(world, headers, id, Scope::Api)?;
    let caller = caller.ok_or_else(answer::unauthorized)?;
    let level = world.project(project_id).map_or(0, |project| project.access_level(&caller.user));
    Ok((caller, project_id, level >= REPORTER))
}

fn project_url(request: &IncomingRequest, world: &World, project_id: u64) -> String {
    let path = world.project(project_id).map_or("", |project| project.plan.path.as_str());
    format!("{}/{path}", request.shared.url)
}

async fn list(
    Path(id): Path<String>,
    request: IncomingRequest,
    params: Params,
) -> Result<Json<Value>, HttpAnswer> {
    let world = request.world();
    let (_, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    let url = project_url(&request, &world, project_id);
    let issues = world.trackers.get(&project_id).map_or(&[][..], |tracker| tracker.issues.as_slice());
    let per_page = params.number("per_page").unwrap_or(20).min(100) as usize;
    // The newest first.
    let mut found: Vec<&FakeIssue> = issues.iter().filter(|issue| matches(issue, &params)).collect();
    found.sort_by_key(|issue| std::cmp::Reverse(issue.id));
    Ok(Json(found.iter().take(per_page).map(|issue| issue.shown(project_id, &url)).collect()))
}

fn matches(issue: &FakeIssue, params: &Params) -> bool {
    let within = params.filled("in").unwrap_or("title,description");
    let has =
        |field: &str, text: &str, word: &str| within.contains(field) && text.to_lowercase().contains(word);
    // Every word must occur.
    let said = params.filled("search").is_none_or(|search| {
        search
            .to_lowercase()
            .split_whitespace()
            .all(|word| has("title", &issue.title, word) || has("description", &issue.description, word))
    });
    let state = match params.get("state") {
        Some("opened") => !issue.closed,
        Some("closed") => issue.closed,
        _ => true,
    };
    let labelled = params.filled("labels").is_none_or(|labels| {
        labels.split(',').all(|name| issue.labels.iter().any(|label| label == name.trim()))
    });
    let number = params.filled("iids[]").is_none_or(|iid| iid == issue.iid.to_string());
    said && state && labelled && number
}

async fn create(
    Path(id): Path<String>,
    request: IncomingRequest,
    params: Params,
) -> Result<(StatusCode, Json<Value>), HttpAnswer> {
    let mut world = request.world();
    let (caller, project_id, may_edit) = writer(&world, &request.headers, &id)?;
    let allowed = world.plan.limits.issues_create;
    take_unit(&mut world, &request.shared.clock, ("issues_create", caller.user.id, 0), allowed)?;
    let title =
        params.get("title").ok_or_else(|| answer::error(StatusCode::BAD_REQUEST, "title is missing"))?;
    if title.trim().is_empty() {
        return Err(answer::message(StatusCode::BAD_REQUEST, json!({ "title": ["can't be blank"] })));
    }
    let url = project_url(&request, &world, project_id);
    let issue_id = world.next_id();
    let tracker = world.tracker(project_id);
    let labels = tracker.admit(params.get("labels").unwrap_or_default(), may_edit);
    let issue = FakeIssue {
        id: 60_000 + issue_id,
        iid: tracker.next_iid(),
        title: title.to_owned(),
        description: params.get("description").unwrap_or_default().to_owned(),
        labels,
        closed: false,
        confidential: params.is_true("confidential"),
        kind: params.filled("issue_type").unwrap_or("issue").to_owned(),
        author: caller.user.username,
        created_at: request.shared.clock.shown(),
        notes: Vec::new(),
    };
    let shown = issue.shown(project_id, &url);
    tracker.issues.push(issue);
    Ok((StatusCode::CREATED, Json(shown)))
}

async fn one(
    Path((id, iid)): Path<(String, u64)>,
    request: IncomingRequest,
) -> Result<Json<Value>, HttpAnswer> {
    let mut world = request.world();
    let (_, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    let url = project_url(&request, &world, project_id);
    let tracker = world.tracker(project_id);
    let at = position(tracker, iid)?;
    Ok(Json(tracker.issues[at].shown(project_id, &url)))
}

async fn update(
    Path((id, iid)): Path<(String, u64)>,
    request: IncomingRequest,
    params: Params,
) -> Result<Json<Value>, HttpAnswer> {
    let mut world = request.world();
    let (_, project_id, may_edit) = writer(&world, &request.headers, &id)?;
    let url = project_url(&request, &world, project_id);
    let tracker = world.tracker(project_id);
    let at = position(tracker, iid)?;
    if !may_edit {
        return Err(answer::forbidden());
    }
    let added = tracker.admit(params.get("add_labels").unwrap_or_default(), true);
    let set = params.get("labels").map(|labels| tracker.admit(labels, true));
    let issue = &mut tracker.issues[at];
    if let Some(set) = set {
        issue.labels = set;
    }
    let new: Vec<String> = added.into_iter().filter(|name| !issue.labels.contains(name)).collect();
    issue.labels.extend(new);
    let removed = params.get("remove_labels").unwrap_or_default();
    issue.labels.retain(|label| !removed.split(',').any(|name| name.trim() == label));
    match params.get("state_event") {
        Some("close") => issue.closed = true,
        Some("reopen") => issue.closed = false,
        _ => {}
    }
    for (name, field) in [("title", &mut issue.title), ("description", &mut issue.description)] {
        if let Some(value) = params.get(name) {
            value.clone_into(field);
        }
    }
    if params.get("confidential").is_some() {
        issue.confidential = params.is_true("confidential");
    }
    Ok(Json(issue.shown(project_id, &url)))
}

fn position(tracker: &FakeTracker, iid: u64) -> Result<usize, HttpAnswer> {
    tracker.issues.iter().position(|issue| issue.iid == iid).ok_or_else(|| answer::not_found("404 Not found"))
}

async fn note(
    Path((id, iid)): Path<(String, u64)>,
    request: IncomingRequest,
    params: Params,
) -> Result<(StatusCode, Json<Value>), HttpAnswer> {
    let mut world = request.world();
    let (caller, project_id, may_edit) = writer(&world, &request.headers, &id)?;
    let text = params.get("body").ok_or_else(|| answer::error(StatusCode::BAD_REQUEST, "body is missing"))?;
    let internal = params.is_true("internal");
    if internal && !may_edit {
        return Err(answer::forbidden());
    }
    let note_id = world.next_id();
    let created_at = request.shared.clock.shown();
    let tracker = world.tracker(project_id);
    let at = position(tracker, iid)?;
    let author = caller.user.username;
    let note = FakeNote { id: note_id, body: text.to_owned(), internal, author, created_at };
    let shown = note.shown(iid);
    tracker.issues[at].notes.push(note);
    Ok((StatusCode::CREATED, Json(shown)))
}

/// The newest first, as GitLab lists them. Only users who may edit issues see internal notes.
async fn notes(
    Path((id, iid)): Path<(String, u64)>,
    request: IncomingRequest,
) -> Result<Json<Value>, HttpAnswer> {
    let mut world = request.world();
    let (_, project_id, may_edit) = writer(&world, &request.headers, &id)?;
    let tracker = world.tracker(project_id);
    let notes = &tracker.issues[position(tracker, iid)?].notes;
    let seen = notes.iter().rev().filter(|note| may_edit || !note.internal);
    Ok(Json(seen.map(|note| note.shown(iid)).collect()))
}

async fn labels(Path(id): Path<String>, request: IncomingRequest) -> Result<Response<Body>, HttpAnswer> {
    let world = request.world();
    let (_, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    let labels = world.trackers.get(&project_id).map_or(&[][..], |tracker| tracker.labels.as_slice());
    let shown = (1_u64..).zip(labels).map(|(id, name)| {
        json!({"id": id, "name": name, "description": null, "color": "#d9534f", "text_color": "#FFFFFF",
            "is_project_label": true})
    });
    let mut response = Json(shown.collect::<Value>()).into_response();
    put_total(&mut response, world.records(project_id, "labels") + labels.len() as u64);
    Ok(response)
}
