//! Rebuilds: an archive in one command, from the relations export to the verified file.

use std::sync::Arc;

use crate::case::{
    CaseId, ExportStep, RebuildId, RebuildJob, RebuildOptions, RebuildPhase, RebuildRemedy, RebuildSource,
    UtcMs,
};

use super::ask::Waiting;
use super::receipt::Receipt;

/// A command about a rebuild. The answer is `Rebuild` unless stated otherwise; later progress is visible in
/// [`RebuildView`].
#[derive(Debug)]
pub enum RebuildCommand {
    /// Requests a relations export, watches it, downloads its files, builds the archive and verifies it. An unfinished
    /// rebuild of the project continues instead, with these options.
    ///
    /// A new export makes GitLab delete the files of the previous one. Where finished files were not downloaded, the
    /// rebuild ends with that as its error, unless `options.source` agrees to the loss or uses those files.
    Start { instance: String, project: String, case: Option<CaseId>, options: RebuildOptions },
    /// Continues a rebuild that ended without an archive.
    Resume { rebuild: RebuildId, remedy: RebuildRemedy },
    /// Cancels a rebuild. What is on disk stays, and GitLab's export continues. Answer: `Done`.
    Cancel { rebuild: RebuildId },
}

/// One rebuild, running or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RebuildView {
    pub job: Arc<RebuildJob>,
    /// Whether this program works on it. A command does not continue the rebuild of an earlier one by itself.
    pub is_at_work: bool,
    /// When GitLab is asked next about the relations export.
    pub next_poll_at: Option<UtcMs>,
    /// When the relations export counts as stuck if nothing changes until then.
    pub checked_until: Option<UtcMs>,
    /// Why the request or the next check is delayed.
    pub waiting: Option<Waiting>,
    /// The receipt of the finished archive.
    pub receipt: Option<Arc<Receipt>>,
}

impl RebuildView {
    /// Whether it has not ended, and nobody works on it: the disk was full, or the command that ran it has ended.
    pub fn rests(&self) -> bool {
        !self.job.is_ended() && !self.is_at_work
    }

    /// Whether somebody works on it.
    pub fn works(&self) -> bool {
        !self.job.is_ended() && self.is_at_work
    }

    /// What the list and the NOW card say while it runs or needs a person; `None` after its end.
    pub fn label(&self) -> Option<&'static str> {
        Some(match self.job.phase() {
            RebuildPhase::Built | RebuildPhase::Cancelled => return None,
            RebuildPhase::Failed => "The rebuild failed",
            _ if self.rests() => "Continue the rebuild",
            _ => ExportStep::Rebuilding.label(),
        })
    }

    /// Builds another archive from a new export, with the same options.
    pub fn anew(&self) -> RebuildCommand {
        match self.restart() {
            RebuildCommand::Start { instance, project, case, options } => {
                let options =
                    RebuildOptions { source: RebuildSource::New, output: None, allow_gaps: false, ..options };
                RebuildCommand::Start { instance, project, case, options }
            }
            other => other,
        }
    }

    /// Continues a rebuild that rests, with the options it has.
    pub fn restart(&self) -> RebuildCommand {
        let job = &self.job;
        RebuildCommand::Start {
            instance: job.instance.clone(),
            project: job.project_id.map_or_else(|| job.project.clone(), |id| id.to_string()),
            case: job.case_id,
            options: job.options.clone(),
        }
    }
}
