//! Reads an answer within size limits: its correlation ID, its status, its JSON.

use std::io::Read as _;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
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
            let what = match error.classify() {
                serde_json::error::Category::Data => self.field_words(&error),
                serde_json::error::Category::Eof => "the JSON ends early".to_owned(),
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
                    "the answer is not JSON".to_owned()
                }
            };
            let what = format!("{what} (line {}, column {})", error.line(), error.column());
            ErrorKind::UnexpectedAnswer { status, what }
        })
    }

    /// Which field of the JSON is wrong. serde's message for a wrong type repeats the value, which is not shown.
    fn field_words(&self, error: &serde_json::Error) -> String {
        let message = error.to_string();
        if let Some((name, _)) = message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'))
        {
            return format!("the field {name} is missing");
        }
        let line =
            self.body.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
        let before = String::from_utf8_lossy(&line[..line.len().min(error.column())]);
        let key = before.rsplit_once("\":").and_then(|(front, _)| front.rsplit('"').next());
        let is_name =
            |key: &&str| key.len() <= 40 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        match key.filter(is_name).filter(|key| !key.is_empty()) {
            Some(key) => format!("the field {key} has the wrong type"),
            None => "a field of the JSON is missing or has the wrong type".to_owned(),
        }
    }
}

/// The JSON or text in a body that a proxy has compressed without being asked, or that starts with a byte order mark.
pub(super) fn plain(headers: &HeaderMap, body: Bytes, most: usize) -> Bytes {
    let coding = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = if matches!(coding.trim(), "gzip" | "x-gzip") && body.starts_with(b"\x1f\x8b") {
        let mut plain = Vec::new();
        let read = MultiGzDecoder::new(&*body).take(most as u64).read_to_end(&mut plain);
        if read.is_ok() { plain.into() } else { body }
    } else {
        body
    };
    if body.starts_with(b"\xef\xbb\xbf") { body.slice(3..) } else { body }
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
