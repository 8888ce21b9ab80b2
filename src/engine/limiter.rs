//! The instance's rate limits, shared by every call to the instance. Export Desk waits in advance instead of
//! collecting 429s, because GitLab counts a call before it checks it (`lib/api/helpers/rate_limiter.rb`).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::gitlab::LONGEST_WAIT;

/// What GitLab counts together. Each instance has one token here, so GitLab's limits per user are limits per
/// instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// `project_export`: 6 per minute and user.
    Export,
    /// `project_download_export`: 1 per minute, user and project (since 17.10).
    Download(u64),
    /// `project_import`, shared by all kinds of imports: 6 per minute and user.
    Import,
    /// `GET /projects/:id` and the paths below: 400 per minute.
    ProjectRead,
    /// Reading and writing issues, notes and labels. Set well below GitLab.com's `issues_create` and `notes_create`.
    Tracker,
}

impl Limit {
    fn per_window(&self) -> usize {
        match self {
            Self::Export | Self::Import => 6,
            Self::Download(_) => 1,
            Self::ProjectRead => 400,
            Self::Tracker => 60,
        }
    }
}

/// The latest calls to one instance, for the length of one window.
#[derive(Debug)]
pub struct Limiter {
    window: Duration,
    /// When each unit was or will be used, oldest first.
    spent: Mutex<HashMap<Limit, VecDeque<Instant>>>,
}

impl Limiter {
    /// `window` is GitLab's minute, multiplied by `--pace`.
    pub fn new(window: Duration) -> Self {
        Self { window, spent: Mutex::default() }
    }

    /// Reserves the next free unit and returns how long to wait for it.
    pub fn reserve(&self, limit: &Limit, now: Instant) -> Duration {
        let mut all = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = all.entry(limit.clone()).or_default();
        while spent.len() > limit.per_window()
            || spent.front().is_some_and(|first| now.saturating_duration_since(*first) >= self.window)
        {
            spent.pop_front();
        }
        let slot = if spent.len() < limit.per_window() {
            now
        } else {
            // The window is too long for the clock's range, so the reservation does not wait; GitLab's 429 decides.
            spent.front().and_then(|first| first.checked_add(self.window)).map_or(now, |free| free.max(now))
        };
        spent.push_back(slot);
        slot.saturating_duration_since(now)
    }

    /// GitLab answered 429 although a unit was free, because another program uses the same limit: no calls for
    /// `wait`.
    pub fn blocked(&self, limit: &Limit, wait: Duration, now: Instant) {
        let mut all = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        // Marks all units as used, in a window that ends when the wait does.
        let end = now.checked_add(wait.min(LONGEST_WAIT)).unwrap_or(now);
        let from = end.checked_sub(self.window).unwrap_or(now);
        all.insert(limit.clone(), std::iter::repeat_n(from, limit.per_window()).collect());
    }

    /// Reserves the next free unit and waits for it.
    pub async fn wait(&self, limit: &Limit) {
        let wait = self.reserve(limit, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_mins(1);

    #[test]
    fn units_are_available_again_after_the_window() {
        let limiter = Limiter::new(WINDOW);
        let start = Instant::now();
        for _ in 0..6 {
            assert_eq!(limiter.reserve(&Limit::Export, start), Duration::ZERO);
        }
        assert_eq!(limiter.reserve(&Limit::Export, start), WINDOW);
        assert_eq!(limiter.reserve(&Limit::ProjectRead, start), Duration::ZERO, "limits are counted apart");
    }

    #[test]
    fn no_window_ever_holds_more_than_its_units() {
        let limiter = Limiter::new(WINDOW);
        let start = Instant::now();
        let slots: Vec<_> = (0..30).map(|_| start + limiter.reserve(&Limit::Export, start)).collect();
        for (index, slot) in slots.iter().enumerate() {
            let inside = slots[index..].iter().filter(|other| **other < *slot + WINDOW).count();
            assert!(inside <= 6, "{inside} within one window");
        }
        assert_eq!(slots[29], start + WINDOW * 4);
    }

    #[test]
    fn downloads_are_counted_by_project() {
        let limiter = Limiter::new(WINDOW);
        let now = Instant::now();
        assert_eq!(limiter.reserve(&Limit::Download(1), now), Duration::ZERO);
        assert_eq!(limiter.reserve(&Limit::Download(2), now), Duration::ZERO);
        assert_eq!(limiter.reserve(&Limit::Download(1), now), WINDOW);
        assert_eq!(limiter.reserve(&Limit::Download(1), now), WINDOW * 2);
    }

    #[test]
    fn a_429_blocks_until_its_time() {
        let limiter = Limiter::new(WINDOW);
        let now = Instant::now() + WINDOW;
        limiter.blocked(&Limit::Export, Duration::from_secs(30), now);
        assert_eq!(limiter.reserve(&Limit::Export, now), Duration::from_secs(30));
    }

    #[test]
    fn no_wait_overflows_the_time() {
        for window in [WINDOW, Duration::MAX] {
            let limiter = Limiter::new(window);
            let now = Instant::now();
            limiter.blocked(&Limit::Export, Duration::MAX, now);
            assert!(limiter.reserve(&Limit::Export, now) <= LONGEST_WAIT);
        }
    }
}
