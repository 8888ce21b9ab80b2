//! The audit: verifies the hash chain from its first row to its head, and that it contains the head that was kept
//! outside the file. Then it compares the offer log, the cases and the verified files with the journal, and every row
//! of the tables with its digest.
//!
//! It is no signature: somebody who rewrites the whole file, and the head outside it, can pass it.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row};

use super::digests::Mismatch;
use super::error::is_missing;
use super::journal::{COLUMNS, Hash, Head, JournalRow, contains, hash_of_body, hash_of_row, read};
use super::replayed_cases::ReplayedCases;
use super::{digests, offers};
use crate::case::{CaseId, JournalEvent, Offer, UtcMs};
use crate::platform::words::KEYRING;

/// The result of an audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audit {
    Whole {
        rows: u64,
        /// Rows whose body was deleted with the private data of their case.
        blanked: u64,
    },
    /// The first row that does not match.
    Broken { seq: i64, why: String },
}

/// Why an audit ended early.
enum AuditStopped {
    Broken { seq: i64, why: String },
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for AuditStopped {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Walks the chain from the first row to the head, with one row in memory at a time, and compares the tables with the
/// journal. `kept` is the head that was kept outside the file.
pub(super) fn audit(db: &Connection, kept: Option<&Head>) -> Result<Audit, rusqlite::Error> {
    match walk(db, kept) {
        Ok(whole) => Ok(whole),
        Err(AuditStopped::Broken { seq, why }) => Ok(Audit::Broken { seq, why }),
        Err(AuditStopped::Sqlite(error)) if is_missing(&error) => {
            Ok(Audit::Broken { seq: 1, why: "a table that the audit reads is missing".to_owned() })
        }
        Err(AuditStopped::Sqlite(error)) => Err(error),
    }
}

fn walk(db: &Connection, kept: Option<&Head>) -> Result<Audit, AuditStopped> {
    let forgotten = forgotten(db)?;
    let mut statement =
        db.prepare(&format!("SELECT {COLUMNS}, salt, body_hash, prev_hash FROM journal ORDER BY seq"))?;
    let mut rows = statement.query([])?;
    let (mut last, mut prev, mut blanked): (i64, Hash, u64) = (0, [0; 32], 0);
    let mut replay = Replay::default();
    while let Some(found) = rows.next()? {
        let seq: i64 = found.get(0)?;
        let broken = |seq, why: &str| Err(AuditStopped::Broken { seq, why: why.to_owned() });
        if seq != last + 1 {
            let why = format!("the row is missing; row {seq} follows");
            return Err(AuditStopped::Broken { seq: last + 1, why });
        }
        // A value of the wrong type or length is damage to that row, and does not end the audit with an error.
        let Ok((row, link)) = read(found).and_then(|row| Ok((row, Link::read(found)?))) else {
            return broken(seq, "the row has values of the wrong form");
        };
        if let Some(why) = link.mismatch(&row, &prev) {
            return broken(seq, why);
        }
        if row.body.is_none() {
            let at = row.case_id.and_then(|case| forgotten.get(&case));
            if row.kind == OFFER_SENT || at.is_none_or(|at| *at < seq) {
                return broken(seq, "the text of this row was deleted, but its case still has private data");
            }
            blanked += 1;
        }
        if let Some(kept) = kept.filter(|kept| kept.seq == seq)
            && !contains(db, kept)?
        {
            return broken(seq, &format!("the hash of this row differs from the hash in the {KEYRING}"));
        }
        replay.replay(&row)?;
        (last, prev) = (seq, row.hash);
    }
    check_head(db, last, &prev)?;
    if let Some(kept) = kept.filter(|kept| kept.seq > last) {
        let why = format!("rows are missing: the {KEYRING} has the hash of row {}", kept.seq);
        return Err(AuditStopped::Broken { seq: last + 1, why });
    }
    replay.check_offer_log(db, last)?;
    fits(replay.cases.mismatch(db, &forgotten)?, last)?;
    replay.check_files(db, last, &forgotten)?;
    fits(digests::mismatch(db)?, last)?;
    Ok(Audit::Whole { rows: last as u64, blanked })
}

/// A wrong row in a table ends the audit at the journal row that last described that row.
fn fits(mismatch: Option<Mismatch>, last: i64) -> Result<(), AuditStopped> {
    let Some(Mismatch { seq, why }) = mismatch else { return Ok(()) };
    Err(AuditStopped::Broken { seq: seq.unwrap_or(last), why: format!("after it, {why}") })
}

const OFFER_SENT: &str = "offer_sent";

/// The cases whose private data was deleted, each with the journal row that says so.
fn forgotten(db: &Connection) -> Result<BTreeMap<CaseId, i64>, rusqlite::Error> {
    let mut statement = db.prepare(
        "SELECT cases.id, max(journal.seq) FROM journal JOIN cases ON cases.id = journal.case_id
         WHERE journal.kind = 'private_data_deleted' AND cases.private_data_deleted_at_ms IS NOT NULL
         GROUP BY cases.id",
    )?;
    statement.query_map([], |row| Ok((CaseId(row.get(0)?), row.get(1)?)))?.collect()
}

fn check_head(db: &Connection, last: i64, prev: &Hash) -> Result<(), AuditStopped> {
    let broken = |seq, why: String| Err(AuditStopped::Broken { seq, why });
    let head = db
        .query_row("SELECT seq, hash FROM journal_head", [], |row| {
            // A hash of another length is not one of ours.
            Ok((row.get::<_, i64>(0)?, row.get::<_, Hash>(1).ok()))
        })
        .optional()?;
    match head {
        Some((seq, Some(hash))) if seq == last && hash == *prev => Ok(()),
        Some((seq, _)) if seq > last => {
            broken(last + 1, format!("the rows up to {seq} are missing at the end"))
        }
        Some(_) | None => broken(last, "the journal does not end where its head says".to_owned()),
    }
}

/// What the journal says about offers, cases and files.
#[derive(Default)]
struct Replay {
    /// The offers as they were sent, each with its journal row.
    offers: Vec<(i64, Offer)>,
    /// The offers that were undone: the case and the time of the offer, and when it was undone.
    withdrawn: BTreeMap<(CaseId, UtcMs), UtcMs>,
    cases: ReplayedCases,
    /// GitLab's ID and path for the project of a case.
    projects: BTreeMap<CaseId, Vec<(u64, String)>>,
    /// SHA-256 and verdict of every verified file.
    verified: BTreeSet<(String, String)>,
    /// Cases whose project is not known from the journal, because GitLab's answer was deleted with their private
    /// data.
    unknown: BTreeSet<CaseId>,
    /// Cases with an undone offer whose journal line was deleted with their private data.
    blanked: BTreeSet<CaseId>,
}

impl Replay {
    fn replay(&mut self, row: &JournalRow) -> Result<(), AuditStopped> {
        let what = row.what();
        if let (Some(what), Some(case)) = (&what, row.case_id) {
            self.cases.replay(case, row.seq, what);
        }
        match (row.kind.as_str(), what, row.case_id) {
            (OFFER_SENT, Some(JournalEvent::OfferSent { offer }), case) if case == Some(offer.case_id) => {
                self.offers.push((row.seq, offer));
            }
            (OFFER_SENT, _, _) => {
                return Err(AuditStopped::Broken {
                    seq: row.seq,
                    why: "this row records an offer, but not an offer of its case".to_owned(),
                });
            }
            (_, Some(JournalEvent::OfferWithdrawn { offered_at, withdrawn_at }), Some(case)) => {
                self.withdrawn.insert((case, offered_at), withdrawn_at);
            }
            ("offer_withdrawn", None, Some(case)) => {
                self.blanked.insert(case);
            }
            ("project_known", Some(JournalEvent::ProjectKnown { project }), Some(case)) => {
                self.projects.entry(case).or_default().push((project.id, project.path));
            }
            ("project_known", None, Some(case)) => {
                self.unknown.insert(case);
            }
            (_, Some(JournalEvent::DownloadVerified { sha256, verdict, .. }), _) => {
                self.verified.insert((sha256, verdict));
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks that the journal knows every verified file in the table of downloads.
    fn check_files(
        &self,
        db: &Connection,
        last: i64,
        forgotten: &BTreeMap<CaseId, i64>,
    ) -> Result<(), AuditStopped> {
        let mut statement = db.prepare(
            "SELECT id, case_id, sha256, verdict FROM transfers WHERE sha256 IS NOT NULL AND receipt IS NOT NULL",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let case: Option<i64> = row.get(1)?;
            if case.is_some_and(|case| forgotten.contains_key(&CaseId(case))) {
                continue;
            }
            let file = (row.get(2)?, row.get::<_, Option<String>>(3)?.unwrap_or_default());
            if !self.verified.contains(&file) {
                let id: i64 = row.get(0)?;
                let why = format!("no row of the journal records the file of download {id}");
                return Err(AuditStopped::Broken { seq: last, why });
            }
        }
        Ok(())
    }

    /// Checks that the offer log contains every offer of the journal, and no other.
    fn check_offer_log(&self, db: &Connection, last: i64) -> Result<(), AuditStopped> {
        let Some(mut offer_log) = offers::read_all(db)? else {
            let why = "before this row, the offer log has a line of the wrong form".to_owned();
            return Err(AuditStopped::Broken { seq: last, why });
        };
        for (seq, sent) in &self.offers {
            let Some(at) = offer_log.iter().position(|line| self.is_line_of(line, sent)) else {
                let why = "the offer of this row is missing in the offer log, or was changed".to_owned();
                return Err(AuditStopped::Broken { seq: *seq, why });
            };
            offer_log.remove(at);
        }
        let Some(extra) = offer_log.first() else { return Ok(()) };
        let case = extra.case_id;
        let why = format!("the offer log has an offer for case {case} that no row of the journal records");
        Err(AuditStopped::Broken { seq: last, why })
    }

    /// Whether a line of the offer log equals the offer as it was sent, apart from what GitLab later said about its
    /// project.
    fn is_line_of(&self, line: &Offer, sent: &Offer) -> bool {
        let as_sent = Offer {
            project_id: sent.project_id.or(line.project_id),
            project_path: sent.project_path.clone().or_else(|| line.project_path.clone()),
            withdrawn_at: if self.blanked.contains(&line.case_id) {
                line.withdrawn_at
            } else {
                self.withdrawn.get(&(sent.case_id, sent.at)).copied()
            },
            ..sent.clone()
        };
        if *line != as_sent {
            return false;
        }
        let learned = (sent.project_id.is_none() && line.project_id.is_some())
            || (sent.project_path.is_none() && line.project_path.is_some());
        let said = |id: u64, path: &String| {
            line.project_id == Some(id)
                && (sent.project_path.is_some() || line.project_path.as_ref() == Some(path))
        };
        !learned
            || self.unknown.contains(&line.case_id)
            || self.projects.get(&line.case_id).into_iter().flatten().any(|(id, path)| said(*id, path))
    }
}

/// The part of a row that links it into the chain.
struct Link {
    salt: Option<[u8; 16]>,
    body_hash: Hash,
    prev_hash: Hash,
}

impl Link {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self { salt: row.get(7)?, body_hash: row.get(8)?, prev_hash: row.get(9)? })
    }

    fn mismatch(&self, row: &JournalRow, prev: &Hash) -> Option<&'static str> {
        let body_fits = match (&row.body, &self.salt) {
            (Some(body), Some(salt)) => hash_of_body(salt, body) == self.body_hash,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if self.prev_hash != *prev {
            Some("it does not follow the row before it")
        } else if !body_fits {
            Some("its text was changed")
        } else if hash_of_row(row, &self.prev_hash, &self.body_hash) != row.hash {
            Some("its hash does not match its content")
        } else {
            None
        }
    }
}
