//! A JSON validator (RFC 8259) that accepts pieces of any size and keeps a few hundred bytes of state: it builds no
//! tree and stores no value, so a line of 50 MiB needs no memory.
//!
//! [`super::utf8`] checks UTF-8 separately; here every byte from 128 on counts as text.

mod state;

use state::{NEXT, State};

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

/// Validates one JSON text at a time.
#[derive(Debug, Clone)]
pub(super) struct Json {
    state: State,
    /// The state after a value at the current depth.
    after: State,
    /// Whether the current string is an object's key; set when an escape begins.
    in_key: bool,
    /// The rest of a keyword.
    rest: &'static [u8],
    unicode: UnicodeEscape,
    depth: usize,
    /// One bit per level: set for an object.
    objects: [u64; MAX_DEPTH / 64],
    first: u8,
}

/// The four digits after `\u`, as far as they were read.
#[derive(Debug, Clone, Copy)]
struct UnicodeEscape {
    left: u8,
    code: u16,
    /// Whether this is the second half of a surrogate pair.
    second: bool,
}

impl UnicodeEscape {
    const FIRST: Self = Self { left: 4, code: 0, second: false };
    const SECOND: Self = Self { second: true, ..Self::FIRST };
}

impl Json {
    pub(super) fn new() -> Self {
        Self {
            state: State::Start,
            after: State::After,
            in_key: false,
            rest: b"",
            unicode: UnicodeEscape::FIRST,
            depth: 0,
            objects: [0; MAX_DEPTH / 64],
            first: 0,
        }
    }

    pub(super) fn reset(&mut self) {
        // The bits of levels above `depth` are written before they are read.
        (self.state, self.after, self.depth, self.first) = (State::Start, State::After, 0, 0);
    }

    /// Whether exactly one complete value was read.
    pub(super) fn is_complete(&self) -> bool {
        self.depth == 0 && (self.state == State::After || self.state.ends_number())
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
            if let State::Text | State::KeyText = self.state {
                at = text_end(bytes, at);
                if at == bytes.len() {
                    return JsonStep::More;
                }
                match bytes[at] {
                    b'"' => self.state = if self.state == State::KeyText { State::Colon } else { self.after },
                    b'\\' => (self.in_key, self.state) = (self.state == State::KeyText, State::Escape),
                    _ => return JsonStep::Bad(at, "a string contains a control character"),
                }
                at += 1;
                continue;
            }
            let byte = bytes[at];
            if let Some(next) = NEXT[self.state as usize][usize::from(byte)] {
                self.state = next;
            } else if let b' ' | b'\t' | b'\r' | b'\n' = byte {
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
            state if state.ends_number() => {
                self.state = self.after;
                Ok(())
            }
            // Only these states go on after white space.
            state if state.next(b' ').is_some() => Ok(()),
            State::Escape | State::UnicodeEscape => Err("an escape sequence is incomplete"),
            State::SecondHalf | State::SecondEscape => Err("an escape sequence is only half of a character"),
            State::Literal => Err("a keyword is incomplete"),
            _ => Err("a number is incomplete"),
        }
    }

