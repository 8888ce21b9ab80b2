//! What an archive that this program built says of itself: a text in an extra field of its gzip header (RFC 1952,
//! 2.3.1.1). It needs no data folder, so whoever verifies the archive later learns of it too. `gzip`, `tar` and GitLab skip
//! the field, and the content of the archive is the same with and without it.

/// The ID of the subfield.
const ID: [u8; 2] = *b"ED";
/// How long a text may be: an extra field has two bytes for its length.
pub const MOST_BYTES: usize = 32 << 10;

/// The extra field with this text, its length first. A text that is too long gives none.
pub(super) fn field(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_empty() || text.len() > MOST_BYTES {
        return None;
    }
    let length = |bytes: usize| u16::try_from(bytes).ok().map(u16::to_le_bytes);
    let (outer, inner) = (length(text.len() + 4)?, length(text.len())?);
    Some([&outer[..], &ID, &inner, text].concat())
}

/// The text in an extra field, which may have subfields of others.
pub(super) fn text_in(mut extra: &[u8]) -> Option<String> {
    while let [id0, id1, low, high, rest @ ..] = extra {
        let (text, after) = rest.split_at_checked(u16::from_le_bytes([*low, *high]).into())?;
        if [*id0, *id1] == ID {
            // Spaces behind it are the room that its archive was built with.
            return String::from_utf8(text.trim_ascii_end().to_vec()).ok();
        }
        extra = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_beside_the_fields_of_others() {
        let ours = field(b"{\"a\":1}").unwrap();
        assert_eq!(text_in(&ours[2..]).as_deref(), Some("{\"a\":1}"));
        assert_eq!(text_in(&field(b"{} \n ").unwrap()[2..]).as_deref(), Some("{}"));
        let beside = [b"BC\x02\x00\x01\x02".as_slice(), &ours[2..], b"XY\x00\x00"].concat();
        assert_eq!(text_in(&beside).as_deref(), Some("{\"a\":1}"));
        assert_eq!((field(b""), field(&vec![b'x'; MOST_BYTES + 1])), (None, None));
        for odd in [b"".as_slice(), b"E", b"ED\xff\xff{}", b"ED\x02\x00\xff\xfe", b"BC\x02\x00\x01"] {
            assert_eq!(text_in(odd), None, "{odd:?}");
        }
    }
}
