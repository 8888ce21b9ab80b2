//! The journal: append-only, each row chained to the one before by a SHA-256.
//!
//! ```text
//! body_hash = SHA-256(salt ‖ body)                      salt: 16 random bytes
//! hash      = SHA-256("export-desk journal 1\n" ‖ prev_hash ‖ seq ‖ at_ms ‖ kind ‖ case_id ‖ run_id ‖ body_hash)
//! ```
//! Numbers are 8 bytes, big-endian; texts carry their length before them; a missing number is one zero byte,
//! a present one is preceded by a one. Deleting the private data of a case sets body and salt of its rows to
//! NULL: what they said is gone, and cannot be guessed back from its hash without the salt, while `body_hash`
//! stays and the chain still proves. The audit also holds the ledger of offers against the journal. All this
//! proves that nobody edited the file by hand; it is no signature against one who rewrites it whole. Triggers allow that change and no other (`migrations/0001_first.sql`).

use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::error::Cause;
use crate::case::{CaseId, Entry, RunId, UtcMs, What};

/// A SHA-256.
pub type Hash = [u8; 32];

/// One row of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// From 1, without gaps.
    pub seq: i64,
    pub at: UtcMs,
    /// The word of [`What`].
    pub kind: String,
    pub case_id: Option<CaseId>,
    pub run_id: Option<RunId>,
    /// The JSON of [`What`]; `None` where the private data of its case was deleted.
    pub body: Option<String>,
    pub hash: Hash,
}

impl JournalRow {
    /// What happened. `None` where it was blanked, or where a newer program wrote a kind we do not know.
    pub fn what(&self) -> Option<What> {
        serde_json::from_str(self.body.as_deref()?).ok()
    }

    /// The line of the timeline.
    pub fn sentence(&self) -> String {
        match (self.what(), &self.body) {
            (Some(what), _) => what.sentence(),
            (None, None) => format!("{} (private data deleted)", self.kind),
            (None, Some(_)) => self.kind.clone(),
        }
    }
}

/// What a walk over the whole journal found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audit {
    Whole {
        rows: u64,
        /// Rows whose body was deleted with the private data of its case.
        blanked: u64,
    },
    /// The first row that does not fit.
    Broken { seq: i64, why: String },
}

