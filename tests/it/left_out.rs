//! What an export leaves out: `check --contents`, the case and the drafts.

use export_desk::practice::{ApiCall, Fault, FaultKind};
use serde_json::Value;

use crate::fixture::{End, Fixture};
use crate::waiting::InTime;

/// One entry of `left_out`.
fn left_out<'a>(result: &'a Value, what: &str) -> &'a Value {
    let all = result["left_out"].as_array().unwrap_or_else(|| panic!("no list: {result}"));
    all.iter().find(|item| item["what"] == what).unwrap_or_else(|| panic!("no {what}: {result}"))
}

#[test]
fn check_lists_what_an_export_leaves_out() {
    let fixture = Fixture::of("first-export");
    let end = fixture.run(&["check", &fixture.lesson.project]);
    assert!(end.result().get("left_out").is_none(), "only on request: {}", end.result());
    let end = fixture.run(&["check", &fixture.lesson.project, "--contents"]);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    for (what, count) in [
        ("CI/CD variables", 4),
        ("webhooks", 2),
        ("container registry repositories", 2),
        ("secure files", 0),
        ("push mirrors", 1),
        ("child pipelines", 5),
    ] {
        let item = left_out(result, what);
        assert_eq!(item["count"], count, "{item}");
        assert!(item["source"].as_str().unwrap().starts_with("https://"), "{item}");
    }
    assert_eq!(left_out(result, "job logs and artifacts")["count"], Value::Null);
    let all = result.to_string();
    assert!(!all.contains("practice value") && !all.contains("vulnerability report"), "{all}");
    let lists = fixture.practice.requests().iter().filter(|seen| seen.path().ends_with("per_page=1")).count();
    assert!(fixture.practice.requests().iter().all(|seen| seen.method == "GET") && lists <= 16, "{lists}");
    let end = fixture.run(&["check", "--contents"]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
}

#[test]
fn a_count_that_the_token_may_not_read_is_null() {
    let fixture = Fixture::of("role-too-low");
    let end = fixture.run(&["check", &fixture.lesson.project, "--contents"]);
    let result = end.result();
    assert_eq!((end.exit, &result["may_export"]), (0, &false.into()), "{result}");
    // 403 for the one, 401 for the other; a Developer may read the third.
    assert_eq!(left_out(result, "CI/CD variables")["count"], Value::Null);
    assert_eq!(left_out(result, "push mirrors")["count"], Value::Null);
    assert_eq!(left_out(result, "packages")["count"], 3);
}

#[test]
fn an_old_gitlab_leaves_out_more_and_other_things() {
    let fixture = Fixture::of("first-export");
    let version = r#"on = "version"
        kind = "answer"
        status = 200
        content_type = "application/json"
        body = '{"version":"13.12.15-ee","revision":"abc"}'"#;
    fixture.practice.trigger(toml::from_str(version).unwrap());
    let end = fixture.run(&["check", &fixture.lesson.project, "--contents"]);
    let result = end.result();
    assert_eq!(left_out(result, "comments on commits")["count"], Value::Null);
    assert!(!result.to_string().contains("pipeline trigger tokens"), "13.12 exported them: {result}");
}

#[test]
fn a_page_in_place_of_a_list_is_no_count_and_no_error() {
    for kind in [FaultKind::Html, FaultKind::InternalError, FaultKind::RateLimited { retry_after: None }] {
        let fixture = Fixture::of("first-export");
        fixture.practice.trigger(Fault::always(ApiCall::Totals, kind));
        let end = fixture.run(&["check", &fixture.lesson.project, "--contents"]);
        assert_eq!(end.exit, 0, "{}", end.result());
        assert_eq!(left_out(end.result(), "webhooks")["count"], Value::Null);
    }
}

#[test]
fn a_case_keeps_the_counts_and_its_drafts_name_them() {
    let fixture = Fixture::of("first-export");
    let ticket = "https://gitlab.zendesk.com/agent/tickets/418822";
    let opened = fixture.run(&["case", "new", "--ticket", ticket, "--project", &fixture.lesson.project]);
    assert_eq!(opened.exit, 0, "{}", opened.result());
    let end = fixture.run(&["case", "show", "1"]);
    assert_eq!(left_out(end.result(), "CI/CD variables")["count"], 4);
    for (kind, sentence) in [("offer", "never part of it"), ("successful", "create or copy again")] {
        let end = fixture.run(&["text", kind, "--case", "1"]);
        let text = end.result()["text"].as_str().unwrap();
        assert!(text.contains(sentence) && text.contains("CI/CD variables (4), webhooks (2)"), "{text}");
        assert!(!text.contains("secure files"), "the project has none: {text}");
    }
}

#[test]
fn a_case_without_gitlab_names_everything_without_numbers() {
    let fixture = Fixture::of("first-export");
    let program = |args: &[&str]| {
        let output = fixture.program(args).env_remove("EXPORT_DESK_TOKEN").output_in_time();
        End::of(&output.unwrap())
    };
    let ticket = "https://gitlab.zendesk.com/agent/tickets/418822";
    let opened = program(&["case", "new", "--ticket", ticket, "--project", &fixture.lesson.project]);
    assert_eq!(opened.exit, 0, "{}", opened.result());
    let end = program(&["text", "offer", "--case", "1"]);
    let text = end.result()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("CI/CD variables, webhooks, job logs and artifacts, packages"), "{text}");
    assert!(fixture.practice.requests().is_empty(), "a draft asks GitLab nothing");
}
