//! Finds the keys of one JSON object and the short values under them while the file is read. [`super::document`]
//! checks that the file is JSON.

/// The maximum number of stored bytes of a key or a value; a SHA-256 in hexadecimal has 64.
const MAX_KEPT: usize = 96;

/// Finds each `"key": value` of the outermost object.
#[derive(Debug, Default)]
pub(super) struct Outline {
    depth: u32,
    in_text: bool,
    escaped: bool,
    /// Whether the current bytes belong to the value, after the colon.
    in_value: bool,
    key: Vec<u8>,
    /// The value without white space.
    value: Vec<u8>,
}

impl Outline {
    /// Calls `found` with each key (without its quotes) and its value. Longer ones are cut.
    pub(super) fn push(&mut self, bytes: &[u8], found: &mut dyn FnMut(&[u8], &[u8])) {
        for byte in bytes {
            if self.in_text {
                let ends = *byte == b'"' && !self.escaped;
                self.escaped = *byte == b'\\' && !self.escaped;
                self.in_text = !ends;
                if !ends || self.in_value {
                    self.keep(*byte);
                }
                continue;
            }
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                b'"' => {
                    self.in_text = true;
                    if self.depth == 1 && !self.in_value {
                        self.key.clear();
                        continue;
                    }
                }
                b':' if self.depth == 1 && !self.in_value => {
                    self.in_value = true;
                    self.value.clear();
                    continue;
                }
                b',' if self.depth == 1 => {
                    self.end(found);
                    continue;
                }
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth == 1 {
                        continue;
                    }
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        self.end(found);
                        continue;
                    }
                }
                _ => {}
            }
            self.keep(*byte);
        }
    }

    fn end(&mut self, found: &mut dyn FnMut(&[u8], &[u8])) {
        if std::mem::take(&mut self.in_value) {
            found(&self.key, &self.value);
        }
    }

    fn keep(&mut self, byte: u8) {
        let kept = if self.in_value { &mut self.value } else { &mut self.key };
        if kept.len() < MAX_KEPT {
            kept.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let answers = [1, 3, 4096].map(|piece| {
            let mut outline = Outline::default();
            let mut all = Vec::new();
            let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            for part in text.as_bytes().chunks(piece) {
                outline.push(part, &mut |key, value| all.push((text_of(key), text_of(value))));
            }
            all
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "pieces disagree: {answers:?}");
        answers[0].clone()
    }

    #[test]
    fn keys_and_values_of_the_outermost_object_are_found() {
        let text = "{ \"a\" : [2, 0],\"b\":{\"a\":1,\"c\":[]} , \"d\":\"x,\\\"}y\",\n\"archived\": true }";
        let wanted =
            [("a", "[2,0]"), ("b", "{\"a\":1,\"c\":[]}"), ("d", "\"x,\\\"}y\""), ("archived", "true")];
        assert_eq!(pairs(text), wanted.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(pairs("{}"), []);
        assert_eq!(pairs("[1,2]"), []);
        assert_eq!(pairs("}}]{\"a\":1}"), [("a".to_owned(), "1".to_owned())]);
        let long = format!("{{\"{}\":\"{}\"}}", "k".repeat(500), "v".repeat(500));
        assert!(pairs(&long)[0].0.len() == MAX_KEPT && pairs(&long)[0].1.len() == MAX_KEPT);
    }
}
