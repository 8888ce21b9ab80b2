//! The tables of jobs, one a kind: a job's number counts within its own. Each row holds its job whole, as JSON.

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
    }
}

/// Makes the row of a job, or replaces it.
pub(super) fn put(db: &Connection, job: &Job) -> Result<(), Cause> {
    match job {
        Job::Export(run) => put_body(db, job, run),
        Job::Relations(run) => put_body(db, job, &orders::with_order(db, run)?),
        Job::Import(import) => put_body(db, job, import),
    }
}

/// Every job, kind by kind, in the order of their numbers.
pub(super) fn all(db: &Connection) -> Result<Vec<Job>, Cause> {
    let mut jobs = Vec::new();
    jobs.extend(bodies(db, table(JobKind::Export))?.into_iter().map(Job::Export));
    jobs.extend(
        bodies(db, table(JobKind::Relations))?.into_iter().map(RelationsRun::upgraded).map(Job::Relations),
    );
    jobs.extend(bodies(db, table(JobKind::Import))?.into_iter().map(ImportJob::upgraded).map(Job::Import));
    Ok(jobs)
}

/// The row holds the job whole, beside its number and the case it belongs to.
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

/// What the rows of a table hold as JSON, in the order of their numbers.
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
