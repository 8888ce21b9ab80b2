//! The check of many projects before anything is requested: two reads for each project, within the rate limit of the
//! instance.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::case::batch::{
    BatchItem, CheckCounts, CheckOptions, CheckedProject, Exportable, MOST_PROJECTS, check_counts, exportable,
};
use crate::case::{Code, UserError};
use crate::engine::access::ApiAccess;
use crate::engine::account_check::{CheckedToken, check_project, check_token};
use crate::engine::api::{Answer, BatchCheckView, CheckId, ProjectCheck};
use crate::engine::core::Core;
use crate::engine::front_ends::FrontEndId;
use crate::engine::input::EngineInput;
use crate::engine::preflight::{ProjectAsk, named_project};
use crate::engine::view_list::ViewList;

use super::input::BatchesInput;

/// How many projects are checked at a time: the rate limit, and not GitLab's response time, decides how long it takes.
const AT_ONCE: usize = 4;
/// How many checks are kept that have ended. A front end needs one; a running one ends, or leaves with its front end.
const MOST_CHECKS: usize = 8;

/// All checks, by their IDs.
#[derive(Debug, Default)]
pub struct BatchChecks {
    all: BTreeMap<CheckId, TrackedCheck>,
    last: u64,
    views: ViewList<Arc<BatchCheckView>>,
}

#[derive(Debug)]
struct TrackedCheck {
    instance: String,
    options: CheckOptions,
    by: FrontEndId,
    projects: Vec<Arc<CheckedProject>>,
    /// The first project with each ID, for the projects that the list names twice.
    first: HashMap<u64, String>,
    /// Projects whose file comes from an export that was started here and not downloaded.
    ours: HashSet<u64>,
    error: Option<UserError>,
    task: AbortHandle,
}

impl Drop for TrackedCheck {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl BatchChecks {
    pub fn begin(
        &mut self,
        core: &mut Core,
        instance: &str,
        items: Vec<BatchItem>,
        (options, ours): (CheckOptions, HashSet<u64>),
    ) -> Result<Answer, UserError> {
        if items.len() > MOST_PROJECTS {
            let headline = format!("A batch has at most {MOST_PROJECTS} projects.");
            return Err(UserError::new(Code::Usage, headline, "Check the others by themselves."));
        }
        let api = core.access(instance)?;
        let asks: Vec<ProjectAsk> =
            items.iter().map(|item| ask_of(item, &api)).collect::<Result<_, UserError>>()?;
        let instance = api.instance_name();
        self.last += 1;
        let id = CheckId(self.last);
        let results = core.inputs.clone();
        let work = check_all(api, asks, (id, results));
        let task = core
            .spawn(work, move |result| EngineInput::Batches(BatchesInput::CheckEnded { check: id, result }));
        let projects = items.into_iter().map(|item| Arc::new(CheckedProject::unchecked(item))).collect();
        let by = core.sessions.acting();
        let first = HashMap::new();
        let check = TrackedCheck { instance, options, by, projects, first, ours, error: None, task };
        self.all.insert(id, check);
        let is_over = |check: &TrackedCheck| check.error.is_some() || check.counts().is_over();
        let over: Vec<CheckId> =
            self.all.iter().filter(|(_, check)| is_over(check)).map(|(id, _)| *id).collect();
        for id in over.iter().take(over.len().saturating_sub(MOST_CHECKS)) {
            self.all.remove(id);
        }
        self.views.touch();
        Ok(Answer::BatchCheck(id))
    }

    pub fn forget(&mut self, id: CheckId) {
        self.all.remove(&id);
        self.views.touch();
    }

    /// The front end is gone, and nobody reads its checks any more.
    pub fn left(&mut self, front_end: FrontEndId) {
        self.all.retain(|_, check| check.by != front_end);
        self.views.touch();
    }

