//! What a file is when it is not the archive that was expected.

/// A sentence about a file that is no gzip, from its first bytes.
pub(super) fn not_gzip(head: &[u8]) -> &'static str {
    let start = head.trim_ascii_start();
    let starts = |with: &[u8]| start.len() >= with.len() && start[..with.len()].eq_ignore_ascii_case(with);
    if head.is_empty() {
        "The file is empty."
    } else if head.len() < 18 && b"\x1f\x8b".starts_with(&head[..head.len().min(2)]) {
        "The file is too short to be an archive."
    } else if starts(b"<!doctype html") || starts(b"<html") {
        "The file is an HTML page, not an archive: most likely a sign-in or error page that was saved instead of the archive."
    } else if starts(b"<?xml") || starts(b"<error") {
        "The file is XML, not an archive: most likely an error from the object storage."
    } else if starts(b"{") || starts(b"[") {
        "The file is JSON, not an archive: most likely an API error that was saved instead of the archive."
    } else if head.get(257..262) == Some(b"ustar") {
        "The file is a tar without compression. GitLab's exports are compressed with gzip."
    } else if head.starts_with(b"PK\x03\x04") {
        "The file is a ZIP archive. GitLab's exports are .tar.gz files."
    } else if head.starts_with(b"\x28\xb5\x2f\xfd")
        || head.starts_with(b"\xfd7zXZ")
        || head.starts_with(b"BZh")
    {
        "The file is compressed, but not with gzip. GitLab's exports are compressed with gzip."
    } else if head.iter().all(|byte| *byte == 0) {
        "The file starts with zeros only: its space was reserved, but its content never arrived."
    } else if std::str::from_utf8(head).is_ok_and(|text| !text.contains('\0')) {
        "The file is plain text, not an archive."
    } else {
        "The file is not compressed with gzip, so it is not a GitLab export."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_suspects_are_named() {
        for (head, word) in [
            (&b""[..], "empty"),
            (b"\x1f", "too short"),
            (b"\n<!DOCTYPE HTML><title>Sign in", "HTML"),
            (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>", "object storage"),
            (b"{\"message\":\"404 Not found\"}", "JSON"),
            (b"PK\x03\x04....", "ZIP"),
            (b"\0\0\0\0", "zeros"),
            (b"hello", "text"),
            (b"\xff\xfe\x00", "not compressed"),
        ] {
            assert!(not_gzip(head).contains(word), "{word}: {}", not_gzip(head));
        }
    }
}
