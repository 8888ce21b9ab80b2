//! The journal: append-only, with each row chained to the previous one by SHA-256.
//!
//! ```text
//! body_hash = SHA-256(salt ‖ body)                      salt: 16 random bytes
//! hash      = SHA-256("export-desk journal 1\n" ‖ prev_hash ‖ seq ‖ at_ms ‖ kind ‖ case_id ‖ run_id ‖ body_hash)
//! ```
//! Numbers are 8 bytes, big-endian. A text is preceded by its length, a present number by a one byte; a missing
//! number is one zero byte. Deleting the private data of a case sets body and salt of its rows to NULL: the contents
//! are gone and cannot be guessed from the hash without the salt, but `body_hash` stays, so the chain remains
//! verifiable. [`super::audit`] walks it. Triggers allow that change and no other (`migrations/0001_first.sql`).

use rusqlite::{Connection, Row, params};
use sha2::{Digest, Sha256};

use super::error::Cause;
use crate::case::entry::spoken;
use crate::case::{CaseId, JournalEntry, JournalEvent, RunId, UtcMs};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// One row of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// From 1, without gaps.
    pub seq: i64,
    pub at: UtcMs,
    /// The name of [`JournalEvent`].
    pub kind: String,
    pub case_id: Option<CaseId>,
    pub run_id: Option<RunId>,
    /// The JSON of [`JournalEvent`]; `None` where it was deleted with the private data of its case.
    pub body: Option<String>,
    pub hash: Hash,
}

impl JournalRow {
    /// The event. `None` where its body was deleted, or where a newer program wrote an unknown kind.
    pub fn what(&self) -> Option<JournalEvent> {
        serde_json::from_str(self.body.as_deref()?).ok()
    }

    /// The sentence for the timeline.
    pub fn sentence(&self) -> String {
        match (self.what(), &self.body) {
            (Some(what), _) => what.sentence(),
            (None, None) => format!("{} (private data deleted)", spoken(&self.kind)),
            (None, Some(_)) => spoken(&self.kind),
        }
    }
}

/// The journal's last row at some time, as it is kept outside the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: i64,
    /// In hexadecimal, as SQLite writes it.
    pub hash: String,
}

impl Head {
    /// `1 SEQ HASH`; the first number is the number of this form.
    pub fn to_text(&self) -> String {
        format!("1 {} {}", self.seq, self.hash)
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, hash) = text.strip_prefix("1 ")?.split_once(' ')?;
        Some(Self { seq: seq.parse().ok()?, hash: hash.to_owned() })
    }
}

pub(super) fn head(db: &Connection) -> Result<Head, rusqlite::Error> {
    db.query_row("SELECT seq, hex(hash) FROM journal_head", [], |row| {
        Ok(Head { seq: row.get(0)?, hash: row.get(1)? })
    })
}

/// Whether the journal has this row with this hash. The empty journal is the beginning of every journal.
pub(super) fn contains(db: &Connection, head: &Head) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT ?1 = 0 OR EXISTS (SELECT 1 FROM journal WHERE seq = ?1 AND hex(hash) = ?2)";
    db.query_row(sql, params![head.seq, head.hash], |row| row.get(0))
}

/// Appends one entry inside the caller's transaction.
pub(super) fn append(db: &Connection, at: UtcMs, entry: &JournalEntry) -> Result<JournalRow, Cause> {
    let (last, prev_hash): (i64, Hash) =
        db.query_row("SELECT seq, hash FROM journal_head", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let salt: [u8; 16] = db.query_row("SELECT randomblob(16)", [], |row| row.get(0))?;
    let body = serde_json::to_string(&entry.what).map_err(|error| Cause::row("journal", last + 1, error))?;
    let body_hash = hash_of_body(&salt, &body);
    let mut row = JournalRow {
        seq: last + 1,
        at,
        kind: entry.what.as_str().to_owned(),
        case_id: entry.case_id,
        run_id: entry.run_id,
        body: Some(body),
        hash: [0; 32],
    };
    row.hash = hash_of_row(&row, &prev_hash, &body_hash);
    db.execute(
        "INSERT INTO journal (seq, at_ms, kind, case_id, run_id, body, salt, body_hash, prev_hash, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            row.seq,
            row.at.0,
            row.kind,
            row.case_id.map(|id| id.0),
            row.run_id.map(|id| id.0),
            row.body,
            salt,
            body_hash,
            prev_hash,
            row.hash,
        ],
    )?;
    db.execute("UPDATE journal_head SET seq = ?1, hash = ?2", params![row.seq, row.hash])?;
    Ok(row)
}

/// Deletes the bodies of a case's rows. Its offers stay, because the offer log is derived from them.
pub(super) fn blank(db: &Connection, case_id: CaseId) -> Result<usize, rusqlite::Error> {
    db.execute(
        "UPDATE journal SET body = NULL, salt = NULL
         WHERE case_id = ?1 AND body IS NOT NULL AND kind <> 'offer_sent'",
        [case_id.0],
    )
}

pub(super) const COLUMNS: &str = "seq, at_ms, kind, case_id, run_id, body, hash";

/// The last `n` rows, oldest first.
pub(super) fn tail(db: &Connection, n: usize) -> Result<Vec<JournalRow>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM journal ORDER BY seq DESC LIMIT ?1");
    newest(db, &sql, params![n as i64])
}

/// The last `n` rows of a case, oldest first.
pub(super) fn of_case(db: &Connection, id: CaseId, n: usize) -> Result<Vec<JournalRow>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE case_id = ?1 ORDER BY seq DESC LIMIT ?2");
    newest(db, &sql, params![id.0, n as i64])
}

fn newest(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<JournalRow>, rusqlite::Error> {
    let mut statement = db.prepare(sql)?;
    let mut found = statement.query(params)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        match read(row) {
            Ok(row) => rows.push(row),
            // The audit reports such a row. The program can start without it.
            Err(error) => tracing::warn!("a row of the journal cannot be read: {error}"),
        }
    }
    rows.reverse();
    Ok(rows)
}

/// Reads the columns of [`COLUMNS`]. A value of the wrong form is an error.
pub(super) fn read(row: &Row<'_>) -> Result<JournalRow, rusqlite::Error> {
    Ok(JournalRow {
        seq: row.get(0)?,
        at: UtcMs(row.get(1)?),
        kind: row.get(2)?,
        case_id: row.get::<_, Option<i64>>(3)?.map(CaseId),
        run_id: row.get::<_, Option<i64>>(4)?.map(RunId),
        body: row.get(5)?,
        hash: row.get(6)?,
    })
}

pub(super) fn hash_of_body(salt: &[u8; 16], body: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(body.as_bytes());
    hasher.finalize().into()
}

pub(super) fn hash_of_row(row: &JournalRow, prev_hash: &Hash, body_hash: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"export-desk journal 1\n");
    hasher.update(prev_hash);
    hasher.update(row.seq.to_be_bytes());
    hasher.update(row.at.0.to_be_bytes());
    hasher.update((row.kind.len() as u64).to_be_bytes());
    hasher.update(row.kind.as_bytes());
    for number in [row.case_id.map(|id| id.0), row.run_id.map(|id| id.0)] {
        match number {
            Some(number) => {
                hasher.update([1]);
                hasher.update(number.to_be_bytes());
            }
            None => hasher.update([0]),
        }
    }
    hasher.update(body_hash);
    hasher.finalize().into()
}
