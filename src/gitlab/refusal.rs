//! What an error answer means: GitLab's 404s, 403s and 429s differ only in their bodies.
//!
//! From `lib/api/project_export.rb`, `lib/api/helpers.rb`, `lib/api/helpers/rate_limiter.rb`, `lib/api/api_guard.rb`
//! and the request specs beside them.

use reqwest::header::RETRY_AFTER;
use serde_json::Value;

use super::answer::{Raw, cf_ray, content_type, is_html};
use super::error::{Denial, ErrorKind, one_line};
use super::retry::retry_after;

/// The group of endpoints that a call belongs to: the same message means different things in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Without a project in the path.
    Plain,
    Project,
    Export,
    /// The download of an archive.
    ExportFile,
    Relations,
    /// The download of a relation's file.
    RelationFile,
    Import,
}

/// The meaning of an error answer, and GitLab's message. `changes` tells whether the call changes something.
pub(super) fn classify(family: Family, changes: bool, raw: &Raw) -> (ErrorKind, Option<String>) {
    let words = Words::read(raw);
    let said = if is_storage_error(raw) { classify_storage(raw).1 } else { words.text.clone() };
    (kind(family, changes, raw, words), said)
}

fn kind(family: Family, changes: bool, raw: &Raw, words: Words) -> ErrorKind {
    let status = raw.status;
    // These statuses mean the same, whatever the message says.
    match status {
        429 => {
            let retry_after = retry_after(&raw.headers);
            return ErrorKind::RateLimited { retry_after, app_limit: words.is_app_limit };
        }
        413 => return ErrorKind::TooLarge,
        503 if changes && words.is_maintenance(raw) => return ErrorKind::ReadOnly,
        500..=599 => return ErrorKind::Server { status },
        _ => {}
    }
    // A proxied download passes the storage's own error on.
    if matches!(status, 400..=407 | 409..=424 | 426..=499) && is_storage_error(raw) {
        return classify_storage(raw).0;
    }
    if is_html(&raw.headers, &raw.body) {
        return ErrorKind::HtmlInsteadOfJson { status, ray: cf_ray(&raw.headers) };
    }
    let Some(text) = words.text.clone() else {
        return match status {
            401 => ErrorKind::TokenRejected,
            407 => ErrorKind::Denied(Denial::ProxyLogin),
            404 if words.is_json => ErrorKind::NotFound,
            _ if raw.body.trim_ascii().is_empty() => ErrorKind::EmptyBody { status },
            _ => ErrorKind::UnexpectedAnswer { status, what: "it contains no message".to_owned() },
        };
    };
    match status {
        400 if family == Family::Export && words.names_url => {
            ErrorKind::UploadUrlRefused(sentence_end(&text))
        }
        400 if family == Family::Export && text.contains("exceeds the export limit") => ErrorKind::SizeLimit,
        // Both refusals of a valid request are in the language of the token's user. A parameter's are in `error`.
        400 if family == Family::Export && changes && words.has_message && !is_duplicate(&text) => {
            ErrorKind::ExportRefused
        }
        400 | 422 => ErrorKind::Parameter(sentence_end(&text)),
        // GitLab's API rejects with JSON. Its ban of an IP address (`Rack::Attack`) and servers in front of it do not.
        401 | 403 if !words.is_json => ErrorKind::Denied(Denial::Front),
        407 => ErrorKind::Denied(Denial::ProxyLogin),
        401 => unauthorized(&words, &text),
        403 => forbidden(family, words, &text),
        404 => not_found(family, raw, &text),
        405 if text.contains("moved projects") => ErrorKind::ProjectMoved,
        409 if text.contains("Resource lock") => ErrorKind::Locked,
        409 => ErrorKind::Conflict(sentence_end(&text)),
        _ => ErrorKind::UnexpectedAnswer { status, what: sentence_end(&text) },
    }
}

