//! The store, tested on real files.

mod chain;
mod opening;
mod tables;

use std::fs;
use std::path::Path;

use serde_json::json;

use super::folder::DATABASE;
use super::*;
use crate::case::{
    CaseId, Code, Event, Fact, ImportId, Input, JournalEntry, JournalEvent, KnownProject, Offer, OfferLog,
    ProjectRef, Rules, Run, RunId, Ticket, VerifiedFile, open_case, parse_fact, step,
};

const NOW: UtcMs = UtcMs(1_795_000_000_000);

fn a_case(id: i64) -> Case {
    let ticket =
        Ticket { url: format!("https://gitlab.zendesk.com/agent/tickets/{id}"), id: id.unsigned_abs() };
    let mut case =
        Case::new(CaseId(id), "https://gitlab.com", Some(ticket), ProjectRef::by_path("acme/monorepo"), NOW);
    case.facts.requester = Some("jane".to_owned());
    case.served = Some(VerifiedFile {
        bytes: 7,
        sha256: "00ff".to_owned(),
        verdict: "importable".to_owned(),
        rebuilt: None,
    });
    case
}

fn an_offer(case_id: i64) -> Offer {
    Offer {
        at: NOW,
        case_id: CaseId(case_id),
        instance: "https://gitlab.com".to_owned(),
        project_id: None,
        project_path: Some("acme/monorepo".to_owned()),
        ticket: a_case(case_id).ticket,
        by: Some("engineer".to_owned()),
        override_reason: None,
        withdrawn_at: None,
    }
}

fn note(case_id: i64, text: &str) -> JournalEntry {
    JournalEntry::of_case(CaseId(case_id), JournalEvent::Note { at: None, text: text.to_owned() })
}

fn put(case: &Case) -> Write {
    Write::PutCase(Box::new(case.clone()))
}

fn raw(dir: &Path) -> Connection {
    Connection::open(dir.join(DATABASE)).unwrap()
}

#[test]
fn everything_written_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), NOW).unwrap();
    let case = a_case(1);
    let mut run = Run::scheduled(RunId(1), "https://gitlab.com", (42, "acme/monorepo"), "none", NOW);
    run.case_id = Some(CaseId(1));
    let mut download = DownloadRow {
        id: DownloadId(1),
        instance: "https://gitlab.com".to_owned(),
        project: "acme/monorepo".to_owned(),
        project_id: Some(42),
        run_id: Some(RunId(1)),
        case_id: Some(CaseId(1)),
        target_path: "/tmp/日本語.tar.gz".into(),
        state: "moving".to_owned(),
        bytes: 5_000_000_000,
        total_bytes: Some(6_000_000_000),
        sha256: None,
        verdict: None,
        detail: Some("{}".to_owned()),
        receipt: None,
        created_at: NOW,
        ended_at: None,
    };
    let instance = InstanceRow {
        url: "https://gitlab.com".to_owned(),
        known: Some(json!({"user": "engineer", "scopes": ["api"]})),
        added_at: NOW,
    };
    let commit = Commit::new(NOW)
        .with(Write::PutDownload(Box::new(download.clone())))
        .with(Write::PutJob(Box::new(Job::Export(run.clone()))))
        .with(put(&case))
        .with(Write::PutInstance(instance.clone()))
        .with(Write::PutSetting { key: "theme".to_owned(), value: json!("dark") })
        .with(Write::AddOffer(Box::new(an_offer(1))))
        .saying(note(1, "first"))
        .saying(JournalEntry::general(JournalEvent::InstanceAdded { url: "https://gitlab.com".to_owned() }));
    let rows = store.commit(&commit).unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2]);

    download.state = "proved".to_owned();
    store.commit(&Commit::new(NOW).with(Write::PutDownload(Box::new(download.clone())))).unwrap();
    drop(store);

    let mut store = Store::open(dir.path(), NOW).unwrap();
    assert_eq!(store.cases().unwrap(), [case]);
    assert_eq!(store.jobs().unwrap(), [Job::Export(run)]);
    assert_eq!(store.downloads().unwrap(), [download]);
    assert_eq!(store.instances().unwrap(), [instance]);
    assert_eq!(store.settings().unwrap()["theme"], json!("dark"));
    assert_eq!(store.offers().unwrap().offers, [an_offer(1)]);
    assert_eq!(store.journal_tail(10).unwrap(), rows);
    assert_eq!(store.journal_tail(1).unwrap(), rows[1..]);
    assert_eq!(store.journal_for_case(CaseId(1), 10).unwrap(), rows[..1]);
    assert_eq!(rows[0].what(), Some(JournalEvent::Note { at: None, text: "first".to_owned() }));
    assert_eq!(store.next_case_id().unwrap(), CaseId(2));
    assert_eq!(store.next_job_id(JobKind::Export).unwrap(), JobId::Export(RunId(2)));
    assert_eq!(store.next_job_id(JobKind::Import).unwrap(), JobId::Import(ImportId(1)));
    assert_eq!(store.next_download_id().unwrap(), DownloadId(2));

    let drops = Commit::new(NOW)
        .with(Write::DropInstance { url: "https://gitlab.com".to_owned() })
        .with(Write::DropSetting { key: "theme".to_owned() });
    store.commit(&drops).unwrap();
    assert!(store.instances().unwrap().is_empty() && store.settings().unwrap().is_empty());
}

