//! The folder for practice archives: each running program has its own, in the system's temporary folder. A program
//! also deletes the folders that earlier programs left, and nothing else.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use crate::case::UtcMs;
use crate::platform::disk::{self, Backups, Lock};

use super::clock;

/// Prefix of the name of every such folder.
const NAME: &str = "export-desk-practice";
/// The program that owns the folder holds this lock while it runs.
const LOCK: &str = "in-use.lock";
/// Another program may still be creating a folder this young.
const YOUNG_MS: i64 = 60_000;
/// A folder without a lock file counts as unused only if nothing was written to it for this long.
const UNLOCKED_MS: i64 = 24 * 3_600_000;

static OURS: OnceLock<(PathBuf, Option<File>)> = OnceLock::new();

/// The folder of this program, created at the first call. Then deletes the folders of programs that have ended.
pub fn practice_folder() -> PathBuf {
    let (folder, _held) = OURS.get_or_init(|| {
        let parent = std::env::temp_dir();
        match open_in(&parent, std::process::id()) {
            Ok((folder, lock)) => {
                clean(&parent, &folder, clock::now());
                (folder, Some(lock))
            }
            Err(error) => {
                tracing::warn!("the folder for practice: {error}");
                (parent.join(NAME), None)
            }
        }
    });
    folder.clone()
}

/// Creates a folder that nobody else uses, and takes its lock.
fn open_in(parent: &Path, pid: u32) -> io::Result<(PathBuf, File)> {
    for number in 0..100 {
        let name = if number == 0 { format!("{NAME}-{pid}") } else { format!("{NAME}-{pid}-{number}") };
        let folder = parent.join(name);
        match disk::create_new_folder(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            made => made?,
        }
        let lock = disk::create_private(&folder.join(LOCK), Backups::LeaveOut)?;
        disk::lock(&lock)?;
        return Ok((folder, lock));
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Deletes the practice folders in `parent` that belong to the same user as `ours` and that no program uses.
fn clean(parent: &Path, ours: &Path, now: UtcMs) {
    let (Ok(all), Ok(mine)) = (fs::read_dir(parent), ours.symlink_metadata()) else { return };
    for entry in all.filter_map(Result::ok) {
        let path = entry.path();
        let name = entry.file_name();
        let is_one = name.to_str().and_then(|name| name.strip_prefix(NAME));
        if path == ours || !is_one.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
            continue;
        }
        // A link is not followed, because its target is not ours.
        let Ok(facts) = path.symlink_metadata() else { continue };
        if facts.is_dir() && disk::same_owner(&facts, &mine) && is_left(&path, &facts, now) {
            match fs::remove_dir_all(&path) {
                Ok(()) => tracing::info!("deleted what an earlier practice left"),
                Err(error) => tracing::warn!("what an earlier practice left stays: {error}"),
            }
        }
    }
}

/// Whether no running program uses the folder.
fn is_left(folder: &Path, facts: &Metadata, now: UtcMs) -> bool {
    let age_ms = |facts: &Metadata| {
        let written = facts.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        written.map_or(0, |since| now.0.saturating_sub(since.as_millis() as i64))
    };
    let lock = folder.join(LOCK);
    if lock.symlink_metadata().is_ok_and(|there| there.is_file()) {
        return age_ms(facts) > YOUNG_MS
            && File::open(&lock).and_then(|lock| disk::lock(&lock)).is_ok_and(|lock| lock == Lock::Ours);
    }
    let inside = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let youngest = inside.filter_map(|entry| entry.metadata().ok()).map(|facts| age_ms(&facts)).min();
    youngest.unwrap_or(i64::MAX).min(age_ms(facts)) > UNLOCKED_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_programs_left_is_deleted_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        let (ended, lock) = open_in(parent.path(), 1).unwrap();
        fs::write(ended.join("acme_export.tar.gz"), "bytes").unwrap();
        drop(lock);
        let (running, _held) = open_in(parent.path(), 2).unwrap();
        // From a version that took no lock.
        fs::create_dir(at(NAME)).unwrap();
        fs::write(at(NAME).join("acme_export.tar.gz"), "bytes").unwrap();
        fs::create_dir(at("export-desk-practices")).unwrap();
        fs::create_dir(at("someone-else")).unwrap();
        fs::write(at("export-desk-practice-note"), "a file").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(at("someone-else"), at("export-desk-practice-link")).unwrap();
        let (ours, _kept) = open_in(parent.path(), 3).unwrap();

        clean(parent.path(), &ours, clock::now());
        assert!(ended.exists() && at(NAME).exists(), "as young as this they may be in the making");
        clean(parent.path(), &ours, clock::now().plus_ms(2 * YOUNG_MS));
        assert!(!ended.exists(), "its program has ended");
        assert!(at(NAME).exists(), "nobody can tell");
        clean(parent.path(), &ours, clock::now().plus_ms(2 * UNLOCKED_MS));
        assert!(!at(NAME).exists());
        let others = ["export-desk-practices", "someone-else", "export-desk-practice-note"];
        for kept in others.map(at).into_iter().chain([running, ours]) {
            assert!(kept.exists(), "{}", kept.display());
        }
        #[cfg(unix)]
        assert!(at("export-desk-practice-link").symlink_metadata().is_ok());
    }

    #[test]
    fn a_name_in_use_is_not_used() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir(parent.path().join(format!("{NAME}-7"))).unwrap();
        let (folder, _lock) = open_in(parent.path(), 7).unwrap();
        assert!(folder.ends_with(format!("{NAME}-7-1")));
    }
}
