//! The facts of a case: their words, what kind of value each takes, and the typed values themselves.
//! The words are fixed by `../shared/cli.md`, "Case stages, facts and events".

use std::fmt;

use serde::{Deserialize, Serialize};

use super::time::UtcMs;

/// One fact a case may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    Requester,
    UiAttemptAt,
    UiAttemptMessage,
    ApiAttemptAt,
    ApiAttemptMessage,
    CorrelationId,
    KibanaLink,
    SentryLink,
    BugIssue,
    BugIssueUpdated,
    OfferSentAt,
    OfferAnswer,
    ExportSucceeded,
    ExportFinishedAt,
    DownloadError,
    OwnershipVerifiedAt,
    InfraIssue,
    ConsoleIssue,
    InfradevLabelled,
    AttemptResult,
    HandoverLink,
    HandoverExpiresAt,
}

/// What a fact's value looks like, so that a form can draw the right field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// One line or more of text.
    Text,
    /// A point in time, typed with its zone and kept in UTC.
    Time,
    YesNo,
    YesNoUnknown,
    /// accepted, declined or none.
    Answer,
    /// successful or failed.
    Attempt,
    /// A web address; some facts take only certain ones.
    Link,
}

impl Fact {
    /// Every fact, in the order of the handbook.
    pub const ALL: [Self; 22] = [
        Self::Requester,
        Self::UiAttemptAt,
        Self::UiAttemptMessage,
        Self::ApiAttemptAt,
        Self::ApiAttemptMessage,
        Self::CorrelationId,
        Self::KibanaLink,
        Self::SentryLink,
        Self::BugIssue,
        Self::BugIssueUpdated,
        Self::OfferSentAt,
        Self::OfferAnswer,
        Self::ExportSucceeded,
        Self::ExportFinishedAt,
        Self::DownloadError,
        Self::OwnershipVerifiedAt,
        Self::InfraIssue,
        Self::ConsoleIssue,
        Self::InfradevLabelled,
        Self::AttemptResult,
        Self::HandoverLink,
        Self::HandoverExpiresAt,
    ];

    /// The word that scripts use, for example `ui_attempt_at`.
    pub fn word(self) -> &'static str {
        self.names().0
    }

    /// The name people read beside the field.
    pub fn label(self) -> &'static str {
        self.names().1
    }

    /// Both, for sentences that people and people with scripts read: `Sentry link (sentry_link)`.
    pub fn named(self) -> String {
        format!("{} ({})", self.label(), self.word())
    }

    pub fn kind(self) -> FactKind {
        self.names().2
    }

    /// The fact with this word.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim();
        Self::ALL.into_iter().find(|fact| fact.word() == word)
    }

    /// The values a fact of few words may take; empty where it is free.
    pub fn words(self) -> &'static [&'static str] {
        match self.kind() {
            FactKind::YesNo => &["yes", "no"],
            FactKind::YesNoUnknown => &["yes", "no", "unknown"],
            FactKind::Answer => &["accepted", "declined", "none"],
            FactKind::Attempt => &["successful", "failed"],
            FactKind::Text | FactKind::Time | FactKind::Link => &[],
        }
    }

    fn names(self) -> (&'static str, &'static str, FactKind) {
        use FactKind as K;
        match self {
            Self::Requester => ("requester", "Requester (GitLab username)", K::Text),
            Self::UiAttemptAt => ("ui_attempt_at", "Attempt in the web interface: when", K::Time),
            Self::UiAttemptMessage => {
                ("ui_attempt_message", "Attempt in the web interface: exact message", K::Text)
            }
            Self::ApiAttemptAt => ("api_attempt_at", "Attempt through the API: when", K::Time),
            Self::ApiAttemptMessage => {
                ("api_attempt_message", "Attempt through the API: exact message", K::Text)
            }
            Self::CorrelationId => ("correlation_id", "Correlation id", K::Text),
            Self::KibanaLink => ("kibana_link", "Kibana share link", K::Link),
            Self::SentryLink => ("sentry_link", "Sentry link", K::Link),
            Self::BugIssue => ("bug_issue", "GitLab issue of the bug", K::Link),
            Self::BugIssueUpdated => {
                ("bug_issue_updated", "Issue created or commented, with the links", K::YesNo)
            }
            Self::OfferSentAt => ("offer_sent_at", "One-time export offered: when", K::Time),
            Self::OfferAnswer => ("offer_answer", "Customer's answer to the offer", K::Answer),
            Self::ExportSucceeded => ("export_succeeded", "The export itself succeeded", K::YesNoUnknown),
            Self::ExportFinishedAt => ("export_finished_at", "Export finished: when", K::Time),
            Self::DownloadError => ("download_error", "What the download answered", K::Text),
            Self::OwnershipVerifiedAt => {
                ("ownership_verified_at", "Account ownership verified: when", K::Time)
            }
            Self::InfraIssue => ("infra_issue", "Infrastructure export request", K::Link),
            Self::ConsoleIssue => ("console_issue", "Console export request", K::Link),
            Self::InfradevLabelled => ("infradev_labelled", "Bug issue carries infradev", K::YesNo),
            Self::AttemptResult => ("attempt_result", "Result of the attempt", K::Attempt),
            Self::HandoverLink => ("handover_link", "Hand-over link", K::Link),
            Self::HandoverExpiresAt => ("handover_expires_at", "Hand-over link expires: when", K::Time),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YesNo {
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YesNoUnknown {
    Yes,
    No,
    Unknown,
}

/// The customer's answer to the one-time offer; `None` is the word for silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferAnswer {
    Accepted,
    Declined,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptResult {
    Successful,
    Failed,
}

impl YesNo {
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
        }
    }
}

impl YesNoUnknown {
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

impl OfferAnswer {
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::None => "none",
        }
    }
}

