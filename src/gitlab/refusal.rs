//! What a refusal means: GitLab tells its 404s, 403s and 429s apart only in their bodies.
//!
//! Read from `lib/api/project_export.rb`, `lib/api/helpers.rb`, `lib/api/helpers/rate_limiter.rb`, `lib/api/api_guard.rb`
//! and the request specs beside them.

use serde_json::Value;

use super::answer::{Raw, content_type, is_html};
use super::error::{ErrorKind, one_line};
use super::retry::retry_after;

/// Which endpoints a call belongs to: the same words mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// No project in the path.
    Plain,
    Project,
    Export,
    Relations,
    Import,
}

/// The meaning of a refusal, and GitLab's words.
pub(super) fn classify(family: Family, raw: &Raw) -> (ErrorKind, Option<String>) {
    let words = Words::read(raw);
    let said = words.text.clone();
    (kind(family, raw, words), said)
}

fn kind(family: Family, raw: &Raw, words: Words) -> ErrorKind {
    let status = raw.status;
    // These mean the same whoever words them.
    match status {
        429 => {
            let retry_after = retry_after(&raw.headers);
            return ErrorKind::RateLimited { retry_after, app_limit: words.is_app_limit };
        }
        413 => return ErrorKind::TooLarge,
        500..=599 => return ErrorKind::Server { status },
        _ => {}
    }
    if is_html(&raw.headers, &raw.body) {
        return ErrorKind::HtmlInsteadOfJson { status };
    }
    let Some(text) = words.text else {
        return match status {
            401 => ErrorKind::TokenRejected,
            _ => ErrorKind::EmptyBody { status },
        };
    };
    match status {
        400 | 422 if text.contains("exceeds the export limit") => ErrorKind::SizeLimit,
        400 | 422 if words.names_url => ErrorKind::UploadUrlRefused(sentence_end(&text)),
        400 | 422 => ErrorKind::Parameter(sentence_end(&text)),
        401 if words.code.as_deref() == Some("invalid_token") => match text.to_ascii_lowercase() {
            text if text.contains("expired") => ErrorKind::TokenExpired,
            text if text.contains("revoked") => ErrorKind::TokenRevoked,
            _ => ErrorKind::TokenRejected,
        },
        401 => ErrorKind::TokenRejected,
        403 if words.code.as_deref() == Some("insufficient_scope") => {
            ErrorKind::ScopeMissing { needs: words.scope.unwrap_or_else(|| "api".to_owned()) }
        }
        403 if matches!(family, Family::Export | Family::Relations) => ErrorKind::RoleTooLow,
        403 => ErrorKind::Forbidden,
        404 => not_found(family, raw, &text),
        409 => ErrorKind::Conflict(sentence_end(&text)),
        _ => ErrorKind::UnexpectedAnswer { status, what: sentence_end(&text) },
    }
}

/// The 404s of the contract, by their exact words.
fn not_found(family: Family, raw: &Raw, text: &str) -> ErrorKind {
    let plain = content_type(&raw.headers).as_deref() == Some("text/plain");
    match (family, text) {
        (_, "404 Project Not Found") => ErrorKind::ProjectNotFoundOrNoAccess,
        (Family::Export, "404 Not Found") => ErrorKind::ExportDisabled,
        (Family::Relations, "404 Not Found") => ErrorKind::RelationsDisabled,
        (Family::Export, "404 Not found or has expired") => ErrorKind::NoExportFile,
        (Family::Export, "The project export file is not available yet") => ErrorKind::FileNotReady,
        (Family::Export | Family::Relations, "404 page not found") if plain => {
            ErrorKind::WorkhorseFileMissing
        }
        _ => ErrorKind::NotFound,
    }
}

/// What object storage says to a link it does not accept: XML with a code, for S3, GCS and Azure alike.
pub(super) fn classify_storage(raw: &Raw) -> (ErrorKind, Option<String>) {
    let status = raw.status;
    let text = String::from_utf8_lossy(&raw.body);
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(one_line(rest.split_once(&format!("</{name}>"))?.0)).filter(|value| !value.is_empty())
    };
    let kind = match status {
        429 => ErrorKind::RateLimited { retry_after: retry_after(&raw.headers), app_limit: false },
        500..=599 => ErrorKind::Server { status },
        400..=499 => ErrorKind::StorageDenied { status, code: element("Code") },
        _ => ErrorKind::UnexpectedAnswer { status, what: "the storage sent no file".to_owned() },
    };
    (kind, element("Message"))
}

/// GitLab's words in whichever of its shapes they came.
#[derive(Debug, Default)]
struct Words {
    text: Option<String>,
    /// `error` of the OAuth shape: `invalid_token`, `insufficient_scope`.
    code: Option<String>,
    scope: Option<String>,
    /// A validation message about `url` (or `upload[url]`).
    names_url: bool,
    /// The application limiter's `{"message":{"error":…}}`; edge limits answer in plain text.
    is_app_limit: bool,
}

impl Words {
    fn read(raw: &Raw) -> Self {
        if is_html(&raw.headers, &raw.body) {
            return Self::default();
        }
        let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(&raw.body) else {
            let text = one_line(&String::from_utf8_lossy(&raw.body));
            return Self { text: Some(text).filter(|text| !text.is_empty()), ..Self::default() };
        };
        let string = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
        let message = object.get("message");
        let text = message
            .map(flat)
            .or_else(|| string("error_description"))
            .or_else(|| object.get("error").map(flat))
            .unwrap_or_else(|| "an object without a message".to_owned());
        let about = |key: &str| message.is_some_and(|message| message.get(key).is_some());
        Self {
            names_url: about("url") || about("upload[url]") || text.starts_with("upload[url]"),
            is_app_limit: about("error"),
            scope: string("scope").map(|scope| one_line(&scope)),
            text: Some(one_line(&text)).filter(|text| !text.is_empty()),
            code: string("error"),
        }
    }
}

/// A message as text: a string, a list, or an object of fields with lists of strings.
fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| match name.as_str() {
                "error" | "base" => flat(value),
                _ => format!("{name} {}", flat(value)),
            };
            fields.iter().map(field).collect::<Vec<_>>().join("; ")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Our sentence brings its own full stop.
fn sentence_end(text: &str) -> String {
    text.trim_end_matches('.').to_owned()
}
