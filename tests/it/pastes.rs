//! What people paste for a project, by the real program: which project it is, and what is said where GitLab does not
//! tell.

use serde_json::{Value, json};

use crate::scripted::{Reply, Scripted, route};

#[test]
fn every_spelling_of_a_project_is_the_same_project() {
    for pasted in [
        "{API}/lab/demo/edit#js-export-project",
        "{API}/lab/demo/download_export",
        "{API}/lab/demo/generate_new_export",
        "{API}/lab/demo/import/new",
        "{API}/lab/demo/activity",
        "{API}/lab/demo/-/settings/repository",
        "{API}/-/p/101",
        "{API}/projects/101",
        "{API}/api/v4/projects/lab%2Fdemo/export/download",
        "<{API}/lab/demo.git>",
        "lab%2Fdemo.",
    ] {
        let gitlab = Scripted::start(Vec::new());
        let pasted = pasted.replace("{API}", gitlab.url());
        for (at, project) in ["lab/demo", &pasted].into_iter().enumerate() {
            let id = (at + 1).to_string();
            let ticket = format!("https://gitlab.zendesk.com/agent/tickets/{id}");
            let end = gitlab.run(&["case", "new", "--ticket", &ticket, "--project", project]);
            assert_eq!(
                (end.exit, &end.result()["project_found"]),
                (0, &json!(true)),
                "{pasted}: {}",
                end.result()
            );
            assert_eq!(end.result()["project"]["id"], 101, "{pasted}");
            let set = gitlab.run(&[
                "case",
                "set",
                &id,
                "requester=ann",
                "ui_attempt_at=2026-11-20T10:00:00Z",
                "ui_attempt_message=gone",
                "api_attempt_at=2026-11-20T11:00:00Z",
                "api_attempt_message=404",
                "bug_issue=https://gitlab.com/gitlab-org/gitlab/-/issues/330833",
                "bug_issue_updated=yes",
                "kibana_link=https://log.gprd.gitlab.net/app/r/s/abcde",
            ]);
            assert_eq!(set.exit, 0, "{}", set.result());
            let offer = gitlab.run(&["case", "event", &id, "offer-sent"]);
            assert_eq!(offer.exit, if at == 0 { 0 } else { 3 }, "{pasted}: {}", offer.result());
        }
        assert_eq!(gitlab.run(&["export", "status", &pasted]).result()["project"]["id"], 101, "{pasted}");
    }
}

#[test]
fn an_unknown_project_is_reported_when_the_case_opens() {
    let found = json!([{ "id": 101, "path_with_namespace": "lab/demo" }]);
    let gitlab =
        Scripted::start(vec![route("GET /api/v4/projects?search=demo", &[Reply::json(200, &found)])]);
    let ticket = ["case", "new", "--ticket", "https://gitlab.zendesk.com/agent/tickets/5", "--project"];
    let end = gitlab.run(&[&ticket[..], &["laab/demo"]].concat());
    let result = end.result();
    assert_eq!((end.exit, &result["project_found"]), (0, &json!(false)), "{result}");
    assert_eq!(result["may_be"], json!(["lab/demo"]), "{result}");
    assert!(end.lines.iter().any(|line| line["event"] == "warning"), "{:?}", end.lines);
    let url = format!("{}/other/thing/activity", gitlab.url());
    let end = gitlab.run(&[&ticket[..], &[&url]].concat());
    assert_eq!(end.result()["may_be"], json!(["other/thing"]), "{}", end.result());
}

#[test]
fn a_case_is_open_and_says_why_gitlab_does_not_tell_about_its_project() {
    let reply = Reply::json(403, &json!({ "message": "403 Forbidden - Your IP address is not allowed." }));
    let gitlab = Scripted::start(vec![route("GET /api/v4/projects/lab%2Fdemo", &[reply])]);
    let ticket = "https://gitlab.zendesk.com/agent/tickets/5";
    let end = gitlab.run(&["case", "new", "--ticket", ticket, "--project", "lab/demo"]);
    assert_eq!((end.exit, &end.result()["project_found"]), (0, &Value::Null), "{}", end.result());
    let warned = end.lines.iter().find(|line| line["event"] == "warning").unwrap();
    assert!(warned["message"].as_str().unwrap().contains("Your IP address is not allowed."), "{warned}");
}
