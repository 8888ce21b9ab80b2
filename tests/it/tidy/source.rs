//! The sources as the tidy tests read them: tokens without test code, and what each file uses of others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// One file of the program.
pub struct Source {
    /// The path in the repository.
    pub path: PathBuf,
    /// The module path, without `crate`.
    pub module: Vec<String>,
    /// The tokens without test code.
    pub tokens: TokenStream,
}

/// What a `use` imports; absolute if it starts with `crate`, `self` or `super`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The module that contains it: the file's own, or a nested one.
    pub module: Vec<String>,
    pub path: Vec<String>,
    /// The local name; `*` for all names.
    pub name: String,
    pub is_public: bool,
}

/// What a file contains.
#[derive(Debug, Default)]
pub struct FileContents {
    pub uses: Vec<Use>,
    /// Paths that start with `crate`, `self` or `super`, each with its module; for a `use` with braces, the part
    /// before the braces.
    pub paths: Vec<(Vec<String>, Vec<String>)>,
    /// The modules that the file declares.
    pub modules: BTreeSet<String>,
    /// Names of items that the file defines.
    pub defined: BTreeSet<String>,
    /// Public types and traits.
    pub public_types: Vec<String>,
    /// The number of occurrences of each word.
    pub words: BTreeMap<String, usize>,
}

/// Every source file below `folder`, by its path in the repository.
pub fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no source in {folder}");
    found
}

/// The files of `src` that belong to the program, without those that only tests use.
pub fn program() -> Vec<Source> {
    of_files(sources("src"))
}

/// Same as [`program`] for these texts, whose paths start with `src`.
pub fn of_files(files: Vec<(PathBuf, String)>) -> Vec<Source> {
    let (mut all, mut tests) = (Vec::new(), Vec::new());
    for (path, text) in files {
        let module = module_of(&path);
        let whole: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut left_out = Vec::new();
        let tokens = without_tests(whole.clone(), &mut left_out);
        tests.extend(left_out.into_iter().map(|name| [module.as_slice(), &[name]].concat()));
        if is_test_file(&whole) {
            tests.push(module.clone());
        }
        all.push(Source { path, module, tokens });
    }
    let is_in_tests = |source: &Source| source.path.components().any(|part| part.as_os_str() == "tests");
    all.retain(|source| !is_in_tests(source) && !tests.iter().any(|test| source.module.starts_with(test)));
    all
}

fn module_of(path: &Path) -> Vec<String> {
    let path = path.strip_prefix("src").unwrap().with_extension("");
    let mut module: Vec<String> =
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        module.pop();
    }
    module
}

/// Whether the brackets of an attribute mark what follows as test code.
fn is_of_tests(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let text = group.stream().to_string().replace(' ', "");
    group.delimiter() == Delimiter::Bracket
        && ["cfg(test)", "cfg(test,", "cfg(all(test)", "cfg(all(test,"]
            .iter()
            .any(|start| text.starts_with(start))
}

fn is_test_file(tokens: &TokenStream) -> bool {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    all.windows(3).any(|three| is_punct(&three[0], '#') && is_punct(&three[1], '!') && is_of_tests(&three[2]))
}

pub fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

pub fn brace(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
        _ => None,
    }
}

/// The tokens without the items, variants and fields that are `cfg(test)`; the names of the removed modules are added
/// to `left_out`.
fn without_tests(tokens: TokenStream, left_out: &mut Vec<String>) -> TokenStream {
    let all: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < all.len() {
        if is_punct(&all[at], '#') && all.get(at + 1).is_some_and(is_of_tests) {
            at = after_item(&all, at, left_out);
            continue;
        }
        kept.push(match &all[at] {
            TokenTree::Group(group) => {
                TokenTree::Group(Group::new(group.delimiter(), without_tests(group.stream(), left_out)))
            }
            other => other.clone(),
        });
        at += 1;
    }
    kept.into_iter().collect()
}

/// The end of the item whose first attribute is at `at`.
fn after_item(all: &[TokenTree], mut at: usize, left_out: &mut Vec<String>) -> usize {
    while all.get(at).is_some_and(|token| is_punct(token, '#')) {
        at += 2;
    }
    let word = |at: usize| all.get(at).map(ToString::to_string).unwrap_or_default();
    let mut kind = at;
    while word(kind) == "pub" || word(kind).starts_with('(') {
        kind += 1;
    }
    let items = [
        "async",
        "const",
        "enum",
        "extern",
        "fn",
        "impl",
        "let",
        "macro_rules",
        "mod",
        "static",
        "struct",
        "trait",
        "type",
        "unsafe",
        "use",
    ];
    if word(kind) == "mod" {
        left_out.push(word(kind + 1));
    }
    let is_item = items.contains(&word(kind).as_str());
    let is_use = word(kind) == "use";
    while let Some(token) = all.get(at) {
        at += 1;
        let ends = if is_item {
            is_punct(token, ';') || (!is_use && brace(token).is_some())
        } else {
            // A variant, a field, or a match arm.
            is_punct(token, ',')
        };
        if ends {
            break;
        }
    }
    at
}

/// The types with an `impl` block that is not of a trait.
pub fn methods_of(tokens: &TokenStream) -> Vec<String> {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_word = |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(ident) if ident == word);
    let mut found = Vec::new();
    for (at, _) in all.iter().enumerate().filter(|(_, token)| is_word(token, "impl")) {
        let is_end = |token: &TokenTree| brace(token).is_some() || is_word(token, "where");
        let head: Vec<_> = all[at + 1..].iter().take_while(|token| !is_end(token)).collect();
        if head.iter().any(|token| is_word(token, "for")) {
            continue;
        }
        // The last word outside of `<…>` is the type.
        let mut depth = 0;
        let outside = head.into_iter().filter(|token| {
            depth += i32::from(is_punct(token, '<')) - i32::from(is_punct(token, '>'));
            depth == 0
        });
        found.extend(
            outside.filter(|token| matches!(token, TokenTree::Ident(_))).map(ToString::to_string).last(),
        );
    }
    found
}

