//! The SQLite file: opens it, backs it up, migrates it. Every write is one transaction with its journal row.
//!
//! The tables are the source of the state, one file each; the [`journal`] is the audit trail. The engine's thread
//! owns the only [`Store`], loads it completely at the start (but only the end of the journal), and writes only
//! through [`Store::commit`]. Tokens are never stored. Of the URLs that grant access without a token, only the
//! hand-over link of a case is stored, and it is deleted with the private data.

mod audit;
mod batches;
mod cases;
mod commit;
mod digests;
mod downloads;
mod error;
mod folder;
mod instances;
mod jobs;
pub mod journal;
mod migrate;
mod offers;
mod orders;
mod replayed_cases;
mod settings;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::case::batch::{BatchItem, ExportBatch};
use crate::case::{BatchId, Case, CaseId, DownloadId, Job, JobId, JobKind, OfferLog, UtcMs};
use error::Cause;
use folder::DataFolder;

pub use audit::Audit;
pub use commit::{Commit, Write};
pub use downloads::DownloadRow;
pub use error::StoreError;
pub use instances::InstanceRow;
pub use journal::{Head, JournalRow};
pub use orders::StoredOrder;
pub use settings::peek_settings;

/// The open database. Dropping it releases the folder for other programs.
#[derive(Debug)]
pub struct Store {
    // Declared before `folder`, because fields drop in order and the lock must outlive the connection.
    db: Connection,
    /// The path in error messages; `:memory:` for a store without a file.
    path: PathBuf,
    folder: Option<DataFolder>,
}

impl Store {
    /// Opens the database of a data folder. Creates it where it is missing, and migrates an older one. `now` becomes
    /// part of the name of the copy that is made before a migration.
    pub fn open(dir: &Path, now: UtcMs) -> Result<Self, StoreError> {
        let folder = DataFolder::take(dir)?;
        let path = match folder.find_database()? {
            Some(path) => path,
            None => folder.new_database(|new| Self::at(new)?.migrated(migrate::MIGRATIONS, now))?,
        };
        let mut store = Self { folder: Some(folder), ..Self::at(&path)? };
        store.prepare(migrate::MIGRATIONS, now)?;
        Ok(store)
    }

    fn at(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let of_sqlite = |error| StoreError::of_sqlite(path, error);
        let db = Connection::open_with_flags(path, flags).map_err(of_sqlite)?;
        // On macOS, a plain sync leaves the bytes in the disk's own cache. The other systems have no other sync.
        db.execute_batch("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;").map_err(of_sqlite)?;
        Ok(Self { db, path: path.to_owned(), folder: None })
    }

    /// Migrates a file that does not have its final name yet, and closes it.
    fn migrated(mut self, migrations: &[&str], now: UtcMs) -> Result<(), StoreError> {
        self.migrate(migrations, now)?;
        self.db.close().map_err(|(_db, error)| StoreError::of_sqlite(&self.path, error))
    }