#[test]
fn a_failed_commit_writes_nothing_at_all() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&Commit::new(NOW).with(put(&a_case(1))).saying(note(1, "kept"))).unwrap();
    let before = store.journal_tail(9).unwrap();
    // There is no such case, so the foreign key fails at the end, at COMMIT.
    let bad = Commit::new(NOW)
        .with(put(&a_case(2)))
        .with(Write::AddOffer(Box::new(an_offer(77))))
        .saying(note(2, "never happened"));
    store.commit(&bad).unwrap_err();
    assert_eq!(store.cases().unwrap().len(), 1);
    assert_eq!(store.journal_tail(9).unwrap(), before);
    store.commit(&Commit::new(NOW).saying(note(1, "goes on"))).unwrap();
    assert_eq!(store.audit(None).unwrap(), Audit::Whole { rows: 2, blanked: 0 });
}

#[test]
fn a_full_disk_is_reported_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), NOW).unwrap();
    store.commit(&Commit::new(NOW).with(put(&a_case(1)))).unwrap();
    let pages: i64 = store.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    let error = store
        .commit(&Commit::new(NOW).with(put(&a_case(2))).saying(note(2, &"long ".repeat(10_000))))
        .unwrap_err();
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
    assert_eq!(store.cases().unwrap(), [a_case(1)]);
    store.db.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
    store.commit(&Commit::new(NOW).with(put(&a_case(2)))).unwrap();
}

#[test]
fn a_crash_in_the_middle_of_a_write_leaves_the_last_commit() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), NOW).unwrap();
    store.commit(&Commit::new(NOW).with(put(&a_case(1))).saying(note(1, "kept"))).unwrap();
    // A cache of one page makes SQLite write unfinished pages to the log, as a long transaction would.
    store.db.execute_batch("PRAGMA cache_size = 1; BEGIN IMMEDIATE").unwrap();
    for id in 2..200 {
        cases::put(&store.db, &a_case(id)).unwrap();
        journal::append(&store.db, NOW, &note(id, "lost")).unwrap();
    }
    let crashed = tempfile::tempdir().unwrap();
    for name in [DATABASE, "export-desk.sqlite-wal"] {
        fs::copy(dir.path().join(name), crashed.path().join(name)).unwrap();
    }
    let store = Store::open(crashed.path(), NOW).unwrap();
    assert_eq!(store.cases().unwrap(), [a_case(1)]);
    assert_eq!(store.audit(None).unwrap(), Audit::Whole { rows: 1, blanked: 0 });
}

