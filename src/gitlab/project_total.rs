//! Counts the records of one relation in a live project: `X-Total` of a list with one record per page, and for issues
//! `GET /projects/:id/issues_statistics`.
//!
//! Documented at <https://docs.gitlab.com/api/rest/#pagination-response-headers> (GitLab omits `X-Total` above 10,000
//! records), <https://docs.gitlab.com/api/issues_statistics/>, and on each list's own page.

use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::answer::{ApiAnswer, MOST_JSON_BYTES};
use super::client::{ApiRequest, Call, Client};
use super::error::Error;
use super::project_key::ProjectKey;
use super::refusal::Family;

const STATISTICS: Call = Call { name: "GET issues_statistics", family: Family::Project };
const LIST: Call = Call { name: "GET total", family: Family::Project };

/// A relation of an archive that the API also lists, so that both can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The relation's name in an archive, such as `ci_pipelines`.
    pub relation: &'static str,
    /// The last segment of the list's path.
    list: &'static str,
    /// Parameters that make the list cover the same records as the relation.
    query: &'static [(&'static str, &'static str)],
}

impl Listed {
    const fn new(
        relation: &'static str,
        list: &'static str,
        query: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { relation, list, query }
    }

    /// Every relation that can be counted, the most important first. The list of members contains only direct ones.
    pub const ALL: [Self; 12] = [
        Self::new("issues", "issues_statistics", &[("scope", "all")]),
        Self::new("merge_requests", "merge_requests", &[("scope", "all"), ("state", "all")]),
        // Labels and milestones of groups do not belong to the project's relations.
        Self::new("labels", "labels", &[("include_ancestor_groups", "false")]),
        Self::new("milestones", "milestones", &[("include_ancestors", "false")]),
        Self::new("releases", "releases", &[]),
        Self::new("ci_pipelines", "pipelines", &[]),
        Self::new("pipeline_schedules", "pipeline_schedules", &[]),
        Self::new("snippets", "snippets", &[]),
        Self::new("boards", "boards", &[]),
        Self::new("protected_branches", "protected_branches", &[]),
        Self::new("protected_tags", "protected_tags", &[]),
        Self::new("project_members", "members", &[]),
    ];

    fn is_issues(self) -> bool {
        self.relation == "issues"
    }
}

#[derive(Deserialize)]
struct Wire {
    statistics: Statistics,
}

#[derive(Deserialize)]
struct Statistics {
    counts: Counts,
}

#[derive(Deserialize)]
struct Counts {
    all: u64,
}

impl Client {
    /// How many records of `listed` this token sees in the project; `None` when GitLab does not report it.
    pub async fn project_total(&self, id: &ProjectKey, listed: Listed) -> Result<Option<u64>, Error> {
        if listed.is_issues() {
            let segment = id.segment();
            let segments = ["projects", segment.as_str(), listed.list];
            let answer: ApiAnswer<Wire> = self.get(STATISTICS, &segments, listed.query).await?;
            return Ok(Some(answer.value.statistics.counts.all));
        }
        self.list_total(id, &[listed.list], listed.query).await
    }

    /// How long a list below `/projects/:id` is, as this token sees it; `None` when GitLab does not report it. Reads
    /// one record at most, and drops its content: some lists contain secrets.
    pub async fn list_total(
        &self,
        id: &ProjectKey,
        list: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<u64>, Error> {
        let id = id.segment();
        let segments: Vec<&str> = ["projects", id.as_str()].iter().chain(list).copied().collect();
        let mut url = self.instance.api(&segments);
        url.query_pairs_mut().extend_pairs(query).append_pair("per_page", "1");
        let response = self.follow_own(LIST, ApiRequest::get(url)).await?;
        let raw = self.read(LIST, response, MOST_JSON_BYTES).await?;
        // An HTML page lacks GitLab's headers and must not count as "not reported".
        let page = self.decode::<Vec<serde::de::IgnoredAny>>(LIST, &raw)?;
        Ok(total(&raw.headers).or_else(|| whole(&raw.headers, page.value.len())))
    }
}

fn total(headers: &HeaderMap) -> Option<u64> {
    headers.get("x-total")?.to_str().ok()?.trim().parse().ok()
}

/// The length of a page, if it is the only page.
fn whole(headers: &HeaderMap, page: usize) -> Option<u64> {
    let has_text = |name: &str| headers.get(name).is_some_and(|value| !value.is_empty());
    let links_on = |value: &reqwest::header::HeaderValue| {
        value.to_str().is_ok_and(|links| links.contains("rel=\"next\""))
    };
    let goes_on = has_text("x-next-page") || headers.get_all("link").iter().any(links_on);
    // A full page of one record without any of GitLab's headers may be one of many.
    let tells = headers.contains_key("x-next-page") || headers.contains_key("link") || page != 1;
    (tells && !goes_on).then_some(page as u64)
}
