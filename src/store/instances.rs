//! The table of GitLab instances. Tokens are in the keyring, never in this table.

use rusqlite::{Connection, params};
use serde_json::Value;

use super::error::Cause;
use crate::case::UtcMs;

/// An instance that the user connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceRow {
    /// Base URL without a trailing slash.
    pub url: String,
    /// The result of the last check: user, version, scopes, the token's expiry date.
    pub known: Option<Value>,
    pub added_at: UtcMs,
}

pub(super) fn put(db: &Connection, row: &InstanceRow) -> Result<(), Cause> {
    db.execute(
        "INSERT INTO instances (url, known, added_at_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (url) DO UPDATE SET known = ?2, added_at_ms = ?3",
        params![row.url, row.known.as_ref().map(Value::to_string), row.added_at.0],
    )?;
    Ok(())
}

pub(super) fn drop_one(db: &Connection, url: &str) -> Result<(), Cause> {
    db.execute("DELETE FROM instances WHERE url = ?1", [url])?;
    Ok(())
}

/// Every instance, in the order in which they were added.
pub(super) fn all(db: &Connection) -> Result<Vec<InstanceRow>, Cause> {
    let mut statement =
        db.prepare("SELECT url, known, added_at_ms FROM instances ORDER BY added_at_ms, url")?;
    let mut rows = statement.query([])?;
    let mut instances = Vec::new();
    while let Some(row) = rows.next()? {
        let url: String = row.get(0)?;
        let known = row
            .get::<_, Option<String>>(1)?
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| Cause::row("instances", &url, error))?;
        instances.push(InstanceRow { url, known, added_at: UtcMs(row.get(2)?) });
    }
    Ok(instances)
}