/// Classifies 401s by the code of their OAuth body.
fn unauthorized(words: &Words, text: &str) -> ErrorKind {
    match words.code.as_deref() {
        Some("dpop_error") => ErrorKind::DpopRequired,
        Some("invalid_token") => match text.to_ascii_lowercase() {
            text if text.contains("expired") => ErrorKind::TokenExpired,
            text if text.contains("revoked") => ErrorKind::TokenRevoked,
            _ => ErrorKind::TokenRejected,
        },
        _ => ErrorKind::TokenRejected,
    }
}

/// Classifies 403s: by their code, then by GitLab's reason if there is one, then by what the call requires.
fn forbidden(family: Family, words: Words, text: &str) -> ErrorKind {
    match words.code.as_deref() {
        Some("insufficient_granular_scope") => {
            return ErrorKind::PermissionMissing { needs: permission_in(text) };
        }
        Some("insufficient_scope") => {
            // GitLab lists scopes, of which one is enough.
            let scopes = words.scope.unwrap_or_else(|| "api".to_owned());
            let scopes: Vec<_> = scopes.split([' ', ',']).filter(|scope| !scope.is_empty()).collect();
            return ErrorKind::ScopeMissing { needs: scopes.join(" or ") };
        }
        _ => {}
    }
    let reason = match text.strip_prefix("403 Forbidden") {
        Some(rest) => rest.trim_start_matches([' ', '-', ':', '.']),
        None => text,
    };
    if let Some(kind) = reason_of(reason) {
        return kind;
    }
    match family {
        Family::Export | Family::ExportFile | Family::Relations | Family::RelationFile => {
            ErrorKind::RoleTooLow
        }
        // `403 Forbidden - Project`, and a message that only import-relation has.
        Family::Import if !reason.is_empty() => ErrorKind::RoleTooLow,
        Family::Import => ErrorKind::ImportSourceOff,
        Family::Plain | Family::Project => ErrorKind::Forbidden,
    }
}

/// What the reason of a 403 means; `None` where there is none, or where it names the role.
fn reason_of(reason: &str) -> Option<ErrorKind> {
    let lower = reason.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    // GET relation-imports gives only the reason `Project`; import-relation has its own sentence.
    if reason.is_empty() || lower == "project" || has(&["not authorized to perform this action"]) {
        return None;
    }
    let denial = if has(&["read-only", "read only"]) {
        return Some(ErrorKind::ReadOnly);
    } else if has(&["terms of service", "accept the terms"]) {
        Denial::Terms
    } else if has(&["ip address", "your ip", "ip range"]) {
        Denial::IpAddress
    } else if has(&["sso", "saml", "single sign"]) {
        Denial::SsoSession
    } else if has(&["admin mode"]) {
        Denial::AdminMode
    } else if has(&["internal user", " bot", "bots "]) {
        Denial::Bot
    } else if has(&["blocked", "deactivated", "pending approval", "not confirmed", "password", "banned"]) {
        Denial::Account
    } else {
        Denial::Other
    };
    Some(ErrorKind::Denied(denial))
}

/// The permission that a message names in brackets: `[create_project_export]`, `[Project Export: Create]`.
fn permission_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('[')?;
    let named = rest.split_once(']')?.0.trim();
    (!named.is_empty()).then(|| named.to_owned())
}

/// Classifies the documented 404s by their exact message.
fn not_found(family: Family, raw: &Raw, text: &str) -> ErrorKind {
    let plain = content_type(&raw.headers).as_deref() == Some("text/plain");
    match (family, text) {
        (_, "404 Project Not Found") => ErrorKind::ProjectNotFoundOrNoAccess,
        (Family::Export, "404 Not Found") => ErrorKind::ExportDisabled,
        (Family::Relations, "404 Not Found") => ErrorKind::RelationsDisabled,
        // The setting was on when the status was read: the file is gone from the store.
        (Family::ExportFile, "404 Not Found" | "404 Not found or has expired") => ErrorKind::NoExportFile,
        (Family::ExportFile, "The project export file is not available yet") => ErrorKind::FileNotReady,
        (Family::ExportFile | Family::RelationFile, "404 page not found") if plain => {
            ErrorKind::WorkhorseFileMissing
        }
        _ => ErrorKind::NotFound,
    }
}

