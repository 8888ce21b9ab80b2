//! Parses the diagram in `src/lib.rs`: which arrows it draws.

use std::collections::{BTreeMap, BTreeSet};

/// Each module with the modules that it may use.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Parses the diagram between the fences of the crate's documentation. An arrow leads from the words at its start to
/// the words at its end, along `─ │ ┬ ├ └ ┴ ┼`; `(uses a, b)` after a module adds further arrows, and `(used by all)`
/// adds one from each module.
pub fn arrows(documentation: &str) -> Arrows {
    let lines = documentation.lines().filter_map(|line| line.strip_prefix("//!"));
    let drawn =
        lines.skip_while(|line| line.trim() != "```text").skip(1).take_while(|line| line.trim() != "```");
    let grid: Vec<Vec<char>> = drawn.map(|line| line.chars().collect()).collect();
    let mut arrows = Arrows::new();
    let mut for_all = BTreeSet::new();
    for (row, line) in grid.iter().enumerate() {
        let mut last = Vec::new();
        for tip in (0..line.len()).filter(|at| line[*at] == '>') {
            let targets = words_at(line, tip + 2);
            for source in sources(&grid, row, tip - 1) {
                arrows.entry(source).or_default().extend(targets.iter().cloned());
            }
            last = targets;
        }
        let text: String = line.iter().collect();
        for part in text.split('(').skip(1) {
            let inner = part.split(')').next().unwrap_or_default();
            for saying in inner.split(';').map(str::trim) {
                if saying == "used by all" {
                    for_all.extend(last.iter().cloned());
                }
                let used = saying.strip_prefix("uses ").filter(|used| !used.starts_with("nothing"));
                for source in last.iter().filter(|_| used.is_some()) {
                    let used = used.unwrap_or_default().split(',').map(|word| word.trim().to_owned());
                    arrows.entry(source.clone()).or_default().extend(used);
                }
            }
        }
        for module in last {
            arrows.entry(module).or_default();
        }
    }
    for (module, uses) in &mut arrows {
        uses.extend(for_all.iter().filter(|all| *all != module).cloned());
    }
    arrows
}

/// The comma-separated words around or after column `at`.
fn words_at(line: &[char], at: usize) -> Vec<String> {
    let is_word = |letter: &char| letter.is_ascii_lowercase() || *letter == '_' || *letter == ',';
    let belongs = |at: usize| {
        line.get(at)
            .is_some_and(|letter| is_word(letter) || (*letter == ' ' && at > 0 && line[at - 1] == ','))
    };
    let mut start = at;
    while start > 0 && belongs(start - 1) {
        start -= 1;
    }
    let end = (at..line.len()).find(|at| !belongs(*at)).unwrap_or(line.len());
    let text: String = line[start..end].iter().collect();
    text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

/// Where the line that ends at this position starts, going left and up.
fn sources(grid: &[Vec<char>], row: usize, column: usize) -> BTreeSet<String> {
    let (mut found, mut open, mut seen) = (BTreeSet::new(), vec![(row, column)], BTreeSet::new());
    while let Some((row, column)) = open.pop() {
        if !seen.insert((row, column)) {
            continue;
        }
        let here = grid[row].get(column).copied().unwrap_or(' ');
        match here {
            '─' | '┬' | '┴' | '┼' if column > 0 => open.push((row, column - 1)),
            '─' | '┬' | '┴' | '┼' | '│' | '├' | '└' => {}
            ' ' if column > 0 => found.extend(words_at(&grid[row], column - 1)),
            _ => found.extend(words_at(&grid[row], column)),
        }
        if matches!(here, '│' | '├' | '└' | '┴' | '┼') && row > 0 {
            open.push((row - 1, column));
        }
    }
    found
}

#[test]
fn lines_are_followed_from_their_ends() {
    let drawn = "\
//! ```text
//! main ─> cli, gui ─> engine ─┬─> gitlab    the wire             (uses nothing of ours)
//!            │                ├─> store     one file per table   (uses case)
//!            │                ├─> platform  the systems          (uses nothing; used by all)
//!            ├────────────────┼─> texts     macros               (uses case)
//!            └────────────────┴─> case      pure                 (uses nothing)
//! ```";
    let arrows = arrows(drawn);
    let of = |module: &str| arrows[module].iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    assert_eq!(of("main"), "cli gui platform");
    for front in ["cli", "gui"] {
        assert_eq!(of(front), "case engine platform texts");
    }
    assert_eq!(of("engine"), "case gitlab platform store texts");
    assert_eq!((of("store"), of("texts")), ("case platform".into(), "case platform".into()));
    assert_eq!(
        (of("gitlab"), of("case"), of("platform")),
        ("platform".into(), "platform".into(), String::new())
    );
}
