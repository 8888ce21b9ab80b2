//! The requested downloads of relations exports. They are in the body of the export's row, beside the export itself.
//! The two parts have different writers, and neither changes the other's part.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::error::Cause;
use crate::case::relations::RelationsOrder;
use crate::case::{RelationsId, RelationsRun};

pub(super) const TABLE: &str = "relations_runs";

/// The requested downloads of a relations export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOrder {
    pub run: RelationsId,
    /// The folder of the last download.
    pub folder: Option<String>,
    pub order: Option<RelationsOrder>,
}

/// An export and its requested downloads, as the row contains them.
#[derive(Debug, Serialize)]
pub(super) struct WithOrder<'a> {
    #[serde(flatten)]
    run: &'a RelationsRun,
    folder: Option<Box<RawValue>>,
    order: Option<Box<RawValue>>,
}

/// The parts of a body that belong to the downloads.
#[derive(Debug, Default, Deserialize)]
struct OfDownloads {
    #[serde(default)]
    folder: Option<Box<RawValue>>,
    #[serde(default)]
    order: Option<Box<RawValue>>,
}

/// The export's row for a write that keeps the requested downloads.
pub(super) fn with_order<'a>(db: &Connection, run: &'a RelationsRun) -> Result<WithOrder<'a>, Cause> {
    let kept = body_of(db, run.id)?.map(|body| serde_json::from_str(&body)).transpose();
    let kept: Option<OfDownloads> = kept.map_err(|error| Cause::row(TABLE, run.id, error))?;
    let OfDownloads { folder, order } = kept.unwrap_or_default();
    Ok(WithOrder { run, folder, order })
}

/// Writes the requested downloads of an existing export, and keeps the rest of its row.
pub(super) fn put(db: &Connection, kept: &StoredOrder) -> Result<(), Cause> {
    let fault = |error| Cause::row(TABLE, kept.run, error);
    let Some(body) = body_of(db, kept.run)? else {
        return Err(Cause::row(TABLE, kept.run, "there is no such export to keep an order of"));
    };
    let mut body: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&body).map_err(fault)?;
    body.insert("folder".to_owned(), to_raw_value(&kept.folder).map_err(fault)?);
    body.insert("order".to_owned(), to_raw_value(&kept.order).map_err(fault)?);
    let body = serde_json::to_string(&body).map_err(fault)?;
    db.execute("UPDATE relations_runs SET body = ?2 WHERE id = ?1", params![kept.run.0, body])?;
    Ok(())
}

fn body_of(db: &Connection, id: RelationsId) -> Result<Option<String>, Cause> {
    let body = db.query_row("SELECT body FROM relations_runs WHERE id = ?1", [id.0], |row| row.get(0));
    Ok(body.optional()?)
}

/// The requested downloads of all exports, in the order of the exports' IDs.
pub(super) fn all(db: &Connection) -> Result<Vec<StoredOrder>, Cause> {
    #[derive(Deserialize)]
    struct Row {
        id: RelationsId,
        #[serde(default)]
        folder: Option<String>,
        #[serde(default)]
        order: Option<RelationsOrder>,
    }
    let rows: Vec<Row> = super::jobs::bodies(db, TABLE)?;
    let kept = rows.into_iter().map(|Row { id, folder, order }| StoredOrder { run: id, folder, order });
    Ok(kept.collect())
}

#[cfg(test)]
mod tests {
    use crate::case::relations::{OrderState, OrderedFile};
    use crate::case::{Job, UtcMs};
    use crate::store::{Commit, Store, Write};

    use super::*;

    fn write(store: &mut Store, write: Write) {
        store.commit(&Commit { writes: vec![write], ..Commit::new(UtcMs(1)) }).unwrap();
    }

    #[test]
    fn an_export_and_its_downloads_are_written_apart() {
        let mut store = Store::in_memory().unwrap();
        let mut run = RelationsRun::discovered(RelationsId(1), "https://i", (7, "a/b"), UtcMs(1));
        write(&mut store, Write::PutJob(Box::new(Job::Relations(run.clone()))));
        let file = OrderedFile {
            relation: "issues".to_owned(),
            batch: Some(2),
            state: OrderState::Paused,
            updated_at: None,
            error: None,
        };
        let order = RelationsOrder { folder: "/f".to_owned(), files: vec![file] };
        let kept = StoredOrder { run: run.id, folder: Some("/f".to_owned()), order: Some(order) };
        write(&mut store, Write::PutRelationsOrder(Box::new(kept.clone())));
        assert_eq!(store.jobs().unwrap(), [Job::Relations(run.clone())]);
        run.batched = true;
        write(&mut store, Write::PutJob(Box::new(Job::Relations(run.clone()))));
        assert_eq!(store.jobs().unwrap(), [Job::Relations(run.clone())]);
        assert_eq!(store.relations_orders().unwrap(), std::slice::from_ref(&kept), "another write leaves it");
        write(&mut store, Write::PutRelationsOrder(Box::new(StoredOrder { order: None, ..kept.clone() })));
        assert_eq!(store.jobs().unwrap(), [Job::Relations(run)]);
        assert_eq!(store.relations_orders().unwrap()[0].order, None);
        let unknown = StoredOrder { run: RelationsId(9), ..kept };
        let writes = vec![Write::PutRelationsOrder(Box::new(unknown))];
        assert!(store.commit(&Commit { writes, ..Commit::new(UtcMs(1)) }).is_err());
    }
}
