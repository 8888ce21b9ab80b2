//! The three files of a download: the final file, the `.part` file beside it, and its sidecar, which is also the
//! lock.

use std::fs::File;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::fail::Failed;
use super::identity::Identity;
use super::name;
use super::plan::Spans;
use super::sidecar::{self, Owner, PartOwnership, Record, SLOT_BYTES};
use crate::platform::disk::{self, Backups, Lock, with_suffix};
use crate::platform::folder_notes::folder_notes;

/// Where the file should be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Exactly this file. Refused where it exists.
    File(PathBuf),
    /// In this folder, under the server's name; a free name (`name (2).tar.gz`) where that is taken.
    Folder(PathBuf),
}

impl Target {
    /// The target that a user means by a path: a folder if one exists or the path ends with a separator.
    pub fn at(path: &Path) -> Self {
        let ends_open = path.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
        if ends_open || path.is_dir() { Self::Folder(path.to_owned()) } else { Self::File(path.to_owned()) }
    }

    /// Checks what can be checked before the first request, and creates the folder.
    pub fn prepare(&self) -> Result<(), Failed> {
        // The database, the manifest and the receipt name the file as text, and a later start opens it by that name.
        let (Self::Folder(path) | Self::File(path)) = self;
        let whole = std::path::absolute(path).unwrap_or_else(|_odd| path.clone());
        if whole.to_str().is_none() {
            return Err(Failed::NotUnicode(whole));
        }
        let folder = match self {
            Self::Folder(folder) => folder.as_path(),
            Self::File(path) => {
                let Some(name) = path.file_name().filter(|_| !path.is_dir()) else {
                    return Err(Failed::TargetUnusable(path.clone()));
                };
                let most = name::MOST_TARGET_NAME_BYTES;
                if name.as_encoded_bytes().len() > most {
                    return Err(Failed::NameTooLong { path: path.clone(), most });
                }
                if is_taken(path) {
                    return Err(Failed::TargetExists(path.clone()));
                }
                disk::folder_of(path)
            }
        };
        disk::create_folder(folder).map_err(|error| Failed::from_io(folder, error))
    }
}

/// `name.part`: the bytes.
pub fn part_of(path: &Path) -> PathBuf {
    with_suffix(path, ".part")
}

/// `name.part-state`: the sidecar.
pub fn state_of(path: &Path) -> PathBuf {
    with_suffix(path, ".part-state")
}

/// Whether the final name is taken by anything but a hard link to our own `.part` file. Such a link is what a crash
/// leaves between the two steps of the rename.
fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok() && !(state_of(path).exists() && disk::is_same_file(&part_of(path), path))
}

/// Whether a file has its final name and no `.part` name any more. Removes a sidecar that a crash left beside it.
pub fn has_its_name(path: &Path) -> bool {
    let is_named = path.symlink_metadata().is_ok_and(|there| there.is_file())
        && part_of(path).symlink_metadata().is_err();
    if is_named {
        let state = state_of(path);
        let is_ours = state.symlink_metadata().is_ok_and(|there| there.is_file())
            && read_state(&state).is_ok_and(|bytes| !sidecar::is_foreign(&bytes));
        if is_ours {
            // If it cannot be removed, it does no harm.
            std::fs::remove_file(state).ok();
        }
    }
    is_named
}

/// What was found when a target was opened.
#[derive(Debug)]
pub struct Found {
    /// The identity of the bytes to resume from; empty for a fresh start.
    pub identity: Identity,
    pub done: Spans,
    /// The caller knows that the bytes belong to this very run.
    pub same_run: bool,
    /// Why earlier bytes of ours could not be used.
    pub discarded: Option<&'static str>,
    /// Where another program's partial file was moved.
    pub set_aside: Option<PathBuf>,
    /// What a person should know about the folder, in sentences.
    pub folder_notes: Vec<String>,
}

/// An opened and locked target. The lock is held as long as any clone of [`TargetFile::book`] exists.
#[derive(Debug)]
pub struct TargetFile {
    path: PathBuf,
    /// The name came from the server, so that another free name may be used.
    flexible: bool,
    pub file: Arc<File>,
    pub book: Arc<SidecarFile>,
}

/// The sidecar, open and locked.
#[derive(Debug)]
pub struct SidecarFile {
    file: File,
    owner: Owner,
    next_seq: Mutex<u64>,
}

impl SidecarFile {
    /// Records a state durably. The caller must have synced the data before.
    pub fn record(&self, identity: Identity, done: Spans) -> io::Result<()> {
        let mut seq = self.next_seq.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = sidecar::encode(*seq, &Record { owner: self.owner.clone(), identity, done });
        disk::write_at(&self.file, &slot, sidecar::slot_offset(*seq))?;
        disk::sync_data(&self.file)?;
        *seq += 1;
        Ok(())
    }
}

