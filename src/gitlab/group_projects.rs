//! `GET /groups/:id/projects`: the projects of a group, in the order of their IDs. Documented at
//! <https://docs.gitlab.com/api/groups/>.
//!
//! GitLab ignores `pagination=keyset` here (`lib/api/groups.rb`, `find_group_projects`), and refuses pages far behind.
//! But its `project_finder_params` read `id_after`: each page then starts after the last ID of the page before, and no
//! project is lost or listed twice while others are created or deleted.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::refusal::Family;

const CALL: Call = Call { name: "GET group projects", family: Family::Plain };
/// The largest page that GitLab allows.
const PER_PAGE: usize = 100;

/// Which projects of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupProjects {
    /// The group's ID or full path.
    pub group: String,
    pub with_subgroups: bool,
    pub with_archived: bool,
    /// The least access level that the token's user must have; `None` lists all that the user can see.
    pub least_access: Option<u8>,
}

/// A project in the list of a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ListedProject {
    pub id: u64,
    pub path_with_namespace: String,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPage {
    pub projects: Vec<ListedProject>,
    pub is_last: bool,
}

impl Client {
    /// The page after the project of this ID, up to a hundred projects. Projects that other groups share with this one
    /// are not its own.
    pub async fn group_projects(&self, of: &GroupProjects, after: Option<u64>) -> Result<GroupPage, Error> {
        let text = |number: u64| number.to_string();
        let (per_page, after_id) = (text(PER_PAGE as u64), after.map(text));
        let least = of.least_access.map(|level| text(level.into()));
        let mut query = vec![
            ("simple", "true"),
            ("with_shared", "false"),
            ("include_subgroups", if of.with_subgroups { "true" } else { "false" }),
            ("pagination", "keyset"),
            ("order_by", "id"),
            ("sort", "asc"),
            ("per_page", &per_page),
        ];
        if !of.with_archived {
            query.push(("archived", "false"));
        }
        query.extend(after_id.as_deref().map(|id| ("id_after", id)));
        query.extend(least.as_deref().map(|level| ("min_access_level", level)));
        let mut projects: Vec<ListedProject> =
            self.get(CALL, &["groups", &of.group, "projects"], &query).await?.value;
        let is_last = projects.len() < PER_PAGE;
        // A server that does not know `id_after` sends the first page again: nothing new is on it.
        projects.retain(|project| after.is_none_or(|last| project.id > last));
        Ok(GroupPage { is_last: is_last || projects.is_empty(), projects })
    }
}
