//! The table of settings: a key, and its value as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};
use serde_json::Value;

use super::error::Cause;

/// Reads the settings of the folder `dir`, even if another program has the database open. Empty where there are none
/// or they cannot be read: opening the store will report the reason.
pub fn peek_settings(dir: &Path) -> BTreeMap<String, Value> {
    let path = dir.join(super::folder::DATABASE);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let read = |db: Connection| all(&db).ok();
    Connection::open_with_flags(path, flags).ok().and_then(read).unwrap_or_default()
}

pub(super) fn put(db: &Connection, key: &str, value: &Value) -> Result<(), Cause> {
    db.execute(
        "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        params![key, value.to_string()],
    )?;
    Ok(())
}

pub(super) fn drop_one(db: &Connection, key: &str) -> Result<(), Cause> {
    db.execute("DELETE FROM settings WHERE key = ?1", [key])?;
    Ok(())
}

pub(super) fn all(db: &Connection) -> Result<BTreeMap<String, Value>, Cause> {
    let mut statement = db.prepare("SELECT key, value FROM settings")?;
    let mut rows = statement.query([])?;
    let mut settings = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
        let value = serde_json::from_str(&value).map_err(|error| Cause::row("settings", &key, error))?;
        settings.insert(key, value);
    }
    Ok(settings)
}
