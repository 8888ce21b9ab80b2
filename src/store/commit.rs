//! The only way to write: rows and their journal lines, in one transaction.

use rusqlite::{Connection, TransactionBehavior};
use serde_json::Value;

use super::downloads::DownloadRow;
use super::error::Cause;
use super::instances::InstanceRow;
use super::journal::{self, JournalRow};
use super::orders::StoredOrder;
use super::{batches, cases, digests, downloads, instances, jobs, offers, orders, settings};
use crate::case::batch::{BatchItem, ExportBatch};
use crate::case::{BatchId, Case, CaseId, Change, Effect, Job, JournalEntry, Offer, UtcMs};

/// One change of the state. All of it is written, or nothing.
#[derive(Clone, Debug)]
pub struct Commit {
    pub at: UtcMs,
    pub writes: Vec<Write>,
    pub entries: Vec<JournalEntry>,
}

/// One row to write. `Put…` inserts or replaces the row.
#[derive(Clone, Debug)]
pub enum Write {
    PutCase(Box<Case>),
    /// Keeps the requested downloads of a relations export.
    PutJob(Box<Job>),
    /// The requested downloads of an existing relations export.
    PutRelationsOrder(Box<StoredOrder>),
    PutDownload(Box<DownloadRow>),
    PutBatch(Box<ExportBatch>),
    /// One project of a batch, and its place.
    PutBatchItem(BatchId, usize, Box<BatchItem>),
    PutInstance(InstanceRow),
    DropInstance {
        url: String,
    },
    PutSetting {
        key: String,
        value: Value,
    },
    DropSetting {
        key: String,
    },
    AddOffer(Box<Offer>),
    /// Adds GitLab's ID and path of the project to the offers of a case.
    IdentifyOffers {
        case_id: CaseId,
        project_id: u64,
        project_path: String,
    },
    /// Marks one offer of a case as withdrawn.
    WithdrawOffer {
        case_id: CaseId,
        offered_at: UtcMs,
        withdrawn_at: UtcMs,
    },
    /// Deletes the journal bodies of a case. The case itself must be put with `private_data_deleted` before this.
    BlankCase(CaseId),
}

impl Commit {
    pub fn new(at: UtcMs) -> Self {
        Self { at, writes: Vec::new(), entries: Vec::new() }
    }

    /// Everything that [`crate::case::step()`] decided.
    pub fn of_change(at: UtcMs, change: Change) -> Self {
        let mut writes = vec![Write::PutCase(Box::new(change.case))];
        writes.extend(change.effects.into_iter().map(|effect| match effect {
            Effect::AddOffer(offer) => Write::AddOffer(Box::new(offer)),
            Effect::IdentifyOffers { case_id, project_id, project_path } => {
                Write::IdentifyOffers { case_id, project_id, project_path }
            }
            Effect::WithdrawOffer { case_id, offered_at, withdrawn_at } => {
                Write::WithdrawOffer { case_id, offered_at, withdrawn_at }
            }
            Effect::BlankJournal(case_id) => Write::BlankCase(case_id),
        }));
        Self { at, writes, entries: change.entries }
    }

    #[must_use]
    pub fn with(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }

    #[must_use]
    pub fn saying(mut self, entry: JournalEntry) -> Self {
        self.entries.push(entry);
        self
    }

    /// Whether old values must not remain in the file's free pages, its log, or its copies.
    pub(super) fn blanks(&self) -> bool {
        self.writes.iter().any(|write| matches!(write, Write::BlankCase(_)))
    }
}

/// Writes a commit. An early return drops the transaction, which rolls it back.
pub(super) fn apply(db: &mut Connection, commit: &Commit) -> Result<Vec<JournalRow>, Cause> {
    // Immediate, so that a busy file is detected before anything is written.
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for write in &commit.writes {
        apply_one(&tx, write)?;
    }
    let mut rows = Vec::with_capacity(commit.entries.len());
    for entry in &commit.entries {
        rows.push(journal::append(&tx, commit.at, entry)?);
    }
    tx.commit()?;
    Ok(rows)
}

fn apply_one(db: &Connection, write: &Write) -> Result<(), Cause> {
    match write {
        Write::PutCase(case) => {
            cases::put(db, case)?;
            digests::renew(db, "cases", case.id.0)?;
        }
        Write::PutJob(job) => {
            jobs::put(db, job)?;
            digests::renew(db, jobs::table(job.id().kind()), job.id().number())?;
        }
        Write::PutRelationsOrder(kept) => {
            orders::put(db, kept)?;
            digests::renew(db, orders::TABLE, kept.run.0)?;
        }
        Write::PutDownload(row) => {
            downloads::put(db, row)?;
            digests::renew(db, "transfers", row.id.0)?;
        }
        Write::PutBatch(batch) => {
            batches::put(db, batch)?;
            digests::renew(db, batches::TABLE, batch.id.0)?;
        }
        Write::PutBatchItem(batch, place, item) => {
            batches::put_item(db, *batch, *place, item)?;
            digests::renew(db, batches::ITEMS, batches::item_id(*batch, *place))?;
        }
        Write::PutInstance(row) => {
            instances::put(db, row)?;
            digests::renew(db, "instances", &row.url)?;
        }
        Write::DropInstance { url } => {
            instances::drop_one(db, url)?;
            digests::renew(db, "instances", url)?;
        }
        Write::PutSetting { key, value } => {
            settings::put(db, key, value)?;
            digests::renew(db, "settings", key)?;
        }
        Write::DropSetting { key } => {
            settings::drop_one(db, key)?;
            digests::renew(db, "settings", key)?;
        }
        Write::AddOffer(offer) => offers::add(db, offer)?,
        Write::IdentifyOffers { case_id, project_id, project_path } => {
            offers::identify(db, *case_id, *project_id, project_path)?;
        }
        Write::WithdrawOffer { case_id, offered_at, withdrawn_at } => {
            offers::withdraw(db, *case_id, *offered_at, *withdrawn_at)?;
        }
        Write::BlankCase(case_id) => drop(journal::blank(db, *case_id)?),
    }
    Ok(())
}
