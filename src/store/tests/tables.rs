//! The audit of the tables: every row that another program changed is seen and named, and no row that this program
//! wrote is.

use proptest::prelude::*;

use super::*;
use crate::case::tests::walk::{Move, moves};
use crate::case::tests::walks;
use crate::case::{ImportJob, ImportKind, RelationsId, RelationsRun};

/// A store with one row in every table, and the path of its file.
fn filled(dir: &Path) -> Store {
    let mut store = Store::open(dir, NOW).unwrap();
    let ticket = a_case(1).ticket;
    let opened =
        open_case(CaseId(1), "https://gitlab.com", ticket, ProjectRef::by_path("acme/monorepo"), NOW);
    let mut case = opened.case.clone();
    store.commit(&Commit::of_change(NOW, opened)).unwrap();
    for (fact, text) in
        [(Fact::Requester, "jane"), (Fact::BugIssue, "https://gitlab.com/gitlab-org/gitlab/-/issues/1")]
    {
        let set = Input::SetFact(fact, parse_fact(fact, text).unwrap());
        let change = step(&case, set, &OfferLog::default(), &Rules::default(), NOW).unwrap();
        case = change.case.clone();
        store.commit(&Commit::of_change(NOW, change)).unwrap();
    }
    let run = Run::scheduled(RunId(1), "https://gitlab.com", (42, "acme/monorepo"), "none", NOW);
    let said = JournalEvent::RunStarted { project: "acme/monorepo".to_owned(), by: None, adopted: false };
    let relations =
        RelationsRun::discovered(RelationsId(1), "https://gitlab.com", (42, "acme/monorepo"), NOW);
    let kind = ImportKind::Discovered;
    let import = ImportJob::new(ImportId(1), "https://gitlab.com", kind, "acme/copy", NOW);
    let url = "https://gitlab.com".to_owned();
    let commit = Commit::new(NOW)
        .with(Write::PutJob(Box::new(Job::Export(run.clone()))))
        .with(Write::PutJob(Box::new(Job::Relations(relations))))
        .with(Write::PutJob(Box::new(Job::Import(import))))
        .with(Write::PutInstance(InstanceRow { url, known: None, added_at: NOW }))
        .with(Write::PutSetting { key: "theme".to_owned(), value: json!("dark") })
        .saying(JournalEntry::of_run(None, run.id, said));
    store.commit(&commit).unwrap();
    // A poll without a journal line.
    store.commit(&Commit::new(NOW).with(Write::PutJob(Box::new(Job::Export(run))))).unwrap();
    store
}

/// The row and the reason of the audit after somebody changed the file with `sql`.
fn broken_by(sql: &str, kept: Option<&Head>) -> Option<(i64, String)> {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()));
    raw(dir.path()).execute_batch(sql).unwrap();
    match Store::open(dir.path(), NOW).unwrap().audit(kept).unwrap() {
        Audit::Broken { seq, why } => Some((seq, why)),
        Audit::Whole { .. } => None,
    }
}

