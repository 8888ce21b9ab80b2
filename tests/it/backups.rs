//! Customers' data is left out of the system's backups, whatever writes it; the user's own files are not.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use export_desk::platform::disk::is_left_out_of_backups;
use export_desk::practice::{Lesson, lesson};

use crate::download::stored;
use crate::fixture::Fixture;

/// Every file below the folder, with whether it is left out. `None` where this file system cannot mark files.
fn marks(folder: &Path) -> Option<BTreeMap<PathBuf, bool>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.symlink_metadata().unwrap() {
            there if there.is_dir() => found.extend(marks(&path)?),
            there if there.is_file() => {
                found.insert(path.clone(), is_left_out_of_backups(&File::open(&path).unwrap())?);
            }
            // The socket of the running program.
            _ => {}
        }
    }
    Some(found)
}

/// Checks that exactly these files of the fixture's folder, besides the data folder, are in backups; the others have
/// names with each of these endings.
fn check(fixture: &Fixture, kept: &[&str], endings: &[&str]) {
    let Some(marks) = marks(fixture.folder.path()) else {
        assert!(std::env::var_os("CI").is_none(), "a file system with extended attributes is missing");
        println!("skipped: the file system of temporary files has no extended attributes");
        return;
    };
    let data = fixture.data_dir();
    let (own, customers): (Vec<_>, Vec<_>) = marks
        .iter()
        .filter(|(path, _)| !path.starts_with(&data))
        .partition(|(path, _)| kept.iter().any(|name| path.file_name().is_some_and(|file| file == *name)));
    assert_eq!(own.len(), kept.len(), "{marks:?}");
    let of_data = marks.iter().filter(|(path, _)| path.starts_with(&data));
    for (path, is_left_out) in own.into_iter().chain(of_data) {
        assert!(!is_left_out, "{} is not in backups", path.display());
    }
    for (path, is_left_out) in &customers {
        assert!(**is_left_out, "{} is in backups", path.display());
    }
    for ending in endings {
        let has = |path: &Path| path.ends_with(ending) || path.to_string_lossy().ends_with(ending);
        assert!(customers.iter().any(|(path, _)| has(path)), "no {ending}: {customers:?}");
    }
}

#[test]
fn all_that_a_rebuild_and_a_batch_write_is_left_out() {
    let mut lesson = Lesson { faults: Vec::new(), ..lesson("rebuild-too-large").unwrap() };
    lesson.world.limits.project_import = 0;
    let fixture = Fixture::with(lesson);
    let at = |name: &str| fixture.folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(at("members.csv"), "dana,dana@example.org\n").unwrap();
    let (relations, receipt, members) = (at("relations"), at("receipt.md"), at("members.csv"));
    let rebuild = |output: &str, more: &[&str]| {
        let output = at(output);
        let words =
            ["relations", "rebuild", &fixture.lesson.project, "--folder", &relations, "--output", &output];
        let end = fixture.run(&[&words[..], more].concat());
        assert_eq!(end.exit, 0, "{}", end.result());
    };
    rebuild("whole.tar.gz", &["--members", &members, "--receipt", &receipt]);
    rebuild("small.tar.gz", &["--existing", "--limit", "150KiB", "--members", &members]);
    let end = fixture.run(&["export", "start", &fixture.lesson.project, "--download", &at("exports")]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let list = at("list.txt");
    fs::write(&list, &fixture.lesson.project).unwrap();
    let end = fixture.run(&["export", "start", "--from", &list, "--download", &at("batch"), "--replace"]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let endings = [
        "whole.tar.gz",
        "relations/manifest.json",
        "relations/filled.json",
        "filled/project_members.ndjson",
        ".ndjson.gz",
        ".set.json",
        "batch/manifest.json",
        "batch/manifest.csv",
        "_export.tar.gz",
    ];
    check(&fixture, &["members.csv", "receipt.md", "list.txt"], &endings);
}

#[test]
fn the_beginning_of_a_download_is_left_out_too() {
    let fixture = stored(&[
        "on = \"object\"\nkind = \"cut_after\"\nbytes = 2000000",
        "on = \"object\"\nat = 2\ntimes = 9\nkind = \"cut_in_header\"\nafter_bytes = 9",
    ]);
    crate::download::bring(&fixture, &[]).assert_refused(7, "download_incomplete");
    check(&fixture, &[], &[".part", ".part-state"]);
}
