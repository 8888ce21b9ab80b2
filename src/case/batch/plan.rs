//! Whether a project of a batch can be exported, judged before anything is sent.

use super::BatchItem;
use crate::case::deletion::ProjectDeletion;
use crate::case::format;
use crate::case::job::export::Phase;
use crate::case::user_error::Code;

/// How many projects of a group are exported without asking first.
pub const MOST_UNASKED: usize = 100;

/// The answer of the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exportable {
    Yes,
    /// GitLab exports the project already: the batch watches that export.
    Running,
    /// The finished file of an export that was started here and not downloaded: it is downloaded.
    FileReady,
    /// A finished file is there, which a new export deletes.
    HasFile,
    /// The same, and the person agreed to lose it.
    Replaces,
    /// Another name of a project that is already in the list.
    Repeated {
        first: String,
    },
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
        matches!(self, Self::Yes | Self::Running | Self::FileReady | Self::Replaces | Self::Unknown { .. })
    }

    /// A short word for tables, the same everywhere.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Running => "running",
            Self::FileReady => "file ready",
            Self::HasFile => "has a file",
            Self::Replaces => "replaces",
            Self::Repeated { .. } => "repeated",
            Self::Unknown { .. } => "unknown",
            Self::No { .. } => "no",
        }
    }

    /// One sentence.
    pub fn reason(&self) -> String {
        match self {
            Self::Yes => "The token can export the project.".to_owned(),
            Self::Running => "An export is running. Export Desk watches it.".to_owned(),
            Self::FileReady => {
                "A finished export was started here and was not downloaded. Export Desk uses its file."
                    .to_owned()
            }
            Self::HasFile => {
                "A finished export exists. A new export deletes its file immediately.".to_owned()
            }
            Self::Replaces => {
                "A finished export exists. GitLab deletes its file as soon as the new export is requested."
                    .to_owned()
            }
            Self::Repeated { first } => {
                format!("This is the project {first} of the list. It is exported once.")
            }
            Self::Unknown { reason } | Self::No { reason, .. } => reason.clone(),
        }
    }

    /// The code of a command that is refused for this reason.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Yes
            | Self::Running
            | Self::FileReady
            | Self::Replaces
            | Self::Repeated { .. }
            | Self::Unknown { .. } => None,
            Self::HasFile => Some(Code::Refused),
            Self::No { code, .. } => Some(*code),
        }
    }
}

/// What the person asks for, as far as the check depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckOptions {
    /// Existing files may be lost.
    pub replace: bool,
    /// The file of an export that was started here serves as well as a new one.
    pub collects: bool,
}

/// Judges the answers of the check: whether the token may export the project (`None` where only the request can tell)
/// and why not, GitLab's status of the export, and whether its file comes from an export that was started here and was
/// not downloaded.
pub fn exportable(
    may_export: Option<bool>,
    (code, reason): (Option<Code>, &str),
    (server_status, is_ours): (Option<&str>, bool),
    options: CheckOptions,
) -> Exportable {
    if may_export == Some(false) {
        return Exportable::No { code: code.unwrap_or(Code::AccessDenied), reason: reason.to_owned() };
    }
    match server_status.map(Phase::of_status) {
        Some(Phase::Queued | Phase::Running) => Exportable::Running,
        Some(Phase::Ready) if is_ours && options.collects => Exportable::FileReady,
        // Deleting a file that was never downloaded is confirmed for each project by itself.
        Some(Phase::Ready) if is_ours || !options.replace => Exportable::HasFile,
        Some(Phase::Ready) => Exportable::Replaces,
        _ if may_export.is_none() => Exportable::Unknown { reason: reason.to_owned() },
        _ => Exportable::Yes,
    }
}

/// One project of the list, with the answer of the check once it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedProject {
    /// With ID, path and size, as far as GitLab told.
    pub item: BatchItem,
    pub exportable: Option<Exportable>,
    /// GitLab's status of the user's export, unchanged.
    pub server_status: Option<String>,
    /// The deletion of the project with all its exports, if it is marked for it.
    pub deletion: Option<ProjectDeletion>,
}

impl CheckedProject {
    pub fn unchecked(item: BatchItem) -> Self {
        Self { item, exportable: None, server_status: None, deletion: None }
    }

    /// Whether a batch starts with the project selected.
    pub fn is_wanted(&self) -> bool {
        self.exportable.as_ref().is_some_and(Exportable::is_wanted)
    }

    /// Why the project can or cannot be exported, in one or two sentences; empty before the check.
    pub fn reason(&self) -> String {
        let reason = self.exportable.as_ref().map(Exportable::reason).unwrap_or_default();
        match &self.deletion {
            Some(deletion) if !reason.contains(&deletion.marked_for_deletion_on) => {
                format!("{reason} {}", deletion.sentence())
            }
            _ => reason,
        }
    }
}

/// How far a check is, and what it has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckCounts {
    pub all: usize,
    pub checked: usize,
    pub wanted: usize,
    pub repeated: usize,
    /// How many finished exports are lost.
    pub replaced: usize,
    /// Sum of the sizes of the wanted projects, as far as GitLab told them.
    pub expected_bytes: u64,
}

pub fn check_counts<'a>(projects: impl IntoIterator<Item = &'a CheckedProject>) -> CheckCounts {
    let mut counts = CheckCounts::default();
    for project in projects {
        counts.all += 1;
        counts.checked += usize::from(project.exportable.is_some());
        counts.repeated += usize::from(matches!(project.exportable, Some(Exportable::Repeated { .. })));
        counts.replaced += usize::from(project.exportable == Some(Exportable::Replaces));
        if project.is_wanted() {
            counts.wanted += 1;
            counts.expected_bytes =
                counts.expected_bytes.saturating_add(project.item.expected_bytes.unwrap_or(0));
        }
    }
    counts
}

impl CheckCounts {
    /// What a batch of these projects deletes, in one sentence.
    pub fn loss(self) -> Option<String> {
        let files = format::number_of(self.replaced as u64, "finished export", "finished exports");
        (self.replaced > 0)
            .then(|| format!("{files} on GitLab will be deleted, each as soon as its project is requested."))
    }

    pub fn is_over(self) -> bool {
        self.checked == self.all
    }

    /// How many projects cannot be exported.
    pub fn refused(self) -> usize {
        self.checked - self.wanted - self.repeated
    }
}
