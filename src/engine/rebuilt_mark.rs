//! The text that a rebuilt archive has in its header ([`Report::mark`]): what it was rebuilt from and what it lacks. So
//! whoever verifies or imports the file, on any computer, learns that it is not GitLab's own.

use serde::{Deserialize, Serialize};

use crate::archive::{MOST_MARK_BYTES, Problem, ProblemCode, Report};
use crate::case::rebuild::RebuildNote;
use crate::case::{PartLeftOut, RebuiltFrom, format};

const FORMAT: u32 = 1;
/// How many lines of each list are written and read.
const MOST_LINES: usize = 50;
/// How much of a line is read: anybody can write such a text.
const MOST_CHARS: usize = 400;
/// How much longer the text may become once the archive is built.
const ROOM_BYTES: usize = 8 << 10;

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
    /// Full path of the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<MarkedPart>,
    rebuilt: RebuiltFrom,
}

/// What an archive says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Full path of the project.
    pub project: Option<String>,
    pub rebuilt: RebuiltFrom,
}

/// The text for an archive that is about to be built, with room for what only the build knows.
pub fn before(of: &Marked, part: Option<MarkedPart>) -> Vec<u8> {
    let mut text = text(of, part, MOST_MARK_BYTES);
    text.resize((text.len() + ROOM_BYTES).min(MOST_MARK_BYTES), b' ');
    text
}

/// The text for an archive that was built with `bytes` of room.
pub fn after(of: &Marked, part: Option<MarkedPart>, bytes: usize) -> Vec<u8> {
    let mut text = text(of, part, bytes);
    text.resize(bytes, b' ');
    text
}

fn text(of: &Marked, part: Option<MarkedPart>, most_bytes: usize) -> Vec<u8> {
    let Marked { project, rebuilt } = of;
    let project = project.as_deref().map(plain);
    let mut mark = Mark { format: FORMAT, project, part, rebuilt: rebuilt.clone() };
    bounded(&mut mark.rebuilt);
    let written = |mark: &Mark| serde_json::to_vec(mark).unwrap_or_default();
    let text = written(&mark);
    if text.len() <= most_bytes {
        return text;
    }
    // Words of GitLab can be long: then the numbers are written alone.
    let count = rebuilt.gaps.len() as u64;
    mark.rebuilt = RebuiltFrom {
        exported_at: mark.rebuilt.exported_at.take(),
        gaps: if count > 0 { vec![format::number_of(count, "part", "parts") + "."] } else { Vec::new() },
        left_out_more: rebuilt.left_out_more + rebuilt.left_out.len() as u64,
        members: rebuilt.members,
        ..RebuiltFrom::default()
    };
    written(&mark)
}

/// Reads the archive's text, and adds what it says to the report. `in_set` is whether the archive is imported as a part
/// of its set, so that nobody needs to be told.
pub fn apply(report: &mut Report, in_set: bool) -> Option<Marked> {
    let text = report.mark.as_deref()?;
    let may_import = report.verdict.may_import();
    let read = serde_json::from_str(text).ok().filter(|mark: &Mark| mark.format == FORMAT);
    let Some(Mark { part, project, mut rebuilt, .. }) = read else {
        // A later version may write it in another way. Nothing says that nothing is missing.
        let unread = "Export Desk rebuilt this archive, but what it says of its gaps cannot be read here.";
        if may_import {
            report.add_problem(Problem::new(ProblemCode::Rebuilt, None, unread));
        }
        return None;
    };
    bounded(&mut rebuilt);
    let marked = Marked { project: project.as_deref().map(plain), rebuilt };
    if !may_import {
        return Some(marked);
    }
    let rebuilt = &marked.rebuilt;
    let whole = rebuilt.left_out.iter().filter(|left| left.name.is_none());
    let names: Vec<_> = whole.map(|left| left.relation.as_str()).collect();
    let without = (!names.is_empty()).then(|| format!("Not in it: {}.", names.join(", ")));
    let notes = rebuilt.notes.iter().map(RebuildNote::sentence);
    let told: Vec<_> = [rebuilt.sentence()].into_iter().chain(without).chain(notes).collect();
    report.add_problem(Problem::new(ProblemCode::Rebuilt, None, told.join(" ")));
    for gap in rebuilt.gaps.iter().rev() {
        report.add_problem(Problem::new(
            ProblemCode::RebuiltWithGap,
            None,
            format!("Missing since the archive was rebuilt: {gap}"),
        ));
    }
    let told = match part.filter(|_| !in_set) {
        None => return Some(marked),
        Some(MarkedPart::Base) => {
            "This is the first archive of a set. GitLab has to import the other archives of the set after it."
                .to_owned()
        }
        Some(MarkedPart::Slice(relation)) => {
            format!("This is a part of a set: of the project it has only records of {}.", plain(&relation))
        }
    };
    report.add_problem(Problem::new(ProblemCode::SetPart, None, told));
    Some(marked)
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
    // Words of others stay where they were written.
    notes.retain(RebuildNote::is_only_numbers);
    notes.truncate(MOST_LINES);
}