    /// A store in memory, for practice and tests.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let db = Connection::open_in_memory().map_err(|error| StoreError::of_sqlite(&path, error))?;
        let mut store = Self { db, path, folder: None };
        store.prepare(migrate::MIGRATIONS, UtcMs(0))?;
        Ok(store)
    }

    fn prepare(&mut self, migrations: &[&str], now: UtcMs) -> Result<(), StoreError> {
        let of_sqlite = |error| StoreError::of_sqlite(&self.path, error);
        // Another tool may be reading the file for a moment.
        self.db.busy_timeout(Duration::from_secs(2)).map_err(of_sqlite)?;
        // Checks the file before anything can change it, including a change of its journal mode.
        migrate::format_of(&self.db, &self.path)
            .and_then(|found| migrate::refuse_newer(found, migrations.len() as i64))?;
        self.db
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
                 PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;",
            )
            .map_err(of_sqlite)?;
        self.migrate(migrations, now)?;
        match digests::begin(&mut self.db) {
            // The audit reports a journal without its head; a test's file may be of an older format.
            Err(error) if error::is_missing(&error) => Ok(()),
            result => result.map_err(|error| StoreError::of_sqlite(&self.path, error)),
        }
    }

    fn migrate(&mut self, migrations: &[&str], now: UtcMs) -> Result<(), StoreError> {
        let (folder, path) = (&self.folder, &self.path);
        migrate::migrate(&mut self.db, path, migrations, |db, version| {
            let Some(folder) = folder else { return Ok(()) };
            let copy = folder.copy_before(version, now.0)?;
            db.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).map(drop).map_err(|error| {
                // Half a copy could later be mistaken for a complete one.
                std::fs::remove_file(&copy).ok();
                StoreError::of_sqlite(&copy, error)
            })
        })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The only way to write: all of it or nothing. Returns the journal rows that it appended.
    pub fn commit(&mut self, commit: &Commit) -> Result<Vec<JournalRow>, StoreError> {
        let rows = commit::apply(&mut self.db, commit).map_err(|cause| cause.at(&self.path))?;
        if commit.blanks()
            && let Err(error) = self.forget_old_pages()
        {
            // The deletion itself is written, but the log or copies may still contain the data.
            tracing::warn!("deleted data may linger beside the database: {error}");
        }
        Ok(rows)
    }

    /// After private data was deleted: empties the write-ahead log and removes the copies made before migrations,
    /// which still contain the data.
    fn forget_old_pages(&mut self) -> Result<(), StoreError> {
        self.db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|error| StoreError::of_sqlite(&self.path, error))?;
        self.folder.as_ref().map_or(Ok(()), DataFolder::drop_copies)
    }

    /// Every case, in the order of their IDs.
    pub fn cases(&self) -> Result<Vec<Case>, StoreError> {
        self.read(cases::all)
    }

    /// Every job, by kind and ID.
    pub fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        self.read(jobs::all)
    }

    /// The requested downloads of each relations export.
    pub fn relations_orders(&self) -> Result<Vec<StoredOrder>, StoreError> {
        self.read(orders::all)
    }

    /// Every download, in the order of their IDs.
    pub fn downloads(&self) -> Result<Vec<DownloadRow>, StoreError> {
        self.read(downloads::all)
    }

    /// Every batch of exports with its projects.
    pub fn batches(&self) -> Result<Vec<(ExportBatch, Vec<BatchItem>)>, StoreError> {
        self.read(batches::all)
    }

    /// Every instance, in the order in which they were added.
    pub fn instances(&self) -> Result<Vec<InstanceRow>, StoreError> {
        self.read(instances::all)
    }

    pub fn settings(&self) -> Result<BTreeMap<String, Value>, StoreError> {
        self.read(settings::all)
    }

    /// Every one-time offer, oldest first.
    pub fn offers(&self) -> Result<OfferLog, StoreError> {
        self.read(offers::all)
    }

    /// The last `n` rows of the journal, oldest first.
    pub fn journal_tail(&self, n: usize) -> Result<Vec<JournalRow>, StoreError> {
        self.read_journal(|db| journal::tail(db, n))
    }

    /// The last `n` rows of a case's journal, oldest first.
    pub fn journal_for_case(&self, id: CaseId, n: usize) -> Result<Vec<JournalRow>, StoreError> {
        self.read_journal(|db| journal::of_case(db, id, n))
    }

    /// Audits the whole journal, with one row in memory at a time, and the tables against it. `kept` is the head that
    /// was kept outside the file.
    pub fn audit(&self, kept: Option<&Head>) -> Result<Audit, StoreError> {
        self.read(|db| Ok(audit::audit(db, kept)?))
    }

    /// The journal's last row.
    pub fn head(&self) -> Result<Head, StoreError> {
        self.read_journal(journal::head)
    }

    /// Whether the journal contains this head: as its last row, or before later rows.
    pub fn follows(&self, head: &Head) -> Result<bool, StoreError> {
        self.read_journal(|db| journal::contains(db, head))
    }

    /// The ID for the next case.
    pub fn next_case_id(&self) -> Result<CaseId, StoreError> {
        self.next_id("SELECT coalesce(max(id), 0) + 1 FROM cases").map(CaseId)
    }

    /// The ID for the next job of a kind.
    pub fn next_job_id(&self, kind: JobKind) -> Result<JobId, StoreError> {
        let sql = format!("SELECT coalesce(max(id), 0) + 1 FROM {}", jobs::table(kind));
        self.next_id(&sql).map(|number| kind.id(number))
    }

    /// The ID for the next download.
    pub fn next_download_id(&self) -> Result<DownloadId, StoreError> {
        self.next_id("SELECT coalesce(max(id), 0) + 1 FROM transfers").map(DownloadId)
    }

    /// The ID for the next batch.
    pub fn next_batch_id(&self) -> Result<BatchId, StoreError> {
        self.next_id("SELECT coalesce(max(id), 0) + 1 FROM batches").map(BatchId)
    }

    fn next_id(&self, sql: &str) -> Result<i64, StoreError> {
        self.read(|db| Ok(db.query_row(sql, [], |row| row.get(0))?))
    }

    fn read_journal<T>(
        &self,
        load: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, StoreError> {
        load(&self.db).map_err(|error| {
            if error::is_missing(&error) {
                StoreError::NoJournal { path: self.path.clone() }
            } else {
                StoreError::of_sqlite(&self.path, error)
            }
        })
    }

    fn read<T>(&self, load: impl FnOnce(&Connection) -> Result<T, Cause>) -> Result<T, StoreError> {
        load(&self.db).map_err(|cause| cause.at(&self.path))
    }
}
