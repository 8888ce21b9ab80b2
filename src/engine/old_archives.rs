//! Archives and relation files older than the retention, or of a case whose private data was deleted: finds them,
//! lists them, and deletes them only at the user's command.
//!
//! Only a file that one of our receipts or manifests names is ever deleted, and only if it is unchanged: a regular file
//! of the same size and SHA-256, at the path where it was written or under a new name in the same folder. Anything else
//! belongs to somebody else.

mod files;
mod input;
mod renamed;

use std::collections::HashSet;
use std::path::PathBuf;

use crate::case::rules::DAY_MS;
use crate::case::{CaseId, JournalEntry, JournalEvent, RelationsRun, UserError, UtcMs};

use super::api::{Answer, AskId, OldArchive, OldArchiveId, OldReason};
use super::clock;
use super::core::{Core, on_disk_thread};
use super::input::EngineInput;

use input::Deletion;
use renamed::Renamed;

pub use files::{OldFiles, of_archive};
pub use input::OldArchivesInput;

/// Something that the user may delete, and how its files are recognised.
#[derive(Debug)]
pub struct Candidate {
    pub archive: OldArchive,
    pub of: OldFiles,
}

/// What may be deleted, and what else is known.
#[derive(Debug)]
pub struct Candidates {
    pub old: Vec<Candidate>,
    /// The archives that our records name, old or not: path and SHA-256.
    pub taken: Vec<(PathBuf, String)>,
    /// The folders of relation files, whose records name more archives.
    pub folders: Vec<(PathBuf, RelationsRun)>,
}

/// By what an archive counts as old.
#[derive(Clone, Copy, Debug)]
pub struct OldRule {
    /// Everything until then is private data that was deleted with its case, or is about to be.
    pub cleaned_until: Option<UtcMs>,
    /// The case.
    pub case_id: Option<CaseId>,
    /// The retention in the settings.
    pub keep_days: Option<u64>,
    pub now: UtcMs,
}

impl OldRule {
    /// Why an archive of this time may be deleted, or `None` where it must stay.
    pub fn why(self, at: UtcMs) -> Option<OldReason> {
        if self.cleaned_until.is_some_and(|until| at <= until) {
            return Some(OldReason::CaseCleaned);
        }
        let days = self.keep_days.filter(|days| self.now.since_ms(at) >= *days as i64 * DAY_MS)?;
        Some(OldReason::Kept { days })
    }
}

/// Lists the old archives that still exist. The file checks run on a thread that may block on the disk.
pub fn find(core: &Core, ask: AskId, old: Candidates) {
    let look = on_disk_thread(move || {
        let found = each(old).filter_map(found).map(|(archive, _files)| archive);
        let mut there: Vec<_> = found.collect();
        there.sort_by_key(|archive| (archive.at, archive.id));
        Answer::OldArchives(there.into())
    });
    core.spawn(look, move |result| EngineInput::Answered(ask, result));
}

/// The candidates, with the archives that the records of folders name. Several relations exports can have the same
/// folder; each archive is listed once.
fn each(candidates: Candidates) -> impl Iterator<Item = Candidate> {
    let Candidates { old, taken, folders } = candidates;
    let mut renamed = Renamed::new(taken, &folders);
    let mut built = HashSet::new();
    let all = old.into_iter().flat_map(move |one| match &one.of {
        OldFiles::BuiltFrom { folder, run, rule } => {
            let built = files::built_from(&one.archive, &Renamed::relations(folder, run), run, *rule);
            built.into_iter().map(|one| renamed.found(one)).collect()
        }
        OldFiles::Archive(_) | OldFiles::Set { .. } | OldFiles::Relations { .. } | OldFiles::Built { .. } => {
            vec![renamed.found(one)]
        }
    });
    all.filter(move |one| !matches!(one.of, OldFiles::Built { .. }) || built.insert(one.archive.path.clone()))
}

/// The candidate with its files as far as they are still there; `None` where none is.
fn found(old: Candidate) -> Option<(OldArchive, OldFiles)> {
    let Candidate { mut archive, of } = old;
    let there = of.there(archive.at);
    archive.files = there.len();
    archive.bytes = there.iter().map(|file| file.bytes).sum();
    (archive.files > 0).then_some((archive, of))
}

/// Deletes those of `chosen` that are old now, and no other files.
pub fn delete_all(core: &Core, ask: AskId, old: Candidates, chosen: &[OldArchiveId]) {
    let chosen = chosen.to_vec();
    let work = on_disk_thread(move || {
        // All are found before the first is deleted: a folder is recognised by the files in it.
        let chosen: Vec<_> = each(old).filter(|old| chosen.contains(&old.archive.id)).collect();
        chosen.into_iter().filter_map(found).map(delete_one).collect()
    });
    core.spawn(work, move |result| EngineInput::OldArchives(OldArchivesInput { ask, result }));
}

fn delete_one((archive, of): (OldArchive, OldFiles)) -> Deletion {
    let mut deletion = Deletion { archive, files: 0, bytes: 0, kept: Vec::new() };
    for file in of.all() {
        match file.delete(deletion.archive.at) {
            Ok(true) => (deletion.files, deletion.bytes) = (deletion.files + 1, deletion.bytes + file.bytes),
            Ok(false) => {}
            Err(why) => deletion.kept.push(why),
        }
    }
    if deletion.kept.is_empty() {
        of.tidy();
    }
    deletion
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
        kept.extend(deletion.kept);
        if deletion.files > 0 {
            (files, bytes) = (files + 1, bytes + deletion.bytes);
            entries.push(told(&deletion.archive, deletion.bytes));
        }
    }
    // The files are deleted. A journal that cannot be written is a separate error.
    let written: Result<(), UserError> =
        if entries.is_empty() { Ok(()) } else { core.commit(clock::now(), Vec::new(), entries) };
    core.reply(ask, written.map(|()| Answer::Deleted { files, bytes, kept }));
}

fn told(archive: &OldArchive, bytes: u64) -> JournalEntry {
    // The journal must not repeat a file name of a case whose private data was deleted.
    let name = archive.path.file_name().filter(|_| archive.why != OldReason::CaseCleaned);
    let file = name.map(|name| name.to_string_lossy().into_owned());
    let what = JournalEvent::ArchiveDeleted { file, bytes };
    match archive.case_id {
        Some(id) => JournalEntry::of_case(id, what),
        None => JournalEntry::general(what),
    }
}
