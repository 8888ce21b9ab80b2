//! What GitLab's importer would say of an archive: the checks of `file_importer` and `version_checker`.

use std::io::Write;

use flate2::write::GzDecoder;

const RECORD: usize = 512;

/// What the importer finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Importable,
    /// The text of `import_error`.
    Refused(String),
}

/// An archive being read.
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

    pub fn end(self) -> Finding {
        let refused = |text: &str| Finding::Refused(text.to_owned());
        let walk = match self.decoder.finish() {
            Ok(walk) if !self.broken => walk,
            _ => return refused("Decompressed archive size validation failed."),
        };
        if walk.hard_link {
            return refused("File shares hard link");
        }
        match walk.version.as_deref() {
            None => refused("No such file or directory @ rb_sysopen - VERSION"),
            Some("0.2.4") => Finding::Importable,
            Some(other) if other.split('.').count() == 3 => {
                Finding::Refused(format!("Import version mismatch: Required 0.2.4 but was {other}"))
            }
            Some(_) => refused("Incorrect VERSION format"),
        }
    }
}

/// Walks a tar stream without keeping it.
#[derive(Debug, Default)]
struct Walk {
    record: Vec<u8>,
    /// Bytes of the present member's content, padding included, that are still to come.
    content_left: u64,
    in_version: bool,
    version: Option<String>,
    hard_link: bool,
}

impl Walk {
    fn header(&mut self) {
        let text = |range: std::ops::Range<usize>| {
            let field = &self.record[range];
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            String::from_utf8_lossy(&field[..end]).trim().to_owned()
        };
        let (name, size) = (text(0..100), u64::from_str_radix(&text(124..136), 8).unwrap_or(0));
        self.hard_link |= self.record[156] == b'1';
        self.in_version = matches!(name.as_str(), "./VERSION" | "VERSION");
        self.content_left = size.next_multiple_of(RECORD as u64);
        self.record.clear();
    }
}

impl Write for Walk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.content_left > 0 {
            let take = bytes.len().min(usize::try_from(self.content_left).unwrap_or(usize::MAX));
            if self.in_version {
                let line = String::from_utf8_lossy(&bytes[..take]);
                let line = line.split(['\n', '\0']).next().unwrap_or_default();
                self.version.get_or_insert_with(|| line.trim().to_owned());
            }
            self.content_left -= take as u64;
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
