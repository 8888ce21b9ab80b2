//! Rehearsals are imports; what they have shown goes to whoever keeps receipts of the archives.

use std::sync::Arc;

use crate::case::import::rehearsed;

use super::rehearsals::Rehearsals;
use super::router::Router;

impl Router {
    /// Brings every receipt up to what the newest rehearsal of its archive says.
    pub(super) fn join_rehearsals(&mut self) {
        let known = Arc::new(self.rehearsals());
        self.downloads.rehearsed(&known);
        self.inspections.rehearsed(&known);
    }

    fn rehearsals(&self) -> Rehearsals {
        // The imports are in the order of their numbers: later ones replace earlier ones.
        let answers = self.imports.values().filter_map(|live| {
            let sha256 = live.job.rehearsal.as_ref()?.sha256.clone()?;
            Some((sha256, rehearsed(&live.job)?))
        });
        Rehearsals(answers.collect())
    }
}
