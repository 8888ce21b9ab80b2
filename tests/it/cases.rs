//! The last section of `../shared/cli.md`, rule by rule: stages, facts and events as scripts use them.

use export_desk::texts::TextKind;
use serde_json::{Value, json};

use crate::fixture::{End, Fixture, bare_program};
use crate::tracker::fixture_with;
use crate::waiting::InTime;

const TICKET: &str = "https://gitlab.zendesk.com/agent/tickets/418822";
const ISSUE: &str = "bug_issue=https://gitlab.com/gitlab-org/gitlab/-/issues/330833";
const UI: [&str; 2] = ["ui_attempt_at=2026-11-18T09:00:00Z", "ui_attempt_message=500 Internal Server Error"];
const API: [&str; 2] = ["api_attempt_at=2026-11-18T09:10:00Z", "api_attempt_message=started, then none"];
const LOGS: [&str; 2] = ["bug_issue_updated=yes", "kibana_link=https://log.gprd.gitlab.net/app/r/s/tuPA6"];
const VERIFIED: &str = "ownership_verified_at=2026-11-19T09:00:00Z";
const CONSOLE: &str = "console_issue=https://gitlab.com/gitlab-com/support/internal-requests/-/issues/9";
const INFRA: &str = "infra_issue=https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/8";

/// A case on a fixture, driven by the program.
struct Walk<'a> {
    fixture: &'a Fixture,
    id: String,
}

impl<'a> Walk<'a> {
    fn new(fixture: &'a Fixture, project: &str) -> Self {
        let end = fixture.run(&["case", "new", "--ticket", TICKET, "--project", project]);
        assert_eq!((end.exit, &end.result()["stage"]), (0, &json!("troubleshoot")), "{}", end.result());
        Self { fixture, id: end.result()["id"].to_string() }
    }

    fn set(&self, facts: &[&str]) -> End {
        self.fixture.run(&[&["case", "set", self.id.as_str()], facts].concat())
    }

    /// Sets facts, and returns the stage.
    fn stage_after(&self, facts: &[&str]) -> String {
        let end = self.set(facts);
        let result = end.result();
        assert_eq!(end.exit, 0, "{facts:?}: {result}");
        assert!(result["next"].is_array() && result["blocked_by"].is_array() && result["id"].is_number());
        result["stage"].as_str().unwrap().to_owned()
    }

    fn event(&self, words: &[&str]) -> End {
        self.fixture.run(&[&["case", "event", self.id.as_str()], words].concat())
    }

    /// Reports an event, and returns the stage.
    fn stage_by(&self, event: &str) -> String {
        let end = self.event(&[event]);
        assert_eq!(end.exit, 0, "{event}: {}", end.result());
        end.result()["stage"].as_str().unwrap().to_owned()
    }

    fn show(&self) -> Value {
        self.fixture.run(&["case", "show", &self.id]).result().clone()
    }

    /// Checks that the event is refused, that the refusal names `what`, and that nothing changed.
    fn refuses(&self, event: &[&str], what: &str) {
        let before = self.show();
        let end = self.event(event);
        assert_eq!((end.exit, end.code()), (3, "refused"), "{event:?}: {}", end.result());
        let said = format!("{} {}", end.result()["headline"], end.result()["hint"]);
        assert!(said.contains(what), "{event:?}: {said}");
        assert_eq!(self.show()["facts"], before["facts"], "{event:?}");
        assert_eq!(self.show()["stage"], before["stage"], "{event:?}");
    }

    fn at_offer(self) -> Self {
        let all = [&UI[..], &API, &[ISSUE], &LOGS].concat();
        assert_eq!(self.stage_after(&all), "offer");
        self
    }

    fn at_answer(self) -> Self {
        let walk = self.at_offer();
        assert_eq!(walk.stage_by("offer-sent"), "awaiting_answer");
        walk
    }
}

fn first() -> Fixture {
    Fixture::of("first-export")
}

