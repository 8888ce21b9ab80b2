//! The tables of jobs, one per kind, each with its own IDs. Each row contains the whole job as JSON.

use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Cause;
use super::orders;
use crate::case::{ImportJob, Job, JobKind, RelationsRun};

/// The table of a kind.
pub(super) fn table(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Export => "runs",
        JobKind::Relations => "relations_runs",
        JobKind::Import => "imports",
        JobKind::Rebuild => "rebuilds",
    }
}

/// Inserts or replaces the row of a job.
pub(super) fn put(db: &Connection, job: &Job) -> Result<(), Cause> {
    match job {
        Job::Export(run) => put_body(db, job, run),
        Job::Relations(run) => put_body(db, job, &orders::with_order(db, run)?),
        Job::Import(import) => put_body(db, job, import),
        Job::Rebuild(rebuild) => put_body(db, job, rebuild),
    }
}

/// Every job, by kind and ID.
pub(super) fn all(db: &Connection) -> Result<Vec<Job>, Cause> {
    let mut jobs = Vec::new();
    jobs.extend(bodies(db, table(JobKind::Export))?.into_iter().map(Job::Export));
    jobs.extend(
        bodies(db, table(JobKind::Relations))?.into_iter().map(RelationsRun::upgraded).map(Job::Relations),
    );
    jobs.extend(bodies(db, table(JobKind::Import))?.into_iter().map(ImportJob::upgraded).map(Job::Import));
    jobs.extend(bodies(db, table(JobKind::Rebuild))?.into_iter().map(Job::Rebuild));
    Ok(jobs)
}

/// Writes the whole job as JSON, beside its ID and the case that it belongs to.
fn put_body(db: &Connection, job: &Job, body: &impl Serialize) -> Result<(), Cause> {
    let (table, id) = (table(job.id().kind()), job.id().number());
    let body = serde_json::to_string(body).map_err(|error| Cause::row(table, id, error))?;
    let sql = format!(
        "INSERT INTO {table} (id, case_id, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET case_id = ?2, body = ?3"
    );
    db.execute(&sql, params![id, job.case_id().map(|id| id.0), body])?;
    Ok(())
}

/// The JSON bodies of a table, in the order of their IDs.
pub(super) fn bodies<T: DeserializeOwned>(db: &Connection, table: &'static str) -> Result<Vec<T>, Cause> {
    let mut statement = db.prepare(&format!("SELECT id, body FROM {table} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let mut bodies = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, body): (i64, String) = (row.get(0)?, row.get(1)?);
        bodies.push(serde_json::from_str(&body).map_err(|error| Cause::row(table, id, error))?);
    }
    Ok(bodies)
}
