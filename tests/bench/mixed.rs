//! The archive that the benchmarks share: a tar of which 40 % is NDJSON and 60 % does not compress.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read};
use std::path::{Path, PathBuf};

use fastrand::Rng;
use flate2::{Compression, write::GzEncoder};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tar::{Builder, Header};

use crate::measure::Outcome;

pub const MB: usize = 1_000_000;

/// The archive, made on first use.
pub fn made_archive(tar_mb: usize) -> Outcome<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    let path = folder.join(format!("mixed-{tar_mb}-mb.tar.gz"));
    if path.exists() {
        return Ok(path);
    }
    fs::create_dir_all(&folder)?;
    let part = path.with_extension("part");
    let encoder = GzEncoder::new(BufWriter::new(File::create(&part)?), Compression::new(6));
    let mut tar = Builder::new(encoder);
    let mut rng = Rng::with_seed(4);
    append(&mut tar, "./VERSION", b"0.2.4")?;
    append(&mut tar, "./tree/project.json", b"{\"description\":\"a benchmark\"}")?;
    for relation in ["issues", "merge_requests", "ci_pipelines", "project_members"] {
        append(&mut tar, &format!("./tree/project/{relation}.ndjson"), &ndjson(&mut rng, tar_mb * MB / 10))?;
    }
    // Half of what does not compress is the repository, half LFS objects.
    append(&mut tar, "./project.bundle", &bundle(&mut rng, tar_mb * 3 * MB / 10))?;
    let mut names = Vec::new();
    for _ in 0..6 {
        let object = noise(&mut rng, tar_mb * MB / 20);
        let name = Sha256::digest(&object).iter().fold(String::new(), |mut name, byte| {
            // Writing to a string cannot fail.
            write!(name, "{byte:02x}").ok();
            name
        });
        append(&mut tar, &format!("./lfs-objects/{name}"), &object)?;
        names.push(format!("\"{name}\":[0]"));
    }
    append(&mut tar, "./lfs-objects.json", format!("{{{}}}", names.join(",")).as_bytes())?;
    tar.into_inner()?.finish()?.into_inner()?.sync_all()?;
    fs::rename(&part, &path)?;
    Ok(path)
}

fn append<W: io::Write>(tar: &mut Builder<W>, name: &str, content: &[u8]) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, name, content.take(u64::MAX))
}

fn noise(rng: &mut Rng, bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    rng.fill(&mut noise);
    noise
}

fn bundle(rng: &mut Rng, bytes: usize) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02\0\0\x10\0".to_vec();
    pack.append(&mut noise(rng, bytes));
    let mut bundle = format!("# v2 git bundle\n{} refs/heads/main\n\n", "c0".repeat(20)).into_bytes();
    let hash = Sha1::digest(&pack);
    bundle.append(&mut pack);
    bundle.extend(hash);
    bundle
}

/// Lines with the look of an issue and its notes: dates, numbers, hashes, null and prose.
fn ndjson(rng: &mut Rng, bytes: usize) -> Vec<u8> {
    const WORDS: [&str; 24] = [
        "pipeline", "the", "runner", "fails", "when", "merge", "request", "is", "rebased", "onto", "main",
        "and", "cache", "expired", "since", "upgrade", "to", "see", "trace", "below", "Größe", "timeout",
        "of", "deploy",
    ];
    let mut text = String::with_capacity(bytes + 10_000);
    while text.len() < bytes {
        let id = rng.u32(..);
        let (month, day, minute) = (rng.u8(1..13), rng.u8(1..29), rng.u8(..60));
        let prose = |rng: &mut Rng, words: usize| {
            (0..words).map(|_| WORDS[rng.usize(..WORDS.len())]).collect::<Vec<_>>().join(" ")
        };
        let (title, description) = (prose(rng, 7), prose(rng, 60));
        let sha = format!("{:032x}", rng.u128(..));
        // Writing to a string cannot fail.
        write!(
            text,
            "{{\"id\":{id},\"iid\":{},\"title\":\"{title}\",\"author_id\":{},\"project_id\":42,\
             \"created_at\":\"2026-{month:02}-{day:02}T08:{minute:02}:11.123Z\",\"updated_at\":null,\
             \"description\":\"## Steps\\n\\n{description}\\n\",\"confidential\":false,\"weight\":null,\
             \"relative_position\":{},\"sha\":\"{sha}\",\"lock_version\":0,\"notes\":[",
            id % 9000,
            id % 500,
            rng.i32(..),
        )
        .ok();
        for note in 0..rng.usize(1..6) {
            let comma = if note == 0 { "" } else { "," };
            let (id, words) = (rng.u32(..), rng.usize(5..80));
            let body = prose(rng, words);
            write!(
                text,
                "{comma}{{\"id\":{id},\"note\":\"{body} \\\"quoted\\\"\",\"noteable_type\":\"Issue\",\"system\":false,\
                 \"author\":{{\"name\":\"Someone\"}},\"created_at\":\"2026-{month:02}-{day:02}T09:{minute:02}:00.000Z\",\
                 \"position\":null,\"award_emoji\":[],\"events\":[{{\"action\":\"commented\",\"author_id\":7}}]}}",
            )
            .ok();
        }
        text.push_str("]}\n");
    }
    text.into_bytes()
}
