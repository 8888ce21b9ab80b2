//! The cases, replayed from the journal, for the audit: no fact, ticket, project or stage changes without a line.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::digests::Mismatch;
use crate::case::{Case, CaseId, Fact, JournalEvent, Reminder, UtcMs};

/// The cases, replayed from the journal.
#[derive(Default)]
pub(super) struct ReplayedCases(BTreeMap<CaseId, ReplayedCase>);

/// A value, and the journal row that says it.
type FromRow<T> = (i64, T);

#[derive(Default)]
struct ReplayedCase {
    /// The row that opens the case. Without it, only the stage is compared.
    opened: Option<i64>,
    instance: Option<FromRow<String>>,
    ticket: Option<FromRow<Option<String>>>,
    given_title: Option<FromRow<Option<String>>>,
    notes: FromRow<BTreeMap<UtcMs, String>>,
    reminder: Option<FromRow<Option<Reminder>>>,
    project_id: Option<FromRow<u64>>,
    project_path: Option<FromRow<String>>,
    facts: BTreeMap<Fact, FromRow<Option<String>>>,
    last_stage: Option<FromRow<String>>,
    archived: Option<FromRow<bool>>,
    served: Option<FromRow<(u64, String, String)>>,
}

impl ReplayedCases {
    pub(super) fn replay(&mut self, case: CaseId, seq: i64, what: &JournalEvent) {
        let replayed = self.0.entry(case).or_default();
        match what {
            JournalEvent::CaseOpened { instance, ticket, project } => {
                replayed.opened = Some(seq);
                replayed.instance = Some((seq, instance.clone()));
                replayed.ticket = Some((seq, ticket.as_ref().map(|ticket| ticket.url.clone())));
                replayed.project_id = project.id.map(|id| (seq, id));
                replayed.project_path = project.path.clone().map(|path| (seq, path));
            }
            JournalEvent::FactSet { fact, to, .. } => {
                drop(replayed.facts.insert(*fact, (seq, Some(to.clone()))));
            }
            JournalEvent::FactCleared { fact, .. } => drop(replayed.facts.insert(*fact, (seq, None))),
            JournalEvent::StageEntered { to, .. } => replayed.last_stage = Some((seq, to.clone())),
            JournalEvent::CaseReopened => replayed.archived = Some((seq, false)),
            JournalEvent::Archived { archived } => replayed.archived = Some((seq, *archived)),
            JournalEvent::ProjectCorrected { project } => {
                replayed.project_id = project.id.map(|id| (seq, id));
                replayed.project_path = project.path.clone().map(|path| (seq, path));
            }
            JournalEvent::TicketKnown { ticket } => replayed.ticket = Some((seq, Some(ticket.url.clone()))),
            JournalEvent::TicketRemoved { .. } => replayed.ticket = Some((seq, None)),
            JournalEvent::TitleSet { title } => replayed.given_title = Some((seq, title.clone())),
            JournalEvent::Note { at: Some(at), text } | JournalEvent::NoteChanged { at, text } => {
                replayed.notes.0 = seq;
                drop(replayed.notes.1.insert(*at, text.clone()));
            }
            JournalEvent::NoteRemoved { at } => {
                replayed.notes.0 = seq;
                drop(replayed.notes.1.remove(at));
            }
            JournalEvent::ReminderSet { reminder } => replayed.reminder = Some((seq, reminder.clone())),
            JournalEvent::ProjectKnown { project } => {
                replayed.project_id = Some((seq, project.id));
                replayed.project_path = Some((seq, project.path.clone()));
            }
            JournalEvent::DownloadEnded { download } => {
                if let Ok(file) = &download.result {
                    replayed.served = Some((seq, (file.bytes, file.sha256.clone(), file.verdict.clone())));
                }
            }
            _ => {}
        }
    }

