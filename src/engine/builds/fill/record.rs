//! `filled.json`: what was read for a folder besides the relations export, and the files of it in the folder `filled`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::archive::build::LeftOut;
use crate::archive::sha256;
use crate::engine::api::Filled;
use crate::engine::manifest::Manifest;
use crate::platform::disk::{self, Backups};
use crate::platform::private_file;

use super::{PartEnd, Why, members, unread_again};

/// The record's name.
pub const NAME: &str = "filled.json";
const FOLDER: &str = "filled";
const FORMAT: u32 = 1;
/// Enough for 10,000 snippets.
const MOST_BYTES: usize = 16 << 20;
const WIKI: &str = "project.wiki.bundle";
/// How many repositories a note names.
const SHOWN: usize = 5;

/// The contents of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillRecord {
    format: u32,
    instance: String,
    project_id: u64,
    /// When GitLab wrote the newest of the relation files. What was read for another export is not used.
    exported_at: Option<String>,
    /// When the reading began, RFC 3339.
    pub began_at: String,
    /// The parts that were read or left out. After a crash, others are missing.
    pub done: Vec<String>,
    pub filled: Vec<Filled>,
    pub left_out: Vec<LeftOut>,
    pub files: Vec<FilledFile>,
    /// Files that may be on disk besides: of an earlier reading, and those that are about to get their names. They are
    /// listed before they get there, so that a crash leaves no e-mail address that no record names.
    #[serde(default)]
    pub known: Vec<FilledFile>,
    /// Why parts could not be read again: what an earlier reading brought stays.
    #[serde(default)]
    pub stale: Vec<LeftOut>,
    /// Where the addresses of the members come from.
    #[serde(default)]
    pub addresses: Option<AddressesOf>,
}

/// Where the e-mail addresses in the list of members come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressesOf {
    /// The members show them on their profiles.
    Profiles,
    Table,
}

/// A verified file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledFile {
    /// The name in the archive, which determines the file's name.
    pub member: String,
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

impl FillRecord {
    pub fn new(manifest: &Manifest, began_at: String) -> Self {
        Self {
            format: FORMAT,
            instance: manifest.instance.clone(),
            project_id: manifest.project_id,
            exported_at: manifest.exported_at(),
            began_at,
            done: Vec::new(),
            filled: Vec::new(),
            left_out: Vec::new(),
            files: Vec::new(),
            known: Vec::new(),
            stale: Vec::new(),
            addresses: None,
        }
    }

    /// The record with which a reading begins: what an earlier one brought for the same export stays until its part is
    /// read again, and the files of any other are still known.
    pub fn next(folder: &Path, manifest: &Manifest, began_at: String) -> Self {
        match Self::read(folder) {
            Some(earlier) if earlier.is_of(manifest) => Self { began_at, ..earlier },
            Some(earlier) => {
                let known = earlier.files.into_iter().chain(earlier.known).collect();
                Self { known, ..Self::new(manifest, began_at) }
            }
            None => Self::new(manifest, began_at),
        }
    }

    /// The record of a folder; `None` where there is none, or where another program wrote it.
    pub fn read(folder: &Path) -> Option<Self> {
        let bytes = disk::read_short(&folder.join(NAME), MOST_BYTES).ok()?;
        let record: Self = serde_json::from_slice(&bytes).ok()?;
        (record.format == FORMAT).then_some(record)
    }

    /// Whether the folder has traces of a reading. Without a record that can be read, nobody knows what was read.
    pub fn has_traces(folder: &Path) -> bool {
        let has_files = || fs::read_dir(folder.join(FOLDER)).is_ok_and(|mut files| files.next().is_some());
        folder.join(NAME).symlink_metadata().is_ok() || has_files()
    }

    /// Whether it was read for the same export of the same project. Of an export, more files may have been downloaded
    /// since.
    pub fn is_of(&self, manifest: &Manifest) -> bool {
        let listed = manifest.listed.iter().filter(|listed| !listed.is_old).flat_map(|listed| &listed.files);
        let is_listed =
            || self.exported_at.is_some() && listed.clone().any(|file| file.updated_at == self.exported_at);
        manifest.is_of(&self.instance, self.project_id)
            && (self.exported_at == manifest.exported_at() || is_listed())
    }

