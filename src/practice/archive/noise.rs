//! Reproducible random bytes, and hexadecimal output.

use std::fmt::Write as _;
use std::sync::LazyLock;

/// Random bytes that are the same on every machine (splitmix64).
pub fn random_bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut out = Vec::with_capacity(len + 8);
    while out.len() < len {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        out.extend_from_slice(&(word ^ (word >> 31)).to_le_bytes());
    }
    out.truncate(len);
    out
}

/// The longest text of [`random_text`].
const TEXT_BYTES: usize = 1 << 20;

/// Random letters and digits, which compress to three quarters of their size at best. Made once, because every answer
/// about a relation needs all records.
pub fn random_text(at: usize, len: usize) -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        random_bytes(77, TEXT_BYTES)
            .into_iter()
            .map(|byte| char::from(LETTERS[usize::from(byte % 64)]))
            .collect()
    });
    let len = len.min(TEXT_BYTES);
    let at = at % (TEXT_BYTES - len + 1);
    &TEXT[at..at + len]
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}
