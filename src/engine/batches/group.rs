//! The projects of a group, page by page.

use std::sync::Arc;

use crate::case::batch::{BatchItem, MOST_PROJECTS};
use crate::case::intake::parse_group;
use crate::case::{Code, UserError};
use crate::engine::access::{ApiAccess, OnWait};
use crate::engine::api::{Answer, AskId, GroupQuery};
use crate::engine::core::Core;
use crate::engine::input::EngineInput;
use crate::engine::limiter::Limit;
use crate::engine::user_error::of_refusal;
use crate::gitlab::{Client, GroupProjects};

/// Access level of a Maintainer, the lowest role that may export.
const MAINTAINER: u8 = 40;

/// Lists the projects of a group.
pub fn list(core: &mut Core, ask: AskId, instance: &str, query: GroupQuery) {
    let api = match core.access(instance) {
        Ok(api) => api,
        Err(error) => return core.reply(ask, Err(error)),
    };
    let on_wait = core.wait_reporter(ask);
    let work = async move { projects_of(api, query, &on_wait).await.map(Answer::GroupProjects) };
    core.spawn(work, move |result| EngineInput::Answered(ask, result));
}

async fn projects_of(
    mut api: ApiAccess,
    query: GroupQuery,
    on_wait: &OnWait,
) -> Result<Arc<[BatchItem]>, UserError> {
    let group = parse_group(&query.group, &api.instance_name()).map_err(|refusal| of_refusal(&refusal))?;
    let least_access = match query.least_access {
        Some(level) => Some(level).filter(|level| *level > 0),
        None => least_of_user(&mut api, on_wait).await?,
    };
    let (with_subgroups, with_archived) = (query.with_subgroups, query.with_archived);
    let of = GroupProjects { group, with_subgroups, with_archived, least_access };
    let mut all: Vec<BatchItem> = Vec::new();
    loop {
        let after = all.last().and_then(|item| item.project_id);
        let call = |client: Client| {
            let of = of.clone();
            async move { client.group_projects(&of, after).await }
        };
        let page = api.ask(Limit::ProjectRead, call, on_wait).await;
        let page = page.map_err(|error| of_group(&of.group, error))?;
        all.extend(
            page.projects
                .into_iter()
                .map(|project| BatchItem::listed(project.id, project.path_with_namespace)),
        );
        if all.len() > MOST_PROJECTS {
            let headline = format!("The group {} has more than {MOST_PROJECTS} projects.", of.group);
            return Err(UserError::new(Code::Usage, headline, "Export its subgroups one after the other."));
        }
        if page.is_last {
            break;
        }
    }
    if all.is_empty() { Err(empty(&of)) } else { Ok(all.into()) }
}

/// An administrator may export every project, and is a member of few.
async fn least_of_user(api: &mut ApiAccess, on_wait: &OnWait) -> Result<Option<u8>, UserError> {
    let user = api.ask(Limit::ProjectRead, |client| async move { client.user().await }, on_wait).await;
    match user {
        Ok(user) => Ok(Some(MAINTAINER).filter(|_| user.is_admin != Some(true))),
        // A token that may not read its user may still list projects.
        Err(error) if matches!(error.code, Code::ScopeMissing | Code::RoleTooLow | Code::AccessDenied) => {
            Ok(Some(MAINTAINER))
        }
        Err(error) => Err(error),
    }
}

/// GitLab gives the same answer for a group that does not exist and for one that the token cannot see.
fn of_group(group: &str, error: UserError) -> UserError {
    if error.code != Code::NotFoundOrNoAccess {
        return error;
    }
    let headline = format!("With this token, GitLab finds no group {group}.");
    let hint = "Check the group's path, then your access: GitLab gives the same answer for a wrong path and for a group \
                that you cannot see. Administrators need the scope admin_mode.";
    UserError::new(Code::NotFoundOrNoAccess, headline, hint).with_correlation_id(error.correlation_id)
}

fn empty(of: &GroupProjects) -> UserError {
    let role = match of.least_access {
        Some(level) => format!(" in which the token's user has at least the access level {level}"),
        None => String::new(),
    };
    UserError::new(
        Code::NotFoundOrNoAccess,
        format!("The group {} has no project{role}.", of.group),
        "Include its subgroups or archived projects, or choose a lower role.",
    )
}
