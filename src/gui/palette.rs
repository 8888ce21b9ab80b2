//! Fuzzy search over commands and cases.

/// The score of `query` against `text`: the letters of `query` must occur in order, and score higher at the start of
/// a word or in a row. `None` if a letter is missing; an empty query matches every text.
pub fn fits(query: &str, text: &str) -> Option<i32> {
    let mut score = 0;
    let mut letters = text.chars().flat_map(char::to_lowercase).peekable();
    let mut before = ' ';
    let mut follows = false;
    for wanted in query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase) {
        loop {
            let letter = letters.next()?;
            let begins_word = !before.is_alphanumeric();
            before = letter;
            if letter == wanted {
                score += 1 + if begins_word { 6 } else { 0 } + if follows { 4 } else { 0 };
                follows = true;
                break;
            }
            follows = false;
        }
    }
    // Of two texts with equal matches, the shorter one is preferred.
    Some(score * 100 - text.chars().count().min(99) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_must_be_in_order() {
        assert!(fits("npx", "New case").is_none());
        assert!(fits("nc", "New case").is_some());
        assert!(fits("", "anything").is_some());
        assert!(fits("漢字", "グループ/漢字").is_some());
    }

    #[test]
    fn beginnings_of_words_win() {
        let beginning = fits("pa", "Pause all downloads").unwrap();
        let inside = fits("pa", "Copy a path").unwrap();
        assert!(beginning > inside);
        assert!(fits("down", "Download").unwrap() > fits("down", "Download to…").unwrap());
    }
}
