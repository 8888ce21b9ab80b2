//! Searches the handbook's trackers: known issues first, then GitLab's results.

use crate::case::{Case, Code, UserError};
use crate::engine::access::{ApiAccess, OnWait};
use crate::engine::api::{IssueHit, IssueSearch, KnownHit};
use crate::engine::limiter::Limit;
use crate::engine::user_error::is_no_access;
use crate::gitlab::{Client, Issue, ProjectKey};
use crate::texts::handbook::TrackerProject;
use crate::texts::{Handbook, KnownIssue, leaks};

/// How many words of a message the first search uses; a search with more words finds nothing.
const SEARCH_WORDS: usize = 6;
/// A smaller project ID occurs too often in texts to be searched for.
const LEAST_TELLING_ID: u64 = 1000;

/// One search: which trackers, for which texts, and which results count.
pub struct TrackerSearch {
    projects: Vec<String>,
    texts: Vec<String>,
    closed_too: bool,
    /// If set, a result must name this project.
    about: Option<Named>,
}

/// How an issue can name the case's project.
struct Named {
    paths: Vec<String>,
    id: Option<u64>,
}

/// Suggested search words for the bug tracker, from the case's messages without customer names. The user may change
/// them.
pub fn search_words(case: &Case) -> String {
    let Some(message) = case.error_messages().next() else {
        return "project export".to_owned();
    };
    let line = message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut kept = line.to_owned();
    for leak in leaks(line, case).iter().rev() {
        kept.replace_range(leak.at.clone(), " ");
    }
    let plain = |c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-');
    let words: Vec<&str> = kept.split_whitespace().map(|word| word.trim_matches(plain)).collect();
    words.into_iter().filter(|word| word.len() > 2).take(SEARCH_WORDS).collect::<Vec<_>>().join(" ")
}

/// Issues of the bug tracker with this text, and the known ones. An empty text makes no API call.
pub fn for_text(
    handbook: &Handbook,
    case: &Case,
    text: &str,
    closed_too: bool,
) -> (TrackerSearch, Vec<IssueHit>) {
    let known = known_hits(handbook, case, text);
    let text = text.trim();
    let question = TrackerSearch {
        projects: all_projects(&handbook.trackers.bug),
        texts: Some(text.to_owned()).filter(|text| !text.is_empty()).into_iter().collect(),
        closed_too,
        about: None,
    };
    (question, known)
}

/// Earlier requests that name the case's project.
pub fn for_requests(handbook: &Handbook, case: &Case) -> Result<TrackerSearch, UserError> {
    let known = case.project.known.as_ref().map(|known| known.path.clone());
    let mut paths: Vec<String> = case.project.path.clone().into_iter().chain(known).collect();
    paths.dedup();
    let id = case.project.id.filter(|id| *id >= LEAST_TELLING_ID);
    let texts: Vec<String> = paths.iter().cloned().chain(id.map(|id| id.to_string())).collect();
    if texts.is_empty() {
        let headline = "The project's path is not known yet, so Export Desk cannot search for its requests.";
        return Err(UserError::new(Code::Refused, headline, "Ask GitLab about the project first."));
    }
    let mut projects = all_projects(&handbook.trackers.console);
    projects.extend(all_projects(&handbook.trackers.infra));
    Ok(TrackerSearch { projects, texts, closed_too: true, about: Some(Named { paths, id }) })
}

/// A tracker's project and its former projects.
fn all_projects(tracker: &TrackerProject) -> Vec<String> {
    std::iter::once(&tracker.project).chain(&tracker.earlier_projects).cloned().collect()
}

pub fn known_hits(handbook: &Handbook, case: &Case, text: &str) -> Vec<IssueHit> {
    let mut said: Vec<&str> = case.error_messages().collect();
    said.push(text);
    let mut hits: Vec<IssueHit> = Vec::new();
    for known in handbook.known_issues_in(&said) {
        for reference in &known.issues {
            let url = KnownIssue::issue_url(handbook.new_issue.host.as_str(), reference);
            if let Some(url) = url.filter(|_| hits.iter().all(|hit| hit.reference != *reference)) {
                hits.push(IssueHit {
                    url,
                    reference: reference.clone(),
                    title: None,
                    is_open: None,
                    labels: Vec::new(),
                    updated_at: None,
                    last_comment_at: None,
                    known: Some(KnownHit { symptom: known.symptom.clone(), advice: known.advice.clone() }),
                });
            }
        }
    }
    hits
}

