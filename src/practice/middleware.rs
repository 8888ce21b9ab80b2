//! What every request passes: the log, the script of faults, GitLab's request IDs, and the faults of the connection.

use std::sync::Arc;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, Response, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use futures_util::StreamExt as _;

use super::answer::{self, put};
use super::call::{ApiCall, CallTable};
use super::fault::{FaultKind, RequestFaults};
use super::git;
use super::log::Listener;
use super::shared::SharedState;
use super::wire::{FaultLever, ListenerGate, WireFault};

/// Bodies up to this length are read before the call is answered.
const BODY_BYTES: usize = 8 * 1024 * 1024;

/// One of the three listeners.
#[derive(Debug, Clone)]
pub struct Middleware {
    pub shared: Arc<SharedState>,
    pub origin: Listener,
    pub gate: ListenerGate,
    /// The calls of the API.
    pub calls: Arc<CallTable>,
}

/// The middleware of all listeners.
pub async fn pass(
    State(entrance): State<Middleware>,
    ConnectInfo(lever): ConnectInfo<FaultLever>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let Middleware { shared, origin, gate, calls } = &entrance;
    let call = match origin {
        Listener::Api => request.extensions().get::<MatchedPath>().map_or_else(
            || git::call_of(request.method(), request.uri().path()),
            |pattern| calls.call(request.method(), pattern.as_str()),
        ),
        Listener::Storage => ApiCall::Object,
        Listener::Foreign => ApiCall::Unknown,
    };
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let seq = shared.log.arrived(
        *origin,
        request.method().as_str(),
        target,
        request.headers(),
        shared.clock.real_ms(),
    );
    let faults: Arc<[FaultKind]> = shared.script().strike(call).into();
    if let Some(for_ms) = faults.iter().find_map(refusal) {
        gate.close_for(for_ms);
    }
    // A connection from before the listener closed must not outlive it.
    if gate.is_closed() {
        lever.arm(WireFault { cut_head_after: Some(0), ..WireFault::default() });
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if let Some(percent) = faults.iter().find_map(upload_cut) {
        drop(swallow(request, percent, shared, seq).await);
        lever.arm(WireFault { cut_head_after: Some(0), reset: true, ..WireFault::default() });
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if let Some(percent) = faults.iter().find_map(upload_stall) {
        let _unread = swallow(request, percent, shared, seq).await;
        return std::future::pending().await;
    }
    let streams = *origin != Listener::Api || matches!(call, ApiCall::ImportFile | ApiCall::ImportRelation);
    let mut request = match with_body(request, streams, shared, seq).await {
        Ok(request) => request,
        Err(too_large) => return too_large,
    };
    request.extensions_mut().insert(RequestFaults(Arc::clone(&faults)));
    let mut response = match faults.iter().find_map(|error| edge(error, shared)) {
        Some(response) => response,
        None => next.run(request).await,
    };
    if *origin == Listener::Api {
        let id = format!("01PRACTICE{seq:016X}");
        put(&mut response, HeaderName::from_static("x-request-id"), &id);
        let meta = format!("{{\"correlation_id\":\"{id}\",\"version\":\"1\"}}");
        put(&mut response, HeaderName::from_static("x-gitlab-meta"), &meta);
    }
    lever.arm(order(&faults, &response));
    shared.log.answered(seq, response.status().as_u16());
    response
}

fn refusal(error: &FaultKind) -> Option<u64> {
    match error {
        FaultKind::Refused { for_ms } => Some(*for_ms),
        _ => None,
    }
}

fn upload_cut(error: &FaultKind) -> Option<u64> {
    match error {
        FaultKind::CutUpload { percent } => Some(*percent),
        _ => None,
    }
}

fn upload_stall(error: &FaultKind) -> Option<u64> {
    match error {
        FaultKind::StallUpload { percent } => Some(*percent),
        _ => None,
    }
}

/// Reads `percent` of the body, and returns the rest.
async fn swallow(request: Request, percent: u64, shared: &SharedState, seq: u64) -> BodyDataStream {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let most = length.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) * percent / 100;
    let mut pieces = request.into_body().into_data_stream();
    let mut taken = 0;
    while taken < most
        && let Some(Ok(piece)) = pieces.next().await
    {
        taken += piece.len() as u64;
        shared.log.body(seq, &piece);
    }
    pieces
}

/// Logs the body. Requests with uploaded files are streamed, because they may be large; all others are read first.
async fn with_body(
    request: Request,
    streams: bool,
    shared: &Arc<SharedState>,
    seq: u64,
) -> Result<Request, Response<Body>> {
    let (parts, body) = request.into_parts();
    if streams {
        let shared = Arc::clone(shared);
        let seen = body.into_data_stream().map(move |piece: Result<Bytes, axum::Error>| {
            if let Ok(piece) = &piece {
                shared.log.body(seq, piece);
            }
            piece
        });
        return Ok(Request::from_parts(parts, Body::from_stream(seen)));
    }
    match axum::body::to_bytes(body, BODY_BYTES).await {
        Ok(bytes) => {
            shared.log.body(seq, &bytes);
            Ok(Request::from_parts(parts, Body::from(bytes)))
        }
        Err(_) => Err(answer::text(413, "text/html", "<html><h1>413 Request Entity Too Large</h1></html>")),
    }
}

/// The answers that come from a proxy instead of GitLab.
fn edge(error: &FaultKind, shared: &SharedState) -> Option<Response<Body>> {
    let response = match error {
        FaultKind::BadGateway => answer::proxy_page(502, "Bad Gateway"),
        FaultKind::Unavailable => answer::proxy_page(503, "Service Temporarily Unavailable"),
        FaultKind::InternalError => {
            answer::message(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error").into_response()
        }
        FaultKind::EmptyAnswer { status } => answer::text(*status, "application/json", Body::empty()),
        FaultKind::RetryLater { retry_after } => {
            let response = answer::text(429, "text/plain", "Retry later\n");
            with_retry_after(response, retry_after.as_deref(), shared)
        }
        FaultKind::RateLimited { retry_after } => {
            let response = answer::too_many_requests_bare().into_response();
            with_retry_after(response, retry_after.as_deref(), shared)
        }
        FaultKind::Answer { status, content_type, body } => answer::text(*status, content_type, body.clone()),
        FaultKind::Html => answer::text(200, "text/html; charset=utf-8", answer::SIGN_IN_PAGE),
        FaultKind::Json => answer::text(200, "application/json", "{\"message\":\"200 OK\"}"),
        FaultKind::TokenRevoked => answer::invalid_token(answer::REVOKED).into_response(),
        FaultKind::ExportDisabled => answer::not_found("404 Not Found").into_response(),
        _ => return None,
    };
    Some(response)
}

fn with_retry_after(
    mut response: Response<Body>,
    value: Option<&str>,
    shared: &SharedState,
) -> Response<Body> {
    match value {
        Some("date") => put(&mut response, header::RETRY_AFTER, &shared.clock.http_date(60)),
        Some(seconds) => put(&mut response, header::RETRY_AFTER, seconds),
        None => {}
    }
    response
}

/// What the connection has to do with this answer.
fn order(faults: &[FaultKind], response: &Response<Body>) -> WireFault {
    let length = response.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|text| text.parse::<u64>().ok());
    let mut order = WireFault::default();
    for error in faults {
        match *error {
            FaultKind::CutInHeader { after_bytes } => order.cut_head_after = Some(after_bytes),
            FaultKind::CutAfter { bytes } => order.cut_body_after = Some(bytes),
            FaultKind::ResetAfter { bytes } => {
                order.cut_body_after = Some(bytes);
                order.reset = true;
            }
            FaultKind::StallAfter { bytes } => order.stall_body_after = Some(bytes),
            FaultKind::Slow { bytes_per_s } => order.bytes_per_s = Some(bytes_per_s),
            FaultKind::ShortBody { missing_bytes } => {
                order.cut_body_after = length.map(|length| length.saturating_sub(missing_bytes));
            }
            _ => {}
        }
    }
    order
}
