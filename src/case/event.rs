//! What a person reports, and every other input that moves a case.

use serde::{Deserialize, Serialize};

use super::fact::{Fact, Value};
use super::left_out::LeftOutCounts;
use super::note::Reminder;
use super::rebuilt::RebuiltFrom;
use super::subject::{KnownProject, ProjectRef, Ticket};
use super::time::UtcMs;

/// Something that happened, reported by a person.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::EnumIter,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case", tag = "event")]
#[strum(serialize_all = "kebab-case")]
pub enum Event {
    OfferSent {
        /// Why a second offer is made for the same project. The offer log keeps the reason.
        override_reason: Option<String>,
        /// The engineer's GitLab username, where it is known.
        by: Option<String>,
    },
    OfferAccepted,
    OfferDeclined,
    RequestOpened,
    AttemptSucceeded,
    AttemptFailed,
    EscalateToInfra,
    Close,
    Reopen,
    /// The last step was recorded by mistake: the case returns to the stage before it.
    Undo,
    /// The case was opened by mistake. It is closed and archived; its journal stays.
    Discard,
}

impl Event {
    /// The event names that `case event` accepts, in the order of the workflow.
    pub const WORDS: &[&str] = <Self as strum::VariantNames>::VARIANTS;

    pub fn as_str(&self) -> &'static str {
        self.into()
    }

    /// The event with this name; `offer-sent` without reason and username.
    pub fn parse(word: &str) -> Option<Self> {
        word.trim().parse().ok()
    }

    /// One event of each kind, in the order of the workflow.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }

    /// The text of a button or a menu row.
    pub fn label(&self) -> &'static str {
        match self {
            Self::OfferSent { .. } => "Mark the offer as sent",
            Self::OfferAccepted => "The customer accepted",
            Self::OfferDeclined => "The customer declined",
            Self::RequestOpened => "Mark the request as opened",
            Self::AttemptSucceeded => "The attempt succeeded",
            Self::AttemptFailed => "The attempt failed",
            Self::EscalateToInfra => "Escalate to infrastructure",
            Self::Close => "Close the case",
            Self::Reopen => "Reopen the case",
            Self::Undo => "Undo the last step",
            Self::Discard => "Discard the case",
        }
    }

    /// The label as a sentence quotes it.
    pub fn quoted(&self) -> String {
        format!("“{}”", self.label())
    }
}

/// Everything that may change a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    SetFact(Fact, Value),
    ClearFact(Fact),
    Event(Event),
    /// GitLab answered what it knows about the project.
    ProjectKnown(KnownProject),
    /// The project was wrong when the case was opened, and is corrected.
    SetProject(ProjectRef),
    /// GitLab answered how much of the project an export leaves out.
    LeftOutCounted(LeftOutCounts),
    /// The ticket is added to a case that was opened without one, corrected, or removed.
    SetTicket(Option<Ticket>),
    /// What the person calls the case; an empty title removes it.
    SetTitle(String),
    /// Without a time, adds a note. With the time of a note, changes the note, puts it back, or removes it if the text is
    /// empty.
    Note {
        at: Option<UtcMs>,
        text: String,
    },
    /// When to return to the case; `None` removes the reminder.
    Remind(Option<Reminder>),
    /// An export that this program started has ended. It counts as the API attempt if none is recorded.
    RunEnded(ExportEnded),
    /// A download that this program made has ended.
    DownloadEnded(DownloadEnded),
    /// A generated text was copied.
    TextCopied {
        kind: String,
    },
    /// Archives the case, or moves it back to the list.
    Archive(bool),
    /// Delete what the customer told us; for closed cases only. The line in the offer log stays.
    DeletePrivateData,
}

fn yes() -> bool {
    true
}

/// How an export of this program ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportEnded {
    /// When GitLab accepted the request; of an export that was only found, when that was.
    pub started_at: UtcMs,
    /// When it ended, at the earliest.
    pub ended_at: UtcMs,
    /// Whether this program requested it. What it only found is no attempt of its own.
    #[serde(default = "yes", skip_serializing_if = "std::clone::Clone::clone")]
    pub started_here: bool,
    pub succeeded: bool,
    /// GitLab's message, unchanged; empty where GitLab said nothing about the project.
    pub message: String,
    pub correlation_id: Option<String>,
}

/// How a download of this program ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadEnded {
    pub ended_at: UtcMs,
    pub result: Result<VerifiedFile, String>,
}

/// A file that is on disk and verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedFile {
    pub bytes: u64,
    pub sha256: String,
    /// The verdict's name, for example `importable`.
    pub verdict: String,
    /// Present if this program rebuilt the archive instead of GitLab exporting it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebuilt: Option<RebuiltFrom>,
}
