//! Compares an archive with the live project: the same relations counted on both sides, and what a difference can
//! mean.

use std::sync::Arc;

use crate::archive::{Problem, ProblemCode, Report, Verdict};
use crate::engine::api::RelationCount;
use crate::engine::project_totals::Totals;
use crate::gitlab::Listed;

/// The project's members: an archive can contain inherited members, the live list has only direct ones.
const MEMBERS: &str = "project_members";

/// Compares the counts, and adds differences to the report as warnings. Compares nothing if the archive's own counts
/// are unreliable.
pub fn compare(report: &mut Report, totals: &Totals) -> Arc<[RelationCount]> {
    report.check_newer_than(&totals.gitlab_version);
    if matches!(report.verdict, Verdict::Damaged | Verdict::NotAnExport) {
        return Arc::new([]);
    }
    let count = |(listed, live): &(Listed, Option<u64>)| RelationCount {
        relation: listed.relation.to_owned(),
        // Since about 17.x, GitLab writes no file for an empty list.
        archive: report.counts.get(listed.relation).copied().unwrap_or(0),
        live: *live,
        note: None,
    };
    // Whether the archive has members at all depends on who exported it.
    let comparable = |(listed, _): &&(Listed, Option<u64>)| {
        listed.relation != MEMBERS || report.counts.contains_key(MEMBERS)
    };
    let mut counts: Vec<_> = totals.live.iter().filter(comparable).map(count).collect();
    let of = if totals.is_imported {
        Origin::Import
    } else if report.has(ProblemCode::RebuiltWithGap) {
        Origin::RebuiltWithGap
    } else {
        Origin::Export
    };
    for count in &mut counts {
        let sentence = difference(count, of);
        // A difference in members is expected and no loss.
        if let Some(sentence) = sentence.as_ref().filter(|_| count.relation != MEMBERS) {
            let member = format!("tree/project/{}.ndjson", count.relation);
            let mut problem = Problem::new(ProblemCode::CountDiffers, Some(member), sentence.clone());
            if totals.is_imported && count.live.is_some_and(|live| live < count.archive) {
                "If nobody deleted them, import the archive again, or import the relation alone from it."
                    .clone_into(&mut problem.hint);
            }
            report.add_problem(problem);
        }
        count.note = sentence.or_else(|| count.live.is_none().then(|| UNTOLD.to_owned()));
    }
    counts.into()
}

const UNTOLD: &str =
    "GitLab does not report this count: it gives no totals above 10,000, or this token may not list them.";

/// What the archive and the project are to each other.
#[derive(Clone, Copy, Debug)]
enum Origin {
    /// GitLab exported the project to the archive.
    Export,
    /// The archive was rebuilt, and lacks something since.
    RebuiltWithGap,
    /// The project was imported from the archive.
    Import,
}

/// What a difference can mean, in one sentence; `None` where there is no difference or no known count.
fn difference(count: &RelationCount, of: Origin) -> Option<String> {
    let live = count.live.filter(|live| *live != count.archive)?;
    let (name, archive) = (count.relation.replace('_', " "), count.archive);
    if count.relation == MEMBERS {
        let usual = if live > archive {
            "some joined after the export, or the exporting user could not see all of them"
        } else {
            "some left after the export, or the archive also contains inherited members, which the live list leaves out"
        };
        return Some(format!(
            "The archive has {archive} members, the live project has {live} direct members: {usual}."
        ));
    }
    let name = name.strip_prefix("ci ").unwrap_or(&name);
    let usual = match of {
        Origin::RebuiltWithGap if live > archive => {
            "some are missing since the archive was rebuilt, or were created after the export"
        }
        // GitLab calls an export finished that lacks rows which it could not write.
        _ if live > archive => "the export lacks some, or they were created after it",
        Origin::Import => "an import made this project, and some did not arrive or were deleted since",
        Origin::Export | Origin::RebuiltWithGap => {
            "some were deleted after the export, or this token cannot see all of them"
        }
    };
    let also = match count.relation.as_str() {
        "issues" if live < archive => "; confidential issues need the role Planner or higher",
        "snippets" if live < archive => "; private snippets are visible only to their authors",
        "ci_pipelines" => "; the live list leaves out child pipelines",
        _ => "",
    };
    Some(format!("The archive has {archive} {name}, the live project has {live}: {usual}{also}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(relation: &str, archive: u64, live: Option<u64>) -> RelationCount {
        RelationCount { relation: relation.into(), archive, live, note: None }
    }

    #[test]
    fn a_difference_is_explained_by_its_direction() {
        assert_eq!(difference(&count("issues", 5, Some(5)), Origin::Export), None);
        assert_eq!(difference(&count("issues", 5, None), Origin::Export), None, "not told is no difference");
        let more = difference(&count("issues", 5, Some(7)), Origin::Export).unwrap();
        assert!(more.contains("the export lacks some, or") && !more.contains("confidential"), "{more}");
        let gap = difference(&count("issues", 5, Some(7)), Origin::RebuiltWithGap).unwrap();
        assert!(gap.contains("missing since the archive was rebuilt"), "{gap}");
        let fewer = difference(&count("issues", 5, Some(2)), Origin::Export).unwrap();
        assert!(
            fewer.contains("some were deleted after the export, or this token cannot see all of them")
                && fewer.contains("confidential"),
            "{fewer}"
        );
        let imported = difference(&count("issues", 5, Some(2)), Origin::Import).unwrap();
        assert!(imported.contains("did not arrive") && !imported.contains("after the export"), "{imported}");
        let pipelines = difference(&count("ci_pipelines", 1, Some(2)), Origin::Export).unwrap();
        assert!(pipelines.contains("has 1 pipelines") && pipelines.contains("child"), "{pipelines}");
        let members = difference(&count(MEMBERS, 9, Some(4)), Origin::Export).unwrap();
        assert!(members.contains("4 direct members") && members.contains("inherited members"), "{members}");
    }

    #[test]
    fn members_are_compared_where_the_archive_has_them_and_are_no_loss() {
        let mut report = Report { counts: [("issues".to_owned(), 3)].into(), ..Report::of_empty() };
        let listed = |name: &str| Listed::ALL.into_iter().find(|listed| listed.relation == name).unwrap();
        let live = vec![(listed("issues"), Some(3)), (listed(MEMBERS), Some(4)), (listed("labels"), None)];
        let totals = Totals { gitlab_version: "18.9.0".into(), is_imported: false, live };
        let names = |counts: &[RelationCount]| -> Vec<String> {
            counts.iter().map(|count| count.relation.clone()).collect()
        };
        assert_eq!(names(&compare(&mut report, &totals)), ["issues", "labels"]);
        report.counts.insert(MEMBERS.into(), 9);
        let counts = compare(&mut report, &totals);
        assert_eq!(names(&counts), ["issues", MEMBERS, "labels"]);
        assert!(counts[1].note.as_ref().is_some_and(|note| note.contains("direct members")), "{counts:?}");
        assert!(
            counts[2].note.as_ref().is_some_and(|note| note.contains("does not report this count")),
            "{counts:?}"
        );
        assert_eq!(report.verdict, Verdict::Importable, "{:?}", report.problems);
    }
}
