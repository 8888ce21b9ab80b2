//! What was recorded, in words: for a toast, and for its undoing.

use super::event::Event;
use super::fact::Fact;

impl Event {
    /// What happened, in the past tense.
    pub fn said(&self) -> &'static str {
        match self {
            Self::OfferSent { .. } => "the offer was sent",
            Self::OfferAccepted => "the customer accepted",
            Self::OfferDeclined => "the customer declined",
            Self::RequestOpened => "the request was opened",
            Self::AttemptSucceeded => "the attempt succeeded",
            Self::AttemptFailed => "the attempt failed",
            Self::EscalateToInfra => "the case was escalated to infrastructure",
            Self::Close => "the case was closed",
            Self::Reopen => "the case was reopened",
            Self::Undo => "the last step was undone",
            Self::Discard => "the case was discarded",
        }
    }
}

impl Fact {
    /// What this value of the fact means; the name of the fact where the value is free text.
    pub fn said(self, value: &str) -> &'static str {
        match (self, value) {
            (Self::BugIssueUpdated, "yes") => "the bug issue has the log links",
            (Self::BugIssueUpdated, "no") => "the bug issue does not have the log links",
            (Self::OfferAnswer, "accepted") => "the customer accepted the offer",
            (Self::OfferAnswer, "declined") => "the customer declined the offer",
            (Self::OfferAnswer, "none") => "the customer has not answered the offer",
            (Self::ExportSucceeded, "yes") => "the export succeeded",
            (Self::ExportSucceeded, "no") => "the export did not succeed",
            (Self::ExportSucceeded, "unknown") => "it is not known whether the export succeeded",
            (Self::InfradevLabelled, "yes") => "the bug issue has the label infradev",
            (Self::InfradevLabelled, "no") => "the bug issue does not have the label infradev",
            (Self::AttemptResult, "successful") => "the attempt succeeded",
            (Self::AttemptResult, "failed") => "the attempt failed",
            (other, _) => other.label(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Two answers to one question never read the same.
    #[test]
    fn every_answer_has_words_of_its_own() {
        for fact in Fact::ALL {
            let words = fact.words();
            let said: BTreeSet<_> = words.iter().map(|word| fact.said(word)).collect();
            assert_eq!(said.len(), words.len(), "{fact:?}");
            assert!(said.iter().all(|said| *said != fact.label()), "{fact:?}");
        }
        let events: BTreeSet<_> = Event::all().map(|event| event.said()).collect();
        assert_eq!(events.len(), Event::all().count());
    }
}
