//! A question that a view has sent to the engine, and its answer.

use crate::case::UserError;
use crate::engine::api::{Answer, Command};

use super::intent::{IfUnhandled, Intent, Outbox, QuestionId};
use super::subject::SentCommand;

/// A view's open question, and what it is about. A new question replaces an older unanswered one, whose answer is
/// then ignored.
#[derive(Debug)]
pub struct Pending<T = ()> {
    open: Option<(QuestionId, T)>,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self { open: None }
    }
}

impl<T> Pending<T> {
    /// Sends a command. If the view no longer takes the answer when it arrives, a toast announces an error.
    pub fn ask(&mut self, command: Command, about: T, out: &mut Outbox) {
        self.ask_or(command, about, IfUnhandled::ToastError, out);
    }

    /// Same as [`Self::ask`]; `otherwise` says what the window does if this view does not take the answer.
    pub fn ask_or(&mut self, command: Command, about: T, otherwise: IfUnhandled, out: &mut Outbox) {
        let id = QuestionId::fresh();
        self.open = Some((id, about));
        out.push(Intent::Ask(id, command, otherwise));
    }

    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// What the open question is about.
    pub fn about(&self) -> Option<&T> {
        self.open.as_ref().map(|(_, about)| about)
    }

    /// Drops the question: its answer is ignored.
    pub fn forget(&mut self) {
        self.open = None;
    }

    /// The answer, once it has arrived.
    pub fn take(&mut self, answers: &mut Answers) -> Option<(T, Result<Answer, UserError>)> {
        let (id, _) = self.open.as_ref()?;
        let result = answers.take(*id)?;
        self.open.take().map(|(_, about)| (about, result))
    }

    /// The result, once known. On success the answer stays for the window to announce; a refusal is taken from the
    /// answers.
    pub fn settled(&mut self, answers: &mut Answers) -> Option<Result<(), UserError>> {
        let (id, _) = self.open.as_ref()?;
        let result = match answers.find(*id)? {
            Ok(_) => Ok(()),
            Err(_) => answers.take(*id)?.map(drop),
        };
        self.open = None;
        Some(result)
    }
}

impl Pending {
    /// For a dialog that closes on success and shows a refusal. Returns true while the dialog stays open.
    pub fn stays_open(&mut self, answers: &mut Answers, error: &mut Option<UserError>) -> bool {
        match self.settled(answers) {
            Some(Ok(())) => return false,
            Some(Err(refusal)) => *error = Some(refusal),
            None => {}
        }
        true
    }
}

/// One answer, addressed to the view that sent the question.
#[derive(Debug)]
pub struct Answered {
    pub id: QuestionId,
    /// What the window does with the answer if no view takes it.
    pub otherwise: IfUnhandled,
    pub request: SentCommand,
    pub result: Result<Answer, UserError>,
}

/// The answers that have arrived since the last frame. The window handles those that no view takes.
#[derive(Debug, Default)]
pub struct Answers {
    waiting: Vec<Answered>,
}

impl Answers {
    pub fn new(waiting: Vec<Answered>) -> Self {
        Self { waiting }
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The requests that succeeded.
    pub fn succeeded(&self) -> Vec<SentCommand> {
        let good = self.waiting.iter().filter(|answered| answered.result.is_ok());
        good.map(|answered| answered.request).collect()
    }

    /// The answers that no view took.
    pub fn rest(self) -> Vec<Answered> {
        self.waiting
    }

    fn find(&self, id: QuestionId) -> Option<&Result<Answer, UserError>> {
        self.waiting.iter().find(|answered| answered.id == id).map(|answered| &answered.result)
    }

    fn take(&mut self, id: QuestionId) -> Option<Result<Answer, UserError>> {
        let place = self.waiting.iter().position(|answered| answered.id == id)?;
        Some(self.waiting.remove(place).result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Code;

    fn answer(out: &mut Outbox, result: &Result<Answer, UserError>) -> Answers {
        let mut waiting = Vec::new();
        for intent in out.take() {
            let Intent::Ask(id, command, otherwise) = intent else { continue };
            let request = SentCommand::new(&command, None);
            waiting.push(Answered { id, otherwise, request, result: result.clone() });
        }
        Answers::new(waiting)
    }

    #[test]
    fn an_answer_is_delivered_once_with_its_subject() {
        let (mut pending, mut out) = (Pending::default(), Outbox::default());
        pending.ask(Command::Audit, 7, &mut out);
        assert!(pending.is_open());
        let mut answers = answer(&mut out, &Ok(Answer::Done));
        assert!(matches!(pending.take(&mut answers), Some((7, Ok(Answer::Done)))));
        assert!(!pending.is_open() && answers.is_empty());
        assert!(pending.take(&mut answers).is_none());
    }

    #[test]
    fn an_older_question_is_given_up_for_the_next_one() {
        let (mut pending, mut out) = (Pending::default(), Outbox::default());
        pending.ask(Command::Audit, 1, &mut out);
        let mut late = answer(&mut out, &Ok(Answer::Done));
        pending.ask(Command::Audit, 2, &mut out);
        assert!(pending.take(&mut late).is_none() && pending.about() == Some(&2));
        assert_eq!(late.rest().len(), 1, "the window tells it");
    }

    #[test]
    fn a_refusal_is_consumed_and_a_success_left_to_announce() {
        let (mut pending, mut out) = (Pending::default(), Outbox::default());
        pending.ask(Command::Audit, (), &mut out);
        let mut answers = answer(&mut out, &Ok(Answer::Done));
        assert!(pending.settled(&mut answers).is_some_and(|result| result.is_ok()));
        assert!(!pending.is_open() && !answers.is_empty());
        pending.ask(Command::Audit, (), &mut out);
        let mut answers = answer(&mut out, &Err(UserError::new(Code::Refused, "No.", "Ask again.")));
        assert!(pending.settled(&mut answers).is_some_and(|result| result.is_err()));
        assert!(answers.is_empty());
    }
}