/// Whether the body is an object storage's error: `<Error><Code>…`, after an XML declaration.
fn is_storage_error(raw: &Raw) -> bool {
    let text = raw.body.trim_ascii_start();
    let body = match text.strip_prefix(b"<?xml") {
        Some(rest) => rest.iter().position(|byte| *byte == b'>').map_or(text, |end| &rest[end + 1..]),
        None => text,
    };
    body.trim_ascii_start().starts_with(b"<Error>")
}

/// Classifies an object storage's answer to a link that it does not accept: XML with a code, for S3, GCS and Azure
/// alike.
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
        408 | 425 => ErrorKind::UnexpectedAnswer { status, what: "the storage was not ready".to_owned() },
        400..=499 => ErrorKind::StorageDenied { status, code: element("Code") },
        _ => ErrorKind::UnexpectedAnswer { status, what: "the storage sent no file".to_owned() },
    };
    (kind, element("Message"))
}

/// GitLab's message, from any of its formats.
#[derive(Debug, Default)]
struct Words {
    text: Option<String>,
    /// `error` of an OAuth body: `invalid_token`, `insufficient_scope`.
    code: Option<String>,
    scope: Option<String>,
    /// A validation message about `url` (or `upload[url]`).
    names_url: bool,
    /// The application's limiter answers `{"message":{"error":…}}`; limits of a proxy in front answer in plain text.
    is_app_limit: bool,
    /// The body is a JSON object with a text as `message`.
    has_message: bool,
    is_json: bool,
}

impl Words {
    fn read(raw: &Raw) -> Self {
        if is_html(&raw.headers, &raw.body) {
            return Self::default();
        }
        let object = match serde_json::from_slice::<Value>(&raw.body) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Self { is_json: true, ..Self::default() },
            Err(_) => {
                let text = one_line(&String::from_utf8_lossy(&raw.body));
                return Self { text: Some(text).filter(|text| !text.is_empty()), ..Self::default() };
            }
        };
        let string = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
        let message = object.get("message");
        let text = message
            .map(flat)
            .or_else(|| string("error_description"))
            .or_else(|| object.get("error").map(flat))
            .unwrap_or_default();
        let about = |key: &str| message.is_some_and(|message| message.get(key).is_some());
        Self {
            names_url: about("url") || about("upload[url]") || text.starts_with("upload[url]"),
            is_app_limit: about("error"),
            has_message: message.is_some_and(Value::is_string),
            scope: object.get("scope").map(|scope| one_line(&flat(scope))).filter(|scope| !scope.is_empty()),
            text: Some(one_line(&text)).filter(|text| !text.is_empty()),
            code: string("error"),
            is_json: true,
        }
    }
}

impl Words {
    /// Whether a 503 comes from maintenance mode. An administrator can write its message, so the body's format
    /// decides. A server that is only overloaded has its status at the beginning of the message, or no `Retry-After`.
    fn is_maintenance(&self, raw: &Raw) -> bool {
        let Some(text) = self.text.as_deref().filter(|_| self.has_message) else { return false };
        let is_timed = raw.headers.contains_key(RETRY_AFTER);
        let is_own = !text.starts_with("503 ") && !text.contains("Gitaly");
        text.to_lowercase().contains("read-only") || (is_timed && is_own)
    }
}

/// A message as text: from a string, a list, or an object of fields with lists of strings.
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

/// Whether GitLab refuses an export because one is running, in the only language in which that can be read.
pub(super) fn is_duplicate(text: &str) -> bool {
    text.contains("already running or queued")
}

/// Removes a final full stop, because our sentence adds its own.
fn sentence_end(text: &str) -> String {
    text.trim_end_matches('.').to_owned()
}

#[cfg(test)]
#[path = "refusal/tests.rs"]
mod tests;
