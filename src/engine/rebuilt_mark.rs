//! The text that a rebuilt archive has in its header ([`Report::mark`]): what it was rebuilt from and what it lacks. So
//! whoever verifies or imports the file, on any computer, learns that it is not GitLab's own.

use serde::{Deserialize, Serialize};

use crate::archive::{MOST_MARK_BYTES, Problem, ProblemCode, Report};
use crate::case::{PartLeftOut, RebuiltFrom, format};

const FORMAT: u32 = 1;
/// How many lines of each list are written and read.
const MOST_LINES: usize = 50;
/// How much of a line is read: anybody can write such a text.
const MOST_CHARS: usize = 400;

/// Which part of a set an archive is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkedPart {
    Base,
    /// A slice of this relation.
    Slice(String),
}

#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    #[serde(rename = "export_desk")]
    format: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<MarkedPart>,
    rebuilt: RebuiltFrom,
}

/// The text for an archive that is about to be built.
pub fn text(rebuilt: &RebuiltFrom, part: Option<MarkedPart>) -> Vec<u8> {
    let mut mark = Mark { format: FORMAT, part, rebuilt: rebuilt.clone() };
    bounded(&mut mark.rebuilt);
    let written = |mark: &Mark| serde_json::to_vec(mark).unwrap_or_default();
    let text = written(&mark);
    if text.len() <= MOST_MARK_BYTES {
        return text;
    }
    // Words of GitLab can be long: then the numbers are written alone.
    let count = rebuilt.gaps.len() as u64;
    mark.rebuilt = RebuiltFrom {
        exported_at: rebuilt.exported_at.clone(),
        gaps: if count > 0 { vec![format::number_of(count, "part", "parts") + "."] } else { Vec::new() },
        left_out_more: rebuilt.left_out_more + rebuilt.left_out.len() as u64,
        members: rebuilt.members,
        ..RebuiltFrom::default()
    };
    written(&mark)
}

/// Reads the archive's text, and adds what it says to the report. `in_set` is whether the archive is imported as a part
/// of its set, so that nobody needs to be told.
pub fn apply(report: &mut Report, in_set: bool) -> Option<RebuiltFrom> {
    let mark: Mark = serde_json::from_str(report.mark.as_deref()?).ok()?;
    let Mark { format: FORMAT, part, mut rebuilt } = mark else { return None };
    bounded(&mut rebuilt);
    if !report.verdict.may_import() {
        return Some(rebuilt);
    }
    report.add_problem(Problem::new(ProblemCode::Rebuilt, None, rebuilt.sentence()));
    for gap in rebuilt.gaps.iter().rev() {
        report.add_problem(Problem::new(
            ProblemCode::RebuiltWithGap,
            None,
            format!("Missing since the archive was rebuilt: {gap}"),
        ));
    }
    let told = match part.filter(|_| !in_set) {
        None => return Some(rebuilt),
        Some(MarkedPart::Base) => {
            "This is the first archive of a set: the merge requests and pipelines are in the other archives."
                .to_owned()
        }
        Some(MarkedPart::Slice(relation)) => {
            format!("This is a part of a set: of the project it has only records of {}.", plain(&relation))
        }
    };
    report.add_problem(Problem::new(ProblemCode::SetPart, None, told));
    Some(rebuilt)
}

/// Shortens the lists and lines, and leaves control characters out.
fn bounded(rebuilt: &mut RebuiltFrom) {
    let RebuiltFrom { exported_at, gaps, parts, filled, left_out, left_out_more, notes, .. } = rebuilt;
    *exported_at = exported_at.as_deref().map(plain);
    for lines in [gaps, parts, filled] {
        let more = lines.len().saturating_sub(MOST_LINES) as u64;
        lines.truncate(MOST_LINES);
        for line in lines.iter_mut() {
            *line = plain(line);
        }
        lines.extend((more > 0).then(|| format::number_of(more, "more part", "more parts") + "."));
    }
    *left_out_more += left_out.len().saturating_sub(MOST_LINES) as u64;
    left_out.truncate(MOST_LINES);
    for PartLeftOut { relation, name, why } in left_out {
        (*relation, *why) = (plain(relation), plain(why));
        *name = name.as_deref().map(plain);
    }
    notes.clear();
}

fn plain(line: &str) -> String {
    line.chars().take(MOST_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(mark: &[u8]) -> Report {
        serde_json::from_value(serde_json::json!({
            "verdict": "importable", "bytes": 7, "sha256": "00", "unpacked_bytes": 9, "format_version": null,
            "gitlab_version": null, "gitlab_revision": null, "counts": {}, "problems": [],
            "problems_left_off": 0, "members": { "entries": [], "left_off": 0, "files": 0, "bytes": 0 },
            "lfs_objects": 0, "bundles": [], "mark": String::from_utf8_lossy(mark),
        }))
        .unwrap()
    }

    #[test]
    fn an_archive_without_gaps_is_rebuilt_and_loses_nothing() {
        let rebuilt =
            RebuiltFrom { exported_at: Some("2026-11-20T10:00:00Z".into()), ..RebuiltFrom::default() };
        let mut seen = report(&text(&rebuilt, None));
        assert_eq!(apply(&mut seen, false), Some(rebuilt));
        assert_eq!(seen.verdict.as_str(), "importable");
        assert!(seen.sentence().contains("Export Desk rebuilt it") && !seen.sentence().contains("complete"));
        // A text of somebody else, or of a later version, is none.
        for odd in [b"{}".as_slice(), b"[", b"{\"export_desk\":9,\"rebuilt\":{}}"] {
            assert_eq!(apply(&mut report(odd), false), None);
        }
    }

    #[test]
    fn a_text_keeps_its_limit_whatever_is_missing() {
        let long = "x".repeat(MOST_CHARS - 1);
        let part = || PartLeftOut { relation: "uploads".into(), name: Some(long.clone()), why: long.clone() };
        let rebuilt = RebuiltFrom {
            gaps: vec![long.clone(); 1000],
            filled: vec![long.clone(); 3],
            left_out: std::iter::repeat_with(part).take(1000).collect(),
            ..RebuiltFrom::default()
        };
        let written = text(&rebuilt, None);
        assert!(!written.is_empty() && written.len() <= MOST_MARK_BYTES, "{}", written.len());
        let mut seen = report(&written);
        let back = apply(&mut seen, false).unwrap();
        assert_eq!((back.gaps, back.left_out_more), (vec!["1,000 parts.".to_owned()], 1000));
        assert!(seen.sentence().contains("data is missing in it"), "{}", seen.sentence());
    }

    /// Anybody can write such a text: its words are shortened and stay on their line.
    #[test]
    fn the_words_of_others_are_shortened() {
        let rebuilt = RebuiltFrom { gaps: vec!["a\u{1b}[2J\nb".repeat(500)], ..RebuiltFrom::default() };
        let mark = Mark { format: FORMAT, part: Some(MarkedPart::Slice("\n".into())), rebuilt };
        let mut seen = report(&serde_json::to_vec(&mark).unwrap());
        apply(&mut seen, false).unwrap();
        for problem in &seen.problems {
            assert!(problem.message.chars().count() < MOST_CHARS + 100, "{}", problem.message);
            assert!(!problem.message.chars().any(char::is_control), "{:?}", problem.message);
        }
        let mut in_set = report(&serde_json::to_vec(&mark).unwrap());
        apply(&mut in_set, true).unwrap();
        assert!(seen.has(ProblemCode::SetPart) && !in_set.has(ProblemCode::SetPart));
    }
}
