//! Every sentence that a person may see, in one file that can be read from start to end: `tests/words.txt`. It is
//! generated from the sources and the assets; `UPDATE_WORDS=1 cargo test --test it words` renews it. It is grouped by
//! file, in the order of the file, each sentence after the item that contains it.

mod lists;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

use self::lists::{
    ASSETS, JARGON, OF_MACHINES, OLD_WORDS_ARE_DATA, RETIRED, RETIRED_IN_NAMES, UNSEEN, WITH_LABELS,
    WITH_SENTENCES,
};
use crate::tidy::source::{Source, brace, is_punct, program, sources};

const SNAPSHOT: &str = "tests/words.txt";

#[test]
fn no_retired_word_is_left() {
    let mut found = Vec::new();
    let mut judge = |path: &Path, item: &str, said: &str| {
        let lower = said.to_lowercase();
        let is_data = OLD_WORDS_ARE_DATA
            .iter()
            .any(|(file, of)| path == Path::new(file) && format!("{item}: ").starts_with(of));
        if !is_data && let Some(word) = RETIRED.into_iter().find(|word| has_word(&lower, word)) {
            found.push(format!("{} says “{word}”: {said}", path.display()));
        }
    };
    for source in program() {
        for (item, said) in sentences_in(&source) {
            judge(&source.path, &item, &said);
        }
        let module = source.module.first().map_or("", String::as_str);
        if WITH_LABELS.contains(&module) {
            for (item, word) in read(&source, string) {
                if !says_more_than_a_word(&word) && !is_name(module, &word) {
                    judge(&source.path, &item, &word);
                }
            }
        }
    }
    for (path, lines) in assets() {
        let is_code = |line: &&String| line.starts_with("done_when") || line.starts_with("{%");
        let said = lines.iter().filter(|line| !is_code(line));
        said.for_each(|line| judge(&path, "", line));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_test_is_named_with_a_retired_word() {
    let mut found = Vec::new();
    for (path, text) in ["src", "tests"].into_iter().flat_map(sources) {
        for name in text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next()) {
            let plain = name.replace('_', " ");
            let mut retired = RETIRED.into_iter().chain(RETIRED_IN_NAMES);
            if plain.split(' ').count() > 3
                && let Some(word) = retired.find(|word| has_word(&plain, word))
            {
                found.push(format!("{}: {name} has “{word}”", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Keys of the window's settings, which nobody reads.
const KEYS: [&str; 2] = ["rehearsal", "transfers"];

/// Whether the word is a name that keeps its spelling: a key of the window's settings, or elsewhere a name in JSON, in
/// the database or of a command, which is written in small letters.
fn is_name(module: &str, word: &str) -> bool {
    if module == "gui" {
        return KEYS.contains(&word);
    }
    word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-".contains(letter))
}

#[test]
fn words_txt_is_complete() {
    let mut text = String::new();
    for source in program() {
        let spoken = sentences_in(&source);
        group(
            &mut text,
            &source.path,
            spoken.into_iter().map(|(item, sentence)| format!("{item}: {sentence}")),
        );
    }
    let lower = text.to_lowercase();
    let found: Vec<_> = JARGON.into_iter().filter(|word| has_word(&lower, word)).collect();
    assert!(found.is_empty(), "these words are jargon: {found:?}");
    for (path, lines) in assets() {
        group(&mut text, &path, lines.into_iter());
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(SNAPSHOT);
    if std::env::var_os("UPDATE_WORDS").is_some() {
        fs::write(&kept, &text).unwrap();
    }
    assert!(fs::read_to_string(&kept).unwrap_or_default() == text, "set UPDATE_WORDS=1 and read {SNAPSHOT}");
}

/// Whether a sentence has the words of one system and not those of the others.
fn is_of_one_system(sentence: &str) -> bool {
    const WORDS: [&str; 9] = [
        "Ctrl",
        "apt install",
        "ca-certificates",
        "Debian",
        "keyring",
        "keychain",
        "Keychain",
        "Credential Manager",
        "System Settings",
    ];
    let rest = sentence.replace("(keyring, keychain or Credential Manager)", "");
    WORDS.iter().any(|word| rest.contains(word))
}

/// A person on one system reads no words of another: sentences take them from `platform`. Help and manual pages are the
/// same everywhere and say what each system calls its own.
#[test]
fn only_the_platform_has_words_of_one_system() {
    // A sentence of an earlier version, which this one still recognizes.
    const EARLIER: &str = "Unlock the keyring and try again, or set EXPORT_DESK_TOKEN.";
    let mut found = Vec::new();
    for source in
        program().into_iter().filter(|source| source.module.first().is_none_or(|room| room != "platform"))
    {
        for (item, sentence) in sentences_in(&source) {
            if sentence != EARLIER && is_of_one_system(&sentence) {
                found.push(format!("{} {item}: {sentence}", source.path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(
        is_of_one_system("Keeps the token in the OS keyring") && is_of_one_system("Open Keychain Access")
    );
    assert!(!is_of_one_system(
        "Keeps the token in the password store (keyring, keychain or Credential Manager)"
    ));
}

/// The sentences of each file of these modules, without tests.
pub fn sentences_of(modules: &[&str]) -> Vec<(PathBuf, BTreeSet<String>)> {
    let said = |source: &Source| sentences_in(source).into_iter().map(|(_, sentence)| sentence).collect();
    let all = program();
    let ours = all.iter().filter(|source| {
        source.module.first().is_some_and(|module_name| modules.contains(&module_name.as_str()))
    });
    ours.map(|source| (source.path.clone(), said(source))).collect()
}

/// Appends one file with its sentences.
fn group(text: &mut String, path: &Path, lines: impl Iterator<Item = String>) {
    let mut seen = BTreeSet::new();
    let lines: Vec<String> = lines.filter(|line| seen.insert(line.clone())).collect();
    if !lines.is_empty() {
        writeln!(text, "== {}\n{}\n", path.display(), lines.join("\n")).unwrap();
    }
}

/// The lines of the assets that contain text.
fn assets() -> Vec<(PathBuf, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for asset in ASSETS {
        match fs::read_dir(root.join(asset)) {
            Ok(folder) => paths.extend(folder.map(|entry| Path::new(asset).join(entry.unwrap().file_name()))),
            Err(_) => paths.push(asset.into()),
        }
    }
    paths.sort();
    let lines = |path: &PathBuf| -> Vec<String> {
        let text = fs::read_to_string(root.join(path)).unwrap();
        // The comments of the lessons are not shown.
        let is_shown = |line: &&str| !(path.starts_with("assets/practice") && line.starts_with('#'));
        let lines = text.lines().map(str::trim).filter(is_shown);
        lines.filter(|line| says_more_than_a_word(line)).map(str::to_owned).collect()
    };
    paths.into_iter().map(|path| (path.clone(), lines(&path))).collect()
}

#[test]
fn errors_help_and_sentences_are_found_and_tests_are_not() {
    let file = r#"
        #[derive(Debug, thiserror::Error)]
        pub enum Lost { #[error("The file {0} is lost.")] File(String) }
        /// Finds what is lost.
        ///
        /// In every folder.
        #[derive(clap::Args)]
        pub struct Find {
            /// The folder to
            /// look in
            #[arg(long, help = "Never seen here")]
            folder: String,
        }
        /// For who reads the code.
        fn find() -> String { debug!("a line of the log"); run("SELECT a FROM b").expect("it is there"); format!("Nothing was \
            found in {}.", "one-word") }
        #[cfg(test)] mod tests { const SAID: &str = "only a test says this"; }
    "#;
    let said = |module_name: &str| -> Vec<String> {
        let path = PathBuf::from(format!("src/{module_name}/find.rs"));
        let sources = crate::tidy::source::of_files(vec![(path, file.to_owned())]);
        sentences_in(&sources[0]).into_iter().map(|(item, sentence)| format!("{item}: {sentence}")).collect()
    };
    let all = [
        "Lost: The file {0} is lost.",
        "Find: Finds what is lost.",
        "Find: In every folder.",
        "Find: The folder to look in",
        "Find: Never seen here",
        "find: Nothing was found in {}.",
    ];
    assert_eq!(said("cli"), all);
    assert_eq!(said("practice"), &all[..1], "of other modules only the errors");
    let in_tests = ("src/cli/tests/find.rs".into(), file.to_owned());
    assert!(crate::tidy::source::of_files(vec![in_tests]).is_empty());
}

fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + word.len()..].chars().next())
    })
}

/// The sentences of the file, each with the item that contains it.
fn sentences_in(source: &Source) -> Vec<(String, String)> {
    read(source, sentence)
}

/// The literals and comments that may be for people, as selected by `take`.
fn read(source: &Source, take: fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let has_sentences =
        source.module.first().is_none_or(|module_name| WITH_SENTENCES.contains(&module_name.as_str()));
    let mut reader = Reader { has_sentences, take, said: Vec::new() };
    reader.read("", false, source.tokens.clone());
    reader.said
}

struct Reader {
    /// Whether every literal may be for people.
    has_sentences: bool,
    /// The sentence in a literal; `None` to skip the literal.
    take: fn(&str) -> Option<String>,
    said: Vec<(String, String)>,
}

impl Reader {
    /// Reads tokens of `item`, whose doc comments are help if it is part of the command line.
    fn read(&mut self, item: &str, is_help: bool, tokens: TokenStream) {
        let all: Vec<TokenTree> = tokens.into_iter().collect();
        let word = |at: usize| all.get(at).map(ToString::to_string).unwrap_or_default();
        let (mut item, mut is_help, outer) = (item.to_owned(), is_help, (item.to_owned(), is_help));
        let mut at = 0;
        while at < all.len() {
            match &all[at] {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let end = (at..all.len()).find(|at| !is_attribute(&all, *at)).unwrap_or(all.len());
                    if item == outer.0 {
                        (item, is_help) = subject(&all[at..], &outer);
                    }
                    self.read_attributes(&item, is_help, &all[at..end]);
                    at = end.max(at + 1);
                    continue;
                }
                TokenTree::Ident(ident)
                    if matches!(
                        ident.to_string().as_str(),
                        "fn" | "const" | "static" | "struct" | "enum" | "trait"
                    ) && matches!(all.get(at + 1), Some(TokenTree::Ident(_)))
                        // No lifetime.
                        && !(at > 0 && is_punct(&all[at - 1], '\'')) =>
                {
                    item = word(at + 1);
                }
                TokenTree::Group(group) => {
                    let is_expect = at > 0 && word(at - 1) == "expect";
                    let is_unseen =
                        is_expect || at > 1 && word(at - 1) == "!" && UNSEEN.contains(&word(at - 2).as_str());
                    if !is_unseen {
                        self.read(&item, is_help, group.stream());
                    }
                    if brace(&all[at]).is_some() {
                        (item, is_help) = outer.clone();
                    }
                }
                TokenTree::Literal(literal) if self.has_sentences => {
                    self.say(&item, (self.take)(&literal.to_string()));
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => (item, is_help) = outer.clone(),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            at += 1;
        }
    }

    /// `#[error("…")]`; for the command line also doc comments, one per paragraph, and the arguments of `arg` and
    /// `command`.
    fn read_attributes(&mut self, item: &str, is_help: bool, attributes: &[TokenTree]) {
        let mut paragraph = String::new();
        for attribute in attributes {
            let TokenTree::Group(group) = attribute else { continue };
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            match inner.first().map(ToString::to_string).as_deref() {
                Some("doc") if is_help && self.has_sentences => {
                    let line = inner
                        .last()
                        .map(ToString::to_string)
                        .and_then(|text| string(&text))
                        .unwrap_or_default();
                    if line.trim().is_empty() {
                        self.say(item, says_more_than_a_word(&paragraph).then(|| paragraph.clone()));
                        paragraph.clear();
                    } else {
                        paragraph.push_str(if paragraph.is_empty() { "" } else { " " });
                        paragraph.push_str(line.trim());
                    }
                }
                Some("error") => self.read_literals(item, group.stream()),
                Some("arg" | "command" | "value" | "group") if is_help && self.has_sentences => {
                    self.say(item, says_more_than_a_word(&paragraph).then(|| paragraph.clone()));
                    paragraph.clear();
                    self.read_literals(item, group.stream());
                }
                _ => {}
            }
        }
        self.say(item, says_more_than_a_word(&paragraph).then_some(paragraph));
    }

    fn read_literals(&mut self, item: &str, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.read_literals(item, group.stream()),
                TokenTree::Literal(literal) => self.say(item, (self.take)(&literal.to_string())),
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    fn say(&mut self, item: &str, sentence: Option<String>) {
        self.said.extend(sentence.map(|sentence| (item.to_owned(), sentence)));
    }
}

/// Whether this token belongs to an attribute: its `#`, its `!`, its brackets.
fn is_attribute(all: &[TokenTree], at: usize) -> bool {
    let is_brackets = |at: usize| matches!(&all.get(at), Some(TokenTree::Group(group)) if group.delimiter() == proc_macro2::Delimiter::Bracket);
    let is_bang = |at: usize| all.get(at).is_some_and(|token| is_punct(token, '!'));
    let is_hash = |at: usize| all.get(at).is_some_and(|token| is_punct(token, '#'));
    let before = |by: usize| at.checked_sub(by);
    (is_hash(at) && (is_brackets(at + 1) || is_bang(at + 1)))
        || (is_bang(at) && before(1).is_some_and(is_hash))
        || (is_brackets(at)
            && (before(1).is_some_and(is_hash)
                || before(2).is_some_and(|two| is_hash(two) && is_bang(two + 1))))
}

/// The item that starts with these attributes, and whether its comments are help of the command line. A field or a
/// variant belongs to the item around it.
fn subject(tokens: &[TokenTree], around: &(String, bool)) -> (String, bool) {
    let end = (0..tokens.len()).find(|at| !is_attribute(tokens, *at)).unwrap_or(tokens.len());
    let words: Vec<String> = tokens[end..].iter().take(8).map(ToString::to_string).collect();
    let kinds = ["fn", "const", "static", "struct", "enum", "trait"];
    let first = words.iter().position(|word| word != "pub" && !word.starts_with('(')).unwrap_or(0);
    let is_item =
        |word: &String| kinds.contains(&word.as_str()) || ["async", "unsafe"].contains(&word.as_str());
    if !words.get(first).is_some_and(is_item) {
        return around.clone();
    }
    let Some(kind) = words.iter().position(|word| kinds.contains(&word.as_str())) else {
        return around.clone();
    };
    let derives: String =
        tokens[..end].iter().map(ToString::to_string).filter(|text| text.contains("derive")).collect();
    let is_help = ["Parser", "Args", "Subcommand", "ValueEnum"].iter().any(|derive| derives.contains(derive));
    (words.get(kind + 1).cloned().unwrap_or_default(), is_help)
}

/// The text of a literal, if it has more than one word.
pub fn sentence(literal: &str) -> Option<String> {
    string(literal)
        .filter(|text| says_more_than_a_word(text) && !is_for_machines(text))
        .map(|text| text.replace('\n', "⏎"))
}

/// Whether the text is SQL or the name of an API call.
fn is_for_machines(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|first| OF_MACHINES.contains(&first))
}

fn says_more_than_a_word(text: &str) -> bool {
    let is_word = |word: &&str| word.chars().filter(|letter| letter.is_alphabetic()).count() > 1;
    text.split_whitespace().filter(is_word).count() > 1
}

/// The text of a string literal.
fn string(literal: &str) -> Option<String> {
    let raw = literal.starts_with('r');
    let inner = literal.trim_start_matches('r').trim_matches('#').strip_prefix('"')?.strip_suffix('"')?;
    Some(if raw { inner.to_owned() } else { plain(inner) })
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
