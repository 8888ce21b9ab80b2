//! The import calls: from a file, from a URL, from S3, of one relation; and their status.

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Caller, Scope, project_to_see, signed_in, take_unit};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::call::ApiCall;
use crate::practice::fault::FaultKind;
use crate::practice::importer::{ImportedProject, Restored};
use crate::practice::imports::{self, FakeImport, FakeRelationImport, ImportEnd};
use crate::practice::multipart;
use crate::practice::params::Params;
use crate::practice::plan::MAINTAINER;
use crate::practice::project::VISIBILITIES;
use crate::practice::request::IncomingRequest;
use crate::practice::upload::is_loopback;
use crate::practice::world::World;

pub fn add(routes: Routes) -> Routes {
    routes
        .post(ApiCall::ImportFile, "/projects/import", from_file)
        .post(ApiCall::ImportRemote, "/projects/remote-import", remote)
        .post(ApiCall::ImportS3, "/projects/remote-import-s3", s3)
        .post(ApiCall::ImportRelation, "/projects/import-relation", relation)
        .get(ApiCall::ImportStatus, "/projects/{id}/import", status)
        .get(ApiCall::RelationImports, "/projects/{id}/relation-imports", relation_trackers)
}

type Created = (StatusCode, Json<Value>);

/// The relations that can be imported separately.
const RELATIONS: [&str; 4] = ["issues", "merge_requests", "ci_pipelines", "milestones"];

/// Takes one unit of the limit that all kinds of import share. Wrong parameters do not count, because they are
/// checked first.
fn take_import(request: &IncomingRequest, caller: &Caller) -> Result<(), HttpAnswer> {
    let mut world = request.world();
    let allowed = world.plan.limits.project_import;
    take_unit(&mut world, &request.shared.clock, ("project_import", caller.user.id, 0), allowed)
}

fn importer(request: &IncomingRequest) -> Result<Caller, HttpAnswer> {
    signed_in(&request.world(), &request.headers, Scope::Api)
}

