//! UTF-8, checked in pieces.

use std::str;

/// Where a text stops being UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotUtf8 {
    /// Index of the invalid byte in the piece.
    pub at: usize,
    /// How many bytes before it the invalid character started; some may be in earlier pieces.
    pub broken_before: usize,
}

/// Carries the start of a character from one piece to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Utf8 {
    carry: [u8; 4],
    carried: usize,
}

impl Utf8 {
    /// Number of bytes of an incomplete character at the end of the text so far.
    pub(super) fn unfinished_bytes(&self) -> usize {
        self.carried
    }

    /// Checks the next piece. After an error the next piece starts with a fresh state.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), NotUtf8> {
        let mut start = 0;
        while self.carried > 0 {
            let Some(byte) = bytes.get(start) else { return Ok(()) };
            self.carry[self.carried] = *byte;
            match str::from_utf8(&self.carry[..=self.carried]) {
                Ok(_) => self.carried = 0,
                Err(error) if error.error_len().is_none() => self.carried += 1,
                Err(_) => {
                    return Err(NotUtf8 { at: start, broken_before: std::mem::take(&mut self.carried) });
                }
            }
            start += 1;
        }
        let rest = &bytes[start..];
        let Err(error) = str::from_utf8(rest) else { return Ok(()) };
        if error.error_len().is_some() {
            return Err(NotUtf8 { at: start + error.valid_up_to(), broken_before: 0 });
        }
        let tail = &rest[error.valid_up_to()..];
        self.carry[..tail.len()].copy_from_slice(tail);
        self.carried = tail.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(bytes: &[u8], piece: usize) -> bool {
        let mut utf8 = Utf8::default();
        bytes.chunks(piece).all(|part| utf8.push(part).is_ok()) && utf8.unfinished_bytes() == 0
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(text in ".{0,30}", at: prop::sample::Index, with: u8, piece in 1_usize..9) {
            let mut bytes = text.into_bytes();
            prop_assert!(check(&bytes, piece));
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = with;
            }
            prop_assert_eq!(check(&bytes, piece), str::from_utf8(&bytes).is_ok());
        }
    }

    #[test]
    fn the_flaw_is_located() {
        assert_eq!(Utf8::default().push(b"ab\xffcd"), Err(NotUtf8 { at: 2, broken_before: 0 }));
        let mut utf8 = Utf8::default();
        assert_eq!(utf8.push(b"ab\xe2\x82"), Ok(()));
        assert_eq!(utf8.unfinished_bytes(), 2);
        assert_eq!(utf8.push(b"\"x"), Err(NotUtf8 { at: 0, broken_before: 2 }));
        assert_eq!(utf8.push(b"fine"), Ok(()));
    }
}
