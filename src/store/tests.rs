use std::fs;
use std::path::Path;

use serde_json::json;

use super::folder::DATABASE;
use super::*;
use crate::case::{CaseId, Entry, Offer, ProjectRef, Served, Ticket, What};

const NOW: UtcMs = UtcMs(1_795_000_000_000);

fn a_case(id: i64) -> Case {
    let ticket =
        Ticket { url: format!("https://gitlab.zendesk.com/agent/tickets/{id}"), id: id.unsigned_abs() };
    let mut case =
        Case::new(CaseId(id), "https://gitlab.com", Some(ticket), ProjectRef::by_path("acme/monorepo"), NOW);
    case.facts.requester = Some("jane".to_owned());
    case.served = Some(Served { bytes: 7, sha256: "00ff".to_owned(), verdict: "importable".to_owned() });
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
    }
}

fn note(case_id: i64, text: &str) -> Entry {
    Entry::of_case(CaseId(case_id), What::Note { text: text.to_owned() })
}

fn put(case: &Case) -> Write {
    Write::PutCase(Box::new(case.clone()))
}

/// A folder with a database of the given format, as an older program would have left it.
fn folder_at_format(format: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::take(dir.path()).unwrap();
    let mut db = Connection::open(folder.database().unwrap()).unwrap();
    migrate::migrate(&mut db, dir.path(), &migrate::MIGRATIONS[..format], |_, _| Ok(())).unwrap();
    if format >= 1 {
        cases::put(&db, &a_case(1)).unwrap();
        journal::append(&db, NOW, &note(1, "from an older program")).unwrap();
    }
    dir
}

fn raw(dir: &Path) -> Connection {
    Connection::open(dir.join(DATABASE)).unwrap()
}

#[test]
fn everything_put_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), NOW).unwrap();
    let case = a_case(1);
    let mut transfer = TransferRow {
        id: TransferId(1),
        instance: "https://gitlab.com".to_owned(),
        project: "acme/monorepo".to_owned(),
        project_id: Some(42),
        run_id: None,
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
        label: "GitLab.com".to_owned(),
        known: Some(json!({"user": "engineer", "scopes": ["api"]})),
        added_at: NOW,
    };
    let commit = Commit::new(NOW)
        .with(Write::PutTransfer(Box::new(transfer.clone())))
        .with(put(&case))
        .with(Write::PutTransferReport { id: TransferId(1), report: "{\"members\":3}".to_owned() })
        .with(Write::PutInstance(instance.clone()))
        .with(Write::PutSetting { key: "theme".to_owned(), value: json!("dark") })
        .with(Write::AddOffer(Box::new(an_offer(1))))
        .saying(note(1, "first"))
        .saying(Entry::general(What::InstanceAdded { url: "https://gitlab.com".to_owned() }));
    let rows = store.commit(&commit).unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2]);

    transfer.state = "proved".to_owned();
    store.commit(&Commit::new(NOW).with(Write::PutTransfer(Box::new(transfer.clone())))).unwrap();
    drop(store);

    let mut store = Store::open(dir.path(), NOW).unwrap();
    assert_eq!(store.cases().unwrap(), [case]);
    assert_eq!(store.transfers().unwrap(), [transfer]);
    assert_eq!(store.transfer_report(TransferId(1)).unwrap().as_deref(), Some("{\"members\":3}"));
    assert_eq!(store.transfer_report(TransferId(9)).unwrap(), None);
    assert_eq!(store.instances().unwrap(), [instance]);
    assert_eq!(store.settings().unwrap()["theme"], json!("dark"));
    assert_eq!(store.offers().unwrap().offers, [an_offer(1)]);
    assert_eq!(store.journal_tail(10).unwrap(), rows);
    assert_eq!(store.journal_tail(1).unwrap(), rows[1..]);
    assert_eq!(store.journal_for_case(CaseId(1), 10).unwrap(), rows[..1]);
    assert_eq!(rows[0].what(), Some(What::Note { text: "first".to_owned() }));
    assert_eq!(store.next_case_id().unwrap(), CaseId(2));
    assert_eq!(store.next_run_id().unwrap(), RunId(1));

    let drops = Commit::new(NOW)
        .with(Write::DropInstance { url: "https://gitlab.com".to_owned() })
        .with(Write::DropSetting { key: "theme".to_owned() });
    store.commit(&drops).unwrap();
    assert!(store.instances().unwrap().is_empty() && store.settings().unwrap().is_empty());
}

