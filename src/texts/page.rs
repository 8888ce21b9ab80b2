//! GitLab's "new issue" page, filled in through its URL. The parameters are those of GitLab's documentation
//! (`user/project/issues/create_issues`, "Using a URL with prefilled values"); GitLab appends a description to the
//! template's own.

use crate::case::Case;

use super::handbook::{Handbook, TrackerProject};
use super::kind::TextKind;
use super::rison::percent;

/// A URL to open in the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefilledUrl {
    pub url: String,
    /// What the person still has to do there, in one sentence; `None` if the URL fills in everything.
    pub note: Option<String>,
}

/// The page on which the text becomes an issue or a comment.
pub fn prefilled(
    kind: TextKind,
    case: &Case,
    handbook: &Handbook,
    title: &str,
    text: &str,
) -> Option<PrefilledUrl> {
    if kind == TextKind::Comment {
        let url = case.facts.bug_issue.clone()?;
        return Some(PrefilledUrl { url, note: Some("Paste the text as a comment.".to_owned()) });
    }
    let tracker = handbook.tracker(kind)?;
    let with_text = address(handbook, tracker, title, Some(text));
    if with_text.len() <= handbook.new_issue.longest_url_bytes {
        return Some(PrefilledUrl { url: with_text, note: None });
    }
    let note = "The text is too long for a URL. Copy it, and paste it below the template.".to_owned();
    Some(PrefilledUrl { url: address(handbook, tracker, title, None), note: Some(note) })
}

fn address(handbook: &Handbook, tracker: &TrackerProject, title: &str, text: Option<&str>) -> String {
    let page = &handbook.new_issue;
    let (host, project) = (page.host.base(), tracker.project.trim_matches('/'));
    let mut parts = vec![format!("issue[title]={}", percent(title))];
    if let Some(text) = text {
        parts.push(format!("issue[description]={}", percent(text)));
    }
    if tracker.confidential {
        parts.push("issue[confidential]=true".to_owned());
    }
    for name in page.template_parameters.iter().filter(|_| !tracker.template.is_empty()) {
        parts.push(format!("{name}={}", percent(&tracker.template)));
    }
    format!("{host}/{project}{}?{}", page.path, parts.join("&").replace('[', "%5B").replace(']', "%5D"))
}
