//! The table of cases. The row type is [`Case`] itself.

use rusqlite::{Connection, params};

use super::error::Cause;
use crate::case::Case;

pub(super) fn put(db: &Connection, case: &Case) -> Result<(), Cause> {
    let body = serde_json::to_string(case).map_err(|error| Cause::row("cases", case.id, error))?;
    db.execute(
        "INSERT INTO cases (id, instance, ticket_id, project_id, project_path, stage, created_at_ms, closed_at_ms,
                            archived, private_data_deleted_at_ms, revision, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (id) DO UPDATE SET
            instance = ?2, ticket_id = ?3, project_id = ?4, project_path = ?5, stage = ?6, created_at_ms = ?7,
            closed_at_ms = ?8, archived = ?9, private_data_deleted_at_ms = ?10, revision = ?11, body = ?12",
        params![
            case.id.0,
            case.instance,
            case.ticket.as_ref().map(|ticket| ticket.id as i64),
            case.project.id.map(|id| id as i64),
            case.project.path,
            case.stage.as_str(),
            case.created_at.0,
            case.closed_at.map(|at| at.0),
            case.archived,
            case.private_data_deleted.map(|at| at.0),
            case.revision as i64,
            body,
        ],
    )?;
    Ok(())
}

/// Every case, in the order of their numbers.
pub(super) fn all(db: &Connection) -> Result<Vec<Case>, Cause> {
    let mut statement = db.prepare("SELECT id, body FROM cases ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut cases = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, body): (i64, String) = (row.get(0)?, row.get(1)?);
        cases.push(serde_json::from_str(&body).map_err(|error| Cause::row("cases", id, error))?);
    }
    Ok(cases)
}
