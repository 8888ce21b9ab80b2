//! Good archives changed at random: never a panic, and never called importable when something that counts changed.

use proptest::prelude::*;

use super::build::{Archive, good, gzip};
use super::{codes, report_in_pieces, report_of, unpacked_alike};
use crate::archive::{Level, ProblemCode, Verdict};

/// What may be lost or changed without making an import impossible.
fn is_optional(name: &str) -> bool {
    !matches!(name, "./VERSION" | "./tree/project.json")
}

/// Whether a change of this byte of the tar must be noticed: in a header, a pack, an LFS object or VERSION. Other
/// content, such as a title in NDJSON, has no checksum inside the archive; there the gzip's has to do.
fn is_checked_place(archive: &Archive, at: usize) -> bool {
    let mut offset = 0;
    for part in &archive.members {
        let content = offset + 512;
        let end = content + part.content.len();
        if at < content {
            // The bytes after the checksum's digits are free.
            return at < offset + 148 || at >= offset + 156;
        }
        if at < end {
            let pack = end.saturating_sub(40);
            return part.name.starts_with("./lfs-objects/")
                || part.name == "./VERSION"
                || (part.name.ends_with(".bundle") && at >= pack);
        }
        offset = end.next_multiple_of(512);
        if at < offset {
            return false;
        }
    }
    // Behind the members: the first of the two blocks that end a tar has to be empty.
    at < offset + 512
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_of_the_file(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let packed = good().tar_gz();
        let mut changed = packed.clone();
        for (at, with) in changes {
            let at = at.index(changed.len());
            // Time, level and system in the gzip header are checked by nobody.
            if !(4..10).contains(&at) {
                changed[at] ^= with;
            }
        }
        if let Some(cut) = cut {
            changed.truncate(cut.index(changed.len()));
        }
        let report = report_of(&changed);
        prop_assert!(unpacked_alike(&changed, &packed) || !report.verdict.may_import());
        report_in_pieces(&changed, 7, 41);
    }

    #[test]
    fn changed_bytes_of_the_tar(at: prop::sample::Index, with in 1_u8..) {
        let archive = good();
        let mut tar = archive.tar();
        let at = at.index(tar.len());
        tar[at] ^= with;
        // The gzip is repacked and sound, so only the tar and the members can show the change.
        let packed = gzip(&tar);
        let report = report_of(&packed);
        if is_checked_place(&archive, at) {
            prop_assert!(!report.verdict.may_import(), "byte {} of the tar", at);
        }
        prop_assert_eq!(codes(&report_in_pieces(&packed, 9, 37)), codes(&report));
    }

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000), as_gzip: bool, as_header: bool) {
        let mut content = bytes.clone();
        if as_header {
            content.splice(0..0, good().tar()[..512 * 9].iter().copied());
        }
        let file = if as_gzip { gzip(&content) } else { content };
        prop_assert!(!report_of(&file).verdict.may_import());
    }

    #[test]
    fn dropped_doubled_renamed_and_resized_members(which: prop::sample::Index, how in 0..4) {
        let mut archive = good();
        let which = which.index(archive.members.len());
        let part = archive.members[which].clone();
        let is_file = part.kind == tar::EntryType::Regular;
        match how {
            0 => drop(archive.members.remove(which)),
            1 => archive.members.push(part.clone()),
            2 => archive.members[which].name = format!("./renamed-{which}"),
            _ => drop(archive.members[which].content.pop()),
        }
        let report = report_of(&archive.tar_gz());
        let verdict = report.verdict;
        if is_file && !is_optional(&part.name) && how != 1 {
            prop_assert_eq!(verdict, Verdict::NotImportable, "{} {}", &part.name, how);
        }
        if part.name.contains("bundle") && is_file && how == 3 {
            prop_assert_eq!(codes(&report), [ProblemCode::BundleCorrupt]);
        }
        if is_file && part.name.starts_with("./lfs-objects/") && how != 1 {
            prop_assert!(verdict != Verdict::Importable);
        }
        prop_assert!(report.problems.iter().all(|problem| problem.level != Level::Damage));
    }

    #[test]
    fn a_size_that_lies(which: prop::sample::Index, size in 0_u64..1 << 34) {
        let archive = good();
        let which = which.index(archive.members.len());
        let part = &archive.members[which];
        let offset: usize = archive.members[..which].iter().map(|p| 512 + p.content.len().next_multiple_of(512)).sum();
        let mut tar = archive.tar();
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes().copy_from_slice(&tar[offset..offset + 512]);
        header.set_size(size);
        header.set_cksum();
        tar[offset..offset + 512].copy_from_slice(header.as_bytes());
        let report = report_of(&gzip(&tar));
        let same_blocks = size.div_ceil(512) == part.content.len().div_ceil(512) as u64;
        if part.kind == tar::EntryType::Regular && !same_blocks {
            prop_assert_eq!(report.verdict, Verdict::Damaged);
        }
    }
}

#[test]
fn an_archive_of_one_repeated_member_stays_small() {
    let mut archive = Archive { members: Vec::new() };
    for _ in 0..5000 {
        archive = archive.also("VERSION", tar::EntryType::Regular, "x");
    }
    let report = report_of(&archive.tar_gz());
    assert_eq!(report.verdict, Verdict::NotImportable);
    // The last one counts, and it is the only one that is judged.
    assert_eq!(report.problems.len() as u64 + report.problems_left_off, 4);
}
