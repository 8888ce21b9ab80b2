//! The status of an import: polls it, and searches for an import whose answer was lost.

use crate::case::import::{ArrivedProject, ImportFailure, ImportPolled, ImportSeen};
use crate::case::{ImportJob, ImportKind, Polled, SendJournal, UserError, UtcMs};
use crate::engine::access::{ApiAccess, PollFailed, poll_once};
use crate::engine::project_totals::{self, records};
use crate::engine::user_error::defect;
use crate::gitlab::{Client, ErrorKind, ImportStatus, Listed, Project, ProjectKey, RelationImport};

/// GitLab imports members only if the importing user is an administrator of the instance.
const MEMBERS: &str = "project_members";

/// How much GitLab's clock and ours may differ.
const CLOCKS_DIFFER_MS: i64 = 2 * 60_000;

/// Polls an import, or searches for the result of an unanswered request. `claimed` are relation imports that belong
/// to other jobs.
pub async fn poll(api: &mut ApiAccess, job: &ImportJob, claimed: &[u64]) -> Result<Polled, PollFailed> {
    let found = match (&job.send, &job.kind, job.project_id) {
        (SendJournal::Unanswered { left_at, .. }, ImportKind::Relation { relation, .. }, Some(project)) => {
            let since = left_at.unwrap_or(job.created_at);
            find_relation_import(api, project, relation, (since, claimed)).await?
        }
        (SendJournal::Unanswered { left_at, .. }, _, _) => {
            let since = left_at.unwrap_or(job.created_at);
            find_import(api, &job.target_path, (job.replaces_id, since)).await?
        }
        (_, ImportKind::Relation { .. }, Some(project)) => Some(tracker(api, project, job.tracker_id).await?),
        (_, _, Some(project)) => Some(status(api, ProjectKey::Id(project)).await?),
        (_, _, None) => return Err(defect().into()),
    };
    let found = match found {
        Some(seen) => Some(compared(api, job, seen).await),
        None => None,
    };
    Ok(Polled::Import(Box::new(found.map_or(ImportPolled::NotThere, ImportPolled::Seen))))
}

/// GitLab's `finished` says nothing about completeness, so the project's records are counted once. Where they cannot
/// be counted, the import is not called complete.
async fn compared(api: &mut ApiAccess, job: &ImportJob, mut seen: ImportSeen) -> ImportSeen {
    let project = seen.project_id.or(job.project_id).filter(|_| seen.status == "finished");
    if let (Some(project), Some(archive), None) = (project, &job.archive, &job.arrived) {
        let relation = match &job.kind {
            ImportKind::Relation { relation, .. } => Some(relation.as_str()),
            _ => None,
        };
        seen.arrived = arrived(api, project, relation).await.ok().map(Box::new);
        tracing::debug!(
            relations = archive.records.len(),
            compared = seen.arrived.is_some(),
            "import compared"
        );
    }
    seen
}

/// What the project contains: all records that the API counts, or those of one relation.
async fn arrived(
    api: &mut ApiAccess,
    project: u64,
    relation: Option<&str>,
) -> Result<ArrivedProject, UserError> {
    let on_wait = |_waiting| {};
    let id = ProjectKey::Id(project);
    let records = records(api, &id, &on_wait).await?;
    let is_wanted =
        |listed: &Listed| relation.map_or(listed.relation != MEMBERS, |one| listed.relation == one);
    let wanted = records.into_iter().filter(|(listed, _)| is_wanted(listed));
    let records = wanted.map(|(listed, count)| (listed.relation.to_owned(), count)).collect();
    if relation.is_some() {
        return Ok(ArrivedProject { records, ..ArrivedProject::default() });
    }
    let project = project_totals::project(api, &id, &on_wait).await?;
    Ok(ArrivedProject {
        records,
        has_repository: project.empty_repo.map(|is_empty| !is_empty),
        is_archived: project.archived == Some(true),
    })
}

async fn status(api: &mut ApiAccess, project: ProjectKey) -> Result<ImportSeen, PollFailed> {
    let call = |client: Client| async move { client.import_status(&project).await };
    poll_once(api, call).await.map(seen)
}

async fn tracker(api: &mut ApiAccess, project: u64, id: Option<u64>) -> Result<ImportSeen, PollFailed> {
    let ours = trackers(api, project).await?.into_iter().find(|one| Some(one.id) == id);
    Ok(ours.map(|one| tracker_seen(one, Some(project))).unwrap_or_default())
}

async fn trackers(api: &mut ApiAccess, project: u64) -> Result<Vec<RelationImport>, PollFailed> {
    let call = |client: Client| async move { client.relation_imports(&ProjectKey::Id(project)).await };
    poll_once(api, call).await
}