#[test]
fn every_table_is_audited() {
    let store = Store::in_memory().unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut names = store.db.prepare(sql).unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let audited = super::super::digests::TABLES.map(|(name, _)| name);
    for name in names {
        // The journal tells all of the first three, and the digests are what is compared.
        let is_told = ["journal", "journal_head", "offers", "row_digests"].contains(&name.as_str());
        assert!(is_told != audited.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn a_changed_row_of_any_table_is_named() {
    assert_eq!(broken_by("", None), None);
    let case = |path: &str, value: &str| {
        format!("UPDATE cases SET body = json_set(body, '$.{path}', json('{value}'))")
    };
    for (sql, seq, named) in [
        // With or without its digest, the journal tells what a case is.
        (case("facts.requester", "\"joe\""), 2, "the fact requester of case 1"),
        (case("facts.requester", "null") + "; DELETE FROM row_digests", 2, "the fact requester"),
        (case("facts.correlation_id", "\"01H\""), 4, "the fact correlation_id"),
        (case("ticket.url", "\"https://x.zendesk.com/agent/tickets/2\""), 1, "the ticket"),
        (case("project.path", "\"acme/other\""), 1, "the project's path"),
        (case("instance", "\"https://gitlab.example.com\""), 1, "the instance"),
        ("UPDATE cases SET body = '{}'".to_owned(), 4, "case 1 cannot be read"),
        ("DELETE FROM cases".to_owned(), 1, "case 1 is not in the table"),
        // What the journal does not tell is in the digests.
        (case("revision", "99"), 2, "row 1 of the table cases was changed"),
        (
            "INSERT INTO cases SELECT 2, NULL, json_set(body, '$.id', 2) FROM cases".to_owned(),
            4,
            "row 2 of the table cases was added",
        ),
        (
            "UPDATE runs SET body = json_set(body, '$.project_path', 'acme/other')".to_owned(),
            4,
            "row 1 of the table runs was changed",
        ),
        ("DELETE FROM runs".to_owned(), 4, "row 1 of the table runs was removed"),
        (
            "UPDATE relations_runs SET body = replace(body, 'monorepo', 'other')".to_owned(),
            3,
            "table relations_runs",
        ),
        ("UPDATE imports SET body = replace(body, 'copy', 'other')".to_owned(), 3, "table imports"),
        ("UPDATE settings SET value = '\"light\"'".to_owned(), 3, "row theme of the table settings"),
        (
            "INSERT INTO settings VALUES ('proxy', '1')".to_owned(),
            4,
            "row proxy of the table settings was added",
        ),
        ("UPDATE instances SET known = '{}'".to_owned(), 3, "table instances"),
        ("UPDATE row_digests SET digest = x'00' WHERE of_table = 'runs'".to_owned(), 4, "table runs"),
        ("DELETE FROM row_digests WHERE of_table = 'runs'".to_owned(), 4, "table runs"),
        ("DROP TABLE row_digests".to_owned(), 1, "missing"),
    ] {
        let (row, why) = broken_by(&sql, None).unwrap_or_else(|| panic!("not noticed: {sql}"));
        assert!(row == seq && why.contains(named), "{sql}: {row}, {why}");
    }
}

/// Replaces the last row of the journal by one that fits its chain, together with the head, as somebody does who knows
/// how the file is made.
fn rewrite_last(store: &mut Store) {
    let prev = store.journal_tail(2).unwrap().remove(0);
    let tx = store.db.transaction().unwrap();
    tx.execute_batch("DROP TRIGGER journal_only_blanks; DROP TRIGGER journal_stays").unwrap();
    tx.execute("DELETE FROM journal WHERE seq = ?1", [prev.seq + 1]).unwrap();
    tx.execute("UPDATE journal_head SET seq = ?1, hash = ?2", rusqlite::params![prev.seq, prev.hash])
        .unwrap();
    let said = JournalEvent::RunStarted { project: "acme/other".to_owned(), by: None, adopted: false };
    journal::append(&tx, NOW, &JournalEntry::of_run(None, RunId(1), said)).unwrap();
    tx.commit().unwrap();
}

#[test]
fn a_rewritten_last_row_is_seen_by_the_head_outside_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = filled(dir.path());
    let head = store.head().unwrap();
    assert_eq!(Head::parse(&head.to_text()), Some(head.clone()));
    assert!(store.follows(&head).unwrap());
    assert!(matches!(store.audit(Some(&head)).unwrap(), Audit::Whole { .. }));

    rewrite_last(&mut store);
    assert!(matches!(store.audit(None).unwrap(), Audit::Whole { .. }), "the file alone cannot tell");
    assert!(!store.follows(&head).unwrap());
    for more in ["", "later"] {
        if !more.is_empty() {
            store.commit(&Commit::new(NOW).saying(note(1, more))).unwrap();
        }
        let Audit::Broken { seq, why } = store.audit(Some(&head)).unwrap() else { panic!("not noticed") };
        assert_eq!((seq, why.contains("keyring")), (head.seq, true), "{why}");
    }
}

#[test]
fn an_older_copy_is_seen_by_the_head_outside_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = filled(dir.path());
    let older = store.head().unwrap();
    store.commit(&Commit::new(NOW).saying(note(1, "later"))).unwrap();
    let newer = store.head().unwrap();
    assert!(matches!(store.audit(Some(&older)).unwrap(), Audit::Whole { .. }), "the file may be ahead");
    let found = broken_by("", Some(&newer)).unwrap();
    assert_eq!(found.0, newer.seq, "{}", found.1);
    assert_eq!(Head::parse("1 x y"), None);
    assert_eq!(Head::parse("glpat-abc"), None);
}

proptest! {
    #![proptest_config(walks(60))]

    /// Whatever a case goes through, the audit finds the case as the journal says.
    #[test]
    fn no_walk_of_a_case_is_reported_as_a_change_from_outside(moves in moves()) {
        let mut store = Store::in_memory().unwrap();
        let (rules, mut offer_log, mut now) = (Rules::default(), OfferLog::default(), NOW);
        let opened = open_case(CaseId(1), "https://gitlab.com", None, ProjectRef::by_path("acme/42"), now);
        let mut case = opened.case.clone();
        store.commit(&Commit::of_change(now, opened)).unwrap();
        for Move { input, wait_ms } in moves {
            now = now.plus_ms(wait_ms);
            let Ok(change) = step(&case, input.clone(), &offer_log, &rules, now) else { continue };
            case = change.case.clone();
            offer_log.follow(&change.effects);
            store.commit(&Commit::of_change(now, change)).unwrap();
            let found = store.audit(None).unwrap();
            prop_assert!(matches!(found, Audit::Whole { .. }), "after {:?}: {:?}", input, found);
        }
    }
}