#[test]
fn ten_thousand_cases_and_a_long_journal_load() {
    let mut store = Store::in_memory().unwrap();
    let mut commit = Commit::new(NOW);
    for id in 1..=10_000 {
        commit = commit.with(put(&a_case(id))).saying(note(id, "opened"));
    }
    store.commit(&commit).unwrap();
    assert_eq!(store.cases().unwrap().len(), 10_000);
    assert_eq!(store.journal_tail(50).unwrap().len(), 50);
    assert_eq!(store.audit(None).unwrap(), Audit::Whole { rows: 10_000, blanked: 0 });
    // An index finds the end of the journal and the rows of a case, however long the journal is.
    for sql in [
        "SELECT seq FROM journal ORDER BY seq DESC LIMIT 50",
        "SELECT seq FROM journal WHERE case_id = 7 ORDER BY seq DESC LIMIT 50",
    ] {
        let plan: String =
            store.db.query_row(&format!("EXPLAIN QUERY PLAN {sql}"), [], |row| row.get(3)).unwrap();
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        assert!(plan.contains("INDEX journal_of_case") || plan == "SCAN journal", "{plan}");
    }
}

#[test]
fn the_offers_of_a_case_learn_the_project_once() {
    let mut store = Store::in_memory().unwrap();
    store
        .commit(&Commit::new(NOW).with(put(&a_case(1))).with(Write::AddOffer(Box::new(an_offer(1)))))
        .unwrap();
    for (project_id, path) in [(42, "acme/monorepo"), (43, "acme/renamed")] {
        let learn = Write::IdentifyOffers { case_id: CaseId(1), project_id, project_path: path.to_owned() };
        store.commit(&Commit::new(NOW).with(learn)).unwrap();
    }
    let offer = &store.offers().unwrap().offers[0];
    assert_eq!((offer.project_id, offer.project_path.as_deref()), (Some(42), Some("acme/monorepo")));
}

#[test]
fn what_the_tree_decides_is_written_whole_and_memory_agrees() {
    let mut store = Store::in_memory().unwrap();
    let rules = Rules::default();
    let mut offer_log = OfferLog::default();
    let opened = open_case(CaseId(1), "https://gitlab.com", None, ProjectRef::by_path("acme/monorepo"), NOW);
    let mut case = opened.case.clone();
    let mut said = opened.entries.len() as u64;
    store.commit(&Commit::of_change(NOW, opened)).unwrap();
    let set = |fact: Fact, text: &str| Input::SetFact(fact, parse_fact(fact, text).unwrap());
    for input in [
        set(Fact::UiAttemptAt, "2026-11-01T08:00:00Z"),
        set(Fact::UiAttemptMessage, "no mail came"),
        set(Fact::ApiAttemptAt, "2026-11-01T09:00:00Z"),
        set(Fact::ApiAttemptMessage, "none"),
        set(Fact::SentryLink, "https://new-sentry.gitlab.net/1"),
        set(Fact::BugIssue, "https://gitlab.com/gitlab-org/gitlab/-/issues/1"),
        set(Fact::BugIssueUpdated, "yes"),
        Input::Event(Event::OfferSent { override_reason: None, by: Some("engineer".to_owned()) }),
        Input::Event(Event::OfferDeclined),
        Input::Event(Event::Close),
        Input::DeletePrivateData,
    ] {
        let change = step(&case, input, &offer_log, &rules, NOW).unwrap();
        case = change.case.clone();
        said += change.entries.len() as u64;
        offer_log.follow(&change.effects);
        store.commit(&Commit::of_change(NOW, change)).unwrap();
        assert_eq!(store.cases().unwrap(), [case.clone()]);
        assert_eq!(store.offers().unwrap(), offer_log);
    }
    // Everything except the offer and the deletion itself was blanked.
    assert_eq!(store.audit(None).unwrap(), Audit::Whole { rows: said, blanked: said - 2 });
}
