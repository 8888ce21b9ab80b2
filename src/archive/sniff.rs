//! What a file is if it is not the expected archive.

use super::problem::ProblemCode;
use super::tar::looks_like_tar;

/// A sentence about a file, and the next step.
type Words = (&'static str, &'static str);

/// Describes a file that is no gzip, from its first bytes.
pub(super) fn foreign(head: &[u8]) -> Words {
    let known =
        of_length(head).or_else(|| packed(head)).or_else(|| changed(head)).or_else(|| of_text(&plain(head)));
    if let Some(words) = known {
        words
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
            ProblemCode::NotGzip.next_step(),
        )
    }
}

/// Whether a text is an error of an API. GitLab's rows have no such key in front.
pub(super) fn is_api_error(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    let Some(rest) = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else { return false };
    [&b"\"message\""[..], b"\"error\"", b"\"errors\""].iter().any(|key| rest.starts_with(key))
}

/// The text without its byte order mark, as UTF-8.
fn plain(head: &[u8]) -> Vec<u8> {
    match head {
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
        // UTF-16, of which the ASCII characters are enough.
        [0xff, 0xfe, rest @ ..] => rest.iter().step_by(2).copied().collect(),
        [0xfe, 0xff, rest @ ..] => rest.iter().skip(1).step_by(2).copied().collect(),
        _ => head.to_vec(),
    }
}

fn of_length(head: &[u8]) -> Option<Words> {
    if head.is_empty() {
        Some(("The file is empty.", DOWNLOAD_AGAIN))
    } else if head.len() < 18 && b"\x1f\x8b".starts_with(&head[..head.len().min(2)]) {
        Some(("The file is too short to be an archive.", DOWNLOAD_AGAIN))
    } else {
        None
    }
}

/// A page or a message that was saved instead of the archive.
fn of_text(text: &[u8]) -> Option<Words> {
    let start = text.trim_ascii_start();
    let starts = |with: &[u8]| start.len() >= with.len() && start[..with.len()].eq_ignore_ascii_case(with);
    let has = |word: &[u8]| start.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    Some(if starts(b"<error") || (starts(b"<?xml") && !has(b"<html")) {
        (
            "The file is XML, not an archive: most likely an error from the object storage.",
            "Read the file: its Code and Message say what the object storage refused. Then download the archive again; its URL may have expired.",
        )
    } else if starts(b"<") {
        (
            "The file is an HTML page, not an archive: most likely a sign-in or error page that was saved instead of the archive.",
            "Open the file in a browser to see what the page says. Then download the archive again, signed in.",
        )
    } else if is_api_error(start) {
        (
            "The file is JSON, not an archive: most likely an API error that was saved instead of the archive.",
            "Read the file: it says what GitLab refused. Then download the archive again.",
        )
    } else if starts(b"{") || starts(b"[") {
        ("The file is JSON, not an archive.", "If it is a part of an export, use the whole archive.")
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
    } else if starts(b"HTTP/1.") || starts(b"HTTP/2") {
        (
            "The file starts with the headers of the server's answer, so it was saved with the option -i of curl.",
            "Download the archive again, without that option.",
        )
    } else if starts(b"--") && has(b"content-disposition: form-data") {
        (
            "The file is a form as a browser uploads it, with the archive somewhere in it.",
            "Use the file that was uploaded, or download the archive again from GitLab.",
        )
    } else if starts(b"H4sI") {
        (
            "The file is a gzip that was written as base64 text.",
            "Decode it: base64 -d FILE > NEW.tar.gz. Then check and import NEW.tar.gz.",
        )
    } else if starts(b"-----BEGIN PGP") || starts(b"Salted__") || starts(b"age-encryption.org/") {
        ("The file is encrypted.", "Decrypt it. Then check and import the archive that is in it.")
    } else {
        return None;
    })
}

/// An archive that a program has changed.
fn changed(head: &[u8]) -> Option<Words> {
    let as_text: [&[u8]; 3] = [b"\x1f\xc2\x8b\x08", b"\x1f\xef\xbf\xbd\x08", b"\xef\xbb\xbf\x1f"];
    if as_text.iter().any(|start| head.starts_with(start)) {
        return Some((
            "A program has changed the archive as if it were text, which destroys it.",
            "Download the archive again, with a program that does not change it: in binary mode.",
        ));
    }
    // A chunk's size in hexadecimal digits on a line of its own.
    let end = head.iter().take(80).position(|byte| *byte == b'\n')?;
    let digits = head[..end].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let is_chunk = digits > 0
        && matches!(head.get(digits), Some(b'\r' | b';'))
        && head[end + 1..].starts_with(b"\x1f\x8b");
    is_chunk.then_some((
        "The file contains the sizes of the chunks in which it was sent, between the parts of the archive.",
        "Download the archive again, with a program or proxy that removes them.",
    ))
}

