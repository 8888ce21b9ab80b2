//! The list of an archive's members, and the rules for every member, regardless of its content.

use std::collections::HashSet;

use super::limits::Limits;
use super::names::{Misplaced, Name};
use super::problem::ProblemCode;
use super::problems::{Problems, hash_of};
use super::report::{Member, MemberKind, Members};
use super::tar::TarEntry;

/// The maximum number of bytes of all listed members: names and overhead.
const MAX_LIST_BYTES: usize = 12 << 20;

/// The overhead of one entry of the list.
const ENTRY_BYTES: usize = 56;

/// The maximum number of stored names of extracted files, at nine bytes each.
const MAX_EXTRACTED: usize = 200_000;

/// The members so far.
#[derive(Debug, Default)]
pub(super) struct MemberTally {
    pub members: Members,
    list_bytes: usize,
    /// The possible targets of hard links, by a hash of their names.
    extracted: HashSet<u64>,
    /// Whether there were more names than the limit.
    extracted_more: bool,
}

impl MemberTally {
    /// Adds a member to the list and reports what `tar` or the importer would refuse or drop. GitLab's importer
    /// deletes symlinks and pipes silently and fails on hard links (`Gitlab::ImportExport::FileImporter`). Returns
    /// false if `tar` cannot extract the member because a non-folder occupies part of its path.
    pub(super) fn add(
        &mut self,
        entry: &TarEntry,
        name: &Name,
        limits: &Limits,
        problems: &mut Problems,
    ) -> bool {
        self.list(entry, name, limits);
        let member = Some(name.shown.as_str());
        problems.forget(&name.shown);
        report_place(entry, name, problems);
        match entry.kind {
            MemberKind::HardLink => self.report_hard_link(entry, name, problems),
            MemberKind::Symlink => problems.add(ProblemCode::SymlinkDropped, member, || {
                "This member is a symbolic link. GitLab's importer deletes it."
            }),
            MemberKind::Fifo => problems.add(ProblemCode::SymlinkDropped, member, || {
                "This member is a named pipe. GitLab's importer deletes it."
            }),
            MemberKind::Device => problems.add(ProblemCode::SpecialFile, member, || {
                "This member is a device. GitLab would leave it out; Export Desk refuses the archive as a precaution."
            }),
            MemberKind::File | MemberKind::Directory | MemberKind::Sparse | MemberKind::Other => {}
        }
        if let Some(what) = entry.unusual {
            problems.add(ProblemCode::UnusualMember, member, || {
                format!("This member is {what}, which GitLab never writes. GitLab's importer still reads it.")
            });
        }
        let Some(path) = name.extracted() else { return false };
        let is_reached = !self.is_under_file(path);
        if !is_reached {
            problems.add(ProblemCode::MemberSkipped, member, || {
                "A link or a file has the name of this member's folder. GitLab cannot extract the member and leaves it out."
            });
        } else if entry.kind == MemberKind::Directory {
            self.extracted.remove(&hash_of(path));
        } else {
            self.remember(path);
        }
        is_reached
    }

    fn is_under_file(&self, path: &str) -> bool {
        let mut folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        folders.any(|folder| self.extracted.contains(&hash_of(folder)))
    }

    fn list(&mut self, entry: &TarEntry, name: &Name, limits: &Limits) {
        if entry.kind.has_content() {
            self.members.files += 1;
            self.members.bytes = self.members.bytes.saturating_add(entry.bytes);
        }
        // The root folder `./` is in every archive and is not listed as a member.
        if name.shown.is_empty() {
            return;
        }
        let fits = self.members.entries.len() < limits.max_members_kept && self.list_bytes < MAX_LIST_BYTES;
        if fits {
            let name: Box<str> = name.shown.as_str().into();
            self.list_bytes += ENTRY_BYTES + name.len();
            self.members.entries.push(Member { name, bytes: entry.bytes, kind: entry.kind });
        } else {
            self.members.left_off += 1;
        }
    }

    fn remember(&mut self, path: &str) {
        if self.extracted.len() < MAX_EXTRACTED {
            self.extracted.insert(hash_of(path));
        } else {
            self.extracted_more = true;
        }
    }

    fn report_hard_link(&self, entry: &TarEntry, name: &Name, problems: &mut Problems) {
        let target = Name::of(&entry.link);
        let Some(target) = target.extracted().filter(|target| Some(*target) != name.extracted()) else {
            return;
        };
        let member = Some(name.shown.as_str());
        if self.extracted_more || self.extracted.contains(&hash_of(target)) {
            problems.add(
                ProblemCode::HardLink,
                member,
                || "This member is a hard link. GitLab's importer rejects archives with hard links.",
            );
        } else {
            problems.add(ProblemCode::MemberSkipped, member, || {
                "This member is a hard link to a file that is not there. GitLab cannot extract it and leaves it out."
            });
        }
    }
}

/// Reports a name that does not lead to where GitLab would look.
fn report_place(entry: &TarEntry, name: &Name, problems: &mut Problems) {
    let member = Some(name.shown.as_str());
    match name.misplaced {
        Some(Misplaced::Outside(why)) => problems.add(ProblemCode::UnsafePath, member, || {
            format!(
                "This member {why}. GitLab would leave it out; Export Desk refuses the archive as a precaution."
            )
        }),
        Some(Misplaced::Absolute) => problems.add(ProblemCode::UnsafePath, member, || {
            "This member has an absolute path. GitLab would ignore the leading slash; Export Desk refuses the archive \
             as a precaution."
        }),
        Some(Misplaced::TooLong) => problems.add(ProblemCode::NameTooLong, member, || {
            "The name of this member is longer than a file's name can be (255 bytes, 4,096 with its folders). GitLab \
             cannot extract it and leaves it out."
        }),
        None if name.shown.is_empty() && entry.kind != MemberKind::Directory => {
            problems.add(ProblemCode::UnsafePath, member, || {
                "A member takes the place of the root folder, and it is not a folder. Export Desk refuses the archive \
                 as a precaution."
            });
        }
        None => {}
    }
}
