//! A git bundle (gitformat-bundle), verified while it is read, in the same way as `git clone --mirror` reads it:
//! header, capabilities, references, the pack's header and the checksum at its end. A wrong byte in any object breaks
//! the checksum. Small packs, and large ones on request, are then checked object by object ([`deep`]).

mod deep;
mod delta;
mod entries;
mod flaw;
mod links;
mod refs;
mod spool;
mod write;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::report::{BundleReport, Depth};

use self::deep::{DeepEnd, DeepJob, SMALL_INFLATED_BYTES};
pub(super) use self::flaw::BundleFlaw;
use self::refs::{Oid, Refs};
use self::spool::Spool;
pub use self::write::{BundleWriter, WrittenBundle};

/// A header line holds a reference name, which git keeps under 4 KiB.
const MAX_LINE_BYTES: usize = 64 << 10;

/// Longest checksum at the end of a pack.
const MAX_HASH_BYTES: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Signature,
    /// Capabilities, prerequisites and references, up to an empty line.
    Header,
    PackHeader,
    Objects,
    /// Git does not read the pack, because it fetches no reference.
    Unread,
    /// A flaw was found; the remaining bytes are ignored.
    GivenUp,
}

#[derive(Debug)]
enum PackHash {
    Sha1(Sha1),
    Sha256(Sha256),
}

/// The check of one bundle.
#[derive(Debug)]
pub(super) struct BundleCheck {
    place: Phase,
    /// The current line or pack header, later the last bytes of the pack.
    buffer: Vec<u8>,
    hash: PackHash,
    bytes: u64,
    version: u8,
    refs: Refs,
    prerequisites: u64,
    filtered: bool,
    objects: u64,
    flaw: Option<BundleFlaw>,
    spool: Spool,
    /// Whether a large pack is checked in depth, too.
    deep: bool,
}

/// A bundle that was read to its end, and the deep check that still has to be done.
#[derive(Debug)]
pub(super) struct ReadBundle {
    pub report: BundleReport,
    pub flaw: Option<BundleFlaw>,
    rest: Option<DeepJob>,
}

impl ReadBundle {
    /// Whether the deep check is so cheap that it is done at once.
    pub(super) fn is_quick(&self) -> bool {
        self.rest.as_ref().is_none_or(|job| job.spool.len() <= spool::SMALL_BYTES as u64)
    }

    /// Checks the pack in depth, if that is requested and possible. `on_objects` receives the number of checked
    /// objects. Returns false if it cancelled the check.
    pub(super) fn check_in_depth(&mut self, on_objects: &mut dyn FnMut(u64) -> bool) -> bool {
        let Some(job) = self.rest.take() else { return true };
        match deep::check(job, on_objects) {
            Ok(()) => self.report.depth = Depth::Deep,
            Err(DeepEnd::Flaw(flaw)) => {
                (self.report.depth, self.report.sound, self.flaw) = (Depth::Deep, false, Some(flaw));
            }
            Err(DeepEnd::Unchecked) => {}
            Err(DeepEnd::Cancelled) => return false,
        }
        true
    }
}

impl BundleCheck {
    pub(super) fn new(deep: bool) -> Self {
        Self {
            spool: Spool::new(),
            deep,
            place: Phase::Signature,
            buffer: Vec::new(),
            hash: PackHash::Sha1(Sha1::new()),
            bytes: 0,
            version: 0,
            refs: Refs::default(),
            prerequisites: 0,
            filtered: false,
            objects: 0,
            flaw: None,
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let taken = match self.place {
                Phase::Signature | Phase::Header => self.take_line(bytes),
                Phase::PackHeader => self.take_pack_header(bytes),
                Phase::Objects => {
                    self.take_objects(bytes);
                    return;
                }
                Phase::Unread | Phase::GivenUp => return,
            };
            bytes = &bytes[taken..];
        }
    }