/// Another kind of archive, or another compression.
pub(super) fn packed(head: &[u8]) -> Option<Words> {
    if looks_like_tar(head) {
        return Some(of_tar(head));
    }
    Some(if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        (
            "The file is a ZIP archive. GitLab's exports are .tar.gz files.",
            "Unpack the ZIP. If a .tar.gz is in it, use that; otherwise pack the folder that contains VERSION: tar -C FOLDER -czf NEW.tar.gz .",
        )
    } else if head.starts_with(b"7z\xbc\xaf\x27\x1c") || head.starts_with(b"Rar!\x1a\x07") {
        (
            "The file is a 7z or RAR archive. GitLab's exports are .tar.gz files.",
            "Unpack it. If a .tar.gz is in it, use that; otherwise pack the folder that contains VERSION: tar -C FOLDER -czf NEW.tar.gz .",
        )
    } else {
        return other_compression(head);
    })
}

fn of_tar(head: &[u8]) -> Words {
    let name = head[..100].split(|byte| *byte == 0).next().unwrap_or_default();
    let name = name.strip_prefix(b"./").unwrap_or(name);
    if name.ends_with(b".tar.gz") || name.ends_with(b".tgz") {
        (
            "The file is a tar that contains another archive.",
            "Unpack it: tar -xf FILE. Then check and import the .tar.gz in it.",
        )
    } else if [&b"backup_information.yml"[..], b"repositories/", b"db/"]
        .iter()
        .any(|front| name.starts_with(front))
    {
        (
            "The file is a backup of a whole GitLab instance, not a project export.",
            "Restore it as a backup on a GitLab of the same version, and export the project there.",
        )
    } else {
        (
            "The file is a tar without compression. GitLab's exports are compressed with gzip, which Safari removes from its downloads.",
            "Compress the file: gzip -c FILE > NEW.tar.gz. Then check and import NEW.tar.gz.",
        )
    }
}

const DOWNLOAD_AGAIN: &str = "Download the archive again.";

fn other_compression(head: &[u8]) -> Option<Words> {
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
    } else if head.starts_with(b"\x04\x22\x4d\x18") || head.starts_with(b"\x02\x21\x4c\x18") {
        (
            "The file is compressed with LZ4. GitLab's exports are compressed with gzip.",
            "Compress it with gzip: lz4 -dc FILE | gzip > NEW.tar.gz. Then check and import NEW.tar.gz.",
        )
    } else if head.starts_with(b"\x5d\0\0") || head.starts_with(b"LZIP") {
        (
            "The file is compressed with LZMA. GitLab's exports are compressed with gzip.",
            "Compress it with gzip: xz -dc FILE | gzip > NEW.tar.gz. Then check and import NEW.tar.gz.",
        )
    } else if head.starts_with(b"\x1f\x9d") {
        (
            "The file is compressed with the old program compress. GitLab's exports are compressed with gzip.",
            "Compress it with gzip: gzip -dc FILE | gzip > NEW.tar.gz. Then check and import NEW.tar.gz.",
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
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?><Error>", "object storage"),
            (b"<?xml version=\"1.0\"?>\n<!DOCTYPE html><HTML>", "HTML"),
            (b"<!-- a proxy --><html>", "HTML"),
            (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "HTML"),
            (b"{\"message\":\"404 Not found\"}", "API error"),
            (b"\xef\xbb\xbf{ \"error\":\"no\"}", "API error"),
            (b"{\"description\":null}", "is JSON"),
            (b"HTTP/2 200\r\ncontent-type: x\r\n\r\n\x1f\x8b", "headers"),
            (b"----W\r\nContent-Disposition: form-data; name=\"file\"\r\n", "form"),
            (b"H4sIAAAAAAAAA+3", "base64"),
            (b"-----BEGIN PGP MESSAGE-----", "encrypted"),
            (b"\x1f\xc2\x8b\x08\0", "as if it were text"),
            (b"\x1f\xef\xbf\xbd\x08\0", "as if it were text"),
            (b"400;chunk-signature=ab\r\n\x1f\x8b\x08", "chunks"),
            (b"1000\r\n\x1f\x8b\x08", "chunks"),
            (b"\x5d\0\0\x80\0", "LZMA"),
            (b"\x1f\x9d\x90", "compress"),
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
