//! The module boundaries, as the diagram in `src/lib.rs` draws them.

mod circles;
mod picture;
pub mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use circles::CrateFiles;
use source::program;
use source::sources;

/// Maximum length of a file, in lines.
const LONGEST: usize = 500;

/// The modules in which no cycle of files may be larger than [`LARGEST_CIRCLE`].
const ROOMS: [&str; 12] = [
    "archive", "case", "cli", "download", "engine", "gitlab", "gui", "host", "platform", "practice", "store",
    "texts",
];

/// The maximum number of files that may use each other in a cycle.
const LARGEST_CIRCLE: usize = 4;

fn lib() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap()
}

#[test]
fn every_use_is_an_arrow_in_lib_rs_and_every_arrow_is_used() {
    let allowed = picture::arrows(&lib());
    let sources = program();
    let house = CrateFiles::of(&sources);
    let mut used = picture::Arrows::new();
    for module in house.files() {
        let room = module.first().map_or("main", String::as_str);
        for path in house.named(module) {
            let Some(other) = path.first().map(String::as_str) else { continue };
            assert_ne!(other, "*", "{} names every room at once", module.join("/"));
            if !allowed.contains_key(other) || other == room {
                continue;
            }
            let is_drawn = allowed.get(room).is_some_and(|arrows| arrows.contains(other));
            let place = module.join("/");
            assert!(is_drawn, "{place} uses crate::{}: src/lib.rs has no such arrow", path.join("::"));
            used.entry(room.to_owned()).or_default().insert(other.to_owned());
        }
    }
    for (room, arrows) in allowed.iter().filter(|(room, _)| *room != "main") {
        let is_followed = |other: &&String| used.get(room).is_some_and(|used| used.contains(*other));
        let unused: Vec<_> = arrows.iter().filter(|other| !is_followed(other)).collect();
        assert!(unused.is_empty(), "{room} is drawn with arrows that no file follows: {unused:?}");
    }
}

#[test]
fn no_circle_of_more_than_four_files() {
    let house = CrateFiles::of(&program());
    let mut faults = Vec::new();
    for room in ROOMS {
        let circles = house.circles(room);
        for circle in circles.iter().filter(|circle| circle.len() > LARGEST_CIRCLE) {
            let names: Vec<_> = circle.iter().map(|module| module.join("/")).collect();
            faults.push(format!(
                "{} files of {room} use each other in a circle: {}",
                circle.len(),
                names.join(" ")
            ));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_public_type_has_a_name_of_its_own() {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in program() {
        for name in source::contents_of(&source.module, &source.tokens).public_types {
            places.entry(name).or_default().insert(source.path.display().to_string());
        }
    }
    let twice: Vec<_> = places.iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:#?}");
}

/// The methods of one type are found in three files at most. A client has each endpoint in a file of its own.
#[test]
fn the_methods_of_a_type_are_in_three_files_at_most() {
    const ONE_FILE_AN_ENDPOINT: [&str; 2] = ["gitlab", "Client"];
    let sample =
        "impl<T: A<B>> x::Foo<T> where T: C { fn a() {} } impl A for B {} impl Bar { }".parse().unwrap();
    assert_eq!(source::methods_of(&sample), ["Foo", "Bar"]);
    let mut files = BTreeMap::<_, BTreeSet<_>>::new();
    for source in source::program() {
        for of in source::methods_of(&source.tokens) {
            files.entry((source.module[0].clone(), of)).or_default().insert(source.path.clone());
        }
    }
    files.retain(|(module, of), files| files.len() > 3 && [module, of] != ONE_FILE_AN_ENDPOINT);
    assert!(files.is_empty(), "{files:#?}");
}

#[test]
fn egui_stays_in_the_window() {
    let outside: Vec<_> = sources("src")
        .into_iter()
        .filter(|(path, _)| !path.starts_with("src/gui"))
        .filter(|(_, text)| {
            text.lines().any(|line| line.contains("egui") && !line.trim_start().starts_with("//"))
        })
        .map(|(path, _)| path)
        .collect();
    assert!(outside.is_empty(), "egui outside gui: {outside:?}");
}

#[test]
fn no_file_grows_beyond_reading() {
    let long: Vec<_> = ["src", "tests"]
        .into_iter()
        .flat_map(sources)
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "over {LONGEST} lines: {long:?}");
}

#[test]
fn case_does_no_io_and_reads_no_time() {
    for (path, text) in sources("src/case").into_iter().chain(sources("src/texts")) {
        for forbidden in [
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "tokio",
            "reqwest",
            "rusqlite",
            "Instant",
            "now()",
        ] {
            let found =
                text.lines().find(|line| !line.trim_start().starts_with("//") && line.contains(forbidden));
            assert!(found.is_none(), "{}: {}", path.display(), found.unwrap_or_default());
        }
    }
}

#[test]
fn names_are_the_fields_own() {
    for (path, _) in sources("src") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        for vague in ["util", "utils", "helper", "helpers", "common", "types", "manager", "service", "misc"] {
            assert_ne!(name, vague, "{} says nothing", path.display());
        }
    }
}

#[test]
fn lib_rs_names_every_module() {
    let (lib, arrows) = (lib(), picture::arrows(&lib()));
    for line in lib.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let module = line.trim_end_matches(';');
        assert!(arrows.contains_key(module), "{module} is not in the picture");
        assert!(ROOMS.contains(&module), "{module} is no room of these tests");
    }
    for room in ROOMS {
        assert!(lib.contains(&format!("pub mod {room};")), "{room} is not in lib.rs");
    }
}

