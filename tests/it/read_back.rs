//! No code parses the program's own messages, and each front end uses only its own terms.

use proc_macro2::{TokenStream, TokenTree};

use crate::tidy::source::{of_files, program};
use crate::words::{sentence, sentences_of};

/// Modules whose sentences the window may show. The command line has terms of its own.
const SHOWN: [&str; 8] = ["archive", "case", "download", "engine", "gitlab", "gui", "store", "texts"];

/// Files whose sentences the window never shows.
const NOT_SHOWN: [(&str, &str); 3] = [
    ("src/case/hint.rs", "what the version before kept in a database, read once"),
    ("src/gui/display.rs", "printed in a terminal, where no window can be opened"),
    ("src/gui/mod.rs", "printed in a terminal, where no window can be opened"),
];

#[test]
fn the_window_names_no_option_and_no_variable() {
    let mut faults = Vec::new();
    let mut read = 0;
    for (path, said) in sentences_of(&SHOWN) {
        if NOT_SHOWN.iter().any(|(file, _)| path.ends_with(file)) {
            continue;
        }
        read += said.len();
        for sentence in said.iter().filter(|sentence| is_of_a_terminal(sentence)) {
            faults.push(format!("{}: {sentence}", path.display()));
        }
    }
    assert!(read > 500, "only {read} sentences were read");
    assert!(faults.is_empty(), "a Hint says it for each front end: {faults:#?}");
}

#[test]
fn a_lesson_names_no_option() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/practice")).unwrap() {
        let path = entry.unwrap().path();
        let lesson: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for key in ["title", "teaches", "steps", "after"] {
            let said = lesson.get(key).map(ToString::to_string).unwrap_or_default();
            assert!(!is_of_a_terminal(&said), "{}: {said}", path.display());
        }
    }
}

/// Whether a sentence names an option such as `--anyway`, an environment variable or a command.
fn is_of_a_terminal(sentence: &str) -> bool {
    let option =
        sentence.split("--").skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_lowercase()));
    let of_ours = ["EXPORT_DESK_", "GITLAB_TOKEN", "`export-desk ", "`import ", "`check`"];
    option || of_ours.iter().any(|word| sentence.contains(word))
}

#[test]
fn a_terminal_is_known_by_its_words() {
    for sentence in
        ["Say --anyway.", "Set EXPORT_DESK_TOKEN.", "See `export-desk case list`.", "Use `import remote`."]
    {
        assert!(is_of_a_terminal(sentence), "{sentence}");
    }
    for sentence in ["| --- | --- |", "-----BEGIN CERTIFICATE-----", "GitLab says `started`.", "a -- b"] {
        assert!(!is_of_a_terminal(sentence), "{sentence}");
    }
}

/// Modules in which a text may be one of our own. `case` and `texts` read what people type, `gitlab` what GitLab
/// sends.
const READING: [&str; 5] = ["cli", "download", "engine", "gui", "store"];

/// Methods that search a text.
const LOOKS: [&str; 10] = [
    "contains",
    "ends_with",
    "eq_ignore_ascii_case",
    "find",
    "matches",
    "replace",
    "split_once",
    "starts_with",
    "strip_prefix",
    "strip_suffix",
];

/// Fields and texts that contain a sentence for a person.
const SENTENCES: [&str; 3] = ["headline", "hint", "sentence"];

#[test]
fn no_code_reads_our_own_sentences() {
    let mut faults = Vec::new();
    for source in program() {
        if source.module.first().is_some_and(|room| READING.contains(&room.as_str())) {
            let path = source.path.display();
            looks_into_sentences(source.tokens, &mut |what| faults.push(format!("{path}: {what}")));
        }
    }
    assert!(faults.is_empty(), "pass on what was known, as data: {faults:#?}");
}

fn looks_into_sentences(tokens: TokenStream, fault: &mut impl FnMut(String)) {
    let mut before = [String::new(), String::new(), String::new()];
    for token in tokens {
        let word = token.to_string();
        if let TokenTree::Group(group) = token {
            let inside = group.stream();
            let [of, dot, method] = &before;
            if dot == "." && LOOKS.contains(&method.as_str()) {
                let first = inside.clone().into_iter().next().map(|token| token.to_string());
                // A text that starts a certificate is no message of ours.
                let said = first.as_deref().and_then(sentence);
                let of_sentence = said.is_some_and(|text| !text.starts_with("-----"));
                if of_sentence || SENTENCES.contains(&of.as_str()) {
                    fault(format!("{of}.{method}({inside})"));
                }
            }
            looks_into_sentences(inside, fault);
        }
        before.rotate_left(1);
        before[2] = word;
    }
}

#[test]
fn code_that_reads_a_sentence_is_found() {
    let seen = |code: &str| {
        let mut count = 0;
        for source in of_files(vec![("src/gui/some.rs".into(), code.to_owned())]) {
            looks_into_sentences(source.tokens, &mut |_| count += 1);
        }
        count
    };
    for code in [
        "fn f() { if trouble.headline.contains(url) {} }",
        "fn f() { error.to_string().contains(\"unknown field\") }",
        "fn f() { g(hint.replace(\" in the window\", \"\")) }",
    ] {
        assert_eq!(seen(code), 1, "{code}");
    }
    for code in [
        "fn f() { name.ends_with(\".tar.gz\") }",
        "#[cfg(test)] mod tests { fn f() { trouble.headline.contains(url) } } fn g() {}",
    ] {
        assert_eq!(seen(code), 0, "{code}");
    }
}
