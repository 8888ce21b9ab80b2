//! What a case's own export demands before the workflow's next step.

use super::job::export::{CurrentStatus, Phase, Run};
use super::subject::Case;
use super::time::UtcMs;

/// What the newest download of an export's file is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileState {
    /// The file of this export was never downloaded.
    #[default]
    Missing,
    Moving,
    Paused,
    Failed,
    Verified,
}

/// The export's own step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportStep {
    /// GitLab is exporting; nobody has to do anything.
    Running,
    /// There is a finished file, which GitLab deletes at this time.
    Download { until: Option<UtcMs> },
    /// The file is being downloaded.
    Downloading,
    /// An archive is being rebuilt instead.
    Rebuilding,
    /// A person paused the download.
    Resume,
    /// The download failed; the downloaded part is kept.
    Retry,
    /// The export failed while the case waits for somebody else.
    Failed,
    /// GitLab has most likely lost the export, while the case waits for somebody else.
    Stuck,
}

/// The step of the newest export; `None` where the workflow's own step comes first. `rebuilds` tells whether an archive
/// is being rebuilt.
pub fn export_step(
    case: &Case,
    export: Option<(&Run, &CurrentStatus)>,
    file: FileState,
    rebuilds: bool,
) -> Option<ExportStep> {
    if case.stage.is_closed() || (case.served.is_some() && !rebuilds) {
        return None;
    }
    // A customer who has answered waits for the person, whatever the export does.
    of_export(case, export, file, rebuilds).filter(|step| !(step.waits() && case.has_unread_answer()))
}

fn of_export(
    case: &Case,
    export: Option<(&Run, &CurrentStatus)>,
    file: FileState,
    rebuilds: bool,
) -> Option<ExportStep> {
    match file {
        FileState::Moving => return Some(ExportStep::Downloading),
        FileState::Paused => return Some(ExportStep::Resume),
        FileState::Missing | FileState::Failed | FileState::Verified => {}
    }
    if rebuilds {
        return Some(ExportStep::Rebuilding);
    }
    let (run, status) = export?;
    let is_new = run.ended_at.is_some_and(|at| at >= case.stage_since);
    match status.phase {
        Phase::Ready if status.is_expired => None,
        Phase::Ready if file == FileState::Failed => Some(ExportStep::Retry),
        Phase::Ready if file == FileState::Missing => Some(ExportStep::Download { until: status.file_until }),
        // Where the person has a step anyway, that step says what follows from a failure.
        Phase::Failed if is_new && case.stage.waits() => Some(ExportStep::Failed),
        phase if !run.is_ended() && phase.under_way() => match (status.stuck, case.stage.waits()) {
            (false, _) => Some(ExportStep::Running),
            (true, true) => Some(ExportStep::Stuck),
            (true, false) => None,
        },
        _ => None,
    }
}

impl ExportStep {
    pub const ALL: [Self; 8] = [
        Self::Running,
        Self::Download { until: None },
        Self::Downloading,
        Self::Rebuilding,
        Self::Resume,
        Self::Retry,
        Self::Failed,
        Self::Stuck,
    ];

