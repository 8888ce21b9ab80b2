//! The list of an archive's members, and the rules for every member, whatever it contains.

use super::Limits;
use super::names::Name;
use super::problem::{ProblemCode, Problems};
use super::report::{Member, MemberKind, Members};
use super::tar::TarEntry;

/// Adds a member to the list and reports what `tar` or the importer would refuse or drop.
/// GitLab's importer deletes symlinks and pipes without a word and fails on hard links
/// (`Gitlab::ImportExport::FileImporter`).
pub(super) fn add_member(
    members: &mut Members,
    entry: &TarEntry,
    name: &Name,
    limits: &Limits,
    problems: &mut Problems,
) {
    if entry.kind == MemberKind::File {
        members.files += 1;
        members.bytes = members.bytes.saturating_add(entry.bytes);
    }
    // The root folder `./` is in every archive and is nobody's member.
    if !name.shown.is_empty() {
        if members.entries.len() < limits.max_members_kept {
            let name = name.shown.as_str().into();
            members.entries.push(Member { name, bytes: entry.bytes, kind: entry.kind });
        } else {
            members.left_off += 1;
        }
    }
    let member = Some(name.shown.as_str());
    if let Some(why) = name.unsafe_because {
        problems.add(ProblemCode::UnsafePath, member, || {
            format!(
                "This member {why}: it would be extracted to another folder, and GitLab rejects the archive."
            )
        });
    }
    if name.shown.is_empty() && name.unsafe_because.is_none() && entry.kind != MemberKind::Directory {
        problems.add(
            ProblemCode::UnsafePath,
            member,
            || "A member takes the place of the root folder, and it is not a folder.",
        );
    }
    match entry.kind {
        MemberKind::File | MemberKind::Directory => {}
        MemberKind::HardLink => problems.add(ProblemCode::HardLink, member, || {
            "This member is a hard link. GitLab's importer rejects archives with hard links."
        }),
        MemberKind::Symlink => problems.add(ProblemCode::SymlinkDropped, member, || {
            "This member is a symbolic link. GitLab's importer deletes it."
        }),
        MemberKind::Fifo => problems.add(ProblemCode::SymlinkDropped, member, || {
            "This member is a named pipe. GitLab's importer deletes it."
        }),
        MemberKind::Device => problems.add(ProblemCode::SpecialFile, member, || {
            "This member is a device. GitLab cannot extract devices."
        }),
        MemberKind::Sparse => problems.add(ProblemCode::SpecialFile, member, || {
            "This member is a sparse file, which GitLab never writes. Export Desk did not check its content."
        }),
        MemberKind::Other => problems.add(ProblemCode::SpecialFile, member, || {
            "GitLab never writes members of this type. Export Desk did not check its content."
        }),
    }
}