    /// GitLab has answered for one project.
    pub fn checked(&mut self, id: CheckId, place: usize, result: Result<Box<ProjectCheck>, UserError>) {
        let Some(check) = self.all.get_mut(&id) else { return };
        let Some(project) = check.projects.get(place).cloned() else { return };
        let next = match result {
            Ok(found) => check.judged(&project, *found),
            Err(error) => CheckedProject {
                exportable: Some(Exportable::No { code: error.code, reason: error.headline }),
                ..project.as_ref().clone()
            },
        };
        if let Some(slot) = check.projects.get_mut(place) {
            *slot = Arc::new(next);
        }
        self.views.touch();
    }

    /// The check has ended, or stopped.
    pub fn ended(&mut self, id: CheckId, result: Result<(), UserError>) {
        if let (Some(check), Err(error)) = (self.all.get_mut(&id), result) {
            check.error = Some(error);
        }
        self.views.touch();
    }

    /// Checks, newest first.
    pub fn view(&mut self) -> Arc<[Arc<BatchCheckView>]> {
        self.views.get(self.all.iter().rev().map(|(id, check)| {
            Arc::new(BatchCheckView {
                id: *id,
                instance: check.instance.clone(),
                options: check.options,
                projects: check.projects.iter().cloned().collect(),
                counts: check.counts(),
                error: check.error.clone(),
            })
        }))
    }
}

impl TrackedCheck {
    fn counts(&self) -> CheckCounts {
        check_counts(self.projects.iter().map(AsRef::as_ref))
    }

    fn judged(&mut self, project: &CheckedProject, found: ProjectCheck) -> CheckedProject {
        let hit = found.project;
        let first = self.first.entry(hit.id).or_insert_with(|| project.item.named.clone());
        let is_ours = self.ours.contains(&hit.id);
        let exportable = if *first == project.item.named {
            let status = (found.server_status.as_deref(), is_ours);
            exportable(found.may_export, (found.code, &found.reason), status, self.options)
        } else {
            Exportable::Repeated { first: first.clone() }
        };
        CheckedProject {
            item: BatchItem {
                project_id: Some(hit.id),
                path: Some(hit.path),
                expected_bytes: hit.export_bytes_about,
                ..project.item.clone()
            },
            exportable: Some(exportable),
            server_status: found.server_status,
            deletion: found.deletion,
        }
    }
}

/// How to find a project of a list: by its ID where it is known.
fn ask_of(item: &BatchItem, api: &ApiAccess) -> Result<ProjectAsk, UserError> {
    item.project_id.map_or_else(|| named_project(&item.named, &api.instance), |id| Ok(ProjectAsk::id(id)))
}

/// Checks the token once, then each project in the order of the list. Stops where no other project can be checked
/// either.
async fn check_all(
    mut api: ApiAccess,
    asks: Vec<ProjectAsk>,
    (check, results): (CheckId, mpsc::Sender<EngineInput>),
) -> Result<(), UserError> {
    let token = check_token(&mut api, true).await?;
    let one = |(place, ask): (usize, ProjectAsk)| {
        let (mut api, token) = (api.clone(), token.clone());
        async move { (place, check_one(&mut api, &ask, &token).await) }
    };
    let mut all = futures_util::stream::iter(asks.into_iter().enumerate()).map(one).buffered(AT_ONCE);
    while let Some((place, result)) = all.next().await {
        if let Err(error) = &result
            && stops_at(error)
        {
            return Err(error.clone());
        }
        let input = BatchesInput::Checked { check, place, result };
        // A closed inbox means that the engine ends.
        results.send(EngineInput::Batches(input)).await.ok();
    }
    Ok(())
}

async fn check_one(
    api: &mut ApiAccess,
    ask: &ProjectAsk,
    token: &CheckedToken,
) -> Result<Box<ProjectCheck>, UserError> {
    check_project(api, ask, token).await.map(Box::new)
}

/// Whether this error of one project means that the next ones cannot be checked either.
fn stops_at(error: &UserError) -> bool {
    matches!(
        error.code,
        Code::TokenMissing
            | Code::KeyringLocked
            | Code::TokenRejected
            | Code::TokenExpired
            | Code::Network
            | Code::RateLimited
            | Code::Local
    )
}
