//! Git's packets: four hexadecimal digits that count themselves and the content, then the content; `0000` ends a
//! list (gitprotocol-common).

/// The longest packet, with its length.
pub(super) const MOST_BYTES: usize = 65_520;
const LENGTH_BYTES: usize = 4;

/// A packet at the beginning of received bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    Content(&'a [u8]),
    /// `0000`.
    Flush,
    /// The packet is incomplete: more bytes are needed.
    Incomplete,
    /// The bytes are no packet.
    Odd,
}

/// The first packet, and how many bytes it takes.
pub(super) fn first(bytes: &[u8]) -> (Packet<'_>, usize) {
    let Some((digits, rest)) = bytes.split_at_checked(LENGTH_BYTES) else { return (Packet::Incomplete, 0) };
    let digit =
        |length: Option<usize>, byte: &u8| Some(length? * 16 + char::from(*byte).to_digit(16)? as usize);
    match digits.iter().fold(Some(0), digit) {
        Some(0) => (Packet::Flush, LENGTH_BYTES),
        Some(length) if (LENGTH_BYTES..=MOST_BYTES).contains(&length) => {
            match rest.get(..length - LENGTH_BYTES) {
                Some(content) => (Packet::Content(content), length),
                None => (Packet::Incomplete, 0),
            }
        }
        _ => (Packet::Odd, 0),
    }
}

/// Appends a packet. The content must be shorter than [`MOST_BYTES`].
pub(super) fn write(out: &mut Vec<u8>, content: &str) {
    out.extend(format!("{:04x}{content}", content.len() + LENGTH_BYTES).into_bytes());
}

/// A line of text without its line end.
pub(super) fn line(content: &[u8]) -> &[u8] {
    content.strip_suffix(b"\n").unwrap_or(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_cut_at_their_length() {
        assert_eq!(first(b"0006a\nrest"), (Packet::Content(b"a\n"), 6));
        assert_eq!(first(b"0004"), (Packet::Content(b""), 4));
        assert_eq!(first(b"0000rest"), (Packet::Flush, 4));
        for cut in ["", "000", "0006", "0006a"] {
            assert_eq!(first(cut.as_bytes()).0, Packet::Incomplete, "{cut}");
        }
        for odd in ["0001", "0003x", "fff1", "<htm", "+004", "zzzz"] {
            assert_eq!(first(odd.as_bytes()).0, Packet::Odd, "{odd}");
        }
        let mut out = Vec::new();
        write(&mut out, "done\n");
        assert_eq!(out, b"0009done\n");
    }
}
