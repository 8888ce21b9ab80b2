//! The objects that a commit, a folder or a tag names.

use super::entries::ObjectKind;
use super::refs::Oid;

/// Calls `found` with each object that must exist. Returns `None` if git cannot read the object.
pub(super) fn links_of(
    kind: ObjectKind,
    content: &[u8],
    hash_bytes: usize,
    found: &mut dyn FnMut(&Oid),
) -> Option<()> {
    match kind {
        ObjectKind::Blob => Some(()),
        ObjectKind::Tree => tree(content, hash_bytes, found),
        ObjectKind::Commit => {
            let rest = line(content, b"tree ", hash_bytes, found)?;
            let mut rest = rest;
            while rest.starts_with(b"parent ") {
                rest = line(rest, b"parent ", hash_bytes, found)?;
            }
            Some(())
        }
        ObjectKind::Tag => line(content, b"object ", hash_bytes, found).map(drop),
    }
}

/// Reads a line of a word and an object name; returns the rest.
fn line<'c>(
    content: &'c [u8],
    word: &[u8],
    hash_bytes: usize,
    found: &mut dyn FnMut(&Oid),
) -> Option<&'c [u8]> {
    let rest = content.strip_prefix(word)?;
    let (hex, rest) = rest.split_at_checked(2 * hash_bytes)?;
    let mut oid = [0; 32];
    for (byte, pair) in oid.iter_mut().zip(hex.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    found(&oid);
    rest.strip_prefix(b"\n")
}

/// Reads entries of `MODE NAME\0` and an object name.
fn tree(mut content: &[u8], hash_bytes: usize, found: &mut dyn FnMut(&Oid)) -> Option<()> {
    while !content.is_empty() {
        let space = memchr::memchr(b' ', content)?;
        let end = space + memchr::memchr(0, &content[space..])?;
        let (name, rest) = content[end + 1..].split_at_checked(hash_bytes)?;
        // A submodule's commit is in another repository.
        if &content[..space] != b"160000" {
            let mut oid = [0; 32];
            oid[..hash_bytes].copy_from_slice(name);
            found(&oid);
        }
        content = rest;
    }
    Some(())
}