pub async fn search(
    reach: &mut ApiAccess,
    question: &TrackerSearch,
    mut hits: Vec<IssueHit>,
    tell: &OnWait,
) -> Result<IssueSearch, UserError> {
    let has_known = !hits.is_empty();
    let mut not_searched = Vec::new();
    for project in &question.projects {
        for text in &question.texts {
            match ask_tracker(reach, project, text, question.closed_too, tell).await {
                Ok(issues) => {
                    let about =
                        |issue: &&Issue| question.about.as_ref().is_none_or(|named| named.is_named_by(issue));
                    issues.iter().filter(about).for_each(|issue| merge(&mut hits, project, issue));
                }
                Err(error) if has_known || is_no_access(&error) => {
                    not_searched
                        .push(format!("{project} could not be searched with this token: {}", error.headline));
                    break;
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(IssueSearch { hits, not_searched })
}

async fn ask_tracker(
    reach: &mut ApiAccess,
    project: &str,
    text: &str,
    closed_too: bool,
    tell: &OnWait,
) -> Result<Vec<Issue>, UserError> {
    let key = ProjectKey::Path(project.to_owned());
    let call = |client: Client| {
        let (key, text) = (key.clone(), text.to_owned());
        async move { client.search_issues(&key, &text, closed_too).await }
    };
    reach.ask(Limit::Tracker, call, tell).await
}

/// Adds an issue, or completes the entry of a known issue.
fn merge(hits: &mut Vec<IssueHit>, project: &str, issue: &Issue) {
    let reference = format!("{project}#{}", issue.iid);
    let found = IssueHit {
        url: issue.web_url.clone(),
        reference,
        title: Some(issue.title.clone()),
        is_open: Some(issue.state == "opened"),
        labels: issue.labels.clone(),
        updated_at: issue.updated_at.clone(),
        last_comment_at: None,
        known: None,
    };
    match hits.iter_mut().find(|hit| hit.reference == found.reference) {
        Some(hit) => *hit = IssueHit { known: hit.known.take(), ..found },
        None => hits.push(found),
    }
}

impl Named {
    /// GitLab's search also matches parts of words: a request for `acme/shop-old` is not one for `acme/shop`.
    fn is_named_by(&self, issue: &Issue) -> bool {
        let said = format!("{}\n{}", issue.title, issue.description.as_deref().unwrap_or_default());
        let said = said.to_lowercase();
        self.paths.iter().any(|path| has_path(&said, &path.to_lowercase()))
            || self.id.is_some_and(|id| has_number(&said, &id.to_string()))
    }
}

fn has_path(text: &str, path: &str) -> bool {
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(path).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + path.len()..]);
        let goes_on = after.starts_with(of_name)
            // After the path, `/-/` starts a page of this project; any other segment belongs to another project.
            || after.strip_prefix('/').is_some_and(|rest| rest.starts_with(of_name) && !rest.starts_with("-/"));
        !before.ends_with(of_name) && !goes_on
    })
}

fn has_number(text: &str, number: &str) -> bool {
    text.match_indices(number).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + number.len()..]);
        !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{CaseId, ProjectRef, UtcMs};

    #[test]
    fn a_project_is_named_by_its_whole_path() {
        for (text, named) in [
            ("export request for acme/shop", true),
            ("https://gitlab.com/acme/shop/-/issues", true),
            ("clone acme/shop.git.", true),
            ("acme/shop-old", false),
            ("acme/shop/sub", false),
            ("big-acme/shop", false),
        ] {
            assert_eq!(has_path(text, "acme/shop"), named, "{text}");
        }
        assert!(has_number("project id: 4711.", "4711") && !has_number("14711", "4711"));
    }

    #[test]
    fn a_first_search_names_no_customer() {
        let project = ProjectRef::by_path("initech/payroll");
        let mut case = Case::new(CaseId(1), "https://gitlab.com", None, project, UtcMs(0));
        assert_eq!(search_words(&case), "project export");
        case.facts.api_attempt_message =
            Some("\nError: the export of initech/payroll has failed with 500 for a reason\nmore".into());
        assert_eq!(search_words(&case), "Error the export has failed with");
    }

    #[test]
    fn a_known_issue_is_completed_and_not_doubled() {
        let case = {
            let mut case = Case::new(CaseId(1), "https://gitlab.com", None, ProjectRef::by_id(7), UtcMs(0));
            case.facts.download_error = Some("404 Not found or has expired".into());
            case
        };
        let mut hits = known_hits(&Handbook::built_in(), &case, "");
        assert_eq!(hits[0].reference, "gitlab-org/gitlab#330833");
        assert_eq!(hits[0].url, "https://gitlab.com/gitlab-org/gitlab/-/issues/330833");
        let before = hits.len();
        let issue: Issue = serde_json::from_str(
            r#"{"id":1,"iid":330833,"title":"T","web_url":"https://gitlab.com/x","state":"closed"}"#,
        )
        .unwrap();
        merge(&mut hits, "gitlab-org/gitlab", &issue);
        assert_eq!((hits.len(), hits[0].title.as_deref(), hits[0].is_open), (before, Some("T"), Some(false)));
        assert!(hits[0].known.is_some());
    }
}
