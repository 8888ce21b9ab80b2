//! Whether a project of a batch can be exported, judged before anything is sent.

use crate::case::job::export::Phase;
use crate::case::user_error::Code;

/// The answer of the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exportable {
    Yes,
    /// GitLab exports the project already: the batch watches that export.
    Running,
    /// A finished file is there, which a new export deletes.
    HasFile,
    /// Only the request itself can tell.
    Unknown {
        reason: String,
    },
    No {
        code: Code,
        reason: String,
    },
}

impl Exportable {
    /// Whether a batch starts with the project selected.
    pub fn is_wanted(&self) -> bool {
        matches!(self, Self::Yes | Self::Running | Self::Unknown { .. })
    }

    /// One sentence.
    pub fn reason(&self) -> &str {
        match self {
            Self::Yes => "The token can export the project.",
            Self::Running => "An export is running. Export Desk watches it.",
            Self::HasFile => "A finished export exists. A new export deletes it immediately.",
            Self::Unknown { reason } | Self::No { reason, .. } => reason,
        }
    }

    /// The code of a command that is refused for this reason.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Yes | Self::Running | Self::Unknown { .. } => None,
            Self::HasFile => Some(Code::Refused),
            Self::No { code, .. } => Some(*code),
        }
    }
}

/// Judges the answers of the check: whether the token may export the project (`None` where only the request can tell)
/// and why not, GitLab's status of the export, and whether existing files may be lost.
pub fn exportable(
    may_export: Option<bool>,
    (code, reason): (Option<Code>, &str),
    server_status: Option<&str>,
    replace: bool,
) -> Exportable {
    if may_export == Some(false) {
        return Exportable::No { code: code.unwrap_or(Code::AccessDenied), reason: reason.to_owned() };
    }
    match server_status.map(Phase::of_status) {
        Some(Phase::Queued | Phase::Running) => Exportable::Running,
        Some(Phase::Ready) if !replace => Exportable::HasFile,
        _ if may_export.is_none() => Exportable::Unknown { reason: reason.to_owned() },
        _ => Exportable::Yes,
    }
}
