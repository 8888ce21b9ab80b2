//! The controls of the next step, as data: what is typed together, which answers one press gives, and what the main
//! button does. The window draws them in the NOW card.

use super::event::Event;
use super::fact::{Fact, Facts, YesNo};
use super::next::{Action, NextStep};
use super::route::needs_infradev;
use super::stage::{Request, RoutedBy, Stage};
use super::subject::Case;

/// The controls of one step, in the order in which they are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepForm {
    /// The name of the text that serves the step.
    pub text: Option<&'static str>,
    /// Answered by one press.
    pub question: Option<StepQuestion>,
    /// What the issue trackers can do for this step.
    pub tracker: Option<TrackerHelp>,
    /// Typed together, saved in one press.
    pub fields: Vec<StepField>,
    /// The main button.
    pub main: Option<Deed>,
    /// Other ways to finish the step.
    pub others: Vec<Deed>,
}

/// A question with its possible answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepQuestion {
    pub text: &'static str,
    /// How to find the answer, in the handbook's words.
    pub criterion: &'static str,
    pub answers: Vec<Deed>,
}

/// A fact that is typed for the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepField {
    pub fact: Fact,
    /// Whether the step is done only with this fact.
    pub is_required: bool,
}

/// What one press does, all or nothing: it saves the typed fields and these facts, copies a text, reports an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    pub label: &'static str,
    /// Facts with their values as words.
    pub sets: Vec<(Fact, &'static str)>,
    /// The name of the text that is copied.
    pub copies: Option<&'static str>,
    pub event: Option<Event>,
    /// Whether it also saves the typed fields, as the main button does.
    pub saves: bool,
}

/// A part of the step that Export Desk can do in an issue tracker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackerHelp {
    /// Search for the bug issue, comment on it, or create it.
    FindBug,
    /// Search for earlier requests that name the project.
    EarlierRequests,
    /// Label the bug issue `infradev`.
    Infradev,
}

const ATTEMPTS: [Fact; 4] =
    [Fact::UiAttemptAt, Fact::UiAttemptMessage, Fact::ApiAttemptAt, Fact::ApiAttemptMessage];

/// The controls of a step of this case.
pub fn step_form(case: &Case, step: &NextStep) -> StepForm {
    let form = match &step.action {
        Action::Record(fact) => to_record(case, *fact, step),
        Action::Report(event) => to_report(case, event, step),
    };
    StepForm { text: form.text.or(step.text), ..form }
}

fn to_record(case: &Case, fact: Fact, step: &NextStep) -> StepForm {
    match fact {
        Fact::UiAttemptAt | Fact::UiAttemptMessage | Fact::ApiAttemptAt | Fact::ApiAttemptMessage => {
            typed(ATTEMPTS.map(required), deed("Save the attempts"))
        }
        Fact::KibanaLink | Fact::BugIssue => {
            let logs = [Fact::KibanaLink, Fact::SentryLink].map(optional);
            let form = typed([logs[0], logs[1], required(Fact::BugIssue)], deed("Save the links"));
            // The comment alone opens the offer, so the links and the comment are one press.
            let comment = Deed {
                copies: Some("comment"),
                sets: vec![(Fact::BugIssueUpdated, "yes")],
                saves: true,
                ..deed("Save, copy the comment, mark as posted")
            };
            let is_new = case.facts.bug_issue_updated != Some(YesNo::Yes);
            let others = is_new.then_some(comment).into_iter().collect();
            StepForm { text: Some("bug"), tracker: Some(TrackerHelp::FindBug), others, ..form }
        }
        Fact::BugIssueUpdated => {
            let yes = vec![(Fact::BugIssueUpdated, "yes")];
            let copy = Deed { copies: Some("comment"), sets: yes.clone(), ..deed("Copy and mark as posted") };
            let there = Deed { sets: yes, ..deed("The comment is there already") };
            pressed(copy, vec![there])
        }
        Fact::ExportSucceeded => StepForm { question: Some(did_it_succeed()), ..StepForm::default() },
        Fact::DownloadError | Fact::ExportFinishedAt => {
            let fields = [Fact::DownloadError, Fact::ExportFinishedAt].map(required);
            StepForm { question: Some(did_it_succeed()), ..typed(fields, deed("Save the download error")) }
        }
        Fact::OwnershipVerifiedAt | Fact::ConsoleIssue | Fact::InfraIssue => match step.request {
            Some(request) => of_request(case, request),
            None => typed([required(fact)], deed("Save the verification")),
        },
        Fact::InfradevLabelled => {
            let there = Deed { sets: vec![(fact, "yes")], ..deed("The label is there already") };
            let tracker = Some(TrackerHelp::Infradev);
            StepForm { tracker, others: vec![there], ..StepForm::default() }
        }
        Fact::HandoverLink => typed([required(fact)], reply_and_close("successful")),
        other => typed([required(other)], deed("Save")),
    }
}

