//! Files that people take for an export, by the real program: what each is, and what to do. Beside them, archives that
//! other tools packed and that GitLab's importer takes.

use std::io::{Read as _, Write as _};

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, Crc, GzBuilder};
use serde_json::Value;

use crate::download::{bring, stored};
use crate::fixture::{End, Fixture, gzip};

fn packed(mut gzip: GzEncoder<Vec<u8>>, bytes: &[u8]) -> Vec<u8> {
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// The members of an archive of the practice GitLab.
struct Export {
    fixture: Fixture,
    archive: Vec<u8>,
    tar: Vec<u8>,
}

impl Export {
    fn new() -> Self {
        let fixture = stored(&[]);
        let brought = bring(&fixture, &[]);
        let archive = std::fs::read(brought.end.result()["path"].as_str().unwrap()).unwrap();
        let mut tar = Vec::new();
        GzDecoder::new(archive.as_slice()).read_to_end(&mut tar).unwrap();
        Self { fixture, archive, tar }
    }

    fn verify(&self, bytes: &[u8]) -> End {
        let path = self.fixture.folder.path().join("given_export.tar.gz");
        std::fs::write(&path, bytes).unwrap();
        self.fixture.run(&["verify", path.to_str().unwrap()])
    }

    /// A tar of the same files with other headers and names.
    fn repacked(&self, header: fn() -> tar::Header, front: &str, extra: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        let mut put = |name: &str, content: &[u8]| {
            let mut header = header();
            header.set_size(content.len() as u64);
            header.set_mode(0o600);
            header.set_mtime(1);
            header.set_path(format!("{front}{name}")).unwrap();
            header.set_cksum();
            tar.append(&header, content).unwrap();
        };
        for (name, content) in extra {
            put(name, content);
        }
        for entry in tar::Archive::new(self.tar.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            if entry.header().entry_type().is_file() {
                let name = entry.path().unwrap().to_string_lossy().trim_start_matches("./").to_owned();
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                put(&name, &content);
            }
        }
        tar.into_inner().unwrap()
    }
}

/// A file with one name and content, in a tar.
fn tar_of(name: &str, content: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, name, content).unwrap();
    tar.into_inner().unwrap()
}

fn text<'a>(result: &'a Value, field: &str) -> &'a str {
    result[field].as_str().unwrap_or_default()
}

#[test]
fn what_is_no_export_is_named_with_what_to_do() {
    let export = Export::new();
    let whole = export.archive.as_slice();
    let html = b"<!DOCTYPE html><html><title>Sign in</title>".as_slice();
    let api = br#"{"message":"404 Not found or has expired"}"#.as_slice();
    let v7 = export.repacked(tar::Header::new_old, "./", &[]);
    let bom = |text: &[u8]| [b"\xef\xbb\xbf", text].concat();
    let rows: [(&str, Vec<u8>, &str, &str); 25] = [
        ("empty", Vec::new(), "is empty", "Download"),
        ("html", html.to_vec(), "HTML page", "browser"),
        ("html with a mark", bom(html), "HTML page", "browser"),
        ("html, packed", gzip(html), "HTML page", "browser"),
        ("xml", b"<?xml version=\"1.0\"?><Error><Code>X</Code></Error>".to_vec(), "XML", "expired"),
        ("xml with a mark", bom(b"<?xml version=\"1.0\"?><Error>"), "XML", "expired"),
        ("json", api.to_vec(), "API error", "refused"),
        ("json, packed", gzip(api), "API error", "refused"),
        ("a row", b"{\"title\":\"x\"}\n".to_vec(), "is JSON", "whole archive"),
        ("curl -i", [b"HTTP/2 200 \r\na: b\r\n\r\n", whole].concat(), "option -i", "without that option"),
        ("base64", b"H4sIAAAAAAAAA+39a3PbRpYwCn+vqf8AaX3HJ".to_vec(), "base64", "base64 -d"),
        ("text mode", [b"\x1f\xef\xbf\xbd\x08\0", &whole[4..]].concat(), "as if it were text", "binary"),
        ("chunks", [b"8000\r\n", whole].concat(), "chunks", "proxy"),
        ("zip", b"PK\x03\x04\x14\0".to_vec(), "ZIP", "tar -C FOLDER"),
        ("zstd", b"\x28\xb5\x2f\xfd\x04".to_vec(), "Zstandard", "zstd -dc"),
        ("xz", b"\xfd7zXZ\0\0".to_vec(), "xz", "xz -dc"),
        ("bzip2", b"BZh91AY".to_vec(), "bzip2", "bzip2 -dc"),
        (
            "xz in gzip",
            gzip(&[b"\xfd7zXZ\0".as_slice(), &[0; 600]].concat()),
            "gzip contains another",
            "gunzip -c",
        ),
        ("tar", export.tar.clone(), "tar without compression", "gzip -c"),
        ("old tar", v7, "tar without compression", "gzip -c"),
        ("archive in tar", tar_of("x_export.tar.gz", whole), "contains another archive", "tar -xf"),
        (
            "archive in archive",
            gzip(&tar_of("x_export.tar.gz", whole)),
            "another archive, x_export",
            "tar -xzf",
        ),
        ("backup", tar_of("backup_information.yml", b":x: 1"), "whole GitLab instance", "Restore"),
        ("one relation", gzip(b"{\"title\":\"x\"}\n"), "one relation with 1 record.", "imported alone"),
        ("other archive", gzip(&tar_of("README.md", b"x")), "no VERSION", "Check which file"),
    ];
    for (name, bytes, what, step) in rows {
        let end = export.verify(&bytes);
        let result = end.result();
        assert_eq!((end.exit, end.code()), (8, "not_an_export"), "{name}: {result}");
        assert!(text(result, "headline").contains(what), "{name}: {result}");
        assert!(text(result, "hint").contains(step), "{name}: {result}");
    }
    for (bytes, code) in [(&whole[..whole.len() / 2], "archive_damaged"), (&gzip(whole), "not_importable")] {
        assert_eq!(export.verify(bytes).code(), code);
    }
}

