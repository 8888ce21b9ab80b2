//! When a waiting project is likely to be requested: GitLab accepts a few exports a minute from a user.

use std::sync::Arc;

use crate::case::time::UtcMs;

/// The turns of an instance's exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turns {
    /// The turns that requests have reserved already, earliest first.
    pub reserved: Arc<[UtcMs]>,
    /// When the request after those may be sent.
    pub next_at: UtcMs,
    pub per_window: usize,
    pub window_ms: i64,
    /// Projects of earlier batches that are requested first.
    pub ahead: usize,
}

impl Turns {
    /// When the project with this many waiting ones before it is requested, at the earliest.
    pub fn at(&self, before: usize) -> UtcMs {
        let place = self.ahead + before;
        if let Some(at) = self.reserved.get(place) {
            return *at;
        }
        let windows = (place - self.reserved.len()) / self.per_window.max(1);
        self.next_at.plus_ms(self.window_ms.saturating_mul(i64::try_from(windows).unwrap_or(i64::MAX)))
    }
}
