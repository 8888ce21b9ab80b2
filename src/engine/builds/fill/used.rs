//! What of the filled parts a build takes.

use std::path::Path;

use super::record::{FillRecord, FilledFile, NAME};
use super::{MEMBERS, MembersWanted, SNIPPETS, UNWANTED, WIKI, members};
use crate::archive::build::{Extra, ExtraContent, LeftOut};
use crate::case::{Code, MembersIn, RelationsHint, UserError};
use crate::engine::api::Filled;
use crate::engine::manifest::Manifest;

const UNREAD: &str = "It was not read from GitLab.";
const UNREADABLE: &str = "The list of what was read, filled.json, is gone or cannot be read. Read it again.";
const OTHER_EXPORT: &str = "It was read for another export. Read it again.";
const CHANGED: &str = "Its file was changed or removed after it was read. Read it again.";
/// Why something is missing that the user left out.
pub const BY_CHOICE: &str = "This is a choice, not an error.";

/// The parts for one archive.
#[derive(Clone, Debug, Default)]
pub struct Used {
    pub extras: Vec<Extra>,
    pub filled: Vec<Filled>,
    pub left_out: Vec<LeftOut>,
    /// The parts whose files are not those that were read.
    pub changed: Vec<String>,
    /// Nobody knows what was read: the record cannot be read.
    is_unknown: bool,
}

impl Used {
    /// The parts that the folder has, unchanged and of the same export. `members` is the user's choice for this
    /// build; without one, the members go in as they were read. `unread` is why GitLab gave nothing for this build.
    /// Reads every file.
    pub fn of(
        folder: &Path,
        manifest: &Manifest,
        members: Option<&MembersWanted>,
        unread: Option<&str>,
    ) -> Self {
        let mut used = Self::default();
        let record = match FillRecord::read(folder) {
            Some(record) if record.is_of(manifest) => record,
            other => {
                let is_unknown = other.is_none() && FillRecord::has_traces(folder);
                let absent = |what| match (&other, unread) {
                    (Some(_), _) => LeftOut::unread(what, OTHER_EXPORT),
                    (None, _) if is_unknown => LeftOut::of(what, UNREADABLE),
                    (None, Some(why)) => LeftOut::of(what, why),
                    (None, None) => LeftOut::unread(what, UNREAD),
                };
                let of_snippets = manifest.files.values();
                let has_snippets =
                    of_snippets.into_iter().any(|file| file.relation == SNIPPETS && file.records > 0);
                let is_unwanted = members == Some(&MembersWanted::Without);
                used.left_out.push(if is_unwanted {
                    LeftOut::of(MEMBERS, UNWANTED)
                } else {
                    absent(MEMBERS)
                });
                used.left_out.push(absent(WIKI));
                used.left_out.extend(has_snippets.then(|| absent(SNIPPETS)));
                let unknown = used.left_out.iter().filter(|left| left.why == UNREADABLE);
                used.changed = unknown.map(|left| left.relation.clone()).collect();
                used.is_unknown = is_unknown;
                return used;
            }
        };
        if members == Some(&MembersWanted::Without) {
            used.leave_out(MEMBERS, UNWANTED);
        } else {
            used.told(&record, MEMBERS);
            used.members(folder, &record, members);
        }
        used.told(&record, WIKI);
        used.bundles(folder, &record, WIKI, |member| member == "project.wiki.bundle");
        used.told(&record, SNIPPETS);
        used.bundles(folder, &record, SNIPPETS, |member| member.starts_with("snippets/"));
        used
    }

    /// Refuses an archive without a part that somebody has read for it, unless the person agrees to gaps.
    pub fn is_unchanged(&self, allow_gaps: bool) -> Result<(), UserError> {
        if self.changed.is_empty() || allow_gaps {
            return Ok(());
        }
        let headline = if self.is_unknown {
            format!(
                "The list of what was read from GitLab for this folder, {NAME}, is gone or cannot be read."
            )
        } else {
            let changed = self.changed.join(", ");
            format!("What was read from GitLab for this folder was changed or removed since: {changed}.")
        };
        Err(UserError::new(Code::ArchiveDamaged, headline, RelationsHint::FillAgain))
    }

