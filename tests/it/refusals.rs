//! Every refusal of GitLab's, in every family of commands in which it can occur, by the real program over real HTTP:
//! the code, GitLab's own sentence, and the right next step.

use serde_json::{Value, json};

use crate::fixture::{End, Fixture};
use crate::scripted::{Reply, Route, Scripted, project, route, status};

/// A command, and its requests that GitLab can refuse.
struct Family {
    name: &'static str,
    command: &'static [&'static str],
    /// A part of the request line.
    request: &'static str,
}

const START: Family = Family {
    name: "start",
    command: &["export", "start", "lab/demo"],
    request: "POST /api/v4/projects/101/export ",
};
const STATUS: Family = Family {
    name: "status",
    command: &["export", "status", "lab/demo"],
    request: "GET /api/v4/projects/101/export ",
};
const DOWNLOAD: Family = Family {
    name: "download",
    command: &["export", "download", "lab/demo", "--output", "a.tar.gz"],
    request: "GET /api/v4/projects/101/export/download ",
};
const RELATIONS: Family = Family {
    name: "relations",
    command: &["relations", "start", "lab/demo"],
    request: "POST /api/v4/projects/101/export_relations ",
};
const RELATIONS_STATUS: Family = Family {
    name: "relations status",
    command: &["relations", "status", "lab/demo"],
    request: "GET /api/v4/projects/101/export_relations/status ",
};
const IMPORT: Family = Family {
    name: "import",
    command: &["import", "file", "small_export.tar.gz", "--path", "copy", "--anyway"],
    request: "POST /api/v4/projects/import ",
};
const IMPORT_STATUS: Family = Family {
    name: "import status",
    command: &["import", "status", "lab/demo"],
    request: "GET /api/v4/projects/lab%2Fdemo/import ",
};
const CHECK: Family =
    Family { name: "check", command: &["check", "lab/demo"], request: "GET /api/v4/projects/lab%2Fdemo?" };

const ALL: [&Family; 8] =
    [&START, &STATUS, &DOWNLOAD, &RELATIONS, &RELATIONS_STATUS, &IMPORT, &IMPORT_STATUS, &CHECK];
const CHANGES: [&Family; 3] = [&START, &RELATIONS, &IMPORT];
const READS: [&Family; 4] = [&STATUS, &DOWNLOAD, &RELATIONS_STATUS, &CHECK];

/// Runs a family's command with this answer to its request.
fn refused(family: &Family, reply: &Reply) -> (End, Scripted) {
    let gitlab = Scripted::start(vec![route(family.request, std::slice::from_ref(reply))]);
    // If the request is refused, the content of this file is not read.
    std::fs::write(gitlab.home().join("small_export.tar.gz"), b"\x1f\x8b small").unwrap();
    (gitlab.run(family.command), gitlab)
}

fn said(message: &str) -> Reply {
    Reply::json(403, &json!({ "message": message }))
}

fn text<'a>(result: &'a Value, field: &str) -> &'a str {
    result[field].as_str().unwrap_or_default()
}

