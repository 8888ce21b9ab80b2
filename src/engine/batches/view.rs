//! What front ends see of a batch. Projects without a change keep their view.

use std::sync::Arc;

use crate::case::UtcMs;
use crate::case::batch::{BatchCounts, Turns, counts};
use crate::engine::api::{BatchItemView, BatchView};
use crate::engine::core::Core;
use crate::engine::limiter::Limit;

use super::tracked::TrackedBatch;

impl TrackedBatch {
    /// The view; `ahead` is the number of projects of earlier batches that are requested first.
    pub fn view(&mut self, core: &Core, ahead: usize, now: UtcMs) -> BatchView {
        self.renew();
        let wait = core.sessions.next_wait(&self.batch.instance, &Limit::Export);
        let reserved = core.sessions.reserved_waits(&self.batch.instance, &Limit::Export);
        let at = |wait: std::time::Duration| now.plus_ms(wait.as_millis() as i64);
        let window_ms = core.timing.limit_minute.as_millis() as i64;
        let folder = self.batch.folder.is_some();
        let manifest = &self.manifest;
        BatchView {
            batch: self.batch.clone(),
            items: Arc::clone(&self.list),
            counts: self.counts(),
            turns: Turns {
                reserved: reserved.into_iter().map(at).collect(),
                next_at: at(wait),
                per_window: Limit::Export.per_window(),
                window_ms,
                ahead,
            },
            is_held: self.is_held(),
            resting: self.resting().cloned(),
            is_unanswered: self.is_unanswered(),
            is_saved: !folder || (!manifest.is_stale && !manifest.is_being_written),
            not_saved: manifest.error.as_ref().map(|error| error.headline.clone()),
            free_bytes: manifest.free_bytes,
            bytes_per_s: self.progress.values().map(|progress| progress.bytes_per_s).sum(),
        }
    }

    /// The counts, with what of the running downloads is here already taken from what is expected.
    fn counts(&self) -> BatchCounts {
        let mut counts = counts(&self.items);
        for (place, progress) in &self.progress {
            let expected = self.items.get(*place).and_then(|item| item.expected_bytes).unwrap_or(0);
            let total = progress.total_bytes.unwrap_or(expected);
            let others = counts.expected_bytes.saturating_sub(expected);
            counts.expected_bytes = others.saturating_add(total.saturating_sub(progress.bytes));
        }
        counts
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
