//! The search over commands, cases and lessons.

/// The score of a place where a word of the query begins a word of the text.
const BEGINS: i32 = 6;

/// The score of `query` against `text`: each word of the query must occur, and scores higher at the start of a word.
/// A query without such a place may be the initials of the words. `None` if neither fits; an empty query fits every
/// text.
pub fn fits(query: &str, text: &str) -> Option<i32> {
    let text = lower(text);
    let words = query.split_whitespace().map(|word| score_of(&lower(word), &text));
    let score = words.sum::<Option<i32>>().or_else(|| is_initials(query, &text).then_some(1))?;
    // Of two texts with equal matches, the shorter one is preferred.
    Some(score * 100 - text.len().min(99) as i32)
}

/// Whether each word of the query begins a word of the text, where `score` is their score: not the initials, and not
/// letters inside of words.
pub fn is_close(query: &str, score: i32) -> bool {
    let words = i32::try_from(query.split_whitespace().count()).unwrap_or(i32::MAX);
    // 100 points for each point of a place, less at most 99 for the length of the text.
    score > words.saturating_mul(100 * BEGINS) - 100
}

fn lower(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Whether a word of the text may begin here, or the word before has ended.
fn is_edge(text: &[char], at: usize) -> bool {
    let letter = |at: usize| text.get(at).is_some_and(|c| c.is_alphanumeric());
    at == 0 || !letter(at - 1) || !letter(at)
}

/// The score of the best place of one word of the query.
fn score_of(word: &[char], text: &[char]) -> Option<i32> {
    let places = text.windows(word.len()).enumerate().filter(|(_, here)| *here == word);
    places
        .map(|(at, _)| match (is_edge(text, at), is_edge(text, at + word.len())) {
            (true, true) => 8 + i32::from(at == 0),
            (true, false) => BEGINS + i32::from(at == 0),
            (false, _) => 2,
        })
        .max()
}

/// Whether the query is made of the beginnings of some words, in their order: "nc" or "newc" for "New case".
fn is_initials(query: &str, text: &[char]) -> bool {
    let query: Vec<char> = lower(query).into_iter().filter(|c| !c.is_whitespace()).collect();
    // `reached[n]` says that the first `n` letters fit the words so far.
    let mut reached = vec![false; query.len() + 1];
    reached[0] = true;
    for word in text.split(|c| !c.is_alphanumeric()) {
        // From the end, so that one word is used once.
        for from in (0..query.len()).rev() {
            if reached[from] {
                let common = query[from..].iter().zip(word).take_while(|(a, b)| a == b).count();
                reached[from + 1..=from + common].fill(true);
            }
        }
    }
    reached[query.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_must_be_in_order() {
        assert!(fits("npx", "New case").is_none());
        assert!(fits("nc", "New case").is_some());
        assert!(fits("newc", "New case").is_some());
        assert!(fits("cn", "New case").is_none());
        assert!(fits("", "anything").is_some());
        assert!(fits("漢字", "グループ/漢字").is_some());
        assert!(fits("acme/web", "acme/webshop").is_some());
    }

    #[test]
    fn letters_that_only_occur_somewhere_do_not_match() {
        assert!(fits("silent", "Go to settings").is_none());
        assert!(fits("silent", "Lesson: An export that disappears").is_none());
        assert!(fits("start export", "Lesson: Too large to export").is_none());
        assert!(fits("start export", "Start the export").is_some());
        assert!(fits("export start", "Start the export").is_some(), "in any order");
    }

    #[test]
    fn initials_and_letters_inside_of_words_are_not_close() {
        let close = |query: &str, text: &str| is_close(query, fits(query, text).unwrap());
        assert!(close("rebuild", "Rebuild the archive") && close("reb arch", "Rebuild the archive"));
        assert!(!close("nc", "New case") && !close("port", "Import an archive"));
        assert!(!close("the port", "Import the archive"), "one word of the two");
    }

    #[test]
    fn beginnings_of_words_win() {
        let beginning = fits("pa", "Pause all downloads").unwrap();
        let inside = fits("pa", "Copy a path").unwrap();
        assert!(beginning > inside);
        assert!(fits("down", "Download").unwrap() > fits("down", "Download to…").unwrap());
        assert!(fits("port", "Port of the proxy").unwrap() > fits("port", "Import a project").unwrap());
        assert!(fits("export", "Start the export").unwrap() > fits("export", "Exporters").unwrap());
    }

    #[test]
    fn long_texts_of_one_letter_are_searched_at_once() {
        let text = "aaaaaaaaaa ".repeat(200);
        assert!(fits(&"a".repeat(300), &text).is_some());
        assert!(fits(&format!("{}b", "a".repeat(300)), &text).is_none());
    }
}
