//! Archives older than the retention: finds them, lists them, and deletes them only at the user's command.
//!
//! Only a file that one of our receipts names is ever deleted, and only if it is unchanged: a regular file of the
//! same size and SHA-256. Anything else at that path belongs to somebody else.

mod input;

use std::fs::{self, File, Metadata};
use std::time::UNIX_EPOCH;

use crate::archive;
use crate::case::rules::DAY_MS;
use crate::case::{Case, DownloadId, JournalEntry, JournalEvent, UserError, UtcMs, plain};
use crate::gitlab::FileStamp;

use super::api::{Answer, AskId, OldArchive, OldReason};
use super::clock;
use super::core::{Core, on_disk_thread};
use super::input::EngineInput;

use input::Deletion;

pub use input::OldArchivesInput;

/// The clock of a file server may be slightly ahead of ours.
const CLOCKS_DIFFER_MS: i64 = 5_000;

/// A downloaded archive that the user may delete, with the SHA-256 that identifies it.
#[derive(Debug)]
pub struct Candidate {
    pub archive: OldArchive,
    pub sha256: String,
}

/// Why an archive may be deleted, or `None` where it must stay. Depends on the retention and on the archive's case.
pub fn why_old(at: UtcMs, case: Option<&Case>, keep_days: Option<u64>, now: UtcMs) -> Option<OldReason> {
    if case.is_some_and(|case| case.private_data_deleted.is_some()) {
        return Some(OldReason::CaseCleaned);
    }
    let days = keep_days.filter(|days| now.since_ms(at) >= *days as i64 * DAY_MS)?;
    Some(OldReason::Kept { days })
}

/// Lists the old archives that still exist. The file checks run on a thread that may block on the disk.
pub fn find(core: &Core, ask: AskId, old: Vec<Candidate>) {
    let look = on_disk_thread(move || {
        let there = old.into_iter().filter(|old| check_untouched(&old.archive).is_ok());
        let mut there: Vec<_> = there.map(|old| old.archive).collect();
        there.sort_by_key(|archive| (archive.at, archive.download));
        Answer::OldArchives(there.into())
    });
    core.spawn(look, move |result| EngineInput::Answered(ask, result));
}

/// Deletes those of `downloads` that are old archives now, and no other files.
pub fn delete_all(core: &Core, ask: AskId, old: Vec<Candidate>, downloads: &[DownloadId]) {
    let chosen: Vec<_> = old.into_iter().filter(|old| downloads.contains(&old.archive.download)).collect();
    let delete_one = |old: Candidate| {
        let result = delete(&old.archive, &old.sha256);
        Deletion { archive: old.archive, result }
    };
    let work = on_disk_thread(move || chosen.into_iter().map(delete_one).collect());
    core.spawn(work, move |result| EngineInput::OldArchives(OldArchivesInput { ask, result }));
}

/// The deletion has ended.
pub fn input(core: &mut Core, input: OldArchivesInput) {
    let OldArchivesInput { ask, result } = input;
    let results = match result {
        Ok(results) => results,
        Err(error) => return core.reply(ask, Err(error)),
    };
    let (mut files, mut bytes, mut kept, mut entries) = (0, 0, Vec::new(), Vec::new());
    for deletion in results {
        match deletion.result {
            Ok(()) => {
                (files, bytes) = (files + 1, bytes + deletion.archive.bytes);
                entries.push(told(&deletion.archive));
            }
            Err(why) => kept.push(why),
        }
    }
    // The files are deleted. A journal that cannot be written is a separate error.
    let written: Result<(), UserError> =
        if entries.is_empty() { Ok(()) } else { core.commit(clock::now(), Vec::new(), entries) };
    core.reply(ask, written.map(|()| Answer::Deleted { files, bytes, kept }));
}

fn told(archive: &OldArchive) -> JournalEntry {
    // The journal must not repeat a file name of a case whose private data was deleted.
    let name = archive.path.file_name().filter(|_| archive.why != OldReason::CaseCleaned);
    let file = name.map(|name| name.to_string_lossy().into_owned());
    let what = JournalEvent::ArchiveDeleted { file, bytes: archive.bytes };
    match archive.case_id {
        Some(id) => JournalEntry::of_case(id, what),
        None => JournalEntry::general(what),
    }
}

/// The file's metadata, if the file can still be the downloaded one.
fn check_untouched(archive: &OldArchive) -> Result<Metadata, &'static str> {
    let facts = fs::symlink_metadata(&archive.path).map_err(|_gone| "no longer exists")?;
    if !facts.is_file() || facts.len() != archive.bytes {
        return Err("is a different file than the one that was downloaded");
    }
    let written = facts.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let written_ms = written.map_or(i64::MAX, |since| since.as_millis() as i64);
    if written_ms > archive.at.0.saturating_add(CLOCKS_DIFFER_MS) {
        return Err("was changed since it was downloaded");
    }
    Ok(facts)
}

/// Deletes one archive, or returns why not.
fn delete(archive: &OldArchive, sha256: &str) -> Result<(), String> {
    let kept = |why: &str| plain(format!("{} {why}.", archive.path.display()));
    let before = check_untouched(archive).map_err(kept)?;
    let found = File::open(&archive.path).and_then(archive::sha256);
    let found = found.map_err(|error| kept(&format!("cannot be read ({error})")))?;
    if !found.eq_ignore_ascii_case(sha256) {
        return Err(kept("is a different file than the one that was downloaded"));
    }
    let after = check_untouched(archive).map_err(kept)?;
    if FileStamp::of(&before) != FileStamp::of(&after) {
        return Err(kept("changed during the check"));
    }
    fs::remove_file(&archive.path).map_err(|error| kept(&format!("cannot be deleted ({error})")))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn old(path: PathBuf, bytes: u64) -> OldArchive {
        OldArchive {
            download: DownloadId(1),
            path,
            bytes,
            case_id: None,
            project_path: "acme/api".into(),
            at: clock::now(),
            why: OldReason::Kept { days: 30 },
        }
    }

    #[test]
    fn only_the_very_file_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar.gz");
        fs::write(&path, "ours").unwrap();
        let sha256 = crate::archive::sha256(File::open(&path).unwrap()).unwrap();
        let one = old(path.clone(), 4);

        fs::write(&path, "hers").unwrap();
        assert!(
            delete(&one, &sha256)
                .unwrap_err()
                .contains("is a different file than the one that was downloaded"),
            "same size, other bytes"
        );
        fs::write(&path, "ours and more").unwrap();
        assert!(
            delete(&one, &sha256)
                .unwrap_err()
                .contains("is a different file than the one that was downloaded"),
            "another size"
        );
        fs::write(&path, "ours").unwrap();
        let earlier = OldArchive { at: one.at.plus_ms(-60_000), ..one.clone() };
        assert!(delete(&earlier, &sha256).unwrap_err().contains("changed since"), "written after its proof");
        assert!(path.exists());

        assert_eq!(delete(&one, &sha256), Ok(()));
        assert!(!path.exists());
        assert!(delete(&one, &sha256).unwrap_err().contains("no longer exists"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("a.tar.gz"));
        fs::write(&real, "ours").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let sha256 = crate::archive::sha256(File::open(&real).unwrap()).unwrap();
        assert!(delete(&old(link.clone(), 4), &sha256).is_err());
        assert!(real.exists() && link.symlink_metadata().is_ok());
    }
}
