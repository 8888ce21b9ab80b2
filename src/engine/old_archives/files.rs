//! The files of an archive that may be deleted, and how each is recognised before its deletion.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::archive;
use crate::case::{RelationsRun, SetPart, UtcMs, plain};
use crate::engine::api::{OldArchive, OldArchiveId};
use crate::engine::builds::{BuiltRecord, filled_files, forget_filled};
use crate::engine::manifest::{self, FileKey, Manifest, ManifestFile};
use crate::gitlab::FileStamp;

use super::{Candidate, OldRule};

/// The clock of a file server may be slightly ahead of ours.
const CLOCKS_DIFFER_MS: i64 = 5_000;

/// One file with the size and the SHA-256 that identify it.
#[derive(Clone, Debug)]
pub struct OldFile {
    pub path: PathBuf,
    pub bytes: u64,
    pub sha256: String,
    /// Whether a file that was written after the archive's time is certainly another one.
    pub is_dated: bool,
}

/// Where the files are.
#[derive(Clone, Debug)]
pub enum OldFiles {
    /// A downloaded or rebuilt archive.
    Archive(OldFile),
    /// The archives of a set. Their folder also has the list, with this SHA-256.
    Set { list: PathBuf, sha256: String, parts: Vec<OldFile> },
    /// The files of one relations export in a folder, which may contain those of others.
    Relations { folder: PathBuf, run: Box<RelationsRun> },
    /// The archives that commands built from the files in a folder: what its records name.
    BuiltFrom { folder: PathBuf, run: Box<RelationsRun>, rule: OldRule },
    /// One of these: an archive or a set.
    Built { of: Box<OldFiles>, record: Box<BuiltRecord>, folder: PathBuf },
}

impl OldFiles {
    /// Every file that belongs to it by its name and by our records.
    pub fn all(&self) -> Vec<OldFile> {
        match self {
            Self::Archive(file) => vec![file.clone()],
            Self::Set { list, sha256, parts } => {
                let bytes = list.symlink_metadata().map_or(0, |facts| facts.len());
                let list = OldFile { path: list.clone(), bytes, sha256: sha256.clone(), is_dated: true };
                parts.iter().cloned().chain([list]).collect()
            }
            Self::Relations { folder, run } => of_relations(folder, run),
            Self::BuiltFrom { .. } => Vec::new(),
            Self::Built { of, .. } => of.all(),
        }
    }

    /// The files that can still be the ones that were written. Reads no content.
    pub fn there(&self, at: UtcMs) -> Vec<OldFile> {
        self.all().into_iter().filter(|file| file.check_untouched(at).is_ok()).collect()
    }

    /// Removes our own records beside the deleted files, and an empty folder.
    pub fn tidy(&self) {
        match self {
            Self::Archive(_) | Self::BuiltFrom { .. } => {}
            Self::Built { of, record, folder } => {
                of.tidy();
                record.forget(folder);
                // Removes the folder only if it is empty.
                fs::remove_dir(folder).ok();
            }
            // Removes the folder only if it is empty.
            Self::Set { list, .. } => drop(list.parent().map(fs::remove_dir)),
            Self::Relations { folder, run } => {
                let Some(manifest) = Manifest::read(folder) else { return };
                let is_ours = manifest.is_of(&run.instance, run.project_id);
                if is_ours && manifest.files.values().all(|file| !folder.join(&file.file).exists()) {
                    forget_filled(folder);
                    manifest::remove(folder);
                    fs::remove_dir(folder).ok();
                }
            }
        }
    }
}

/// An archive that stands for its own: a single one, or a set with its list.
pub fn of_archive(path: &Path, (bytes, sha256): (u64, &str), parts: &[SetPart]) -> OldFiles {
    let dated = |path: PathBuf, bytes, sha256: &str| OldFile {
        path,
        bytes,
        sha256: sha256.to_owned(),
        is_dated: true,
    };
    if parts.is_empty() {
        return OldFiles::Archive(dated(path.to_owned(), bytes, sha256));
    }
    let parts = parts.iter().map(|part| dated(part.path.clone(), part.bytes, &part.sha256)).collect();
    OldFiles::Set { list: path.to_owned(), sha256: sha256.to_owned(), parts }
}

/// The old archives that the records of a folder name. `like` says to which case they belong.
pub fn built_from(like: &OldArchive, folder: &Path, run: &RelationsRun, rule: OldRule) -> Vec<Candidate> {
    let records = BuiltRecord::all_in(folder, run).into_iter();
    let old = records.filter_map(|record| {
        let why = rule.why(record.at)?;
        let id = OldArchiveId::Built(run.id, record.number());
        let archive = OldArchive { id, path: record.path.clone(), at: record.at, why, ..like.clone() };
        let of = of_archive(&record.path, (record.bytes, &record.sha256), &record.parts);
        let (of, folder) = (Box::new(of), folder.to_owned());
        Some(Candidate { archive, of: OldFiles::Built { of, record: Box::new(record), folder } })
    });
    old.collect()
}

