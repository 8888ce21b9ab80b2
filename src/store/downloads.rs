//! The table of downloads: where the bytes go, how many there are, and the result of their verification.

use std::path::PathBuf;

use rusqlite::{Connection, params};

use super::error::Cause;
use crate::case::{CaseId, DownloadId, RunId, UtcMs};

/// One download of an archive. Never contains a signed URL: the next try requests a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadRow {
    pub id: DownloadId,
    /// Base URL of the instance.
    pub instance: String,
    /// The project as the user named it, a path or an ID.
    pub project: String,
    pub project_id: Option<u64>,
    pub run_id: Option<RunId>,
    pub case_id: Option<CaseId>,
    pub target_path: PathBuf,
    /// The engine's name of the state, for example `moving` or `proved`.
    pub state: String,
    pub bytes: u64,
    pub total_bytes: Option<u64>,
    /// In hexadecimal.
    pub sha256: Option<String>,
    /// The name of the verdict.
    pub verdict: Option<String>,
    /// Data that only the engine reads, as JSON: validators for a resume, counters, the last error.
    pub detail: Option<String>,
    /// The receipt as JSON.
    pub receipt: Option<String>,
    pub created_at: UtcMs,
    pub ended_at: Option<UtcMs>,
}

pub(super) fn put(db: &Connection, row: &DownloadRow) -> Result<(), Cause> {
    let Some(target_path) = row.target_path.to_str() else {
        return Err(Cause::row("transfers", row.id, "the target path is not Unicode"));
    };
    db.execute(
        "INSERT INTO transfers (id, instance, project, project_id, run_id, case_id, target_path, state, bytes,
                                total_bytes, sha256, verdict, detail, receipt, created_at_ms, ended_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
         ON CONFLICT (id) DO UPDATE SET
            instance = ?2, project = ?3, project_id = ?4, run_id = ?5, case_id = ?6, target_path = ?7, state = ?8,
            bytes = ?9, total_bytes = ?10, sha256 = ?11, verdict = ?12, detail = ?13, receipt = ?14,
            created_at_ms = ?15, ended_at_ms = ?16",
        params![
            row.id.0,
            row.instance,
            row.project,
            row.project_id.map(|id| id as i64),
            row.run_id.map(|id| id.0),
            row.case_id.map(|id| id.0),
            target_path,
            row.state,
            row.bytes as i64,
            row.total_bytes.map(|bytes| bytes as i64),
            row.sha256,
            row.verdict,
            row.detail,
            row.receipt,
            row.created_at.0,
            row.ended_at.map(|at| at.0),
        ],
    )?;
    Ok(())
}

/// Every download, in the order of their IDs.
pub(super) fn all(db: &Connection) -> Result<Vec<DownloadRow>, Cause> {
    let mut statement = db.prepare(
        "SELECT id, instance, project, project_id, run_id, case_id, target_path, state, bytes, total_bytes, sha256,
                verdict, detail, receipt, created_at_ms, ended_at_ms
         FROM transfers ORDER BY id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(DownloadRow {
            id: DownloadId(row.get(0)?),
            instance: row.get(1)?,
            project: row.get(2)?,
            project_id: row.get::<_, Option<i64>>(3)?.map(|id| id as u64),
            run_id: row.get::<_, Option<i64>>(4)?.map(RunId),
            case_id: row.get::<_, Option<i64>>(5)?.map(CaseId),
            target_path: PathBuf::from(row.get::<_, String>(6)?),
            state: row.get(7)?,
            bytes: row.get::<_, i64>(8)? as u64,
            total_bytes: row.get::<_, Option<i64>>(9)?.map(|bytes| bytes as u64),
            sha256: row.get(10)?,
            verdict: row.get(11)?,
            detail: row.get(12)?,
            receipt: row.get(13)?,
            created_at: UtcMs(row.get(14)?),
            ended_at: row.get::<_, Option<i64>>(15)?.map(UtcMs),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
