//! Times the rebuild of an archive from relation files beside what a person would run by hand: `tar -cf - | pigz` of
//! the unpacked tree (Debian's `pigz`), with GitLab's compression level 6.
//!
//! `cargo build --release --no-default-features && cargo bench --profile dev --bench build`. What is measured is the
//! released program. About 1 GB of relation files is made once under `target/`. Rounds are interleaved, so that a busy
//! machine is unfair to both; medians are compared. The verification that follows each build is part of its time, and
//! is also timed alone, so that the time of the build itself is known.
//! `EXPORT_DESK_BENCH_ROUNDS` and `EXPORT_DESK_BENCH_MB` change the number of rounds and the size.

mod measure;
mod mixed;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{Archive, Builder, Header};

use measure::{Outcome, from_environment, median, program};
use mixed::{MB, made_archive};

/// The figure that the build must reach, on two cores.
const REACH: f64 = 1.0;
const AT: &str = "2026-11-20T10:00:00Z";

fn main() -> Outcome<()> {
    let program = program()?;
    let tar_mb = from_environment("EXPORT_DESK_BENCH_MB", 1000)?;
    let rounds = from_environment("EXPORT_DESK_BENCH_ROUNDS", 5)?.max(1);
    let parts = made_parts(&made_archive(tar_mb)?)?;
    println!("{}: {tar_mb} MB of tar, {rounds} rounds", parts.folder.display());

    let (mut builds, mut verifies, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    let mut peak_kb = 0;
    for _ in 0..rounds {
        let output = parts.folder.with_file_name("rebuilt.tar.gz");
        let (time, kb) = time_build(&program, &parts.folder, &output)?;
        builds.push(time);
        peak_kb = peak_kb.max(kb.unwrap_or(0));
        let start = Instant::now();
        let end = Command::new(&program).args(["verify", "--json"]).arg(&output).output()?;
        verifies.push(start.elapsed());
        let packed_mb = fs::metadata(&output)?.len() / MB as u64;
        if theirs.is_empty() {
            println!("rebuilt: {packed_mb} MB, verification {}", end.status);
        }
        fs::remove_file(&output)?;
        theirs.extend(time_pigz(&parts.tree)?);
    }
    let build = median(&mut builds).ok_or("no round was run")?;
    let verify = median(&mut verifies).ok_or("no round was run")?;
    println!("build and verify {:>7.3} s, verify alone {:>7.3} s", build.as_secs_f64(), verify.as_secs_f64());
    if peak_kb > 0 {
        println!("peak memory of the build: {} MB", peak_kb / 1000);
    }
    let Some(pigz) = median(&mut theirs) else {
        println!("pigz is not installed: nothing to compare with");
        return Ok(());
    };
    let to_pigz = |time: Duration| time.as_secs_f64() / pigz.as_secs_f64();
    println!(
        "tar | pigz       {:>7.3} s, build ÷ tar | pigz = {:.2} (reach: ≤ {REACH}), with its verification {:.2}",
        pigz.as_secs_f64(),
        to_pigz(build.saturating_sub(verify)),
        to_pigz(build)
    );
    Ok(())
}

/// The build's time, and its peak memory in kB where GNU time is installed.
fn time_build(program: &Path, folder: &Path, output: &Path) -> Outcome<(Duration, Option<u64>)> {
    let gnu = Path::new("/usr/bin/time");
    let mut command = if gnu.exists() {
        let mut command = Command::new(gnu);
        command.args(["-f", "peak %M"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    let start = Instant::now();
    let end = command
        .args(["relations", "build", "--allow-gaps", "--json", "--output"])
        .arg(output)
        .arg(folder)
        .output()?;
    let time = start.elapsed();
    let said = String::from_utf8_lossy(&end.stderr).into_owned();
    if !end.status.success() {
        return Err(format!("the build failed: {}{said}", String::from_utf8_lossy(&end.stdout)).into());
    }
    let peak = said.lines().find_map(|line| line.strip_prefix("peak ")?.trim().parse().ok());
    Ok((time, peak))
}

/// Nothing where pigz is not installed.
fn time_pigz(tree: &Path) -> Outcome<Option<Duration>> {
    if Command::new("pigz").arg("--version").output().is_err() {
        return Ok(None);
    }
    let output = tree.with_file_name("by-hand.tar.gz");
    let start = Instant::now();
    let mut tar =
        Command::new("tar").args(["-cf", "-", "-C"]).arg(tree).arg(".").stdout(Stdio::piped()).spawn()?;
    let piped = tar.stdout.take().ok_or("tar has no output")?;
    let packed =
        Command::new("pigz").args(["-6", "-c"]).stdin(piped).stdout(File::create(&output)?).status()?;
    let read = tar.wait()?;
    File::open(&output)?.sync_all()?;
    let time = start.elapsed();
    fs::remove_file(&output)?;
    if read.success() && packed.success() { Ok(Some(time)) } else { Err("tar | pigz failed".into()) }
}

/// The relation files, and the tree that they make.
struct Parts {
    folder: PathBuf,
    tree: PathBuf,
}

/// Cuts the benchmark's archive into relation files, and unpacks it; made on first use.
fn made_parts(archive: &Path) -> Outcome<Parts> {
    let named = archive.with_extension("").with_extension("");
    let parts = Parts { folder: named.with_extension("relations"), tree: named.with_extension("tree") };
    if parts.folder.join("manifest.json").exists() {
        return Ok(parts);
    }
    fs::create_dir_all(&parts.folder)?;
    Archive::new(GzDecoder::new(File::open(archive)?)).unpack(&parts.tree)?;
    // The relations export has no members.
    fs::remove_file(parts.tree.join("tree/project/project_members.ndjson"))?;
    let mut files = vec![packed(&parts, "self", "tree/project.json")?];
    for relation in ["issues", "merge_requests", "ci_pipelines"] {
        files.push(packed(&parts, relation, &format!("tree/project/{relation}.ndjson"))?);
    }
    files.push(tarred(&parts, "repository", &[("project.bundle".into(), "repository.bundle".into())])?);
    let mut objects = vec![("lfs-objects.json".to_owned(), "lfs_objects.json".to_owned())];
    for entry in fs::read_dir(parts.tree.join("lfs-objects"))? {
        let name = entry?.file_name().into_string().map_err(|_odd| "an odd name")?;
        objects.push((format!("lfs-objects/{name}"), name));
    }
    files.push(tarred(&parts, "lfs_objects", &objects)?);
    let listed = |file: &Value| {
        json!({
            "relation": file["relation"], "batched": false, "batches_count": null,
            "total_objects_count": file["records"],
            "files": [{ "batch": null, "objects_count": file["records"], "updated_at": AT }],
        })
    };
    let manifest = json!({
        "format": 1, "instance": "https://gitlab.example", "project_id": 1, "project_path": "bench/mark",
        "gitlab_version": "18.9.0-ee", "gitlab_revision": "4d1a63a2f2c", "deploy_key_rows": {},
        "written_at": AT, "listed": files.iter().map(listed).collect::<Vec<_>>(), "files": files,
        "not_exported": [],
    });
    fs::write(parts.folder.join("manifest.json"), manifest.to_string())?;
    Ok(parts)
}

fn packed(parts: &Parts, relation: &str, member: &str) -> Outcome<Value> {
    let name = format!("{relation}.ndjson.gz");
    let mut content = Vec::new();
    File::open(parts.tree.join(member))?.read_to_end(&mut content)?;
    let mut gzip = GzEncoder::new(File::create(parts.folder.join(&name))?, Compression::new(6));
    gzip.write_all(&content)?;
    gzip.finish()?.sync_all()?;
    let lines = content.split_inclusive(|byte| *byte == b'\n').count();
    entry(parts, relation, &name, (content.len(), lines))
}

fn tarred(parts: &Parts, relation: &str, members: &[(String, String)]) -> Outcome<Value> {
    let name = format!("{relation}.tar.gz");
    let gzip = GzEncoder::new(File::create(parts.folder.join(&name))?, Compression::new(6));
    let mut tar = Builder::new(gzip);
    let mut unpacked = 0;
    for (from, to) in members {
        let mut file = File::open(parts.tree.join(from))?;
        let bytes = file.metadata()?.len();
        let mut header = Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        tar.append_data(&mut header, format!("./{to}"), &mut file)?;
        unpacked += 512 + bytes.next_multiple_of(512);
    }
    tar.into_inner()?.finish()?.sync_all()?;
    entry(parts, relation, &name, (usize::try_from(unpacked)? + 1024, members.len()))
}

fn entry(parts: &Parts, relation: &str, name: &str, (unpacked, records): (usize, usize)) -> Outcome<Value> {
    let path = parts.folder.join(name);
    let sha256 = Sha256::digest(fs::read(&path)?).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    });
    Ok(json!({
        "relation": relation, "batch": null, "file": name, "bytes": fs::metadata(&path)?.len(),
        "sha256": sha256, "records": records, "unpacked_bytes": unpacked, "objects_count": records,
        "updated_at": AT,
    }))
}
