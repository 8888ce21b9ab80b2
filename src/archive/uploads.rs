//! Compares the uploads that descriptions and comments link to with the files of the archive.
//!
//! GitLab writes such a link as `/uploads/<32 hex digits>/<file name>`, relative to the project. Links with anything
//! before the slash lead to another project or site and are ignored.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use memchr::memmem::Finder;

use super::hex::{from_hex, to_hex};
use super::problem::ProblemCode;
use super::problems::Problems;

const NEEDLE: &[u8] = b"/uploads/";
const SECRET_DIGITS: usize = 32;

/// The maximum number of bytes read from the start of a link: file names have at most 255 bytes, each of which JSON
/// may write with six characters, or a browser with three.
const MAX_LINK_BYTES: usize = NEEDLE.len() + SECRET_DIGITS + 1 + 1536;

/// Bytes kept from before a link: they show whether the link is relative.
const BEFORE: usize = 2;

type Secret = [u8; 16];

/// An upload by its secret folder and its decoded file name.
pub(super) type UploadKey = (Secret, Box<str>);

/// Finds links in JSON text that arrives in pieces.
#[derive(Debug)]
pub(super) struct LinkScan {
    finder: Finder<'static>,
    /// The end of the previous piece, in which a link may have started.
    carry: Vec<u8>,
}

impl LinkScan {
    pub(super) fn new() -> Self {
        Self { finder: Finder::new(NEEDLE), carry: Vec::new() }
    }

    /// Discards the text so far, at the start of a file.
    pub(super) fn reset(&mut self) {
        self.carry.clear();
    }

    /// Scans the next piece.
    pub(super) fn push(&mut self, bytes: &[u8], found: &mut dyn FnMut(UploadKey)) {
        let mut from = 0;
        if !self.carry.is_empty() {
            let carried = self.carry.len();
            let borrowed = bytes.len().min(MAX_LINK_BYTES);
            self.carry.extend_from_slice(&bytes[..borrowed]);
            let joined = std::mem::take(&mut self.carry);
            let keep = self.scan(&joined, 0, found);
            if borrowed == bytes.len() {
                self.carry = joined[keep..].to_vec();
                return;
            }
            // No link from before this piece can still be open at this position.
            from = keep.saturating_sub(carried);
        }
        let keep = self.scan(bytes, from, found);
        self.carry.extend_from_slice(&bytes[keep..]);
    }

    /// Ends an open link at the end of a file.
    pub(super) fn finish(&mut self, found: &mut dyn FnMut(UploadKey)) {
        let mut rest = std::mem::take(&mut self.carry);
        rest.push(b'"');
        self.scan(&rest, 0, found);
        self.carry.clear();
    }

    /// Reports the links in a buffer and returns from where the buffer must be kept: from the start of an unfinished
    /// link, with the bytes before it, or the last few bytes.
    fn scan(&self, buffer: &[u8], mut from: usize, found: &mut dyn FnMut(UploadKey)) -> usize {
        while let Some(at) = self.finder.find(&buffer[from..]) {
            let start = from + at;
            let rest = &buffer[start + NEEDLE.len()..];
            match (is_relative(&buffer[..start]), parse(rest)) {
                (true, Parsed::UploadKey(upload)) => found(upload),
                (true, Parsed::Unfinished) if buffer.len() - start < MAX_LINK_BYTES => {
                    return start.saturating_sub(BEFORE);
                }
                _ => {}
            }
            from = start + NEEDLE.len();
        }
        from.max(buffer.len().saturating_sub(NEEDLE.len() - 1 + BEFORE)).min(buffer.len())
    }
}

enum Parsed {
    UploadKey(UploadKey),
    No,
    /// The buffer ends before the link does.
    Unfinished,
}

