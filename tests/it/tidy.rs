//! The walls of the house, as `src/lib.rs` draws them.

use std::fs;
use std::path::{Path, PathBuf};

/// Longest file, in lines.
const LONGEST: usize = 500;

/// Module, and the modules of ours that it may name.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("case", &[]),
    ("platform", &[]),
    ("gitlab", &[]),
    ("archive", &[]),
    ("practice", &[]),
    ("download", &["gitlab", "platform"]),
    ("store", &["case", "platform"]),
    ("texts", &["case"]),
    ("engine", &["archive", "case", "download", "gitlab", "platform", "practice", "store", "texts"]),
    ("cli", &["case", "engine", "platform", "texts"]),
    ("gui", &["case", "engine", "platform", "texts"]),
];

/// Every source below `folder`, by its path in the repository.
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

#[test]
fn every_module_keeps_to_its_own() {
    let mut faults = Vec::new();
    for (module, allowed) in MAY_USE {
        for (path, text) in sources(&format!("src/{module}")) {
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for (other, _) in
                    MAY_USE.iter().filter(|(other, _)| *other != module && !allowed.contains(other))
                {
                    let named = code.contains(&format!("crate::{other}::"))
                        || code.trim_end().ends_with(&format!("crate::{other};"));
                    if named {
                        faults.push(format!("{}:{} names crate::{other}", path.display(), number + 1));
                    }
                }
                if code.contains("crate::{") {
                    faults.push(format!("{}:{} names several modules at once", path.display(), number + 1));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
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
    let picture = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for (module, _) in MAY_USE {
        assert!(picture.contains(&format!("pub mod {module};")), "{module} is not in lib.rs");
        let drawn = picture.lines().filter(|line| line.starts_with("//!")).any(|line| line.contains(module));
        assert!(drawn, "{module} is not in the picture");
    }
}