    /// Ends the bundle: returns what is known about it, and its flaw if any.
    pub(super) fn finish(mut self, member: &str) -> ReadBundle {
        if self.flaw.is_none() {
            self.flaw = match self.place {
                _ if self.bytes == 0 => Some(BundleFlaw::Empty),
                Phase::Signature => Some(BundleFlaw::NotABundle),
                // Git ignores a last line without its end, and reads no pack if it fetches no reference.
                Phase::Header => {
                    self.header_flaw().or(self.refs.wants_pack.then_some(BundleFlaw::EndsInHeader))
                }
                Phase::PackHeader => Some(BundleFlaw::EndsInHeader),
                Phase::Objects | Phase::Unread | Phase::GivenUp => None,
            };
        }
        let object_format = match self.hash {
            PackHash::Sha1(_) => "sha1",
            PackHash::Sha256(_) => "sha256",
        };
        let flaw = self.flaw.or_else(|| match (self.place, self.hash) {
            (Phase::Header | Phase::Unread, _) => None,
            (_, PackHash::Sha1(hash)) => pack_flaw(&hash.finalize(), &self.buffer),
            (_, PackHash::Sha256(hash)) => pack_flaw(&hash.finalize(), &self.buffer),
        });
        let hash_bytes = if object_format == "sha1" { 20 } else { 32 };
        let has_pack = flaw.is_none() && self.refs.wants_pack;
        let rest = has_pack.then(|| DeepJob {
            spool: self.spool,
            objects: self.objects,
            hash_bytes,
            targets: self.refs.targets,
            max_inflated: if self.deep { u64::MAX } else { SMALL_INFLATED_BYTES },
        });
        let report = BundleReport {
            // Without a pack to read, nothing is left to check.
            depth: if has_pack { Depth::Surface } else { Depth::Deep },
            member: member.to_owned(),
            bytes: self.bytes,
            version: self.version,
            object_format: object_format.to_owned(),
            refs: self.refs.seen,
            prerequisites: self.prerequisites,
            objects: self.objects,
            has_content: self.refs.wants_pack,
            sound: flaw.is_none(),
        };
        ReadBundle { report, flaw, rest }
    }

    fn give_up(&mut self, flaw: BundleFlaw) {
        self.flaw = Some(flaw);
        self.place = Phase::GivenUp;
        self.buffer = Vec::new();
    }

    fn take_line(&mut self, bytes: &[u8]) -> usize {
        let line_feed = memchr::memchr(b'\n', bytes);
        let taken = line_feed.map_or(bytes.len(), |at| at + 1);
        if self.buffer.len() + taken > MAX_LINE_BYTES {
            self.give_up(if self.place == Phase::Signature {
                BundleFlaw::NotABundle
            } else {
                BundleFlaw::BadHeader
            });
            return bytes.len();
        }
        self.buffer.extend_from_slice(&bytes[..taken]);
        if line_feed.is_some() {
            let line = std::mem::take(&mut self.buffer);
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            let outcome =
                if self.place == Phase::Signature { self.signature(line) } else { self.header_line(line) };
            if let Err(flaw) = outcome {
                self.give_up(flaw);
            }
        }
        taken
    }

    fn signature(&mut self, line: &[u8]) -> Result<(), BundleFlaw> {
        self.version = match line {
            b"# v2 git bundle" => 2,
            b"# v3 git bundle" => 3,
            _ if line.starts_with(b"version https://git-lfs.github.com/spec/") => {
                return Err(BundleFlaw::LfsPointer);
            }
            _ => return Err(BundleFlaw::NotABundle),
        };
        self.place = Phase::Header;
        Ok(())
    }

    /// Parses one line without its line end (`read_bundle_header_fd`).
    fn header_line(&mut self, line: &[u8]) -> Result<(), BundleFlaw> {
        if line.is_empty() {
            if let Some(flaw) = self.header_flaw() {
                return Err(flaw);
            }
            self.place = if self.refs.wants_pack { Phase::PackHeader } else { Phase::Unread };
            return Ok(());
        }
        let end = line.iter().rposition(|byte| !is_space(*byte)).map_or(0, |at| at + 1);
        match line[..end].split_first() {
            Some((b'@', capability)) if self.version == 3 => match capability {
                b"object-format=sha1" => self.hash = PackHash::Sha1(Sha1::new()),
                b"object-format=sha256" => self.hash = PackHash::Sha256(Sha256::new()),
                _ if capability.starts_with(b"filter=") => self.filtered = true,
                _ => return Err(BundleFlaw::UnknownCapability),
            },
            Some((b'-', rest)) => {
                self.object_name(rest).ok_or(BundleFlaw::BadHeader)?;
                self.prerequisites += 1;
            }
            _ => {
                let (oid, rest) = self.object_name(&line[..end]).ok_or(BundleFlaw::BadHeader)?;
                let name = rest.split_first().filter(|(first, _)| is_space(**first)).map(|(_, name)| name);
                let name = name.ok_or(BundleFlaw::BadHeader)?;
                self.refs.add(&oid, name);
            }
        }
        Ok(())
    }

    /// The flaw that makes git refuse the header as a whole.
    fn header_flaw(&mut self) -> Option<BundleFlaw> {
        if self.filtered {
            Some(BundleFlaw::Filtered)
        } else if self.prerequisites > 0 && self.refs.wants_pack {
            Some(BundleFlaw::Prerequisites)
        } else {
            self.refs.flaw()
        }
    }

