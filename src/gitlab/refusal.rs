//! What an error answer means: GitLab's 404s, 403s and 429s differ only in their bodies.
//!
//! From `lib/api/project_export.rb`, `lib/api/helpers.rb`, `lib/api/helpers/rate_limiter.rb`, `lib/api/api_guard.rb`
//! and the request specs beside them.

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use super::answer::{Raw, content_type, is_html};
use super::error::{Denial, ErrorKind, one_line};
use super::retry::retry_after;

/// The group of endpoints that a call belongs to: the same message means different things in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Without a project in the path.
    Plain,
    Project,
    Export,
    Relations,
    Import,
}

/// The meaning of an error answer, and GitLab's message. `changes` tells whether the call changes something.
pub(super) fn classify(family: Family, changes: bool, raw: &Raw) -> (ErrorKind, Option<String>) {
    let words = Words::read(raw);
    let said = words.text.clone();
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
    if is_html(&raw.headers, &raw.body) {
        return ErrorKind::HtmlInsteadOfJson { status, ray: cf_ray(&raw.headers) };
    }
    let Some(text) = words.text.clone() else {
        return match status {
            401 => ErrorKind::TokenRejected,
            _ => ErrorKind::EmptyBody { status },
        };
    };
    match status {
        400 if family == Family::Export && text.contains("exceeds the export limit") => ErrorKind::SizeLimit,
        400 if family == Family::Export && words.names_url => {
            ErrorKind::UploadUrlRefused(sentence_end(&text))
        }
        400 | 422 => ErrorKind::Parameter(sentence_end(&text)),
        401 => unauthorized(&words, &text),
        403 => forbidden(family, words, &text),
        404 => not_found(family, raw, &text),
        405 if text.contains("moved projects") => ErrorKind::ProjectMoved,
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
        None if words.has_message => text,
        None => "",
    };
    if let Some(kind) = reason_of(reason) {
        return kind;
    }
    match family {
        Family::Export | Family::Relations => ErrorKind::RoleTooLow,
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

/// Cloudflare's ID of a request, limited in length and characters.
fn cf_ray(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("cf-ray")?.to_str().ok()?.trim();
    let ray: String = value.chars().filter(char::is_ascii_graphic).take(64).collect();
    (!ray.is_empty()).then_some(ray)
}

/// Classifies the documented 404s by their exact message.
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
            has_message: message.is_some_and(Value::is_string),
            scope: object.get("scope").map(|scope| one_line(&flat(scope))).filter(|scope| !scope.is_empty()),
            text: Some(one_line(&text)).filter(|text| !text.is_empty()),
            code: string("error"),
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

/// Removes a final full stop, because our sentence adds its own.
fn sentence_end(text: &str) -> String {
    text.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn meaning(family: Family, status: u16, kind: &'static str, body: &str) -> ErrorKind {
        let headers =
            HeaderMap::from_iter([(HeaderName::from_static("content-type"), HeaderValue::from_static(kind))]);
        classify(family, true, &Raw { status, headers, body: body.to_owned().into() }).0
    }

    #[test]
    fn the_contracts_refusals_are_distinguished() {
        use ErrorKind as K;
        use Family::{Export, Plain, Project, Relations};
        let text = |text: &str| text.to_owned();
        for (family, status, body, expected) in [
            (Export, 400, r#"{"message":"The project size exceeds the export limit."}"#, K::SizeLimit),
            (
                Export,
                400,
                r#"{"message":{"url":["is blocked: Only allowed schemes are https"]}}"#,
                K::UploadUrlRefused(text("url is blocked: Only allowed schemes are https")),
            ),
            (
                Export,
                400,
                r#"{"error":"upload[http_method] does not have a valid value"}"#,
                K::Parameter(text("upload[http_method] does not have a valid value")),
            ),
            (
                Export,
                405,
                r#"{"message":"Non GET methods are not allowed for moved projects"}"#,
                K::ProjectMoved,
            ),
            (Export, 404, r#"{"message":"404 Project Not Found"}"#, K::ProjectNotFoundOrNoAccess),
            (Project, 404, r#"{"message":"404 Project Not Found"}"#, K::ProjectNotFoundOrNoAccess),
            (Export, 404, r#"{"message":"404 Not Found"}"#, K::ExportDisabled),
            (Relations, 404, r#"{"message":"404 Not Found"}"#, K::RelationsDisabled),
            (Plain, 404, r#"{"message":"404 Not Found"}"#, K::NotFound),
            (Export, 404, r#"{"message":"404 Not found or has expired"}"#, K::NoExportFile),
            (Export, 404, r#"{"message":"The project export file is not available yet"}"#, K::FileNotReady),
            (Relations, 404, r#"{"message":"Export not found"}"#, K::NotFound),
            (
                Export,
                429,
                r#"{"message":{"error":"This endpoint has been requested too many times. Try again later."}}"#,
                K::RateLimited { retry_after: None, app_limit: true },
            ),
            (Export, 500, r#"{"message":"500 Internal Server Error"}"#, K::Server { status: 500 }),
            (Export, 404, "", K::EmptyBody { status: 404 }),
            (Export, 405, r#"{"error":"no"}"#, K::UnexpectedAnswer { status: 405, what: text("no") }),
            (Export, 404, "{}", K::NotFound),
            (Export, 404, "[1,2", K::NotFound),
        ] {
            assert_eq!(meaning(family, status, "application/json", body), expected, "{status} {body}");
        }
    }

    #[test]
    fn refusals_of_the_token_and_of_its_owner_are_distinguished() {
        use ErrorKind as K;
        use Family::{Export, Plain};
        let scopes = |needs: &str| K::ScopeMissing { needs: needs.to_owned() };
        for (family, status, body, expected) in [
            (Plain, 401, r#"{"message":"401 Unauthorized"}"#, K::TokenRejected),
            (
                Plain,
                401,
                r#"{"error":"invalid_token","error_description":"Token is expired. You can either do re-authorization or token refresh."}"#,
                K::TokenExpired,
            ),
            (
                Plain,
                401,
                r#"{"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}"#,
                K::TokenRevoked,
            ),
            (
                Plain,
                401,
                r#"{"error":"invalid_token","error_description":"Bad Access Token."}"#,
                K::TokenRejected,
            ),
            (Plain, 401, "", K::TokenRejected),
            (Export, 403, r#"{"message":"403 Forbidden"}"#, K::RoleTooLow),
            (Export, 403, r#"{"message":"403 Forbidden - reason"}"#, K::Denied(Denial::Other)),
            (Plain, 403, r#"{"message":"403 Forbidden"}"#, K::Forbidden),
            (
                Export,
                403,
                r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges.","scope":"api"}"#,
                scopes("api"),
            ),
            (
                Plain,
                403,
                r#"{"error":"insufficient_scope","scope":"api read_user"}"#,
                scopes("api or read_user"),
            ),
        ] {
            assert_eq!(meaning(family, status, "application/json", body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_403_is_classified_by_its_code_its_reason_and_its_call() {
        use ErrorKind as K;
        use Family::{Export, Import, Plain, Project, Relations};
        let granular = |needs: &str| K::PermissionMissing { needs: Some(needs.to_owned()) };
        for (family, body, expected) in [
            (
                Export,
                r#"{"error":"insufficient_granular_scope","error_description":"Access denied: Your Personal Access Token lacks the required permissions: [create_project_export] for \"a/b\"."}"#,
                granular("create_project_export"),
            ),
            (
                Import,
                r#"{"error":"insufficient_granular_scope","error_description":"Access denied: … permissions: [Project Import: Create]."}"#,
                granular("Project Import: Create"),
            ),
            (Plain, r#"{"error":"insufficient_granular_scope"}"#, K::PermissionMissing { needs: None }),
            (
                Project,
                r#"{"message":"403 Forbidden - You (@a) must accept the Terms of Service in order to perform this action."}"#,
                K::Denied(Denial::Terms),
            ),
            (
                Plain,
                r#"{"message":"403 Forbidden - Your account has been blocked."}"#,
                K::Denied(Denial::Account),
            ),
            (
                Relations,
                r#"{"message":"403 Forbidden - IP address not allowed"}"#,
                K::Denied(Denial::IpAddress),
            ),
            (Export, r#"{"message":"403 Forbidden - SSO session expired"}"#, K::Denied(Denial::SsoSession)),
            (
                Import,
                r#"{"message":"403 Forbidden - This action cannot be performed by internal users"}"#,
                K::Denied(Denial::Bot),
            ),
            (
                Export,
                r#"{"message":"You cannot perform write operations on a read-only instance"}"#,
                K::ReadOnly,
            ),
            (Import, r#"{"message":"403 Forbidden"}"#, K::ImportSourceOff),
            (Import, r#"{"message":"403 Forbidden - Project"}"#, K::RoleTooLow),
            (Import, r#"{"message":"You are not authorized to perform this action"}"#, K::RoleTooLow),
            (Relations, r#"{"message":"403 Forbidden"}"#, K::RoleTooLow),
            (Export, r#"{"error":"no"}"#, K::RoleTooLow),
        ] {
            assert_eq!(meaning(family, 403, "application/json", body), expected, "{body}");
        }
        let dpop = r#"{"error":"dpop_error","error_description":"DPoP validation error: no header"}"#;
        assert_eq!(meaning(Plain, 401, "application/json", dpop), K::DpopRequired);
    }

    #[test]
    fn maintenance_refuses_changes_alone() {
        let timed = |message: &str, changes: bool| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("900"))]);
            let body = serde_json::json!({ "message": message }).to_string();
            classify(Family::Export, changes, &Raw { status: 503, headers, body: body.into() }).0
        };
        let server = ErrorKind::Server { status: 503 };
        assert_eq!(timed("Wir sind um acht zurück", true), ErrorKind::ReadOnly);
        assert_eq!(timed("Wir sind um acht zurück", false), server);
        assert_eq!(timed("503 Service Unavailable", true), server);
        let words = r#"{"message":"You cannot perform write operations on a read-only instance"}"#;
        assert_eq!(meaning(Family::Import, 503, "application/json", words), ErrorKind::ReadOnly);
        assert_eq!(meaning(Family::Import, 503, "application/json", r#"{"message":"busy"}"#), server);
    }

    #[test]
    fn plain_text_and_web_pages_are_distinguished_from_gitlabs_messages() {
        use ErrorKind as K;
        let plain = "text/plain; charset=utf-8";
        assert_eq!(meaning(Family::Export, 404, plain, "404 page not found\n"), K::WorkhorseFileMissing);
        assert_eq!(meaning(Family::Plain, 404, plain, "404 page not found\n"), K::NotFound);
        let edge = K::RateLimited { retry_after: None, app_limit: false };
        assert_eq!(meaning(Family::Export, 429, plain, "Retry later\n"), edge);
        assert_eq!(meaning(Family::Export, 429, "text/html", "<html>"), edge);
        assert_eq!(meaning(Family::Export, 502, "text/html", "<html>"), K::Server { status: 502 });
        for status in [401, 403, 404] {
            let page = K::HtmlInsteadOfJson { status, ray: None };
            assert_eq!(meaning(Family::Export, status, "text/html", "<!DOCTYPE html>"), page);
            assert_eq!(meaning(Family::Export, status, "application/json", " \n<html>"), page);
        }
    }

    #[test]
    fn a_storages_code_is_read_from_its_xml() {
        let xml = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
        for (status, body, code) in [(403, xml, Some("AccessDenied")), (400, "<Code>", None), (404, "", None)]
        {
            let raw = Raw { status, headers: HeaderMap::new(), body: body.into() };
            let expected = ErrorKind::StorageDenied { status, code: code.map(str::to_owned) };
            assert_eq!(classify_storage(&raw).0, expected);
        }
    }

    #[test]
    fn a_repeated_upload_url_loses_its_key() {
        let body = r#"{"message":{"url":["is blocked: https://s3.example/x?X-Amz-Signature=secret no"]}}"#;
        let kind = meaning(Family::Export, 400, "application/json", body);
        assert!(!format!("{kind} {kind:?}").contains("secret"));
    }
}
