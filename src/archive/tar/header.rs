//! One 512-byte tar header.

use super::BLOCK;
use super::sparse::SparseMap;
use crate::archive::report::MemberKind;

/// The purpose of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderKind {
    Member(MemberKind),
    /// GNU `L`: the next member's name.
    LongName,
    /// GNU `K`: the next member's link target.
    LongLink,
    /// PAX `x`: keys for the next member.
    Pax,
    /// PAX `g`: keys for all members from here on.
    PaxGlobal,
    /// A volume label and the like: not a member.
    Skip,
}

#[derive(Debug)]
pub(super) struct Header {
    pub name: Vec<u8>,
    /// The target of a link.
    pub link: Vec<u8>,
    pub bytes: u64,
    pub purpose: HeaderKind,
    /// What is unusual about the type, for a sentence about the member.
    pub unusual: Option<&'static str>,
    /// The map of an old GNU sparse member.
    pub sparse: Option<SparseMap>,
    /// Whether that map continues in further blocks.
    pub sparse_map_goes_on: bool,
    /// Whether data follows that is no content and must be skipped.
    pub has_data: bool,
}

impl Header {
    pub(super) fn parse(block: &[u8; BLOCK]) -> Result<Self, &'static str> {
        if !checksum_fits(block) {
            return Err("the checksum of a header is wrong");
        }
        let bytes = number(&block[124..136]).ok_or("a member has an impossible size")?;
        let purpose = match block[156] {
            0 | b'0' | b'7' => HeaderKind::Member(MemberKind::File),
            b'1' => HeaderKind::Member(MemberKind::HardLink),
            b'2' => HeaderKind::Member(MemberKind::Symlink),
            b'3' | b'4' => HeaderKind::Member(MemberKind::Device),
            // `D`, of GNU tar: a folder with the names that were in it, as data.
            b'5' | b'D' => HeaderKind::Member(MemberKind::Directory),
            b'6' => HeaderKind::Member(MemberKind::Fifo),
            b'S' => HeaderKind::Member(MemberKind::Sparse),
            b'L' => HeaderKind::LongName,
            b'K' => HeaderKind::LongLink,
            b'x' | b'X' => HeaderKind::Pax,
            b'g' => HeaderKind::PaxGlobal,
            // GNU: volume labels, the middle of a file, names of other files.
            b'V' | b'M' | b'N' => HeaderKind::Skip,
            _ => HeaderKind::Member(MemberKind::Other),
        };
        let unusual = match block[156] {
            b'S' => Some("a sparse file"),
            b'D' => Some("a folder of an incremental backup"),
            _ if purpose == HeaderKind::Member(MemberKind::Other) => Some("of an unknown type"),
            _ => None,
        };
        let sparse = (block[156] == b'S').then(|| SparseMap::of_header(block)).transpose()?;
        let sparse_map_goes_on = sparse.is_some() && block[482] != 0;
        let link = until_nul(&block[157..257]).to_vec();
        // Only the folder of an incremental backup has data besides a size.
        let has_data = block[156] == b'D';
        Ok(Self { name: name(block), link, bytes, purpose, unusual, sparse, sparse_map_goes_on, has_data })
    }
}

/// Whether bytes start with a header, also with one of before POSIX, which has no magic value.
pub(super) fn looks_like_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK>() else { return head.get(257..262) == Some(b"ustar") };
    has_magic(block) || (block[0] != 0 && checksum_fits(block))
}

/// Whether a block has the magic value of POSIX or GNU tar.
pub(super) fn has_magic(block: &[u8; BLOCK]) -> bool {
    block[257..262] == *b"ustar"
}

fn name(block: &[u8; BLOCK]) -> Vec<u8> {
    let name = until_nul(&block[..100]);
    let prefix = until_nul(&block[345..500]);
    // GNU's own format (`ustar` and two spaces) stores other data in the prefix field of POSIX.
    if block[257..263] == *b"ustar\0" && !prefix.is_empty() {
        [prefix, b"/", name].concat()
    } else {
        name.to_vec()
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    &field[..field.iter().position(|byte| *byte == 0).unwrap_or(field.len())]
}

/// The sum of all bytes with the checksum field as spaces; old tars summed signed bytes.
fn checksum_fits(block: &[u8; BLOCK]) -> bool {
    let Some(wanted) = octal(&block[148..156]) else { return false };
    let bytes = || block[..148].iter().chain(&[b' '; 8]).chain(&block[156..]);
    let unsigned: u64 = bytes().map(|byte| u64::from(*byte)).sum();
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    wanted == unsigned || i64::try_from(wanted) == Ok(signed)
}

/// A numeric field: octal text or, with the top bit set, base 256 (GNU, for sizes from 8 GiB).
pub(super) fn number(field: &[u8]) -> Option<u64> {
    match field.split_first()? {
        (0x80, rest) => rest
            .iter()
            .try_fold(0_u64, |sum, byte| sum.checked_mul(256).map(|shifted| shifted | u64::from(*byte))),
        (first, _) if *first >= 0x80 => None,
        _ => octal(field),
    }
}

/// Octal digits between spaces and NULs; an empty field is zero.
fn octal(field: &[u8]) -> Option<u64> {
    let start = field.iter().position(|byte| *byte != b' ').unwrap_or(field.len());
    let text = &field[start..];
    let end = text.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(text.len());
    text[..end].iter().try_fold(0_u64, |sum, byte| match byte {
        b'0'..=b'7' => sum.checked_mul(8).map(|shifted| shifted + u64::from(byte - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256() {
        assert_eq!(number(b"00000001750\0"), Some(1000));
        assert_eq!(number(b"      1750  "), Some(1000));
        assert_eq!(number(b"\0\0\0\0\0\0\0\0\0\0\0\0"), Some(0));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x02\0\0\0\0"), Some(1 << 33));
        assert_eq!(number(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(number(b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(number(b"0000000175x\0"), None);
    }

    #[test]
    fn a_prefix_is_joined_in_posix_headers_only() {
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("{}/{}", "a".repeat(90), "b".repeat(90))).unwrap();
        header.set_size(3);
        header.set_cksum();
        let parsed = Header::parse(header.as_bytes()).unwrap();
        assert_eq!(parsed.name.len(), 181);
        assert_eq!((parsed.bytes, parsed.purpose), (3, HeaderKind::Member(MemberKind::File)));

        let mut gnu = tar::Header::new_gnu();
        gnu.set_path("VERSION").unwrap();
        gnu.as_mut_bytes()[345] = b'7';
        gnu.set_cksum();
        assert_eq!(Header::parse(gnu.as_bytes()).unwrap().name, b"VERSION");
    }

    #[test]
    fn any_changed_byte_breaks_the_checksum() {
        let mut header = tar::Header::new_gnu();
        header.set_path("VERSION").unwrap();
        header.set_size(5);
        header.set_cksum();
        for at in (0..BLOCK).filter(|at| !(148..156).contains(at)) {
            let mut block = *header.as_bytes();
            block[at] ^= 0x04;
            assert!(Header::parse(&block).is_err(), "byte {at}");
        }
    }
}
