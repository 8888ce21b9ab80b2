//! The facts of a case: one table with the properties of each fact, and the typed values. The names are fixed by
//! `../shared/cli.md`, "Case stages, facts and events".

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::time::UtcMs;

/// The type of a fact's value, so that a form can draw the right field.
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
    /// A URL; some facts accept only certain ones.
    Link,
}

/// A value that fits some fact. [`super::parse_fact`] creates one from typed text.
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

/// The Rust type behind a [`FactKind`].
macro_rules! value_of {
    (Text) => {
        String
    };
    (Link) => {
        String
    };
    (Time) => {
        UtcMs
    };
    (YesNo) => {
        YesNo
    };
    (YesNoUnknown) => {
        YesNoUnknown
    };
    (Answer) => {
        OfferAnswer
    };
    (Attempt) => {
        AttemptResult
    };
}

/// One row per fact: the fact and its field; its kind; whether it is the customer's data (`private`) or may be
/// `kept`; its label; the message if the fact is missing; why a text needs the fact.
macro_rules! facts {
    ($($fact:ident $field:ident: $kind:ident, $privacy:ident, $label:literal, $missing:expr, $why:expr;)+) => {
        /// One fact that a case may know, in the order of the handbook.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum Fact {
            $($fact),+
        }

        /// Everything that a case knows. A missing fact is `None`; no fact is guessed.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Facts {
            $(pub $field: Option<value_of!($kind)>),+
        }

        impl Fact {
            fn row(self) -> Row {
                match self {
                    $(Self::$fact => Row {
                        kind: FactKind::$kind,
                        privacy: Privacy::$privacy,
                        label: $label,
                        missing: $missing,
                        why: $why,
                    }),+
                }
            }
        }

        impl Facts {
            /// The typed value of a fact.
            pub fn value(&self, fact: Fact) -> Option<Value> {
                match fact {
                    $(Fact::$fact => Clone::clone(&self.$field).map(Value::$kind)),+
                }
            }

            /// Sets a fact. Returns false and changes nothing if the value is of another kind.
            pub(super) fn put(&mut self, fact: Fact, value: Value) -> bool {
                match (fact, value) {
                    $((Fact::$fact, Value::$kind(value)) => self.$field = Some(value),)+
                    _ => return false,
                }
                true
            }

            pub(super) fn clear(&mut self, fact: Fact) {
                match fact {
                    $(Fact::$fact => self.$field = None),+
                }
            }
        }
    };
}

struct Row {
    kind: FactKind,
    privacy: Privacy,
    label: &'static str,
    missing: &'static str,
    why: &'static str,
}

#[derive(PartialEq)]
enum Privacy {
    /// The customer's own words, names or data: free text, and links outside GitLab's own systems.
    Private,
    Kept,
}

const NOT_RECORDED: &str = "This fact is not recorded.";
const BY_TIME: &str = "You find the logs by the time of the attempt.";
const EXACT_WORDS: &str = "The exact message distinguishes one cause from another.";
const THE_BUG: &str = "All requests refer to the bug issue.";
const AFTER_OFFER: &str = "The attempt is made only after an offer was accepted.";
const BY_LINK: &str = "Colleagues find the request by its link.";