    /// The heading of the step.
    pub fn label(self) -> &'static str {
        match self {
            Self::Running => "Wait: GitLab is exporting the project",
            Self::Download { .. } => "Download the archive before GitLab deletes it",
            Self::Downloading => "Wait: the archive is downloading",
            Self::Rebuilding => "Wait: the archive is being rebuilt",
            Self::Resume => "Resume the paused download",
            Self::Retry => "Retry the failed download",
            Self::Failed => "The export failed",
            Self::Stuck => "The export is stuck",
        }
    }

    /// Whether nobody has to do anything now.
    pub fn waits(self) -> bool {
        matches!(self, Self::Running | Self::Downloading | Self::Rebuilding)
    }

    /// Whether the step is about a file, so that its button is the main one of the case.
    pub fn has_button(self) -> bool {
        matches!(self, Self::Download { .. } | Self::Resume | Self::Retry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::stepped::{self, OFFER_SENT};
    use crate::case::{CaseId, ExportTiming, Fact, JobInput, ProjectRef, RunId, VerifiedFile, run};

    const NOW: UtcMs = UtcMs(1_700_000_000_000);

    fn case() -> Case {
        Case::new(CaseId(1), "https://i", None, ProjectRef::by_path("a/b"), NOW)
    }

    fn step_of(case: &Case, words: &[&str], file: FileState) -> Option<ExportStep> {
        let timing = ExportTiming::default();
        let mut it = Run::scheduled(RunId(1), "https://i", (7, "a/b"), "none", NOW);
        let accepted = JobInput::Accepted { correlation_id: None, polled: None };
        it = run::step(&run::step(&it, JobInput::AboutToSend, &timing, NOW), accepted, &timing, NOW);
        for (word, n) in words.iter().zip(1..) {
            it = run::step(&it, JobInput::Polled((*word).to_owned()), &timing, NOW.plus_ms(n * 1_200_000));
        }
        let status = run::status(&it, &timing, NOW.plus_ms(6_000_000));
        export_step(case, Some((&it, &status)), file, false)
    }

    const DONE: [&str; 3] = ["queued", "started", "finished"];
    const LOST: [&str; 3] = ["queued", "started", "none"];

    #[test]
    fn a_paused_or_failed_download_is_no_waiting() {
        let case = case();
        let of = |file| step_of(&case, &DONE, file);
        assert!(matches!(of(FileState::Missing), Some(ExportStep::Download { until: Some(_) })));
        assert_eq!(of(FileState::Moving), Some(ExportStep::Downloading));
        assert_eq!(of(FileState::Paused), Some(ExportStep::Resume));
        assert_eq!(of(FileState::Failed), Some(ExportStep::Retry));
        assert_eq!(of(FileState::Verified), None);
        let waiting = [ExportStep::Running, ExportStep::Downloading];
        for step in [ExportStep::Resume, ExportStep::Retry, ExportStep::Failed, ExportStep::Stuck] {
            assert!(!step.waits() && !step.label().starts_with("Wait"), "{step:?}");
        }
        assert!(waiting.iter().all(|step| step.waits() && step.label().starts_with("Wait")));
    }

    #[test]
    fn a_rebuild_is_a_waiting_after_a_failure_and_a_download_comes_first() {
        let rebuilds = |file| export_step(&case(), None, file, true);
        let waits = rebuilds(FileState::Missing).unwrap();
        assert!(waits == ExportStep::Rebuilding && waits.waits() && !waits.has_button());
        assert_eq!(rebuilds(FileState::Moving), Some(ExportStep::Downloading));
        // Also the second rebuild of a case that has an archive.
        let file = VerifiedFile { bytes: 1, sha256: "a".into(), verdict: "importable".into(), rebuilt: None };
        let served = Case { served: Some(file), ..case() };
        assert_eq!(export_step(&served, None, FileState::Missing, true), Some(ExportStep::Rebuilding));
        assert_eq!(export_step(&served, None, FileState::Missing, false), None);
    }

    #[test]
    fn a_failed_export_is_the_step_only_while_the_case_waits_for_somebody() {
        let ours = case();
        assert_eq!(step_of(&ours, &LOST, FileState::Missing), None);
        let offered = stepped::on(&stepped::at_offer(&ours, (NOW, NOW), NOW), OFFER_SENT, NOW);
        assert_eq!(step_of(&offered, &LOST, FileState::Missing), Some(ExportStep::Failed));
        let answered = stepped::with(&offered, &[(Fact::OfferAnswer, "accepted")], NOW);
        let running = |case: &Case| step_of(case, &DONE[..2], FileState::Missing);
        assert_eq!(running(&offered), Some(ExportStep::Running));
        assert_eq!(running(&answered), None, "the customer's answer comes before the waiting");
        let later = Case { stage_since: NOW.plus_ms(90_000_000), ..offered };
        assert_eq!(step_of(&later, &LOST, FileState::Missing), None, "a step was recorded since");
    }
}
