//! The rebuilds that this program works on: a command does not continue those of an earlier one.

use std::collections::BTreeSet;

use crate::case::RebuildId;

/// Which rebuilds this program works on.
#[derive(Debug, Default)]
pub struct RunningRebuilds {
    at_work: BTreeSet<RebuildId>,
    /// Those whose files were requested, and have not ended.
    awaits_files: BTreeSet<RebuildId>,
    /// Those that have failed only because there was no token.
    lacks_token: BTreeSet<RebuildId>,
}

impl RunningRebuilds {
    pub fn begin(&mut self, id: RebuildId) {
        self.lacks_token.remove(&id);
        self.at_work.insert(id);
    }

    pub fn has(&self, id: RebuildId) -> bool {
        self.at_work.contains(&id)
    }

    pub fn await_files(&mut self, id: RebuildId) {
        self.awaits_files.insert(id);
    }

    /// Whether the rebuild waited for its files; it no longer does.
    pub fn take_files(&mut self, id: RebuildId) -> bool {
        self.awaits_files.remove(&id)
    }

    /// The rebuild continues once there is a token.
    pub fn await_token(&mut self, id: RebuildId) {
        self.lacks_token.insert(id);
    }

    /// Which rebuilds wait for a token, until they begin again.
    pub fn without_token(&self) -> impl Iterator<Item = RebuildId> + '_ {
        self.lacks_token.iter().copied()
    }

    pub fn end(&mut self, id: RebuildId) {
        self.at_work.remove(&id);
        self.awaits_files.remove(&id);
    }
}