facts! {
    Requester requester: Text, Private, "Requester (GitLab username)",
        NOT_RECORDED, "The team checks that this person may receive the project.";
    UiAttemptAt ui_attempt_at: Time, Kept, "UI attempt: time",
        "The time of the UI attempt is not recorded.", BY_TIME;
    UiAttemptMessage ui_attempt_message: Text, Private, "UI attempt: exact message",
        "The UI's exact message is missing.", EXACT_WORDS;
    ApiAttemptAt api_attempt_at: Time, Kept, "API attempt: time",
        "The time of the API attempt is not recorded.", BY_TIME;
    ApiAttemptMessage api_attempt_message: Text, Private, "API attempt: exact message",
        "The API's exact message is missing.", EXACT_WORDS;
    CorrelationId correlation_id: Text, Private, "Correlation ID",
        NOT_RECORDED, "The correlation ID finds every log line of the request.";
    KibanaLink kibana_link: Link, Private, "Kibana share link",
        "A Kibana share link or a Sentry link is missing. One of the two is enough.",
        "The issue has the evidence, and logs expire.";
    SentryLink sentry_link: Link, Private, "Sentry link",
        NOT_RECORDED, "The error's trace shows where it broke.";
    BugIssue bug_issue: Link, Kept, "Bug issue",
        "The bug issue is not known yet.", THE_BUG;
    BugIssueUpdated bug_issue_updated: YesNo, Kept, "Bug issue created or updated with the log links",
        "The bug issue was not created or commented on for this case yet.", THE_BUG;
    OfferSentAt offer_sent_at: Time, Kept, "One-time export offered: time",
        NOT_RECORDED, AFTER_OFFER;
    OfferAnswer offer_answer: Answer, Kept, "Customer's answer to the offer",
        "The customer has not answered the offer.", AFTER_OFFER;
    ExportSucceeded export_succeeded: YesNoUnknown, Kept, "Export succeeded",
        NOT_RECORDED, "The answer decides between a console and an infrastructure request.";
    ExportFinishedAt export_finished_at: Time, Kept, "Export finished: time",
        NOT_RECORDED, "The remaining days for an infrastructure request are counted from this time.";
    DownloadError download_error: Text, Private, "Download error",
        NOT_RECORDED, "The error shows that the file exists, but cannot be downloaded.";
    OwnershipVerifiedAt ownership_verified_at: Time, Kept, "Account ownership verified: time",
        "The request releases customer data, but the account's ownership is not verified.",
        "No customer data may be released before the verification.";
    InfraIssue infra_issue: Link, Kept, "Infrastructure export request",
        "The link of the infrastructure request is missing.", BY_LINK;
    ConsoleIssue console_issue: Link, Kept, "Console export request",
        "The link of the console request is missing.", BY_LINK;
    InfradevLabelled infradev_labelled: YesNo, Kept, "Bug issue has the label infradev",
        "An infrastructure request exists, but the bug issue does not have the label infradev.",
        "An infrastructure request needs the label on the bug issue.";
    AttemptResult attempt_result: Attempt, Kept, "Result of the attempt",
        "The attempt has not ended.", "The next step depends on the result.";
    HandoverLink handover_link: Link, Private, "Hand-over link",
        NOT_RECORDED, "The customer downloads the file through this link.";
    HandoverExpiresAt handover_expires_at: Time, Kept, "Hand-over link expires: time",
        NOT_RECORDED, "The customer must know how long the link works.";
}

words!(Fact, all);

impl Fact {
    /// The label shown to people.
    pub fn label(self) -> &'static str {
        self.row().label
    }

    /// The label as a sentence quotes it.
    pub fn quoted(self) -> String {
        format!("“{}”", self.label())
    }

    pub fn kind(self) -> FactKind {
        self.row().kind
    }

    /// Whether the fact is removed when the private data of a case is deleted.
    pub fn is_private(self) -> bool {
        self.row().privacy == Privacy::Private
    }

    /// The message shown if the case cannot continue without this fact, in one sentence.
    pub fn missing(self) -> &'static str {
        self.row().missing
    }

    /// Who needs the fact, in one sentence.
    pub fn why(self) -> &'static str {
        self.row().why
    }

    /// The fact with this name.
    pub fn parse(word: &str) -> Option<Self> {
        word.trim().parse().ok()
    }

    /// The values that a fact may take; empty if the fact takes free text.
    pub fn words(self) -> &'static [&'static str] {
        match self.kind() {
            FactKind::YesNo => YesNo::VARIANTS,
            FactKind::YesNoUnknown => YesNoUnknown::VARIANTS,
            FactKind::Answer => OfferAnswer::VARIANTS,
            FactKind::Attempt => AttemptResult::VARIANTS,
            FactKind::Text | FactKind::Time | FactKind::Link => &[],
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An enum with a few named values that people choose from.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($word:ident),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantNames)]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case", ascii_case_insensitive)]
        pub enum $name {
            $($word),+
        }

        words!($name);
    };
}

choice!(YesNo { Yes, No });
choice!(YesNoUnknown { Yes, No, Unknown });
choice!(
    /// The customer's answer to the one-time offer; `None` means that the customer did not answer.
    OfferAnswer { Accepted, Declined, None }
);
choice!(AttemptResult { Successful, Failed });

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Link(text) => f.write_str(text),
            Self::Time(at) => at.fmt(f),
            Self::YesNo(v) => f.write_str(v.as_str()),
            Self::YesNoUnknown(v) => f.write_str(v.as_str()),
            Self::Answer(v) => f.write_str(v.as_str()),
            Self::Attempt(v) => f.write_str(v.as_str()),
        }
    }
}

impl Facts {
    /// The value of a fact as it is typed and shown.
    pub fn get(&self, fact: Fact) -> Option<String> {
        self.value(fact).map(|value| value.to_string())
    }

    /// Whether the typed text is another value than the recorded one; an empty text is none.
    pub fn is_new(&self, fact: Fact, typed: &str) -> bool {
        let typed = typed.trim();
        !typed.is_empty() && typed != self.get(fact).unwrap_or_default()
    }

    pub fn has(&self, fact: Fact) -> bool {
        self.value(fact).is_some()
    }

    /// Every known fact, in the handbook's order.
    pub fn known(&self) -> impl Iterator<Item = (Fact, String)> + '_ {
        Fact::ALL.into_iter().filter_map(|fact| self.get(fact).map(|value| (fact, value)))
    }
}
