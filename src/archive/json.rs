//! A JSON validator (RFC 8259) that accepts pieces of any size and keeps a few hundred bytes of state: it builds no
//! tree and stores no value, so a line of 50 MiB needs no memory.
//!
//! [`super::utf8`] checks UTF-8 separately; here every byte from 128 on counts as text.

/// Containers within containers. GitLab's own JSON library stops at 100.
const MAX_DEPTH: usize = 512;

/// The result of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonStep {
    /// All bytes were consumed and are valid so far.
    More,
    /// A line feed outside a string, at this index. It did not change the state: the caller decides whether it is
    /// white space or the end of a document.
    LineFeed(usize),
    /// The byte at this index is not allowed at this point.
    Bad(usize, &'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Value,
    /// After `[`: a value or `]`.
    FirstValue,
    /// After `{`: a key or `}`.
    FirstKey,
    Key,
    Colon,
    /// A value is complete.
    After,
    Text,
    Escape,
    UnicodeEscape {
        left: u8,
        code: u16,
        /// Whether this is the second half of a surrogate pair.
        second: bool,
    },
    /// After the first half: expects the backslash of the second half.
    SecondHalf,
    /// After that backslash.
    SecondEscape,
    Literal {
        rest: &'static [u8],
    },
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

/// Validates one JSON text at a time.
#[derive(Debug, Clone)]
pub(super) struct Json {
    state: State,
    /// Whether the current string is an object's key.
    in_key: bool,
    depth: usize,
    /// One bit per level: set for an object.
    objects: [u64; MAX_DEPTH / 64],
    first: u8,
}

impl Json {
    pub(super) fn new() -> Self {
        Self { state: State::Value, in_key: false, depth: 0, objects: [0; MAX_DEPTH / 64], first: 0 }
    }

    pub(super) fn reset(&mut self) {
        // The bits of levels above `depth` are written before they are read.
        (self.state, self.depth, self.first) = (State::Value, 0, 0);
    }

    /// Whether exactly one complete value was read.
    pub(super) fn is_complete(&self) -> bool {
        self.depth == 0 && (self.state == State::After || self.number_may_end())
    }

    /// Whether only white space was read.
    pub(super) fn is_blank(&self) -> bool {
        self.first == 0
    }

    /// The value's first byte: `{` for an object, `n` for `null`.
    pub(super) fn first_byte(&self) -> u8 {
        self.first
    }

    pub(super) fn run(&mut self, bytes: &[u8]) -> JsonStep {
        let mut at = 0;
        while at < bytes.len() {
            if self.state == State::Text {
                at += plain_text(&bytes[at..]);
                match bytes.get(at) {
                    None => return JsonStep::More,
                    Some(b'"') => self.state = if self.in_key { State::Colon } else { State::After },
                    Some(b'\\') => self.state = State::Escape,
                    Some(_) => return JsonStep::Bad(at, "a string contains a control character"),
                }
                at += 1;
                continue;
            }
            let byte = bytes[at];
            if let b' ' | b'\t' | b'\r' | b'\n' = byte {
                if let Err(what) = self.space() {
                    return JsonStep::Bad(at, what);
                }
                if byte == b'\n' {
                    return JsonStep::LineFeed(at);
                }
            } else if let Err(what) = self.byte(byte) {
                return JsonStep::Bad(at, what);
            }
            at += 1;
        }
        JsonStep::More
    }

    /// White space ends a number and is not allowed inside a keyword or an escape.
    fn space(&mut self) -> Result<(), &'static str> {
        match self.state {
            State::Value | State::FirstValue | State::FirstKey | State::Key | State::Colon | State::After => {
                Ok(())
            }
            _ if self.number_may_end() => {
                self.state = State::After;
                Ok(())
            }
            State::Escape | State::UnicodeEscape { .. } => Err("an escape sequence is incomplete"),
            State::SecondHalf | State::SecondEscape => Err("an escape sequence is only half of a character"),
            State::Literal { .. } => Err("a keyword is incomplete"),
            _ => Err("a number is incomplete"),
        }
    }

    fn byte(&mut self, byte: u8) -> Result<(), &'static str> {
        self.state = match self.state {
            State::FirstValue if byte == b']' => self.closed(),
            State::Value | State::FirstValue => return self.value(byte),
            State::FirstKey if byte == b'}' => self.closed(),
            State::FirstKey | State::Key if byte == b'"' => self.text(true),
            State::FirstKey | State::Key => return Err("a key is missing"),
            State::Colon if byte == b':' => State::Value,
            State::Colon => return Err("a colon is missing after a key"),
            State::After => return self.after(byte),
            State::Escape => match byte {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => State::Text,
                b'u' => State::UnicodeEscape { left: 4, code: 0, second: false },
                _ => return Err("an escape sequence is unknown"),
            },
            State::UnicodeEscape { left, code, second } => {
                let digit = char::from(byte).to_digit(16).ok_or("an escape sequence is incomplete")?;
                let code = code << 4 | digit as u16;
                match (left, code) {
                    // Oj, GitLab's JSON parser, requires a second escape after the first half of a surrogate pair.
                    (1, 0xd800..=0xdfff) if !second => State::SecondHalf,
                    (1, _) => State::Text,
                    _ => State::UnicodeEscape { left: left - 1, code, second },
                }
            }
            State::SecondHalf if byte == b'\\' => State::SecondEscape,
            State::SecondEscape if byte == b'u' => State::UnicodeEscape { left: 4, code: 0, second: true },
            State::SecondHalf | State::SecondEscape => {
                return Err("an escape sequence is only half of a character");
            }
            State::Text => State::Text,
            State::Literal { rest } => match rest.split_first() {
                Some((wanted, [])) if *wanted == byte => State::After,
                Some((wanted, rest)) if *wanted == byte => State::Literal { rest },
                _ => return Err("a keyword is not true, false or null"),
            },
            number => match (number, byte) {
                (State::Minus, b'0') => State::Zero,
                (State::Minus, b'1'..=b'9') | (State::Integer, b'0'..=b'9') => State::Integer,
                (State::Zero | State::Integer, b'.') => State::Point,
                (State::Point | State::Fraction, b'0'..=b'9') => State::Fraction,
                (State::Zero | State::Integer | State::Fraction, b'e' | b'E') => State::Exponent,
                (State::Exponent, b'+' | b'-') => State::ExponentSign,
                (State::Exponent | State::ExponentSign | State::ExponentDigits, b'0'..=b'9') => {
                    State::ExponentDigits
                }
                _ if self.number_may_end() => {
                    self.state = State::After;
                    return self.after(byte);
                }
                _ => return Err("a number is malformed"),
            },
        };
        Ok(())
    }

    fn number_may_end(&self) -> bool {
        matches!(self.state, State::Zero | State::Integer | State::Fraction | State::ExponentDigits)
    }

    fn text(&mut self, in_key: bool) -> State {
        self.in_key = in_key;
        State::Text
    }

    fn value(&mut self, byte: u8) -> Result<(), &'static str> {
        if self.depth == 0 {
            self.first = byte;
        }
        self.state = match byte {
            b'"' => self.text(false),
            b'{' => return self.open(true),
            b'[' => return self.open(false),
            b't' => State::Literal { rest: b"rue" },
            b'f' => State::Literal { rest: b"alse" },
            b'n' => State::Literal { rest: b"ull" },
            b'-' => State::Minus,
            b'0' => State::Zero,
            b'1'..=b'9' => State::Integer,
            _ => return Err("a value is missing or malformed"),
        };
        Ok(())
    }

    fn open(&mut self, object: bool) -> Result<(), &'static str> {
        if self.depth == MAX_DEPTH {
            return Err("it is nested too deeply");
        }
        let (word, bit) = (self.depth / 64, 1 << (self.depth % 64));
        if object {
            self.objects[word] |= bit;
        } else {
            self.objects[word] &= !bit;
        }
        self.depth += 1;
        self.state = if object { State::FirstKey } else { State::FirstValue };
        Ok(())
    }

    fn closed(&mut self) -> State {
        self.depth -= 1;
        State::After
    }

    fn after(&mut self, byte: u8) -> Result<(), &'static str> {
        let Some(inner) = self.depth.checked_sub(1) else { return Err("more text follows the value") };
        let in_object = self.objects[inner / 64] >> (inner % 64) & 1 == 1;
        match (byte, in_object) {
            (b',', true) => self.state = State::Key,
            (b',', false) => self.state = State::Value,
            (b'}', true) | (b']', false) => self.state = self.closed(),
            (b'}' | b']', _) => return Err("a bracket does not match"),
            _ => return Err("a comma or a closing bracket is missing"),
        }
        Ok(())
    }
}

