//! `GET /projects/:id/export/download`, in the three ways an instance can store its files.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Response, header};

use super::take_unit;
use crate::practice::access::{Scope, project_to_administer};
use crate::practice::answer::{self, Answer};
use crate::practice::fault::Trouble;
use crate::practice::intake::Struck;
use crate::practice::plan::Storage;
use crate::practice::serving::{self, Sender, put};
use crate::practice::storage::{self, Now, Validity};
use crate::practice::world::{StoredFile, World};
use crate::practice::{Shared, hold};

pub async fn get(
    State(shared): State<Arc<Shared>>,
    method: Method,
    Path(id): Path<String>,
    Extension(Struck(struck)): Extension<Struck>,
    headers: HeaderMap,
) -> Result<Response<Body>, Answer> {
    let mut world = hold(&shared.world);
    if !world.plan.export_enabled {
        return Err(answer::not_found("404 Not Found"));
    }
    let (caller, project_id) = project_to_administer(&world, &headers, &id, Scope::Api)?;
    let (user_id, allowed) = (caller.user.id, world.plan.limits.project_download_export);
    // A premature call, a HEAD and a Range request each spend a unit.
    take_unit(&shared, &mut world, ("project_download_export", user_id, project_id), allowed)?;
    let file = world
        .export_file(project_id, user_id, &shared.clock)
        .ok_or_else(|| answer::not_found("404 Not found or has expired"))?;
    if struck.contains(&Trouble::FileNotReady) {
        return Err(answer::not_found("The project export file is not available yet"));
    }
    Ok(hand_out(&shared, &mut world, project_id, file, &method, &headers, &struck))
}

/// A file in the way its project's instance stores it.
pub fn hand_out(
    shared: &Shared,
    world: &mut World,
    project_id: u64,
    file: StoredFile,
    method: &Method,
    headers: &HeaderMap,
    struck: &[Trouble],
) -> Response<Body> {
    let storage = world.project(project_id).map(|project| project.plan.storage).unwrap_or_default();
    let sender = match storage {
        Storage::Redirect => return redirect(&location(shared, world, &file, method, struck)),
        Storage::Local => Sender::Disk,
        Storage::Proxied => Sender::Proxy,
    };
    if struck.contains(&Trouble::Changed) {
        world.change_file(file.id);
    }
    let file = world.file(file.id).cloned().unwrap_or(file);
    serving::send(&file, headers, sender, struck)
}

fn location(
    shared: &Shared,
    world: &mut World,
    file: &StoredFile,
    method: &Method,
    struck: &[Trouble],
) -> String {
    let mut lasts = Validity { ms: world.plan.link_ms, requests: None };
    for trouble in struck {
        match trouble {
            Trouble::RedirectLoop => return format!("{}{}", shared.storage_url, storage::endless()),
            Trouble::RedirectForeign => return format!("{}/{}", shared.foreign_url, file.name),
            Trouble::RedirectMissingHost => return format!("https://storage.practice.invalid/{}", file.name),
            Trouble::RedirectPlainHttp => return format!("http://storage.practice.invalid/{}", file.name),
            Trouble::ExpiringLink { after_ms, after_requests } => {
                lasts.ms = after_ms.unwrap_or(lasts.ms);
                lasts.requests = *after_requests;
            }
            _ => {}
        }
    }
    let now = Now { wall: shared.clock.wall(), real_ms: shared.clock.real_ms() };
    format!("{}{}", shared.storage_url, storage::sign(world, file, method, lasts, now))
}

/// Grape answers a redirect with the address as text.
fn redirect(location: &str) -> Response<Body> {
    let text = format!("This resource has been moved temporarily to {location}.");
    let mut response = answer::text(302, "text/plain", text);
    put(&mut response, header::LOCATION, location);
    put(&mut response, header::CACHE_CONTROL, "no-cache");
    response
}
