//! Archives and folders of relation files with bytes changed, cut, repeated and swapped: the verification says so
//! within its limits, and no bad archive is built.

use std::io::{Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::Path;

use export_desk::archive::{Limits, Report, sha256, verify};
use serde_json::{Value, json};

use super::{assert_told, campaign};
use crate::relations::build::{build, downloaded};

fn report_of(bytes: &[u8]) -> Report {
    verify(bytes, &Limits::default(), &mut |_progress| ControlFlow::Continue(())).unwrap()
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(content).unwrap();
    gzip.finish().unwrap()
}

/// As much of the content as there is.
fn unpacked(file: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    flate2::read::MultiGzDecoder::new(file).take(64 << 20).read_to_end(&mut content).ok();
    content
}

/// Changes the bytes at random; says how.
fn harm(random: &mut fastrand::Rng, bytes: &mut Vec<u8>) -> String {
    let all = bytes.len();
    if all == 0 {
        return "empty already".to_owned();
    }
    let at = random.usize(0..all);
    let some = random.usize(1..=4096).min(all - at);
    match random.u8(0..6) {
        0 => {
            bytes.truncate(at);
            format!("cut to {at}")
        }
        1 => {
            bytes.drain(at..at + some);
            format!("without {some} bytes at {at}")
        }
        2 => {
            let again = bytes[at..at + some].to_vec();
            bytes.splice(at..at, again);
            format!("{some} bytes at {at} twice")
        }
        3 => {
            bytes[at..at + some].fill(random.choice([0, b' ', b'"', 0xFF]).unwrap());
            format!("{some} equal bytes at {at}")
        }
        4 => {
            // Whole blocks of a tar, or of anything.
            let (one, two) = (random.usize(0..all) / 512 * 512, random.usize(0..all) / 512 * 512);
            for place in 0..512 {
                if one.max(two) + place < all {
                    bytes.swap(one + place, two + place);
                }
            }
            format!("the blocks at {one} and {two} swapped")
        }
        _ => {
            let flips = random.usize(1..6);
            for _ in 0..flips {
                let at = random.usize(0..all);
                bytes[at] ^= random.u8(1..);
            }
            format!("{flips} bytes changed")
        }
    }
}

#[test]
fn a_changed_archive_is_reported_and_its_report_is_small() {
    let (mut random, rounds) = campaign("archives", 300);
    let (_fixture, archive) = crate::imports::with_archive();
    let whole = std::fs::read(archive).unwrap();
    let tar = unpacked(&whole);
    for round in 0..rounds {
        let (mut bytes, inside) = (whole.clone(), random.bool());
        if inside {
            bytes.clone_from(&tar);
        }
        let what = format!("round {round}: inside the gzip: {inside}, {}", harm(&mut random, &mut bytes));
        let file = if inside { packed(&bytes) } else { bytes };
        let report = report_of(&file);
        assert!(serde_json::to_string(&report).unwrap().len() < 4 << 20, "{what}");
        // A gzip has a checksum: what a changed one still gives is what was packed.
        if !inside && report.verdict.may_import() {
            assert!(unpacked(&file) == tar, "{what}: {:?}", report.verdict);
        }
    }
}

/// Changes a file of the folder, and in every second round the manifest too, so that it fits the file.
fn harm_folder(random: &mut fastrand::Rng, folder: &Path) -> String {
    let manifest = folder.join("manifest.json");
    let mut said: Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
    let files = said["files"].as_array_mut().unwrap();
    let which = random.usize(0..files.len());
    let name = files[which]["file"].as_str().unwrap().to_owned();
    let path = folder.join(&name);
    let mut bytes = std::fs::read(&path).unwrap();
    let inside = random.bool();
    if inside {
        bytes = unpacked(&bytes);
    }
    let mut what = format!("{name}, inside the gzip: {inside}, {}", harm(random, &mut bytes));
    if inside {
        bytes = packed(&bytes);
    }
    std::fs::write(&path, &bytes).unwrap();
    match random.u8(0..8) {
        0..4 => {
            files[which]["bytes"] = json!(bytes.len());
            files[which]["sha256"] = json!(sha256(&bytes[..]).unwrap());
            what += ", and the manifest fits";
        }
        4 => {
            let other = random.usize(0..files.len());
            files[which]["relation"] = files[other]["relation"].clone();
            what += ", and another relation's name";
        }
        5 => {
            files[which]["file"] =
                json!(random.choice(["../a", "/etc/hostname", "", "a\0b", "manifest.json"]));
            what += ", and a name that leads elsewhere";
        }
        _ => {}
    }
    std::fs::write(&manifest, said.to_string()).unwrap();
    what
}

#[test]
fn a_changed_folder_of_relation_files_builds_nothing_that_is_bad() {
    let (mut random, rounds) = campaign("folders", 40);
    let (fixture, folder) = downloaded(true);
    let kept: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    let output = fixture.folder.path().join("built.tar.gz");
    for round in 0..rounds {
        let mut what = format!("round {round}: {}", harm_folder(&mut random, &folder));
        let more: &[&str] = if random.bool() { &["--allow-gaps"] } else { &[] };
        what += if more.is_empty() { "" } else { ", with gaps" };
        let end = build(&fixture, &folder, &[&["--output", output.to_str().unwrap()], more].concat());
        assert_told(&end, &what);
        if end.exit == 0 {
            let seen = fixture.run(&["verify", output.to_str().unwrap()]);
            assert_eq!((seen.exit, &seen.result()["sha256"]), (0, &end.result()["sha256"]), "{what}");
            std::fs::remove_file(&output).unwrap();
        }
        assert!(!output.exists(), "{what}: a refused build leaves its file");
        let left: Vec<_> = super::kills::leftovers(fixture.folder.path());
        assert_eq!(left, [""; 0], "{what}");
        for (path, bytes) in &kept {
            std::fs::write(path, bytes).unwrap();
        }
    }
}