/// `cfg`, once for each condition on the operating system.
pub fn systems_asked_for(tokens: &TokenStream) -> Vec<&'static str> {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut found = Vec::new();
    for (at, token) in all.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = |by: usize| at.checked_sub(by).map(|at| all[at].to_string()).unwrap_or_default();
        let asks = ["cfg", "cfg_attr"]
            .iter()
            .any(|name| before(1) == *name || (before(1) == "!" && before(2) == *name));
        if asks && names_a_system(&group.stream()) {
            found.push("cfg");
        } else {
            found.extend(systems_asked_for(&group.stream()));
        }
    }
    found
}

fn names_a_system(condition: &TokenStream) -> bool {
    condition.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => names_a_system(&group.stream()),
        TokenTree::Ident(ident) => {
            let systems = ["unix", "windows", "target_os", "target_family", "target_env", "target_vendor"];
            systems.iter().any(|system| ident == system)
        }
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// What the file at `module` contains.
pub fn contents_of(module: &[String], tokens: &TokenStream) -> FileContents {
    let mut contents = FileContents::default();
    read(module, module, tokens, &mut contents);
    contents
}

fn read(file: &[String], module: &[String], tokens: &TokenStream, contents: &mut FileContents) {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let word = |at: usize| match all.get(at) {
        Some(TokenTree::Ident(ident)) => ident.to_string(),
        _ => String::new(),
    };
    let mut at = 0;
    while at < all.len() {
        if let TokenTree::Group(group) = &all[at] {
            read(file, module, &group.stream(), contents);
            at += 1;
            continue;
        }
        let here = word(at);
        if here.is_empty() {
            at += 1;
            continue;
        }
        *contents.words.entry(here.clone()).or_default() += 1;
        let name = word(at + 1);
        match here.as_str() {
            "use" if !all.get(at + 1).is_some_and(|token| is_punct(token, '<')) => {
                let end = (at..all.len()).find(|end| is_punct(&all[*end], ';')).unwrap_or(all.len());
                read_use(module, &all[at + 1..end], is_public(&all, at), contents);
                at = end;
            }
            "mod" if !name.is_empty() => {
                if module == file {
                    contents.modules.insert(name.clone());
                }
                contents.defined.insert(name.clone());
                if let Some(group) = all.get(at + 2).and_then(brace) {
                    let inner = [module, &[name]].concat();
                    read(file, &inner, &group.stream(), contents);
                    at += 2;
                }
            }
            "struct" | "enum" | "trait" | "type" | "union" | "fn" | "const" | "static"
                if !name.is_empty() =>
            {
                if ["struct", "enum", "trait", "type", "union"].contains(&here.as_str())
                    && is_public(&all, at)
                {
                    contents.public_types.push(name.clone());
                }
                contents.defined.insert(name);
            }
            "crate" | "self" | "super" => {
                let (path, end) = path_at(&all, at);
                if path.len() > 1 {
                    contents.paths.push((module.to_vec(), path));
                }
                for token in &all[at + 1..end] {
                    if let TokenTree::Ident(ident) = token {
                        *contents.words.entry(ident.to_string()).or_default() += 1;
                    }
                }
                at = end - 1;
            }
            _ => {}
        }
        at += 1;
    }
}

fn is_public(all: &[TokenTree], at: usize) -> bool {
    let before = |by: usize| at.checked_sub(by).map(|at| all[at].to_string()).unwrap_or_default();
    before(1) == "pub" || (before(1).starts_with('(') && before(2) == "pub")
}

/// The words of the path that starts at `at`, and its end.
fn path_at(all: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
    let mut path = vec![all[at].to_string()];
    at += 1;
    while let [first, second, TokenTree::Ident(next), ..] = &all[at..] {
        if !is_punct(first, ':') || !is_punct(second, ':') {
            break;
        }
        path.push(next.to_string());
        at += 3;
    }
    (path, at)
}

fn read_use(module: &[String], tree: &[TokenTree], is_public: bool, contents: &mut FileContents) {
    if let Some(TokenTree::Ident(first)) = tree.first()
        && ["crate", "self", "super"].contains(&first.to_string().as_str())
        && tree.iter().any(|token| brace(token).is_some())
    {
        let (path, _) = path_at(tree, 0);
        if path.len() > 1 {
            contents.paths.push((module.to_vec(), path));
        }
    }
    spread(module, &[], tree, is_public, contents);
}

/// Expands a `use` into one entry per name.
fn spread(
    module: &[String],
    before: &[String],
    tree: &[TokenTree],
    is_public: bool,
    contents: &mut FileContents,
) {
    let mut path = before.to_vec();
    let mut name = None;
    let mut at = 0;
    while let Some(token) = tree.get(at) {
        match token {
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in inner.split(|token| is_punct(token, ',')).filter(|part| !part.is_empty()) {
                    spread(module, &path, part, is_public, contents);
                }
                return;
            }
            TokenTree::Ident(ident) if ident == "as" => {
                name = tree.get(at + 1).map(ToString::to_string);
                break;
            }
            TokenTree::Ident(ident) => path.push(ident.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == '*' => path.push("*".to_owned()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        at += 1;
    }
    if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
        path.pop();
    }
    let Some(last) = path.last().cloned() else { return };
    let name = name.unwrap_or(last);
    *contents.words.entry(name.clone()).or_default() += 1;
    contents.uses.push(Use { module: module.to_vec(), path, name, is_public });
}
