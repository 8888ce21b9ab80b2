//! The lines in which GitLab's upstream text and ours differ.

use similar::{ChangeTag, TextDiff};

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// Both texts have the line.
    Same(String),
    /// Only our text has the line.
    Ours(String),
    /// Only the upstream text has the line.
    Theirs(String),
}

/// Compares two texts line by line, in reading order.
pub fn difference(ours: &str, theirs: &str) -> Vec<DiffLine> {
    let text = |change: similar::Change<&str>| change.value().trim_end_matches(['\r', '\n']).to_owned();
    TextDiff::from_lines(ours, theirs)
        .iter_all_changes()
        .map(|change| match change.tag() {
            ChangeTag::Equal => DiffLine::Same(text(change)),
            ChangeTag::Delete => DiffLine::Ours(text(change)),
            ChangeTag::Insert => DiffLine::Theirs(text(change)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_distinguished() {
        let (ours, theirs) = ("Hi,\none attempt\nBye\n", "Hi,\na single attempt\nBye\nSupport");
        assert_eq!(
            difference(ours, theirs),
            [
                DiffLine::Same("Hi,".into()),
                DiffLine::Ours("one attempt".into()),
                DiffLine::Theirs("a single attempt".into()),
                DiffLine::Same("Bye".into()),
                DiffLine::Theirs("Support".into()),
            ]
        );
        assert_eq!(difference("", ""), []);
    }
}
