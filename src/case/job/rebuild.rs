//! One rebuild: the plan that leads from a project to an importable archive without GitLab's file export. It requests
//! a relations export, downloads its files, builds the archive, and verifies it.
//!
//! GitLab knows nothing of the plan. Its relations export is a job of its own; this job records which step comes now,
//! so that a restart continues at that step. Each step can be repeated: only the request for the export must not be
//! sent twice, and the export's own [`SendJournal`](super::SendJournal) takes care of that.

use serde::{Deserialize, Serialize};

use crate::case::entry::{JournalEntry, JournalEvent};
use crate::case::event::VerifiedFile;
use crate::case::hint::{Hint, RelationsHint};
use crate::case::id::{CaseId, RebuildId, RelationsId};
use crate::case::subject::same_instance;
use crate::case::time::UtcMs;
use crate::case::user_error::{Code, UserError};

use super::import::SetPart;
use super::send::JobInput;

mod gap;
mod options;

pub use crate::case::rebuilt::{Filled, ImportDoubt, PartLeftOut, RebuildNote, RebuiltVerdict};
pub use gap::{Gap, GapReason};
pub use options::{
    MembersChoice, PROJECT, RebuildOptions, RebuildSource, check_known, check_without, typed_names,
    unknown_relation,
};

/// The steps, in order. A step is over only after its result is on disk.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RebuildStep {
    /// Check the project, and request the relations export.
    Request,
    /// Wait until GitLab has exported every relation.
    Export,
    /// Download every file that GitLab offers.
    Download,
    /// Build the archive and verify it.
    Build,
}

words!(RebuildStep);

/// The finished archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuiltArchive {
    /// The archive, or the list of a set.
    pub path: String,
    pub file: VerifiedFile,
    /// The archives of a set in the order of their import; empty for one archive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<SetPart>,
    /// The receipt in the engine's own form.
    pub receipt: serde_json::Value,
    pub gaps: Vec<Gap>,
    /// Empty in rows of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filled: Vec<Filled>,
    pub left_out: Vec<PartLeftOut>,
    /// Further remarks for a person.
    pub notes: Vec<RebuildNote>,
    /// Why an import of the archive may fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<ImportDoubt>,
}

/// How a rebuild ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum RebuildOutcome {
    Built {
        archive: Box<RebuiltArchive>,
    },
    /// The step in [`RebuildJob::step`] failed. What the earlier steps brought is kept.
    Failed {
        error: UserError,
        /// What is missing, if that is the reason.
        gaps: Vec<Gap>,
    },
    /// A person cancelled it. What is on disk stays, and GitLab's export continues.
    Cancelled,
}

/// One rebuild.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildJob {
    pub id: RebuildId,
    /// Base URL of the instance.
    pub instance: String,
    /// The project as it was requested: its ID or its path.
    pub project: String,
    /// GitLab's ID and path of the project, once GitLab has answered.
    pub project_id: Option<u64>,
    pub project_path: Option<String>,
    pub case_id: Option<CaseId>,
    pub options: RebuildOptions,
    pub step: RebuildStep,
    pub step_since: UtcMs,
    /// The relations export whose files are used.
    pub run: Option<RelationsId>,
    /// Where the relation files are.
    pub folder: Option<String>,
    /// Path of the archive that is being built.
    pub output: Option<String>,
    /// The verified archive that is about to get its name: after a crash, the file at `output` is either this one or
    /// somebody else's.
    pub naming: Option<Box<RebuiltArchive>>,
    pub created_at: UtcMs,
    pub ended_at: Option<UtcMs>,
    pub outcome: Option<RebuildOutcome>,
}

/// What the program observed about a rebuild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RebuildSeen {
    /// The relations export was requested, or a suitable one was there.
    Exporting {
        run: RelationsId,
        project_id: u64,
        project_path: String,
    },
    /// Every relation has ended. Some may have failed: the gaps are named when the archive is built.
    Exported,
    /// The files go to this folder.
    Downloading {
        folder: String,
    },
    /// Every file is there.
    Downloaded,
    /// The archive gets this path.
    Building {
        output: String,
    },
    /// The archive is verified and gets its name next.
    Naming {
        archive: Box<RebuiltArchive>,
    },
    Built {
        archive: Box<RebuiltArchive>,
    },
    Failed {
        error: UserError,
        gaps: Vec<Gap>,
    },
    /// A person continues an ended rebuild at this step.
    Resumed {
        step: RebuildStep,
        source: RebuildSource,
        allow_gaps: bool,
    },
}

