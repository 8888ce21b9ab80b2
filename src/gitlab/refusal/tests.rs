use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::*;

fn meaning(family: Family, status: u16, kind: &'static str, body: &str) -> ErrorKind {
    let headers =
        HeaderMap::from_iter([(HeaderName::from_static("content-type"), HeaderValue::from_static(kind))]);
    classify(family, true, &Raw { status, headers, body: body.to_owned().into() }).0
}

#[test]
fn the_contracts_refusals_are_distinguished() {
    use ErrorKind as K;
    use Family::{Export, ExportFile, Plain, Project, RelationFile, Relations};
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
        (Export, 405, r#"{"message":"Non GET methods are not allowed for moved projects"}"#, K::ProjectMoved),
        (Export, 404, r#"{"message":"404 Project Not Found"}"#, K::ProjectNotFoundOrNoAccess),
        (Project, 404, r#"{"message":"404 Project Not Found"}"#, K::ProjectNotFoundOrNoAccess),
        (Export, 404, r#"{"message":"404 Not Found"}"#, K::ExportDisabled),
        (Relations, 404, r#"{"message":"404 Not Found"}"#, K::RelationsDisabled),
        (Plain, 404, r#"{"message":"404 Not Found"}"#, K::NotFound),
        (Export, 400, r#"{"message":"Die Projektgröße überschreitet das Exportlimit."}"#, K::ExportRefused),
        (Export, 409, r#"{"message":"409 Conflict: Resource lock"}"#, K::Locked),
        (Export, 409, r#"{"message":"409 Conflict"}"#, K::Conflict(text("409 Conflict"))),
        (ExportFile, 404, r#"{"message":"404 Not found or has expired"}"#, K::NoExportFile),
        (ExportFile, 404, r#"{"message":"404 Not Found"}"#, K::NoExportFile),
        (ExportFile, 404, r#"{"message":"The project export file is not available yet"}"#, K::FileNotReady),
        // The object of a relation is gone from the store; the setting is on.
        (RelationFile, 404, r#"{"message":"404 Not Found"}"#, K::NotFound),
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
        (Plain, 403, r#"{"error":"insufficient_scope","scope":"api read_user"}"#, scopes("api or read_user")),
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
        (Relations, r#"{"message":"403 Forbidden - IP address not allowed"}"#, K::Denied(Denial::IpAddress)),
        (Export, r#"{"message":"403 Forbidden - SSO session expired"}"#, K::Denied(Denial::SsoSession)),
        (
            Import,
            r#"{"message":"403 Forbidden - This action cannot be performed by internal users"}"#,
            K::Denied(Denial::Bot),
        ),
        (Export, r#"{"message":"You cannot perform write operations on a read-only instance"}"#, K::ReadOnly),
        (Import, r#"{"message":"403 Forbidden"}"#, K::ImportSourceOff),
        (Import, r#"{"message":"403 Forbidden - Project"}"#, K::RoleTooLow),
        (Import, r#"{"message":"You are not authorized to perform this action"}"#, K::RoleTooLow),
        (Relations, r#"{"message":"403 Forbidden"}"#, K::RoleTooLow),
        // A reason that nobody knows is no question of the role.
        (Export, r#"{"error":"no"}"#, K::Denied(Denial::Other)),
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
    assert_eq!(meaning(Family::ExportFile, 404, plain, "404 page not found\n"), K::WorkhorseFileMissing);
    assert_eq!(meaning(Family::RelationFile, 404, plain, "404 page not found\n"), K::WorkhorseFileMissing);
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
    for (status, body, code) in [(403, xml, Some("AccessDenied")), (400, "<Code>", None), (404, "", None)] {
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