/// Only a case's steps set its stage, in tests and images too (`src/case/stepped.rs`).
#[test]
fn no_one_but_a_step_sets_the_stage_of_a_case() {
    let mut faults = Vec::new();
    for (path, text) in sources("src").into_iter().chain(sources("tests")) {
        if path.starts_with("src/case") || path.ends_with("tidy.rs") {
            continue;
        }
        let set = text.lines().filter(|line| line.contains(".stage = ") || line.contains("stage: Stage::"));
        faults.extend(set.map(|line| format!("{}: {}", path.display(), line.trim())));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// What only `platform` may say: everything that differs between systems, and the calls of the file system that are
/// safe only as `platform::disk` makes them.
fn words_of_the_platform(source: &source::Source) -> Vec<&'static str> {
    const WORDS: [&str; 27] = [
        "std::os",
        "fs::*",
        "OpenOptions",
        "File::options",
        "DirBuilder",
        "TryLockError",
        ".try_lock(",
        ".sync_all(",
        ".sync_data(",
        "fs::hard_link",
        "fs::rename",
        "fs::create_dir",
        "set_permissions",
        "File::create",
        "fs::write",
        "fs::copy",
        "NamedTempFile",
        ".tempfile()",
        "tempfile::tempfile",
        "tempfile::tempdir",
        "tempfile::Builder",
        "fs4::",
        "rustix::",
        "same_file::",
        "objc2",
        "muda::",
        "directories::",
    ];
    if source.module.first().is_some_and(|room| room == "platform") {
        return Vec::new();
    }
    let mut text: String = source.tokens.to_string().split_whitespace().collect();
    // Braces hide a path, and another name what it belongs to.
    let uses = source::contents_of(&source.module, &source.tokens).uses;
    text.extend(uses.iter().map(|of| of.path.join("::") + ";"));
    let mut found: Vec<_> = WORDS.into_iter().filter(|word| text.contains(word)).collect();
    // A mutex has a method of this name too.
    found.retain(|word| *word != ".try_lock(" || !text.contains("sync::{Arc,Mutex"));
    found.extend(uses.iter().filter(|of| has_another_name(of)).map(|_| "as"));
    found.extend(source::systems_asked_for(&source.tokens));
    found
}

/// Whether a `use` gives another name to what [`words_of_the_platform`] looks for.
fn has_another_name(of: &source::Use) -> bool {
    let path: Vec<_> = of.path.iter().map(String::as_str).collect();
    let is_of_files = match path.as_slice() {
        ["std" | "tempfile" | "fs4" | "rustix" | "same_file" | "objc2" | "muda" | "directories"] => true,
        ["std", second, ..] => *second == "fs",
        _ => false,
    };
    is_of_files && of.name != "_" && path.last().is_none_or(|last| of.name != *last)
}

#[test]
fn only_the_platform_knows_the_operating_systems() {
    let found: Vec<_> = program()
        .iter()
        .map(|source| (source.path.display().to_string(), words_of_the_platform(source)))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    assert!(found.is_empty(), "these belong into src/platform: {found:#?}");
}

#[test]
fn a_planted_system_is_found() {
    let planted = |text: &str| {
        let files = vec![("src/engine/planted.rs".into(), text.to_owned())];
        source::of_files(files).iter().flat_map(words_of_the_platform).collect::<Vec<_>>()
    };
    for (text, words) in [
        ("#[cfg(unix)] fn f() {}", vec!["cfg"]),
        ("#[cfg(all(feature = \"gui\", not(target_os = \"macos\")))] fn f() {}", vec!["cfg"]),
        ("#[cfg_attr(windows, expect(unused))] fn f() {}", vec!["cfg"]),
        ("fn f() -> bool { cfg!(target_family = \"unix\") }", vec!["cfg"]),
        ("use std::os::unix::fs::MetadataExt;", vec!["std::os"]),
        ("use std::{fs, os::windows::fs::FileExt};", vec!["std::os"]),
        ("use std::{fs, os::{fd::AsFd as _, unix::fs::symlink}};", vec!["std::os"]),
        ("use std::{io, os};", vec!["std::os"]),
        ("use std::fs::rename;", vec!["fs::rename"]),
        ("use std::fs::{self, File, hard_link as link};", vec!["fs::hard_link", "as"]),
        ("use std::{fs::{copy}, io};", vec!["fs::copy"]),
        ("fn f() { use std::fs::*; rename(a, b); }", vec!["fs::*"]),
        ("use std::fs as files;", vec!["as"]),
        ("use std as core; use tempfile as t;", vec!["as", "as"]),
        ("use std::{fs::{self, File, Metadata}, io::Read as _};", vec![]),
        ("fn f() { pairs.try_for_each(fs::rename); }", vec!["fs::rename"]),
        ("fn f() { File::options().open(path); }", vec!["File::options"]),
        ("fn f(file: &File) { file . sync_all ( ) ; }", vec![".sync_all("]),
        ("fn f() { std::fs::write(p, b); }", vec!["fs::write"]),
        ("fn f() { tempfile::tempfile_in(folder); }", vec!["tempfile::tempfile"]),
        ("use tempfile::{Builder, TempPath};", vec!["tempfile::Builder"]),
        ("#[cfg(feature = \"gui\")] fn windows() { let unix = 1; }", vec![]),
        ("#[cfg(test)] mod tests { #[cfg(unix)] fn f() {} }", vec![]),
    ] {
        assert_eq!(planted(text), words, "{text}");
    }
    let own = vec![("src/platform/planted.rs".into(), "#[cfg(unix)] fn f() {}".to_owned())];
    assert!(source::of_files(own).iter().all(|source| words_of_the_platform(source).is_empty()));
}

/// Whoever creates a file says whether it may be in the system's backups. Only the user's own files are: the data
/// folder, texts, and what the user saves by hand.
#[test]
fn the_engine_leaves_customers_data_out_of_backups() {
    const OWN: [&str; 8] = [
        "src/cli/diagnose.rs",
        "src/cli/receipt.rs",
        "src/engine/diagnose/log.rs",
        "src/engine/diagnose/stop.rs",
        "src/engine/texts/folder.rs",
        "src/gui/os.rs",
        "src/platform/local_socket.rs",
        "src/store/folder.rs",
    ];
    let keeps = |source: &source::Source| source.tokens.to_string().contains("Backups :: Keep");
    let found: BTreeSet<_> = program()
        .iter()
        .filter(|source| keeps(source))
        .map(|source| source.path.display().to_string())
        .collect();
    assert_eq!(found, OWN.into_iter().map(str::to_owned).collect());
}

/// A test that waits for a program must use a timeout (`waiting.rs`).
#[test]
fn no_test_waits_for_a_program_without_an_end() {
    for (path, text) in sources("tests/it") {
        if path.ends_with("waiting.rs") || path.ends_with("tidy.rs") {
            continue;
        }
        let waits = [
            ".output()",
            "stdout.take()",
            "stdout.as_mut()",
            "wait_with_output",
            ".wait()",
            ".status().unwrap().success()",
            ".recv()",
        ];
        for wait in waits {
            assert!(!text.contains(wait), "{}: {wait} waits for ever", path.display());
        }
    }
}