impl AttemptResult {
    pub fn word(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::Failed => "failed",
        }
    }
}

/// A value that fits some fact. [`super::parse_fact`] makes one from typed text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Text(String),
    Time(UtcMs),
    YesNo(YesNo),
    YesNoUnknown(YesNoUnknown),
    Answer(OfferAnswer),
    Attempt(AttemptResult),
    Link(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Link(text) => f.write_str(text),
            Self::Time(at) => at.fmt(f),
            Self::YesNo(v) => f.write_str(v.word()),
            Self::YesNoUnknown(v) => f.write_str(v.word()),
            Self::Answer(v) => f.write_str(v.word()),
            Self::Attempt(v) => f.write_str(v.word()),
        }
    }
}

/// Everything a case knows. A missing fact is `None`; nothing here is guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    pub requester: Option<String>,
    pub ui_attempt_at: Option<UtcMs>,
    pub ui_attempt_message: Option<String>,
    pub api_attempt_at: Option<UtcMs>,
    pub api_attempt_message: Option<String>,
    pub correlation_id: Option<String>,
    pub kibana_link: Option<String>,
    pub sentry_link: Option<String>,
    pub bug_issue: Option<String>,
    pub bug_issue_updated: Option<YesNo>,
    pub offer_sent_at: Option<UtcMs>,
    pub offer_answer: Option<OfferAnswer>,
    pub export_succeeded: Option<YesNoUnknown>,
    pub export_finished_at: Option<UtcMs>,
    pub download_error: Option<String>,
    pub ownership_verified_at: Option<UtcMs>,
    pub infra_issue: Option<String>,
    pub console_issue: Option<String>,
    pub infradev_labelled: Option<YesNo>,
    pub attempt_result: Option<AttemptResult>,
    pub handover_link: Option<String>,
    pub handover_expires_at: Option<UtcMs>,
}

impl Facts {
    /// The value of a fact, typed.
    pub fn value(&self, fact: Fact) -> Option<Value> {
        let text = |v: &Option<String>| v.clone().map(Value::Text);
        let link = |v: &Option<String>| v.clone().map(Value::Link);
        let time = |v: Option<UtcMs>| v.map(Value::Time);
        match fact {
            Fact::Requester => text(&self.requester),
            Fact::UiAttemptAt => time(self.ui_attempt_at),
            Fact::UiAttemptMessage => text(&self.ui_attempt_message),
            Fact::ApiAttemptAt => time(self.api_attempt_at),
            Fact::ApiAttemptMessage => text(&self.api_attempt_message),
            Fact::CorrelationId => text(&self.correlation_id),
            Fact::KibanaLink => link(&self.kibana_link),
            Fact::SentryLink => link(&self.sentry_link),
            Fact::BugIssue => link(&self.bug_issue),
            Fact::BugIssueUpdated => self.bug_issue_updated.map(Value::YesNo),
            Fact::OfferSentAt => time(self.offer_sent_at),
            Fact::OfferAnswer => self.offer_answer.map(Value::Answer),
            Fact::ExportSucceeded => self.export_succeeded.map(Value::YesNoUnknown),
            Fact::ExportFinishedAt => time(self.export_finished_at),
            Fact::DownloadError => text(&self.download_error),
            Fact::OwnershipVerifiedAt => time(self.ownership_verified_at),
            Fact::InfraIssue => link(&self.infra_issue),
            Fact::ConsoleIssue => link(&self.console_issue),
            Fact::InfradevLabelled => self.infradev_labelled.map(Value::YesNo),
            Fact::AttemptResult => self.attempt_result.map(Value::Attempt),
            Fact::HandoverLink => link(&self.handover_link),
            Fact::HandoverExpiresAt => time(self.handover_expires_at),
        }
    }

    /// The value of a fact as it is typed and shown.
    pub fn get(&self, fact: Fact) -> Option<String> {
        self.value(fact).map(|value| value.to_string())
    }

    pub fn has(&self, fact: Fact) -> bool {
        self.value(fact).is_some()
    }

