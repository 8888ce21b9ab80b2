//! Opening: formats, locks, permissions, and files of other programs.

use super::*;

/// A folder with a database of the given format, as an older program left it.
fn folder_at_format(format: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let folder = DataFolder::take(dir.path()).unwrap();
    let path = folder.new_database(|_made_below| Ok(())).unwrap();
    let mut db = Connection::open(path).unwrap();
    migrate::migrate(&mut db, dir.path(), &migrate::MIGRATIONS[..format], |_, _| Ok(())).unwrap();
    if format >= 1 {
        let body = serde_json::to_string(&a_case(1)).unwrap();
        let sql = match format {
            1 | 2 => {
                "INSERT INTO cases (id, instance, stage, created_at_ms, archived, revision, body)
                      VALUES (1, 'https://gitlab.com', 'troubleshoot', 0, 0, 0, ?1)"
            }
            _ => "INSERT INTO cases (id, body) VALUES (1, ?1)",
        };
        db.execute(sql, [body]).unwrap();
        journal::append(&db, NOW, &note(1, "from an older program")).unwrap();
    }
    dir
}

#[test]
fn every_earlier_format_is_migrated() {
    for format in 1..=migrate::MIGRATIONS.len() {
        let dir = folder_at_format(format);
        let store = Store::open(dir.path(), NOW).unwrap();
        assert_eq!(store.cases().unwrap().len(), 1, "from format {format}");
        assert_eq!(store.audit(None).unwrap(), Audit::Whole { rows: 1, blanked: 0 });
    }
}

/// SQLite ignores both where the system has one sync only, so they are set everywhere, from the first byte on.
#[test]
fn the_database_is_synced_as_far_as_the_disk_itself() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).unwrap();
    let new = dir.path().join("new");
    std::fs::write(&new, "").unwrap();
    for store in [&store, &Store::at(&new).unwrap()] {
        for (name, value) in [("fullfsync", 1), ("checkpoint_fullfsync", 1), ("synchronous", 2)] {
            let found: i64 = store.db.pragma_query_value(None, name, |row| row.get(0)).unwrap();
            assert_eq!(found, value, "{name}");
        }
    }
}

#[test]
fn a_copy_is_made_before_a_file_with_data_changes() {
    let dir = folder_at_format(1);
    let folder = DataFolder::take(dir.path()).unwrap();
    let path = folder.find_database().unwrap().unwrap();
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
fn unread_columns_are_dropped_and_every_row_is_kept() {
    let dir = folder_at_format(2);
    raw(dir.path())
        .execute_batch(
            "INSERT INTO instances VALUES ('https://gitlab.com', 'GitLab.com', '{\"user\":\"a\"}', 7);
             INSERT INTO transfers VALUES
                (4, 'https://gitlab.com', 'acme/api', 42, NULL, 1, '/tmp/a.tar.gz', 'done', 5, 5, 'ab', 'importable',
                 '{}', '{\"members\":3}', '{\"at\":1}', 8, 9);",
        )
        .unwrap();
    let store = Store::open(dir.path(), NOW).unwrap();
    assert_eq!(store.cases().unwrap(), [a_case(1)]);
    let instances = store.instances().unwrap();
    assert_eq!((instances[0].url.as_str(), instances[0].added_at), ("https://gitlab.com", UtcMs(7)));
    let downloads = store.downloads().unwrap();
    assert_eq!((downloads[0].bytes, downloads[0].receipt.as_deref()), (5, Some("{\"at\":1}")));
    for gone in ["label FROM instances", "report FROM transfers", "stage FROM cases", "phase FROM runs"] {
        assert!(store.db.prepare(&format!("SELECT {gone}")).is_err(), "{gone}");
    }
    let copy = Connection::open(dir.path().join(format!("export-desk.before-v7.{}.sqlite", NOW.0))).unwrap();
    copy.prepare("SELECT report FROM transfers").unwrap();
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let dir = folder_at_format(1);
    raw(dir.path()).pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(dir.path().join(DATABASE)).unwrap();
    let error = Store::open(dir.path(), NOW).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, known: 7 }));
    assert_eq!(
        error.to_string(),
        "A newer version of Export Desk wrote the case database (format 99; this version knows 7)."
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
        assert_eq!(error.error().code.exit(), 10);
        assert_eq!(fs::read(dir.join(DATABASE)).unwrap(), before);
    }
}

