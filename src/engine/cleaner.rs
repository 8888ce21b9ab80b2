//! Archives that have been kept long enough: found, shown, and deleted only when the person says so.
//!
//! Only a file that a receipt of ours names is ever touched, and only while it is the very file: a plain file of the
//! same size and SHA-256. Whatever was put in its place since is somebody else's.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::archive;
use crate::case::rules::DAY_MS;
use crate::case::{CaseId, Entry, TransferId, Trouble, UtcMs, What, plain};
use crate::gitlab::FileStamp;

use super::api::{Answer, AskId, OldArchive, WhyOld};
use super::clock;
use super::input::Input;
use super::router::Router;

/// A file's clock may be a little ahead of ours.
const CLOCKS_DIFFER_MS: i64 = 5_000;

/// What came of one archive.
#[derive(Debug)]
pub struct Deletion {
    case_id: Option<CaseId>,
    path: PathBuf,
    /// Bytes that are gone, or why the file is still there.
    result: Result<u64, String>,
}

impl Router {
    /// What may go, by receipts; whether the files are still there is for a thread that may wait for the disk.
    pub(super) fn find_old_archives(&mut self, ask: AskId) {
        let old = self.old_archives(clock::now());
        let inputs = self.core.inputs.clone();
        tokio::task::spawn_blocking(move || {
            let there = old.into_iter().filter(|(archive, _)| looks_untouched(archive).is_ok());
            let mut there: Vec<_> = there.map(|(archive, _)| archive).collect();
            there.sort_by_key(|archive| (archive.at, archive.transfer));
            inputs.blocking_send(Input::Answered(ask, Ok(Answer::OldArchives(there.into())))).ok();
        });
    }

    fn old_archives(&self, now: UtcMs) -> Vec<(OldArchive, String)> {
        let days = self.settings.keep_archives_days;
        let old = self.downloads.receipts().filter_map(|(row, receipt)| {
            let case = row.case_id.and_then(|id| self.cases.get(&id));
            let cleaned = case.is_some_and(|case| case.private_data_deleted.is_some());
            let old = days.filter(|days| now.since_ms(receipt.at) >= *days as i64 * DAY_MS);
            let why = match (cleaned, old) {
                (true, _) => WhyOld::CaseCleaned,
                (false, Some(days)) => WhyOld::Kept { days },
                (false, None) => return None,
            };
            let archive = OldArchive {
                transfer: row.id,
                path: receipt.path.clone(),
                bytes: receipt.bytes,
                case_id: row.case_id,
                project_path: row.project.clone(),
                at: receipt.at,
                why,
            };
            Some((archive, receipt.sha256.clone()))
        });
        old.collect()
    }

    /// Deletes what is among the old archives of now; any other transfer's file stays.
    pub(super) fn delete_archives(&mut self, ask: AskId, transfers: &[TransferId]) {
        let mut chosen = self.old_archives(clock::now());
        chosen.retain(|(archive, _)| transfers.contains(&archive.transfer));
        let inputs = self.core.inputs.clone();
        tokio::task::spawn_blocking(move || {
            let delete_one = |(archive, sha256): (OldArchive, String)| {
                let result = delete(&archive, &sha256).map(|()| archive.bytes);
                Deletion { case_id: archive.case_id, path: archive.path, result }
            };
            let results = chosen.into_iter().map(delete_one).collect();
            inputs.blocking_send(Input::ArchivesDeleted { ask, results }).ok();
        });
    }

    pub(super) fn archives_deleted(&mut self, ask: AskId, results: Vec<Deletion>) {
        let (mut files, mut bytes, mut kept, mut entries) = (0, 0, Vec::new(), Vec::new());
        for deletion in results {
            match deletion.result {
                Ok(freed) => {
                    (files, bytes) = (files + 1, bytes + freed);
                    entries.push(self.told(deletion.case_id, &deletion.path, freed));
                }
                Err(why) => kept.push(why),
            }
        }
        // The files are gone; a journal that cannot be written is a trouble of its own.
        let told: Result<(), Trouble> =
            if entries.is_empty() { Ok(()) } else { self.core.commit(clock::now(), Vec::new(), entries) };
        self.core.reply(ask, told.map(|()| Answer::Deleted { files, bytes, kept }));
    }

    fn told(&self, case_id: Option<CaseId>, path: &Path, bytes: u64) -> Entry {
        let case = case_id.and_then(|id| self.cases.get(&id));
        // A case whose private data was deleted learns no name again.
        let cleaned = case.is_some_and(|case| case.private_data_deleted.is_some());
        let file = path.file_name().filter(|_| !cleaned).map(|name| name.to_string_lossy().into_owned());
        let what = What::ArchiveDeleted { file, bytes };
        match case_id {
            Some(id) => Entry::of_case(id, what),
            None => Entry::general(what),
        }
    }
}

/// The file's facts where it can still be the one that was downloaded.
fn looks_untouched(archive: &OldArchive) -> Result<Metadata, &'static str> {
    let facts = fs::symlink_metadata(&archive.path).map_err(|_gone| "is not there any more")?;
    if !facts.is_file() || facts.len() != archive.bytes {
        return Err("is another file than the one that was downloaded");
    }
    let written = facts.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let written_ms = written.map_or(i64::MAX, |since| since.as_millis() as i64);
    if written_ms > archive.at.0.saturating_add(CLOCKS_DIFFER_MS) {
        return Err("was changed since it was downloaded");
    }
    Ok(facts)
}

/// Deletes one archive, or says why not.
fn delete(archive: &OldArchive, sha256: &str) -> Result<(), String> {
    let kept = |why: &str| plain(format!("{} {why}.", archive.path.display()));
    let before = looks_untouched(archive).map_err(kept)?;
    let found = File::open(&archive.path).and_then(archive::sha256);
    let found = found.map_err(|error| kept(&format!("cannot be read ({error})")))?;
    if !found.eq_ignore_ascii_case(sha256) {
        return Err(kept("is another file than the one that was downloaded"));
    }
    let after = looks_untouched(archive).map_err(kept)?;
    if FileStamp::of(&before) != FileStamp::of(&after) {
        return Err(kept("was changed while it was looked at"));
    }
    fs::remove_file(&archive.path).map_err(|error| kept(&format!("cannot be deleted ({error})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old(path: PathBuf, bytes: u64) -> OldArchive {
        OldArchive {
            transfer: TransferId(1),
            path,
            bytes,
            case_id: None,
            project_path: "acme/api".into(),
            at: clock::now(),
            why: WhyOld::Kept { days: 30 },
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
        assert!(delete(&one, &sha256).unwrap_err().contains("another file"), "same size, other bytes");
        fs::write(&path, "ours and more").unwrap();
        assert!(delete(&one, &sha256).unwrap_err().contains("another file"), "another size");
        fs::write(&path, "ours").unwrap();
        let earlier = OldArchive { at: one.at.plus_ms(-60_000), ..one.clone() };
        assert!(delete(&earlier, &sha256).unwrap_err().contains("changed since"), "written after its proof");
        assert!(path.exists());

        assert_eq!(delete(&one, &sha256), Ok(()));
        assert!(!path.exists());
        assert!(delete(&one, &sha256).unwrap_err().contains("not there"));
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