/// One refusal: a name, GitLab's answer, the families, and the expected outcome.
type Row = (&'static str, Reply, &'static [&'static Family], i32, &'static str, &'static str);

fn rows_of_the_token() -> Vec<Row> {
    let sentence =
        "Access denied: the token lacks the following project permissions: [Project Export: Create].";
    let granular = json!({ "error": "insufficient_granular_scope", "error_description": sentence });
    let scope = json!({
        "error": "insufficient_scope",
        "error_description": "The request requires higher privileges than provided by the access token.",
        "scope": "api",
    });
    let dpop = json!({ "error": "dpop_error", "error_description": "DPoP validation error: DPoP header is missing" });
    vec![
        (
            "[Project Export: Create]",
            Reply::json(403, &granular),
            &ALL,
            4,
            "scope_missing",
            "Project Export: Create",
        ),
        ("higher privileges", Reply::json(403, &scope), &ALL, 4, "scope_missing", "`api` scope"),
        ("DPoP header is missing", Reply::json(401, &dpop), &ALL, 4, "dpop_required", "Preferences"),
    ]
}

fn rows_of_the_account() -> Vec<Row> {
    let account = |sentence: &str| said(&format!("403 Forbidden - {sentence}"));
    let terms = "You (@ann) must accept the Terms of Service in order to perform this action.";
    let bots = "This action cannot be performed by internal users";
    let read_only = "You cannot perform write operations on a read-only instance";
    vec![
        ("accept the Terms", account(terms), &ALL, 4, "access_denied", "accept the terms"),
        (
            "has been blocked",
            account("Your account has been blocked."),
            &ALL,
            4,
            "access_denied",
            "administrator",
        ),
        ("IP address", account("Your IP address is not allowed."), &ALL, 4, "access_denied", "VPN"),
        (
            "SSO session",
            account("Cannot find valid SSO session."),
            &ALL,
            4,
            "access_denied",
            "single sign-on",
        ),
        ("internal users", account(bots), &ALL, 4, "access_denied", "person"),
        ("Admin mode", account("Admin mode is required"), &ALL, 4, "access_denied", "admin_mode"),
        ("read-only instance", said(read_only), &CHANGES, 7, "read_only", "Wait until"),
        // GitLab's sentences are translated, and some are objects.
        ("Ihr Konto", account("Ihr Konto wurde gesperrt."), &ALL, 4, "access_denied", "what GitLab asks for"),
        (
            "Not for you",
            Reply::json(403, &json!({ "message": { "base": ["Not for you"] } })),
            &ALL,
            4,
            "access_denied",
            "what GitLab asks for",
        ),
        // `Rack::Attack` and proxies do not answer with JSON.
        (
            "The server's message: “Forbidden”",
            Reply::text(403, "Forbidden\n"),
            &ALL,
            4,
            "access_denied",
            "VPN",
        ),
        ("RBAC", Reply::text(401, "RBAC: access denied"), &ALL, 4, "access_denied", "proxy in front"),
        ("requires a login", Reply::empty(407), &ALL, 4, "access_denied", "URL of the proxy"),
        ("", said("403 Forbidden"), &[&IMPORT, &IMPORT_STATUS], 4, "import_disabled", "administrator"),
    ]
}

#[test]
fn every_refusal_has_its_code_its_sentence_and_its_step() {
    for (sentence, reply, families, exit, code, step) in
        rows_of_the_token().into_iter().chain(rows_of_the_account())
    {
        for family in families {
            let (end, gitlab) = refused(family, &reply);
            let result = end.result();
            let place = format!("{code} {}: {result} {:?}", family.name, gitlab.seen());
            assert_eq!((end.exit, end.code()), (exit, code), "{place}");
            assert!(text(result, "headline").contains(sentence), "{place}");
            assert!(text(result, "hint").contains(step), "{place}");
            assert_eq!(gitlab.asked(family.request), 1, "asked once: {place}");
            assert_eq!(result["correlation_id"], "01SCRIPTED", "{place}");
            let all = format!("{}{}", text(result, "headline"), text(result, "hint"));
            assert!(!all.contains("`check`"), "{place}");
            assert!(!all.contains("Maintainer"), "no question of the role: {place}");
            if sentence.starts_with('[') {
                assert!(!all.contains("`api`") && !all.contains("scope api"), "{place}");
            }
        }
    }
}

#[test]
fn an_answer_without_a_message_is_reported_as_such() {
    for body in [json!({}), json!({ "message": null }), json!({ "message": "" }), json!([]), json!(null)] {
        for family in ALL {
            let (end, _gitlab) = refused(family, &Reply::json(403, &body));
            let result = end.result();
            assert_eq!((end.exit, end.code()), (7, "unexpected_answer"), "{}: {result}", family.name);
            let headline = text(result, "headline");
            assert!(headline.contains("(status 403): it contains no message"), "{headline}");
            assert!(!headline.contains("GitLab's message"), "{headline}");
        }
    }
}

#[test]
fn only_an_upload_is_ended_by_a_proxys_time_limit() {
    let maintenance = Reply::json(503, &json!({ "message": "Back at eight." }));
    for (family, reply, is_upload) in [
        (&IMPORT, Reply::page(504), true),
        (&IMPORT, maintenance.clone(), false),
        (&IMPORT_STATUS, maintenance, false),
        (&IMPORT_STATUS, Reply::page(504), false),
    ] {
        let (end, _gitlab) = refused(family, &reply);
        let result = end.result();
        assert_eq!((end.exit, end.code()), (7, "network"), "{}: {result}", family.name);
        assert_eq!(result.to_string().contains("proxy in front"), is_upload, "{}: {result}", family.name);
    }
}

#[test]
fn a_role_too_low_is_reported_where_gitlab_gives_no_reason() {
    for family in [&START, &STATUS, &DOWNLOAD, &RELATIONS, &RELATIONS_STATUS] {
        let (end, _gitlab) = refused(family, &said("403 Forbidden"));
        assert_eq!((end.exit, end.code()), (4, "role_too_low"), "{}: {}", family.name, end.result());
        assert!(text(end.result(), "hint").contains("Maintainer"), "{}", end.result());
    }
    let (end, _gitlab) =
        refused(&IMPORT, &Reply::json(400, &json!({ "message": "User is not allowed to import projects" })));
    assert_eq!((end.exit, end.code()), (4, "role_too_low"), "{}", end.result());
}

#[test]
fn maintenance_started_nothing_and_is_not_sent_again() {
    let words = json!({ "message": "We are back at eight." });
    let timed = Reply::json(503, &words).header("Retry-After", "900");
    let own = Reply::json(
        503,
        &json!({ "message": "You cannot perform write operations on a read-only instance" }),
    );
    // A non-JSON request is redirected to the start page.
    let redirected = Reply::empty(301).header("Location", "{API}/");
    for family in CHANGES {
        for reply in [&timed, &own, &redirected] {
            let (end, gitlab) = refused(family, reply);
            let result = end.result();
            assert_eq!((end.exit, end.code()), (7, "read_only"), "{}: {result}", family.name);
            assert!(text(result, "headline").contains("Nothing was started"), "{result}");
            assert!(!result.to_string().contains("may have taken"), "{result}");
            assert_eq!(gitlab.asked(family.request), 1);
        }
        let (end, _gitlab) = refused(family, &timed);
        assert!(text(end.result(), "headline").contains("We are back at eight."), "{}", end.result());
    }
}

#[test]
fn a_challenge_page_passes_for_what_only_reads_and_its_ray_is_named() {
    for family in READS {
        let page = Reply::page(403).header("CF-Ray", "8f0c-FRA");
        let (end, gitlab) = refused(family, &page);
        let result = end.result();
        assert!(gitlab.asked(family.request) > 1, "{}: {result}", family.name);
        let shown =
            if family.name == "check" { result.to_string() } else { text(result, "headline").to_owned() };
        assert!(shown.contains("8f0c-FRA") && shown.contains("web page"), "{}: {result}", family.name);
    }
    // A server that closes the connection.
    let gitlab =
        Scripted::start(vec![route(STATUS.request, &[Reply::page(403), Reply::json(200, &status("none"))])]);
    assert_eq!(gitlab.run(STATUS.command).exit, 0);
    for family in CHANGES {
        let (end, gitlab) = refused(family, &Reply::page(403));
        assert_eq!((end.exit, end.code()), (7, "unexpected_answer"), "{}: {}", family.name, end.result());
        assert_eq!(gitlab.asked(family.request), 1, "a change is not sent again");
    }
}

#[test]
fn an_empty_answer_says_its_status() {
    for family in ALL {
        let (end, _gitlab) = refused(family, &Reply::empty(403));
        assert_eq!((end.exit, end.code()), (7, "unexpected_answer"), "{}: {}", family.name, end.result());
        assert!(text(end.result(), "headline").contains("403"), "{}", end.result());
    }
}

#[test]
fn a_moved_project_is_followed_to_its_id_wherever_gitlab_thinks_it_is() {
    for place in ["{API}/api/v4/projects/101", "http://inside.example/api/v4/projects/101"] {
        let moved = Reply::empty(301).header("Location", place);
        let gitlab = Scripted::start(vec![route("GET /api/v4/projects/old%2Fname?", &[moved])]);
        let end = gitlab.run(&["export", "status", "old/name"]);
        assert_eq!(end.exit, 0, "{place}: {}", end.result());
        assert_eq!(end.result()["project"]["id"], 101);
    }
    let body = json!({ "message": "Non GET methods are not allowed for moved projects" });
    let (end, _gitlab) = refused(&START, &Reply::json(405, &body));
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    assert!(text(end.result(), "hint").contains("ID"), "{}", end.result());
}

#[test]
fn an_administrator_without_admin_mode_gets_that_reason() {
    let gitlab = Scripted::start(vec![
        route(
            "GET /api/v4/user ",
            &[Reply::json(200, &json!({ "id": 1, "username": "root", "is_admin": true }))],
        ),
        route(
            "GET /api/v4/projects/lab%2Fdemo?",
            &[Reply::json(404, &json!({ "message": "404 Project Not Found" }))],
        ),
    ]);
    let end = gitlab.run(CHECK.command);
    assert_eq!((end.exit, end.code()), (5, "not_found_or_no_access"), "{}", end.result());
    assert!(text(end.result(), "hint").contains("`admin_mode`"), "{}", end.result());
}

/// A fine-grained token with these permissions for project 101.
fn granular(permissions: &[&str]) -> Route {
    let scope = json!({ "access": "selected_memberships", "permissions": permissions, "project_id": 101, "group_id": null });
    let token = json!({ "id": 7, "active": true, "scopes": ["granular"], "granular_scopes": [scope] });
    route("GET /api/v4/personal_access_tokens/self ", &[Reply::json(200, &token)])
}

#[test]
fn check_says_what_a_token_allows() {
    let gitlab = Scripted::start(vec![granular(&["create_project_export", "read_project_export"])]);
    let end = gitlab.run(CHECK.command);
    let result = end.result();
    assert_eq!((end.exit, &result["may_export"]), (0, &json!(true)), "{result}");
    let allows =
        json!({ "start": true, "status": true, "download": false, "relations": false, "import": false });
    assert_eq!(result["allows"], allows, "{result}");

    let gitlab = Scripted::start(vec![granular(&["read_project_export"])]);
    let end = gitlab.run(CHECK.command);
    let result = end.result();
    assert_eq!(
        (&result["may_export"], &result["reason_code"]),
        (&json!(false), &json!("scope_missing")),
        "{result}"
    );
    assert!(text(result, "reason").contains("create_project_export"), "{result}");

    let gitlab = Scripted::start(Vec::new());
    let all = json!({ "start": true, "status": true, "download": true, "relations": true, "import": true });
    assert_eq!(gitlab.run(&["check"]).result()["allows"], all);
}

#[test]
fn check_continues_without_what_a_token_may_not_read() {
    let no = Reply::json(
        403,
        &json!({ "error": "insufficient_granular_scope", "error_description": "Access denied: … permissions: [User: Read]." }),
    );
    let blind = || {
        ["GET /api/v4/user ", "GET /api/v4/version ", "GET /api/v4/personal_access_tokens/self "]
            .map(|matches| route(matches, std::slice::from_ref(&no)))
            .to_vec()
    };
    let end = Scripted::start(blind()).run(CHECK.command);
    let result = end.result();
    assert_eq!((end.exit, &result["user"], &result["version"]), (0, &Value::Null, &Value::Null), "{result}");
    assert_eq!(
        (&result["may_export"], &result["allows"]["status"]),
        (&Value::Null, &json!(true)),
        "{result}"
    );
    let end = Scripted::start(blind()).run(&["check"]);
    assert_eq!((end.exit, end.code()), (4, "scope_missing"), "nothing says that it works: {}", end.result());
}

#[test]
fn scopes_do_not_decide_where_fine_grained_tokens_are_enforced() {
    let sentence = json!({
        "error": "insufficient_granular_scope",
        "error_description": "Access denied: the token lacks the following project permissions: [Project Export: Read].",
    });
    let gitlab = Scripted::start(vec![route("/export ", &[Reply::json(403, &sentence)])]);
    let end = gitlab.run(CHECK.command);
    let allows = &end.result()["allows"];
    let told = [&allows["status"], &allows["start"], &allows["download"], &allows["relations"]];
    assert_eq!(told, [&false.into(), &Value::Null, &Value::Null, &Value::Null], "{}", end.result());
}

#[test]
fn a_scheduled_deletion_of_the_project_is_reported_before_anything() {
    let mut doomed = project();
    doomed["marked_for_deletion_on"] = "2099-11-29".into();
    let gitlab = Scripted::start(vec![
        route("GET /api/v4/projects/lab%2Fdemo?", &[Reply::json(200, &doomed)]),
        route("GET /api/v4/projects/lab%2Fdemo ", &[Reply::json(200, &doomed)]),
        route(START.request, &[Reply::json(202, &json!({ "message": "202 Accepted" }))]),
        route(RELATIONS.request, &[Reply::json(202, &json!({ "message": "202 Accepted" }))]),
        route(RELATIONS_STATUS.request, &[Reply::json(200, &json!([]))]),
    ]);
    let end = gitlab.run(CHECK.command);
    let result = end.result();
    assert_eq!(result["marked_for_deletion_on"], "2099-11-29", "{result}");
    assert!(text(result, "reason").contains("2099-11-29"), "{result}");
    let end = gitlab.run(START.command);
    assert_eq!(end.exit, 0, "{}", end.result());
    let warned =
        |line: &Value| line["event"] == "warning" && line["message"].to_string().contains("2099-11-29");
    assert!(end.lines.iter().any(warned), "{:?}", end.lines);
    let end = gitlab.run(RELATIONS.command);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(end.lines.iter().any(warned), "{:?}", end.lines);
    let end = gitlab.run(&[
        "case",
        "new",
        "--ticket",
        "https://gitlab.zendesk.com/agent/tickets/5",
        "--project",
        "lab/demo",
    ]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let deadlines = gitlab.run(&["case", "show", "1"]).result()["clocks"].to_string();
    assert!(deadlines.contains("project_deletion") && deadlines.contains("2099-12-29"), "{deadlines}");
}

#[test]
fn an_export_that_is_already_running_is_adopted_in_any_language() {
    for message in [
        "An export is already running or queued for this project. Please try again once it's done.",
        "Für dieses Projekt läuft bereits ein Export.",
    ] {
        let gitlab = Scripted::start(vec![
            route(
                STATUS.request,
                &["none", "queued", "started", "finished"].map(|word| Reply::json(200, &status(word))),
            ),
            route(START.request, &[Reply::json(400, &json!({ "message": message }))]),
        ]);
        let end = gitlab.run(&["export", "start", "lab/demo", "--wait"]);
        let result = end.result();
        assert_eq!((end.exit, text(result, "phase")), (0, "ready"), "{message}: {result}");
        assert_eq!(gitlab.asked(START.request), 1, "{message}");
    }
    // With an upload that the running export does not have, it is another export.
    let gitlab = Scripted::start(vec![
        route(STATUS.request, &[Reply::json(200, &status("none"))]),
        route(
            START.request,
            &[Reply::json(
                400,
                &json!({ "message": "An export is already running or queued for this project." }),
            )],
        ),
    ]);
    let end = gitlab.run(&["export", "start", "lab/demo", "--description", "mine"]);
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
}

#[test]
fn finished_relations_are_not_deleted_without_asking() {
    let relation = json!({
        "relation": "labels", "status": 1, "error": null, "updated_at": "2026-11-26T04:00:00.000Z", "batched": false,
        "batches_count": 0, "total_objects_count": 7,
    });
    let routes = || {
        vec![
            route(RELATIONS_STATUS.request, &[Reply::json(200, &json!([relation]))]),
            route(RELATIONS.request, &[Reply::json(202, &json!({ "message": "202 Accepted" }))]),
        ]
    };
    let gitlab = Scripted::start(routes());
    let end = gitlab.run(&["relations", "start", "lab/demo"]);
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
    let hint = text(end.result(), "hint");
    assert!(hint.contains("relations download") && hint.contains("--replace"), "{hint}");
    assert_eq!(gitlab.asked(RELATIONS.request), 0);
    let end = gitlab.run(&["relations", "start", "lab/demo", "--replace"]);
    assert_eq!((end.exit, gitlab.asked(RELATIONS.request)), (0, 1), "{}", end.result());
}

#[test]
fn relations_that_were_downloaded_may_be_made_again() {
    let fixture = Fixture::of("relations-batched");
    let project = fixture.lesson.project.clone();
    let folder = fixture.downloads().join("relations");
    let start = |more: &[&str]| fixture.run(&[&["relations", "start", &project, "--wait"], more].concat());
    start(&[]);
    let download = ["relations", "download", &project, "--output", folder.to_str().unwrap()];
    fixture.run(&download);
    let end = start(&[]);
    assert_ne!(end.exit, 3, "all that is finished is here: {}", end.result());
    // A file that was regenerated since then is a different one.
    let end = start(&[]);
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
}