/// Whether a relative link starts here, without a path or a host before it. A letter may be the end of a JSON escape.
fn is_relative(before: &[u8]) -> bool {
    match before {
        [.., b'\\', b'n' | b't' | b'r'] | [] => true,
        [.., last] => {
            !(last.is_ascii_alphanumeric() || matches!(last, b'/' | b'-' | b'_' | b'.' | b'~' | 0x80..))
        }
    }
}

fn parse(rest: &[u8]) -> Parsed {
    let Some(secret) = rest.get(..SECRET_DIGITS) else { return Parsed::Unfinished };
    let Some(secret) = from_hex(secret) else { return Parsed::No };
    match rest.get(SECRET_DIGITS) {
        None => return Parsed::Unfinished,
        Some(b'/') => {}
        Some(_) => return Parsed::No,
    }
    match file_name(&rest[SECRET_DIGITS + 1..]) {
        None => Parsed::Unfinished,
        Some(name) if name.is_empty() => Parsed::No,
        Some(name) => Parsed::UploadKey((secret, name.into_boxed_str())),
    }
}

/// Reads a file name up to its end, with `%41` and `\u0041` decoded; `None` if the bytes end first. GitLab replaces
/// everything but letters, digits, `_`, `.`, `-` and `+` in names of uploads.
fn file_name(text: &[u8]) -> Option<String> {
    let mut name = Vec::new();
    let mut at = 0;
    loop {
        match *text.get(at)? {
            byte @ (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'+' | 0x80..) => {
                name.push(byte);
                at += 1;
            }
            b'%' => {
                let Some(byte) = number(text.get(at + 1..at + 3)?) else { break };
                name.push(byte as u8);
                at += 3;
            }
            b'\\' if *text.get(at + 1)? == b'u' => {
                let decoded = number(text.get(at + 2..at + 6)?).and_then(char::from_u32);
                let Some(letter) = decoded.filter(|c| c.is_alphanumeric()) else { break };
                name.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                at += 6;
            }
            _ => break,
        }
    }
    Some(String::from_utf8_lossy(&name).into_owned())
}

fn number(hex: &[u8]) -> Option<u32> {
    hex.iter().try_fold(0, |sum, digit| Some(sum << 4 | char::from(*digit).to_digit(16)?))
}

/// The maximum number of stored links; if a project has more, some are not checked.
const MAX_LINKS: usize = 50_000;

/// The maximum number of bytes of their names.
const MAX_LINK_NAMES: usize = 4 << 20;

/// Links and files of an archive, each up to a limit.
#[derive(Debug)]
pub(super) struct Uploads {
    linked: BTreeSet<UploadKey>,
    linked_bytes: usize,
    /// Files by a hash of what an [`UploadKey`] holds: eight bytes each.
    present: HashSet<u64>,
    max: usize,
    /// Whether there were more files than the limit: then none can be reported as missing.
    too_many_files: bool,
}

impl Uploads {
    pub(super) fn new(max: usize) -> Self {
        Self { linked: BTreeSet::new(), linked_bytes: 0, present: HashSet::new(), max, too_many_files: false }
    }

    pub(super) fn link(&mut self, upload: UploadKey) {
        if self.linked.len() < MAX_LINKS && self.linked_bytes < MAX_LINK_NAMES {
            let bytes = upload.1.len();
            self.linked_bytes += if self.linked.insert(upload) { bytes } else { 0 };
        }
    }

    /// Records a file `uploads/<secret>/<name>`.
    pub(super) fn take(&mut self, member: &str) {
        let Some((secret, name)) = member.strip_prefix("uploads/").and_then(|rest| rest.split_once('/'))
        else {
            return;
        };
        let Some(secret) = from_hex(secret.as_bytes()) else { return };
        if self.present.len() < self.max {
            self.present.insert(key(&secret, name));
        } else {
            self.too_many_files = true;
        }
    }