fn to_report(case: &Case, event: &Event, step: &NextStep) -> StepForm {
    match event {
        Event::OfferSent { .. } => {
            let copy = Deed { copies: Some("offer"), ..reports(event, "Copy and mark as sent") };
            let form = pressed(copy, vec![reports(event, "It was sent already")]);
            StepForm { tracker: Some(TrackerHelp::EarlierRequests), ..form }
        }
        Event::OfferAccepted | Event::OfferDeclined => asked(StepQuestion {
            text: "What did the customer answer?",
            criterion: "The customer must accept the one attempt before you open a request.",
            answers: vec![
                reports(&Event::OfferAccepted, "Accepted"),
                reports(&Event::OfferDeclined, "Declined"),
                reports(&Event::Close, "No answer: close the case"),
            ],
        }),
        Event::AttemptSucceeded | Event::AttemptFailed => asked(StepQuestion {
            text: "How did the attempt end?",
            criterion: "Look in the request: a colleague wrote there that there is a file, or an error.",
            answers: vec![
                reports(&Event::AttemptSucceeded, "It succeeded"),
                reports(&Event::AttemptFailed, "It failed"),
            ],
        }),
        Event::RequestOpened => {
            let form = pressed(reports(event, "Mark as opened"), Vec::new());
            StepForm { question: route_question(case), ..form }
        }
        Event::EscalateToInfra => {
            pressed(reports(event, "Escalate to infrastructure"), vec![reply_and_close("failed")])
        }
        Event::Close => match step.text {
            Some("successful") => pressed(reply_and_close("successful"), vec![only_close()]),
            Some("alternatives") => pressed(reply_and_close("alternatives"), vec![only_close()]),
            Some(_) => pressed(reply_and_close("failed"), vec![only_close()]),
            None => pressed(reports(event, "Close the case"), Vec::new()),
        },
        other => pressed(reports(other, other.label()), Vec::new()),
    }
}

/// The verification of the ownership, and the request's link: both in one press, because each alone opens nothing.
fn of_request(case: &Case, request: Request) -> StepForm {
    let (link, text) = match request {
        Request::Console => (Fact::ConsoleIssue, "console"),
        Request::Infra => (Fact::InfraIssue, "infra"),
    };
    let lacking = [Fact::OwnershipVerifiedAt, link].into_iter().filter(|fact| !case.facts.has(*fact));
    let fields = lacking.map(required).collect::<Vec<_>>();
    let form = typed(fields, reports(&Event::RequestOpened, "Save and mark as opened"));
    StepForm { text: Some(text), question: route_question(case), ..form }
}

/// The question that decides the route, as long as the answer still counts.
fn route_question(case: &Case) -> Option<StepQuestion> {
    let counts = matches!(
        case.stage,
        Stage::Route | Stage::ConsoleRequest | Stage::InfraRequest { by: RoutedBy::Facts }
    );
    (counts && !needs_infradev(&case.facts)).then(did_it_succeed)
}

fn did_it_succeed() -> StepQuestion {
    let answer = |label, word| Deed { sets: vec![(Fact::ExportSucceeded, word)], ..deed(label) };
    StepQuestion {
        text: "Did the export itself succeed?",
        criterion: "Yes only if an e-mail came, or if there is a “Download export” button.",
        answers: vec![answer("Yes", "yes"), answer("No", "no"), answer("Unknown", "unknown")],
    }
}

fn required(fact: Fact) -> StepField {
    StepField { fact, is_required: true }
}

fn optional(fact: Fact) -> StepField {
    StepField { fact, is_required: false }
}

fn deed(label: &'static str) -> Deed {
    Deed { label, sets: Vec::new(), copies: None, event: None, saves: false }
}

fn reports(event: &Event, label: &'static str) -> Deed {
    Deed { event: Some(event.clone()), ..deed(label) }
}

fn reply_and_close(text: &'static str) -> Deed {
    Deed { copies: Some(text), ..reports(&Event::Close, "Copy the reply and close the case") }
}

fn only_close() -> Deed {
    reports(&Event::Close, "Only close the case")
}

fn typed(fields: impl Into<Vec<StepField>>, main: Deed) -> StepForm {
    StepForm { fields: fields.into(), main: Some(main), ..StepForm::default() }
}

fn pressed(main: Deed, others: Vec<Deed>) -> StepForm {
    StepForm { main: Some(main), others, ..StepForm::default() }
}

fn asked(question: StepQuestion) -> StepForm {
    StepForm { question: Some(question), ..StepForm::default() }
}

impl StepForm {
    /// What tells the controls of one step from those of another.
    pub fn name(&self) -> impl std::hash::Hash + std::fmt::Debug + use<> {
        let question = self.question.as_ref().map(|question| question.text);
        (self.main.as_ref().map(|main| main.label), question, self.tracker.map(|tracker| tracker as u8))
    }
}

impl Deed {
    /// Whether the case would have a log link and the issue for the comment that this press marks as posted.
    pub fn lacks_evidence(&self, facts: &Facts) -> Option<Fact> {
        let marks = self.sets.contains(&(Fact::BugIssueUpdated, "yes"));
        let has_link = facts.kibana_link.is_some() || facts.sentry_link.is_some();
        match (marks, has_link, facts.bug_issue.is_some()) {
            (true, false, _) => Some(Fact::KibanaLink),
            (true, true, false) => Some(Fact::BugIssue),
            _ => None,
        }
    }

    /// Whether the case already has everything that this answer records.
    pub fn is_recorded(&self, case: &Case) -> bool {
        let is = |(fact, word): &(Fact, &str)| case.facts.get(*fact).as_deref() == Some(*word);
        !self.sets.is_empty() && self.sets.iter().all(is)
    }
}
