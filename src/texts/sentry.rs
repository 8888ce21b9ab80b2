//! URLs of Sentry searches (`../shared/handbook-facts.md`, 4.4). The query is given in full, so that Sentry does not
//! add its `is:unresolved`, which hides older errors.

use crate::case::Case;

use super::handbook::Sentry;
use super::kibana::LogLink;
use super::rison::percent;

/// Every search that the facts allow, the most specific first.
pub fn links(case: &Case, sentry: &Sentry) -> Vec<LogLink> {
    let mut links = Vec::new();
    let mut add = |label, query: &str| links.push(LogLink { label, url: search(sentry, query) });
    if let Some(id) = case.facts.correlation_id.as_deref() {
        add("Errors with the correlation ID", &term("correlation_id", id));
    }
    if let Some(user) = case.facts.requester.as_deref() {
        add("Errors of the requester", &term("user.username", user.trim_start_matches('@')));
    }
    if let Some(path) = case.project.path.as_deref() {
        add("Errors on the project's pages", &term("url", &format!("*{path}*")));
    }
    add("Errors of exports", "Gitlab::ImportExport::Error");
    add("Errors of the export service", "ExportService");
    links
}

/// The URL of a search for `query`.
pub fn search(sentry: &Sentry, query: &str) -> String {
    format!(
        "{}/organizations/{}/issues/?project={}&query={}&statsPeriod={}d",
        sentry.host.base(),
        percent(&sentry.organization),
        sentry.project,
        percent(query),
        sentry.period_days
    )
}

/// `key:value`, quoted if the value contains characters that end a term.
fn term(key: &str, value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '*');
    if value.chars().all(plain) {
        format!("{key}:{value}")
    } else {
        format!("{key}:\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{CaseId, ProjectRef, UtcMs};
    use crate::texts::Handbook;

    #[test]
    fn searches_name_project_and_period() {
        let sentry = Handbook::built_in().sentry;
        assert_eq!(
            search(&sentry, "correlation_id:01HABC"),
            "https://new-sentry.gitlab.net/organizations/gitlab/issues/?project=3&query=correlation_id:01HABC&statsPeriod=14d"
        );
        assert!(search(&sentry, "a b&c").contains("query=a%20b%26c&"));
    }

    #[test]
    fn terms_are_quoted_where_they_must() {
        assert_eq!(term("user.username", "sam-doe"), "user.username:sam-doe");
        assert_eq!(term("user.username", "Sam \"x\" Doe"), "user.username:\"Sam \\\"x\\\" Doe\"");
    }

    #[test]
    fn links_follow_the_facts() {
        let sentry = Handbook::built_in().sentry;
        let mut case = Case::new(CaseId(1), "https://gitlab.com", None, ProjectRef::by_id(7), UtcMs(0));
        assert_eq!(links(&case, &sentry).len(), 2);
        case.facts.correlation_id = Some("01HABCDEF0".into());
        case.facts.requester = Some("@sam".into());
        case.project.path = Some("acme/app".into());
        let urls: Vec<String> = links(&case, &sentry).into_iter().map(|link| link.url).collect();
        assert_eq!(urls.len(), 5);
        assert!(urls[1].contains("query=user.username:sam&"), "{}", urls[1]);
        assert!(urls[2].contains("query=url:%2Aacme%2Fapp%2A&"), "{}", urls[2]);
    }
}
