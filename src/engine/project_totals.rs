//! Counts the records of each relation in a live project.

use crate::case::{Code, UserError};
use crate::gitlab::{Client, Error, Listed, Project, ProjectKey};

use super::access::{ApiAccess, OnWait};
use super::limiter::Limit;
use super::preflight::{ProjectAsk, find_project};

/// The counts of a live project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub gitlab_version: String,
    /// Whether the project was imported from an archive: then missing records may never have arrived.
    pub is_imported: bool,
    pub live: Vec<(Listed, Option<u64>)>,
}

/// Reads the totals of the live project, one call per relation.
pub async fn totals(mut reach: ApiAccess, named: ProjectAsk, on_wait: &OnWait) -> Result<Totals, UserError> {
    let project = find_project(&mut reach, &named, false, on_wait).await?;
    // A fine-grained token may not read the version. The counts are useful without it.
    let gitlab_version =
        match reach.ask(Limit::ProjectRead, |c| async move { c.version().await }, on_wait).await {
            Ok(version) => version.version,
            Err(refused) if refused.code == Code::ScopeMissing => String::new(),
            Err(refused) => return Err(refused),
        };
    let id = ProjectKey::Id(project.id);
    let is_imported = is_imported(&mut reach, &project, on_wait).await?;
    let live = records(&mut reach, &id, on_wait).await?;
    Ok(Totals { gitlab_version, is_imported, live })
}

/// The number of records of each relation that the API lists; `None` where GitLab does not tell.
pub async fn records(
    reach: &mut ApiAccess,
    id: &ProjectKey,
    on_wait: &OnWait,
) -> Result<Vec<(Listed, Option<u64>)>, UserError> {
    let mut live = Vec::with_capacity(Listed::ALL.len());
    for listed in Listed::ALL {
        let call = |client: Client| {
            let id = id.clone();
            async move { or_none(client.project_total(&id, listed).await) }
        };
        live.push((listed, reach.ask(Limit::ProjectRead, call, on_wait).await?));
    }
    Ok(live)
}

/// Reads the project itself.
pub async fn project(
    reach: &mut ApiAccess,
    key: &ProjectKey,
    on_wait: &OnWait,
) -> Result<Project, UserError> {
    let call = |client: Client| {
        let key = key.clone();
        async move { client.project(&key, false).await }
    };
    reach.ask(Limit::ProjectRead, call, on_wait).await
}

/// Whether the project was imported. Older versions do not tell that with the project, so the import status is read.
async fn is_imported(reach: &mut ApiAccess, project: &Project, on_wait: &OnWait) -> Result<bool, UserError> {
    const FROM_ARCHIVE: &str = "gitlab_project";
    if let Some(kind) = &project.import_type {
        return Ok(kind == FROM_ARCHIVE);
    }
    let id = ProjectKey::Id(project.id);
    let call = |client: Client| {
        let id = id.clone();
        async move {
            let status = client.import_status(&id).await;
            or_none(status.map(|status| status.import_type))
        }
    };
    let kind = reach.ask(Limit::ProjectRead, call, on_wait).await?;
    Ok(kind.as_deref() == Some(FROM_ARCHIVE))
}

/// A disabled feature, or a role too low for this call, counts as no answer, so that the other counts remain.
pub fn or_none<T>(answer: Result<Option<T>, Error>) -> Result<Option<T>, Error> {
    match answer {
        Err(error) if matches!(error.status, Some(403 | 404)) => Ok(None),
        other => other,
    }
}