#[test]
fn what_other_tools_packed_is_judged_as_gitlab_reads_it() {
    let export = Export::new();
    let tar = export.tar.as_slice();
    let builder = || GzBuilder::new().filename("lab.tar").comment("by hand").extra(b"AB\x02\0hi".to_vec());
    let half = tar.len() / 2;
    let of_mac: &[(&str, &[u8])] =
        &[("._VERSION", b"x"), ("tree/project/._issues.ndjson", b"\0\x05\x16\x07")];
    let rows: [(&str, Vec<u8>, &str); 7] = [
        ("name, comment, extra", packed(builder().write(Vec::new(), Compression::best()), tar), "importable"),
        ("two gzip members", [gzip(&tar[..half]), gzip(&tar[half..])].concat(), "importable"),
        ("an empty gzip member", [gzip(&tar[..half]), gzip(b""), gzip(&tar[half..])].concat(), "importable"),
        ("before POSIX", gzip(&export.repacked(tar::Header::new_old, "./", &[])), "importable"),
        ("ustar", gzip(&export.repacked(tar::Header::new_ustar, "", &[])), "importable"),
        ("GNU", gzip(&export.repacked(tar::Header::new_gnu, "./", &[])), "importable"),
        ("a Mac's companions", gzip(&export.repacked(tar::Header::new_ustar, "./", of_mac)), "importable"),
    ];
    for (name, bytes, verdict) in rows {
        let end = export.verify(&bytes);
        assert_eq!((end.exit, text(end.result(), "verdict")), (0, verdict), "{name}: {}", end.result());
        assert!(end.result()["counts"]["issues"].as_u64().unwrap() > 0, "{name}");
    }
    let wrapped = export.verify(&gzip(&export.repacked(tar::Header::new_ustar, "x/", &[])));
    assert_eq!(wrapped.code(), "not_importable");
    assert!(text(wrapped.result(), "hint").contains("tar -C \"x\""), "{}", wrapped.result());
    // Both checksums of the end are checked, which gzip does as well and GitLab's importer does not.
    let mut crc = Crc::new();
    crc.update(tar);
    for (wrong, end) in [(8, crc.sum() ^ 1), (4, tar.len() as u32 ^ 1)] {
        let mut bytes = gzip(tar);
        let at = bytes.len() - wrong;
        bytes[at..at + 4].copy_from_slice(&end.to_le_bytes());
        assert_eq!(export.verify(&bytes).code(), "archive_damaged");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_without_an_end_is_an_error() {
    let fixture = Fixture::of("first-export");
    // These claim to be regular files of no bytes.
    for endless in ["/proc/self/pagemap", "/proc/self/mountinfo"] {
        let end = fixture.run(&["verify", endless]);
        assert_eq!((end.exit, end.code()), (10, "local"), "{endless}: {}", end.result());
        assert!(text(end.result(), "headline").contains("longer than its size"), "{}", end.result());
    }
}
