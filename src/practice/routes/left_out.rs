//! The lists of what a project export leaves out: variables, webhooks, tokens and the like, with GitLab's role checks.
//! Lists of secrets belong to Maintainers; two of them answer 401 to anybody below (`lib/api/remote_mirrors.rb`,
//! `lib/api/resource_access_tokens.rb`), the others 403. An imported project has none of these items.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderName, Response};
use serde_json::{Value, json};

use super::project::page;
use super::table::Routes;
use crate::practice::access::{Scope, project_to_see};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::call::ApiCall;
use crate::practice::fault::FaultKind;
use crate::practice::params::Params;
use crate::practice::plan::MAINTAINER;
use crate::practice::request::IncomingRequest;

const REPORTER: u8 = 20;
const DEVELOPER: u8 = 30;

/// The list below `/projects/:id`, and the least role that may read it.
const LISTS: [(&str, u8); 13] = [
    ("variables", MAINTAINER),
    ("hooks", MAINTAINER),
    ("deploy_tokens", MAINTAINER),
    ("deploy_keys", MAINTAINER),
    ("access_tokens", MAINTAINER),
    ("triggers", MAINTAINER),
    ("remote_mirrors", MAINTAINER),
    ("integrations", MAINTAINER),
    ("secure_files", DEVELOPER),
    ("feature_flags", DEVELOPER),
    ("packages", REPORTER),
    ("registry/repositories", REPORTER),
    ("environments", REPORTER),
];

/// Lists that answer 401 instead of 403.
const UNAUTHORIZED: [&str; 2] = ["access_tokens", "remote_mirrors"];

pub fn add(routes: Routes) -> Routes {
    LISTS.into_iter().fold(routes, |routes, (name, least)| {
        let answer = move |Path(id): Path<String>, request: IncomingRequest, params: Params| async move {
            list(&id, &request, &params, (name, least))
        };
        routes.get(ApiCall::Totals, &format!("/projects/{{id}}/{name}"), answer)
    })
}

fn list(
    id: &str,
    request: &IncomingRequest,
    params: &Params,
    (name, least): (&'static str, u8),
) -> Result<Response<Body>, HttpAnswer> {
    let world = request.world();
    let (caller, project_id) = project_to_see(&world, &request.headers, id, Scope::ReadApi)?;
    let caller = caller.ok_or_else(answer::unauthorized)?;
    let project = world.project(project_id).ok_or_else(answer::project_not_found)?;
    if project.access_level(&caller.user) < least {
        let is_401 = UNAUTHORIZED.contains(&name);
        return Err(if is_401 { answer::unauthorized() } else { answer::forbidden() });
    }
    let numbers: Vec<u64> = (1..=project.left_out(name)).collect();
    let url = format!("{}/api/v4/projects/{project_id}/{name}", request.shared.url);
    let mut response = page(&numbers.iter().collect::<Vec<_>>(), params, &url, |number| item(name, *number));
    if request.faults.contains(&FaultKind::TotalMissing) {
        response.headers_mut().remove(HeaderName::from_static("x-total"));
    }
    Ok(response)
}

/// One record, with the fields that tell it apart.
fn item(list: &str, number: u64) -> Value {
    match list {
        "variables" => json!({
            "variable_type": "env_var",
            "key": format!("PRACTICE_{number}"),
            "value": format!("practice value {number}"),
            "protected": false,
            "masked": false,
            "raw": false,
            "hidden": false,
            "environment_scope": "*",
        }),
        "hooks" => {
            json!({ "id": number, "url": format!("https://hooks.example.com/{number}"), "push_events": true })
        }
        "triggers" => json!({ "id": number, "description": format!("Trigger {number}"), "token": "abcd" }),
        "remote_mirrors" => {
            json!({ "id": number, "url": "https://*****:*****@mirror.example.com/copy.git", "enabled": true })
        }
        "deploy_keys" => json!({ "id": number, "title": format!("Key {number}"), "can_push": false }),
        "integrations" => json!({ "id": number, "title": "Jira", "slug": "jira", "active": true }),
        "feature_flags" => {
            json!({ "name": format!("flag_{number}"), "active": true, "version": "new_version_flag" })
        }
        "registry/repositories" => {
            json!({ "id": number, "name": "", "path": format!("practice/image-{number}") })
        }
        _ => json!({ "id": number, "name": format!("{list} {number}") }),
    }
}
