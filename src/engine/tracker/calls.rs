//! Calls that change something in a tracker. Each is sent at most once: if an answer is lost, Export Desk first
//! checks whether the change arrived before it reports a failure.

use crate::case::{Code, UserError, UtcMs};
use crate::gitlab::{Client, Issue, IssueChange, NewIssue, Note, ProjectKey};

use crate::engine::access::{ApiAccess, OnWait, SendFailed};
use crate::engine::api::InfradevPlan;
use crate::engine::clock;
use crate::engine::limiter::Limit;
use crate::engine::send::{LimitedCall, NoJournal, send};

/// How much GitLab's clock and ours may differ when an issue or comment is recognised as ours by its time.
const CLOCKS_APART_MS: i64 = 10 * 60 * 1000;

/// One issue of a tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueRef {
    pub url: String,
    /// Full path of its project.
    pub project: String,
    pub iid: u64,
}

/// The result of a write.
pub struct WrittenIssue {
    pub url: String,
    pub notes: Vec<String>,
    /// The error of a later step.
    pub but: Option<UserError>,
}

/// Creates an issue.
pub async fn open_once(
    mut reach: ApiAccess,
    project: &str,
    issue: &NewIssue,
    tell: &OnWait,
) -> Result<WrittenIssue, UserError> {
    let id = numbered(&mut reach, project, tell).await?;
    refuse_absent_labels(&mut reach, (&id, project), &issue.labels, tell).await?;
    let since = clock::now();
    let call = |client: Client| {
        let (id, issue) = (id.clone(), issue.clone());
        async move { client.create_issue(&id, &issue).await }
    };
    let mut notes = Vec::new();
    let opened = match send(&mut reach, &LimitedCall(Limit::Tracker, call), &NoJournal, tell).await {
        Ok(opened) => opened,
        Err(SendFailed::No(error)) => return Err(error),
        Err(SendFailed::Unknown(error)) => {
            let found = find_issue(&mut reach, &id, &issue.title, since, tell).await;
            notes.push("GitLab's answer was lost, but the issue was found by its title.".to_owned());
            found_or(found, error, project)?
        }
    };
    let dropped = without(&issue.labels, &opened.labels);
    if !dropped.is_empty() {
        notes
            .push(format!("GitLab did not set {}: this token may not set labels there.", dropped.join(", ")));
    }
    if issue.confidential && opened.confidential == Some(false) {
        notes.push("GitLab did not make the issue confidential. Check it now.".to_owned());
    }
    Ok(WrittenIssue { url: opened.web_url, notes, but: None })
}

/// Posts a comment on an issue.
pub async fn comment_once(
    mut reach: ApiAccess,
    place: &IssueRef,
    text: &str,
    internal: bool,
    tell: &OnWait,
) -> Result<WrittenIssue, UserError> {
    let id = numbered(&mut reach, &place.project, tell).await?;
    let mut notes = Vec::new();
    let note = note_once(&mut reach, (&id, place), text, internal, &mut notes, tell).await?;
    if internal && note.internal == Some(false) {
        notes.push("GitLab did not make the comment internal. Check it now.".to_owned());
    }
    Ok(WrittenIssue { url: format!("{}#note_{}", place.url, note.id), notes, but: None })
}

/// Adds the labels to the issue, reads the issue again, and posts a comment.
pub async fn label_and_comment(
    mut reach: ApiAccess,
    place: &IssueRef,
    plan: &InfradevPlan,
    tell: &OnWait,
) -> Result<WrittenIssue, UserError> {
    let id = numbered(&mut reach, &place.project, tell).await?;
    refuse_absent_labels(&mut reach, (&id, &place.project), &plan.labels, tell).await?;
    let change = IssueChange { add_labels: plan.labels.clone(), ..IssueChange::default() };
    let call = |client: Client| {
        let (id, change) = (id.clone(), change.clone());
        async move { client.update_issue(&id, place.iid, &change).await }
    };
    // Adding a label twice does no harm, so this call may be retried.
    reach.ask(Limit::Tracker, call, tell).await?;
    let call = |client: Client| {
        let id = id.clone();
        async move { client.issue(&id, place.iid).await }
    };
    let now = reach.ask(Limit::Tracker, call, tell).await?;
    let absent = without(&plan.labels, &now.labels);
    if !absent.is_empty() {
        let headline = format!("GitLab accepted the change, but did not set {}.", absent.join(", "));
        return Err(UserError::new(
            Code::Refused,
            headline,
            "Add the label in the browser, then record infradev_labelled.",
        ));
    }
    let mut notes = Vec::new();
    let commented = note_once(&mut reach, (&id, place), &plan.comment, false, &mut notes, tell).await;
    let but = commented.err().map(|error| {
        let headline = format!("The labels were added, but the comment was not: {}", error.headline);
        UserError::new(error.code, headline, "Describe the impact in a separate comment.")
    });
    Ok(WrittenIssue { url: place.url.clone(), notes, but })
}

