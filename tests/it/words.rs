//! Every sentence a person may meet, in one file to be read from end to end: `tests/words.txt`. It is taken from the
//! sources, so that nobody keeps it by hand; `UPDATE_WORDS=1 cargo test --test it words` renews it. The texts for
//! tickets are `assets/texts/`, the lessons `assets/practice/`, and the help of the commands the pages in
//! `packaging/man/`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::tidy::sources;

const KEPT: &str = "tests/words.txt";

/// Where sentences for people are made. The others speak to machines, or play GitLab.
const SPEAKING: [&str; 7] =
    ["src/archive", "src/case", "src/cli", "src/download", "src/engine", "src/gui", "src/texts"];

/// What these macros are given goes to developers.
const UNSEEN: [&str; 13] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "error",
    "info",
    "matches",
    "panic",
    "trace",
    "unreachable",
    "warn",
];

/// Words of programmers, and words that say nothing.
const JARGON: [&str; 21] = [
    "backend",
    "boolean",
    "callback",
    "deserialize",
    "deserialized",
    "endpoint",
    "enum",
    "exception",
    "failure occurred",
    "illegal",
    "instantiate",
    "invalid",
    "mutex",
    "oops",
    "parse error",
    "payload",
    "sorry",
    "stack trace",
    "unhandled",
    "unwrap",
    "whitelist",
];

#[test]
fn every_sentence_stands_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    for (path, said) in sentences_of(&SPEAKING) {
        if !said.is_empty() {
            writeln!(text, "== {}", path.display()).unwrap();
            for sentence in &said {
                writeln!(text, "{sentence}").unwrap();
            }
            text.push('\n');
        }
    }
    let lower = text.to_lowercase();
    let found: Vec<_> = JARGON.into_iter().filter(|word| has_word(&lower, word)).collect();
    assert!(found.is_empty(), "nobody should have to read these words: {found:?}");
    let kept = root.join(KEPT);
    if std::env::var_os("UPDATE_WORDS").is_some() {
        fs::write(&kept, &text).unwrap();
    }
    assert!(fs::read_to_string(&kept).unwrap_or_default() == text, "set UPDATE_WORDS=1 and read {KEPT}");
}

/// What each file of these folders says to people, tests left out.
pub fn sentences_of(folders: &[&str]) -> Vec<(PathBuf, BTreeSet<String>)> {
    let said = |(path, tokens)| {
        let mut said = BTreeSet::new();
        sentences(tokens, &mut said);
        (path, said)
    };
    code_of(folders).into_iter().map(said).collect()
}

/// The files of these folders that are not for tests alone.
pub fn code_of(folders: &[&str]) -> Vec<(PathBuf, TokenStream)> {
    let files = folders.iter().flat_map(|folder| sources(folder));
    let mut files: Vec<(PathBuf, TokenStream)> =
        files.map(|(path, text)| (path, text.parse().unwrap())).collect();
    let mut tests = Vec::new();
    for (path, tokens) in &files {
        modules_of_tests(path, tokens, &mut tests);
    }
    files.retain(|(path, _)| !tests.iter().any(|module| path.with_extension("").starts_with(module)));
    files
}

fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + word.len()..].chars().next())
    })
}

/// The modules in other files that only tests see, without their extension.
fn modules_of_tests(path: &Path, tokens: &TokenStream, found: &mut Vec<PathBuf>) {
    let base = match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod" | "lib") => path.parent().unwrap().to_owned(),
        _ => path.with_extension(""),
    };
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        if !is_of_tests(token) {
            continue;
        }
        let item = tokens[at + 1..].iter().take_while(|token| !is_end(token)).map(ToString::to_string);
        let words: Vec<String> = item.collect();
        if let Some(place) = words.iter().position(|word| word == "mod") {
            found.push(base.join(&words[place + 1]));
        }
    }
}

/// The brackets of `#[cfg(test)]`.
pub fn is_of_tests(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket
        && group.stream().to_string().replace(' ', "").starts_with("cfg(test"))
}

/// The end of an item.
pub fn is_end(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

fn sentences(tokens: TokenStream, said: &mut BTreeSet<String>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut before = (String::new(), String::new());
    while let Some(token) = tokens.next() {
        let word = token.to_string();
        match token {
            TokenTree::Group(group) if before.1 == "#" => {
                if is_of_tests(&TokenTree::Group(group)) {
                    while tokens.next().is_some_and(|token| !is_end(&token)) {}
                }
            }
            TokenTree::Group(_) if before == ("#".to_owned(), "!".to_owned()) => {}
            TokenTree::Group(_) if before.1 == "!" && UNSEEN.contains(&before.0.as_str()) => {}
            TokenTree::Group(group) => sentences(group.stream(), said),
            TokenTree::Literal(literal) => said.extend(sentence(&literal.to_string())),
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
        before = (before.1, word);
    }
}

/// What a literal says, if it says more than a word.
pub fn sentence(literal: &str) -> Option<String> {
    let raw = literal.starts_with('r');
    let inner = literal.trim_start_matches('r').trim_matches('#').strip_prefix('"')?.strip_suffix('"')?;
    let text = if raw { inner.to_owned() } else { plain(inner) };
    let words = text.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1);
    (words.count() > 1).then(|| text.replace('\n', "⏎"))
}

fn plain(escaped: &str) -> String {
    let mut text = String::new();
    let mut letters = escaped.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some('\n') => while letters.next_if(|next| next.is_whitespace()).is_some() {},
                Some('u') => {
                    let code: String = letters.by_ref().skip(1).take_while(|next| *next != '}').collect();
                    text.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
                }
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}
