//! What a GitLab or a proxy in front of it should never send, by the real program over real HTTP: an answer is read as
//! far as it goes, and what it cannot be is said with the field.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::scripted::{Reply, Scripted, project, route, status};

const STATUS: &[&str] = &["export", "status", "lab/demo"];
const CHECK: &[&str] = &["check", "lab/demo"];
const IMPORT: &[&str] = &["import", "status", "101"];
const DOWNLOAD: &[&str] = &["export", "download", "lab/demo", "--output", "a.tar.gz"];
const START: &[&str] = &["export", "start", "lab/demo"];

const OF_PROJECT: &str = "GET /api/v4/projects/lab%2Fdemo";
const OF_STATUS: &str = "GET /api/v4/projects/101/export ";
const OF_IMPORT: &str = "GET /api/v4/projects/101/import ";
const OF_TOKEN: &str = "GET /api/v4/personal_access_tokens/self ";

fn text<'a>(result: &'a Value, field: &str) -> &'a str {
    result[field].as_str().unwrap_or_default()
}

/// An object with one field changed.
fn with(mut object: Value, field: &str, to: Value) -> Value {
    object[field] = to;
    object
}

fn without(mut object: Value, field: &str) -> Value {
    object.as_object_mut().unwrap().remove(field);
    object
}

fn import() -> Value {
    json!({ "id": 101, "path_with_namespace": "lab/demo", "import_status": "finished", "failed_relations": [] })
}

#[test]
fn a_field_that_nothing_depends_on_may_be_odd() {
    let odd = [json!(null), json!(-5), json!("x"), json!({}), json!([1])];
    let rows: [(&[&str], &'static str, Value, &[&str]); 5] = [
        (STATUS, OF_PROJECT, project(), &["visibility", "archived", "statistics", "permissions", "web_url"]),
        (CHECK, OF_PROJECT, project(), &["marked_for_deletion_on", "name", "statistics"]),
        (STATUS, OF_STATUS, status("none"), &["created_at", "_links", "name"]),
        (IMPORT, OF_IMPORT, import(), &["failed_relations", "correlation_id", "import_type", "import_error"]),
        (
            CHECK,
            OF_TOKEN,
            json!({ "id": 7 }),
            &["scopes", "active", "expires_at", "granular_scopes", "revoked"],
        ),
    ];
    for (command, matches, answer, fields) in rows {
        for field in fields {
            for value in &odd {
                let reply = Reply::json(200, &with(answer.clone(), field, value.clone()));
                let end = Scripted::start(vec![route(matches, &[reply])]).run(command);
                let is_text = value.is_string() && *field == "import_error";
                assert!(end.exit == 0 || is_text, "{matches} {field} {value}: {}", end.result());
            }
        }
    }
}

#[test]
fn a_field_that_matters_is_named() {
    for (command, matches, answer, words) in [
        (STATUS, OF_PROJECT, with(project(), "id", json!("101")), "the field id has the wrong type"),
        (
            STATUS,
            OF_PROJECT,
            without(project(), "path_with_namespace"),
            "the field path_with_namespace is missing",
        ),
        (STATUS, OF_STATUS, without(status("none"), "export_status"), "the field export_status is missing"),
        (
            STATUS,
            OF_STATUS,
            with(status("none"), "export_status", json!(3)),
            "export_status has the wrong type",
        ),
        (STATUS, OF_STATUS, with(status("finished"), "id", json!(999)), "about project 999"),
        (IMPORT, OF_IMPORT, with(import(), "id", json!(999)), "about project 999"),
        (IMPORT, OF_IMPORT, without(import(), "import_status"), "the field import_status is missing"),
        (STATUS, OF_STATUS, json!([]), "missing or has the wrong type"),
    ] {
        let end = Scripted::start(vec![route(matches, &[Reply::json(200, &answer)])]).run(command);
        let result = end.result();
        assert_eq!((end.exit, end.code()), (7, "unexpected_answer"), "{words}: {result}");
        assert!(text(result, "headline").contains(words), "{words}: {result}");
        assert_eq!(result["correlation_id"], "01SCRIPTED", "{result}");
    }
}

#[test]
fn what_a_proxy_wraps_around_an_answer_is_removed() {
    let json = status("none").to_string().into_bytes();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&json).unwrap();
    let packed = Reply::file(packed.finish().unwrap()).header("Content-Encoding", "gzip");
    let marked = Reply::file([b"\xef\xbb\xbf", json.as_slice()].concat());
    let long = Reply::file(json).header("X-Long", &"a".repeat(60_000));
    for reply in [packed, marked, long] {
        let end = Scripted::start(vec![route(OF_STATUS, &[reply])]).run(STATUS);
        assert_eq!((end.exit, text(end.result(), "phase")), (0, "idle"), "{}", end.result());
    }
    let endless = Reply::json(200, &status("none")).header("X-Long", &"a".repeat(2 << 20));
    let end = Scripted::start(vec![route(OF_STATUS, &[endless])]).run(STATUS);
    assert_eq!((end.exit, end.code()), (7, "network"), "{}", end.result());
}

