//! Builds of small folders, with limits that are soon reached.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::RecordPlace;
use super::meter::BuildMeter;
use super::task::{self, BuildOrder};
use crate::archive::{Limits, sha256};
use crate::case::{Code, RelationsHint, UserError};
use crate::engine::api::{BuildOptions, BuiltArchive, Split};
use crate::engine::manifest::{Manifest, ManifestWriter, fixture};
use crate::platform::disk::Space;

/// A folder with the project and these relations, each with its lines.
fn folder_of(relations: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = Manifest::new("https://i", 7, "a/b");
    let project = [("self", "{\"description\":\"x\"}".to_owned())];
    for (relation, text) in project.iter().chain(relations) {
        let mut file = fixture::file(relation, None);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text.as_bytes()).unwrap();
        let packed = gzip.finish().unwrap();
        std::fs::write(folder.path().join(&file.file), &packed).unwrap();
        (file.bytes, file.sha256) = (packed.len() as u64, sha256(&packed[..]).unwrap());
        (file.unpacked_bytes, file.records) = (Some(text.len() as u64), text.lines().count() as u64);
        file.objects_count = Some(file.records);
        manifest.files.insert(file.key(), file);
    }
    ManifestWriter::new(folder.path().to_owned(), manifest).write("2026-01-01T00:00:00Z".to_owned()).unwrap();
    folder
}

fn record(iid: usize, text: &str) -> String {
    format!("{{\"iid\":{iid},\"title\":\"x\",\"description\":\"{text}\"}}\n")
}

/// Text that hardly compresses.
fn random(bytes: usize) -> String {
    let mut random = fastrand::Rng::with_seed(bytes as u64);
    std::iter::repeat_with(|| random.alphanumeric()).take(bytes).collect()
}

fn built(
    folder: &Path,
    split: Option<Split>,
    max_unpacked_bytes: u64,
) -> Result<Arc<BuiltArchive>, UserError> {
    let order = BuildOrder {
        folder: folder.to_owned(),
        output: output(folder),
        // The folder lacks most relations.
        options: BuildOptions { allow_gaps: true, split, ..BuildOptions::default() },
        members: None,
        unread: None,
        recorded: RecordPlace::Rebuild,
        space: Space::default(),
        limits: Limits { max_unpacked_bytes, ..Limits::default() },
    };
    task::run(&order, &BuildMeter::default(), &|_| true).map_err(|failed| failed.error)
}

fn output(folder: &Path) -> PathBuf {
    folder.join("built.tar.gz")
}

fn splits(limit_bytes: u64) -> Split {
    Split { limit_bytes, always: false }
}

/// The limit of the importer is one of unpacked bytes, too. Text that compresses well reaches it first.
#[test]
fn what_unpacks_to_too_much_becomes_a_set_and_nobody_is_sent_in_circles() {
    const MOST: u64 = 1 << 20;
    let lines: String = (1..=1200).map(|iid| record(iid, &"a".repeat(1000))).collect();
    let large = folder_of(&[("merge_requests", lines.clone())]);
    let error = built(large.path(), None, MOST).unwrap_err();
    assert_eq!(
        (error.code, error.hint),
        (Code::SizeLimit, RelationsHint::SplitArchive.into()),
        "{}",
        error.headline
    );
    let whole = built(large.path(), Some(splits(5 << 30)), MOST).unwrap();
    assert!(whole.parts.len() > 8, "each slice is far below the limit: {:?}", whole.parts);
    assert_eq!(whole.counts["merge_requests"], 1200);
    // What cannot be cut stays too large, however often it is exported.
    let labels = folder_of(&[("labels", lines)]);
    let error = built(labels.path(), Some(splits(5 << 30)), MOST).unwrap_err();
    assert_eq!(error.code, Code::SizeLimit, "{}", error.headline);
    assert!(error.hint.text().contains("Leave out relations"), "{:?}", error.hint);
    assert!(std::fs::read_dir(labels.path()).unwrap().count() == 3, "nothing else is left");
}

/// The size of a slice is estimated. Where the estimate is wrong, the slice is cut again.
#[test]
fn every_part_of_a_set_keeps_the_limit_whatever_its_records_are_like() {
    const LIMIT: u64 = 12 << 10;
    let light = (1..=100).map(|iid| record(iid, &"a".repeat(1000)));
    let heavy = (101..=128).map(|iid| record(iid, &random(1000 + iid)));
    let mixed = folder_of(&[("merge_requests", light.chain(heavy).collect())]);
    let set = built(mixed.path(), Some(splits(LIMIT)), 1 << 30).unwrap();
    assert!(set.parts.len() > 3 && set.parts.iter().all(|part| part.bytes <= LIMIT), "{:?}", set.parts);
    assert_eq!(set.counts["merge_requests"], 128);

    let record_too_large: String = [record(1, "a"), record(2, &random(60_000)), record(3, "a")].concat();
    let one = folder_of(&[("merge_requests", record_too_large)]);
    let error = built(one.path(), Some(splits(LIMIT)), 1 << 30).unwrap_err();
    assert_eq!(error.code, Code::SizeLimit, "{}", error.headline);
    assert!(error.headline.starts_with("Record 2 of merge_requests alone"), "{}", error.headline);
    let base = folder_of(&[("labels", record(1, &random(60_000)))]);
    let error = built(base.path(), Some(splits(LIMIT)), 1 << 30).unwrap_err();
    assert!(error.headline.starts_with("Even without merge requests"), "{}", error.headline);
    for folder in [one, base] {
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing else is left");
    }
}
