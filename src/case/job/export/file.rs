//! When GitLab finished the file of an export, and how long it keeps it: the API tells neither.

use super::{ExportTiming, Origin, Outcome, Phase, Run};
use crate::case::time::UtcMs;

impl Run {
    /// The last moment at which GitLab had no file of this run yet; `None` where the first check found it.
    pub fn finished_after(&self) -> Option<UtcMs> {
        if self.origin == Origin::Found {
            return None;
        }
        let before = self.history.iter().rev().find(|sight| Phase::of_status(&sight.word) != Phase::Ready);
        Some(before.map_or_else(|| self.began_at(), |sight| sight.last_at))
    }

    /// Until when GitLab keeps the file at least.
    pub(super) fn file_until(&self, timing: &ExportTiming) -> Option<UtcMs> {
        Some(self.finished_after()?.plus_ms(timing.file_ms))
    }

    /// Whether GitLab has certainly deleted the file: nobody has seen it, or nobody could, for longer than it is kept.
    pub fn is_expired(&self, timing: &ExportTiming, now: UtcMs) -> bool {
        let seen_at = self.ended_at.filter(|_| self.outcome == Some(Outcome::Ready));
        seen_at.is_some_and(|at| now.since_ms(at) >= timing.file_ms + timing.clean_up_ms)
    }

    /// When the run began, as far as this program knows: GitLab does not tell.
    pub fn began_at(&self) -> UtcMs {
        self.accepted_at.unwrap_or(self.created_at)
    }

    /// When GitLab last said anything about the run.
    pub(super) fn last_look_at(&self) -> UtcMs {
        self.history.last().map_or_else(|| self.began_at(), |sight| sight.last_at)
    }
}