impl TargetFile {
    /// Opens the target for `server_name`, locks it, and distinguishes our files from others.
    pub async fn open(
        target: &Target,
        server_name: &str,
        owner: &Owner,
        lock_wait: Duration,
    ) -> Result<(Self, Found), Failed> {
        let deadline = tokio::time::Instant::now() + lock_wait;
        loop {
            match Self::try_open(target, server_name, owner) {
                Err(Failed::InUse(_)) if tokio::time::Instant::now() < deadline => {
                    // A download that was just dropped may still have a write in progress.
                    tokio::time::sleep(lock_wait / 20).await;
                }
                other => return other,
            }
        }
    }

    fn try_open(target: &Target, server_name: &str, owner: &Owner) -> Result<(Self, Found), Failed> {
        let (path, flexible) = match target {
            Target::File(path) => (path.clone(), false),
            Target::Folder(folder) => (free_path(folder, server_name)?, true),
        };
        if is_taken(&path) {
            return Err(Failed::TargetExists(path));
        }
        let state = state_of(&path);
        let Some((mut lock, bytes)) = open_state(&state)? else { return Err(Failed::InUse(path)) };
        let mut set_aside = None;
        if sidecar::is_foreign(&bytes) {
            set_aside = move_aside(&state)?;
            lock = open_state(&state)?.ok_or_else(|| Failed::InUse(path.clone()))?.0;
        }
        let part = part_of(&path);
        let is_plain = part.symlink_metadata().is_ok_and(|there| there.is_file());
        let mut known = sidecar::decode(&bytes).filter(|_| is_plain || part.symlink_metadata().is_err());
        if known.as_ref().is_some_and(|(_, record)| record.owner.ownership(owner) == PartOwnership::Foreign) {
            set_aside = move_aside(&part)?;
            move_aside(&state)?;
            known = None;
            lock = open_state(&state)?.ok_or_else(|| Failed::InUse(path.clone()))?.0;
        } else if known.is_none() && part.symlink_metadata().is_ok() {
            set_aside = move_aside(&part)?.or(set_aside);
        }
        if path.symlink_metadata().is_ok() {
            // The final name is only a hard link to our own `.part` file, see `is_taken`. The rename is repeated
            // after the verification.
            std::fs::remove_file(&path).map_err(|error| Failed::from_io(&path, error))?;
        }
        let len = match part.symlink_metadata() {
            Ok(there) => there.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(Failed::from_io(&part, error)),
        };
        let next_seq = known.as_ref().map_or(0, |(seq, _)| seq + 1);
        let mut found = usable(known.map(|(_, record)| record), owner, len);
        found.set_aside = set_aside;
        let book = SidecarFile { file: lock, owner: owner.clone(), next_seq: Mutex::new(next_seq) };
        // Recorded before the file exists, so that a crash leaves no file without an owner.
        book.record(found.identity.clone(), found.done.clone())
            .map_err(|error| Failed::from_io(&state, error))?;
        let file =
            disk::open_private(&part, Backups::LeaveOut).map_err(|error| Failed::from_io(&part, error))?;
        found.folder_notes = folder_notes(&file, &part);
        if found.done.is_empty() {
            file.set_len(0).map_err(|error| Failed::from_io(&part, error))?;
        }
        Ok((Self { path, flexible, file: Arc::new(file), book: Arc::new(book) }, found))
    }

    /// The final path, unless another program takes the name first.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn folder(&self) -> &Path {
        disk::folder_of(&self.path)
    }

    pub fn part(&self) -> PathBuf {
        part_of(&self.path)
    }

    /// Fails if another program has cut the partial file or lengthened it: `curl -o` empties a file before it writes its
    /// own bytes. The record of the bytes is then void, so that the next try starts over.
    ///
    /// A program that overwrites bytes without changing the length is not noticed.
    pub fn check_length(&self, lengths: RangeInclusive<u64>) -> Result<(), Failed> {
        let part = self.part();
        let there = self.file.metadata().map_err(|error| Failed::from_io(&part, error))?;
        if lengths.contains(&there.len()) {
            return Ok(());
        }
        let voided = self.book.record(Identity::default(), Spans::default());
        voided.map_err(|error| Failed::from_io(&state_of(&self.path), error))?;
        Err(Failed::PartGone(part))
    }

    /// Gives a verified file its final name, durably. Never replaces a file, and never renames another file than the
    /// verified one. `before_rename` is called with each name that is tried.
    pub fn keep(&self, before_rename: &mut dyn FnMut(&Path)) -> Result<PathBuf, Failed> {
        let part = self.part();
        disk::sync_all(&self.file).map_err(|error| Failed::from_io(&part, error))?;
        for number in 1..=1000 {
            let path = match self.path.file_name().and_then(|name| name.to_str()) {
                Some(name) if number > 1 => self.path.with_file_name(name::numbered(name, number)),
                _ => self.path.clone(),
            };
            if path.symlink_metadata().is_err() {
                before_rename(&path);
            }
            match disk::rename_open_no_replace(&self.file, &part, &path) {
                Ok(()) => {
                    self.forget()?;
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && self.flexible => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => break,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Failed::PartGone(part)),
                Err(error) => return Err(Failed::from_io(&path, error)),
            }
        }
        Err(Failed::TargetExists(self.path.clone()))
    }

    /// Moves a bad file to `<name>.damaged`, so that no later download resumes from it.
    pub fn keep_as_damaged(&self) -> Result<PathBuf, Failed> {
        let damaged = with_suffix(&self.path, ".damaged");
        let part = self.part();
        let is_ours = disk::names_open_file(&self.file, &part);
        if !is_ours.map_err(|error| Failed::from_io(&part, error))? {
            return Err(Failed::PartGone(part));
        }
        let to = first_free(&damaged, &part)?;
        self.forget()?;
        Ok(to)
    }

    fn forget(&self) -> Result<(), Failed> {
        let state = state_of(&self.path);
        disk::remove_if_there(&state).map_err(|error| Failed::from_io(&state, error))?;
        disk::sync_folder(self.folder()).map_err(|error| Failed::from_io(self.folder(), error))
    }
}

