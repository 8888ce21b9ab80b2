//! The stages of an export run, as the status call derives them (`app/models/project.rb`), per user.

use super::fault::FaultKind;

/// The worker creates the job's row only when it starts; until then the POST has no visible effect.
const ROW_AFTER_MS: u64 = 2_000;
/// The time between storing the file and the end of the job.
const CLOSING_MS: u64 = 5_000;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExportEnd {
    #[default]
    Success,
    /// The job fails: `failed`.
    Failed,
    /// The archive cannot be assembled, which only an e-mail reports: the job finishes without a file.
    SilentNone,
    /// The run stays `started` forever.
    Stuck,
}

impl ExportEnd {
    /// How a fault makes a run end, if at all.
    pub fn of(error: &FaultKind) -> Option<Self> {
        match error {
            FaultKind::SilentNone => Some(Self::SilentNone),
            FaultKind::FailedRun => Some(Self::Failed),
            FaultKind::StuckStarted => Some(Self::Stuck),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FakeExportPhase {
    /// The request was accepted, and no worker has started yet.
    Unborn,
    Queued,
    Started,
    Failed,
    Finished,
}

/// One run. All times are scaled milliseconds since the server's start.
#[derive(Debug, Clone)]
pub struct FakeExport {
    pub planned_end: ExportEnd,
    row_at_ms: u64,
    started_at_ms: u64,
    /// When the file is stored, or would be.
    pub stored_at_ms: u64,
    /// `None` until the upload after the export has ended.
    done_at_ms: Option<u64>,
    /// Whether the file has been put into the store.
    pub stored: bool,
    /// Text for the project's description inside the archive.
    pub description: Option<String>,
}

/// How long the stages of a run take, in scaled milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Durations {
    pub queue_ms: u64,
    pub export_ms: u64,
}

impl FakeExport {
    /// A run accepted at `now_ms`.
    pub fn accepted(now_ms: u64, lasts: Durations, planned_end: ExportEnd, uploads: bool) -> Self {
        let started_at_ms = now_ms + ROW_AFTER_MS + lasts.queue_ms;
        let stored_at_ms = started_at_ms + lasts.export_ms;
        Self {
            planned_end,
            row_at_ms: now_ms + ROW_AFTER_MS,
            started_at_ms,
            stored_at_ms,
            done_at_ms: (!uploads).then_some(stored_at_ms + CLOSING_MS),
            stored: false,
            description: None,
        }
    }

    /// A run that has been `started` since before the server's start.
    pub fn under_way(now_ms: u64, lasts: Durations) -> Self {
        let stored_at_ms = now_ms + lasts.export_ms;
        Self {
            planned_end: ExportEnd::Success,
            row_at_ms: 0,
            started_at_ms: 0,
            stored_at_ms,
            done_at_ms: Some(stored_at_ms + CLOSING_MS),
            stored: false,
            description: None,
        }
    }

    /// A run of some days ago that failed. Such rows live for seven days.
    pub fn failed_before() -> Self {
        let lasts = Durations { queue_ms: 0, export_ms: 0 };
        Self { planned_end: ExportEnd::Failed, ..Self::under_way(0, lasts) }
    }

    pub fn phase(&self, now_ms: u64) -> FakeExportPhase {
        if now_ms < self.row_at_ms {
            return FakeExportPhase::Unborn;
        }
        if now_ms < self.started_at_ms {
            return FakeExportPhase::Queued;
        }
        let done = self.done_at_ms.is_some_and(|done| now_ms >= done);
        match self.planned_end {
            ExportEnd::Failed if now_ms >= self.stored_at_ms => FakeExportPhase::Failed,
            ExportEnd::SilentNone if now_ms >= self.stored_at_ms => FakeExportPhase::Finished,
            ExportEnd::Success if done => FakeExportPhase::Finished,
            ExportEnd::Success | ExportEnd::Failed | ExportEnd::SilentNone | ExportEnd::Stuck => {
                FakeExportPhase::Started
            }
        }
    }

    /// Whether the run is accepted and has not ended.
    pub fn is_open(&self, now_ms: u64) -> bool {
        matches!(
            self.phase(now_ms),
            FakeExportPhase::Unborn | FakeExportPhase::Queued | FakeExportPhase::Started
        )
    }

    /// Whether its file is due and not stored yet.
    pub fn should_store(&self, now_ms: u64) -> bool {
        self.planned_end == ExportEnd::Success && !self.stored && now_ms >= self.stored_at_ms
    }

    /// Records that the upload has ended, successfully or not.
    pub fn upload_ended(&mut self, now_ms: u64) {
        self.done_at_ms = Some(now_ms);
    }
}

/// GitLab's status; the first match counts.
pub fn status(jobs: &[FakeExport], file_stored: bool, now_ms: u64) -> &'static str {
    let any = |phase| jobs.iter().any(|job| job.phase(now_ms) == phase);
    let (queued, started) = (any(FakeExportPhase::Queued), any(FakeExportPhase::Started));
    if (queued || started) && file_stored {
        "regeneration_in_progress"
    } else if queued {
        "queued"
    } else if started {
        "started"
    } else if file_stored {
        "finished"
    } else if any(FakeExportPhase::Failed) {
        "failed"
    } else {
        "none"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LASTS: Durations = Durations { queue_ms: 8_000, export_ms: 60_000 };

    fn words(job: &FakeExport, moments_s: &[u64]) -> Vec<&'static str> {
        let jobs = [job.clone()];
        let stored = |now| job.planned_end == ExportEnd::Success && now >= job.stored_at_ms;
        moments_s.iter().map(|at| at * 1000).map(|now| status(&jobs, stored(now), now)).collect()
    }

    #[test]
    fn a_run_is_invisible_then_queued_then_started_then_its_file_is_there_before_it_ends() {
        let job = FakeExport::accepted(0, LASTS, ExportEnd::Success, false);
        let said = words(&job, &[0, 2, 10, 69, 70, 75]);
        assert_eq!(said, ["none", "queued", "started", "started", "regeneration_in_progress", "finished"]);
    }

    #[test]
    fn runs_that_make_no_file_end_as_failed_none_or_never() {
        let ends =
            |planned_end| words(&FakeExport::accepted(0, LASTS, planned_end, false), &[69, 100, 100_000]);
        assert_eq!(ends(ExportEnd::Failed), ["started", "failed", "failed"]);
        assert_eq!(ends(ExportEnd::SilentNone), ["started", "none", "none"]);
        assert_eq!(ends(ExportEnd::Stuck), ["started", "started", "started"]);
    }

    #[test]
    fn an_old_failure_shows_until_the_worker_starts_and_again_without_a_file() {
        let jobs = [FakeExport::failed_before(), FakeExport::accepted(0, LASTS, ExportEnd::Success, false)];
        assert_eq!(status(&jobs, false, 1_000), "failed");
        assert_eq!(status(&jobs, false, 3_000), "queued");
        assert_eq!(status(&jobs, true, 80_000), "finished");
        assert_eq!(status(&jobs, false, 80_000), "failed");
    }

    #[test]
    fn an_upload_keeps_the_run_going_until_it_ends() {
        let mut job = FakeExport::accepted(0, LASTS, ExportEnd::Success, true);
        assert_eq!(words(&job, &[70, 1_000]), ["regeneration_in_progress"; 2]);
        job.upload_ended(1_000_000);
        assert_eq!(words(&job, &[1_000]), ["finished"]);
    }
}