#[test]
fn every_earlier_format_is_brought_to_ours() {
    for format in 0..=migrate::MIGRATIONS.len() {
        let dir = folder_at_format(format);
        let store = Store::open(dir.path(), NOW).unwrap();
        assert_eq!(store.cases().unwrap().len(), usize::from(format >= 1), "from format {format}");
        assert_eq!(store.audit().unwrap(), Audit::Whole { rows: u64::from(format >= 1), blanked: 0 });
    }
}

#[test]
fn a_copy_is_made_before_a_file_with_data_changes() {
    let dir = folder_at_format(1);
    let folder = Folder::take(dir.path()).unwrap();
    let path = folder.database().unwrap();
    let mut store = Store { db: Connection::open(&path).unwrap(), path, folder: Some(folder) };
    let more = [migrate::MIGRATIONS[0], "ALTER TABLE cases ADD COLUMN colour TEXT"];
    store.prepare(&more, NOW).unwrap();
    store.db.prepare("SELECT colour FROM cases").unwrap();

    let copy = dir.path().join(format!("export-desk.before-v2.{}.sqlite", NOW.0));
    assert_mode(&copy, 0o600);
    let copy = Connection::open(copy).unwrap();
    assert!(copy.prepare("SELECT colour FROM cases").is_err(), "the copy has the old format");
    assert_eq!(cases::all(&copy).unwrap(), [a_case(1)]);

    let broken = [more[0], more[1], "CREATE TABLE half (a); CREATE TABLE cases (a)"];
    store.prepare(&broken, UtcMs(1)).unwrap_err();
    assert_eq!(migrate::format_of(&store.db, &store.path).unwrap(), 2);
    assert!(store.db.prepare("SELECT * FROM half").is_err(), "a migration that fails leaves nothing behind");
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let dir = folder_at_format(1);
    raw(dir.path()).pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(dir.path().join(DATABASE)).unwrap();
    let error = Store::open(dir.path(), NOW).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, known: 1 }));
    assert_eq!(
        error.to_string(),
        "The case database is of a newer Export Desk (format 99; this one knows 1)."
    );
    assert_eq!(fs::read(dir.path().join(DATABASE)).unwrap(), before);
}

#[test]
fn files_that_are_not_ours_are_refused_and_left_alone() {
    let foreign = tempfile::tempdir().unwrap();
    raw(foreign.path()).execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    let text = tempfile::tempdir().unwrap();
    fs::write(text.path().join(DATABASE), "dear diary, ".repeat(100)).unwrap();
    for dir in [foreign.path(), text.path()] {
        let before = fs::read(dir.join(DATABASE)).unwrap();
        let error = Store::open(dir, NOW).unwrap_err();
        assert!(matches!(error, StoreError::NotADatabase { .. }), "{error}");
        assert!(error.to_string().ends_with("is not a case database of Export Desk."));
        assert_eq!(error.trouble().code.exit(), 10);
        assert_eq!(fs::read(dir.join(DATABASE)).unwrap(), before);
    }
}

#[test]
fn a_damaged_file_is_called_damaged() {
    let dir = folder_at_format(1);
    let path = dir.path().join(DATABASE);
    let mut bytes = fs::read(&path).unwrap();
    // Everything but the first page, which holds the header and the schema.
    bytes[4096..].fill(0xEE);
    fs::write(&path, bytes).unwrap();
    let error = Store::open(dir.path(), NOW).and_then(|store| store.cases()).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[test]
fn one_program_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let first = Store::open(dir.path(), NOW).unwrap();
    let error = Store::open(dir.path(), NOW).unwrap_err();
    let pid = std::process::id();
    assert!(matches!(error, StoreError::Locked { pid: Some(found) } if found == pid));
    assert_eq!(error.to_string(), format!("Another Export Desk (process {pid}) uses this data folder."));
    drop(first);
    Store::open(dir.path(), NOW).unwrap();
}

