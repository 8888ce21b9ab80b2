//! One system call on a file fails, as on a disk that is full, broken or removed.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{assert_told, campaign};
use crate::download::{PROJECT, stored};
use crate::fixture::{End, Fixture};
use crate::waiting::{InTime, output_of, until};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const EDQUOT: i32 = 122;
const EACCES: i32 = 13;
const EPERM: i32 = 1;
const EINVAL: i32 = 22;
const ENOTSUP: i32 = 95;

/// The library, built if this machine has a compiler; otherwise prints what is missing.
pub fn shim(fixture: &Fixture) -> Option<PathBuf> {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        println!("skipped: system calls are made to fail on Linux with glibc only");
        return None;
    }
    let library = fixture.folder.path().join("shim.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/campaigns/shim.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .args([source, "-ldl"])
        .output_in_time();
    match built {
        Ok(output) if output.status.success() => Some(library),
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) if std::env::var_os("CI").is_some() => panic!("no C compiler (`cc`): {error}"),
        Err(_) => {
            println!("skipped: this machine has no C compiler (`cc`)");
            None
        }
    }
}

struct Fault {
    call: &'static str,
    at: u32,
    errno: i32,
    /// The end of the file's path.
    path: &'static str,
}

impl Fault {
    fn strike(&self, program: &mut Command, shim: &std::path::Path) {
        program
            .env("LD_PRELOAD", shim)
            .env("FAULT_CALL", self.call)
            .env("FAULT_AT", self.at.to_string())
            .env("FAULT_ERRNO", self.errno.to_string())
            .env("FAULT_PATH", self.path);
        if self.call == "linkat" {
            // A link is made only where the system does not know this call.
            program.env("FAULT_RENAMEAT2", EINVAL.to_string());
        }
    }
}

fn download(fixture: &Fixture, fault: Option<(&Fault, &std::path::Path)>) -> End {
    let target = fixture.downloads().join("a.tar.gz");
    let words = ["export", "download", PROJECT, "--output", target.to_str().unwrap(), "--connections", "2"];
    let mut program = fixture.program(&words);
    if let Some((fault, shim)) = fault {
        fault.strike(&mut program, shim);
    }
    End::of(&program.output_in_time().unwrap())
}

/// Checks that the downloaded file equals the stored one.
fn assert_whole(fixture: &Fixture, what: &str) {
    let found = fixture.downloads().join("a.tar.gz");
    let sha256 = export_desk::archive::sha256(std::fs::File::open(found).unwrap()).unwrap();
    let stored = fixture.practice.world().project(PROJECT).unwrap().archive_sha256();
    assert_eq!(sha256, stored, "{what}");
}

/// The system reports a failed sync only once; data written since the last successful sync may not be on the disk.
#[test]
fn a_sync_that_failed_fails_the_download() {
    // Slow, so that the first record is written while the download is still running.
    let fixture = stored(&["on = \"object\"\ntimes = 1\nkind = \"slow\"\nbytes_per_s = 4000000"]);
    let Some(shim) = shim(&fixture) else { return };
    let fault = Fault { call: "fdatasync", at: 1, errno: EIO, path: ".part" };
    let end = download(&fixture, Some((&fault, &shim)));
    assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
    assert!(!fixture.files().contains(&"a.tar.gz".to_owned()), "{:?}", fixture.files());
    let asked = fixture.practice.requests().len();
    let end = download(&fixture, None);
    assert_eq!((end.exit, &end.result()["verdict"]), (0, &"importable".into()), "{}", end.result());
    let again = fixture.practice.requests().split_off(asked);
    let first =
        again.iter().find(|seen| seen.header("range").is_some_and(|range| range.starts_with("bytes=0-")));
    assert!(first.is_some(), "nothing was certainly on the disk: {again:?}");
    assert_whole(&fixture, "after a failed sync");
}

