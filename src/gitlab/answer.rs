//! Reads an answer within size limits: its correlation ID, its status, its JSON.

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;

use super::error::ErrorKind;

/// The longest JSON answer that is accepted.
pub(super) const MOST_JSON_BYTES: usize = 8 * 1024 * 1024;
/// How much of an error answer's body is read. The rest is cut off.
pub(super) const MOST_REFUSAL_BYTES: usize = 64 * 1024;

/// The value of a successful answer.
#[derive(Debug)]
pub(super) struct ApiAnswer<T> {
    pub value: T,
    pub correlation_id: Option<String>,
}

/// A body with its status and headers.
#[derive(Debug)]
pub(super) struct Raw {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// GitLab's correlation ID: `X-Request-Id`, else the one in `X-Gitlab-Meta`.
pub(super) fn correlation_id(headers: &HeaderMap) -> Option<String> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let plain = header("x-request-id").filter(|id| !id.is_empty()).map(str::to_owned);
    let meta = || {
        let meta: serde_json::Value = serde_json::from_str(header("x-gitlab-meta")?).ok()?;
        Some(meta.get("correlation_id")?.as_str()?.to_owned())
    };
    // IDs are printed and stored, so their length and characters are limited.
    plain.or_else(meta).map(|id| id.chars().filter(char::is_ascii_graphic).take(128).collect())
}

pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase()).filter(|kind| !kind.is_empty())
}

/// Cloudflare's ID of a request, limited in length and characters.
pub(super) fn cf_ray(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("cf-ray")?.to_str().ok()?.trim();
    let ray: String = value.chars().filter(char::is_ascii_graphic).take(64).collect();
    (!ray.is_empty()).then_some(ray)
}

/// Whether a body is a web page, judged by its content type, else by its first character.
pub(super) fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    match content_type(headers).as_deref() {
        Some("text/html" | "application/xhtml+xml") => true,
        Some("application/xml" | "text/xml") => false,
        _ => body.trim_ascii_start().first() == Some(&b'<'),
    }
}

impl Raw {
    /// Parses the JSON of a successful answer.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ErrorKind> {
        let status = self.status;
        if self.body.trim_ascii().is_empty() {
            return Err(ErrorKind::EmptyBody { status });
        }
        if is_html(&self.headers, &self.body) {
            return Err(ErrorKind::HtmlInsteadOfJson { status, ray: cf_ray(&self.headers) });
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            // serde's message for a wrong type repeats the value; category and position do not.
            let what = match error.classify() {
                serde_json::error::Category::Data => "a field of the JSON is missing or has the wrong type",
                serde_json::error::Category::Eof => "the JSON ends early",
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
                    "the answer is not JSON"
                }
            };
            let what = format!("{what} (line {}, column {})", error.line(), error.column());
            ErrorKind::UnexpectedAnswer { status, what }
        })
    }
}

/// Collects the pieces of a body up to a limit.
#[derive(Debug, Default)]
pub(super) struct Bounded(BytesMut);

impl Bounded {
    /// Adds a piece, and returns whether there is room for more.
    pub(super) fn take(&mut self, piece: &[u8], most: usize) -> bool {
        let room = most - self.0.len().min(most);
        self.0.extend_from_slice(&piece[..piece.len().min(room)]);
        piece.len() <= room
    }

    pub(super) fn done(self) -> Bytes {
        self.0.freeze()
    }
}
