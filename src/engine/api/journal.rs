//! The journal, line by line.

use serde::{Deserialize, Serialize};

use crate::case::{CaseId, RunId, UtcMs};
use crate::platform::words::KEYRING;

/// One line of the journal in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    pub seq: i64,
    pub at: UtcMs,
    pub case_id: Option<CaseId>,
    pub run_id: Option<RunId>,
    pub kind: String,
    /// One sentence for the timeline.
    pub sentence: String,
}

/// What the keyring knows about the journal's last row, at an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyringHead {
    /// The keyring keeps the hash of this row, and the journal has it.
    Row(i64),
    /// The keyring keeps no hash of this journal yet.
    NotYet,
    Locked,
    NoKeyring,
}

impl KeyringHead {
    /// The name in JSON results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Row(_) => "kept",
            Self::NotYet => "not_yet",
            Self::Locked => "locked",
            Self::NoKeyring => "no_keyring",
        }
    }

    /// What the audit could not see, in one sentence.
    pub fn sentence(self) -> String {
        match self {
            Self::Row(row) => format!("The {KEYRING} keeps the hash of row {row}, and it matches."),
            Self::NotYet => {
                format!(
                    "The {KEYRING} keeps no hash of this journal yet, so the audit cannot detect rewritten last rows."
                )
            }
            Self::Locked => {
                format!("The {KEYRING} is locked, so the audit cannot detect rewritten last rows.")
            }
            Self::NoKeyring => {
                format!("This computer has no {KEYRING}, so the audit cannot detect rewritten last rows.")
            }
        }
    }
}
