//! The object storage: signed URLs, and the origin that answers them as S3 does.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use axum::{Extension, Router};
use futures_util::StreamExt as _;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::archive::hex;
use super::fault::Trouble;
use super::intake::Struck;
use super::serving::{self, Sender, put};
use super::world::{StoredFile, World};
use super::{Shared, answer, hold};

/// Where exports lie in the bucket.
const PREFIX: &str = "/practice-uploads/import_export_upload/export_file";
/// A bucket of the customer's that takes whatever is put into it.
const CUSTOMER_BUCKET: &str = "/customer-bucket/";
const LOOP: &str = "/practice-uploads/loop";

/// A signed URL that was handed out.
#[derive(Debug)]
pub struct Link {
    method: Method,
    path: String,
    date: String,
    lasts_s: u64,
    file_id: u64,
    expires_at_real_ms: u64,
    uses_left: Option<u32>,
}

/// What a signed URL is to be good for.
#[derive(Debug, Clone, Copy)]
pub struct Validity {
    pub ms: u64,
    pub requests: Option<u32>,
}

/// A new signed URL for `file`, as path and query. On AWS a HEAD gets one signed for HEAD.
pub fn sign(world: &mut World, file: &StoredFile, method: &Method, lasts: Validity, now: Now) -> String {
    let path = format!("{PREFIX}/{}/{}", file.id, file.name);
    let date = now.wall.strftime("%Y%m%dT%H%M%SZ").to_string();
    let lasts_s = lasts.ms.div_ceil(1000).max(1);
    let method = if method == Method::HEAD { Method::HEAD } else { Method::GET };
    // The number keeps two links of one second apart.
    let number = world.next_id();
    let signature = hex(&Sha256::digest(format!("{method} {path} {date} {lasts_s} {number}").as_bytes()));
    let credential = format!("PRACTICE%2F{}%2Feu-central-1%2Fs3%2Faws4_request", &date[..8]);
    let target = format!(
        "{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={date}\
         &X-Amz-Expires={lasts_s}&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
    );
    let expires_at_real_ms = now.real_ms.saturating_add(lasts.ms);
    let link =
        Link { method, path, date, lasts_s, file_id: file.id, expires_at_real_ms, uses_left: lasts.requests };
    world.links.insert(signature, link);
    target
}

/// The moment of a signature, on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub wall: Timestamp,
    pub real_ms: u64,
}

/// Path and query of an address that redirects for ever.
pub fn endless() -> String {
    format!("{LOOP}?hop=1")
}

/// The storage's routes.
pub fn router() -> Router<Arc<Shared>> {
    Router::new().fallback(object)
}

async fn object(
    State(shared): State<Arc<Shared>>,
    Extension(Struck(struck)): Extension<Struck>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let takes = uri.path().starts_with(CUSTOMER_BUCKET) && (method == Method::PUT || method == Method::POST);
    let whole = drain(body).await;
    let mut response = match (takes, whole) {
        (true, true) => StatusCode::OK.into_response(),
        (true, false) => error(400, "IncompleteBody", "You did not provide the number of bytes specified."),
        (false, _) => answer_object(&shared, &struck, &method, &uri, &headers),
    };
    put(&mut response, header::SERVER, "AmazonS3");
    response
}

/// Reads a body to its end and keeps nothing; whether it came whole.
pub async fn drain(body: Body) -> bool {
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        if piece.is_err() {
            return false;
        }
    }
    true
}

fn answer_object(
    shared: &Shared,
    struck: &[Trouble],
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Response<Body> {
    if uri.path() == LOOP {
        return redirect_again(shared, uri);
    }
    if headers.contains_key(header::AUTHORIZATION) || headers.contains_key("private-token") {
        return error(400, "InvalidArgument", "Only one auth mechanism allowed");
    }
    if method != Method::GET && method != Method::HEAD {
        return error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
    }
    let mut world = hold(&shared.world);
    let file_id = match open_link(&mut world, method, uri, shared.clock.real_ms()) {
        Ok(file_id) => file_id,
        Err(refusal) => return refusal.into_response(),
    };
    if struck.contains(&Trouble::Changed) {
        world.change_file(file_id);
    }
    match world.file(file_id).cloned() {
        Some(file) => {
            drop(world);
            serving::send(&file, headers, Sender::Store, struck)
        }
        None => error(404, "NoSuchKey", "The specified key does not exist."),
    }
}

fn redirect_again(shared: &Shared, uri: &Uri) -> Response<Body> {
    let hop =
        uri.query().and_then(|query| query.strip_prefix("hop=")).and_then(|hop| hop.parse::<u32>().ok());
    let mut response = StatusCode::FOUND.into_response();
    let next = hop.unwrap_or(0).saturating_add(1);
    put(&mut response, header::LOCATION, &format!("{}{LOOP}?hop={next}", shared.storage_url));
    response
}

#[derive(Debug, Clone, Copy)]
enum Refusal {
    Missing,
    Mismatch,
    Expired,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        match self {
            Self::Missing => error(403, "AccessDenied", "Access Denied"),
            Self::Mismatch => error(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
            ),
            Self::Expired => error(403, "AccessDenied", "Request has expired"),
        }
    }
}

/// The file behind a signed URL. Every request that gets this far uses the link once.
fn open_link(world: &mut World, method: &Method, uri: &Uri, real_ms: u64) -> Result<u64, Refusal> {
    let query = uri.query().unwrap_or_default();
    let value = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    let signature = value("X-Amz-Signature").ok_or(Refusal::Missing)?;
    let link = world.links.get_mut(&signature).ok_or(Refusal::Mismatch)?;
    let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy();
    let same = link.path == path
        && link.method == *method
        && value("X-Amz-Date").as_deref() == Some(link.date.as_str())
        && value("X-Amz-Expires") == Some(link.lasts_s.to_string());
    if !same {
        return Err(Refusal::Mismatch);
    }
    if real_ms >= link.expires_at_real_ms || link.uses_left == Some(0) {
        return Err(Refusal::Expired);
    }
    link.uses_left = link.uses_left.map(|left| left - 1);
    Ok(link.file_id)
}

fn error(status: u16, code: &str, message: &str) -> Response<Body> {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    answer::text(status, "application/xml", xml)
}
