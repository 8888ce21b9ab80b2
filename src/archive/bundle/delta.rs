//! Git's deltas (gitformat-pack): a new content described by copies from an old one and by literal bytes.

use super::deep::DeepEnd;
use super::flaw::BundleFlaw;

/// Applies a delta to its base.
pub(super) fn apply(base: &[u8], delta: &[u8], max_bytes: u64) -> Result<Vec<u8>, DeepEnd> {
    let mut rest = delta;
    let base_bytes = size(&mut rest)?;
    let bytes = size(&mut rest)?;
    if base_bytes != base.len() as u64 {
        return Err(BundleFlaw::BadObject.into());
    }
    if bytes > max_bytes {
        return Err(DeepEnd::Unchecked);
    }
    let wanted = bytes as usize;
    let mut content = Vec::with_capacity(wanted.min(base.len() + delta.len()));
    while let Some((op, after)) = rest.split_first() {
        rest = after;
        let part = if op & 0x80 != 0 {
            let offset = number(&mut rest, op & 15)?;
            let length = match number(&mut rest, op >> 4 & 7)? {
                0 => 0x1_0000,
                length => length,
            };
            base.get(offset..).and_then(|from| from.get(..length))
        } else {
            let length = usize::from(*op);
            let own = rest.get(..length).filter(|_| length > 0);
            rest = rest.get(length..).unwrap_or_default();
            own
        };
        content.extend_from_slice(part.ok_or(BundleFlaw::BadObject)?);
        if content.len() > wanted {
            return Err(BundleFlaw::BadObject.into());
        }
    }
    if content.len() == wanted { Ok(content) } else { Err(BundleFlaw::BadObject.into()) }
}

/// Reads a size in groups of seven bits, the lowest first.
fn size(rest: &mut &[u8]) -> Result<u64, BundleFlaw> {
    let mut size = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(BundleFlaw::BadObject)?;
        *rest = after;
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(size);
        }
    }
    Err(BundleFlaw::BadObject)
}

/// Reads the bytes of a number that the mask marks as present, the lowest first.
fn number(rest: &mut &[u8], mask: u8) -> Result<usize, BundleFlaw> {
    let mut number = 0;
    for index in (0..4).filter(|index| mask >> index & 1 == 1) {
        let (byte, after) = rest.split_first().ok_or(BundleFlaw::BadObject)?;
        *rest = after;
        number |= usize::from(*byte) << (8 * index);
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_own_bytes_make_the_content() {
        let base = b"hello world";
        // 11 bytes become 9: "world", then "!!!!".
        let delta = b"\x0b\x09\x91\x06\x05\x04!!!!";
        assert_eq!(apply(base, delta, 100).unwrap(), b"world!!!!");
        assert!(matches!(apply(base, delta, 8), Err(DeepEnd::Unchecked)));
        for bad in [
            &b""[..],
            b"\x0a\x09\x91\x06\x05\x04!!!!",
            b"\x0b\x0a\x91\x06\x05\x04!!!!",
            b"\x0b\x08\x91\x06\x05\x04!!!!",
            b"\x0b\x09\x91\x07\x05\x04!!!!",
            b"\x0b\x09\x91\x06",
            b"\x0b\x09\x91\x06\x05\x04!!!",
            b"\x0b\x09\x00",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert!(matches!(apply(base, bad, 100), Err(DeepEnd::Flaw(BundleFlaw::BadObject))), "{bad:?}");
        }
    }
}
