//! The table of settings: a key, and its value as JSON.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde_json::Value;

use super::error::Cause;

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