/// Appends one entry inside the caller's transaction.
pub(super) fn append(db: &Connection, at: UtcMs, entry: &Entry) -> Result<JournalRow, Cause> {
    let (last, prev_hash): (i64, Hash) =
        db.query_row("SELECT seq, hash FROM journal_head", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let salt: [u8; 16] = db.query_row("SELECT randomblob(16)", [], |row| row.get(0))?;
    let body = serde_json::to_string(&entry.what).map_err(|error| Cause::row("journal", last + 1, error))?;
    let body_hash = hash_of_body(&salt, &body);
    let mut row = JournalRow {
        seq: last + 1,
        at,
        kind: entry.what.word().to_owned(),
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

/// Deletes what the rows of a case said; its offers stay, since the ledger stands on them.
pub(super) fn blank(db: &Connection, case_id: CaseId) -> Result<usize, rusqlite::Error> {
    db.execute(
        "UPDATE journal SET body = NULL, salt = NULL
         WHERE case_id = ?1 AND body IS NOT NULL AND kind <> 'offer_sent'",
        [case_id.0],
    )
}

const COLUMNS: &str = "seq, at_ms, kind, case_id, run_id, body, hash";

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
    let mut rows = db.prepare(sql)?.query_map(params, read)?.collect::<Result<Vec<_>, _>>()?;
    rows.reverse();
    Ok(rows)
}

fn read(row: &Row<'_>) -> Result<JournalRow, rusqlite::Error> {
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

/// Walks the chain from the first row to the head, one row in memory at a time.
pub(super) fn audit(db: &Connection) -> Result<Audit, rusqlite::Error> {
    let mut statement =
        db.prepare(&format!("SELECT {COLUMNS}, salt, body_hash, prev_hash FROM journal ORDER BY seq"))?;
    let mut rows = statement.query([])?;
    let (mut last, mut prev, mut blanked): (i64, Hash, u64) = (0, [0; 32], 0);
    while let Some(found) = rows.next()? {
        let seq: i64 = found.get(0)?;
        if seq != last + 1 {
            return Ok(Audit::Broken {
                seq: last + 1,
                why: format!("the row is missing; row {seq} follows"),
            });
        }
        // A value of the wrong type or length is damage to the row, not a failure of the walk.
        let Ok((row, link)) = read(found).and_then(|row| Ok((row, Link::read(found)?))) else {
            return Ok(Audit::Broken { seq, why: "the row has values of the wrong form".to_owned() });
        };
        if let Some(why) = link.misfit(&row, &prev) {
            return Ok(Audit::Broken { seq, why: why.to_owned() });
        }
        blanked += u64::from(row.body.is_none());
        (last, prev) = (seq, row.hash);
    }
    let head: Option<(i64, Hash)> = db
        .query_row("SELECT seq, hash FROM journal_head", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let whole = head == Some((last, prev));
    if let Some(broken) = misfit_of_ledger(db, last)?.filter(|_| whole) {
        return Ok(broken);
    }
    Ok(match head {
        Some(_) if whole => Audit::Whole { rows: last as u64, blanked },
        Some((seq, _)) if seq > last => {
            Audit::Broken { seq: last + 1, why: format!("the rows up to {seq} are missing at the end") }
        }
        Some(_) | None => {
            Audit::Broken { seq: last, why: "the journal does not end where its head says".to_owned() }
        }
    })
}

/// Every offer in the journal has its line in the ledger, and the other way round.
fn misfit_of_ledger(db: &Connection, last: i64) -> Result<Option<Audit>, rusqlite::Error> {
    let same = "offers.case_id = journal.case_id
        AND offers.at_ms IS json_extract(journal.body, '$.offer.at')
        AND offers.instance IS json_extract(journal.body, '$.offer.instance')
        AND offers.ticket_url IS json_extract(journal.body, '$.offer.ticket.url')
        AND offers.sent_by IS json_extract(journal.body, '$.offer.by')
        AND offers.override_reason IS json_extract(journal.body, '$.offer.override_reason')";
    let unledgered = format!(
        "SELECT min(seq) FROM journal
         WHERE kind = 'offer_sent' AND NOT EXISTS (SELECT 1 FROM offers WHERE {same})"
    );
    if let Some(seq) = db.query_row(&unledgered, [], |row| row.get::<_, Option<i64>>(0))? {
        let why = "its offer is not in the ledger as it was sent".to_owned();
        return Ok(Some(Audit::Broken { seq, why }));
    }
    let unsaid = format!(
        "SELECT min(case_id) FROM offers
         WHERE NOT EXISTS (SELECT 1 FROM journal WHERE kind = 'offer_sent' AND {same})"
    );
    let case: Option<i64> = db.query_row(&unsaid, [], |row| row.get(0))?;
    Ok(case.map(|case| Audit::Broken {
        seq: last,
        why: format!("up to it the journal knows nothing of an offer that the ledger has for case {case}"),
    }))
}

/// The part of a row that proves it.
struct Link {
    salt: Option<[u8; 16]>,
    body_hash: Hash,
    prev_hash: Hash,
}

impl Link {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self { salt: row.get(7)?, body_hash: row.get(8)?, prev_hash: row.get(9)? })
    }

    fn misfit(&self, row: &JournalRow, prev: &Hash) -> Option<&'static str> {
        let body_fits = match (&row.body, &self.salt) {
            (Some(body), Some(salt)) => hash_of_body(salt, body) == self.body_hash,
            // An offer is never blanked: somebody took its body away.
            (None, None) => row.kind != "offer_sent",
            (Some(_), None) | (None, Some(_)) => false,
        };
        if self.prev_hash != *prev {
            Some("it does not follow the row before it")
        } else if !body_fits {
            Some("its text was changed")
        } else if hash_of_row(row, &self.prev_hash, &self.body_hash) != row.hash {
            Some("its hash does not match what it says")
        } else {
            None
        }
    }
}

fn hash_of_body(salt: &[u8; 16], body: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(body.as_bytes());
    hasher.finalize().into()
}

fn hash_of_row(row: &JournalRow, prev_hash: &Hash, body_hash: &Hash) -> Hash {
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
