//! Files that were cut, changed or added to on their way.

use sha2::{Digest, Sha256};

use super::build::{good, gzip};
use super::{assert_only, codes, report_of, unpacked_alike};
use crate::archive::hex::to_hex;
use crate::archive::{ProblemCode, Verdict};

#[test]
fn a_cut_at_any_offset_is_noticed_and_blames_nothing_else() {
    let packed = good().tar_gz();
    for cut in 0..packed.len() {
        let report = report_of(&packed[..cut]);
        let (verdict, code) = match cut {
            0 | 1 => (Verdict::NotAnExport, ProblemCode::NotGzip),
            _ => (Verdict::Damaged, ProblemCode::GzipTruncated),
        };
        assert_eq!((report.verdict, codes(&report)), (verdict, vec![code]), "cut at {cut}");
        assert_eq!(report.sha256, to_hex(&Sha256::digest(&packed[..cut])));
    }
}

#[test]
fn a_cut_between_gzip_members_is_seen_in_the_tar() {
    let tar = good().tar();
    let packed = [gzip(&tar[..4096]), gzip(&tar[4096..])];
    assert_eq!(report_of(&packed.concat()).verdict, Verdict::Importable);
    let report = report_of(&packed[0]);
    assert_only(&report, Verdict::Damaged, ProblemCode::TarCorrupt, "cut off");
}

#[test]
fn trailing_data_is_distinguished_and_the_archive_before_it_is_judged() {
    let packed = good().tar_gz();
    let report = report_of(&[&packed[..], b"</html>"].concat());
    assert_only(&report, Verdict::Damaged, ProblemCode::GzipTrailingData, "but 7 more bytes follow");
    let report = report_of(&[&good().without("VERSION").tar_gz()[..], b"x"].concat());
    assert_eq!(codes(&report), [ProblemCode::GzipTrailingData, ProblemCode::VersionMissing]);
    // The start of a file once more: a download that was appended instead of rewritten.
    let report = report_of(&[&packed[..], &packed[..100]].concat());
    assert_only(&report, Verdict::Damaged, ProblemCode::GzipTruncated, "ends too early");
}

#[test]
fn early_damage_does_not_shorten_the_hash() {
    let mut packed = gzip(&good().tar());
    packed.extend(vec![7; 3 << 20]);
    packed[20] ^= 0xff;
    let report = report_of(&packed);
    assert_eq!(report.verdict, Verdict::Damaged);
    assert_eq!(report.sha256, to_hex(&Sha256::digest(&packed)));
}

#[test]
fn every_changed_bit_is_noticed() {
    let packed = good().tar_gz();
    // Bytes 4 to 9 of the header are time, compression level and system: nothing checks them, and nothing uses them.
    for at in (0..4).chain(10..packed.len()) {
        let mut changed = packed.clone();
        changed[at] ^= 1 << (at % 8);
        let report = report_of(&changed);
        // A run of zeros can be copied from one byte back or from two: the content is the same then.
        let same = unpacked_alike(&changed, &packed);
        assert!(same || !report.verdict.may_import(), "byte {at}: {:?}", report.verdict);
    }
}
