//! A digest of what downloads and rebuilds are doing, for caches that their progress must not empty.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::engine::api::{DownloadView, Snapshot};

/// The digest of the downloads' states is cached while their list is the same allocation.
#[derive(Debug, Default)]
pub struct WorkStates {
    of: Option<Arc<[Arc<DownloadView>]>>,
    downloads: u64,
}

impl WorkStates {
    pub fn digest(&mut self, snapshot: &Snapshot) -> u64 {
        if !self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, &snapshot.downloads)) {
            let mut hasher = DefaultHasher::new();
            for view in snapshot.downloads.iter() {
                (view.id, view.state.as_str(), view.done.is_some()).hash(&mut hasher);
            }
            (self.of, self.downloads) = (Some(Arc::clone(&snapshot.downloads)), hasher.finish());
        }
        let mut hasher = DefaultHasher::new();
        self.downloads.hash(&mut hasher);
        for view in snapshot.rebuilds.iter() {
            (view.job.id, view.works()).hash(&mut hasher);
        }
        hasher.finish()
    }
}
