//! The views of the files of relations exports. An export can have thousands of files: their ends are shown together
//! after a minimum interval, and what did not change keeps its `Arc`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::case::{RelationsId, UtcMs};
use crate::engine::api::{RelationFileView, RelationsDownload};

use super::queue::FileDownloads;
use super::relation_files::RelationFiles;

/// The view of the files of one relations export.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelationFilesView {
    pub download: Option<Arc<RelationsDownload>>,
    /// By relation name.
    pub files: HashMap<String, Arc<[RelationFileView]>>,
}

/// The last views, and whether they are still valid.
#[derive(Debug, Default)]
pub struct RelationViews {
    shown: BTreeMap<RelationsId, Arc<RelationFilesView>>,
    shown_at: Option<Instant>,
    has_changed: bool,
    has_progressed: bool,
}

impl RelationViews {
    /// A change that must be shown at once.
    pub fn changed(&mut self) {
        self.has_changed = true;
    }

    /// Progress, or the end of one of many files, which is shown after the minimum interval.
    pub fn progressed(&mut self) {
        self.has_progressed = true;
    }

    /// The current views; `distance` is the minimum interval between two views while files are downloading.
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