#[test]
fn an_answer_about_the_instance_that_nobody_understands_stops_no_check() {
    for matches in ["GET /api/v4/version ", "GET /api/v4/user ", OF_TOKEN] {
        for body in [json!(null), json!([]), json!({ "version": 18.9, "id": "x" })] {
            let end = Scripted::start(vec![route(matches, &[Reply::json(200, &body)])]).run(CHECK);
            assert_eq!(end.exit, 0, "{matches} {body}: {}", end.result());
            assert_eq!(end.result()["project"]["id"], 101);
        }
    }
}

#[test]
fn the_storages_own_error_is_no_question_of_the_role() {
    let xml =
        "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    for error in [403, 404] {
        let gitlab = Scripted::start(vec![
            route("/export/download ", &[Reply::text(error, xml)]),
            route(OF_STATUS, &[Reply::json(200, &status("finished"))]),
        ]);
        let end = gitlab.run(DOWNLOAD);
        let (result, headline) = (end.result(), text(end.result(), "headline"));
        assert_eq!((end.exit, end.code()), (7, "download_incomplete"), "{result}");
        assert!(headline.contains("AccessDenied") && headline.contains("The storage's message"), "{result}");
        assert!(text(result, "hint").contains("object storage of the instance"), "{result}");
    }
}

#[test]
fn a_request_that_changes_something_follows_no_redirect() {
    for (code, place) in [
        (301, "https://other.example/x"),
        (302, "{API}/users/sign_in"),
        (307, "https://other.example/x"),
        (308, "http://other.example/x"),
        (303, "file:///etc/passwd"),
    ] {
        let moved = Reply::empty(code).header("Location", place);
        let gitlab = Scripted::start(vec![route("POST /api/v4/projects/101/export ", &[moved])]);
        let end = gitlab.run(START);
        assert_eq!((end.exit, end.code()), (7, "unexpected_answer"), "{place}: {}", end.result());
        assert_eq!(end.result()["correlation_id"], "01SCRIPTED");
        assert_eq!(gitlab.asked("POST "), 1, "{place}");
    }
}

#[test]
fn a_failed_import_without_a_reason_says_so() {
    let failed = with(with(import(), "import_status", json!("failed")), "import_error", json!(""));
    let end = Scripted::start(vec![route(OF_IMPORT, &[Reply::json(200, &failed)])]).run(IMPORT);
    assert!(end.result().to_string().contains("GitLab gave no reason"), "{}", end.result());
}

#[test]
fn a_message_cannot_turn_the_text_around_it() {
    let turned = "403 Forbidden - no\u{202e}txt\u{1b}[2J";
    let reply = Reply::json(403, &json!({ "message": turned }));
    let end = Scripted::start(vec![route(OF_STATUS, &[reply])]).run(STATUS);
    assert!(text(end.result(), "headline").contains("“403 Forbidden - notxt[2J”"), "{}", end.result());
}
