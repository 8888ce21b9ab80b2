//! What is shown of the files of relations exports. Files come by the thousand: their ends are shown together, at most
//! once a moment, and what did not change stays the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::case::{RelationsId, UtcMs};
use crate::engine::api::{RelationFileView, RelationsDownload};

use super::queue::FileDownloads;
use super::relation_files::RelationFiles;

/// What is shown of the files of one relations export.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelationFilesView {
    pub download: Option<Arc<RelationsDownload>>,
    /// By name of the relation.
    pub files: HashMap<String, Arc<[RelationFileView]>>,
}

/// What was last shown, and whether it is still true.
#[derive(Debug, Default)]
pub struct RelationViews {
    shown: BTreeMap<RelationsId, Arc<RelationFilesView>>,
    shown_at: Option<Instant>,
    has_changed: bool,
    has_progressed: bool,
}

impl RelationViews {
    /// Something has changed that is shown at once.
    pub fn changed(&mut self) {
        self.has_changed = true;
    }

    /// Numbers have moved, or one file of many has ended: shown when it is time.
    pub fn progressed(&mut self) {
        self.has_progressed = true;
    }

    /// What is shown now; `distance` lies between two views while files move.
    pub fn get(
        &mut self,
        relations: &mut BTreeMap<RelationsId, RelationFiles>,
        all: &mut FileDownloads,
        distance: Duration,
        now: UtcMs,
    ) -> &BTreeMap<RelationsId, Arc<RelationFilesView>> {
        let is_time = !all.is_moving() || self.shown_at.is_none_or(|at| at.elapsed() >= distance);
        let moves = |files: &RelationFiles| all.counts(files.lane()).running > 0;
        let progresses = self.has_progressed || relations.values().any(moves);
        if self.has_changed || (progresses && is_time) {
            (self.has_changed, self.has_progressed, self.shown_at) = (false, false, Some(Instant::now()));
            self.shown.retain(|run, _| relations.contains_key(run));
            for (run, files) in relations {
                let view = files.view(all, now);
                let shown = self.shown.entry(*run).or_default();
                if **shown != view {
                    *shown = Arc::new(view);
                }
            }
        }
        &self.shown
    }
}
