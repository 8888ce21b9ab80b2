//! What a project and its export look like before a command that needs to know.

use crate::case::intake::{NamedProject, parse_project};
use crate::case::{Code, UserError};
use crate::gitlab::{Client, ExportStatus, Instance, Project, ProjectKey};

use super::access::{ApiAccess, OnWait};
use super::api::ProjectHit;
use super::limiter::Limit;
use super::user_error::{defect, of_refusal};

/// A project to be asked for, as it was named.
#[derive(Clone, Debug)]
pub struct ProjectAsk {
    pub key: ProjectKey,
    /// What it may be instead, where GitLab does not know the first.
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

/// Reads what a person calls a project.
pub fn named_project(text: &str, instance: &Instance) -> Result<ProjectAsk, UserError> {
    let named = parse_project(text, &instance.to_string()).map_err(|refusal| of_refusal(&refusal))?;
    Ok(named.into())
}

/// The project that was named: the first that GitLab knows. Where it knows none, the sentence names all that was asked
/// for.
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
            Err(trouble) if trouble.code == Code::NotFoundOrNoAccess => unknown = unknown.or(Some(trouble)),
            answer => return answer,
        }
    }
    let trouble = unknown.ok_or_else(defect)?;
    if named.or.is_empty() {
        return Err(trouble);
    }
    let others: Vec<String> = named.or.iter().map(|key| format!("nor {key}")).collect();
    let headline = format!("The token can see no project {} {}.", named.key, others.join(" "));
    Err(UserError { headline, ..trouble })
}

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

/// What a person should know of a project before anything else: GitLab is about to delete it.
pub fn deletion_warning(project: &Project) -> Option<String> {
    let day = project.marked_for_deletion_on.as_deref()?;
    Some(format!(
        "The project is scheduled for deletion on {day}, and its exports go with it: have an owner restore it, or export \
         it at once."
    ))
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
