//! GitLab's application limits (`lib/gitlab/application_rate_limiter.rb`), counted per key and interval.

use std::collections::HashMap;

/// The interval of every limit except that of the project list.
pub const MINUTE_MS: u64 = 60_000;

/// The allowed number of calls per interval; 0 switches a limit off, as in GitLab's settings.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allowances {
    /// Per user.
    pub project_export: u32,
    /// Per user and project.
    pub project_download_export: u32,
    /// Per user, all kinds of import together.
    pub project_import: u32,
    /// `GET /projects/:id`, per user.
    pub project: u32,
    /// `GET /projects`, per user and ten minutes.
    pub projects: u32,
    /// `GET /groups/:id/projects`, per user.
    pub group_projects: u32,
    /// `POST /projects/:id/issues`, per user; off by default.
    pub issues_create: u32,
}

impl Default for Allowances {
    fn default() -> Self {
        Self {
            project_export: 6,
            project_download_export: 1,
            project_import: 6,
            project: 400,
            projects: 2000,
            group_projects: 600,
            issues_create: 0,
        }
    }
}

/// The number of calls so far. A window starts with its first call. That never allows more calls than GitLab's
/// windows, which start at the full minute.
#[derive(Debug, Default)]
pub struct RateCounters {
    windows: HashMap<(&'static str, u64, u64), Window>,
}

#[derive(Debug)]
struct Window {
    opened_ms: u64,
    used: u32,
}

impl RateCounters {
    /// Takes one unit; returns false if the window has none left.
    pub fn take(
        &mut self,
        key: (&'static str, u64, u64),
        allowed: u32,
        interval_ms: u64,
        now_ms: u64,
    ) -> bool {
        if allowed == 0 {
            return true;
        }
        let window = self.windows.entry(key).or_insert(Window { opened_ms: now_ms, used: 0 });
        if now_ms.saturating_sub(window.opened_ms) >= interval_ms {
            *window = Window { opened_ms: now_ms, used: 0 };
        }
        window.used += 1;
        window.used <= allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_spends_its_units_and_opens_again_after_its_interval() {
        let mut limits = RateCounters::default();
        let key = ("project_download_export", 1, 101);
        assert!(limits.take(key, 1, MINUTE_MS, 5));
        assert!(!limits.take(key, 1, MINUTE_MS, 6));
        assert!(limits.take(("project_download_export", 1, 102), 1, MINUTE_MS, 6), "another project");
        assert!(!limits.take(key, 1, MINUTE_MS, 60_004));
        assert!(limits.take(key, 1, MINUTE_MS, 60_005));
    }

    #[test]
    fn nothing_allowed_means_no_limit() {
        let mut limits = RateCounters::default();
        assert!((0..50).all(|now| limits.take(("project_import", 1, 0), 0, MINUTE_MS, now)));
    }
}
