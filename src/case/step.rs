//! The decision tree: one input and one case give one answer.
//!
//! Facts are what is known; events are what was done. Facts change the stage only where no event has set it
//! ([`mod@super::route`]); events change it everywhere else. Nothing is overwritten without a journal line.

mod events;
mod notes;
mod undo;

pub use undo::is_same_step;

use super::entry::{JournalEntry, JournalEvent};
use super::event::{DownloadEnded, ExportEnded, Input};
use super::fact::{Fact, Value, YesNoUnknown};
use super::id::CaseId;
use super::intake::refuse_misplaced;
use super::note::Reminder;
use super::offer_log::{Offer, OfferLog};
use super::parse::{MAX_TEXT_BYTES, check_moment, refuse_secrets_in};
use super::refusal::{Refusal, Rule};
use super::route::due_stage;
use super::rules::Rules;
use super::stage::{CaseOutcome, OpenStage, Request, RoutedBy, Stage};
use super::subject::{Case, KnownProject, ProjectRef, Ticket};
use super::time::UtcMs;
use notes::change_note;

/// How long a title may be, in bytes.
const MAX_TITLE_BYTES: usize = 200;

/// The result of an accepted input. Commit all of it, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The case afterwards.
    pub case: Case,
    /// Lines for the journal, in order.
    pub entries: Vec<JournalEntry>,
    /// What else must be written together with the case.
    pub effects: Vec<Effect>,
}

/// A write besides the case itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A line for the offer log.
    AddOffer(Offer),
    /// Marks the offer that this case made at `offered_at` as withdrawn. Its line stays.
    WithdrawOffer { case_id: CaseId, offered_at: UtcMs, withdrawn_at: UtcMs },
    /// Records in the offer log what GitLab reports about the project of this case's offers.
    IdentifyOffers { case_id: CaseId, project_id: u64, project_path: String },
    /// Blanks the bodies of this case's journal lines.
    BlankJournal(CaseId),
}

/// A new case, with its first journal line.
pub fn open_case(
    id: CaseId,
    instance: &str,
    ticket: Option<Ticket>,
    project: ProjectRef,
    now: UtcMs,
) -> Change {
    let case = Case::new(id, instance, ticket.clone(), project.clone(), now);
    let opened = JournalEvent::CaseOpened { instance: case.instance.clone(), ticket, project };
    Change { case, entries: vec![JournalEntry::of_case(id, opened)], effects: Vec::new() }
}

/// Decides what an input does to a case. Total: every pair of stage and input has an answer.
pub fn step(
    case: &Case,
    input: Input,
    offer_log: &OfferLog,
    rules: &Rules,
    now: UtcMs,
) -> Result<Change, Refusal> {
    let mut draft =
        Draft { case: case.clone(), entries: Vec::new(), effects: Vec::new(), offer_log, rules, now };
    if case.private_data_deleted.is_some() && !matches!(input, Input::Archive(_)) {
        return Err(Refusal::new(
            Rule::PrivateDataDeleted,
            format!("Case {} cannot be changed: its private data was deleted.", case.id),
            "Open a new case for the ticket.",
        ));
    }
    // Time alone may have changed the stage: the infrastructure window ends without any input.
    draft.settle();
    draft.take(input)?;
    draft.settle();
    Ok(draft.finish(case))
}

/// A change under construction.
struct Draft<'a> {
    case: Case,
    entries: Vec<JournalEntry>,
    effects: Vec<Effect>,
    offer_log: &'a OfferLog,
    rules: &'a Rules,
    now: UtcMs,
}

