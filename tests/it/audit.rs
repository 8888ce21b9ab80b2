//! `case audit`, by the real program, on a file that was changed without the program.

use crate::fixture::Fixture;

const TICKET: &str = "https://gitlab.zendesk.com/agent/tickets/418822";

/// The facts that a case needs before its offer.
const EVIDENCE: [&str; 7] = [
    "ui_attempt_at=2026-11-18T09:00:00Z",
    "ui_attempt_message=500",
    "api_attempt_at=2026-11-18T09:10:00Z",
    "api_attempt_message=none",
    "bug_issue=https://gitlab.com/gitlab-org/gitlab/-/issues/330833",
    "bug_issue_updated=yes",
    "kibana_link=https://log.gprd.gitlab.net/app/r/s/tuPA6",
];

/// Creates a fixture with two cases, an offer and its answer, applies the change, and runs the audit.
fn audited(sql: &str) -> (i32, String) {
    let fixture = Fixture::of("first-export");
    for project in ["acme/webshop", "acme/handbook"] {
        fixture.run(&["case", "new", "--ticket", TICKET, "--project", project]).result();
    }
    fixture.run(&[&["case", "set", "1"], &EVIDENCE[..]].concat()).result();
    assert_eq!(fixture.run(&["case", "event", "1", "offer-sent"]).exit, 0);
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
    let db = rusqlite::Connection::open(fixture.data_dir().join("export-desk.sqlite")).unwrap();
    db.execute_batch(&format!("DROP TRIGGER journal_only_blanks; DROP TRIGGER journal_stays; {sql}"))
        .unwrap();
    drop(db);
    let end = fixture.run(&["case", "audit"]);
    (end.exit, end.code().to_owned())
}

#[test]
fn whatever_was_changed_is_a_broken_journal() {
    for sql in [
        "UPDATE offers SET project_path = 'acme/other'",
        "INSERT INTO offers (at_ms, case_id, instance, project_path)
         SELECT at_ms, 2, instance, 'acme/handbook' FROM offers",
        "UPDATE offers SET withdrawn_at_ms = 1",
        "UPDATE journal SET body = NULL, salt = NULL WHERE kind = 'fact_set'",
        "UPDATE cases SET body = json_set(body, '$.stage', json((SELECT body -> '$.stage' FROM cases WHERE id = 2)))
         WHERE id = 1",
        "INSERT INTO transfers (id, instance, project, target_path, state, bytes, sha256, verdict, receipt, created_at_ms)
         VALUES (9, 'https://gitlab.com', 'acme/x', '/tmp/x', 'done', 1, 'ab', 'importable', '{}', 0)",
        "UPDATE cases SET body = json_set(body, '$.facts.bug_issue', 'https://gitlab.com/a/b/-/issues/9') WHERE id = 1",
        "UPDATE cases SET body = json_set(body, '$.facts.handover_link', 'https://x.example/1') WHERE id = 2;
         DELETE FROM row_digests",
        "UPDATE cases SET body = json_set(body, '$.revision', 77) WHERE id = 2",
        "DELETE FROM row_digests WHERE row_key = '2'",
        "INSERT INTO settings VALUES ('proxy', '\"http://evil.example\"')",
        "UPDATE journal SET hash = x'00' WHERE seq = 2",
        "UPDATE journal_head SET hash = x'00'",
        "DROP TABLE journal",
    ] {
        assert_eq!(audited(sql), (8, "journal_broken".to_owned()), "{sql}");
    }
}

#[test]
fn an_undone_offer_and_a_corrected_project_fit_the_journal() {
    let fixture = Fixture::of("first-export");
    fixture.run(&["case", "new", "--ticket", TICKET, "--project", "acme/handbook"]).result();
    let corrected = fixture.run(&["case", "set", "1", "project=acme/webshop"]);
    let corrected = corrected.result();
    assert_eq!(
        (&corrected["project"]["path"], &corrected["project_found"]),
        (&"acme/webshop".into(), &true.into())
    );
    fixture.run(&[&["case", "set", "1"], &EVIDENCE[..]].concat()).result();
    for (event, stage) in
        [("offer-sent", "awaiting_answer"), ("undo", "offer"), ("offer-sent", "awaiting_answer")]
    {
        assert_eq!(fixture.run(&["case", "event", "1", event]).result()["stage"], stage, "{event}");
    }
    let listed = fixture.run(&["case", "ledger"]);
    let offers = listed.result();
    let withdrawn: Vec<bool> =
        offers["offers"].as_array().unwrap().iter().map(|offer| offer["withdrawn_at"].is_string()).collect();
    assert_eq!(withdrawn, [true, false]);
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
    for (event, exit) in [("undo", 0), ("discard", 0), ("close", 4)] {
        let end = fixture.run(&["case", "event", "1", event]);
        assert_eq!(end.exit == 0, exit == 0, "{event}: {end:?}");
    }
    fixture.run(&["case", "event", "1", "undo"]).result();
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
    fixture.run(&["case", "event", "1", "close"]).result();
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}
