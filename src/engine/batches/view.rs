//! What front ends see of a batch. Projects without a change keep their view.

use std::sync::Arc;

use crate::case::UtcMs;
use crate::case::batch::{Turns, counts};
use crate::engine::api::{BatchItemView, BatchView};
use crate::engine::core::Core;
use crate::engine::limiter::Limit;

use super::tracked::TrackedBatch;

impl TrackedBatch {
    /// The view; `ahead` is the number of projects of earlier batches that are requested first.
    pub fn view(&mut self, core: &Core, ahead: usize, now: UtcMs) -> BatchView {
        self.renew();
        let wait = core.sessions.next_wait(&self.batch.instance, &Limit::Export);
        let window_ms = core.timing.limit_minute.as_millis() as i64;
        let folder = self.batch.folder.is_some();
        let manifest = &self.manifest;
        BatchView {
            batch: self.batch.clone(),
            items: Arc::clone(&self.list),
            counts: counts(&self.items),
            turns: Turns {
                next_at: now.plus_ms(wait.as_millis() as i64),
                per_window: Limit::Export.per_window(),
                window_ms,
                ahead,
            },
            is_held: self.followers.iter().next().is_none(),
            is_saved: !folder || (!manifest.is_stale && !manifest.is_being_written),
            not_saved: manifest.error.as_ref().map(|error| error.headline.clone()),
            free_bytes: manifest.free_bytes,
            bytes_per_s: self.progress.values().map(|progress| progress.bytes_per_s).sum(),
        }
    }

    /// Builds the views that are out of date.
    fn renew(&mut self) {
        if self.stale.is_empty() {
            return;
        }
        for place in std::mem::take(&mut self.stale) {
            let Some(item) = self.items.get(place) else { continue };
            let view = Arc::new(BatchItemView {
                place,
                item: item.clone(),
                is_asked: self.asked.contains_key(&place),
                progress: self.progress.get(&place).copied(),
            });
            match self.views.get_mut(place) {
                Some(slot) => *slot = view,
                None => self.views.push(view),
            }
        }
        self.list = self.views.iter().cloned().collect();
    }
}
