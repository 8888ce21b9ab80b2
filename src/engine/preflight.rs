//! What a project and its export look like before a command that needs to know.

use crate::case::UserError;
use crate::gitlab::{Client, ExportStatus, Project, ProjectKey};

use super::access::{ApiAccess, OnWait};
use super::api::ProjectHit;
use super::limiter::Limit;

/// The project, and what was asked for beside it.
#[derive(Debug)]
pub struct Preflight {
    pub instance: String,
    pub project: Project,
    /// User name behind the token, where it was asked for and GitLab told.
    pub user: Option<String>,
    /// Absent where nobody asked for a look at the export.
    pub status: Option<ExportStatus>,
}

/// What is asked for beside the project.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub status: bool,
    pub user: bool,
}

/// Asks GitLab for the project, and for what is wanted beside it.
pub async fn preflight(
    mut api: ApiAccess,
    key: ProjectKey,
    wanted: Wanted,
    on_wait: &OnWait,
) -> Result<Preflight, UserError> {
    let call = |client: Client| {
        let key = key.clone();
        async move { client.project(&key, true).await }
    };
    let project = api.ask(Limit::ProjectRead, call, on_wait).await?;
    let id = ProjectKey::Id(project.id);
    let status = if wanted.status {
        let call = |client: Client| {
            let id = id.clone();
            async move { client.export_status(&id).await }
        };
        Some(api.ask(Limit::ProjectRead, call, on_wait).await?)
    } else {
        None
    };
    // Only a name for the record of attempts: without it the record says less, and nothing else changes.
    let user = match api.client().await {
        Ok(client) if wanted.user => client.user().await.ok().map(|user| user.username),
        Ok(_) | Err(_) => None,
    };
    Ok(Preflight { instance: api.instance_name(), project, user, status })
}

/// A project as the faces see it.
pub fn hit(project: &Project) -> ProjectHit {
    let parts = project.statistics.as_ref().map(|s| {
        [s.repository_bytes, s.lfs_objects_bytes, s.wiki_bytes, s.uploads_bytes, s.snippets_bytes]
            .into_iter()
            .flatten()
            .fold(0_u64, u64::saturating_add)
    });
    ProjectHit {
        id: project.id,
        path: project.path_with_namespace.clone(),
        web_url: project.web_url.clone(),
        visibility: project.visibility.clone().unwrap_or_default(),
        archived: project.archived.unwrap_or(false),
        export_bytes_about: parts,
        access_level: project.access_level(),
    }
}