    /// Replaces the record of an earlier reading; another program's file is moved aside.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(NAME);
        if Self::read(folder).is_none() {
            private_file::set_aside(&path, "old")?;
        }
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        private_file::replace(&path, &text, Backups::LeaveOut)
    }

    pub fn file(&self, member: &str) -> Option<&FilledFile> {
        self.files.iter().find(|file| file.member == member)
    }

    /// Every content that the file of a member may have: the one that is listed, and those that a crash kept from being
    /// listed.
    pub fn all_of(&self, member: &str) -> impl Iterator<Item = &FilledFile> {
        let known = self.known.iter().filter(move |file| file.member == member);
        self.file(member).into_iter().chain(known)
    }

    /// The unchanged file of a member.
    pub fn whole(&self, folder: &Path, member: &str) -> Option<&FilledFile> {
        self.all_of(member).find(|file| file.is_whole(folder))
    }

    /// Records how the reading of a part ended. Without a new one, whole files of an earlier reading stay.
    pub(super) fn end(&mut self, folder: &Path, what: &str, end: Result<PartEnd, Why>) {
        match end {
            Ok(end) => {
                self.clear(what);
                if what == super::MEMBERS {
                    self.addresses = end.addresses;
                }
                self.filled.extend(end.filled);
                self.files.extend(end.files);
                self.left_out.extend(end.left_out);
                self.stale.extend(end.stale);
            }
            Err(why) => {
                let files = self.files.iter().filter(|file| file.is_part_of(what));
                let kept: Vec<_> =
                    files.filter_map(|file| self.whole(folder, &file.member)).cloned().collect();
                if kept.is_empty() {
                    self.clear(what);
                    self.left_out.push(LeftOut::of(what, &why));
                } else {
                    self.files.retain(|file| !file.is_part_of(what));
                    self.files.extend(kept);
                    self.stale.retain(|one| one.relation != what);
                    self.stale.push(LeftOut::of(what, &unread_again(&why)));
                    self.done.retain(|one| one != what);
                }
            }
        }
        self.done.push(what.to_owned());
        // Parts that stay from an earlier reading keep their place.
        let place = |what: &str| super::PARTS.iter().position(|part| *part == what);
        self.filled.sort_by_key(|one| place(&one.what));
        self.left_out.sort_by_key(|one| place(&one.relation));
    }

    /// What was filled in, with what could not be read again.
    pub fn shown(&self) -> Vec<Filled> {
        self.filled.iter().map(|one| self.with_stale(one)).collect()
    }

    /// A part with a note about what of it could not be read again.
    pub fn with_stale(&self, filled: &Filled) -> Filled {
        let all: Vec<_> = self.stale.iter().filter(|one| one.relation == filled.what).collect();
        let named = all.iter().take(SHOWN).map(|one| match &one.name {
            Some(name) => format!("{name}: {}", one.why),
            None => one.why.clone(),
        });
        let more = all.len().saturating_sub(SHOWN);
        let more = (more > 0).then(|| format!("{more} more could not be read again."));
        let notes: Vec<_> = filled.note.iter().cloned().chain(named).chain(more).collect();
        Filled { note: (!notes.is_empty()).then(|| notes.join(" ")), ..filled.clone() }
    }

    /// Lists a file that is about to get its name.
    pub fn expect(&mut self, file: FilledFile) {
        if !self.known.contains(&file) {
            self.known.push(file);
        }
    }

    /// Forgets everything of a part. Its files stay known.
    pub fn clear(&mut self, what: &str) {
        self.filled.retain(|one| one.what != what);
        self.left_out.retain(|one| one.relation != what);
        self.stale.retain(|one| one.relation != what);
        self.done.retain(|one| one != what);
        let (gone, kept) =
            std::mem::take(&mut self.files).into_iter().partition(|file| file.is_part_of(what));
        self.files = kept;
        let gone: Vec<FilledFile> = gone;
        for file in gone {
            self.expect(file);
        }
    }

    /// Removes the unchanged files of a part that are known but no longer listed, and forgets them. Returns whether
    /// there were any.
    pub fn remove_unlisted(&mut self, folder: &Path, what: &str) -> bool {
        let of_part = |file: &&FilledFile| file.is_part_of(what);
        for file in self.known.iter().filter(of_part).filter(|file| self.file(&file.member).is_none()) {
            if let Some(path) = file.path(folder).filter(|_| file.is_whole(folder)) {
                fs::remove_file(path).ok();
            }
        }
        let before = self.known.len();
        self.known.retain(|file| !file.is_part_of(what));
        self.known.len() < before
    }
}

