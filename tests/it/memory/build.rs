//! Memory of a build, of one archive and of a set, and of the import of that set: at most 64 MiB at its peak, whatever
//! the size of the parts and of a line.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{MOST_KIB, SLACK_KIB, Server, measured};
use crate::fixture::{PACE, bare_program};

const AT: &str = "2026-11-20T10:00:00Z";

/// A folder of relation files that is written without the program.
struct Parts<'a> {
    folder: &'a Path,
    files: Vec<Value>,
    random: fastrand::Rng,
}

/// Passes on and hashes.
struct Hashed<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

impl Parts<'_> {
    fn add(&mut self, relation: &str, batch: Option<u64>, records: u64, write: impl FnOnce(&mut dyn Write)) {
        let stem = batch.map_or(relation.to_owned(), |number| format!("{relation}-{number}"));
        let kind = if relation == "uploads" { "tar" } else { "ndjson" };
        let name = format!("{stem}.{kind}.gz");
        let file = BufWriter::new(File::create(self.folder.join(&name)).unwrap());
        let packed = Hashed { out: file, hash: Sha256::new(), bytes: 0 };
        // Stored, not compressed: the size on disk is what counts.
        let mut unpacked =
            Hashed { out: GzEncoder::new(packed, Compression::none()), hash: Sha256::new(), bytes: 0 };
        write(&mut unpacked);
        let unpacked_bytes = unpacked.bytes;
        let mut packed = unpacked.out.finish().unwrap();
        packed.flush().unwrap();
        let sha256 =
            packed.hash.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        self.files.push(json!({
            "relation": relation, "batch": batch, "file": name, "bytes": packed.bytes, "sha256": sha256,
            "records": records, "unpacked_bytes": unpacked_bytes, "objects_count": records, "updated_at": AT,
        }));
    }

    /// Records with texts that hardly compress.
    fn records(&mut self, relation: &str, batch: Option<u64>, count: u64, text_bytes: usize) {
        let mut random = self.random.fork();
        let text: String = std::iter::repeat_with(|| random.alphanumeric()).take(text_bytes * 2).collect();
        self.add(relation, batch, count, |out| {
            for iid in 1..=count {
                let at = random.usize(..=text_bytes);
                let text = &text[at..at + text_bytes];
                let position = random.u32(..);
                // The batches of a relation have their own numbers.
                let number = batch.unwrap_or(0) * 1_000_000 + iid;
                writeln!(
                    out,
                    r#"{{"iid":{number},"title":"t","relative_position":{position},"source_branch":"a","target_branch":"b","description":"{text}"}}"#
                )
                .unwrap();
            }
        });
    }

    /// One upload of this size.
    fn upload(&mut self, mib: usize) {
        let piece: Vec<u8> = std::iter::repeat_with(|| self.random.u8(..)).take(1 << 20).collect();
        self.add("uploads", Some(1), 1, |out| {
            let mut header = tar::Header::new_gnu();
            header.set_size((mib << 20) as u64);
            header.set_mode(0o600);
            let name = format!("./{}/video.bin", "0123456789abcdef".repeat(2));
            header.set_path(name).unwrap();
            header.set_cksum();
            out.write_all(header.as_bytes()).unwrap();
            (0..mib).for_each(|_| out.write_all(&piece).unwrap());
            out.write_all(&[0; 1024]).unwrap();
        });
    }
}

/// Writes a folder whose parts have about `mib` MiB.
fn folder_of(folder: &Path, mib: usize) {
    fs::create_dir(folder).unwrap();
    let mut parts = Parts { folder, files: Vec::new(), random: fastrand::Rng::with_seed(mib as u64) };
    parts.add("self", None, 1, |out| out.write_all(b"{\"visibility_level\":0}").unwrap());
    parts.upload(mib * 3 / 4);
    // A record as long as GitLab reads, and many short ones, in two batches that have to be sorted.
    let longest = (50 << 20).min(mib << 18) - 4096;
    parts.records("issues", Some(1), 1, longest);
    parts.records("issues", Some(2), mib as u64 * 500, 20);
    parts.records("ci_pipelines", None, mib as u64 * 50, 100);
    parts.records("merge_requests", Some(1), 1, longest);
    parts.records("merge_requests", Some(2), mib as u64 / 2, 250 << 10);
    let manifest = json!({
        "format": 1, "instance": "https://gitlab.example.com", "project_id": 7, "project_path": "acme/large",
        "gitlab_version": "18.9.0-ee", "written_at": AT, "files": parts.files, "not_exported": [],
    });
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

/// Imports the set; returns the peak in KiB.
fn imported(server: &Server, home: &Path, list: &str, mib: usize) -> u64 {
    let mut command = bare_program(home);
    command.args(["import", "set", list, "--json", "--retry-upload", "--namespace", "acme", "--path"]);
    command.args([&format!("copy-{mib}"), "--instance", &server.url, "--pace", &PACE.to_string()]);
    command.arg("--data-dir").arg(home.join("data")).env("EXPORT_DESK_TOKEN", &server.token);
    let (result, peak) = measured(&mut command);
    println!("{mib} MiB of parts are imported as a set: peak {} MiB", peak >> 10);
    let parts = result["parts"].as_array().unwrap();
    assert!(parts.iter().all(|part| part["state"] == "imported" || part["state"] == "partial"), "{result}");
    assert!(peak > 0 && peak <= MOST_KIB, "{mib} MiB: {peak} KiB at the peak");
    peak
}

#[test]
fn memory_does_not_grow_with_the_parts_of_a_build() {
    if !Path::new("/proc/self/status").exists() {
        println!("skipped: this system does not tell a process's peak in /proc");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let room = fs4::available_space(home.path()).unwrap();
    if room < 2 << 30 {
        println!("skipped: {} has no 2 GiB free", home.path().display());
        return;
    }
    let server = Server::start(home.path());
    let (mut first, mut first_import) = ([None, None], None);
    for mib in [64, 320] {
        let folder = home.path().join(format!("parts-{mib}"));
        folder_of(&folder, mib);
        let limit = format!("{}MiB", mib * 3 / 2);
        for (first, more) in first.iter_mut().zip([&[][..], &["--split", "--limit", &limit]]) {
            let output = home.path().join("built.tar.gz");
            let mut command = bare_program(home.path());
            command.args(["relations", "build", "--allow-gaps", "--json"]).arg(&folder).args(more);
            let (result, peak) = measured(command.arg("--output").arg(&output));
            println!("{mib} MiB of parts {more:?}: peak {} MiB, {} bytes", peak >> 10, result["bytes"]);
            assert!(result["verdict"].as_str().unwrap().starts_with("importable"), "{result}");
            assert_eq!(result["parts"].as_array().unwrap().is_empty(), more.is_empty(), "{result}");
            assert!(peak > 0 && peak <= MOST_KIB, "{mib} MiB {more:?}: {peak} KiB at the peak");
            let first = *first.get_or_insert(peak);
            // Sorting needs 24 bytes for each issue.
            let of_issues = mib as u64 * 500 * 24 * 2 / 1024;
            assert!(
                peak <= first + SLACK_KIB + of_issues,
                "{mib} MiB {more:?}: {peak} KiB after {first} KiB"
            );
            if !more.is_empty() {
                let peak = imported(&server, home.path(), result["path"].as_str().unwrap(), mib);
                let first = *first_import.get_or_insert(peak);
                assert!(peak <= first + SLACK_KIB, "{mib} MiB: {peak} KiB after {first} KiB");
            }
            fs::remove_file(&output).ok();
            fs::remove_dir_all(home.path().join("built_set")).ok();
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