/// Network shares and FUSE know no full sync, no locks, no rename that replaces nothing and no hard links; each answers
/// in its own way.
#[test]
fn a_share_without_syncs_locks_and_links_can_be_downloaded_to() {
    for (calls, errno, renameat2) in [
        ("fsync,fdatasync,flock", ENOTSUP, None),
        ("fsync,fdatasync,flock", EINVAL, None),
        ("flock", ENOTSUP, None),
        ("", ENOTSUP, Some(EINVAL)),
        ("linkat", EPERM, Some(EINVAL)),
        ("linkat", ENOTSUP, Some(ENOTSUP)),
    ] {
        let fixture = stored(&[]);
        let Some(shim) = shim(&fixture) else { return };
        let target = fixture.downloads().join("a.tar.gz");
        let words = ["export", "download", PROJECT, "--output", target.to_str().unwrap()];
        let mut program = fixture.program(&words);
        program
            .env("LD_PRELOAD", &shim)
            .env("FAULT_CALLS", calls)
            .env("FAULT_ERRNO", errno.to_string())
            .env("FAULT_BELOW", fixture.downloads());
        if let Some(errno) = renameat2 {
            program.env("FAULT_RENAMEAT2", errno.to_string());
        }
        let end = End::of(&program.output_in_time().unwrap());
        let what = format!("{calls} with {errno}, and renameat2 with {renameat2:?}");
        assert_eq!(
            (end.exit, &end.result()["verdict"]),
            (0, &"importable".into()),
            "{what}: {}",
            end.result()
        );
        assert_whole(&fixture, &what);
        assert_eq!(fixture.files(), ["a.tar.gz"], "{what}");
    }
}

/// The database needs locks: two programs would damage it.
#[test]
fn a_data_folder_without_locks_is_refused_with_a_way_out() {
    let fixture = stored(&[]);
    let Some(shim) = shim(&fixture) else { return };
    for errno in [ENOTSUP, EINVAL] {
        let mut program = fixture.program(&["case", "list"]);
        program
            .env("LD_PRELOAD", &shim)
            .env("FAULT_CALLS", "flock")
            .env("FAULT_ERRNO", errno.to_string())
            .env("FAULT_BELOW", fixture.data_dir());
        let end = End::of(&program.output_in_time().unwrap());
        assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
        let said = |key: &str| end.result()[key].as_str().unwrap().to_owned();
        assert!(
            said("headline").contains("has no file locks, which the case database needs."),
            "{}",
            said("headline")
        );
        let hint = said("hint");
        assert!(hint.contains("disk of this computer") && hint.contains("--data-dir"), "{hint}");
    }
    let database = fixture.data_dir().join("export-desk.sqlite");
    assert!(!database.exists(), "nothing was created");
    assert_eq!(fixture.run(&["case", "list"]).exit, 0);
}

/// Both names are one file there, as on macOS; without the library, the same command makes a second file.
#[test]
fn a_name_in_another_case_or_normal_form_replaces_nothing() {
    for (ours, theirs) in [("group_app.gz", "Group_App.gz"), ("caf\u{e9}.gz", "cafe\u{301}.gz")] {
        for (folds, is_late) in [(true, false), (true, true), (false, true)] {
            // Slow, so that another program can take the name meanwhile.
            let fixture = stored(&["on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 3000000"]);
            let Some(shim) = shim(&fixture) else { return };
            let (ours, theirs) = (fixture.downloads().join(ours), fixture.downloads().join(theirs));
            if !is_late {
                std::fs::write(&theirs, "theirs").unwrap();
            }
            let mut program =
                fixture.program(&["export", "download", PROJECT, "--output", ours.to_str().unwrap()]);
            if folds {
                program.env("LD_PRELOAD", shim).env("FOLD_BELOW", fixture.downloads());
                // The kernel would compare the names as they are.
                program.env("FAULT_RENAMEAT2", EINVAL.to_string());
            }
            let program = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            if is_late {
                until("a part", || fixture.files().iter().any(|name| name.ends_with(".part")).then_some(()));
                std::fs::write(&theirs, "theirs").unwrap();
            }
            let end = End::of(&output_of(program, "a download"));
            let what =
                format!("{}, {folds}, {is_late}: {:?}, {}", ours.display(), fixture.files(), end.result());
            assert_eq!(end.exit, if folds { 3 } else { 0 }, "{what}");
            assert_eq!(ours.exists(), !folds, "{what}");
            assert_eq!(std::fs::read(&theirs).unwrap(), b"theirs", "{what}");
        }
    }
}