    /// The first case in the table that is not as the journal says. Of a case in `forgotten`, whose private data was
    /// deleted, the journal no longer has the lines.
    pub(super) fn mismatch(
        &self,
        db: &Connection,
        forgotten: &BTreeMap<CaseId, i64>,
    ) -> Result<Option<Mismatch>, rusqlite::Error> {
        let mut statement = db.prepare("SELECT id, body FROM cases ORDER BY id")?;
        let mut rows = statement.query([])?;
        let mut there = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let (id, body): (CaseId, Option<String>) = (CaseId(row.get(0)?), row.get(1).unwrap_or_default());
            there.insert(id);
            let Some(replayed) = self.0.get(&id).filter(|_| !forgotten.contains_key(&id)) else { continue };
            let case: Option<Case> = body.and_then(|body| serde_json::from_str(&body).ok());
            let Some(case) = case.filter(|case| case.id == id) else {
                return Ok(Some(Mismatch { seq: None, why: format!("case {id} cannot be read") }));
            };
            if let Some((seq, what)) = replayed.mismatch(&case) {
                let why = format!("{what} of case {id} is not what the journal says");
                return Ok(Some(Mismatch { seq, why }));
            }
        }
        let lost = self.0.iter().find(|(id, replayed)| replayed.opened.is_some() && !there.contains(*id));
        Ok(lost.map(|(id, replayed)| Mismatch {
            seq: replayed.opened,
            why: format!("case {id} is not in the table of cases"),
        }))
    }
}

impl ReplayedCase {
    /// The first part of a case that is not as the journal says, and the row that says it.
    fn mismatch(&self, case: &Case) -> Option<(Option<i64>, String)> {
        /// The row of a value that does not fit.
        fn differs<T>(said: Option<&FromRow<T>>, fits: impl FnOnce(&T) -> bool) -> Option<i64> {
            said.filter(|(_, value)| !fits(value)).map(|(seq, _)| *seq)
        }
        let stage = differs(self.last_stage.as_ref(), |stage| case.stage.as_str() == stage);
        if stage.is_some() || self.opened.is_none() {
            return stage.map(|seq| (Some(seq), "the stage".to_owned()));
        }
        let (project, ticket) = (&case.project, case.ticket.as_ref().map(|ticket| &ticket.url));
        let is_served = |(bytes, sha256, verdict): &(u64, String, String)| {
            let served = case.served.as_ref();
            served.is_some_and(|file| (file.bytes, &file.sha256, &file.verdict) == (*bytes, sha256, verdict))
        };
        let is_noted = |notes: &BTreeMap<UtcMs, String>| {
            let told = notes.iter().map(|(at, text)| (*at, text.as_str()));
            case.notes.iter().map(|note| (note.at, note.text.as_str())).eq(told)
        };
        let parts = [
            ("the instance", differs(self.instance.as_ref(), |url| *url == case.instance)),
            ("the ticket", differs(self.ticket.as_ref(), |url| url.as_ref() == ticket)),
            ("a note", differs(Some(&self.notes), is_noted)),
            ("the reminder", differs(self.reminder.as_ref(), |told| *told == case.reminder)),
            ("the title", differs(self.given_title.as_ref(), |title| *title == case.given_title)),
            ("the project's ID", differs(self.project_id.as_ref(), |id| project.id == Some(*id))),
            (
                "the project's path",
                differs(self.project_path.as_ref(), |path| project.path.as_ref() == Some(path)),
            ),
            ("the archive mark", differs(self.archived.as_ref(), |archived| case.archived == *archived)),
            ("the downloaded file", differs(self.served.as_ref(), is_served)),
        ];
        let part = parts.into_iter().find_map(|(what, seq)| seq.map(|seq| (Some(seq), what.to_owned())));
        part.or_else(|| self.fact_mismatch(case))
    }

    fn fact_mismatch(&self, case: &Case) -> Option<(Option<i64>, String)> {
        Fact::ALL.into_iter().find_map(|fact| {
            let value = case.facts.get(fact);
            let (seq, fits) = match self.facts.get(&fact) {
                Some((seq, said)) => (Some(*seq), value == *said),
                None => (None, value.is_none()),
            };
            (!fits).then(|| (seq, format!("the fact {}", fact.as_str())))
        })
    }
}