#[cfg(unix)]
fn assert_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(found, mode, "{} is {found:o}", path.display());
}

#[cfg(not(unix))]
fn assert_mode(_: &Path, _: u32) {}

#[test]
fn only_the_owner_reads_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("deep/data");
    let mut store = Store::open(&folder, NOW).unwrap();
    store.commit(&Commit::new(NOW).with(put(&a_case(1)))).unwrap();
    assert_mode(&folder, 0o700);
    for name in [DATABASE, "export-desk.sqlite-wal", "export-desk.sqlite-shm", "export-desk.lock"] {
        assert_mode(&folder.join(name), 0o600);
    }
}

#[cfg(unix)]
#[test]
fn a_file_left_open_to_others_is_closed_to_them() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder_at_format(1);
    let path = dir.path().join(DATABASE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    Store::open(dir.path(), NOW).unwrap();
    assert_mode(&path, 0o600);
}

#[test]
fn an_unusable_folder_is_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("below"), NOW).unwrap_err();
    assert!(error.to_string().starts_with("The data folder"), "{error}");
    assert_eq!(error.trouble().code.exit(), 10);
}

#[test]
fn a_failed_commit_writes_nothing_at_all() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&Commit::new(NOW).with(put(&a_case(1))).saying(note(1, "kept"))).unwrap();
    let before = store.journal_tail(9).unwrap();
    // No such case: the foreign key fails at the very end, at COMMIT.
    let bad = Commit::new(NOW)
        .with(put(&a_case(2)))
        .with(Write::AddOffer(Box::new(an_offer(77))))
        .saying(note(2, "never happened"));
    store.commit(&bad).unwrap_err();
    assert_eq!(store.cases().unwrap().len(), 1);
    assert_eq!(store.journal_tail(9).unwrap(), before);
    store.commit(&Commit::new(NOW).saying(note(1, "goes on"))).unwrap();
    assert_eq!(store.audit().unwrap(), Audit::Whole { rows: 2, blanked: 0 });
}

#[test]
fn a_full_disk_is_told_and_changes_nothing() {
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
    assert_eq!(store.audit().unwrap(), Audit::Whole { rows: 1, blanked: 0 });
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
    assert_eq!(store.audit().unwrap(), Audit::Whole { rows: 10_000, blanked: 0 });
    // The tail and a case's rows are found by an index, whatever the journal's length.
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

/// A store on disk with five journal rows, closed, and the change made behind its back.
fn tampered(sql: &str) -> Audit {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), NOW).unwrap();
    let mut commit = Commit::new(NOW).with(put(&a_case(1)));
    for text in ["one", "two", "three", "four"] {
        commit = commit.saying(note(1, text));
    }
    commit = commit.with(Write::AddOffer(Box::new(an_offer(1))));
    commit = commit.saying(Entry::of_case(CaseId(1), What::OfferSent { offer: an_offer(1) }));
    store.commit(&commit).unwrap();
    drop(store);
    let db = raw(dir.path());
    db.execute_batch("DROP TRIGGER journal_stays; DROP TRIGGER journal_only_blanks;").unwrap();
    db.execute_batch(sql).unwrap();
    drop(db);
    Store::open(dir.path(), NOW).unwrap().audit().unwrap()
}