impl FilledFile {
    fn is_part_of(&self, what: &str) -> bool {
        what_of(&self.member) == what
    }

    /// The file's path; `None` where no reading gives such a member, so that no name can point elsewhere.
    pub fn path(&self, folder: &Path) -> Option<PathBuf> {
        path_of(folder, &self.member)
    }

    /// Whether the file is unchanged. Reads the whole file.
    pub fn is_whole(&self, folder: &Path) -> bool {
        self.path(folder).is_some_and(|path| {
            path.symlink_metadata().is_ok_and(|facts| facts.is_file() && facts.len() == self.bytes)
                && File::open(&path).and_then(sha256).is_ok_and(|digest| digest == self.sha256)
        })
    }
}

/// The part that a member belongs to.
fn what_of(member: &str) -> &'static str {
    match member {
        members::MEMBER => super::MEMBERS,
        WIKI => super::WIKI,
        _ => super::SNIPPETS,
    }
}

/// Where a member's content is kept.
pub fn path_of(folder: &Path, member: &str) -> Option<PathBuf> {
    let digest = |name: &str| name.strip_suffix(".bundle").is_some_and(is_digest);
    let name = match member {
        WIKI => WIKI,
        members::MEMBER => "project_members.ndjson",
        _ => member.strip_prefix("snippets/").filter(|name| digest(name))?,
    };
    Some(folder.join(FOLDER).join(name))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The files that were read for the project of this manifest, for their deletion: path, size, and SHA-256. They may be
/// of an earlier export: addresses of members must not outlive the data of their project.
pub fn filled_files(folder: &Path, manifest: &Manifest) -> Vec<(PathBuf, u64, String)> {
    let of_project = |record: &FillRecord| manifest.is_of(&record.instance, record.project_id);
    let Some(record) = FillRecord::read(folder).filter(of_project) else { return Vec::new() };
    let mut by_member: BTreeMap<&str, Vec<&FilledFile>> = BTreeMap::new();
    for file in record.files.iter().chain(&record.known) {
        let same = by_member.entry(&file.member).or_default();
        if !same.contains(&file) {
            same.push(file);
        }
    }
    // After a crash there may be two for one path: the one that is there counts.
    let listed = by_member.into_iter().filter_map(|(member, all)| match all[..] {
        [only] => Some(only),
        _ => record.whole(folder, member).or(all.first().copied()),
    });
    listed.filter_map(|file| Some((file.path(folder)?, file.bytes, file.sha256.clone()))).collect()
}

/// Removes our record, which names snippets, and the folder of the files if it is empty. The record stays while a file
/// that it names is there.
pub fn forget_filled(folder: &Path) {
    if let Some(record) = FillRecord::read(folder) {
        if record.files.iter().chain(&record.known).any(|file| file.is_whole(folder)) {
            return;
        }
        fs::remove_file(folder.join(NAME)).ok();
    }
    fs::remove_dir(folder.join(FOLDER)).ok();
}

/// Creates the folder of the files.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let path = folder.join(FOLDER);
    match path.symlink_metadata() {
        Ok(there) if !there.is_dir() => Err(io::Error::other("`filled` is not a folder")),
        Ok(_) => Ok(()),
        Err(_) => disk::create_folder(&path),
    }
}

/// Lists a file in the record before it gets its name. Returns whether the file that has the name now is ours.
pub fn announce(folder: &Path, record: &FillRecord, file: &FilledFile) -> io::Result<bool> {
    let is_ours = record.whole(folder, &file.member).is_some();
    let mut record = record.clone();
    record.expect(file.clone());
    record.write(folder)?;
    Ok(is_ours)
}

