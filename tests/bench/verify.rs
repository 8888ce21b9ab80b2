//! Times the verification of an archive beside what a person would run by hand: `gzip -t`, and `igzip -t` (Debian's
//! `isal`), the practical limit of inflating.
//!
//! `cargo build --release --no-default-features && cargo bench --profile dev --bench verify`. What is measured is the
//! released program; this file only starts it and may be built in any profile, so that nobody compiles the window's
//! test dependencies with optimisations. About 1 GB of tar is made once under `target/`. Rounds are interleaved, so
//! that a busy machine is unfair to all alike; medians are compared.
//! `EXPORT_DESK_BENCH_ROUNDS` and `EXPORT_DESK_BENCH_MB` change the number of rounds and the size.

mod measure;
mod mixed;

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use measure::{Outcome, from_environment, median, program};
use mixed::{MB, made_archive};

/// How much of the tool's time verifying may take. What it proves beyond inflating is more work than `igzip -t` does, so
/// the second figure needs more than two cores.
const REACH: [(&str, f64); 2] = [("gzip", 0.3), ("igzip", 1.5)];

fn main() -> Outcome<()> {
    let program = program()?;
    let tar_mb = from_environment("EXPORT_DESK_BENCH_MB", 1000)?;
    let rounds = from_environment("EXPORT_DESK_BENCH_ROUNDS", 5)?.max(1);
    let path = made_archive(tar_mb)?;
    // Everybody reads from the page cache.
    let packed_bytes = io::copy(&mut File::open(&path)?, &mut io::sink())?;
    println!(
        "{}: {} MB packed, {tar_mb} MB of tar, {rounds} rounds",
        path.display(),
        packed_bytes / MB as u64
    );

    let mut ours = Vec::new();
    let mut theirs = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        ours.push(time_verify(&program, &path)?);
        for ((tool, _), times) in REACH.iter().zip(&mut theirs) {
            times.extend(time_tool(tool, &path)?);
        }
    }
    let verify = median(&mut ours).ok_or("no round was run")?;
    println!(
        "verify    {:>7.3} s  {:>6.0} MB/s of tar",
        verify.as_secs_f64(),
        tar_mb as f64 / verify.as_secs_f64()
    );
    for ((tool, reach), times) in REACH.iter().zip(&mut theirs) {
        let Some(time) = median(times) else {
            println!("{tool} is not installed: nothing to compare with");
            continue;
        };
        let ratio = verify.as_secs_f64() / time.as_secs_f64();
        println!(
            "{tool:<6}-t  {:>7.3} s  verify ÷ {tool} -t = {ratio:.3} (reach: ≤ {reach})",
            time.as_secs_f64()
        );
    }
    Ok(())
}

fn time_verify(program: &Path, path: &Path) -> Outcome<Duration> {
    let start = Instant::now();
    let output = Command::new(program).args(["verify", "--json"]).arg(path).output()?;
    let time = start.elapsed();
    if String::from_utf8_lossy(&output.stdout).contains("\"verdict\":\"importable\"") {
        return Ok(time);
    }
    Err(format!("the archive of the benchmark should be good: {}", String::from_utf8_lossy(&output.stdout))
        .into())
}

/// Nothing where the tool is not installed.
fn time_tool(tool: &str, path: &Path) -> Outcome<Option<Duration>> {
    let start = Instant::now();
    match Command::new(tool).arg("-t").arg(path).stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(Some(start.elapsed())),
        Ok(status) => Err(format!("{tool} -t: {status}").into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
