//! What a file is if it is not the expected archive.

/// Describes a file that is no gzip, from its first bytes: a sentence and the next step.
pub(super) fn foreign(head: &[u8]) -> (&'static str, &'static str) {
    let start = head.trim_ascii_start();
    let starts = |with: &[u8]| start.len() >= with.len() && start[..with.len()].eq_ignore_ascii_case(with);
    if head.is_empty() {
        ("The file is empty.", DOWNLOAD_AGAIN)
    } else if head.len() < 18 && b"\x1f\x8b".starts_with(&head[..head.len().min(2)]) {
        ("The file is too short to be an archive.", DOWNLOAD_AGAIN)
    } else if starts(b"<!doctype html") || starts(b"<html") {
        (
            "The file is an HTML page, not an archive: most likely a sign-in or error page that was saved instead of the archive.",
            "Open the file in a browser to see what the page says. Then download the archive again, signed in.",
        )
    } else if starts(b"<?xml") || starts(b"<error") {
        (
            "The file is XML, not an archive: most likely an error from the object storage.",
            "Read the file: its Code and Message say what the object storage refused. Then download the archive again; its URL may have expired.",
        )
    } else if starts(b"{") || starts(b"[") {
        (
            "The file is JSON, not an archive: most likely an API error that was saved instead of the archive.",
            "Read the file: it says what GitLab refused. Then download the archive again.",
        )
    } else if starts(b"version https://git-lfs.github.com/spec/") {
        (
            "The file is a Git LFS pointer, not the archive itself.",
            "Fetch the file itself: git lfs pull in the repository that it comes from.",
        )
    } else if starts(b"# v2 git bundle") || starts(b"# v3 git bundle") {
        (
            "The file is a git bundle: one repository, not a project export.",
            "Clone the repository with git clone FILE, and push it to an empty project.",
        )
    } else if head.get(257..262) == Some(b"ustar") {
        (
            "The file is a tar without compression. GitLab's exports are compressed with gzip, which Safari removes from its downloads.",
            "Compress the file: gzip -c FILE > NEW.tar.gz. Then check and import NEW.tar.gz.",
        )
    } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        (
            "The file is a ZIP archive. GitLab's exports are .tar.gz files.",
            "Unpack the ZIP, and pack the folder that contains VERSION: tar -C FOLDER -czf NEW.tar.gz .",
        )
    } else if let Some((name, step)) = other_compression(head) {
        (name, step)
    } else if head.iter().all(|byte| *byte == 0) {
        (
            "The file starts with zeros only: its space was reserved, but its content never arrived.",
            DOWNLOAD_AGAIN,
        )
    } else if std::str::from_utf8(head).is_ok_and(|text| !text.contains('\0')) {
        (
            "The file is plain text, not an archive.",
            "Read the file: it may say why there is no archive. Then download the archive again.",
        )
    } else {
        (
            "The file is not compressed with gzip, so it is not a GitLab export.",
            "Check which file this is. GitLab's project exports are named *_export.tar.gz.",
        )
    }
}

const DOWNLOAD_AGAIN: &str = "Download the archive again.";

fn other_compression(head: &[u8]) -> Option<(&'static str, &'static str)> {
    Some(if head.starts_with(b"\x28\xb5\x2f\xfd") {
        (
            "The file is compressed with Zstandard. GitLab's exports are compressed with gzip.",
            "Compress it with gzip: zstd -dc FILE | gzip > NEW.tar.gz. Then check and import NEW.tar.gz.",
        )
    } else if head.starts_with(b"\xfd7zXZ\0") {
        (
            "The file is compressed with xz. GitLab's exports are compressed with gzip.",
            "Compress it with gzip: xz -dc FILE | gzip > NEW.tar.gz. Then check and import NEW.tar.gz.",
        )
    } else if head.starts_with(b"BZh") {
        (
            "The file is compressed with bzip2. GitLab's exports are compressed with gzip.",
            "Compress it with gzip: bzip2 -dc FILE | gzip > NEW.tar.gz. Then check and import NEW.tar.gz.",
        )
    } else if head.starts_with(b"\x04\x22\x4d\x18") {
        (
            "The file is compressed with LZ4. GitLab's exports are compressed with gzip.",
            "Compress it with gzip: lz4 -dc FILE | gzip > NEW.tar.gz. Then check and import NEW.tar.gz.",
        )
    } else if head.starts_with(b"7z\xbc\xaf\x27\x1c") || head.starts_with(b"Rar!\x1a\x07") {
        (
            "The file is a 7z or RAR archive. GitLab's exports are .tar.gz files.",
            "Unpack it, and pack the folder that contains VERSION: tar -C FOLDER -czf NEW.tar.gz .",
        )
    } else {
        return None;
    })
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
            (b"\x28\xb5\x2f\xfd....", "Zstandard"),
            (b"\xfd7zXZ\0", "xz"),
            (b"BZh9", "bzip2"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "LFS pointer"),
            (b"# v2 git bundle\n", "git bundle"),
            (b"\0\0\0\0", "zeros"),
            (b"hello", "text"),
            (b"\xff\xfe\x00", "not compressed"),
        ] {
            let (what, step) = foreign(head);
            assert!(what.contains(word) && what.ends_with('.'), "{word}: {what}");
            assert!(step.ends_with('.'), "{word}: {step}");
        }
    }
}
