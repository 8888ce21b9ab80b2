//! Hexadecimal, both ways.

/// Lower-case hex of some bytes.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('?');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of exactly `2 * N` lower-case hex digits.
pub(super) fn from_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

/// The value of one lower-case hex digit. GitLab writes object names and upload secrets in lower case.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_and_written_and_anything_else_is_refused() {
        assert_eq!(to_hex(&[0x00, 0xaf, 0x1f]), "00af1f");
        assert_eq!(from_hex::<3>(b"00af1f"), Some([0x00, 0xaf, 0x1f]));
        for bad in [&b"00af1"[..], b"00af1fff", b"00AF1F", b"00ag1f"] {
            assert_eq!(from_hex::<3>(bad), None);
        }
    }
}
