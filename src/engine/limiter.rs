//! The instance's rate limits, shared by everything that talks to it: waiting here instead of collecting
//! 429s, because GitLab counts a call before it looks at it (`lib/api/helpers/rate_limiter.rb`).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What GitLab counts together. The user is the token's, one an instance here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// `project_export`: 6 a minute a user.
    Export,
    /// `project_download_export`: 1 a minute a user and project (since 17.10).
    Download(u64),
    /// `project_import`: 6 a minute a user.
    Import,
    /// `GET /projects/:id` and below: 400 a minute.
    ProjectRead,
}

impl Limit {
    fn per_window(&self) -> usize {
        match self {
            Self::Export | Self::Import => 6,
            Self::Download(_) => 1,
            Self::ProjectRead => 400,
        }
    }
}

#[derive(Debug, Default)]
struct Used {
    at: VecDeque<Instant>,
    /// GitLab said 429: nothing before this.
    blocked_until: Option<Instant>,
}

/// The calls of the last window for one instance.
#[derive(Debug)]
pub struct Limiter {
    window: Duration,
    used: Mutex<HashMap<Limit, Used>>,
}

impl Limiter {
    /// `window` is GitLab's minute, at this program's pace.
    pub fn new(window: Duration) -> Self {
        Self { window, used: Mutex::default() }
    }

    /// Takes one unit now, or says when to ask again.
    pub fn take(&self, limit: &Limit, now: Instant) -> Result<(), Instant> {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = all.entry(limit.clone()).or_default();
        while used.at.front().is_some_and(|first| now.saturating_duration_since(*first) >= self.window) {
            used.at.pop_front();
        }
        if let Some(until) = used.blocked_until.filter(|until| *until > now) {
            return Err(until);
        }
        used.blocked_until = None;
        if used.at.len() < limit.per_window() {
            used.at.push_back(now);
            return Ok(());
        }
        Err(used.at.front().map_or(now, |first| *first + self.window))
    }

    /// GitLab answered 429 all the same (another program spends the same units): nothing for `wait`.
    pub fn blocked(&self, limit: &Limit, wait: Duration, now: Instant) {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(limit.clone()).or_default().blocked_until = Some(now + wait);
    }

    /// Waits until a unit is free and takes it; `told` hears of each wait before it begins.
    pub async fn wait(&self, limit: &Limit, mut told: impl FnMut(Duration) + Send) {
        loop {
            let now = Instant::now();
            match self.take(limit, now) {
                Ok(()) => return,
                Err(until) => {
                    told(until.saturating_duration_since(now));
                    tokio::time::sleep_until(until).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_come_back_after_the_window() {
        let window = Duration::from_secs(60);
        let limiter = Limiter::new(window);
        let start = Instant::now();
        for _ in 0..6 {
            assert_eq!(limiter.take(&Limit::Export, start), Ok(()));
        }
        assert_eq!(limiter.take(&Limit::Export, start), Err(start + window));
        assert_eq!(limiter.take(&Limit::Import, start), Ok(()), "limits are counted apart");
        assert_eq!(limiter.take(&Limit::Export, start + window), Ok(()));
    }

    #[test]
    fn downloads_are_counted_by_project() {
        let limiter = Limiter::new(Duration::from_secs(60));
        let now = Instant::now();
        assert_eq!(limiter.take(&Limit::Download(1), now), Ok(()));
        assert_eq!(limiter.take(&Limit::Download(2), now), Ok(()));
        assert!(limiter.take(&Limit::Download(1), now).is_err());
    }

    #[test]
    fn a_429_blocks_until_its_time() {
        let limiter = Limiter::new(Duration::from_secs(60));
        let now = Instant::now();
        let wait = Duration::from_secs(30);
        limiter.blocked(&Limit::Export, wait, now);
        assert_eq!(limiter.take(&Limit::Export, now), Err(now + wait));
        assert_eq!(limiter.take(&Limit::Export, now + wait), Ok(()));
    }
}
