//! The object storage: signed URLs, and the origin that answers them as S3 does.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use futures_util::StreamExt as _;

use super::answer::{self, put};
use super::fault::FaultKind;
use super::links::{LinkRefusal, SigningTime, Validity};
use super::plan::Storage;
use super::project::StoredFile;
use super::request::IncomingRequest;
use super::serving::{self, Sender};
use super::shared::SharedState;
use super::world::World;

/// A customer's bucket that accepts every upload.
const CUSTOMER_BUCKET: &str = "/customer-bucket/";
const LOOP: &str = "/practice-uploads/loop";

/// Sends a file in the way in which its project's instance stores it.
pub fn hand_out(
    request: &IncomingRequest,
    world: &mut World,
    project_id: u64,
    file: StoredFile,
) -> Response<Body> {
    let storage = world.project(project_id).map(|project| project.plan.storage).unwrap_or_default();
    let sender = match storage {
        Storage::Redirect => return redirect(&signed(request, world, &file)),
        Storage::Local => Sender::Disk,
        Storage::Proxied => Sender::Proxy,
    };
    if request.faults.contains(&FaultKind::Changed) {
        world.change_file(file.id);
    }
    let file = world.file(file.id).cloned().unwrap_or(file);
    serving::send(&file, &request.headers, sender, &request.faults)
}

fn signed(request: &IncomingRequest, world: &mut World, file: &StoredFile) -> String {
    let mut lasts = Validity { ms: world.plan.link_ms, requests: None };
    for error in request.faults.iter() {
        match error {
            FaultKind::RedirectLoop => return format!("{}{LOOP}?hop=1", request.shared.storage_url),
            FaultKind::RedirectForeign => return format!("{}/{}", request.shared.foreign_url, file.name),
            FaultKind::RedirectMissingHost => {
                return format!("https://storage.practice.invalid/{}", file.name);
            }
            FaultKind::RedirectPlainHttp => return format!("http://storage.practice.invalid/{}", file.name),
            FaultKind::ExpiringLink { after_ms, after_requests } => {
                lasts.ms = after_ms.unwrap_or(lasts.ms);
                lasts.requests = *after_requests;
            }
            _ => {}
        }
    }
    let now = SigningTime { wall: request.shared.clock.wall(), real_ms: request.shared.clock.real_ms() };
    format!("{}{}", request.shared.storage_url, world.sign(file, &request.method, lasts, now))
}

/// Grape answers a redirect with the URL as text.
fn redirect(location: &str) -> Response<Body> {
    let text = format!("This resource has been moved temporarily to {location}.");
    let mut response = answer::text(302, "text/plain", text);
    put(&mut response, header::LOCATION, location);
    put(&mut response, header::CACHE_CONTROL, "no-cache");
    response
}

/// The storage's routes.
pub fn router() -> Router<Arc<SharedState>> {
    Router::new().fallback(object)
}

async fn object(request: IncomingRequest, uri: Uri, body: Body) -> Response<Body> {
    let takes = uri.path().starts_with(CUSTOMER_BUCKET)
        && (request.method == Method::PUT || request.method == Method::POST);
    let whole = drain(body).await;
    let mut response = match (takes, whole) {
        (true, true) => StatusCode::OK.into_response(),
        (true, false) => error(400, "IncompleteBody", "You did not provide the number of bytes specified."),
        (false, _) => answer_object(&request, &uri),
    };
    put(&mut response, header::SERVER, "AmazonS3");
    response
}

/// Reads a body to its end and discards it; returns whether the body was complete.
pub async fn drain(body: Body) -> bool {
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        if piece.is_err() {
            return false;
        }
    }
    true
}

fn answer_object(request: &IncomingRequest, uri: &Uri) -> Response<Body> {
    let (method, headers) = (&request.method, &request.headers);
    if uri.path() == LOOP {
        return redirect_again(&request.shared, uri);
    }
    // S3 does not know GitLab's own token header.
    if headers.contains_key(header::AUTHORIZATION) {
        return error(400, "InvalidArgument", "Only one auth mechanism allowed");
    }
    if method != Method::GET && method != Method::HEAD {
        return error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
    }
    let mut world = request.world();
    let file_id = match world.links.open(method, uri, request.shared.clock.real_ms()) {
        Ok(file_id) => file_id,
        Err(refusal) => return refused(refusal),
    };
    if request.faults.contains(&FaultKind::Changed) {
        world.change_file(file_id);
    }
    match world.file(file_id).cloned() {
        Some(file) => {
            drop(world);
            serving::send(&file, headers, Sender::Store, &request.faults)
        }
        None => error(404, "NoSuchKey", "The specified key does not exist."),
    }
}

fn redirect_again(shared: &SharedState, uri: &Uri) -> Response<Body> {
    let hop =
        uri.query().and_then(|query| query.strip_prefix("hop=")).and_then(|hop| hop.parse::<u32>().ok());
    let mut response = StatusCode::FOUND.into_response();
    let next = hop.unwrap_or(0).saturating_add(1);
    put(&mut response, header::LOCATION, &format!("{}{LOOP}?hop={next}", shared.storage_url));
    response
}

fn refused(refusal: LinkRefusal) -> Response<Body> {
    match refusal {
        LinkRefusal::Missing => error(403, "AccessDenied", "Access Denied"),
        LinkRefusal::Mismatch => error(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        ),
        LinkRefusal::Expired => error(403, "AccessDenied", "Request has expired"),
    }
}

fn error(status: u16, code: &str, message: &str) -> Response<Body> {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    answer::text(status, "application/xml", xml)
}
