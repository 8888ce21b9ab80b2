//! Checks large repositories of downloaded archives in depth by itself, one at a time, while nothing else runs. A
//! check that the end of the program cut off is done anew at the next start.

use super::inspections::Unasked;
use super::router::Router;

impl Router {
    /// Starts the next check if nothing else runs, and holds the running one while something else does.
    pub(super) fn check_in_depth(&mut self) {
        let is_busy = self.downloads.is_moving() || self.builds.is_moving() || self.jobs.is_moving();
        self.inspections.yield_to_others(is_busy);
        if is_busy || !self.resumes || self.inspections.is_moving() {
            return;
        }
        if let Some((download, path)) = self.downloads.deep_check_due() {
            let happened = self.inspections.check_in_depth(&mut self.core, Unasked { download }, path);
            self.tell(happened.into_iter().collect());
        }
    }
}
