//! A file that holds one JSON object, such as `tree/project.json`.

use super::json::{Json, JsonStep};
use super::utf8::Utf8;

/// Validates the file while it is read; keeps the first flaw.
#[derive(Debug)]
pub(super) struct Document {
    json: Json,
    utf8: Utf8,
    max_bytes: u64,
    at_byte: u64,
    flaw: Option<(u64, &'static str)>,
}

impl Document {
    pub(super) fn new(max_bytes: u64) -> Self {
        Self { json: Json::new(), utf8: Utf8::default(), max_bytes, at_byte: 0, flaw: None }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.flaw.is_none() {
            let broken = self.utf8.push(bytes).err();
            let valid = broken.map_or(bytes.len(), |broken| broken.at);
            self.take(&bytes[..valid]);
            if let Some(broken) = broken {
                let at_byte = self.at_byte + valid as u64 - broken.broken_before as u64;
                self.flaw.get_or_insert((at_byte, "it is not UTF-8"));
            }
        }
        self.at_byte += bytes.len() as u64;
    }

    fn take(&mut self, bytes: &[u8]) {
        let mut start = 0;
        while start < bytes.len() {
            match self.json.run(&bytes[start..]) {
                JsonStep::More => return,
                JsonStep::LineFeed(at) => start += at + 1,
                JsonStep::Bad(at, what) => {
                    self.flaw = Some((self.at_byte + (start + at) as u64, what));
                    return;
                }
            }
        }
    }

    /// What is wrong with the file, as the end of a sentence that starts with its name.
    pub(super) fn finish(&self) -> Result<(), String> {
        if self.at_byte > self.max_bytes {
            return Err(format!("is {} bytes long. GitLab reads at most {}.", self.at_byte, self.max_bytes));
        }
        if let Some((at_byte, what)) = self.flaw {
            return Err(format!("is not valid JSON: at byte {at_byte}, {what}."));
        }
        if self.json.is_blank() {
            return Err("is empty.".into());
        }
        if !self.json.is_complete() {
            return Err(format!("is not valid JSON: it ends too early, after {} bytes.", self.at_byte));
        }
        if self.json.first_byte() != b'{' {
            return Err("is not a JSON object.".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<(), String> {
        let answers = [1, 3, 4096].map(|piece| {
            let mut document = Document::new(20);
            text.chunks(piece).for_each(|part| document.push(part));
            document.finish()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "pieces disagree: {answers:?}");
        answers[0].clone()
    }

    #[test]
    fn only_one_whole_object_of_sensible_size_will_do() {
        assert_eq!(read(b"{\"a\":\n[1]}\n"), Ok(()));
        for (text, why) in [
            (&b""[..], "is empty."),
            (b"[]", "is not a JSON object."),
            (b"{\"a\":1", "is not valid JSON: it ends too early, after 6 bytes."),
            (b"{\n,", "is not valid JSON: at byte 2, a key is missing."),
            (b"{\"\xff\":1}", "is not valid JSON: at byte 2, it is not UTF-8."),
            (b"{} {}", "is not valid JSON: at byte 3, more text follows the value."),
            (b"{\"a\":123456789012345}", "is 21 bytes long. GitLab reads at most 20."),
        ] {
            assert_eq!(read(text), Err(why.into()));
        }
    }
}
