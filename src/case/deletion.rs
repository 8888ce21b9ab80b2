//! When GitLab deletes a project that an owner has deleted.
//!
//! GitLab keeps such a project for a time. Its API tells on which day the project was marked, in two fields with one
//! value (`Projects::MarkForDeletionService`, `Entities::Project`), and not when that time ends: on GitLab.com, and by
//! default elsewhere, after 30 days; an administrator can choose 1 to 90 (`deletion_adjourned_period`).

use serde::{Deserialize, Serialize};

use super::rules::DAY_MS;
use super::time::UtcMs;

/// GitLab.com's time between marking and deletion.
pub const KEPT_MS: i64 = 30 * DAY_MS;

/// What GitLab tells about the deletion of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectDeletion {
    /// GitLab's value, unchanged: `2026-12-01`.
    pub marked_for_deletion_on: String,
    /// Whether that is the day of the deletion, because GitLab gives another, earlier day for the marking.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_exact: bool,
}

impl ProjectDeletion {
    /// From `marked_for_deletion_on` and the older `marked_for_deletion_at` of a project.
    pub fn of(on: Option<&str>, at: Option<&str>) -> Option<Self> {
        let day = on.or(at)?;
        let is_exact = at.is_some_and(|at| at.get(..10) < day.get(..10));
        Some(Self { marked_for_deletion_on: day.to_owned(), is_exact })
    }

    /// When GitLab deletes the project, at about that time where [`Self::is_exact`] is not set.
    pub fn ends_at(&self) -> Option<UtcMs> {
        let day = self.marked_for_deletion_on.get(..10)?;
        let at = UtcMs::parse_rfc3339(&format!("{day}T00:00:00Z"))?;
        Some(if self.is_exact { at } else { at.plus_ms(KEPT_MS) })
    }

    /// What happens to the project, for people.
    pub fn sentence(&self) -> String {
        let day = &self.marked_for_deletion_on;
        if self.is_exact {
            format!("GitLab deletes the project on {day}, with its exports.")
        } else {
            format!(
                "The project was marked for deletion on {day}. GitLab deletes it later, with its exports: GitLab.com \
                 after 30 days, another instance after 1 to 90."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_marking_is_not_the_day_of_the_deletion() {
        let day = |text: &str| UtcMs::parse_rfc3339(&format!("{text}T00:00:00Z"));
        for (on, at, ends, exact) in [
            (Some("2026-11-01"), Some("2026-11-01"), "2026-12-01", false),
            (Some("2026-11-01"), None, "2026-12-01", false),
            (None, Some("2026-11-01"), "2026-12-01", false),
            (Some("2026-11-29"), Some("2026-10-30"), "2026-11-29", true),
        ] {
            let deletion = ProjectDeletion::of(on, at).unwrap();
            assert_eq!((deletion.ends_at(), deletion.is_exact), (day(ends), exact), "{on:?} {at:?}");
            assert!(deletion.sentence().contains(&deletion.marked_for_deletion_on), "{deletion:?}");
        }
        assert_eq!(ProjectDeletion::of(None, None), None);
        assert_eq!(ProjectDeletion::of(Some("soon"), None).unwrap().ends_at(), None);
    }
}
