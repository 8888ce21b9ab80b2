//! What a refusal means: GitLab's 404s, 403s and 429s differ only in their bodies.
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
        400 if family == Family::Export && text.contains("exceeds the export limit") => ErrorKind::SizeLimit,
        400 if family == Family::Export && words.names_url => {
            ErrorKind::UploadUrlRefused(sentence_end(&text))
        }
        400 | 422 => ErrorKind::Parameter(sentence_end(&text)),
        401 if words.code.as_deref() == Some("invalid_token") => match text.to_ascii_lowercase() {
            text if text.contains("expired") => ErrorKind::TokenExpired,
            text if text.contains("revoked") => ErrorKind::TokenRevoked,
            _ => ErrorKind::TokenRejected,
        },
        401 => ErrorKind::TokenRejected,
        403 if words.code.as_deref() == Some("insufficient_scope") => {
            // GitLab lists the scopes of which one is enough.
            let scopes = words.scope.unwrap_or_else(|| "api".to_owned());
            let scopes: Vec<_> = scopes.split([' ', ',']).filter(|scope| !scope.is_empty()).collect();
            ErrorKind::ScopeMissing { needs: scopes.join(" or ") }
        }
        403 if matches!(family, Family::Export | Family::Relations) => ErrorKind::RoleTooLow,
        403 => ErrorKind::Forbidden,
        404 => not_found(family, raw, &text),
        405 if text.contains("moved projects") => ErrorKind::ProjectMoved,
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
        408 | 425 => ErrorKind::UnexpectedAnswer { status, what: "the storage was not ready".to_owned() },
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
            scope: object.get("scope").map(|scope| one_line(&flat(scope))).filter(|scope| !scope.is_empty()),
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

/// Our sentence has its own full stop.
fn sentence_end(text: &str) -> String {
    text.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn meaning(family: Family, status: u16, kind: &'static str, body: &str) -> ErrorKind {
        let headers =
            HeaderMap::from_iter([(HeaderName::from_static("content-type"), HeaderValue::from_static(kind))]);
        classify(family, &Raw { status, headers, body: body.to_owned().into() }).0
    }

    #[test]
    fn the_contracts_refusals_are_told_apart() {
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
    fn refusals_of_the_token_are_told_from_those_of_its_owner() {
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
            (Export, 403, r#"{"message":"403 Forbidden - reason"}"#, K::RoleTooLow),
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
    fn plain_text_and_web_pages_are_told_from_gitlabs_own_words() {
        use ErrorKind as K;
        let plain = "text/plain; charset=utf-8";
        assert_eq!(meaning(Family::Export, 404, plain, "404 page not found\n"), K::WorkhorseFileMissing);
        assert_eq!(meaning(Family::Plain, 404, plain, "404 page not found\n"), K::NotFound);
        let edge = K::RateLimited { retry_after: None, app_limit: false };
        assert_eq!(meaning(Family::Export, 429, plain, "Retry later\n"), edge);
        assert_eq!(meaning(Family::Export, 429, "text/html", "<html>"), edge);
        assert_eq!(meaning(Family::Export, 502, "text/html", "<html>"), K::Server { status: 502 });
        for status in [401, 403, 404] {
            let page = K::HtmlInsteadOfJson { status };
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