#[test]
fn a_damaged_file_is_called_damaged() {
    let dir = folder_at_format(1);
    let path = dir.path().join(DATABASE);
    let mut bytes = fs::read(&path).unwrap();
    // Everything except the first page, which contains the header and the schema.
    bytes[4096..].fill(0xEE);
    fs::write(&path, bytes).unwrap();
    let error = Store::open(dir.path(), NOW).and_then(|store| store.cases()).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[test]
fn a_database_that_is_lost_is_not_quietly_begun_again() {
    let wal = format!("{DATABASE}-wal");
    let copy = "export-desk.before-v7.1.sqlite";
    for (left, is_lost) in [
        (vec![], false),
        (vec![(DATABASE, "")], true),
        (vec![(wal.as_str(), "log")], true),
        (vec![(copy, "copy")], true),
        // A crash during the very first start.
        (vec![("export-desk.sqlite.new", "half"), ("export-desk.sqlite.new-journal", "half")], false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in &left {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let opened = Store::open(dir.path(), NOW);
        match opened {
            Err(StoreError::Lost { .. }) => assert!(is_lost, "{left:?}"),
            Err(other) => panic!("{left:?}: {other}"),
            Ok(store) => assert!(!is_lost && store.cases().unwrap().is_empty(), "{left:?}"),
        }
        for (name, text) in left.iter().filter(|_| is_lost) {
            assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), *text, "{name} stays");
        }
    }
}

#[test]
fn what_is_no_lock_of_ours_is_not_emptied() {
    let dir = tempfile::tempdir().unwrap();
    let (lock, precious) = (dir.path().join("export-desk.lock"), dir.path().join("precious"));
    let refused = || {
        let error = Store::open(dir.path(), NOW).unwrap_err();
        assert!(matches!(error, StoreError::NotOurLock { .. }), "{error}");
        assert_eq!((error.error().code.exit(), fs::read(&precious).unwrap()), (10, b"precious".to_vec()));
        fs::remove_file(&lock).unwrap();
    };
    fs::write(&precious, "precious").unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&precious, &lock).unwrap();
        refused();
    }
    fs::hard_link(&precious, &lock).unwrap();
    refused();
    fs::write(&lock, "1".repeat(21)).unwrap();
    refused();
    fs::write(&lock, "12345").unwrap();
    Store::open(dir.path(), NOW).unwrap();
}

#[test]
fn what_the_disk_does_is_local_and_what_is_missing_is_damage() {
    use rusqlite::ffi;
    let of_code = |code| {
        let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        StoreError::of_sqlite(Path::new("a.sqlite"), error)
    };
    // A used-up quota appears as a failed write.
    for code in [ffi::SQLITE_IOERR, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_CANTOPEN, ffi::SQLITE_PROTOCOL] {
        let error = of_code(code);
        assert!(matches!(error, StoreError::DiskFailed { .. }), "{code}: {error}");
        assert_eq!(error.error().code, Code::Local, "{code}");
    }
    for table in
        ["cases", "runs", "transfers", "instances", "settings", "offers", "relations_runs", "imports"]
    {
        let dir = tempfile::tempdir().unwrap();
        drop(Store::open(dir.path(), NOW).unwrap());
        let drop_table = format!("PRAGMA foreign_keys = OFF; DROP TABLE {table}");
        raw(dir.path()).execute_batch(&drop_table).unwrap();
        let store = Store::open(dir.path(), NOW).unwrap();
        let read = store.cases().map(drop).and_then(|()| store.jobs().map(drop));
        let read = read.and_then(|()| store.downloads().map(drop)).and_then(|()| store.instances().map(drop));
        let read = read.and_then(|()| store.settings().map(drop)).and_then(|()| store.offers().map(drop));
        let error = read.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }), "{table}: {error}");
        assert_eq!(error.error().code.exit(), 10, "{table}");
    }
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
    assert_eq!(error.error().code.exit(), 10);
}