#[test]
fn a_disk_that_fills_up_ends_a_build_and_leaves_nothing_half() {
    let (fixture, folder) = crate::relations::build::downloaded(true);
    let Some(shim) = shim(&fixture) else { return };
    let target = fixture.folder.path().join("built");
    std::fs::create_dir(&target).unwrap();
    let output = target.join("a.tar.gz");
    for more in [&[][..], &["--split"]] {
        let mut words = vec!["relations", "build", folder.to_str().unwrap()];
        words.extend(["--output", output.to_str().unwrap()]);
        words.extend(more);
        let mut program = fixture.program(&words);
        program
            .env("LD_PRELOAD", &shim)
            .env("FAULT_CALLS", "write")
            .env("FAULT_ERRNO", ENOSPC.to_string())
            .env("FAULT_BELOW", &target);
        let end = End::of(&program.output_in_time().unwrap());
        assert_eq!((end.exit, end.code()), (10, "local"), "{more:?}: {}", end.result());
        assert!(
            end.stderr.contains("The disk is full. The partial archive was deleted."),
            "{more:?}: {}",
            end.stderr
        );
        let left: Vec<_> = std::fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{more:?}: {left:?}");
    }
    let end = crate::relations::build::build(&fixture, &folder, &["--output", output.to_str().unwrap()]);
    assert_eq!(end.exit, 0, "with room again: {}", end.result());
}

/// The disk is full at one write of a reading, each in its turn: a bundle, the members, the record.
#[test]
fn a_disk_that_fills_up_during_a_reading_leaves_nothing_half_and_nothing_unlisted() {
    let (fixture, folder) = crate::relations::build::downloaded(true);
    let Some(shim) = shim(&fixture) else { return };
    let table = fixture.folder.path().join("members.csv");
    std::fs::write(&table, "dana,dana@example.com\n").unwrap();
    let words = ["relations", "fill", folder.to_str().unwrap(), "--members", table.to_str().unwrap()];
    let filled = folder.join("filled");
    let names = || -> Vec<String> {
        let files = std::fs::read_dir(&filled).into_iter().flatten();
        files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    for (call, path) in [("write", ".building"), ("write", ".new"), ("fsync", ".building"), ("rename", "")] {
        for at in 1..=5 {
            let what = format!("{call} {at} of {path:?}");
            let mut program = fixture.program(&words);
            Fault { call, at, errno: ENOSPC, path }.strike(&mut program, &shim);
            let end = End::of(&program.output_in_time().unwrap());
            assert!([0, 10].contains(&end.exit), "{what}: {}", end.result());
            let record = std::fs::read_to_string(folder.join("filled.json")).unwrap_or_default();
            for name in names() {
                assert!(!name.starts_with('.') && !name.contains(".old"), "{what}: {name}");
                let sha256 =
                    export_desk::archive::sha256(std::fs::File::open(filled.join(&name)).unwrap()).unwrap();
                assert!(record.contains(&sha256), "{what}: {name} is not listed: {record}");
            }
        }
    }
    let end = fixture.run(&words);
    assert_eq!((end.exit, &end.result()["left_out"]), (0, &serde_json::json!([])), "{}", end.result());
    assert_eq!(names().len(), 3, "{:?}", names());
}

#[test]
fn whatever_call_fails_is_reported_and_the_next_try_has_the_file() {
    let (mut random, rounds) = campaign("syscalls", 60);
    let Some(built) = shim(&stored(&[])).map(|_| ()) else { return };
    let () = built;
    for round in 0..rounds {
        let fixture = stored(&[]);
        let shim = shim(&fixture).unwrap();
        let fault = Fault {
            call: random
                .choice([
                    "fsync",
                    "fdatasync",
                    "write",
                    "pwrite64",
                    "pread64",
                    "ftruncate64",
                    "linkat",
                    "rename",
                    "unlink",
                ])
                .unwrap(),
            at: random.u32(1..=12),
            errno: random.choice([EIO, ENOSPC, EDQUOT, EACCES]).unwrap(),
            path: random.choice(["", ".part", ".part-state", ".sqlite", ".sqlite-wal"]).unwrap(),
        };
        let what =
            format!("round {round}: {} {} of {:?} with {}", fault.call, fault.at, fault.path, fault.errno);
        let end = download(&fixture, Some((&fault, &shim)));
        assert_told(&end, &what);
        let is_named = fixture.files().contains(&"a.tar.gz".to_owned());
        if end.exit == 0 || is_named {
            assert_whole(&fixture, &what);
        }
        let again = download(&fixture, None);
        assert_told(&again, &what);
        assert!(matches!(again.exit, 0 | 3), "{what}: {}", again.result());
        assert_whole(&fixture, &what);
        let audit = fixture.run(&["case", "audit"]);
        assert_eq!(audit.exit, 0, "{what}: {}", audit.result());
    }
}
