//! Account limits, unusual clocks and unusual files: the program reports each in a sentence, and nothing is lost.

use std::process::Command;

use super::assert_told;
use crate::download::{PROJECT, stored};
use crate::fixture::{End, Fixture};
use crate::waiting::InTime;

/// Runs the program under a limit of the shell; `None` if no shell supports the limit.
fn limited(fixture: &Fixture, limit: &str, words: &[&str]) -> End {
    let inner = fixture.program(words);
    let mut shell = Command::new("sh");
    shell.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
        .args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\"")])
        .arg(inner.get_program())
        .args(inner.get_args());
    End::of(&shell.output_in_time().unwrap())
}

#[test]
fn a_limit_on_the_size_of_files_is_a_sentence() {
    let fixture = stored(&[]);
    let target = fixture.downloads().join("a.tar.gz");
    let words = ["export", "download", PROJECT, "--output", target.to_str().unwrap()];
    // In blocks of 512 bytes this is 1 MiB: more than the database needs and less than the archive.
    let end = limited(&fixture, "-f 2048", &words);
    assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("limit"), "{}", end.result());
    let none = limited(&fixture, "-f 8", &["case", "list"]);
    assert_told(&none, "no file may grow");
    assert_eq!(fixture.run(&words).exit, 0);
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

/// The limit is met in the middle of a build, and not at its first write.
#[test]
fn a_limit_on_the_size_of_files_ends_a_build_and_leaves_nothing() {
    let (fixture, folder) = crate::relations::build::downloaded(false);
    crate::relations::build::grow(&folder, 4 << 20);
    let target = fixture.folder.path().join("built");
    std::fs::create_dir(&target).unwrap();
    let output = target.join("a.tar.gz");
    let words = ["relations", "build", folder.to_str().unwrap(), "--output", output.to_str().unwrap()];
    for more in [&[][..], &["--split"]] {
        let words = [&words[..], more].concat();
        let end = limited(&fixture, "-f 2048", &words);
        assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
        let headline = end.result()["headline"].as_str().unwrap();
        assert!(headline.contains("become that large. The partial archive was deleted."), "{headline}");
        let left: Vec<_> = std::fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{more:?}: {left:?}");
        assert_eq!(fixture.run(&words).exit, 0, "without the limit");
        std::fs::remove_dir_all(&target).unwrap();
        std::fs::create_dir(&target).unwrap();
    }
}

#[test]
fn too_few_files_are_a_sentence() {
    let fixture = Fixture::of("first-export");
    for files in [6, 8, 10, 12, 16, 20, 32, 64, 256] {
        for words in
            [vec!["case", "list"], vec!["check"], vec!["export", "status", fixture.lesson.project.as_str()]]
        {
            let end = limited(&fixture, &format!("-n {files}"), &words);
            assert_told(&end, &format!("{files} files, {words:?}"));
            assert!(end.exit == 0 || end.code() == "local", "{files}: {}", end.result());
        }
    }
}

#[cfg(unix)]
#[test]
fn a_small_stack_of_the_first_thread_is_enough() {
    let fixture = Fixture::of("first-export");
    for words in [&["check"][..], &["case", "list"], &["practice", "--list"]] {
        let end = limited(&fixture, "-s 256", words);
        assert_eq!(end.exit, 0, "{words:?}: {:?}", end.lines);
    }
}

#[test]
fn a_certificate_file_that_is_none_is_named() {
    let fixture = Fixture::of("first-export");
    let broken = fixture.folder.path().join("broken.pem");
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    for file in
        ["/dev/zero", broken.to_str().unwrap(), fixture.folder.path().to_str().unwrap(), "/nonexistent.pem"]
    {
        let end = fixture.run(&["check", "--ca-file", file]);
        assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
        assert!(end.result()["headline"].as_str().unwrap().contains(file), "{}", end.result());
    }
}

#[test]
fn a_name_that_is_too_long_is_named() {
    let fixture = stored(&[]);
    let name = format!("{}.tar.gz", "a".repeat(240));
    let end = fixture.run(&[
        "export",
        "download",
        PROJECT,
        "--output",
        fixture.downloads().join(name).to_str().unwrap(),
    ]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("longer than 244 bytes"), "{}", end.result());
}

#[test]
fn receipts_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = stored(&[]);
    for name in ["r.json", "r.md"] {
        let receipt = fixture.folder.path().join(name);
        let target = fixture.downloads().join(format!("{name}.tar.gz"));
        let words = ["export", "download", PROJECT, "--output", target.to_str().unwrap(), "--receipt"];
        let end = fixture.run(&[&words[..], &[receipt.to_str().unwrap()]].concat());
        assert_eq!(end.exit, 0, "{}", end.result());
        assert_eq!(receipt.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_no_text_is_refused_before_anything_is_written() {
    use std::os::unix::ffi::OsStringExt as _;
    let fixture = stored(&[]);
    assert_eq!(fixture.run(&["relations", "start", PROJECT, "--wait"]).exit, 0);
    for (words, option) in [
        (["export", "download", PROJECT], "--output"),
        (["relations", "download", PROJECT], "--output"),
        (["relations", "rebuild", PROJECT], "--folder"),
        (["relations", "rebuild", PROJECT], "--output"),
    ] {
        let odd = fixture.downloads().join(std::ffi::OsString::from_vec(b"\xff\xfe.tar.gz".to_vec()));
        let end = End::of(&fixture.program(&words).arg(option).arg(&odd).output_in_time().unwrap());
        assert_eq!((end.exit, end.code()), (2, "usage"), "{words:?}: {}", end.result());
        let headline = end.result()["headline"].as_str().unwrap();
        assert!(headline.contains("is not valid Unicode"), "{words:?}: {headline}");
        assert_eq!(fixture.files(), [""; 0], "{words:?}");
    }
}

#[test]
fn a_receipt_that_could_not_be_written_is_refused_first() {
    let fixture = stored(&[]);
    let target = fixture.downloads().join("a.json");
    let nowhere = fixture.downloads().join("none/r.json");
    for receipt in [&target, &nowhere] {
        let (target, receipt) = (target.to_str().unwrap(), receipt.to_str().unwrap());
        let end = fixture.run(&["export", "download", PROJECT, "--output", target, "--receipt", receipt]);
        assert_eq!((end.exit, end.code()), (2, "usage"), "{receipt}: {}", end.result());
        assert!(end.result()["headline"].as_str().unwrap().contains(receipt), "{}", end.result());
    }
    assert!(fixture.practice.requests().is_empty(), "GitLab was not asked");
    assert_eq!(fixture.files(), [""; 0]);
}

#[test]
fn a_data_folder_that_cannot_be_one_is_named() {
    let fixture = Fixture::of("first-export");
    let file = fixture.folder.path().join("notes.txt");
    std::fs::write(&file, "mine").unwrap();
    let output = fixture.program_at(&file, &["instances"]).output_in_time().unwrap();
    let end = End::of(&output);
    let headline = format!("{} is a file, not a folder.", file.display());
    assert_eq!((end.exit, end.result()["headline"].as_str()), (10, Some(headline.as_str())));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

/// With a home folder that is not a full path, each folder that a command runs in would get its own database.
#[cfg(target_os = "linux")]
#[test]
fn a_home_folder_that_is_no_full_path_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = crate::fixture::bare_program(std::path::Path::new("relative/home"));
    let end =
        End::of(&program.args(["instances", "--json"]).current_dir(folder.path()).output_in_time().unwrap());
    assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("HOME"), "{}", end.result());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
