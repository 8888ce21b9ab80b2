use std::collections::BTreeMap;
use std::io::{Read, Write as _};

use super::*;

fn recipe(size: Size, flaw: Flaw) -> Recipe {
    Recipe {
        path: "acme/webshop".into(),
        project_id: 101,
        size,
        seed: 1,
        revision: 0,
        description: None,
        description_bytes: 0,
        flaw,
        file: None,
    }
}

fn whole(archive: &Archive) -> Vec<u8> {
    let mut out = Vec::new();
    while (out.len() as u64) < archive.size_bytes() {
        out.extend_from_slice(&archive.read_at(out.len() as u64, u64::MAX));
    }
    out
}

/// Members by name, read by an independent tar reader.
fn unpack(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut tar = ::tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    tar.entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (name, content)
        })
        .collect()
}

#[test]
fn a_small_archive_unpacks_and_holds_what_gitlab_18_writes() {
    let archive = Archive::build(&recipe(Size::Small, Flaw::None));
    assert!((40_000..70_000).contains(&archive.size_bytes()), "{}", archive.size_bytes());
    let members = unpack(&whole(&archive));
    assert_eq!(members["./VERSION"], b"0.2.4");
    let project: serde_json::Value = serde_json::from_slice(&members["./tree/project.json"]).unwrap();
    assert!((37..=41).contains(&project.as_object().unwrap().len()));
    for (name, content) in members.iter().filter(|(name, _)| name.ends_with(".ndjson")) {
        for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            serde_json::from_slice::<serde_json::Value>(line)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
    let issues = String::from_utf8(members["./tree/project/issues.ndjson"].clone()).unwrap();
    let upload = members.keys().find(|name| name.starts_with("./uploads/") && !name.ends_with('/')).unwrap();
    assert!(issues.contains(upload.trim_start_matches('.')), "the upload is referred to");
}

#[test]
fn lfs_objects_are_listed_and_named_by_their_digest() {
    let members = unpack(&whole(&Archive::build(&recipe(Size::Medium, Flaw::None))));
    let list: BTreeMap<String, Vec<u8>> = serde_json::from_slice(&members["./lfs-objects.json"]).unwrap();
    assert_eq!(list.len(), 2);
    for name in list.keys() {
        assert_eq!(&hex(&Sha256::digest(&members[&format!("./lfs-objects/{name}")])), name);
    }
}

#[test]
fn a_large_archive_is_sound_and_reads_the_same_from_any_offset() {
    let archive = Archive::build(&recipe(Size::Large, Flaw::None));
    let bytes = whole(&archive);
    assert!(unpack(&bytes).contains_key("./VERSION"), "gzip's own CRC and length were checked on the way");
    assert_eq!(hex(&Sha256::digest(&bytes)), archive.sha256());
    for offset in [0, 1, 9_999, 33_000_000, bytes.len() - 7] {
        let piece = archive.read_at(offset as u64, 1_000);
        assert_eq!(piece, bytes[offset..offset + piece.len()]);
    }
    assert!(archive.read_at(archive.size_bytes(), 10).is_empty());
}

#[test]
fn flaws_damage_the_archive_in_their_own_way() {
    let sound = Archive::build(&recipe(Size::Small, Flaw::None));
    let cut = Archive::build(&recipe(Size::Small, Flaw::Truncated { missing_bytes: 100 }));
    assert_eq!(cut.size_bytes() + 100, sound.size_bytes());
    let flipped = whole(&Archive::build(&recipe(Size::Small, Flaw::Corrupted { at_byte: 20_000 })));
    let differing = whole(&sound).iter().zip(&flipped).filter(|(left, right)| left != right).count();
    assert_eq!(differing, 1);
    let linked = whole(&Archive::build(&recipe(Size::Small, Flaw::HardLink)));
    let mut tar = ::tar::Archive::new(flate2::read::GzDecoder::new(&linked[..]));
    assert!(tar.entries().unwrap().any(|entry| entry.unwrap().header().entry_type().is_hard_link()));
    assert!(
        !unpack(&whole(&Archive::build(&recipe(Size::Small, Flaw::NotAnExport)))).contains_key("./VERSION")
    );
}

#[test]
fn git_itself_accepts_the_bundle() {
    let members = unpack(&whole(&Archive::build(&recipe(Size::Small, Flaw::None))));
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        std::process::Command::new("git").args(arguments).current_dir(folder.path()).output()
    };
    if run(&["init", "--quiet", "."]).is_err() {
        eprintln!("git is not installed: the bundle was not verified");
        return;
    }
    let path = folder.path().join("project.bundle");
    std::fs::File::create(&path).unwrap().write_all(&members["./project.bundle"]).unwrap();
    let verified = run(&["bundle", "verify", "project.bundle"]).unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let fetched = run(&["fetch", "--quiet", "project.bundle", "main"]).unwrap();
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
}

#[test]
fn gigabytes_are_sound_to_their_last_byte() {
    struct Feed(Archive, u64);
    impl Read for Feed {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let piece = self.0.read_at(self.1, buf.len() as u64);
            buf[..piece.len()].copy_from_slice(&piece);
            self.1 += piece.len() as u64;
            Ok(piece.len())
        }
    }
    for size in [Size::Gigabyte, Size::FourGigabytes] {
        let feed = Feed(Archive::build(&recipe(size, Flaw::None)), 0);
        let mut tar = ::tar::Archive::new(flate2::read::GzDecoder::new(feed));
        let members = tar.entries().unwrap().map(|entry| entry.unwrap().size()).collect::<Vec<_>>();
        assert!(members.len() > 20);
        // Reads to the end of the gzip, where its CRC and length are checked.
        std::io::copy(&mut tar.into_inner(), &mut std::io::sink()).unwrap();
    }
}
