//! `GET /projects/:id`: one project. Documented at <https://docs.gitlab.com/api/projects/>.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::lenient::{optional, or_default};
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET project", family: Family::Project };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Project {
    pub id: u64,
    pub path_with_namespace: String,
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub name_with_namespace: String,
    #[serde(default, deserialize_with = "or_default")]
    pub web_url: String,
    #[serde(default, deserialize_with = "optional")]
    pub created_at: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    pub archived: Option<bool>,
    #[serde(default, deserialize_with = "optional")]
    pub visibility: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    pub default_branch: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    pub empty_repo: Option<bool>,
    #[serde(default, deserialize_with = "optional")]
    pub repository_object_format: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    pub marked_for_deletion_on: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    pub marked_for_deletion_at: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    pub import_status: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    pub import_error: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    pub import_type: Option<String>,
    /// Absent for anonymous calls.
    #[serde(default, deserialize_with = "optional")]
    pub permissions: Option<Permissions>,
    /// Only on request, and only for Reporters and above.
    #[serde(default, deserialize_with = "optional")]
    pub statistics: Option<Statistics>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Permissions {
    #[serde(default, deserialize_with = "optional")]
    pub project_access: Option<Access>,
    #[serde(default, deserialize_with = "optional")]
    pub group_access: Option<Access>,
}

/// 10 Guest, 20 Reporter, 30 Developer, 40 Maintainer, 50 Owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Access {
    pub access_level: u64,
}

/// Sizes in bytes. The size that GitLab compares with its export limit is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Statistics {
    #[serde(rename = "repository_size", deserialize_with = "optional")]
    pub repository_bytes: Option<u64>,
    #[serde(rename = "lfs_objects_size", deserialize_with = "optional")]
    pub lfs_objects_bytes: Option<u64>,
    #[serde(rename = "wiki_size", deserialize_with = "optional")]
    pub wiki_bytes: Option<u64>,
    #[serde(rename = "uploads_size", deserialize_with = "optional")]
    pub uploads_bytes: Option<u64>,
    #[serde(rename = "snippets_size", deserialize_with = "optional")]
    pub snippets_bytes: Option<u64>,
    #[serde(rename = "storage_size", deserialize_with = "optional")]
    pub storage_bytes: Option<u64>,
}

impl Project {
    /// The higher of the two access levels that GitLab reports. `None` proves little: administrators and members of
    /// an invited group have none here and may still export.
    pub fn access_level(&self) -> Option<u64> {
        let permissions = self.permissions.as_ref()?;
        let levels = [permissions.project_access, permissions.group_access];
        levels.into_iter().flatten().map(|access| access.access_level).max()
    }
}

impl Client {
    /// One project with its permissions and, on request, its sizes.
    pub async fn project(&self, id: &ProjectKey, statistics: bool) -> Result<Project, Error> {
        let query: &[(&str, &str)] = if statistics { &[("statistics", "true")] } else { &[] };
        let answer = self.get::<Project>(CALL, &["projects", &id.segment()], query).await?;
        id.must_be(CALL, &answer, answer.value.id)?;
        Ok(answer.value)
    }
}
