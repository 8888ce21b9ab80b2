//! The file's format version, and how an older file is migrated.

use std::path::Path;

use rusqlite::Connection;

use super::error::StoreError;

/// The SQL that migrates from format N to N + 1, in order. Never edit a migration after its release.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_relations_imports.sql"),
    include_str!("migrations/0003_unread.sql"),
    include_str!("migrations/0004_digests.sql"),
    include_str!("migrations/0005_rebuilds.sql"),
    include_str!("migrations/0006_withdrawn_offers.sql"),
    include_str!("migrations/0007_batches.sql"),
];

/// `ExpD`, in the file's header: distinguishes our files from other programs' databases.
const APPLICATION_ID: i64 = 0x4578_7044;

/// Migrates the file to the latest format. Calls `copy` once, before the first change to a file with data, with the
/// format that the file still has.
pub(super) fn migrate(
    db: &mut Connection,
    path: &Path,
    migrations: &[&str],
    copy: impl FnOnce(&Connection, i64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let of_sqlite = |error| StoreError::of_sqlite(path, error);
    let known = migrations.len() as i64;
    let found = format_of(db, path)?;
    refuse_newer(found, known)?;
    if found == known {
        return Ok(());
    }
    if found > 0 {
        copy(db, known)?;
    }
    for (version, sql) in (found + 1..).zip(&migrations[found as usize..]) {
        let tx = db.transaction().map_err(of_sqlite)?;
        tx.execute_batch(sql).map_err(of_sqlite)?;
        // SQLite stores both numbers in the header page, so both change with the transaction or not at all.
        tx.pragma_update(None, "application_id", APPLICATION_ID).map_err(of_sqlite)?;
        tx.pragma_update(None, "user_version", version).map_err(of_sqlite)?;
        tx.commit().map_err(of_sqlite)?;
    }
    Ok(())
}

pub(super) fn refuse_newer(found: i64, known: i64) -> Result<(), StoreError> {
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
}

/// The format of a file: 0 for an empty one. Refuses another program's database.
pub(super) fn format_of(db: &Connection, path: &Path) -> Result<i64, StoreError> {
    let number = |sql: &str| -> Result<i64, StoreError> {
        db.query_row(sql, [], |row| row.get(0)).map_err(|error| StoreError::of_sqlite(path, error))
    };
    let found = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let ours = number("PRAGMA application_id")? == APPLICATION_ID;
    if (ours && found > 0) || (tables == 0 && found == 0) {
        Ok(found)
    } else {
        Err(StoreError::NotADatabase { path: path.to_owned() })
    }
}