    /// Refuses a choice that changes nothing, because the folder has no members.
    pub fn uses_choice(&self, members: Option<&MembersWanted>) -> Result<(), UserError> {
        match members {
            Some(MembersWanted::Table(_)) => {
                self.has_members("The folder has no members that the table could give addresses to.")
            }
            Some(MembersWanted::PublicEmails) => self.has_members("The folder has no members."),
            Some(MembersWanted::Without) | None => Ok(()),
        }
    }

    /// What the archive has of the members.
    pub fn members_in(&self) -> MembersIn {
        match self.filled.iter().find(|filled| filled.what == MEMBERS) {
            None | Some(Filled { count: 0, .. }) => MembersIn::NotIn,
            Some(Filled { with_address: Some(0), .. }) => MembersIn::Names,
            Some(Filled { with_address: Some(_), .. }) => MembersIn::NamesAndAddresses,
            Some(Filled { with_address: None, .. }) => MembersIn::Unknown,
        }
    }

    /// Refuses with this sentence, and with the reason, if the folder has no members.
    pub fn has_members(&self, refusal: &str) -> Result<(), UserError> {
        if self.filled.iter().any(|filled| filled.what == MEMBERS) {
            return Ok(());
        }
        let why = self.left_out.iter().find(|left| left.relation == MEMBERS);
        let why = why.map(|left| format!(" {}", left.why)).unwrap_or_default();
        Err(UserError::new(Code::Usage, format!("{refusal}{why}"), RelationsHint::FillMembers))
    }

    fn members(&mut self, folder: &Path, record: &FillRecord, choice: Option<&MembersWanted>) {
        if record.file(members::MEMBER).is_none() {
            return;
        }
        let Some(mut kept) = members::earlier(folder, record) else {
            self.changed.push(MEMBERS.to_owned());
            return self.leave_out(MEMBERS, CHANGED);
        };
        let filled = record.filled.iter().find(|one| one.what == MEMBERS);
        let mut filled = filled.map(|one| record.with_stale(one));
        if let Some(MembersWanted::Table(table)) = choice {
            kept = members::with_table(kept, table);
            let (with_address, note) = (Some(members::with_address(&kept)), members::unmatched(&kept, table));
            filled = filled.map(|one| record.with_stale(&Filled { with_address, note, ..one }));
        }
        if !kept.is_empty() {
            let content = ExtraContent::Bytes(members::ndjson(&kept));
            self.extras.push(Extra { name: members::MEMBER.to_owned(), content });
        }
        self.filled.extend(filled);
    }

    fn bundles(&mut self, folder: &Path, record: &FillRecord, what: &str, is_of: impl Fn(&str) -> bool) {
        let files: Vec<_> = record.files.iter().filter(|file| is_of(&file.member)).collect();
        let whole: Vec<_> = files.iter().filter_map(|file| record.whole(folder, &file.member)).collect();
        if whole.len() < files.len() {
            self.changed.push(what.to_owned());
            self.leave_out(what, CHANGED);
        }
        let filled = record.filled.iter().find(|one| one.what == what).filter(|_| !whole.is_empty());
        self.filled.extend(filled.map(|one| record.with_stale(one)).map(|mut one| {
            if what == SNIPPETS {
                one.count = whole.len() as u64;
            }
            one
        }));
        self.extras.extend(whole.into_iter().filter_map(|file| extra(folder, file)));
    }

    /// What was left out when the parts were read.
    fn told(&mut self, record: &FillRecord, what: &str) {
        if !record.done.iter().any(|done| done == what) {
            self.left_out.push(LeftOut::unread(what, UNREAD));
        }
        self.left_out.extend(record.left_out.iter().filter(|left| left.relation == what).cloned());
    }

    fn leave_out(&mut self, what: &str, why: &str) {
        self.left_out.push(LeftOut::of(what, why));
    }
}

fn extra(folder: &Path, file: &FilledFile) -> Option<Extra> {
    let FilledFile { member, bytes, sha256 } = file.clone();
    let content = ExtraContent::File { path: file.path(folder)?, bytes, sha256 };
    Some(Extra { name: member, content })
}
