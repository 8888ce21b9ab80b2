//! The import calls: from a file, from a URL, from S3, of one relation; and where they stand.

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::table::Routes;
use crate::practice::access::{Caller, Scope, project_to_administer, project_to_see, signed_in, take_unit};
use crate::practice::answer::{self, HttpAnswer};
use crate::practice::asked::IncomingRequest;
use crate::practice::call::ApiCall;
use crate::practice::imports::{self, FakeImport, FakeRelationImport, ImportEnd};
use crate::practice::inspect::Finding;
use crate::practice::multipart;
use crate::practice::params::Params;
use crate::practice::plan::MAINTAINER;
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

/// The relations that can be imported by themselves.
const RELATIONS: [&str; 4] = ["issues", "merge_requests", "ci_pipelines", "milestones"];

/// The caller, after one unit of the limit that all kinds of import share.
fn importer(asked: &IncomingRequest) -> Result<Caller, HttpAnswer> {
    let mut world = asked.world();
    let caller = signed_in(&world, &asked.headers, Scope::Api)?;
    let allowed = world.plan.limits.project_import;
    take_unit(&mut world, &asked.shared.clock, ("project_import", caller.user.id, 0), allowed)?;
    Ok(caller)
}

/// Grape's sentence for all that is missing.
fn require(params: &Params, names: &[&str]) -> Result<(), HttpAnswer> {
    let missing: Vec<_> = names.iter().filter(|name| params.get(name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text: Vec<_> = missing.iter().map(|name| format!("{name} is missing")).collect();
    Err(answer::error(StatusCode::BAD_REQUEST, &text.join(", ")))
}

async fn from_file(asked: IncomingRequest, body: Body) -> Result<Created, HttpAnswer> {
    let caller = importer(&asked)?;
    let (params, file) = multipart::read(&asked.headers, body).await?;
    require(&params, &["path", "file"])?;
    let finding = check_name(file)?;
    create(&asked, &caller, &params, finding)
}

/// The uploader's list of extensions.
fn check_name(file: Option<multipart::SentFile>) -> Result<ImportEnd, HttpAnswer> {
    let file = file.ok_or_else(|| answer::error(StatusCode::BAD_REQUEST, "file is invalid"))?;
    let extension = std::path::Path::new(&file.name).extension().unwrap_or_default();
    if extension != "gz" || file.size_bytes == 0 {
        let text = format!(
            "You are not allowed to upload {:?} files, allowed types: tar.gz, gz",
            extension.to_string_lossy()
        );
        return Err(answer::bad_request(&text));
    }
    Ok(match file.finding {
        Finding::Importable => ImportEnd::Finished,
        Finding::Refused(text) => ImportEnd::Failed(text),
    })
}

/// The practice server fetches nothing from elsewhere: what the URL holds is taken for good.
async fn remote(asked: IncomingRequest, params: Params) -> Result<Created, HttpAnswer> {
    let caller = importer(&asked)?;
    require(&params, &["url", "path"])?;
    let url = url::Url::parse(params.get("url").unwrap_or_default());
    // Its administrator has allowed the local network, or nothing could be practised without the internet.
    if !url.is_ok_and(|url| url.scheme() == "https" || is_loopback(&url)) {
        return Err(answer::bad_request("File url is blocked: Only allowed schemes are https"));
    }
    create(&asked, &caller, &params, ImportEnd::Finished)
}

async fn s3(asked: IncomingRequest, params: Params) -> Result<Created, HttpAnswer> {
    let caller = importer(&asked)?;
    require(&params, &["region", "bucket_name", "file_key", "access_key_id", "secret_access_key", "path"])?;
    create(&asked, &caller, &params, ImportEnd::Finished)
}

fn create(
    asked: &IncomingRequest,
    caller: &Caller,
    params: &Params,
    found: ImportEnd,
) -> Result<Created, HttpAnswer> {
    let mut world = asked.world();
    let namespace = namespace(&world, caller, params)?;
    let path = format!("{namespace}/{}", params.get("path").unwrap_or_default());
    let known = world.projects.iter().position(|project| project.is_at(&path));
    match known {
        Some(_) if !params.is_true("overwrite") => {
            return Err(answer::bad_request("Project namespace path has already been taken"));
        }
        Some(at) => drop(world.projects.remove(at)),
        None => {}
    }
    let project_id = world.add_project(path);
    let number = world.next_id();
    let import = FakeImport {
        began_ms: asked.shared.clock.paced_ms(),
        ending: ImportEnd::of(&asked.struck, found),
        name: params.filled("name").or(params.get("path")).unwrap_or_default().to_owned(),
        correlation_id: format!("01PRACTICEIMPORT{number:010X}"),
        created_at: asked.shared.clock.shown(),
    };
    let project = world.project(project_id).ok_or_else(answer::project_not_found)?;
    let shown = imports::shown(project, Some(&import), import.began_ms);
    world.imports.insert(project_id, import);
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Where the project goes: the named group, or the caller's own. The names are mutually exclusive.
fn namespace(world: &World, caller: &Caller, params: &Params) -> Result<String, HttpAnswer> {
    let names = ["namespace", "namespace_id", "namespace_path"];
    let given: Vec<&str> = names.iter().filter_map(|name| params.filled(name)).collect();
    if given.len() > 1 {
        let text = "namespace, namespace_id, namespace_path are mutually exclusive";
        return Err(answer::error(StatusCode::BAD_REQUEST, text));
    }
    let Some(group) = given.first().copied() else { return Ok(caller.user.username.to_owned()) };
    let inside = |path: &str| path.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'));
    let members = world.projects.iter().filter(|project| inside(&project.plan.path));
    let level = members.map(|project| project.access_level(&caller.user)).max().unwrap_or(0);
    if !world.has_namespace(group) || (level == 0 && group != caller.user.username) {
        return Err(answer::not_found("404 Namespace Not Found"));
    }
    if level < MAINTAINER && group != caller.user.username {
        return Err(answer::forbidden());
    }
    Ok(group.to_owned())
}

async fn status(Path(id): Path<String>, asked: IncomingRequest) -> Result<Json<Value>, HttpAnswer> {
    let world = asked.world();
    let (_, project_id) = project_to_see(&world, &asked.headers, &id, Scope::ReadApi)?;
    let project = world.project(project_id).ok_or_else(answer::project_not_found)?;
    Ok(Json(imports::shown(project, world.imports.get(&project_id), asked.shared.clock.paced_ms())))
}

async fn relation(asked: IncomingRequest, body: Body) -> Result<Created, HttpAnswer> {
    importer(&asked)?;
    let (params, file) = multipart::read(&asked.headers, body).await?;
    require(&params, &["path", "file", "relation"])?;
    let relation = params.get("relation").unwrap_or_default().to_owned();
    if !RELATIONS.contains(&relation.as_str()) {
        return Err(answer::error(StatusCode::BAD_REQUEST, "relation does not have a valid value"));
    }
    let ending = ImportEnd::of(&asked.struck, check_name(file)?);
    let mut world = asked.world();
    let path = params.get("path").unwrap_or_default().to_owned();
    let (_, project_id) = project_to_administer(&world, &asked.headers, &path, Scope::Api)?;
    let id = world.next_id();
    let began_ms = asked.shared.clock.paced_ms();
    let created_at = asked.shared.clock.shown();
    let failed = matches!(ending, ImportEnd::Failed(_));
    let import = FakeRelationImport { id, project_id, relation, began_ms, failed, created_at };
    let shown = import.shown(&path, began_ms);
    world.relation_imports.push(import);
    Ok((StatusCode::CREATED, Json(shown)))
}

async fn relation_trackers(
    Path(id): Path<String>,
    asked: IncomingRequest,
) -> Result<Json<Value>, HttpAnswer> {
    let world = asked.world();
    let (_, project_id) = project_to_administer(&world, &asked.headers, &id, Scope::ReadApi)?;
    let path = world.project(project_id).map_or("", |project| project.plan.path.as_str());
    let now_ms = asked.shared.clock.paced_ms();
    let own = world.relation_imports.iter().filter(|import| import.project_id == project_id);
    Ok(Json(json!(own.map(|import| import.shown(path, now_ms)).collect::<Vec<_>>())))
}