    /// A byte that is not white space, and that the state alone does not decide.
    fn byte(&mut self, byte: u8) -> Result<(), &'static str> {
        self.state = match self.state {
            State::Start => {
                self.first = byte;
                self.value(byte)?
            }
            State::FirstValue if byte == b']' => self.closed(),
            State::Value | State::FirstValue => self.value(byte)?,
            State::FirstKey if byte == b'}' => self.closed(),
            State::FirstKey | State::Key => return Err("a key is missing"),
            State::Colon => return Err("a colon is missing after a key"),
            State::After | State::AfterMember | State::AfterElement => self.after(byte)?,
            State::KeyText | State::Text => self.state,
            State::Escape => match byte {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.text(),
                b'u' => self.digits(UnicodeEscape::FIRST),
                _ => return Err("an escape sequence is unknown"),
            },
            State::UnicodeEscape => self.digit(byte)?,
            State::SecondHalf if byte == b'\\' => State::SecondEscape,
            State::SecondEscape if byte == b'u' => self.digits(UnicodeEscape::SECOND),
            State::SecondHalf | State::SecondEscape => {
                return Err("an escape sequence is only half of a character");
            }
            State::Literal => match self.rest {
                [wanted] if *wanted == byte => self.after,
                [wanted, rest @ ..] if *wanted == byte => self.literal(rest),
                _ => return Err("a keyword is not true, false or null"),
            },
            number if number.ends_number() => self.after(byte)?,
            _ => return Err("a number is malformed"),
        };
        Ok(())
    }

    /// Back to the string after an escape.
    fn text(&self) -> State {
        if self.in_key { State::KeyText } else { State::Text }
    }

    fn digits(&mut self, unicode: UnicodeEscape) -> State {
        self.unicode = unicode;
        State::UnicodeEscape
    }

    fn digit(&mut self, byte: u8) -> Result<State, &'static str> {
        let UnicodeEscape { left, code, second } = self.unicode;
        let digit = char::from(byte).to_digit(16).ok_or("an escape sequence is incomplete")?;
        let code = code << 4 | digit as u16;
        Ok(match (left, code) {
            // Oj, GitLab's JSON parser, requires a second escape after the first half of a surrogate pair.
            (1, 0xd800..=0xdfff) if !second => State::SecondHalf,
            (1, _) => self.text(),
            _ => self.digits(UnicodeEscape { left: left - 1, code, second }),
        })
    }

    fn literal(&mut self, rest: &'static [u8]) -> State {
        self.rest = rest;
        State::Literal
    }

    /// The first byte of a value.
    fn value(&mut self, byte: u8) -> Result<State, &'static str> {
        Ok(match byte {
            b'{' => self.open(true)?,
            b'[' => self.open(false)?,
            b't' => self.literal(b"rue"),
            b'f' => self.literal(b"alse"),
            b'n' => self.literal(b"ull"),
            _ => State::Value.next(byte).ok_or("a value is missing or malformed")?,
        })
    }

    fn open(&mut self, object: bool) -> Result<State, &'static str> {
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
        self.after = if object { State::AfterMember } else { State::AfterElement };
        Ok(if object { State::FirstKey } else { State::FirstValue })
    }

    fn closed(&mut self) -> State {
        self.depth -= 1;
        self.after = match self.depth.checked_sub(1) {
            None => State::After,
            Some(inner) if self.objects[inner / 64] >> (inner % 64) & 1 == 1 => State::AfterMember,
            Some(_) => State::AfterElement,
        };
        self.after
    }

    /// The byte after a value.
    fn after(&mut self, byte: u8) -> Result<State, &'static str> {
        match (self.after, byte) {
            (State::AfterMember, b'}') | (State::AfterElement, b']') => Ok(self.closed()),
            (State::AfterMember | State::AfterElement, b'}' | b']') => Err("a bracket does not match"),
            (State::AfterMember | State::AfterElement, _) => {
                self.after.next(byte).ok_or("a comma or a closing bracket is missing")
            }
            _ => Err("more text follows the value"),
        }
    }
}

/// The index from `at` on where the plain text of a string ends: a quote, a backslash, a control character, or the end
/// of the bytes. Eight bytes at a time; the marks are exact up to and including the first one, which is all that is
/// needed.
fn text_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    // Indexed one by one: in this loop, the small functions of slices are not inlined where code is made small.
    while at < bytes.len() && bytes.len() - at >= 8 {
        let word = u64::from_le_bytes([
            bytes[at],
            bytes[at + 1],
            bytes[at + 2],
            bytes[at + 3],
            bytes[at + 4],
            bytes[at + 5],
            bytes[at + 6],
            bytes[at + 7],
        ]);
        let quote = word ^ (ONES * 0x22);
        let backslash = word ^ (ONES * 0x5c);
        let marks = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let marks = marks & HIGH;
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while at < bytes.len() && !matches!(bytes[at], b'"' | b'\\' | 0..=0x1f) {
        at += 1;
    }
    at
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
    fn text_ends_at_each_special_byte_wherever_it_is() {
        for special in (0..0x20).chain([b'"', b'\\']) {
            for at in 0..20 {
                let mut text = [b'~'; 24];
                text[at] = special;
                text[at + 1..].fill(0xff);
                assert_eq!(text_end(&text, 0), at, "byte {special:#x} at {at}");
            }
        }
        assert_eq!(text_end(" !#[]^~\u{7f}é\u{10ffff}".as_bytes(), 3), 14);
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
