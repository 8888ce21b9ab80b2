//! A digest of every row of the tables, renewed in the transaction that writes the row. The audit compares rows and
//! digests, so it sees a row that another program changed, added or removed.
//!
//! The digests are in the same file and need no key: a program that knows them can change a row together with its
//! digest. What the journal records itself (facts, stages, projects, offers, verified files) the audit compares with
//! the journal, not with a digest.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use sha2::{Digest, Sha256};

use super::journal::Hash;

/// Each table with digests, and its key. The offer log has none: the journal holds every offer.
pub(super) const TABLES: [(&str, &str); 10] = [
    ("cases", "id"),
    ("runs", "id"),
    ("relations_runs", "id"),
    ("imports", "id"),
    ("rebuilds", "id"),
    ("transfers", "id"),
    ("batches", "id"),
    ("batch_items", "id"),
    ("settings", "key"),
    ("instances", "url"),
];

/// A row that differs from what this program wrote.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// The last line of the journal when this program wrote the row. `None` where it never wrote the row.
    pub seq: Option<i64>,
    /// What is wrong, as the end of a sentence.
    pub why: String,
}

/// Renews the digest of one row after it was written or deleted.
pub(super) fn renew(db: &Connection, table: &'static str, key: impl ToSql) -> Result<(), rusqlite::Error> {
    let (table, by) = TABLES.into_iter().find(|(name, _)| *name == table).unwrap_or((table, "id"));
    let mut read = db.prepare(&format!("SELECT * FROM {table} WHERE {by} = ?1"))?;
    let columns = read.column_count();
    match read.query_row([&key], |row| digest_of(row, 0, columns)).optional()? {
        Some(digest) => put(db, table, &key, &digest),
        None => db
            .prepare("DELETE FROM row_digests WHERE of_table = ?1 AND row_key = CAST(?2 AS TEXT)")?
            .execute(params![table, key])
            .map(drop),
    }
}

fn put(db: &Connection, table: &str, key: &impl ToSql, digest: &Hash) -> Result<(), rusqlite::Error> {
    db.prepare(
        "INSERT INTO row_digests (of_table, row_key, seq, digest)
         VALUES (?1, CAST(?2 AS TEXT), coalesce((SELECT seq FROM journal_head), 0), ?3)
         ON CONFLICT (of_table, row_key) DO UPDATE SET seq = excluded.seq, digest = excluded.digest",
    )?
    .execute(params![table, key, digest])
    .map(drop)
}

/// Computes the digests of a file that has none yet: a new one, or one of an older format. A file whose journal is
/// damaged stays as it is; the audit reports the damage.
pub(super) fn begin(db: &mut Connection) -> Result<(), rusqlite::Error> {
    let done: Option<bool> =
        db.query_row("SELECT tables_digested FROM journal_head", [], |row| row.get(0)).optional()?;
    if done.unwrap_or(true) {
        return Ok(());
    }
    let tx = db.transaction()?;
    tx.execute("DELETE FROM row_digests", [])?;
    for (table, key) in TABLES {
        let mut statement = tx.prepare(&format!("SELECT {key}, * FROM {table}"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let key: rusqlite::types::Value = row.get(0)?;
            let digest = digest_of(row, 1, columns)?;
            put(&tx, table, &key, &digest)?;
        }
    }
    tx.execute("UPDATE journal_head SET tables_digested = 1", [])?;
    tx.commit()
}

/// The first row that does not match its digest.
pub(super) fn mismatch(db: &Connection) -> Result<Option<Mismatch>, rusqlite::Error> {
    for (table, key) in TABLES {
        let mut statement = db.prepare(&format!(
            "SELECT d.seq, d.digest, t.{key}, t.* FROM {table} AS t
             LEFT JOIN row_digests AS d ON d.of_table = '{table}' AND d.row_key = CAST(t.{key} AS TEXT)
             ORDER BY t.{key}"
        ))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let kept: Option<Hash> = row.get(1).unwrap_or_default();
            if kept != Some(digest_of(row, 3, columns)?) {
                let named = format!("row {} of the table {table}", name(row.get_ref(2)?));
                let seq: Option<i64> = row.get(0)?;
                let why = match seq {
                    Some(_) => format!("{named} was changed by another program"),
                    None => format!("{named} was added by another program"),
                };
                return Ok(Some(Mismatch { seq, why }));
            }
        }
        let gone = db
            .query_row(
                &format!(
                    "SELECT seq, row_key FROM row_digests WHERE of_table = '{table}'
                     AND row_key NOT IN (SELECT CAST({key} AS TEXT) FROM {table}) ORDER BY row_key"
                ),
                [],
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
            )
            .optional()?;
        if let Some((seq, key)) = gone {
            let why = format!("row {key} of the table {table} was removed by another program");
            return Ok(Some(Mismatch { seq: Some(seq), why }));
        }
    }
    Ok(None)
}

fn name(key: ValueRef<'_>) -> String {
    match key {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => "?".to_owned(),
    }
}

/// The digest of the values from column `from` on: each with its type and length, so that no two rows look alike.
fn digest_of(row: &Row<'_>, from: usize, columns: usize) -> Result<Hash, rusqlite::Error> {
    let mut hasher = Sha256::new();
    hasher.update(b"export-desk row 1\n");
    for column in from..columns {
        let number;
        let (kind, bytes): (u8, &[u8]) = match row.get_ref(column)? {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(value) => {
                number = value.to_be_bytes();
                (1, &number)
            }
            ValueRef::Real(value) => {
                number = value.to_be_bytes();
                (2, &number)
            }
            ValueRef::Text(text) => (3, text),
            ValueRef::Blob(bytes) => (4, bytes),
        };
        hasher.update([kind]);
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    }
    Ok(hasher.finalize().into())
}