/// The files of this export in the folder, and what was read from GitLab for them.
pub(super) fn of_relations(folder: &Path, run: &RelationsRun) -> Vec<OldFile> {
    let Some(manifest) = Manifest::read(folder).filter(|known| known.is_of(&run.instance, run.project_id))
    else {
        return Vec::new();
    };
    let listed: HashMap<FileKey, Option<String>> = run
        .relations
        .iter()
        .flat_map(crate::case::Relation::files)
        .map(|file| (FileKey { relation: file.relation, batch: file.batch }, file.updated_at))
        .collect();
    let of_run = manifest.files.iter().filter(|(key, file)| listed.get(key) == Some(&file.updated_at));
    let old =
        |(path, bytes, sha256): (PathBuf, u64, String)| OldFile { path, bytes, sha256, is_dated: false };
    let mut files: Vec<_> =
        of_run.map(|(_, file)| old((folder.join(&file.file), file.bytes, file.sha256.clone()))).collect();
    // Addresses of members must not stay where the last files of their project are deleted. The manifest may also list
    // files that are gone.
    let is_there = |file: &&ManifestFile| folder.join(&file.file).symlink_metadata().is_ok();
    let is_of_run = |file: &ManifestFile| listed.get(&file.key()) == Some(&file.updated_at);
    if manifest.files.values().filter(is_there).all(is_of_run) {
        files.extend(filled_files(folder, &manifest).into_iter().map(old));
    }
    files
}

impl OldFile {
    /// The file's metadata, if the file can still be the one that was written.
    pub(super) fn check_untouched(&self, at: UtcMs) -> Result<Metadata, &'static str> {
        let facts = fs::symlink_metadata(&self.path).map_err(|_gone| "no longer exists")?;
        if !facts.is_file() || facts.len() != self.bytes {
            return Err("is a different file than the one that was written");
        }
        let written = facts.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let written_ms = written.map_or(i64::MAX, |since| since.as_millis() as i64);
        if self.is_dated && written_ms > at.0.saturating_add(CLOCKS_DIFFER_MS) {
            return Err("was changed since it was written");
        }
        Ok(facts)
    }

    /// Deletes the file, or returns why not. `false` means that it no longer exists.
    pub fn delete(&self, at: UtcMs) -> Result<bool, String> {
        let kept = |why: &str| plain(format!("{} {why}.", self.path.display()));
        if self.path.symlink_metadata().is_err() {
            return Ok(false);
        }
        let before = self.check_untouched(at).map_err(kept)?;
        let found = File::open(&self.path).and_then(archive::sha256);
        let found = found.map_err(|error| kept(&format!("cannot be read ({error})")))?;
        if !found.eq_ignore_ascii_case(&self.sha256) {
            return Err(kept("is a different file than the one that was written"));
        }
        let after = self.check_untouched(at).map_err(kept)?;
        if FileStamp::of(&before) != FileStamp::of(&after) {
            return Err(kept("changed during the check"));
        }
        fs::remove_file(&self.path).map_err(|error| kept(&format!("cannot be deleted ({error})")))?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::clock;

    fn old(path: PathBuf, bytes: u64, sha256: &str) -> OldFile {
        OldFile { path, bytes, sha256: sha256.to_owned(), is_dated: true }
    }

    #[test]
    fn only_the_very_file_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar.gz");
        fs::write(&path, "ours").unwrap();
        let sha256 = archive::sha256(File::open(&path).unwrap()).unwrap();
        let (one, at) = (old(path.clone(), 4, &sha256), clock::now());

        fs::write(&path, "hers").unwrap();
        assert!(one.delete(at).unwrap_err().contains("is a different file"), "same size, other bytes");
        fs::write(&path, "ours and more").unwrap();
        assert!(one.delete(at).unwrap_err().contains("is a different file"), "another size");
        fs::write(&path, "ours").unwrap();
        assert!(
            one.delete(at.plus_ms(-60_000)).unwrap_err().contains("changed since"),
            "written after its proof"
        );
        assert!(path.exists());

        assert_eq!(one.delete(at), Ok(true));
        assert!(!path.exists());
        assert_eq!(one.delete(at), Ok(false));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("a.tar.gz"));
        fs::write(&real, "ours").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let sha256 = archive::sha256(File::open(&real).unwrap()).unwrap();
        assert!(old(link.clone(), 4, &sha256).delete(clock::now()).is_err());
        assert!(real.exists() && link.symlink_metadata().is_ok());
    }
}