/// What a person can do about a rebuild that ended without an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum RebuildRemedy {
    /// Continue at the step that failed.
    Retry,
    /// Download the files again: only what is missing is downloaded.
    DownloadAgain,
    /// Have GitLab export all relations again.
    ExportAgain,
    /// Use the finished relations export that GitLab has already.
    UseExisting,
    /// Start a new export, which deletes finished files that were not downloaded.
    Replace,
    /// Build the archive without the missing parts.
    BuildWithGaps,
}

words!(RebuildRemedy);

/// Our phase of a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum RebuildPhase {
    Requesting,
    Exporting,
    Downloading,
    Building,
    Built,
    Failed,
    Cancelled,
}

words!(RebuildPhase);

impl RebuildPhase {
    /// The name of the state, the same as that of an export or a download.
    pub fn label(self) -> &'static str {
        match self {
            Self::Requesting => "Requested",
            Self::Exporting => "Exporting",
            Self::Downloading => "Downloading",
            Self::Building => "Building",
            Self::Built => "Verified",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

impl RebuildJob {
    pub fn new(
        id: RebuildId,
        (instance, project): (&str, &str),
        case_id: Option<CaseId>,
        options: RebuildOptions,
        now: UtcMs,
    ) -> Self {
        Self {
            id,
            instance: instance.to_owned(),
            project: project.to_owned(),
            project_id: None,
            project_path: None,
            case_id,
            options,
            step: RebuildStep::Request,
            step_since: now,
            run: None,
            folder: None,
            output: None,
            naming: None,
            created_at: now,
            ended_at: None,
            outcome: None,
        }
    }

    pub fn is_ended(&self) -> bool {
        self.outcome.is_some()
    }

    pub fn is_cancelled(&self) -> bool {
        self.outcome == Some(RebuildOutcome::Cancelled)
    }

    /// The finished archive.
    pub fn archive(&self) -> Option<&RebuiltArchive> {
        match &self.outcome {
            Some(RebuildOutcome::Built { archive }) => Some(archive),
            Some(RebuildOutcome::Failed { .. } | RebuildOutcome::Cancelled) | None => None,
        }
    }

    /// Whether the finished archive lacks something.
    pub fn has_gaps(&self) -> bool {
        self.archive().is_some_and(|archive| !archive.gaps.is_empty())
    }

    /// Whether this is about a project: named the same way, or identified as the same by GitLab.
    pub fn is_about(&self, project: &str) -> bool {
        self.project.eq_ignore_ascii_case(project)
            || self.project_path.as_deref().is_some_and(|path| path.eq_ignore_ascii_case(project))
            || self.project_id.is_some_and(|id| project.parse() == Ok(id))
    }

    /// Whether a command that continues this rebuild takes over what was chosen for it: a rebuild that was refused before
    /// GitLab exported anything leaves nothing behind.
    pub fn keeps_options(&self) -> bool {
        let is_refused = matches!(&self.outcome, Some(RebuildOutcome::Failed { error, .. }) if error.code == Code::Refused);
        self.run.is_some() || !is_refused
    }

    /// Whether another rebuild of this project continues this one.
    pub fn continues_for(&self, instance: &str, project: &str) -> bool {
        self.archive().is_none() && same_instance(&self.instance, instance) && self.is_about(project)
    }

    /// The project's path, or how it was requested.
    pub fn title(&self) -> &str {
        self.project_path.as_deref().unwrap_or(&self.project)
    }

    /// What is missing, if that is why the build was refused.
    pub fn gaps(&self) -> &[Gap] {
        match &self.outcome {
            Some(RebuildOutcome::Failed { gaps, .. }) => gaps,
            _ => &[],
        }
    }

    /// What a person can do now, the best choice first; empty while the rebuild runs, and after it succeeded.
    pub fn remedies(&self) -> Vec<RebuildRemedy> {
        use RebuildRemedy as R;
        let (error, gaps) = match &self.outcome {
            None | Some(RebuildOutcome::Built { .. }) => return Vec::new(),
            Some(RebuildOutcome::Cancelled) => return vec![R::Retry],
            Some(RebuildOutcome::Failed { error, gaps }) => (error, gaps),
        };
        if !gaps.is_empty() {
            // Only another export brings what GitLab did not write.
            let first = if gaps.iter().any(Gap::is_of_gitlab) { R::ExportAgain } else { R::DownloadAgain };
            return vec![first, R::BuildWithGaps];
        }
        match (error.code, self.step) {
            (Code::Refused, RebuildStep::Request) if error.hint == RelationsHint::ConfirmReplace.into() => {
                vec![R::UseExisting, R::Replace]
            }
            (Code::ArchiveDamaged, RebuildStep::Build) => vec![R::DownloadAgain],
            // The same files give the same size: only other options help.
            (Code::SizeLimit | Code::Usage, RebuildStep::Build) => Vec::new(),
            _ if error.hint == RelationsHint::OtherFolder.into() => Vec::new(),
            // GitLab lists the file as finished, so another export has to replace it.
            (Code::FileNotReady, RebuildStep::Download) => vec![R::Retry, R::Replace],
            (Code::NotImportable | Code::RelationsIncomplete, RebuildStep::Build)
            | (Code::NoExportFile, RebuildStep::Download) => vec![R::ExportAgain],
            _ => vec![R::Retry],
        }
    }

    /// The step at which the rebuild continues with this remedy. `is_export_lost` tells whether the relations export
    /// brought nothing that could be used.
    pub fn resumed(&self, remedy: RebuildRemedy, is_export_lost: bool) -> RebuildSeen {
        let step = match remedy {
            RebuildRemedy::ExportAgain | RebuildRemedy::UseExisting | RebuildRemedy::Replace => {
                RebuildStep::Request
            }
            RebuildRemedy::DownloadAgain => RebuildStep::Download,
            RebuildRemedy::BuildWithGaps => RebuildStep::Build,
            RebuildRemedy::Retry if self.run.is_none() || is_export_lost => RebuildStep::Request,
            RebuildRemedy::Retry => self.step,
        };
        let source = match remedy {
            RebuildRemedy::UseExisting => RebuildSource::Existing,
            RebuildRemedy::Replace => RebuildSource::Replacing,
            RebuildRemedy::Retry => self.options.source,
            // Everything that GitLab offered is on disk, so a new export loses nothing.
            _ => RebuildSource::New,
        };
        // The agreement was about the gaps of this export. Another one may have others.
        let is_same = remedy == RebuildRemedy::Retry && (step == self.step);
        let allow_gaps = remedy == RebuildRemedy::BuildWithGaps || (self.options.allow_gaps && is_same);
        RebuildSeen::Resumed { step, source, allow_gaps }
    }

    pub fn phase(&self) -> RebuildPhase {
        match (&self.outcome, self.step) {
            (Some(RebuildOutcome::Built { .. }), _) => RebuildPhase::Built,
            (Some(RebuildOutcome::Failed { .. }), _) => RebuildPhase::Failed,
            (Some(RebuildOutcome::Cancelled), _) => RebuildPhase::Cancelled,
            (None, RebuildStep::Request) => RebuildPhase::Requesting,
            (None, RebuildStep::Export) => RebuildPhase::Exporting,
            (None, RebuildStep::Download) => RebuildPhase::Downloading,
            (None, RebuildStep::Build) => RebuildPhase::Building,
        }
    }

    /// The state in one sentence.
    pub fn sentence(&self) -> String {
        match (&self.outcome, self.step) {
            (Some(RebuildOutcome::Built { archive }), _) => {
                let what = if archive.parts.is_empty() { "archive" } else { "set of archives" };
                match archive.gaps.len() {
                    0 => format!("The {what} is rebuilt and verified."),
                    _ => format!("The {what} is rebuilt, but data is missing in it."),
                }
            }
            (Some(RebuildOutcome::Failed { error, .. }), _) => error.headline.clone(),
            (Some(RebuildOutcome::Cancelled), _) => {
                "The rebuild was cancelled. What was downloaded is kept.".to_owned()
            }
            (None, RebuildStep::Request) => {
                "Export Desk checks the project and requests the relations export.".to_owned()
            }
            (None, RebuildStep::Export) => "Export Desk waits for the relations export.".to_owned(),
            (None, RebuildStep::Download) => "Export Desk downloads the relation files.".to_owned(),
            (None, RebuildStep::Build) => {
                "Export Desk adds what the relations export lacks, builds the archive and verifies it."
                    .to_owned()
            }
        }
    }

    /// The next step after a failure.
    pub fn hint(&self) -> Option<Hint> {
        match &self.outcome {
            Some(RebuildOutcome::Failed { error, .. }) => Some(error.hint.clone()),
            _ => None,
        }
    }

    /// The journal line for the moment when the rebuild starts.
    pub(super) fn began(&self) -> JournalEntry {
        let by_id = self.project_path.is_none() && self.project.parse::<u64>().is_ok();
        let project = if by_id { format!("project {}", self.project) } else { self.title().to_owned() };
        let what = JournalEvent::RebuildStarted { project };
        JournalEntry { case_id: self.case_id, run_id: None, what }
    }
}

/// The rebuild after an input. Total: an input that makes no sense in this state changes nothing.
pub fn step(job: &RebuildJob, input: JobInput<RebuildSeen>, now: UtcMs) -> RebuildJob {
    let mut next = job.clone();
    match input {
        JobInput::Polled(RebuildSeen::Resumed { step, source, allow_gaps })
            if job.is_ended() && job.archive().is_none() =>
        {
            (next.outcome, next.ended_at) = (None, None);
            (next.options.source, next.options.allow_gaps) = (source, allow_gaps);
            enter(&mut next, step, now);
        }
        JobInput::Polled(seen) if !job.is_ended() => see(&mut next, seen, now),
        JobInput::Unwatched if !job.is_ended() => end(&mut next, RebuildOutcome::Cancelled, now),
        _ => {}
    }
    next
}

fn see(job: &mut RebuildJob, seen: RebuildSeen, now: UtcMs) {
    use RebuildStep as S;
    match (seen, job.step) {
        // Somebody started another export while the files were downloaded: its files replace the earlier ones.
        (RebuildSeen::Exporting { run, project_id, project_path }, S::Request | S::Export | S::Download) => {
            (job.run, job.project_id, job.project_path) = (Some(run), Some(project_id), Some(project_path));
            enter(job, S::Export, now);
        }
        (RebuildSeen::Exported, S::Export) => enter(job, S::Download, now),
        (RebuildSeen::Downloading { folder }, S::Download) => job.folder = Some(folder),
        (RebuildSeen::Downloaded, S::Download) if job.folder.is_some() => enter(job, S::Build, now),
        (RebuildSeen::Building { output }, S::Build) => (job.output, job.naming) = (Some(output), None),
        (RebuildSeen::Naming { archive }, S::Build) => job.naming = Some(archive),
        (RebuildSeen::Built { archive }, S::Build) => {
            job.naming = None;
            end(job, RebuildOutcome::Built { archive }, now);
        }
        (RebuildSeen::Failed { error, gaps }, _) => {
            end(job, RebuildOutcome::Failed { error, gaps }, now);
        }
        _ => {}
    }
}

fn enter(job: &mut RebuildJob, step: RebuildStep, now: UtcMs) {
    (job.step, job.step_since) = (step, now);
}

fn end(job: &mut RebuildJob, outcome: RebuildOutcome, now: UtcMs) {
    (job.outcome, job.ended_at) = (Some(outcome), Some(now));
}

/// The journal lines for the change of a rebuild.
pub(super) fn journal_entries(before: &RebuildJob, after: &RebuildJob) -> Vec<JournalEntry> {
    let line = |what| vec![JournalEntry { case_id: after.case_id, run_id: None, what }];
    match (before.is_ended(), after.is_ended()) {
        (false, true) => {
            line(JournalEvent::RebuildEnded { project: after.title().to_owned(), headline: after.sentence() })
        }
        (true, false) => line(JournalEvent::RebuildStarted { project: after.title().to_owned() }),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
