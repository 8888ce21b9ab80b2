//! Reads the issues of a case as they are now: title, open or closed, and the time of the last comment.

use crate::case::{Case, UserError};
use crate::engine::access::{ApiAccess, OnWait};
use crate::engine::api::{IssueHit, IssueSearch};
use crate::engine::limiter::Limit;
use crate::engine::user_error::is_no_access;
use crate::gitlab::{Client, ProjectKey};
use crate::texts::Handbook;

use super::calls::IssueRef;
use super::judge::place;
use super::search::known_hits;

/// Known issues that are read: a message seldom matches more.
const MOST_KNOWN: usize = 4;

/// The issues that the case records, then known issues that match its messages. A link to another place is left out.
pub fn issues_of(reach: &ApiAccess, handbook: &Handbook, case: &Case) -> Vec<(IssueRef, Option<IssueHit>)> {
    let facts = &case.facts;
    let recorded = [&facts.console_issue, &facts.infra_issue, &facts.bug_issue].into_iter().flatten();
    let mut issues: Vec<(IssueRef, Option<IssueHit>)> = Vec::new();
    for url in recorded {
        issues.extend(place(reach, url).ok().map(|issue| (issue, None)));
    }
    for hit in known_hits(handbook, case, "").into_iter().take(MOST_KNOWN) {
        let Ok(issue) = place(reach, &hit.url) else { continue };
        match issues.iter_mut().find(|(known, _)| (&known.project, known.iid) == (&issue.project, issue.iid))
        {
            Some((_, known)) => *known = Some(hit),
            None => issues.push((issue, Some(hit))),
        }
    }
    issues
}

/// Reads these issues from GitLab.
pub async fn read_issues(
    reach: &mut ApiAccess,
    issues: Vec<(IssueRef, Option<IssueHit>)>,
    on_wait: &OnWait,
) -> Result<IssueSearch, UserError> {
    let mut search = IssueSearch::default();
    for (issue, known) in issues {
        let reference = format!("{}#{}", issue.project, issue.iid);
        match read_one(reach, &issue, on_wait).await {
            Ok(hit) => {
                let known = known.and_then(|hit| hit.known);
                search.hits.push(IssueHit { url: issue.url, reference, known, ..hit });
            }
            Err(error) if is_no_access(&error) => {
                search
                    .not_searched
                    .push(format!("{reference} could not be read with this token: {}", error.headline));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(search)
}

async fn read_one(reach: &mut ApiAccess, issue: &IssueRef, on_wait: &OnWait) -> Result<IssueHit, UserError> {
    let key = ProjectKey::Path(issue.project.clone());
    let iid = issue.iid;
    let read = |client: Client| {
        let key = key.clone();
        async move { client.issue(&key, iid).await }
    };
    let found = reach.ask(Limit::Tracker, read, on_wait).await?;
    let notes = |client: Client| {
        let key = key.clone();
        async move { client.issue_notes(&key, iid).await }
    };
    // A token that may read the issue may not always read its comments. GitLab's own lines are not comments.
    let notes = match reach.ask(Limit::Tracker, notes, on_wait).await {
        Err(error) if !is_no_access(&error) => return Err(error),
        notes => notes.unwrap_or_default(),
    };
    let last = notes.into_iter().find(|note| !note.system).and_then(|note| note.created_at);
    Ok(IssueHit {
        url: String::new(),
        reference: String::new(),
        title: Some(found.title),
        is_open: Some(found.state == "opened"),
        labels: found.labels,
        updated_at: found.updated_at,
        last_comment_at: last,
        known: None,
    })
}