/// The project by its ID: GitLab accepts no changes at the former path of a moved project (405).
async fn numbered(reach: &mut ApiAccess, project: &str, tell: &OnWait) -> Result<ProjectKey, UserError> {
    let key = ProjectKey::Path(project.to_owned());
    let call = |client: Client| {
        let key = key.clone();
        async move { client.project(&key, false).await }
    };
    Ok(ProjectKey::Id(reach.ask(Limit::Tracker, call, tell).await?.id))
}

/// Depending on the token's role, GitLab silently creates a missing label or leaves it out, so missing labels are
/// refused before.
async fn refuse_absent_labels(
    reach: &mut ApiAccess,
    (id, project): (&ProjectKey, &str),
    wanted: &[String],
    tell: &OnWait,
) -> Result<(), UserError> {
    let mut absent = Vec::new();
    for label in wanted {
        let call = |client: Client| {
            let (id, label) = (id.clone(), label.clone());
            async move { client.search_labels(&id, &label).await }
        };
        let known = reach.ask(Limit::Tracker, call, tell).await?;
        if !known.iter().any(|known| known.name.eq_ignore_ascii_case(label)) {
            absent.push(label.as_str());
        }
    }
    if absent.is_empty() {
        return Ok(());
    }
    let headline = format!("{project} has no label {}. Nothing was posted.", absent.join(", "));
    let hint =
        "Correct the label, also in handbook.toml. GitLab would create a new label or drop it silently.";
    Err(UserError::new(Code::Refused, headline, hint))
}

async fn note_once(
    reach: &mut ApiAccess,
    (id, place): (&ProjectKey, &IssueRef),
    text: &str,
    internal: bool,
    notes: &mut Vec<String>,
    tell: &OnWait,
) -> Result<Note, UserError> {
    let since = clock::now();
    let call = |client: Client| {
        let id = id.clone();
        async move { client.create_note(&id, place.iid, text, internal).await }
    };
    match send(reach, &LimitedCall(Limit::Tracker, call), &NoJournal, tell).await {
        Ok(note) => Ok(note),
        Err(SendFailed::No(error)) => Err(error),
        Err(SendFailed::Unknown(error)) => {
            let call = |client: Client| {
                let id = id.clone();
                async move { client.issue_notes(&id, place.iid).await }
            };
            let all = reach.ask(Limit::Tracker, call, tell).await;
            let ours =
                |note: &Note| is_new(note.created_at.as_deref(), since) && said(&note.body) == said(text);
            notes.push("GitLab's answer was lost, but the comment was found by its text.".to_owned());
            found_or(all.map(|all| all.into_iter().find(ours)), error, &place.url)
        }
    }
}

async fn find_issue(
    reach: &mut ApiAccess,
    id: &ProjectKey,
    title: &str,
    since: UtcMs,
    tell: &OnWait,
) -> Result<Option<Issue>, UserError> {
    let call = |client: Client| {
        let id = id.clone();
        async move { client.search_issues(&id, title, true).await }
    };
    let all = reach.ask(Limit::Tracker, call, tell).await?;
    let ours =
        |issue: &Issue| issue.title.trim() == title.trim() && is_new(issue.created_at.as_deref(), since);
    Ok(all.into_iter().find(ours))
}

/// The result of a search after a lost answer, or the error where the search found nothing.
fn found_or<T>(found: Result<Option<T>, UserError>, lost: UserError, place: &str) -> Result<T, UserError> {
    let (headline, hint) = match found {
        Ok(Some(found)) => return Ok(found),
        Ok(None) => (
            format!("{} The text was not found in {place}, so it was not posted.", lost.headline),
            "Check there once more, then post again.",
        ),
        Err(unread) => (
            format!(
                "{} Whether the text was posted in {place} is unknown, because the check failed: {}",
                lost.headline, unread.headline
            ),
            "Check there before you post again.",
        ),
    };
    Err(UserError::new(lost.code, headline, hint).with_correlation_id(lost.correlation_id))
}

fn is_new(created_at: Option<&str>, since: UtcMs) -> bool {
    let created = created_at.and_then(UtcMs::parse_rfc3339);
    created.is_none_or(|at| at.since_ms(since) >= -CLOCKS_APART_MS)
}

/// A comment as GitLab stores it: without the quick actions, because GitLab executes and removes them.
fn said(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with('/'))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn without(wanted: &[String], there: &[String]) -> Vec<String> {
    let absent = |label: &&String| !there.iter().any(|there| there.eq_ignore_ascii_case(label));
    wanted.iter().filter(absent).cloned().collect()
}