/// Writes a short file. An earlier one of ours is replaced, any other file is moved aside.
pub fn store(folder: &Path, record: &FillRecord, member: &str, content: &[u8]) -> io::Result<FilledFile> {
    create_folder(folder)?;
    let path = path_of(folder, member).ok_or_else(|| io::Error::other("the member has no file"))?;
    let file =
        FilledFile { member: member.to_owned(), bytes: content.len() as u64, sha256: sha256(content)? };
    if !announce(folder, record, &file)? {
        private_file::set_aside(&path, "old")?;
    }
    private_file::replace(&path, content, Backups::LeaveOut)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_members_that_a_reading_gives_have_a_path() {
        let folder = Path::new("/f");
        let digest = "0".repeat(64);
        let snippet = path_of(folder, &format!("snippets/{digest}.bundle")).unwrap();
        assert_eq!(snippet, folder.join("filled").join(format!("{digest}.bundle")));
        assert!(path_of(folder, WIKI).is_some() && path_of(folder, members::MEMBER).is_some());
        for member in ["../x", "snippets/../x.bundle", "snippets/ab.bundle", "project.bundle", ""] {
            assert_eq!(path_of(folder, member), None, "{member}");
        }
    }

    /// More of an export may be downloaded later. Then its newest file is another one.
    #[test]
    fn a_reading_is_for_an_export_however_much_of_it_was_downloaded() {
        use crate::engine::manifest::{ListedFile, ListedRelation, fixture};
        let at = |time: &str| Some(time.to_owned());
        let mut manifest = Manifest::new("https://i", 7, "a/b");
        let one = |relation: &str, time: &str| ListedRelation {
            relation: relation.to_owned(),
            batched: false,
            batches_count: None,
            total_objects_count: None,
            is_old: false,
            is_skipped: false,
            files: vec![ListedFile { batch: None, objects_count: Some(1), updated_at: at(time) }],
        };
        manifest.listed = vec![one("snippets", "2026-01-01T00:00:00Z"), one("self", "2026-01-01T00:00:09Z")];
        let add = |manifest: &mut Manifest, relation: &str, time: &str| {
            let mut file = fixture::file(relation, None);
            file.updated_at = at(time);
            manifest.files.insert(file.key(), file);
        };
        add(&mut manifest, "snippets", "2026-01-01T00:00:00Z");
        let record = FillRecord::new(&manifest, String::new());
        add(&mut manifest, "self", "2026-01-01T00:00:09Z");
        assert!(record.is_of(&manifest));
        let mut other = manifest.clone();
        for (listed, time) in other.listed.iter_mut().zip(["2026-02-01T00:00:00Z", "2026-02-01T00:00:09Z"]) {
            listed.files[0].updated_at = at(time);
        }
        assert!(!record.is_of(&other));
        other.listed[0] = ListedRelation { is_old: true, ..manifest.listed[0].clone() };
        add(&mut other, "self", "2026-02-01T00:00:09Z");
        assert!(!record.is_of(&other), "a relation that GitLab did not export again");
    }

    #[test]
    fn a_users_file_is_moved_aside_and_ours_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        fs::create_dir(folder.join(FOLDER)).unwrap();
        let path = path_of(folder, members::MEMBER).unwrap();
        fs::write(&path, "theirs").unwrap();
        fs::write(folder.join(NAME), "theirs").unwrap();
        let manifest = Manifest::new("https://i", 7, "a/b");
        let mut record = FillRecord::new(&manifest, String::new());
        for text in ["one", "two"] {
            let file = store(folder, &record, members::MEMBER, text.as_bytes()).unwrap();
            // A crash now: the file is listed for deletion, and a later reading knows that it is ours.
            let listed = [(path.clone(), file.bytes, file.sha256.clone())];
            assert_eq!(filled_files(folder, &manifest), listed);
            let next = FillRecord::next(folder, &manifest, String::new());
            assert_eq!(next.whole(folder, members::MEMBER), Some(&file));
            forget_filled(folder);
            assert!(folder.join(NAME).exists(), "the record stays while its file is there");
            record.files = vec![file];
            record.write(folder).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(FillRecord::read(folder).as_ref(), Some(&record));
        }
        assert_eq!(fs::read(path.with_added_extension("old")).unwrap(), b"theirs");
        assert_eq!(fs::read(folder.join("filled.json.old")).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(folder.join(FOLDER)).unwrap().count(), 2);
        // A changed file is not ours any more.
        let removed = |what: &str| {
            let mut next = record.clone();
            next.clear(what);
            next.remove_unlisted(folder, what);
            !path.exists()
        };
        fs::write(&path, "three").unwrap();
        assert!(!removed("project_members"));
        fs::write(&path, "two").unwrap();
        assert!(!removed("wiki"), "the members may still be read");
        assert!(removed("project_members"));
        fs::remove_dir_all(folder.join(FOLDER)).unwrap();
        fs::write(folder.join(FOLDER), "a file").unwrap();
        assert!(store(folder, &record, members::MEMBER, b"x").is_err());
    }
}