/// What this owner can use of a record, with a `.part` file of `len` bytes.
pub fn usable(record: Option<Record>, owner: &Owner, len: u64) -> Found {
    let fresh = Found {
        identity: Identity::default(),
        done: Spans::default(),
        same_run: false,
        discarded: None,
        set_aside: None,
        folder_notes: Vec::new(),
    };
    let Some(record) = record.filter(|record| !record.done.is_empty()) else { return fresh };
    let ownership = record.owner.ownership(owner);
    match ownership {
        PartOwnership::OtherRun => {
            Found { discarded: Some("the partial file belongs to an earlier export"), ..fresh }
        }
        PartOwnership::Foreign => fresh,
        _ if len < record.done.end() => {
            Found { discarded: Some("the partial file is shorter than recorded"), ..fresh }
        }
        PartOwnership::SameRun | PartOwnership::SameFile => Found {
            identity: record.identity,
            done: record.done,
            same_run: ownership == PartOwnership::SameRun,
            ..fresh
        },
    }
}

/// Opens and locks a sidecar; `None` where another download holds the lock.
fn open_state(state: &Path) -> Result<Option<(File, Vec<u8>)>, Failed> {
    const OPEN_TRIES: u32 = 100;
    let failed = |error| Failed::from_io(state, error);
    for number in 1..=OPEN_TRIES {
        // A link would redirect the lock and the writes to another place.
        if state.symlink_metadata().is_ok_and(|there| !there.is_file()) {
            return Err(Failed::TargetUnusable(state.to_owned()));
        }
        let file = disk::open_private(state, Backups::LeaveOut).map_err(failed)?;
        if disk::lock(&file).map_err(failed)? == Lock::Theirs {
            return Ok(None);
        }
        // Another download may have removed the file between our open and our lock. A file system whose inode
        // numbers change (FUSE) never says the same twice.
        if number < OPEN_TRIES && !disk::names_open_file(&file, state).map_err(failed)? {
            continue;
        }
        let bytes = slots_of(&file).map_err(failed)?;
        return Ok(Some((file, bytes)));
    }
    Ok(None)
}

/// What both slots of a sidecar contain. Opens only a regular file, because opening a pipe would block.
pub fn read_state(state: &Path) -> io::Result<Vec<u8>> {
    if !state.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    slots_of(&File::open(state)?)
}

fn slots_of(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 2 * SLOT_BYTES];
    let mut len = 0;
    while len < bytes.len() {
        match disk::read_at(file, &mut bytes[len..], len as u64)? {
            0 => break,
            got => len += got,
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

/// The first of `name`, `name (2)`, … whose final file does not exist.
fn free_path(folder: &Path, server_name: &str) -> Result<PathBuf, Failed> {
    (1..=1000)
        .map(|number| folder.join(name::numbered(server_name, number)))
        .find(|path| !is_taken(path))
        .ok_or_else(|| Failed::TargetExists(folder.join(server_name)))
}

/// Moves another program's file to `<name>.aside` without replacing anything; `None` where there was none.
fn move_aside(path: &Path) -> Result<Option<PathBuf>, Failed> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    first_free(&with_suffix(path, ".aside"), path).map(Some)
}

/// Renames `from` to `wanted`, or `wanted-2`, … where that is taken.
fn first_free(wanted: &Path, from: &Path) -> Result<PathBuf, Failed> {
    disk::rename_to_free(from, wanted).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failed::TargetExists(wanted.to_owned()),
        _ => Failed::from_io(from, error),
    })
}
