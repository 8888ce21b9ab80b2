//! What a case's own export demands before the workflow's next step.

use super::job::export::{CurrentStatus, Phase};
use super::time::UtcMs;

/// The export's own step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportStep {
    /// GitLab is exporting; nobody has to do anything.
    Running,
    /// There is a finished file, which GitLab deletes at this time.
    Download { until: Option<UtcMs> },
    /// The file is being downloaded.
    Downloading,
}

/// The step of the newest export; `None` where the workflow's own step comes first. `is_watched` says whether GitLab
/// is polled for the export, `has_file` whether its file was downloaded and verified.
pub fn export_step(
    status: Option<&CurrentStatus>,
    is_watched: bool,
    has_file: bool,
    is_downloading: bool,
) -> Option<ExportStep> {
    let status = status?;
    match status.phase {
        _ if is_downloading => Some(ExportStep::Downloading),
        Phase::Ready if !has_file => Some(ExportStep::Download { until: status.file_until }),
        phase if is_watched && phase.under_way() && !status.stuck => Some(ExportStep::Running),
        _ => None,
    }
}

impl ExportStep {
    /// The heading of the step.
    pub fn label(self) -> &'static str {
        match self {
            Self::Running => "Wait: GitLab is exporting the project",
            Self::Download { .. } => "Download the archive before GitLab deletes it",
            Self::Downloading => "Wait: the archive is downloading",
        }
    }
}
