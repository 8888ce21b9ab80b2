//! A project, and a file in the storage of the instance.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::archive::{Archive, Recipe};
use super::importer::ImportedProject;
use super::people::{DEVELOPER, FakeUser, MAIN, SECOND_MAINTAINER};
use super::plan::{MAINTAINER, ProjectPlan};

/// GitLab's numbers and words of visibilities.
pub const VISIBILITIES: [(u64, &str); 3] = [(0, "private"), (10, "internal"), (20, "public")];

#[derive(Debug)]
pub struct FakeProject {
    pub id: u64,
    pub plan: ProjectPlan,
    pub created_at: String,
    /// Incremented when the content changes.
    pub revision: u32,
    /// For an imported project: what the importer has created.
    pub imported: Option<ImportedProject>,
}

impl FakeProject {
    /// The last part of the path.
    pub fn slug(&self) -> &str {
        self.plan.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether this is the project's full path, compared case-insensitively.
    pub fn is_at(&self, path: &str) -> bool {
        self.plan.path.eq_ignore_ascii_case(path)
    }

    /// Length of the project's LFS objects.
    pub fn lfs_bytes(&self) -> u64 {
        self.plan.size.lfs_bytes()
    }

    /// GitLab's `statistics.export_size`, which the API does not show: at least LFS objects and repository.
    pub fn export_bytes(&self) -> u64 {
        self.lfs_bytes() + 42_000
    }

    /// How many items of this list the project has, which an export leaves out and an import does not bring.
    pub fn left_out(&self, list: &str) -> u64 {
        if self.imported.is_some() { 0 } else { self.plan.left_out.get(list).copied().unwrap_or(0) }
    }

    pub fn access_level(&self, user: &FakeUser) -> u8 {
        match (user.admin, user.id) {
            (true, _) => 50,
            (_, MAIN) => self.plan.role,
            (_, SECOND_MAINTAINER) => MAINTAINER,
            (_, DEVELOPER) if !self.plan.path.starts_with("other/") => 30,
            _ => 0,
        }
    }

    /// The fields that every call returns for a project.
    pub fn shown(&self) -> Value {
        let path = &self.plan.path;
        json!({
            "id": self.id,
            "description": self.attribute("description").unwrap_or_else(|| json!(format!("Practice project {path}"))),
            "name": self.slug(),
            "name_with_namespace": path.split('/').collect::<Vec<_>>().join(" / "),
            "path": self.slug(),
            "path_with_namespace": path,
            // The creation time of the project, not of a run or an import.
            "created_at": self.created_at,
        })
    }

    /// An attribute that an import has set.
    fn attribute(&self, name: &str) -> Option<Value> {
        self.imported.as_ref()?.attributes.get(name).cloned()
    }

    /// Who can see the project, in GitLab's word.
    pub fn visibility(&self) -> &'static str {
        let level = self.attribute("visibility_level").and_then(|level| level.as_u64());
        let word = VISIBILITIES.into_iter().find(|(known, _)| Some(*known) == level).map(|(_, word)| word);
        word.unwrap_or(if self.plan.public { "public" } else { "private" })
    }

    pub fn visible_to(&self, user: Option<&FakeUser>) -> bool {
        self.plan.public || user.is_some_and(|user| self.access_level(user) > 0)
    }
}

/// A file in the instance's storage.
#[derive(Debug, Clone)]
pub struct StoredFile {
    pub id: u64,
    pub archive: Arc<Archive>,
    /// The recipe of the file, for archives.
    pub recipe: Option<Recipe>,
    pub name: String,
    pub stored_at: Timestamp,
    pub expires_at_real_ms: u64,
}

/// GitLab's name for an archive (`lib/gitlab/import_export.rb`): the third field of the time is
/// milliseconds, and long paths are cut.
pub fn archive_name(path: &str, at: Timestamp) -> String {
    let minutes = at.strftime("%Y-%m-%d_%H-%M").to_string();
    let whole = format!("{minutes}-{:03}_{}", at.subsec_millisecond(), path.replace('/', "_"));
    let cut: String = whole.chars().take(51).collect();
    format!("{cut}_export.tar.gz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_milliseconds_in_the_third_place_and_are_cut() {
        let at: Timestamp = "2026-11-21T07:09:58.042Z".parse().unwrap();
        assert_eq!(archive_name("acme/webshop", at), "2026-11-21_07-09-042_acme_webshop_export.tar.gz");
        let long = archive_name("a-group/with-a-very-long-path/and-a-project", at);
        assert_eq!(long, "2026-11-21_07-09-042_a-group_with-a-very-long-path__export.tar.gz");
        assert_eq!(long.len(), 51 + "_export.tar.gz".len());
    }
}
