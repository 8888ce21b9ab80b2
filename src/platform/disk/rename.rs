//! Renames: without replacing a file, and over an earlier file of ours.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::identity::names_open_file;
use super::paths::with_suffix;
use crate::platform::os::{OS, Os};

/// A way to rename a file without replacing another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RenameWay {
    /// One call of the system.
    OneStep,
    /// A second name, then the first one is removed. A crash between the two leaves both names.
    HardLink,
    /// For file systems that know neither (FAT on macOS, some network shares): another program can take the name
    /// between the two steps.
    CheckFirst,
}

/// The ways of a system, the safest first.
fn ways(os: Os) -> &'static [RenameWay] {
    match os {
        Os::Linux | Os::Mac => &[RenameWay::OneStep, RenameWay::HardLink, RenameWay::CheckFirst],
        // The standard library's rename replaces files there too.
        Os::Windows => &[RenameWay::HardLink, RenameWay::CheckFirst],
    }
}

/// Renames a file without ever replacing an existing one.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where `to` is taken, [`io::ErrorKind::NotFound`] where `from` is missing.
pub fn rename_no_replace(from: &Path, to: &Path) -> io::Result<()> {
    rename_by(ways(OS), from, to)
}

fn rename_by(ways: &[RenameWay], from: &Path, to: &Path) -> io::Result<()> {
    let mut result = Err(io::ErrorKind::Unsupported.into());
    for way in ways {
        result = rename_one_way(*way, from, to);
        match &result {
            Ok(()) => break,
            Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {
                break;
            }
            Err(_) => {}
        }
    }
    result
}

fn rename_one_way(way: RenameWay, from: &Path, to: &Path) -> io::Result<()> {
    match way {
        RenameWay::OneStep => rename_in_one_step(from, to),
        RenameWay::HardLink => {
            std::fs::hard_link(from, to)?;
            match patient(|| std::fs::remove_file(from)) {
                // The file has its name. On Windows, a virus scanner may hold the old name open for longer.
                Err(error) if OS == Os::Windows => {
                    tracing::warn!("a file keeps its earlier name too: {error}");
                    Ok(())
                }
                // Without its second name: a further way would find `to` taken by this very file.
                Err(error) => {
                    std::fs::remove_file(to).ok();
                    Err(error)
                }
                Ok(()) => Ok(()),
            }
        }
        RenameWay::CheckFirst if to.symlink_metadata().is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        RenameWay::CheckFirst => patient(|| std::fs::rename(from, to)),
    }
}

#[cfg(unix)]
fn rename_in_one_step(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(unix))]
fn rename_in_one_step(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Renames the open `file` from `from` to another name, without ever replacing an existing file.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] where `from` names another file or none: another program moved, replaced or deleted
/// the file, and its file must not get the new name.
pub fn rename_open_no_replace(file: &File, from: &Path, to: &Path) -> io::Result<()> {
    if !names_open_file(file, from)? {
        return Err(io::ErrorKind::NotFound.into());
    }
    rename_no_replace(from, to)?;
    if names_open_file(file, to)? {
        return Ok(());
    }
    // Another program replaced the file between the check and the rename: its file gets its own name back.
    rename_no_replace(to, from)?;
    Err(io::ErrorKind::NotFound.into())
}