/// A line without what could change the text around it: controls, the direction of writing, Markdown and HTML.
fn plain(line: &str) -> String {
    let kept = |c: char| match c {
        '[' => '(',
        ']' => ')',
        '<' | '>' | '`' | '|' => '\'',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    };
    line.chars().take(MOST_CHARS).map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(mark: &[u8]) -> Report {
        Report { mark: Some(String::from_utf8_lossy(mark).into_owned()), ..Report::of_empty() }
    }

    fn marked(rebuilt: RebuiltFrom) -> Marked {
        Marked { project: Some("acme/webshop".into()), rebuilt }
    }

    #[test]
    fn an_archive_without_gaps_is_rebuilt_and_loses_nothing() {
        let rebuilt =
            RebuiltFrom { exported_at: Some("2026-11-20T10:00:00Z".into()), ..RebuiltFrom::default() };
        let room = before(&marked(rebuilt.clone()), None);
        let mut seen = report(&room);
        assert_eq!(apply(&mut seen, false), Some(marked(rebuilt.clone())));
        // The build knows more, and its text is as long.
        let notes = vec![RebuildNote::DeployKeyRows { rows: 2 }, RebuildNote::Said("of this disk".into())];
        let whole = after(&marked(RebuiltFrom { notes, ..rebuilt.clone() }), None, room.len());
        assert_eq!(whole.len(), room.len());
        let mut known = report(&whole);
        let back = apply(&mut known, false).unwrap().rebuilt.notes;
        assert_eq!(back, [RebuildNote::DeployKeyRows { rows: 2 }]);
        let told = &known.problems[0].message;
        assert!(told.contains(&back[0].sentence()) && !told.contains("of this disk"), "{told}");
        assert_eq!(seen.verdict.as_str(), "importable");
        assert!(seen.sentence().contains("Export Desk rebuilt it") && !seen.sentence().contains("complete"));
        // A text that cannot be read, as that of a later version, is no proof that nothing is missing.
        for odd in [b"{}".as_slice(), b"[", b"{\"export_desk\":9,\"rebuilt\":{}}"] {
            let mut seen = report(odd);
            assert_eq!(apply(&mut seen, false), None);
            assert!(seen.has(ProblemCode::Rebuilt) && !seen.sentence().contains("complete"), "{seen:?}");
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
        let written = before(&marked(rebuilt), None);
        assert!(!written.is_empty() && written.len() <= MOST_MARK_BYTES, "{}", written.len());
        let mut seen = report(&written);
        let back = apply(&mut seen, false).unwrap().rebuilt;
        assert_eq!((back.gaps, back.left_out_more), (vec!["1,000 parts.".to_owned()], 1000));
        assert!(seen.sentence().contains("data is missing in it"), "{}", seen.sentence());
    }

    /// Anybody can write such a text: its words are shortened and stay on their line.
    #[test]
    fn the_words_of_others_are_shortened() {
        let rebuilt = RebuiltFrom {
            gaps: vec!["a\u{1b}[2J\nb\u{202e}<b>[x](y)".repeat(500)],
            ..RebuiltFrom::default()
        };
        let mark =
            Mark { format: FORMAT, project: None, part: Some(MarkedPart::Slice("\n".into())), rebuilt };
        let mut seen = report(&serde_json::to_vec(&mark).unwrap());
        apply(&mut seen, false).unwrap();
        for problem in &seen.problems {
            assert!(problem.message.chars().count() < MOST_CHARS + 100, "{}", problem.message);
            assert!(
                !problem.message.contains(['\n', '\u{1b}', '\u{202e}', '<', '[']),
                "{:?}",
                problem.message
            );
        }
        let mut in_set = report(&serde_json::to_vec(&mark).unwrap());
        apply(&mut in_set, true).unwrap();
        assert!(seen.has(ProblemCode::SetPart) && !in_set.has(ProblemCode::SetPart));
    }
}