/// The number of bytes at the start that are plain text of a string: no quote, no backslash, no control character.
/// Eight bytes at a time; the marks are exact up to and including the first one, which is all that is needed.
fn plain_text(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let (words, _) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (ONES * 0x22);
        let backslash = word ^ (ONES * 0x5c);
        let marks = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let marks = marks & HIGH;
        if marks != 0 {
            return index * 8 + marks.trailing_zeros() as usize / 8;
        }
    }
    let start = words.len() * 8;
    let special = |byte: &u8| matches!(*byte, b'"' | b'\\' | 0..=0x1f);
    bytes[start..].iter().position(special).map_or(bytes.len(), |at| start + at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether a text is accepted when it is passed in pieces.
    fn accepts(text: &[u8], piece: usize) -> bool {
        let mut json = Json::new();
        for part in text.chunks(piece) {
            let mut rest = part;
            loop {
                match json.run(rest) {
                    JsonStep::More => break,
                    JsonStep::LineFeed(at) => rest = &rest[at + 1..],
                    JsonStep::Bad(..) => return false,
                }
            }
        }
        json.is_complete()
    }

    fn accepts_anyhow(text: &str) -> bool {
        let answers = [1, 2, 3, 7, 8, 9, 4096].map(|piece| accepts(text.as_bytes(), piece));
        assert!(answers.iter().all(|answer| *answer == answers[0]), "pieces disagree on {text:?}");
        answers[0]
    }

    #[test]
    fn good_texts() {
        for text in [
            "{}",
            "[]",
            "0",
            "-0",
            "1",
            "-12.5e+10",
            "1E5",
            "0.1",
            "0e0",
            "true",
            "false",
            "null",
            "\"\"",
            " { \"a\" : [ 1 , 2 ] } ",
            "[[],{}]",
            "[1,[2,[3]]]",
            "{\"a\":{\"b\":null}}",
            "\"\\u00e9\\n\\/\"",
            "\"\\ud83d\\ude00\"",
            "\"\\uD83D\\uDE00\\ud83d\\ude00\"",
            "\"\\ud83d\\u0041\"",
            "\"café\"",
            "[1\n,\t2\r]",
            "{\"a\":1,\"a\":2}",
            "123456789012345678901234567890",
            "\"0123456789abcdef\\\"0123456\"",
            "1 ",
            "\"\u{7f}\"",
            "[\"a\",true,-1.0E-2]",
        ] {
            assert!(accepts_anyhow(text), "{text}");
        }
    }

    #[test]
    fn bad_texts() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[",
            "]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{,}",
            "{1:2}",
            "[1}",
            "{\"a\":1]",
            "01",
            "-",
            "+1",
            "1.",
            ".5",
            "1e",
            "1e+",
            "0x1",
            "1.2.3",
            "--1",
            "tru",
            "truE",
            "nul",
            "nulll",
            "True",
            "NaN",
            "Infinity",
            "'a'",
            "\"",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\t\"",
            "\"a\nb\"",
            "{} {}",
            "1 2",
            "[]]",
            "\"a\"b",
            "// x",
            "{\"a\" 1}",
            "[1:2]",
            "\u{feff}{}",
            "\\u0020",
            "12\"a\"",
            "t rue",
            "\"\\\n\"",
            "{\"a\":1,,\"b\":2}",
            "-\n1",
            "\u{c}1",
            "\"\\ud83d\"",
            "\"\\ud83d x\"",
            "\"\\ud83d\\n\"",
            "\"\\uDE00\\ud83\"",
        ] {
            assert!(!accepts_anyhow(text), "{text:?}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(accepts_anyhow(&nested(MAX_DEPTH)));
        assert!(!accepts_anyhow(&nested(MAX_DEPTH + 1)));
        assert!(!accepts_anyhow(&"[".repeat(1_000_000)));
    }

    #[test]
    fn plain_text_stops_at_each_special_byte_wherever_it_is() {
        for special in (0..0x20).chain([b'"', b'\\']) {
            for at in 0..20 {
                let mut text = [b'~'; 24];
                text[at] = special;
                text[at + 1..].fill(0xff);
                assert_eq!(plain_text(&text), at, "byte {special:#x} at {at}");
            }
        }
        assert_eq!(plain_text(" !#[]^~\u{7f}é\u{10ffff}".as_bytes()), 14);
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".{0,20}".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::hash_map(".{0,6}", inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_on_values_and_their_mutations(
            value in any_json(), pretty: bool, at: prop::sample::Index, with: u8, how in 0..4,
        ) {
            let mut text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
            let at = at.index(text.len());
            let with = b"{}[]\",:0-e.tn\\ \n"[usize::from(with) % 16];
            match how {
                0 => {}
                1 => text[at] = with,
                2 => text.insert(at, with),
                _ => drop(text.remove(at)),
            }
            if let Ok(text) = std::str::from_utf8(&text) {
                // `IgnoredAny` checks only the grammar, as this validator does.
                let theirs = serde_json::from_str::<serde::de::IgnoredAny>(text);
                prop_assert_eq!(accepts_anyhow(text), theirs.is_ok(), "{:?}: {:?}", text, theirs.err());
            }
        }

        #[test]
        fn agrees_with_serde_json_on_soup(text in "[\\[\\]{}\",:0-9eE.+\\\\u tfnrual-]{0,24}") {
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text);
            prop_assert_eq!(accepts_anyhow(&text), theirs.is_ok(), "{:?}: {:?}", &text, theirs.err());
        }
    }
}