impl Draft<'_> {
    fn take(&mut self, input: Input) -> Result<(), Refusal> {
        match input {
            Input::SetFact(fact, value) => self.set_fact(fact, value),
            Input::ClearFact(fact) => self.clear_fact(fact),
            Input::Event(event) => self.event(event),
            Input::ProjectKnown(project) => self.project_known(project),
            Input::SetProject(project) => self.set_project(project),
            Input::LeftOutCounted(counts) => {
                self.case.project.counts = Some(Box::new(counts));
                Ok(())
            }
            Input::SetTicket(ticket) => {
                self.set_ticket(ticket);
                Ok(())
            }
            Input::SetTitle(title) => self.set_title(&title),
            Input::Note { at, text } => {
                let said = change_note(&mut self.case.notes, at, &text, self.now)?;
                if let Some(what) = said {
                    self.say(what);
                }
                Ok(())
            }
            Input::Remind(reminder) => {
                self.remind(reminder);
                Ok(())
            }
            Input::RunEnded(export) => {
                self.run_ended(export);
                Ok(())
            }
            Input::DownloadEnded(download) => {
                self.download_ended(download);
                Ok(())
            }
            Input::TextCopied { kind } => {
                self.say(JournalEvent::TextCopied { text: kind });
                Ok(())
            }
            Input::Archive(archived) => self.archive(archived),
            Input::DeletePrivateData => self.delete_private_data(),
        }
    }

    fn remind(&mut self, reminder: Option<Reminder>) {
        if self.case.reminder != reminder {
            self.case.reminder.clone_from(&reminder);
            self.say(JournalEvent::ReminderSet { reminder });
        }
    }

    fn say(&mut self, what: JournalEvent) {
        self.entries.push(JournalEntry::of_case(self.case.id, what));
    }

    fn enter(&mut self, stage: Stage, why: impl Into<String>) {
        let from = self.case.stage.as_str().to_owned();
        self.say(JournalEvent::StageEntered { from, to: stage.as_str().to_owned(), why: why.into() });
        self.case.stage = stage;
        self.case.stage_since = self.now;
    }

    /// Moves the case to the stage that its facts demand. One pass is enough: `due_stage` returns a stage that it
    /// would keep.
    fn settle(&mut self) {
        let (stage, why) = due_stage(self.case.stage, &self.case.facts, self.rules, self.now);
        if stage != self.case.stage {
            self.enter(stage, why);
        }
    }

    fn finish(mut self, before: &Case) -> Change {
        if self.case != *before || !self.entries.is_empty() {
            self.case.revision = before.revision.saturating_add(1);
        }
        Change { case: self.case, entries: self.entries, effects: self.effects }
    }

    fn set_fact(&mut self, fact: Fact, value: Value) -> Result<(), Refusal> {
        check_moment(fact, &value, self.now)?;
        if let Value::Link(link) = &value {
            refuse_misplaced(fact, link, &self.case.instance, self.rules)?;
        }
        let is_new = self.case.facts.value(fact).as_ref() != Some(&value);
        self.put(fact, value)?;
        match fact {
            // A person records another attempt than that of this program: the time tells attempts apart, and a message
            // alone only says more about the same one.
            Fact::ApiAttemptAt if is_new => {
                self.case.own_api_attempt = false;
                Ok(())
            }
            Fact::HandoverLink if self.case.facts.handover_expires_at.is_none() => {
                let ends_at = self.now.plus_ms(self.rules.handover_link_ms);
                self.put(Fact::HandoverExpiresAt, Value::Time(ends_at))
            }
            // A wrong click in the last step is corrected through the fact.
            Fact::AttemptResult => {
                self.correct_result();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn correct_result(&mut self) {
        if let (Stage::Outcome { ending: CaseOutcome::Attempted { request, result } }, Some(corrected)) =
            (self.case.stage, self.case.facts.attempt_result)
            && result != corrected
        {
            self.enter(
                Stage::Outcome { ending: CaseOutcome::Attempted { request, result: corrected } },
                "The result was corrected.",
            );
        }
    }

    /// Sets a fact and adds a journal line; adds none if nothing changes.
    fn put(&mut self, fact: Fact, value: Value) -> Result<(), Refusal> {
        let (from, to) = (self.case.facts.get(fact), value.to_string());
        if from.as_deref() == Some(&to) {
            return Ok(());
        }
        if !self.case.facts.put(fact, value) {
            return Err(Refusal::new(
                Rule::ValueForm,
                format!("{} does not accept this kind of value.", fact.quoted()),
                "Give the value as text.",
            ));
        }
        self.say(JournalEvent::FactSet { fact, from, to });
        Ok(())
    }

    /// Sets a fact that is not recorded yet.
    fn put_missing(&mut self, fact: Fact, value: Value) {
        if !self.case.facts.has(fact) {
            self.put_own(fact, value);
        }
    }

    /// Sets a fact to a value that the program itself made, so that its kind is always right.
    fn put_own(&mut self, fact: Fact, value: Value) {
        let put = self.put(fact, value);
        debug_assert!(put.is_ok(), "{put:?}");
    }

    fn clear_fact(&mut self, fact: Fact) -> Result<(), Refusal> {
        let Some(from) = self.case.facts.get(fact) else { return Ok(()) };
        if depends_on(self.case.stage, fact) {
            return Err(Refusal::new(
                Rule::RecordedStays,
                format!(
                    "{} cannot be removed: the stage “{}” depends on it.",
                    fact.quoted(),
                    self.case.stage.label()
                ),
                "Set the right value instead.",
            ));
        }
        self.case.facts.clear(fact);
        self.case.own_api_attempt &= fact != Fact::ApiAttemptAt;
        self.say(JournalEvent::FactCleared { fact, from });
        Ok(())
    }

    fn project_known(&mut self, known: KnownProject) -> Result<(), Refusal> {
        if self.case.project.id.is_some_and(|id| id != known.id) {
            return Err(Refusal::new(
                Rule::ValueForm,
                format!("GitLab answered about project {}, which is not this case's project.", known.id),
                "Open a separate case for that project.",
            ));
        }
        let project = &mut self.case.project;
        let said_before = project.known.as_ref().map(|before| before.at(known.asked_at));
        project.id = Some(known.id);
        project.path = Some(known.path.clone());
        project.known = Some(known.clone());
        let case_id = self.case.id;
        if self.offer_log.offers.iter().any(|offer| offer.case_id == case_id && offer.project_id.is_none()) {
            self.effects.push(Effect::IdentifyOffers {
                case_id,
                project_id: known.id,
                project_path: known.path.clone(),
            });
        }
        if said_before.as_ref() != Some(&known) {
            self.say(JournalEvent::ProjectKnown { project: known });
        }
        Ok(())
    }

    fn set_ticket(&mut self, ticket: Option<Ticket>) {
        let before = std::mem::replace(&mut self.case.ticket, ticket.clone());
        match (before, ticket) {
            (before, Some(ticket)) if before.as_ref() != Some(&ticket) => {
                self.say(JournalEvent::TicketKnown { ticket });
            }
            (Some(ticket), None) => self.say(JournalEvent::TicketRemoved { ticket }),
            (_, Some(_) | None) => {}
        }
    }

    fn set_title(&mut self, title: &str) -> Result<(), Refusal> {
        let title = title.trim();
        if title.len() > MAX_TITLE_BYTES || title.contains(['\n', '\r']) {
            return Err(Refusal::new(
                Rule::ValueForm,
                format!("A title is one line of at most {MAX_TITLE_BYTES} bytes."),
                "Use a shorter title.",
            ));
        }
        refuse_secrets_in("The title", title)?;
        let title = Some(title.to_owned()).filter(|title| !title.is_empty());
        if self.case.given_title != title {
            self.case.given_title.clone_from(&title);
            self.say(JournalEvent::TitleSet { title });
        }
        Ok(())
    }

    /// Corrects the project of a case whose project has had no offer from it, and of which nothing was downloaded.
    fn set_project(&mut self, project: ProjectRef) -> Result<(), Refusal> {
        if self.case.project.id == project.id && self.case.project.path == project.path {
            return Ok(());
        }
        if !self.case.stage.is_before_offer() || self.case.served.is_some() {
            return Err(Refusal::new(
                Rule::RecordedStays,
                "The project cannot be changed: an offer or a file of this case belongs to it.",
                "Open a separate case for the other project.",
            ));
        }
        self.case.project = project.clone();
        self.say(JournalEvent::ProjectCorrected { project });
        Ok(())
    }

    /// The program's own export counts as the API attempt if none is recorded; what a person recorded stays. An export
    /// about which GitLab said nothing is no attempt: it reached no export at all.
    fn run_ended(&mut self, export: ExportEnded) {
        if !export.message.is_empty() {
            self.attempted(&export);
        }
        self.say(JournalEvent::ExportEnded { export });
    }

    fn attempted(&mut self, export: &ExportEnded) {
        let facts = &self.case.facts;
        let no_attempt = facts.api_attempt_at.is_none() && facts.api_attempt_message.is_none();
        let later = facts.export_finished_at.is_none_or(|at| at < export.ended_at);
        if no_attempt && export.started_here {
            self.case.own_api_attempt = true;
            self.put_own(Fact::ApiAttemptAt, Value::Time(export.started_at));
            self.put_own(Fact::ApiAttemptMessage, Value::Text(shortened(&export.message)));
        }
        if let Some(id) = &export.correlation_id {
            self.put_missing(Fact::CorrelationId, Value::Text(id.clone()));
        }
        if export.succeeded {
            self.put_own(Fact::ExportSucceeded, Value::YesNoUnknown(YesNoUnknown::Yes));
            if later {
                self.put_own(Fact::ExportFinishedAt, Value::Time(export.ended_at));
            }
        } else if self.case.facts.export_succeeded != Some(YesNoUnknown::Yes) {
            self.put_own(Fact::ExportSucceeded, Value::YesNoUnknown(YesNoUnknown::No));
        }
    }

    fn download_ended(&mut self, download: DownloadEnded) {
        match &download.result {
            Ok(served) => self.case.served = Some(served.clone()),
            Err(message) => self.put_missing(Fact::DownloadError, Value::Text(shortened(message))),
        }
        self.say(JournalEvent::DownloadEnded { download });
    }

    fn archive(&mut self, archived: bool) -> Result<(), Refusal> {
        if archived && !self.case.stage.is_closed() {
            return Err(Refusal::new(
                Rule::StageAllows,
                format!("Case {} is not closed, so it cannot be archived.", self.case.id),
                "Close the case first.",
            ));
        }
        if self.case.archived != archived {
            self.case.archived = archived;
            self.say(JournalEvent::Archived { archived });
        }
        Ok(())
    }

    /// Removes what the customer told us; times, answers, trackers and the line in the offer log stay.
    fn delete_private_data(&mut self) -> Result<(), Refusal> {
        may_delete_private_data(&self.case)?;
        for fact in Fact::ALL {
            if fact.is_private() {
                self.case.facts.clear(fact);
            }
        }
        (self.case.project.known, self.case.project.counts) = (None, None);
        self.case.given_title = None;
        (self.case.notes, self.case.reminder) = (Vec::new(), None);
        self.case.private_data_deleted = Some(self.now);
        self.effects.push(Effect::BlankJournal(self.case.id));
        self.say(JournalEvent::PrivateDataDeleted);
        Ok(())
    }
}

/// Whether the case's private data may be deleted; it may have been deleted already.
pub fn may_delete_private_data(case: &Case) -> Result<(), Refusal> {
    if case.stage.is_closed() {
        return Ok(());
    }
    Err(Refusal::new(
        Rule::DeleteAfterClose,
        format!("Case {} is not closed, so its data is still needed.", case.id),
        "Close the case first.",
    ))
}

/// Whether a stage was reached by an event that this fact documents.
fn depends_on(stage: Stage, fact: Fact) -> bool {
    let resting = match stage {
        Stage::Closed { from } => Some(from),
        open => open.resting(),
    };
    let asked = |request: Request| match request {
        Request::Console => {
            &[Fact::OfferSentAt, Fact::OfferAnswer, Fact::OwnershipVerifiedAt, Fact::ConsoleIssue]
        }
        Request::Infra => {
            &[Fact::OfferSentAt, Fact::OfferAnswer, Fact::OwnershipVerifiedAt, Fact::InfraIssue]
        }
    };
    match resting {
        None | Some(OpenStage::Troubleshoot | OpenStage::BugIssue | OpenStage::Offer) => false,
        Some(
            OpenStage::AwaitingAnswer
            | OpenStage::ConsoleRequest
            | OpenStage::InfraRequest { by: RoutedBy::Facts },
        ) => fact == Fact::OfferSentAt,
        Some(OpenStage::InfraRequest { by: RoutedBy::Escalation }) => {
            asked(Request::Console).contains(&fact) || fact == Fact::AttemptResult
        }
        Some(OpenStage::AwaitingAttempt { request }) => asked(request).contains(&fact),
        Some(OpenStage::Outcome { ending: CaseOutcome::Attempted { request, result: _ } }) => {
            asked(request).contains(&fact) || fact == Fact::AttemptResult
        }
        Some(OpenStage::Outcome { ending: CaseOutcome::Declined }) => {
            matches!(fact, Fact::OfferSentAt | Fact::OfferAnswer)
        }
    }
}

/// A message from elsewhere, cut to the maximum length of a fact.
fn shortened(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_TEXT_BYTES)].to_owned()
}