    /// Every fact that is known, in the handbook's order.
    pub fn known(&self) -> impl Iterator<Item = (Fact, String)> + '_ {
        Fact::ALL.into_iter().filter_map(|fact| self.get(fact).map(|value| (fact, value)))
    }

    /// Sets a fact. False, and nothing changed, where the value is of another kind.
    pub(super) fn put(&mut self, fact: Fact, value: Value) -> bool {
        match self.slot(fact) {
            Slot::Text(slot) => keep(slot, value.into_text()),
            Slot::Time(slot) => keep(slot, value.into_time()),
            Slot::YesNo(slot) => keep(slot, value.into_yes_no()),
            Slot::YesNoUnknown(slot) => keep(slot, value.into_yes_no_unknown()),
            Slot::Answer(slot) => keep(slot, value.into_answer()),
            Slot::Attempt(slot) => keep(slot, value.into_attempt()),
            Slot::Link(slot) => keep(slot, value.into_link()),
        }
    }

    pub(super) fn clear(&mut self, fact: Fact) {
        match self.slot(fact) {
            Slot::Text(slot) | Slot::Link(slot) => *slot = None,
            Slot::Time(slot) => *slot = None,
            Slot::YesNo(slot) => *slot = None,
            Slot::YesNoUnknown(slot) => *slot = None,
            Slot::Answer(slot) => *slot = None,
            Slot::Attempt(slot) => *slot = None,
        }
    }

    fn slot(&mut self, fact: Fact) -> Slot<'_> {
        match fact {
            Fact::Requester => Slot::Text(&mut self.requester),
            Fact::UiAttemptAt => Slot::Time(&mut self.ui_attempt_at),
            Fact::UiAttemptMessage => Slot::Text(&mut self.ui_attempt_message),
            Fact::ApiAttemptAt => Slot::Time(&mut self.api_attempt_at),
            Fact::ApiAttemptMessage => Slot::Text(&mut self.api_attempt_message),
            Fact::CorrelationId => Slot::Text(&mut self.correlation_id),
            Fact::KibanaLink => Slot::Link(&mut self.kibana_link),
            Fact::SentryLink => Slot::Link(&mut self.sentry_link),
            Fact::BugIssue => Slot::Link(&mut self.bug_issue),
            Fact::BugIssueUpdated => Slot::YesNo(&mut self.bug_issue_updated),
            Fact::OfferSentAt => Slot::Time(&mut self.offer_sent_at),
            Fact::OfferAnswer => Slot::Answer(&mut self.offer_answer),
            Fact::ExportSucceeded => Slot::YesNoUnknown(&mut self.export_succeeded),
            Fact::ExportFinishedAt => Slot::Time(&mut self.export_finished_at),
            Fact::DownloadError => Slot::Text(&mut self.download_error),
            Fact::OwnershipVerifiedAt => Slot::Time(&mut self.ownership_verified_at),
            Fact::InfraIssue => Slot::Link(&mut self.infra_issue),
            Fact::ConsoleIssue => Slot::Link(&mut self.console_issue),
            Fact::InfradevLabelled => Slot::YesNo(&mut self.infradev_labelled),
            Fact::AttemptResult => Slot::Attempt(&mut self.attempt_result),
            Fact::HandoverLink => Slot::Link(&mut self.handover_link),
            Fact::HandoverExpiresAt => Slot::Time(&mut self.handover_expires_at),
        }
    }
}

/// The place of one fact, typed by its kind.
enum Slot<'a> {
    Text(&'a mut Option<String>),
    Time(&'a mut Option<UtcMs>),
    YesNo(&'a mut Option<YesNo>),
    YesNoUnknown(&'a mut Option<YesNoUnknown>),
    Answer(&'a mut Option<OfferAnswer>),
    Attempt(&'a mut Option<AttemptResult>),
    Link(&'a mut Option<String>),
}

fn keep<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let fits = value.is_some();
    if fits {
        *slot = value;
    }
    fits
}

/// One `into_…` a kind: the value where it is of that kind.
macro_rules! into_kind {
    ($($name:ident: $kind:ident($type:ty) but $($other:ident)|+;)+) => {
        impl Value {
            $(fn $name(self) -> Option<$type> {
                match self {
                    Self::$kind(value) => Some(value),
                    $(Self::$other(_))|+ => None,
                }
            })+
        }
    };
}

into_kind! {
    into_text: Text(String) but Time | YesNo | YesNoUnknown | Answer | Attempt | Link;
    into_time: Time(UtcMs) but Text | YesNo | YesNoUnknown | Answer | Attempt | Link;
    into_yes_no: YesNo(YesNo) but Text | Time | YesNoUnknown | Answer | Attempt | Link;
    into_yes_no_unknown: YesNoUnknown(YesNoUnknown) but Text | Time | YesNo | Answer | Attempt | Link;
    into_answer: Answer(OfferAnswer) but Text | Time | YesNo | YesNoUnknown | Attempt | Link;
    into_attempt: Attempt(AttemptResult) but Text | Time | YesNo | YesNoUnknown | Answer | Link;
    into_link: Link(String) but Text | Time | YesNo | YesNoUnknown | Answer | Attempt;
}