/// Renames `from` to `wanted`, or to `wanted-2`, … where that is taken; returns the new path.
pub fn rename_to_free(from: &Path, wanted: &Path) -> io::Result<PathBuf> {
    for number in 1..=1000 {
        let to = match number {
            1 => wanted.to_owned(),
            _ => with_suffix(wanted, &format!("-{number}")),
        };
        match rename_no_replace(from, &to) {
            Ok(()) => return Ok(to),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Renames a file or folder, and replaces an earlier file of ours.
pub fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    patient(|| std::fs::rename(from, to))
}

/// On Windows, a virus scanner or an indexer opens new files for a moment, and then the file cannot be renamed or
/// removed.
pub(in crate::platform) fn patient<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut left = tries(OS);
    loop {
        left -= 1;
        match call() {
            Err(error) if left > 0 && is_held(OS, &error) => {
                std::thread::sleep(BETWEEN_TRIES);
            }
            result => return result,
        }
    }
}

/// Whether another program has the file open. The standard library has no kind for most of these numbers.
fn is_held(os: Os, error: &io::Error) -> bool {
    /// `ERROR_ACCESS_DENIED`, `ERROR_SHARING_VIOLATION`, `ERROR_LOCK_VIOLATION`: `winerror.h`.
    const HELD: [i32; 3] = [5, 32, 33];
    os == Os::Windows && error.raw_os_error().is_some_and(|number| HELD.contains(&number))
}

const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// How often to try, `BETWEEN_TRIES` apart. Elsewhere, an open file can be renamed and removed.
fn tries(os: Os) -> u32 {
    if os == Os::Windows { 6 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::disk::{Backups, open_private};

    #[test]
    fn a_rename_never_replaces_whichever_way_the_file_system_knows() {
        use RenameWay::{CheckFirst, HardLink, OneStep};
        let known: [&[RenameWay]; 5] =
            [ways(OS), ways(Os::Windows), &[HardLink], &[CheckFirst], &[OneStep, CheckFirst]];
        for ways in known {
            let dir = tempfile::tempdir().unwrap();
            let (a, b) = (dir.path().join("a"), dir.path().join("b"));
            std::fs::write(&a, "ours").unwrap();
            std::fs::write(&b, "theirs").unwrap();
            let refused = rename_by(ways, &a, &b).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists, "{ways:?}");
            assert_eq!(
                (std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap()),
                (b"ours".into(), b"theirs".into())
            );
            std::fs::remove_file(&b).unwrap();
            rename_by(ways, &a, &b).unwrap();
            assert!(!a.exists() && std::fs::read(&b).unwrap() == b"ours", "{ways:?}");
            assert_eq!(
                rename_by(ways, &a, &b.with_extension("c")).unwrap_err().kind(),
                io::ErrorKind::NotFound
            );
        }
    }

    /// macOS and Windows compare names without case, and macOS without normal form: there, these names are one file.
    #[test]
    fn names_that_differ_in_case_or_normal_form_never_replace_each_other() {
        for (ours, theirs) in [("group_app.tar.gz", "Group_App.tar.gz"), ("caf\u{e9}.gz", "cafe\u{301}.gz")] {
            for ways in [ways(OS), ways(Os::Windows), &[RenameWay::CheckFirst]] {
                let dir = tempfile::tempdir().unwrap();
                let (from, ours, theirs) =
                    (dir.path().join("a.part"), dir.path().join(ours), dir.path().join(theirs));
                std::fs::write(&from, "ours").unwrap();
                std::fs::write(&theirs, "theirs").unwrap();
                let is_one_file = ours.exists();
                let named = rename_by(ways, &from, &ours).map_err(|error| error.kind());
                let expected = if is_one_file { Err(io::ErrorKind::AlreadyExists) } else { Ok(()) };
                assert_eq!(named, expected, "{ways:?} {}", ours.display());
                assert_eq!(std::fs::read(&theirs).unwrap(), b"theirs", "{ways:?}");
                assert_eq!(from.exists(), is_one_file, "{ways:?}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_without_a_target_takes_a_name_too() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&a, "ours").unwrap();
        std::os::unix::fs::symlink(dir.path().join("nowhere"), &b).unwrap();
        for way in ways(OS) {
            let refused = rename_by(&[*way], &a, &b).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists, "{way:?}");
        }
    }

    #[test]
    fn only_the_open_file_itself_gets_the_name() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a.part"), dir.path().join("a"));
        let ours = open_private(&from, Backups::Keep).unwrap();
        assert!(names_open_file(&ours, &from).unwrap());
        for theirs in ["", "theirs"] {
            std::fs::remove_file(&from).ok();
            if !theirs.is_empty() {
                std::fs::write(&from, theirs).unwrap();
            }
            let refused = rename_open_no_replace(&ours, &from, &to).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::NotFound, "{theirs}");
            assert!(!to.exists(), "{theirs}");
        }
        assert_eq!(std::fs::read(&from).unwrap(), b"theirs");
        std::fs::remove_file(&from).unwrap();
        let ours = open_private(&from, Backups::Keep).unwrap();
        rename_open_no_replace(&ours, &from, &to).unwrap();
        assert!(names_open_file(&ours, &to).unwrap() && !from.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_the_open_file() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("a"), dir.path().join("link"));
        let ours = open_private(&file, Backups::Keep).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(!names_open_file(&ours, &link).unwrap());
    }

    #[test]
    fn a_file_that_is_open_elsewhere_gets_some_tries_on_windows_alone() {
        assert_eq!(Os::ALL.map(tries), [1, 1, 6]);
        for number in [5, 32, 33] {
            let held = io::Error::from_raw_os_error(number);
            assert_eq!(Os::ALL.map(|os| is_held(os, &held)), [false, false, true], "{number}");
        }
        // ERROR_FILE_NOT_FOUND, ERROR_DISK_FULL.
        for number in [2, 112] {
            assert!(!is_held(Os::Windows, &io::Error::from_raw_os_error(number)), "{number}");
        }
        let mut calls = 0;
        let refused = patient(|| {
            calls += 1;
            Err::<(), _>(io::Error::from_raw_os_error(32))
        });
        assert_eq!((calls, refused.is_err()), (tries(OS), true));
    }
}