    pub(super) fn compare(&self, problems: &mut Problems) {
        if self.too_many_files && !self.linked.is_empty() {
            let max = self.max;
            problems.add(ProblemCode::UploadMissing, Some("uploads"), || {
                format!("There are more than {max} uploads. Export Desk did not check whether every linked upload is in the archive.")
            });
            return;
        }
        for (secret, name) in &self.linked {
            // A sentence may end with the link: then the dot is not part of the name.
            let trimmed = name.trim_end_matches(['.', '_', '-']);
            let is_there = |name: &str| self.present.contains(&key(secret, name));
            if !is_there(name) && !is_there(trimmed) {
                let shown: String = name.chars().filter(|c| !c.is_control()).collect();
                let member = format!("uploads/{}/{shown}", to_hex(secret));
                problems.add(
                    ProblemCode::UploadMissing,
                    Some(&member),
                    || "A description or comment links to this upload, but the archive does not contain its file.",
                );
            }
        }
    }
}

/// If two uploads share a key by chance, one missing upload may go unnoticed; there is no other effect.
fn key(secret: &Secret, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (secret, name).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_the_limit_the_comparison_reports_that_it_ended() {
        let mut uploads = Uploads::new(1);
        uploads.link(([7; 16], "gone.png".into()));
        uploads.take(&format!("uploads/{SECRET}/a.png"));
        uploads.take(&format!("uploads/{SECRET}/b.png"));
        let mut problems = Problems::new(10);
        uploads.compare(&mut problems);
        let (kept, _) = problems.into_sorted();
        assert!(kept.len() == 1 && kept[0].message.contains("more than 1 uploads"));
    }

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn links(text: &str) -> Vec<String> {
        let answers = [1, 2, 7, 40, 4096].map(|piece| {
            let mut scan = LinkScan::new();
            let mut found = Vec::new();
            text.as_bytes()
                .chunks(piece)
                .for_each(|part| scan.push(part, &mut |(_, name)| found.push(name.into())));
            scan.finish(&mut |(_, name)| found.push(name.into()));
            found
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "pieces disagree: {answers:?}");
        answers[0].clone()
    }

    #[test]
    fn links_are_found_and_their_names_decoded() {
        let link = |name: &str| format!("/uploads/{SECRET}/{name}");
        for (text, names) in [
            (format!("\"![shot]({})\"", link("a.png")), vec!["a.png"]),
            (
                format!("\"see\\n{} and {}.\"", link("a-b_c+1.tar.gz"), link("b.txt")),
                vec!["a-b_c+1.tar.gz", "b.txt."],
            ),
            (format!("\"<img src=\\\"{}\\\">\"", link("c.jpg")), vec!["c.jpg"]),
            (format!("\"({})\"", link("caf%C3%A9.png")), vec!["café.png"]),
            (format!("\"({})\"", link("caf\\u00e9.png")), vec!["café.png"]),
            (format!("\"({})\"", link("café.png")), vec!["café.png"]),
            (format!("\"({}\\u0026x)\"", link("d.png")), vec!["d.png"]),
            (link("end.png"), vec!["end.png"]),
        ] {
            assert_eq!(links(&text), names, "{text}");
        }
    }

    #[test]
    fn links_elsewhere_and_near_misses_are_left_alone() {
        for text in [
            format!("https://gitlab.example/a/b/uploads/{SECRET}/x.png"),
            format!("(/-/project/7/uploads/{SECRET}/x.png)"),
            format!("(/uploads/{}/x.png)", &SECRET[1..]),
            format!("(/uploads/{SECRET}0/x.png)"),
            format!("(/uploads/{SECRET}/)"),
            format!("(/uploads/{}/x.png)", SECRET.to_uppercase()),
            "/uploads/uploads/ /uploads/".into(),
        ] {
            assert_eq!(links(&text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_name_without_end_is_not_kept() {
        let mut scan = LinkScan::new();
        let text = format!("/uploads/{SECRET}/{}", "x".repeat(100_000));
        for part in text.as_bytes().chunks(100) {
            scan.push(part, &mut |_| {});
            assert!(scan.carry.len() < 3 * MAX_LINK_BYTES);
        }
    }
}