    /// The object name at the start of a line, and the rest: white space or nothing.
    fn object_name<'l>(&self, line: &'l [u8]) -> Option<(Oid, &'l [u8])> {
        let digits = 2 * self.hash_bytes();
        let (name, rest) = line.split_at_checked(digits)?;
        let mut oid = [0; 32];
        for (byte, pair) in oid.iter_mut().zip(name.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        rest.first().is_none_or(|byte| is_space(*byte) || *byte == 0).then_some((oid, rest))
    }

    fn hash_bytes(&self) -> usize {
        match self.hash {
            PackHash::Sha1(_) => 20,
            PackHash::Sha256(_) => 32,
        }
    }

    fn take_pack_header(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(12 - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == 12 {
            let header = std::mem::take(&mut self.buffer);
            let number =
                |at: usize| header[at..at + 4].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            if !header.starts_with(b"PACK") || !matches!(number(4), 2 | 3) {
                self.give_up(BundleFlaw::NoPack);
            } else {
                self.objects = number(8);
                if self.objects == 0 {
                    self.flaw = Some(BundleFlaw::EmptyPack);
                }
                self.update(&header);
                self.spool.push(&header, self.deep);
                self.place = Phase::Objects;
            }
        }
        taken
    }

    /// Hashes all bytes except the last ones, which may be the checksum.
    fn take_objects(&mut self, bytes: &[u8]) {
        self.spool.push(bytes, self.deep);
        let keep = self.hash_bytes();
        if bytes.len() >= keep {
            let buffer = std::mem::take(&mut self.buffer);
            self.update(&buffer);
            let (objects, tail) = bytes.split_at(bytes.len() - keep);
            self.update(objects);
            self.buffer = buffer;
            self.buffer.clear();
            self.buffer.extend_from_slice(tail);
            return;
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() > keep {
            let over = self.buffer.len() - keep;
            let mut first = [0; MAX_HASH_BYTES];
            first[..over].copy_from_slice(&self.buffer[..over]);
            self.update(&first[..over]);
            self.buffer.drain(..over);
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match &mut self.hash {
            PackHash::Sha1(hash) => hash.update(bytes),
            PackHash::Sha256(hash) => hash.update(bytes),
        }
    }
}

fn pack_flaw(computed: &[u8], stored: &[u8]) -> Option<BundleFlaw> {
    if stored.len() < computed.len() {
        Some(BundleFlaw::EndsInPack)
    } else if stored == computed {
        None
    } else {
        Some(BundleFlaw::Checksum)
    }
}

/// White space as defined by git's own `isspace`.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(bundle: &[u8]) -> (BundleReport, Option<BundleFlaw>) {
        let answers = [1, 3, 19, 21, 4096].map(|piece| {
            let mut check = BundleCheck::new(false);
            bundle.chunks(piece).for_each(|part| check.push(part));
            let read = check.finish("project.bundle");
            (read.report, read.flaw)
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "pieces disagree: {answers:?}");
        answers[0].clone()
    }

    fn bundle(header: &str, pack: &[u8], sha256: bool) -> Vec<u8> {
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend(pack);
        let hash = if sha256 { Sha256::digest(pack).to_vec() } else { Sha1::digest(pack).to_vec() };
        bytes.extend(hash);
        bytes
    }

    const PACK: &[u8] = b"PACK\0\0\0\x02\0\0\0\x03 objects are not looked into";

    fn oid(digits: usize) -> String {
        "a1".repeat(digits / 2)
    }

    #[test]
    fn both_versions_and_both_hashes_are_verified() {
        let (report, flaw) = check(&bundle(
            &format!("# v2 git bundle\n{0} HEAD\n{0} refs/heads/main\n\n", oid(40)),
            PACK,
            false,
        ));
        assert_eq!(flaw, None);
        assert_eq!((report.version, report.refs, report.objects, report.sound), (2, 2, 3, true));

        let header = format!("# v3 git bundle\n@object-format=sha256\n{} refs/heads/main\n\n", oid(64));
        let (report, flaw) = check(&bundle(&header, PACK, true));
        assert_eq!((flaw, report.object_format.as_str(), report.refs), (None, "sha256", 1));
    }

    #[test]
    fn every_flaw_has_its_words() {
        let head = format!("# v2 git bundle\n{} HEAD\n", oid(40));
        let good = bundle(&format!("{head}\n"), PACK, false);
        let mut changed = good.clone();
        changed[head.len() + 20] ^= 1;
        for (bytes, words) in [
            (&b""[..], "is empty"),
            (b"hello", "is not a git bundle"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "is a Git LFS pointer"),
            (head.as_bytes(), "ends inside its header"),
            (&good[..head.len() + 8], "ends inside its header"),
            (&good[..head.len() + 20], "ends inside its pack"),
            (&good[..good.len() - 1], "wrong checksum"),
            (&[&good[..], b"x"].concat(), "wrong checksum"),
            (&changed, "wrong checksum"),
            (&bundle(&format!("{head}\n"), b"JUNK\0\0\0\x02\0\0\0\x03...", false), "contains no pack"),
            (&bundle(&format!("{head}-{} base\n\n", oid(40)), PACK, false), "needs commits"),
            (&bundle("# v2 git bundle\nnonsense\n\n", PACK, false), "unreadable header"),
            (&bundle("# v3 git bundle\n@filter=blob:none\n\n", PACK, false), "leaves out objects"),
            (&bundle(&format!("{head}{} refs/a\n{0} refs/a\n\n", oid(40)), PACK, false), "twice"),
            (&bundle(&format!("{head}{} refs/a\n\n", "0".repeat(40)), PACK, false), "points to nothing"),
            (&bundle(&format!("{head}{}\n\n", oid(40)), PACK, false), "unreadable header"),
            (&bundle(&format!("{head}\r\n\n"), PACK, false), "unreadable header"),
            (&bundle(&format!("{head}\n"), b"PACK\0\0\0\x02\0\0\0\0", false), "no objects"),
            (&bundle("# v3 git bundle\n@teleport\n\n", PACK, false), "capability"),
            (&vec![b'x'; MAX_LINE_BYTES + 1], "is not a git bundle"),
        ] {
            let (report, flaw) = check(bytes);
            assert!(flaw.is_some_and(|flaw| flaw.words().contains(words)), "{flaw:?} should say {words:?}");
            assert!(!report.sound);
        }
    }

    /// Each case as git 2.47 decides it.
    #[test]
    fn what_git_accepts_is_accepted() {
        let id = oid(40);
        for header in [
            // There is no reference that git fetches, so the pack is not read at all.
            "# v2 git bundle\n".to_owned(),
            "# v2 git bundle\nabc".to_owned(),
            format!("# v2 git bundle\n{id} refs/heads/a"),
            "# v2 git bundle\n\n".to_owned(),
            format!("# v2 git bundle\n-{id}\n\n"),
            format!("# v2 git bundle\n{id} foo/bar\n{id} refs/heads/a b\n\n"),
        ] {
            let (report, flaw) = check(header.as_bytes());
            assert_eq!((flaw, report.has_content), (None, false), "{header}");
        }
        for line in [
            format!("{id}\trefs/heads/a"),
            format!("{id} refs/heads/a  \r"),
            format!("{} refs/heads/a", id.to_uppercase()),
            format!("{id} refs/heads/a\n{id} refs/heads/a/..b\n{id} HEAD\n{id} HEAD"),
        ] {
            let (report, flaw) = check(&bundle(&format!("# v2 git bundle\n{line}\n\n"), PACK, false));
            assert_eq!((flaw, report.has_content), (None, true), "{line}");
        }
        let late = format!("# v3 git bundle\n{id} refs/heads/a\n@object-format=sha1\n\n");
        assert_eq!(check(&bundle(&late, PACK, false)).1, None);
    }

    /// A second, deliberately simple implementation of the header's grammar (`gitformat-bundle`).
    fn header_is_sane(bundle: &[u8]) -> bool {
        let Some(end) = bundle.windows(2).position(|pair| pair == b"\n\n") else { return false };
        let mut lines = bundle[..end].split(|byte| *byte == b'\n');
        matches!(lines.next(), Some(b"# v2 git bundle" | b"# v3 git bundle"))
            && lines.all(|line| {
                let named = line.len() > 41 && is_space(line[40]);
                line.starts_with(b"@")
                    || (named && line[..40].iter().all(|byte| b"0123456789abcdefABCDEF".contains(byte)))
            })
    }

    proptest! {
        #[test]
        fn changed_bundles_are_sound_only_where_their_header_is_sane(
            at: prop::sample::Index, with: u8, how in 0..3, cut in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let head = format!("# v2 git bundle\n{0} HEAD\n{0} refs/heads/main\n\n", oid(40));
            let mut bytes = bundle(&head, PACK, false);
            let whole = bytes.clone();
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = with,
                1 => bytes.insert(at, with),
                _ => drop(bytes.remove(at)),
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            let (report, flaw) = check(&bytes);
            prop_assert_eq!(report.sound, flaw.is_none());
            if flaw.is_none() && report.has_content {
                prop_assert!(header_is_sane(&bytes), "{:?}", String::from_utf8_lossy(&bytes));
                prop_assert!(bytes.ends_with(&whole[head.len()..]), "the pack is what its checksum says");
            }
        }
    }
}
