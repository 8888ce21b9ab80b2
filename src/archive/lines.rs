//! NDJSON, one JSON value per line: validated, measured and counted while it is read.

use super::json::{Json, JsonStep};
use super::utf8::Utf8;

/// One line that makes an importer fail. It never contains the line's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadLine {
    /// Counted from 1.
    pub line: u64,
    /// Offset in the file.
    pub at_byte: u64,
    pub why: LineFault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineFault {
    Json(&'static str),
    TooLong,
}

/// The state between two pieces of a file. Each bad line is reported once; the next line starts with a fresh state.
#[derive(Debug)]
pub(super) struct Lines {
    json: Json,
    utf8: Utf8,
    max_line_bytes: u64,
    at_byte: u64,
    line: u64,
    line_start: u64,
    skipping: bool,
    records: u64,
}

impl Lines {
    pub(super) fn new(max_line_bytes: u64) -> Self {
        Self {
            json: Json::new(),
            utf8: Utf8::default(),
            max_line_bytes,
            at_byte: 0,
            line: 1,
            line_start: 0,
            skipping: false,
            records: 0,
        }
    }

    /// Number of lines with a value. `null` is no record: GitLab writes it for a relation that is absent.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], bad: &mut dyn FnMut(BadLine)) {
        while !bytes.is_empty() {
            let flaw = self.utf8.push(bytes).err();
            let valid = flaw.map_or(bytes.len(), |flaw| flaw.at);
            self.take(&bytes[..valid], bad);
            bytes = &bytes[valid..];
            if let Some(flaw) = flaw {
                self.reject_before(flaw.broken_before, "it is not UTF-8", bad);
                // The bytes up to the end of the line are skipped, so their UTF-8 is not checked either.
                let rest = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
                self.at_byte += rest as u64;
                bytes = &bytes[rest..];
            }
        }
    }

    /// Ends the last line at the end of the file.
    pub(super) fn finish(&mut self, bad: &mut dyn FnMut(BadLine)) {
        let broken = self.utf8.unfinished_bytes();
        if broken > 0 {
            self.reject_before(broken, "it is not UTF-8", bad);
        }
        if self.at_byte > self.line_start {
            self.end_line(bad);
        }
    }

    fn take(&mut self, mut bytes: &[u8], bad: &mut dyn FnMut(BadLine)) {
        while !bytes.is_empty() {
            if self.skipping {
                let end = memchr::memchr(b'\n', bytes);
                self.at_byte += end.unwrap_or(bytes.len()) as u64;
                let Some(end) = end else { return };
                self.next_line();
                bytes = &bytes[end + 1..];
                continue;
            }
            match self.json.run(bytes) {
                JsonStep::More => {
                    self.at_byte += bytes.len() as u64;
                    self.reject_long(bad);
                    return;
                }
                JsonStep::LineFeed(at) => {
                    self.at_byte += at as u64;
                    // The importer reads a line with its line feed, up to the limit: a line feed beyond the limit
                    // becomes a blank line.
                    if self.at_byte - self.line_start >= self.max_line_bytes {
                        self.reject("", bad);
                    }
                    self.end_line(bad);
                    self.next_line();
                    bytes = &bytes[at + 1..];
                }
                JsonStep::Bad(at, what) => {
                    self.at_byte += at as u64;
                    self.reject(what, bad);
                    bytes = &bytes[at..];
                }
            }
        }
    }

    fn end_line(&mut self, bad: &mut dyn FnMut(BadLine)) {
        if self.skipping {
            return;
        }
        if self.json.is_complete() {
            self.records += u64::from(self.json.first_byte() != b'n');
        } else {
            self.reject(if self.json.is_blank() { "it is empty" } else { "it ends too early" }, bad);
        }
    }

    /// Moves past a line feed.
    fn next_line(&mut self) {
        self.at_byte += 1;
        self.line += 1;
        self.line_start = self.at_byte;
        self.skipping = false;
        self.json.reset();
    }

    fn reject_long(&mut self, bad: &mut dyn FnMut(BadLine)) {
        if self.at_byte - self.line_start > self.max_line_bytes {
            self.reject("", bad);
        }
    }

    fn reject(&mut self, what: &'static str, bad: &mut dyn FnMut(BadLine)) {
        self.reject_before(0, what, bad);
    }

    /// Reports this line, once, for a flaw `back` bytes ago. A flaw beyond the longest line that an importer reads is
    /// not reported.
    fn reject_before(&mut self, back: usize, what: &'static str, bad: &mut dyn FnMut(BadLine)) {
        if self.skipping {
            return;
        }
        self.skipping = true;
        let at_byte = self.at_byte.saturating_sub(back as u64).max(self.line_start);
        let too_long = at_byte - self.line_start >= self.max_line_bytes;
        let why = if too_long { LineFault::TooLong } else { LineFault::Json(what) };
        let at_byte = if too_long { self.line_start } else { at_byte };
        bad(BadLine { line: self.line, at_byte, why });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], max_line_bytes: u64) -> (u64, Vec<BadLine>) {
        let answers = [1, 2, 5, 4096].map(|piece| {
            let mut lines = Lines::new(max_line_bytes);
            let mut bad = Vec::new();
            for part in text.chunks(piece) {
                lines.push(part, &mut |line| bad.push(line));
            }
            lines.finish(&mut |line| bad.push(line));
            (lines.records(), bad)
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "pieces disagree: {answers:?}");
        answers[0].clone()
    }

    fn bad_json(line: u64, at_byte: u64, what: &'static str) -> BadLine {
        BadLine { line, at_byte, why: LineFault::Json(what) }
    }

    #[test]
    fn records_are_counted() {
        for (text, records) in [
            (&b""[..], 0),
            (b"null", 0),
            (b"null\n", 0),
            (b"{}", 1),
            (b"{}\n", 1),
            (b"{}\n[1]\n", 2),
            (b"{}\r\n7\r\n", 2),
            (b"{\"a\":\"b\\nc\"}\n\"x\"", 2),
            (b" {\t}\n12", 2),
        ] {
            assert_eq!(read(text, 100), (records, vec![]), "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn each_bad_line_is_reported_once_and_the_next_one_is_read() {
        let (records, bad) =
            read(b"{}\n{\"a\":}\n{}\n{\n\n[1,2]x\n\"\xff\" \xff\n{}\n\"\xe2\x82\n3\n\"open", 100);
        assert_eq!(records, 4);
        assert_eq!(
            bad,
            [
                bad_json(2, 8, "a value is missing or malformed"),
                bad_json(4, 14, "it ends too early"),
                bad_json(5, 15, "it is empty"),
                bad_json(6, 21, "more text follows the value"),
                bad_json(7, 24, "it is not UTF-8"),
                bad_json(9, 33, "it is not UTF-8"),
                bad_json(11, 43, "it ends too early"),
            ]
        );
    }

    #[test]
    fn a_long_line_is_reported_as_too_long_whatever_follows_the_limit() {
        let too_long = |line, at_byte| BadLine { line, at_byte, why: LineFault::TooLong };
        assert_eq!(read(b"1234567\n1\n", 8), (2, vec![]));
        assert_eq!(read(b"1\n12345678", 8), (2, vec![]), "the last line needs no end");
        assert_eq!(read(b"12345678\n1\n", 8), (1, vec![too_long(1, 0)]));
        assert_eq!(read(b"1\n123456789\n1\n", 8), (2, vec![too_long(2, 2)]));
        assert_eq!(read(b"\"2345678\xff\n1", 8), (1, vec![too_long(1, 0)]));
        assert_eq!(read(b"12345678x", 8), (0, vec![too_long(1, 0)]));
        assert_eq!(read(b"1234567x9", 8).1, [bad_json(1, 7, "more text follows the value")]);
    }
}
