//! What GitLab's importer would do with an archive: the checks of `file_importer` and `version_checker`, and the
//! number of records of each relation.
//!
//! As in GitLab, the exit status of `gzip` and `tar` is ignored: whatever could be unpacked from a broken archive is
//! imported.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::write::GzDecoder;
use sha1::{Digest, Sha1};

const RECORD: usize = 512;
/// The largest bundle that is checked.
const BUNDLE_BYTES: u64 = 4 << 20;
/// Gitaly's message if git cannot read a bundle (gitlab-org/gitlab#24806).
const BROKEN_BUNDLE: &str = "13:CreateRepositoryFromBundle: cmd wait failed: exit status 128";

/// Whether the pack of a bundle matches the checksum at its end, as git checks it; a missing bundle counts as sound.
fn is_sound(bundle: &[u8]) -> bool {
    const CHECKSUM_BYTES: usize = 20;
    let start = bundle.windows(6).position(|window| window == b"\n\nPACK");
    let Some(pack) = start.map(|at| &bundle[at + 2..]).filter(|pack| pack.len() > CHECKSUM_BYTES) else {
        return bundle.is_empty();
    };
    let (content, checksum) = pack.split_at(pack.len() - CHECKSUM_BYTES);
    Sha1::digest(content).as_slice() == checksum
}

/// The result of an inspection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// The text of `import_error`, if the import fails.
    pub refused: Option<String>,
    /// Records of each relation that has a file.
    pub records: BTreeMap<String, u64>,
}

/// An archive that is being read.
#[derive(Debug)]
pub struct Inspection {
    decoder: GzDecoder<Walk>,
    broken: bool,
}

impl Default for Inspection {
    fn default() -> Self {
        Self { decoder: GzDecoder::new(Walk::default()), broken: false }
    }
}

impl Inspection {
    pub fn feed(&mut self, bytes: &[u8]) {
        if !self.broken {
            self.broken = self.decoder.write_all(bytes).is_err();
        }
    }

    pub fn end(mut self) -> Finding {
        if !self.broken {
            // A gzip that ends too early still yields what was unpacked.
            self.decoder.try_finish().unwrap_or_default();
        }
        let walk = std::mem::take(self.decoder.get_mut());
        let refused = walk.refused();
        Finding { refused, records: walk.records }
    }
}

/// Walks through a tar stream without storing it.
#[derive(Debug, Default)]
struct Walk {
    record: Vec<u8>,
    /// Remaining bytes of the current member's content, and of its padding.
    content_left: u64,
    padding_left: u64,
    member: Member,
    version: Option<String>,
    hard_link: bool,
    has_tree: bool,
    /// The repository's bundle, if it is small enough to be checked.
    bundle: Vec<u8>,
    records: BTreeMap<String, u64>,
}

/// The kind of the current member.
#[derive(Debug, Default, PartialEq, Eq)]
enum Member {
    Version,
    Bundle,
    Relation(String),
    #[default]
    Other,
}

impl Walk {
    fn refused(&self) -> Option<String> {
        let said = |text: &str| Some(text.to_owned());
        if self.hard_link {
            return said("File shares hard link");
        }
        if self.version.as_deref() == Some("0.2.4") && !is_sound(&self.bundle) {
            return said(BROKEN_BUNDLE);
        }
        match self.version.as_deref() {
            None => said("No such file or directory @ rb_sysopen - VERSION"),
            Some("0.2.4") if self.has_tree => None,
            Some("0.2.4") => said("invalid import format"),
            Some(other) if other.split('.').count() == 3 => {
                Some(format!("Import version mismatch: Required 0.2.4 but was {other}"))
            }
            Some(_) => said("Incorrect VERSION format"),
        }
    }

    fn header(&mut self) {
        let text = |range: std::ops::Range<usize>| {
            let field = &self.record[range];
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            String::from_utf8_lossy(&field[..end]).trim().to_owned()
        };
        let (name, size) = (text(0..100), u64::from_str_radix(&text(124..136), 8).unwrap_or(0));
        let name = name.trim_start_matches("./");
        self.hard_link |= self.record[156] == b'1';
        let relation = name.strip_prefix("tree/project/").and_then(|name| name.strip_suffix(".ndjson"));
        self.has_tree |= name == "tree/project.json";
        self.member = match relation {
            _ if name == "VERSION" => Member::Version,
            _ if name == "project.bundle" && size <= BUNDLE_BYTES => Member::Bundle,
            Some(relation) => {
                // The last file of a name counts.
                self.records.insert(relation.to_owned(), 0);
                Member::Relation(relation.to_owned())
            }
            None => Member::Other,
        };
        self.content_left = size;
        self.padding_left = size.next_multiple_of(RECORD as u64) - size;
        self.record.clear();
    }

    fn content(&mut self, bytes: &[u8]) {
        match &self.member {
            Member::Version => {
                let line = String::from_utf8_lossy(bytes);
                let line = line.split('\n').next().unwrap_or_default();
                self.version.get_or_insert_with(|| line.trim().to_owned());
            }
            Member::Bundle => self.bundle.extend_from_slice(bytes),
            Member::Relation(relation) => {
                let lines = bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
                *self.records.entry(relation.clone()).or_default() += lines;
            }
            Member::Other => {}
        }
    }
}

impl Write for Walk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let some = |left: u64| bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if self.content_left > 0 {
            let take = some(self.content_left);
            self.content(&bytes[..take]);
            self.content_left -= take as u64;
            return Ok(take);
        }
        if self.padding_left > 0 {
            let take = some(self.padding_left);
            self.padding_left -= take as u64;
            return Ok(take);
        }
        let take = bytes.len().min(RECORD - self.record.len());
        self.record.extend_from_slice(&bytes[..take]);
        if self.record.len() == RECORD {
            self.header();
        }
        Ok(take)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