/// The import at a path. An import that replaces a project there has a temporary path until it ends.
pub async fn find_import(
    api: &mut ApiAccess,
    path: &str,
    (replaces_id, since): (Option<u64>, UtcMs),
) -> Result<Option<ImportSeen>, PollFailed> {
    let at_path = import_of(api, ProjectKey::Path(path.to_owned())).await?;
    if at_path.as_ref().is_none_or(|status| Some(status.id) != replaces_id) {
        return Ok(at_path.filter(|status| status.import_status != "none").map(seen));
    }
    let text = format!("{path}-");
    let call = |client: Client| async move { client.search_projects(&text).await };
    let listed = poll_once(api, call).await?;
    let ours =
        listed.iter().filter(|project| is_temporary(project, path, since)).map(|project| project.id).max();
    match ours {
        Some(id) => Ok(import_of(api, ProjectKey::Id(id)).await?.map(seen)),
        None => Ok(None),
    }
}

/// Whether GitLab made this project for an import that replaces the one at `path`: it appends a dash and random
/// hexadecimal digits (`Projects::GitlabProjectsImportService`).
fn is_temporary(project: &Project, path: &str, since: UtcMs) -> bool {
    let name = project.path_with_namespace.as_str();
    let digits = name.get(path.len()..).and_then(|rest| rest.strip_prefix('-'));
    let is_random = digits
        .is_some_and(|digits| digits.len() >= 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let created_at = project.created_at.as_deref().and_then(UtcMs::parse_rfc3339);
    let is_new = created_at.is_some_and(|at| at >= since.plus_ms(-CLOCKS_DIFFER_MS));
    is_random && is_new && name.get(..path.len()).is_some_and(|start| start.eq_ignore_ascii_case(path))
}

async fn import_of(api: &mut ApiAccess, key: ProjectKey) -> Result<Option<ImportStatus>, PollFailed> {
    let call = |client: Client| async move {
        match client.import_status(&key).await {
            Ok(status) => Ok(Some(status)),
            Err(error)
                if matches!(error.kind, ErrorKind::ProjectNotFoundOrNoAccess | ErrorKind::NotFound) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    };
    poll_once(api, call).await
}

/// The newest import of a relation into a project, created since `since` and not belonging to another job.
pub async fn find_relation_import(
    api: &mut ApiAccess,
    project: u64,
    relation: &str,
    (since, claimed): (UtcMs, &[u64]),
) -> Result<Option<ImportSeen>, PollFailed> {
    let listed = trackers(api, project).await?;
    Ok(newest_of(&listed, relation, (since, claimed)).map(|one| tracker_seen(one.clone(), Some(project))))
}

/// The newest entry of a list, created since `since` and not belonging to another job.
pub fn newest_of<'a>(
    listed: &'a [RelationImport],
    relation: &str,
    (since, claimed): (UtcMs, &[u64]),
) -> Option<&'a RelationImport> {
    let ours =
        |one: &&RelationImport| one.relation == relation && !claimed.contains(&one.id) && is_new(one, since);
    listed.iter().filter(ours).max_by_key(|one| one.id)
}

fn is_new(one: &RelationImport, since: UtcMs) -> bool {
    let created_at = one.created_at.as_deref().and_then(UtcMs::parse_rfc3339);
    let is_open = matches!(one.status.as_str(), "created" | "started" | "scheduled");
    created_at.map_or(is_open, |at| at.since_ms(since) >= -CLOCKS_DIFFER_MS)
}

/// Converts GitLab's answer for [`crate::case`].
pub fn seen(status: ImportStatus) -> ImportSeen {
    let failure = |failed: crate::gitlab::FailedRelation| ImportFailure {
        id: failed.id,
        created_at: failed.created_at,
        relation: failed.relation_name.unwrap_or_default(),
        class: failed.exception_class,
        message: failed.exception_message,
        source: failed.source,
        line: failed.line_number,
    };
    ImportSeen {
        project_id: Some(status.id),
        project_path: Some(status.path_with_namespace),
        status: status.import_status,
        import_error: status.import_error,
        correlation_id: status.correlation_id,
        failures: status.failed_relations.into_iter().map(failure).collect(),
        tracker_id: None,
        arrived: None,
    }
}

/// Converts GitLab's answer about the import of one relation.
pub fn tracker_seen(tracker: RelationImport, project_id: Option<u64>) -> ImportSeen {
    ImportSeen {
        project_id,
        project_path: None,
        status: tracker.status,
        correlation_id: tracker.correlation_id,
        tracker_id: Some(tracker.id),
        ..ImportSeen::default()
    }
}