/// Grape's sentence that lists all missing parameters.
fn require(params: &Params, names: &[&str]) -> Result<(), HttpAnswer> {
    let missing: Vec<_> = names.iter().filter(|name| params.get(name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text: Vec<_> = missing.iter().map(|name| format!("{name} is missing")).collect();
    Err(answer::error(StatusCode::BAD_REQUEST, &text.join(", ")))
}

/// The target of a new project: what Grape checks besides the required parameters.
fn check_target(params: &Params) -> Result<(), HttpAnswer> {
    let given = NAMESPACES.iter().filter(|name| params.filled(name).is_some()).count();
    if given > 1 {
        let text = "namespace, namespace_id, namespace_path are mutually exclusive";
        return Err(answer::error(StatusCode::BAD_REQUEST, text));
    }
    if params.filled("namespace_id").is_some() && params.number("namespace_id").is_none() {
        return Err(answer::error(StatusCode::BAD_REQUEST, "namespace_id is invalid"));
    }
    params.flag("overwrite").map(drop)
}

async fn from_file(request: IncomingRequest, body: Body) -> Result<Created, HttpAnswer> {
    let caller = importer(&request)?;
    let most_bytes = request.world().plan.max_import_bytes;
    let (params, file) = multipart::read(&request.headers, body, most_bytes).await?;
    require(&params, &["path", "file"])?;
    check_target(&params)?;
    let file = file.ok_or_else(|| answer::error(StatusCode::BAD_REQUEST, "file is invalid"))?;
    take_import(&request, &caller)?;
    check_name(&file)?;
    if file.size_bytes == 0 {
        return Err(answer::bad_request("File must be uploaded"));
    }
    create(&request, &caller, &params, Some(file.archive.as_project()))
}

/// The name is checked before the namespace is looked up (`lib/api/project_import.rb`).
fn check_name(file: &multipart::SentFile) -> Result<(), HttpAnswer> {
    if std::path::Path::new(&file.name).extension().is_some_and(|extension| extension == "gz") {
        return Ok(());
    }
    let text = "You need to upload a GitLab project export archive (ending in .gz).";
    Err(answer::message(StatusCode::UNPROCESSABLE_ENTITY, json!({ "error": text })))
}

/// The practice server fetches nothing from other machines: the content of the URL is assumed to be valid.
async fn remote(request: IncomingRequest, params: Params) -> Result<Created, HttpAnswer> {
    let caller = importer(&request)?;
    require(&params, &["url", "path"])?;
    check_target(&params)?;
    take_import(&request, &caller)?;
    let url = url::Url::parse(params.get("url").unwrap_or_default());
    // The practice administrator has allowed the local network, because practice must work without the internet.
    if !url.is_ok_and(|url| url.scheme() == "https" || is_loopback(&url)) {
        return Err(answer::bad_request("File url is blocked: Only allowed schemes are https"));
    }
    create(&request, &caller, &params, None)
}

async fn s3(request: IncomingRequest, params: Params) -> Result<Created, HttpAnswer> {
    let caller = importer(&request)?;
    require(&params, &["region", "bucket_name", "file_key", "access_key_id", "secret_access_key", "path"])?;
    check_target(&params)?;
    take_import(&request, &caller)?;
    create(&request, &caller, &params, None)
}

fn create(
    request: &IncomingRequest,
    caller: &Caller,
    params: &Params,
    restored: Option<Restored>,
) -> Result<Created, HttpAnswer> {
    let mut world = request.world();
    let namespace = namespace(&world, caller, params)?;
    let path = format!("{namespace}/{}", params.get("path").unwrap_or_default());
    let is_taken = world.projects.iter().any(|project| project.is_at(&path));
    if is_taken && !params.is_true("overwrite") {
        return Err(answer::bad_request("Project namespace path has already been taken"));
    }
    let mut project = restored.as_ref().map(|restored| arrived(&request.faults, restored.project.clone()));
    // Parameters of the call win over what the archive says; later imports of a relation do not know them any more.
    let chosen = params.filled("override_params[visibility]").and_then(level_of);
    if let (Some(project), Some(level)) = (&mut project, chosen) {
        project.attributes.insert("visibility_level".to_owned(), level.into());
    }
    let restored = restored.unwrap_or_default();
    let ending = ImportEnd::of(&request.faults, &restored);
    let number = world.next_id();
    // The random digits of GitLab are not random here.
    let replaces = is_taken.then(|| path.clone());
    let path = if is_taken { format!("{path}-{number:032x}") } else { path };
    let created_at = request.shared.clock.shown();
    let project_id = world.add_project(path, created_at.clone(), project);
    let import = FakeImport {
        began_ms: request.shared.clock.paced_ms(),
        ending,
        failures: restored.failures,
        name: params.filled("name").or(params.get("path")).unwrap_or_default().to_owned(),
        correlation_id: format!("01PRACTICEIMPORT{number:010X}"),
        created_at,
        replaces,
    };
    let project = world.project(project_id).ok_or_else(answer::project_not_found)?;
    let shown = imports::shown(project, Some(&import), import.began_ms);
    world.imports.insert(project_id, import);
    Ok((StatusCode::CREATED, Json(shown)))
}

/// GitLab's number of a visibility (`Gitlab::VisibilityLevel`).
fn level_of(word: &str) -> Option<u64> {
    VISIBILITIES.into_iter().find(|(_, known)| *known == word).map(|(level, _)| level)
}

/// The project that the importer creates, without what the script of faults loses.
fn arrived(faults: &[FaultKind], mut project: ImportedProject) -> ImportedProject {
    let lost = faults.iter().find_map(|error| match error {
        FaultKind::ImportEmpty { relations } => Some(relations.as_slice()),
        _ => None,
    });
    match lost {
        Some([]) => project = ImportedProject::default(),
        Some(relations) => project.relations.retain(|relation, _| !relations.contains(relation)),
        None => {}
    }
    project
}

/// The possible names of the namespace parameter.
const NAMESPACES: [&str; 3] = ["namespace", "namespace_id", "namespace_path"];

/// The target of the project: the named group, or the caller's own namespace. A caller who can see the group but may
/// not import into it gets 400.
fn namespace(world: &World, caller: &Caller, params: &Params) -> Result<String, HttpAnswer> {
    let given = NAMESPACES.iter().find_map(|name| params.filled(name));
    let Some(group) = given else { return Ok(caller.user.username.to_owned()) };
    let inside = |path: &str| path.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'));
    let members = world.projects.iter().filter(|project| inside(&project.plan.path));
    let level = members.map(|project| project.access_level(&caller.user)).max().unwrap_or(0);
    if !world.has_namespace(group) || (level == 0 && group != caller.user.username) {
        return Err(answer::not_found("404 Namespace Not Found"));
    }
    if level < MAINTAINER && group != caller.user.username {
        return Err(answer::bad_request("User is not allowed to import projects"));
    }
    Ok(group.to_owned())
}

async fn status(Path(id): Path<String>, request: IncomingRequest) -> Result<Json<Value>, HttpAnswer> {
    let world = request.world();
    signed_in(&world, &request.headers, Scope::ReadApi)?;
    let (_, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    let project = world.project(project_id).ok_or_else(answer::project_not_found)?;
    Ok(Json(imports::shown(project, world.imports.get(&project_id), request.shared.clock.paced_ms())))
}

async fn relation(request: IncomingRequest, body: Body) -> Result<Created, HttpAnswer> {
    let caller = importer(&request)?;
    let most_bytes = request.world().plan.max_import_bytes;
    let (params, file) = multipart::read(&request.headers, body, most_bytes).await?;
    require(&params, &["path", "file", "relation"])?;
    let file = file.ok_or_else(|| answer::error(StatusCode::BAD_REQUEST, "file is invalid"))?;
    take_import(&request, &caller)?;
    check_name(&file)?;
    let relation = params.get("relation").unwrap_or_default().to_owned();
    let path = params.get("path").unwrap_or_default().to_owned();
    let mut world = request.world();
    let now_ms = request.shared.clock.paced_ms();
    let project = world.find(&path).filter(|project| project.visible_to(Some(&caller.user)));
    let project = project.ok_or_else(|| answer::not_found("Project not found"))?;
    let (project_id, level) = (project.id, project.access_level(&caller.user));
    if !RELATIONS.contains(&relation.as_str()) {
        let text = "Imported relation must be one of issues, merge_requests, milestones, or ci_pipelines";
        return Err(answer::bad_request(text));
    }
    if level < MAINTAINER {
        return Err(answer::message(StatusCode::FORBIDDEN, "You are not authorized to perform this action"));
    }
    let is_open = |one: &FakeRelationImport| one.project_id == project_id && one.is_open(now_ms);
    if world.relation_imports.iter().any(is_open) {
        let text = "A relation import is already in progress for this project";
        return Err(answer::message(StatusCode::CONFLICT, text));
    }
    // The results of unpacking and restoring are ignored: only a script of faults makes this import fail.
    let failed = matches!(ImportEnd::of(&request.faults, &Restored::default()), ImportEnd::Failed(_));
    let is_lost = failed || request.faults.iter().any(|fault| matches!(fault, FaultKind::ImportEmpty { .. }));
    if let Some(of) = file.archive.as_relation(&relation).filter(|_| !is_lost) {
        world.add_relation(project_id, &relation, of);
    }
    let id = world.next_id();
    let created_at = request.shared.clock.shown();
    let import = FakeRelationImport { id, project_id, relation, began_ms: now_ms, failed, created_at };
    let shown = import.shown(&path, now_ms);
    world.relation_imports.push(import);
    Ok((StatusCode::CREATED, Json(shown)))
}

async fn relation_trackers(
    Path(id): Path<String>,
    request: IncomingRequest,
) -> Result<Json<Value>, HttpAnswer> {
    let world = request.world();
    signed_in(&world, &request.headers, Scope::ReadApi)?;
    let (caller, project_id) = project_to_see(&world, &request.headers, &id, Scope::ReadApi)?;
    let level = caller
        .zip(world.project(project_id))
        .map_or(0, |(caller, project)| project.access_level(&caller.user));
    if level < MAINTAINER {
        return Err(answer::message(StatusCode::FORBIDDEN, "403 Forbidden - Project"));
    }
    let path = world.project(project_id).map_or("", |project| project.plan.path.as_str());
    let now_ms = request.shared.clock.paced_ms();
    let own = world.relation_imports.iter().filter(|import| import.project_id == project_id);
    Ok(Json(json!(own.map(|import| import.shown(path, now_ms)).collect::<Vec<_>>())))
}