#[test]
fn a_broken_chain_names_the_first_row_that_does_not_fit() {
    assert_eq!(tampered(""), Audit::Whole { rows: 5, blanked: 0 });
    for (sql, broken) in [
        ("UPDATE journal SET body = replace(body, 'three', 'drei') WHERE seq = 3", 3),
        ("UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 1", 1),
        ("UPDATE journal SET case_id = 2 WHERE seq = 2", 2),
        ("UPDATE journal SET run_id = case_id, case_id = NULL WHERE seq = 2", 2),
        ("UPDATE journal SET kind = 'fact_set' WHERE seq = 4", 4),
        ("UPDATE journal SET body = NULL WHERE seq = 4", 4),
        ("UPDATE journal SET body = NULL, salt = NULL WHERE seq = 5", 5),
        ("UPDATE journal SET hash = randomblob(32) WHERE seq = 2", 2),
        ("UPDATE journal SET hash = x'00' WHERE seq = 2", 2),
        ("DELETE FROM journal WHERE seq = 1", 1),
        ("DELETE FROM journal WHERE seq = 3", 3),
        ("DELETE FROM journal WHERE seq >= 4", 4),
        ("DELETE FROM journal", 1),
        ("DELETE FROM journal WHERE seq = 5; UPDATE journal_head SET seq = 4", 4),
        ("UPDATE journal SET seq = 9 WHERE seq = 5", 5),
    ] {
        match tampered(sql) {
            Audit::Broken { seq, why } => {
                assert_eq!(seq, broken, "{sql}: {why}");
                assert!(!why.is_empty());
            }
            Audit::Whole { .. } => panic!("not noticed: {sql}"),
        }
    }
}

#[test]
fn the_journal_and_the_ledger_refuse_to_be_rewritten() {
    let mut store = Store::in_memory().unwrap();
    store
        .commit(
            &Commit::new(NOW)
                .with(put(&a_case(1)))
                .with(Write::AddOffer(Box::new(an_offer(1))))
                .saying(note(1, "x")),
        )
        .unwrap();
    for sql in [
        "UPDATE journal SET body = 'y'",
        "UPDATE journal SET body = NULL, salt = NULL",
        "UPDATE journal SET at_ms = 0, body = NULL, salt = NULL",
        "DELETE FROM journal",
        "DELETE FROM offers",
        "UPDATE offers SET override_reason = 'none'",
        "UPDATE offers SET case_id = 2",
    ] {
        let error = store.db.execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains("is never"), "{sql}: {error}");
    }
    assert_eq!(store.audit().unwrap(), Audit::Whole { rows: 1, blanked: 0 });
}

#[test]
fn private_data_goes_and_chain_and_ledger_stay() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), NOW).unwrap();
    let mut case = a_case(1);
    let secret = "Jane's repository of unreleased hats";
    let filled = Commit::new(NOW)
        .with(put(&case))
        .with(put(&a_case(2)))
        .with(Write::AddOffer(Box::new(an_offer(1))))
        .saying(note(1, secret))
        .saying(Entry::of_case(CaseId(1), What::OfferSent { offer: an_offer(1) }))
        .saying(note(2, "another customer"));
    store.commit(&filled).unwrap();
    let copy = dir.path().join("export-desk.before-v2.1.sqlite");
    fs::write(&copy, secret).unwrap();

    let too_early = Commit::new(NOW).with(Write::BlankCase(CaseId(1)));
    store.commit(&too_early).unwrap_err();
    assert_eq!(store.journal_for_case(CaseId(1), 1).unwrap().len(), 1);

    case.private_data_deleted = Some(NOW);
    case.facts = crate::case::Facts::default();
    let blank = Commit::new(NOW)
        .with(put(&case))
        .with(Write::BlankCase(CaseId(1)))
        .saying(Entry::of_case(CaseId(1), What::PrivateDataDeleted));
    store.commit(&blank).unwrap();

    assert_eq!(store.audit().unwrap(), Audit::Whole { rows: 4, blanked: 1 });
    assert_eq!(store.offers().unwrap().offers.len(), 1);
    let rows = store.journal_for_case(CaseId(1), 9).unwrap();
    assert_eq!(rows[0].what(), None);
    assert_eq!(rows[0].sentence(), "note (private data deleted)");
    assert!(matches!(rows[1].what(), Some(What::OfferSent { .. })));
    for file in fs::read_dir(dir.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
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
