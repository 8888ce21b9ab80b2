//! The preflight: reads a project, and on request its export status, before a command that depends on them.

use crate::case::intake::{NamedProject, parse_project};
use crate::case::{Code, ProjectDeletion, UserError};
use crate::gitlab::{Client, ExportStatus, Instance, Project, ProjectKey};

use super::access::{ApiAccess, OnWait};
use super::api::ProjectHit;
use super::limiter::Limit;
use super::user_error::{defect, of_refusal};

/// How to find a project on GitLab, as the user named it.
#[derive(Clone, Debug)]
pub struct ProjectAsk {
    pub key: ProjectKey,
    /// Other readings to try, where GitLab does not find the first.
    pub or: Vec<ProjectKey>,
}

impl ProjectAsk {
    pub fn id(id: u64) -> Self {
        Self { key: ProjectKey::Id(id), or: Vec::new() }
    }
}

impl From<NamedProject> for ProjectAsk {
    fn from(named: NamedProject) -> Self {
        let path = ProjectKey::Path(named.project.path.unwrap_or_default());
        let or = named.or.into_iter().map(ProjectKey::Path).collect();
        Self { key: named.project.id.map_or(path, ProjectKey::Id), or }
    }
}

/// Parses a project as the user named it.
pub fn named_project(text: &str, instance: &Instance) -> Result<ProjectAsk, UserError> {
    let named = parse_project(text, &instance.to_string()).map_err(|refusal| of_refusal(&refusal))?;
    Ok(named.into())
}

/// The named project: the first reading that GitLab finds. If GitLab finds none, the error names all readings.
pub async fn find_project(
    api: &mut ApiAccess,
    named: &ProjectAsk,
    statistics: bool,
    on_wait: &OnWait,
) -> Result<Project, UserError> {
    let mut unknown = None;
    for key in std::iter::once(&named.key).chain(&named.or) {
        let call = |client: Client| {
            let key = key.clone();
            async move { client.project(&key, statistics).await }
        };
        match api.ask(Limit::ProjectRead, call, on_wait).await {
            Err(error) if error.code == Code::NotFoundOrNoAccess => unknown = unknown.or(Some(error)),
            answer => return answer,
        }
    }
    let error = unknown.ok_or_else(defect)?;
    if named.or.is_empty() {
        return Err(error);
    }
    let all: Vec<String> = std::iter::once(&named.key).chain(&named.or).map(ToString::to_string).collect();
    let headline = format!("With this token, GitLab finds neither {}.", all.join(" nor "));
    Err(UserError { headline, ..error })
}

/// The project, and what was read besides.
#[derive(Debug)]
pub struct Preflight {
    pub instance: String,
    pub project: Project,
    /// User name of the token's owner, where it was requested and GitLab tells it.
    pub user: Option<String>,
    /// GitLab's answer about the export, where it was requested: a project whose export the token may not see is known
    /// all the same.
    pub status: Option<Result<ExportStatus, UserError>>,
}

/// What to read besides the project.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub status: bool,
    pub user: bool,
}

/// Reads the project from GitLab, and what is requested besides.
pub async fn preflight(
    mut api: ApiAccess,
    named: ProjectAsk,
    wanted: Wanted,
    on_wait: &OnWait,
) -> Result<Preflight, UserError> {
    let project = find_project(&mut api, &named, true, on_wait).await?;
    let id = ProjectKey::Id(project.id);
    let status = if wanted.status {
        let call = |client: Client| {
            let id = id.clone();
            async move { client.export_status(&id).await }
        };
        Some(api.ask(Limit::ProjectRead, call, on_wait).await)
    } else {
        None
    };
    let is_refused = matches!(status, Some(Err(_)));
    // The name is only a detail of the journal's entry; an export also works without it.
    let user = match api.client().await {
        Ok(client) if wanted.user && !is_refused => client.user().await.ok().map(|user| user.username),
        Ok(_) | Err(_) => None,
    };
    Ok(Preflight { instance: api.instance_name(), project, user, status })
}

/// The deletion of a project, if it is marked for it.
pub fn deletion(project: &Project) -> Option<ProjectDeletion> {
    ProjectDeletion::of(project.marked_for_deletion_on.as_deref(), project.marked_for_deletion_at.as_deref())
}

/// A warning that GitLab is about to delete the project.
pub fn deletion_warning(project: &Project) -> Option<String> {
    let sentence = deletion(project)?.sentence();
    Some(format!("{sentence} Ask an owner to restore the project, or export it now."))
}

/// A project as the front ends see it.
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
