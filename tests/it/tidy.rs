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
fn every_use_is_an_arrow_of_the_picture_and_every_arrow_is_used() {
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
        for name in source::said(&source.module, &source.tokens).public_types {
            places.entry(name).or_default().insert(source.path.display().to_string());
        }
    }
    let twice: Vec<_> = places.iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:#?}");
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
fn case_does_no_io_and_reads_no_clock() {
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
fn the_picture_names_every_module() {
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
