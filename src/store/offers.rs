//! The log of one-time offers. The row type is [`Offer`]; triggers prevent changes and deletions.

use rusqlite::{Connection, Row, params};

use super::error::Cause;
use crate::case::{CaseId, Offer, OfferLog, Ticket, UtcMs};

pub(super) fn add(db: &Connection, offer: &Offer) -> Result<(), Cause> {
    db.execute(
        "INSERT INTO offers (at_ms, case_id, instance, project_id, project_path, ticket_url, ticket_id, sent_by,
                             override_reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            offer.at.0,
            offer.case_id.0,
            offer.instance,
            offer.project_id.map(|id| id as i64),
            offer.project_path,
            offer.ticket.as_ref().map(|ticket| &ticket.url),
            offer.ticket.as_ref().map(|ticket| ticket.id as i64),
            offer.by,
            offer.override_reason,
        ],
    )?;
    Ok(())
}

/// Adds GitLab's ID and path of the project to the offers of a case, once. Later changes of the path change nothing.
pub(super) fn identify(db: &Connection, case_id: CaseId, id: u64, path: &str) -> Result<(), Cause> {
    db.execute(
        "UPDATE offers SET project_id = coalesce(project_id, ?2), project_path = coalesce(project_path, ?3)
         WHERE case_id = ?1",
        params![case_id.0, id as i64, path],
    )?;
    Ok(())
}

/// Marks one offer of a case as withdrawn, once.
pub(super) fn withdraw(db: &Connection, case_id: CaseId, offered_at: UtcMs, at: UtcMs) -> Result<(), Cause> {
    db.execute(
        "UPDATE offers SET withdrawn_at_ms = ?3
         WHERE id = (SELECT id FROM offers WHERE case_id = ?1 AND at_ms = ?2 AND withdrawn_at_ms IS NULL
                     ORDER BY id LIMIT 1)",
        params![case_id.0, offered_at.0, at.0],
    )?;
    Ok(())
}

/// Every offer, oldest first.
pub(super) fn all(db: &Connection) -> Result<OfferLog, Cause> {
    let mut statement = db.prepare(LINES)?;
    let rows = statement.query_map([], line)?;
    Ok(OfferLog { offers: rows.collect::<Result<_, _>>()? })
}

/// The same as [`all`], for the audit: `None` where a line has values of the wrong form.
pub(super) fn read_all(db: &Connection) -> Result<Option<Vec<Offer>>, rusqlite::Error> {
    let mut statement = db.prepare(LINES)?;
    let mut rows = statement.query([])?;
    let mut offers = Vec::new();
    while let Some(row) = rows.next()? {
        let (Ok(offer), Ok(half)) = (line(row), half_ticket(row)) else { return Ok(None) };
        if half {
            return Ok(None);
        }
        offers.push(offer);
    }
    Ok(Some(offers))
}

const LINES: &str =
    "SELECT at_ms, case_id, instance, project_id, project_path, ticket_url, ticket_id, sent_by,
                            override_reason, withdrawn_at_ms
                     FROM offers ORDER BY at_ms, id";

fn line(row: &Row<'_>) -> Result<Offer, rusqlite::Error> {
    let ticket = row.get::<_, Option<String>>(5)?.zip(row.get::<_, Option<i64>>(6)?);
    Ok(Offer {
        at: UtcMs(row.get(0)?),
        case_id: CaseId(row.get(1)?),
        instance: row.get(2)?,
        project_id: row.get::<_, Option<i64>>(3)?.map(|id| id as u64),
        project_path: row.get(4)?,
        ticket: ticket.map(|(url, id)| Ticket { url, id: id as u64 }),
        by: row.get(7)?,
        override_reason: row.get(8)?,
        withdrawn_at: row.get::<_, Option<i64>>(9)?.map(UtcMs),
    })
}

/// A ticket's URL without its number, or the other way round: this program never writes either.
fn half_ticket(row: &Row<'_>) -> Result<bool, rusqlite::Error> {
    let url = row.get::<_, Option<String>>(5)?;
    Ok(url.is_some() != row.get::<_, Option<i64>>(6)?.is_some())
}
