//! An archive beside the live project: the same relations counted on both sides, and what a difference can mean.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::archive::{Problem, ProblemCode, Report, Verdict};
use crate::case::Trouble;
use crate::gitlab::{Client, Listed, ProjectKey};

use super::limiter::Limit;
use super::session::{Reach, Told};

/// The project an archive is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    pub instance: String,
    /// Number, full path or URL.
    pub project: String,
}

/// One relation, counted in the archive and in the live project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationCount {
    pub relation: String,
    pub archive: u64,
    /// `None` where GitLab does not tell: it names no totals above 10,000, or the token may not list them.
    pub live: Option<u64>,
}

/// What the live project says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub gitlab_version: String,
    pub live: Vec<(Listed, Option<u64>)>,
}

/// Asks the live project for its totals, one call a relation.
pub(super) async fn totals(mut reach: Reach, key: ProjectKey, told: &Told) -> Result<Totals, Trouble> {
    let call = |client: Client| {
        let key = key.clone();
        async move { client.project(&key, false).await }
    };
    let project = reach.ask(Limit::ProjectRead, call, told).await?;
    let version = reach.ask(Limit::ProjectRead, |c| async move { c.version().await }, told).await?;
    let id = ProjectKey::Id(project.id);
    let mut live = Vec::with_capacity(Listed::ALL.len());
    for listed in Listed::ALL {
        let call = |client: Client| {
            let id = id.clone();
            async move {
                match client.project_total(&id, listed).await {
                    // A feature that is switched off, or a role too low for this one list: the others still count.
                    Err(error) if matches!(error.status, Some(403 | 404)) => Ok(None),
                    other => other,
                }
            }
        };
        live.push((listed, reach.ask(Limit::ProjectRead, call, told).await?));
    }
    Ok(Totals { gitlab_version: version.version, live })
}

/// Compares, and adds what differs to the report as warnings. Nothing is compared where the archive's own counts are
/// not to be trusted.
pub(super) fn compare(report: &mut Report, totals: &Totals) -> Arc<[RelationCount]> {
    report.check_newer_than(&totals.gitlab_version);
    if matches!(report.verdict, Verdict::Damaged | Verdict::NotAnExport) {
        return Arc::new([]);
    }
    let count = |(listed, live): &(Listed, Option<u64>)| RelationCount {
        relation: listed.relation.to_owned(),
        // Empty lists have no file since about 17.x.
        archive: report.counts.get(listed.relation).copied().unwrap_or(0),
        live: *live,
    };
    let counts: Vec<_> = totals.live.iter().map(count).collect();
    for count in &counts {
        if let Some(sentence) = difference(count) {
            let member = format!("tree/project/{}.ndjson", count.relation);
            report.add_problem(Problem::new(ProblemCode::CountDiffers, Some(member), sentence));
        }
    }
    counts.into()
}

/// What a difference can mean, in a sentence; `None` where there is none or nobody knows.
fn difference(count: &RelationCount) -> Option<String> {
    let live = count.live.filter(|live| *live != count.archive)?;
    let (name, archive) = (count.relation.replace('_', " "), count.archive);
    let name = name.strip_prefix("ci ").unwrap_or(&name);
    let usual = if live > archive {
        "some were created since the export"
    } else {
        "some were deleted since the export, or this token may not see them all"
    };
    let also = match count.relation.as_str() {
        "issues" if live < archive => "; confidential issues are shown from the role of Planner on",
        "snippets" if live < archive => "; private snippets are shown to their authors alone",
        "ci_pipelines" => "; the live list leaves out child pipelines",
        _ => "",
    };
    Some(format!("The archive has {archive} {name}, the live project shows {live}: {usual}{also}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(relation: &str, archive: u64, live: Option<u64>) -> RelationCount {
        RelationCount { relation: relation.into(), archive, live }
    }

    #[test]
    fn a_difference_is_explained_by_its_direction() {
        assert_eq!(difference(&count("issues", 5, Some(5))), None);
        assert_eq!(difference(&count("issues", 5, None)), None, "not told is no difference");
        let more = difference(&count("issues", 5, Some(7))).unwrap();
        assert!(more.contains("created since") && !more.contains("confidential"), "{more}");
        let fewer = difference(&count("issues", 5, Some(2))).unwrap();
        assert!(fewer.contains("deleted since") && fewer.contains("confidential"), "{fewer}");
        let pipelines = difference(&count("ci_pipelines", 1, Some(2))).unwrap();
        assert!(pipelines.contains("has 1 pipelines") && pipelines.contains("child"), "{pipelines}");
    }
}
