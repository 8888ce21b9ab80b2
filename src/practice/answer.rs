//! GitLab's error answers, each in its own form.

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};

/// An error answer, or any short JSON answer.
#[derive(Debug)]
pub struct HttpAnswer {
    pub status: StatusCode,
    pub json: Value,
    /// Sent as `Retry-After`.
    pub retry_after_s: Option<u16>,
}

/// Grape's `message` with any value.
pub fn message(status: StatusCode, message: impl Into<Value>) -> HttpAnswer {
    HttpAnswer { status, json: json!({ "message": message.into() }), retry_after_s: None }
}

/// Grape's `error`, which parameter checks and the framework use.
pub fn error(status: StatusCode, error: &str) -> HttpAnswer {
    HttpAnswer { status, json: json!({ "error": error }), retry_after_s: None }
}

pub fn not_found(what: &str) -> HttpAnswer {
    message(StatusCode::NOT_FOUND, what)
}

pub fn project_not_found() -> HttpAnswer {
    not_found("404 Project Not Found")
}

pub fn forbidden() -> HttpAnswer {
    message(StatusCode::FORBIDDEN, "403 Forbidden")
}

pub fn unauthorized() -> HttpAnswer {
    message(StatusCode::UNAUTHORIZED, "401 Unauthorized")
}

pub fn accepted() -> HttpAnswer {
    message(StatusCode::ACCEPTED, "202 Accepted")
}

pub fn bad_request(what: &str) -> HttpAnswer {
    message(StatusCode::BAD_REQUEST, what)
}

pub fn invalid_token(description: &str) -> HttpAnswer {
    HttpAnswer {
        status: StatusCode::UNAUTHORIZED,
        json: json!({ "error": "invalid_token", "error_description": description }),
        retry_after_s: None,
    }
}

pub const REVOKED: &str = "Token was revoked. You have to re-authorize from the user.";
pub const EXPIRED: &str = "Token is expired. You can either do re-authorization or token refresh.";

pub fn insufficient_scope(scope: &str) -> HttpAnswer {
    HttpAnswer {
        status: StatusCode::FORBIDDEN,
        json: json!({
            "error": "insufficient_scope",
            "error_description": "The request requires higher privileges than provided by the access token.",
            "scope": scope,
        }),
        retry_after_s: None,
    }
}

/// The application's 429: `message` is an object, and Retry-After the whole interval.
pub fn too_many_requests() -> HttpAnswer {
    HttpAnswer { retry_after_s: Some(60), ..too_many_requests_bare() }
}

/// Same as [`too_many_requests`] without Retry-After, as older versions sent it.
pub fn too_many_requests_bare() -> HttpAnswer {
    let inner = json!({ "error": "This endpoint has been requested too many times. Try again later." });
    message(StatusCode::TOO_MANY_REQUESTS, inner)
}

/// Workhorse's answer to a file above `max_import_size`, as text.
pub fn too_large() -> HttpAnswer {
    HttpAnswer {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        json: json!("Request Entity Too Large"),
        retry_after_s: None,
    }
}

impl IntoResponse for HttpAnswer {
    fn into_response(self) -> Response<Body> {
        if let (StatusCode::PAYLOAD_TOO_LARGE, Value::String(words)) = (self.status, &self.json) {
            return text(self.status.as_u16(), "text/plain; charset=utf-8", format!("{words}\n"));
        }
        let mut response = (self.status, Json(self.json)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Any text with any content type.
pub fn text(status: u16, content_type: &str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    put(&mut response, header::CONTENT_TYPE, content_type);
    response
}

/// Sets `X-Total`, which GitLab omits above 10,000 records.
pub fn put_total(response: &mut Response<Body>, total: u64) {
    if total <= 10_000 {
        put(response, HeaderName::from_static("x-total"), &total.to_string());
    }
}

/// Sets a header; an invalid value is omitted.
pub fn put(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The sign-in page that a proxy or a wrong path returns.
pub const SIGN_IN_PAGE: &str = "<!DOCTYPE html>\n<html class=\"html-devise-layout\" lang=\"en\">\n<head><title>Sign in · \
                                GitLab</title></head>\n<body><form action=\"/users/sign_in\"></form></body>\n</html>\n";

/// The error page of the proxy before GitLab.
pub fn proxy_page(status: u16, reason: &str) -> Response<Body> {
    let page = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} \
         {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    text(status, "text/html", page)
}
