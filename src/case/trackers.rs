//! Whose issues belong to which fact.

use serde::{Deserialize, Serialize};

use super::fact::Fact;

/// Which tracker holds which issues, as project paths on gitlab.com or prefixes of them that end with `/`.
/// The infrastructure tracker has moved once, so this is data (`assets/handbook.toml`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trackers {
    pub bug: Vec<String>,
    pub infra: Vec<String>,
    pub console: Vec<String>,
}

impl Default for Trackers {
    fn default() -> Self {
        let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        Self {
            bug: paths(&["gitlab-org/gitlab", "gitlab-org/"]),
            infra: paths(&[
                "gitlab-com/gl-infra/production-engineering",
                "gitlab-com/gl-infra/infrastructure",
            ]),
            console: paths(&["gitlab-com/support/internal-requests"]),
        }
    }
}

impl Trackers {
    /// The fact that takes an issue of this project.
    pub fn fact(&self, project: &str) -> Option<Fact> {
        let project = project.to_lowercase();
        let holds = |paths: &[String]| {
            paths.iter().map(|path| path.to_lowercase()).any(|path| match path.strip_suffix('/') {
                Some(_) => project.starts_with(&path),
                None => project == path,
            })
        };
        if holds(&self.infra) {
            Some(Fact::InfraIssue)
        } else if holds(&self.console) {
            Some(Fact::ConsoleIssue)
        } else {
            holds(&self.bug).then_some(Fact::BugIssue)
        }
    }

    /// The trackers whose issues belong to this fact.
    pub fn of(&self, fact: Fact) -> &[String] {
        match fact {
            Fact::ConsoleIssue => &self.console,
            Fact::InfraIssue => &self.infra,
            _ => &self.bug,
        }
    }
}