#[allow(clippy::disallowed_methods, reason = "ages are measured from now, by the program as by its test")]
fn days_ago(days: i64) -> String {
    let span = jiff::Span::new().hours(days * 24);
    (jiff::Timestamp::now() - span).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[test]
fn new_and_set_work_offline() {
    let home = tempfile::tempdir().unwrap();
    let run = |words: &[&str], token: Option<&str>| {
        let mut program = bare_program(home.path());
        program.args(words).args(["--json", "--instance", "http://127.0.0.1:9", "--data-dir"]);
        if let Some(token) = token {
            program.env("EXPORT_DESK_TOKEN", token);
        }
        End::of(&program.arg(home.path().join("data")).output_in_time().unwrap())
    };
    let new = ["case", "new", "--ticket", TICKET, "--project", "acme/webshop"];
    for token in [None, Some("glpat-of-nobody")] {
        let new = run(&new, token);
        assert_eq!((new.exit, &new.result()["stage"]), (0, &json!("troubleshoot")), "{}", new.result());
    }
    let set = run(&["case", "set", "1", "requester=sam"], None);
    assert_eq!(set.exit, 0, "{}", set.result());
    assert_eq!(run(&["case", "show", "1"], None).result()["facts"]["requester"], "sam");
    let list = run(&["case", "list"], None);
    let one = &list.result()["cases"][0];
    for field in ["id", "ticket", "project", "stage", "attention"] {
        assert!(!one[field].is_null(), "no {field} in {one}");
    }
}

#[test]
fn what_gitlab_knows_of_the_project_is_filled_in() {
    let fixture = first();
    let id = fixture.practice.world().project("acme/webshop").unwrap().id.to_string();
    let show = Walk::new(&fixture, &id).show();
    assert_eq!(show["project"]["path"], "acme/webshop", "by its number: {show}");
    let walk = Walk::new(&fixture, "acme/webshop");
    assert_eq!(walk.show()["project"], json!({"id": id.parse::<u64>().unwrap(), "path": "acme/webshop"}));
    // A project that the token cannot see does not block the case.
    assert_eq!(Walk::new(&fixture, "other/private").show()["project"]["path"], "other/private");
}

#[test]
fn troubleshoot_ends_when_both_attempts_have_time_and_message() {
    let fixture = first();
    let all = [&UI[..], &API].concat();
    for missing in 0..all.len() {
        let walk = Walk::new(&fixture, "acme/webshop");
        let mut facts = all.clone();
        let last = facts.remove(missing);
        assert_eq!(walk.stage_after(&facts), "troubleshoot", "without {last}");
        assert_eq!(walk.stage_after(&[last]), "bug_issue");
    }
}

#[test]
fn bug_issue_ends_with_issue_update_and_a_log_link() {
    let fixture = first();
    let sentry = "sentry_link=https://new-sentry.gitlab.net/organizations/gitlab/issues/1/";
    for (facts, stage) in [
        (vec![ISSUE], "bug_issue"),
        (vec![ISSUE, LOGS[0]], "bug_issue"),
        (vec![ISSUE, LOGS[1]], "bug_issue"),
        (vec![LOGS[0], LOGS[1]], "bug_issue"),
        (vec![ISSUE, "bug_issue_updated=no", LOGS[1]], "bug_issue"),
        (vec![ISSUE, LOGS[0], LOGS[1]], "offer"),
        (vec![ISSUE, LOGS[0], sentry], "offer"),
    ] {
        let walk = Walk::new(&fixture, "acme/webshop");
        walk.refuses(&["offer-sent"], "ui_attempt_at");
        walk.stage_after(&[UI, API].concat());
        assert_eq!(walk.stage_after(&facts), stage, "{facts:?}");
        if stage == "bug_issue" {
            walk.refuses(&["offer-sent"], "after both attempts");
        }
    }
}

#[test]
fn a_kibana_link_is_a_share_link() {
    let fixture = first();
    let walk = Walk::new(&fixture, "acme/webshop");
    let bar = "kibana_link=https://log.gprd.gitlab.net/app/discover#/?_a=h@3b1";
    let end = walk.set(&[bar]);
    assert_eq!((end.exit, end.code()), (3, "refused"));
    assert!(end.result()["headline"].as_str().unwrap().contains("address-bar"), "{}", end.result());
    let end = walk.set(&["kibana_link=https://kibana.example.com/app/r/s/tuPA6"]);
    assert_eq!((end.exit, end.code()), (3, "refused"));
    assert!(end.result()["headline"].as_str().unwrap().contains("kibana.example.com"), "{}", end.result());
    assert!(walk.show()["facts"]["kibana_link"].is_null());
    for path in ["app/r/s/tuPA6", "goto/8f2a1c0d9e"] {
        walk.stage_after(&[&format!("kibana_link=https://log.gprd.gitlab.net/{path}")]);
    }
}

#[test]
fn there_is_one_offer_for_a_project() {
    let fixture = first();
    let first = Walk::new(&fixture, "acme/webshop").at_answer();
    let url = format!("{}/acme/webshop", fixture.practice.url());
    let of_api = format!("{}/api/v4/projects/acme%2Fwebshop/export", fixture.practice.url());
    for project in ["acme/webshop", "Acme/WebShop", of_api.as_str(), url.as_str()] {
        let second = Walk::new(&fixture, project).at_offer();
        second.refuses(&["offer-sent"], &format!("(case {}, ticket #418822", first.id));
        second.refuses(&["offer-sent", "--override", " "], "reason");
        if project == url {
            let end = second.event(&["offer-sent", "--override", "the first file was lost by us"]);
            assert_eq!(
                (end.exit, &end.result()["stage"]),
                (0, &json!("awaiting_answer")),
                "{}",
                end.result()
            );
        }
    }
    let offer_log = fixture.run(&["case", "ledger"]);
    let offers = offer_log.result()["offers"].as_array().unwrap();
    assert_eq!(offers.len(), 2);
    assert_eq!(offers[0]["override_reason"], Value::Null);
    assert_eq!(offers[1]["override_reason"], "the first file was lost by us");
    let sheet = |format: &str| {
        let end = fixture.run(&["case", "ledger", "--format", format]);
        end.result()["text"].as_str().unwrap().to_owned()
    };
    assert!(sheet("csv").starts_with("offered_at,instance,project,") && sheet("csv").lines().count() == 3);
    assert!(sheet("markdown").contains("| the first file was lost by us |"));
    assert_eq!(serde_json::from_str::<Value>(&sheet("json")).unwrap(), offer_log.result()["offers"]);
    let other = Walk::new(&fixture, "acme/handbook").at_answer();
    other.refuses(&["offer-sent"], &format!("case {}", other.id));
}

#[test]
fn only_a_clear_yes_leads_to_infrastructure() {
    let (yesterday, edge, late) = (days_ago(1), days_ago(29), days_ago(31));
    let error = "download_error=404 Not found or has expired";
    let finished = |at: &str| format!("export_finished_at={at}");
    let fixture = first();
    for (facts, stage) in [
        (vec!["export_succeeded=yes".into(), error.into(), finished(&yesterday)], "infra_request"),
        (vec!["export_succeeded=yes".into(), error.into(), finished(&edge)], "infra_request"),
        (vec!["export_succeeded=yes".into(), error.into(), finished(&late)], "console_request"),
        (vec!["export_succeeded=unknown".into(), error.into(), finished(&yesterday)], "console_request"),
        (vec!["export_succeeded=no".into(), error.into(), finished(&yesterday)], "console_request"),
        (vec!["export_succeeded=yes".into(), finished(&yesterday)], "console_request"),
        (vec!["export_succeeded=yes".into(), error.into()], "console_request"),
        (Vec::<String>::new(), "console_request"),
    ] {
        let walk = Walk::new(&fixture, "acme/webshop").at_offer();
        walk.event(&["offer-sent", "--override", "a row of the table"]);
        if !facts.is_empty() {
            let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
            assert_eq!(walk.stage_after(&facts), "awaiting_answer");
        }
        assert_eq!(walk.stage_by("offer-accepted"), stage, "{facts:?}");
    }
}

#[test]
fn the_console_route_leads_to_infrastructure_and_to_the_end() {
    let fixture = first();
    let walk = Walk::new(&fixture, "acme/webshop").at_answer();
    walk.refuses(&["escalate-to-infra"], "failed console attempt");
    assert_eq!(walk.stage_by("offer-accepted"), "console_request");
    walk.refuses(&["request-opened"], "console_issue");
    walk.stage_after(&[CONSOLE]);
    walk.refuses(&["request-opened"], "ownership_verified_at");
    walk.stage_after(&[VERIFIED]);
    assert_eq!(walk.stage_by("request-opened"), "awaiting_attempt");
    assert_eq!(walk.stage_by("attempt-failed"), "outcome");
    assert_eq!(walk.show()["facts"]["attempt_result"], "failed");
    assert_eq!(walk.stage_by("escalate-to-infra"), "infra_request");
    walk.refuses(&["request-opened"], "infra_issue");
    walk.stage_after(&[INFRA]);
    assert_eq!(walk.stage_by("request-opened"), "awaiting_attempt");
    assert_eq!(walk.stage_by("attempt-succeeded"), "outcome");
    walk.refuses(&["escalate-to-infra"], "failed console attempt");
    walk.refuses(&["close"], "(infradev_labelled)");
    walk.stage_after(&["infradev_labelled=yes"]);
    assert_eq!(walk.stage_by("close"), "closed");
    assert_eq!(walk.stage_by("reopen"), "outcome");
}

#[test]
fn one_bad_fact_keeps_all_from_being_saved_which_a_notice_says() {
    let fixture = first();
    let walk = Walk::new(&fixture, "acme/webshop");
    let notices = |end: &End| end.lines.iter().filter(|line| line["event"] == "notice").count();
    let end = walk.set(&["requester=Maria", "kibana_link=not a link"]);
    assert_ne!(end.exit, 0);
    assert_eq!(notices(&end), 1, "{:?}", end.lines);
    assert_eq!(walk.show()["facts"]["requester"], Value::Null);
    // A single one needs no such remark.
    assert_eq!(notices(&walk.set(&["kibana_link=not a link"])), 0);
    assert_eq!(notices(&walk.set(&["requester=Maria", "title=Two words"])), 0);
}

#[test]
fn an_event_that_the_stage_does_not_allow_is_refused() {
    let fixture = first();
    let walk = Walk::new(&fixture, "acme/webshop");
    for event in [
        "offer-sent",
        "offer-accepted",
        "offer-declined",
        "request-opened",
        "attempt-succeeded",
        "attempt-failed",
        "escalate-to-infra",
        "reopen",
    ] {
        let end = walk.event(&[event]);
        assert_eq!((end.exit, end.code()), (3, "refused"), "{event}");
        let said = format!("{} {}", end.result()["headline"], end.result()["hint"]);
        assert!(!said.contains("awaiting_") && !said.contains("_request"), "{said}");
    }
    let said = walk.event(&["reopen"]).result()["headline"].as_str().unwrap().to_owned();
    assert_eq!(said, "“Reopen the case” is not possible in the stage “Troubleshoot”.");
    for words in [vec!["offer-lost"], vec!["close", "--override", "x"]] {
        assert_eq!(walk.event(&words).exit, 2, "{words:?}");
    }
    assert_eq!(walk.set(&["no_such_fact=1"]).exit, 2);
    assert_eq!(walk.set(&["offer_answer=maybe"]).exit, 2);
    assert_eq!(fixture.run(&["case", "show", "99"]).exit, 2);
    let declined = Walk::new(&fixture, "acme/webshop").at_answer();
    assert_eq!(declined.stage_by("offer-declined"), "outcome");
    assert_eq!(declined.stage_by("close"), "closed");
}

#[test]
fn a_ticket_is_corrected_with_facts_or_not_at_all() {
    let fixture = first();
    let walk = Walk::new(&fixture, "acme/webshop");
    let right = "https://gitlab.zendesk.com/agent/tickets/7";
    assert_eq!(walk.stage_after(&["requester=sam", &format!("ticket={right}?brand=1")]), "troubleshoot");
    let now = walk.show();
    assert_eq!((&now["ticket"], &now["facts"]["requester"]), (&json!(right), &json!("sam")));
    for words in [
        &["requester=kim", "ticket=https://example.com/7"][..],
        &["requester=kim", "ticket="],
        &["requester=kim", "ticket=1", "ticket=2"],
    ] {
        let end = walk.set(words);
        assert_eq!((end.exit, end.code()), (2, "usage"), "{words:?}: {}", end.result());
        assert_eq!(walk.show(), now, "{words:?}");
    }
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

#[test]
fn an_export_without_a_case_belongs_to_the_case_of_its_project() {
    let fixture = first();
    let attention = || fixture.run(&["case", "list"]).result()["cases"][0]["attention"].clone();
    let walk = Walk::new(&fixture, "acme/webshop").at_answer();
    assert_eq!((attention(), walk.show()["export"].is_null()), (json!("waiting"), true));
    let started = fixture.run(&["export", "start", "Acme/WebShop", "--wait"]);
    assert_eq!(started.exit, 0, "{}", started.result());
    assert_eq!(attention(), json!("your_turn"), "the export has ended");
    assert_eq!(walk.show()["export"]["phase"], json!("ready"));
    let report = fixture.run(&["text", "report", "--case", &walk.id]);
    let text = report.result()["text"].as_str().unwrap();
    assert!(text.contains("GitLab has finished the export. The file can be downloaded."), "{text}");
}

#[test]
fn the_list_offers_no_second_export_of_a_project() {
    let fixture = first();
    let offered = Walk::new(&fixture, "acme/webshop").at_answer();
    let second = Walk::new(&fixture, "acme/webshop").at_offer();
    let mut plain = bare_program(fixture.folder.path());
    let output = plain.args(["case", "list", "--data-dir"]).arg(fixture.data_dir()).output_in_time().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |id: &str| {
        let of_it = |line: &&str| line.split_whitespace().next() == Some(id);
        text.lines().find(of_it).unwrap_or_else(|| panic!("no row of case {id} in {text}"))
    };
    assert!(row(&second.id).contains("Name the alternatives and close the case."), "{text}");
    assert!(row(&offered.id).contains("awaiting_answer"), "{text}");
    assert!(!text.contains("Offer a one-time export"), "{text}");
}

#[test]
fn an_audit_finds_the_first_row_that_does_not_fit() {
    let fixture = first();
    let walk = Walk::new(&fixture, "acme/webshop").at_answer();
    let whole = fixture.run(&["case", "audit"]);
    assert_eq!(whole.exit, 0, "{}", whole.result());
    let rows = whole.result()["rows"].as_i64().unwrap();
    assert!(rows > 5, "{rows}");
    let db = rusqlite::Connection::open(fixture.data_dir().join("export-desk.sqlite")).unwrap();
    db.execute_batch(
        "DROP TRIGGER journal_only_blanks;
         UPDATE journal SET body = replace(body, '500 Internal', '200 Internal') WHERE body LIKE '%500 Internal%';",
    )
    .unwrap();
    let changed: i64 = db
        .query_row("SELECT min(seq) FROM journal WHERE body LIKE '%200 Internal%'", [], |row| row.get(0))
        .unwrap();
    drop(db);
    let broken = fixture.run(&["case", "audit"]);
    assert_eq!((broken.exit, broken.code()), (8, "journal_broken"), "{}", broken.result());
    let headline = broken.result()["headline"].as_str().unwrap();
    assert!(headline.contains(&format!("row {changed} ")), "{headline}");
    drop(walk);
}

#[test]
fn every_text_has_its_text_what_it_lacks_and_its_page() {
    let fixture = first();
    let walk = Walk::new(&fixture, "acme/webshop").at_offer();
    for kind in TextKind::ALL {
        let end = fixture.run(&["text", kind.as_str(), "--case", &walk.id]);
        let result = end.result();
        assert_eq!(end.exit, 0, "{result}");
        assert!(result["text"].as_str().unwrap().len() > 80, "{}", kind.as_str());
        assert!(result["missing"].is_array(), "{}", kind.as_str());
        let page = result["url"].as_str().unwrap_or_default();
        match kind {
            TextKind::Bug => {
                assert!(page.starts_with("https://gitlab.com/gitlab-org/gitlab/-/issues/new?"), "{page}");
            }
            TextKind::Console | TextKind::Infra => {
                assert!(page.contains("/-/issues/new?") && page.contains("issuable_template="), "{page}");
                assert!(page.contains("description_template="), "{page}");
                let lacks = result["missing"].as_array().unwrap();
                assert!(lacks.iter().any(|one| one["fact"] == "ownership_verified_at"), "{lacks:?}");
            }
            TextKind::Comment => assert_eq!(page, ISSUE.trim_start_matches("bug_issue=")),
            TextKind::Attempts
            | TextKind::Offer
            | TextKind::Successful
            | TextKind::Failed
            | TextKind::Alternatives
            | TextKind::Report => assert_eq!(page, ""),
        }
        // Without --json the output is plain Markdown.
        let mut plain = bare_program(fixture.folder.path());
        plain.args(["text", kind.as_str(), "--case", &walk.id, "--data-dir"]).arg(fixture.data_dir());
        let printed = String::from_utf8(plain.output_in_time().unwrap().stdout).unwrap();
        assert!(printed.trim().len() > 80 && !printed.starts_with('{'), "{printed}");
    }
    assert_eq!(fixture.run(&["text", "letter", "--case", &walk.id]).exit, 2);
}

#[test]
fn the_persons_own_handbook_and_templates_count() {
    let fixture = fixture_with("longest_url_bytes = \"many\"\n[infradev]\nlabel = \"availability\"\n");
    let folder = fixture.data_dir().join("config/texts");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("offer.md"),
        "Hello {{ticket.requester.first_name}}, about {{ project.path }}.\n",
    )
    .unwrap();
    let walk = Walk::new(&fixture, "acme/webshop");
    let offer = fixture.run(&["text", "offer", "--case", &walk.id]);
    assert_eq!(
        offer.result()["text"].as_str().unwrap().trim(),
        "Hello {{ticket.requester.first_name}}, about acme/webshop."
    );
    let warned = offer.lines.iter().find(|line| line["event"] == "warning").expect("the mistake is told");
    let message = warned["message"].as_str().unwrap();
    assert!(message.starts_with("handbook.toml, line 3, column "), "{message}");
    assert!(message.contains("longest_url_bytes"), "{message}");
    // The valid parts of the file apply, and the built-in value replaces the invalid one.
    let bug = fixture.run(&["text", "bug", "--case", &walk.id]);
    let page = bug.result()["url"].as_str().unwrap();
    assert!(page.starts_with(fixture.practice.url()) && page.len() <= 7500, "{page}");
    // An invalid template is replaced by the built-in one, and the program reports that.
    std::fs::write(folder.join("offer.md"), "{{ no.such.thing }}").unwrap();
    let offer = fixture.run(&["text", "offer", "--case", &walk.id]);
    assert!(offer.result()["text"].as_str().unwrap().len() > 200);
    assert!(offer.lines.iter().filter(|line| line["event"] == "warning").count() == 2, "{:?}", offer.lines);
}
