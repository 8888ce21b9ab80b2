//! Times a download with its full verification beside what a person would run by hand, all from the same practice storage,
//! which is a process of its own:
//!
//! * as fast as loopback goes, beside `curl -o`, then `sha256sum`, then `gzip -t`;
//! * with one connection held to 125 MB/s, beside curl alone;
//! * with each connection held to 20 MB/s, beside `aria2c -x8` on the signed URL: as it is, and with `-s8 -k1M`, which
//!   makes it use its eight connections.
//!
//! `cargo build --release --no-default-features && cargo bench --profile dev --bench download`. What is measured is the
//! released program; this file only starts it and may be built in any profile. Rounds are interleaved and medians
//! compared. `EXPORT_DESK_BENCH_ROUNDS` and `EXPORT_DESK_BENCH_MB` change the number of rounds and the size.

mod measure;
mod mixed;
mod practice;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use measure::{Outcome, from_environment, median};
use mixed::{MB, made_archive};
use practice::Practice;

const PROJECT: &str = "bench/archive";
const PACE: &str = "0.001";

/// One comparison.
struct Figure {
    name: &'static str,
    /// What holds the storage back.
    fault: &'static str,
    /// How our program is asked to do it.
    ours: &'static [&'static str],
    theirs: fn(&Bench, &str) -> Outcome<Option<Duration>>,
    reach: f64,
}

const HELD: &str = "[[fault]]\non = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 20000000\n";

const FIGURES: [Figure; 4] = [
    Figure {
        name: "loopback with full proof ÷ (curl -o; sha256sum; gzip -t)",
        fault: "",
        ours: &[],
        theirs: Bench::by_hand,
        reach: 0.25,
    },
    Figure {
        name: "held to 125 MB/s, with full proof ÷ curl alone",
        fault: "[[fault]]\non = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 125000000\n",
        // The line is what is held, so it is shared by nobody.
        ours: &["--connections", "1"],
        theirs: Bench::curl,
        reach: 1.01,
    },
    Figure {
        name: "20 MB/s a connection, with full proof ÷ aria2c -x8",
        fault: HELD,
        ours: &[],
        theirs: |bench, link| bench.aria2c(link, &["-x8"]),
        reach: 0.5,
    },
    Figure {
        name: "20 MB/s a connection, with full proof ÷ aria2c -x8 -s8 -k1M",
        fault: HELD,
        ours: &[],
        theirs: |bench, link| bench.aria2c(link, &["-x8", "-s8", "-k1M"]),
        reach: 0.6,
    },
];

fn main() -> Outcome<()> {
    let tar_mb = from_environment("EXPORT_DESK_BENCH_MB", 1000)?;
    let rounds = from_environment("EXPORT_DESK_BENCH_ROUNDS", 3)?.max(1);
    let archive = made_archive(tar_mb)?;
    println!("{} MB packed, {tar_mb} MB of tar, {rounds} rounds", fs::metadata(&archive)?.len() / MB as u64);
    for figure in FIGURES {
        let bench = Bench::start(&archive, figure.fault)?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(bench.ours(figure.ours)?);
            theirs.extend((figure.theirs)(&bench, &bench.signed_url()?)?);
        }
        let ours = median(&mut ours).ok_or("no round was run")?.as_secs_f64();
        match median(&mut theirs).map(|time| time.as_secs_f64()) {
            Some(theirs) => println!(
                "{}: {ours:.2} s ÷ {theirs:.2} s = {:.3} (reach: ≤ {})",
                figure.name,
                ours / theirs,
                figure.reach
            ),
            None => println!("{}: {ours:.2} s; the tool beside it is not installed", figure.name),
        }
    }
    Ok(())
}

/// A practice GitLab with the archive, and a folder to download to.
struct Bench(Practice);

impl Bench {
    fn start(archive: &Path, fault: &str) -> Outcome<Self> {
        let lesson = format!(
            "title = \"b\"\nteaches = \"b\"\nsteps = [\"b\"]\nproject = {PROJECT:?}\n[expect]\nexit = 0\n\
             [[world.project]]\npath = {PROJECT:?}\nearlier = \"file\"\narchive = {:?}\n{fault}",
            archive.display().to_string()
        );
        Ok(Self(Practice::start("bench-download", PACE, &lesson)?))
    }

    /// The same call that our program makes; what comes after it is timed.
    fn signed_url(&self) -> Outcome<String> {
        let call = format!("{}/api/v4/projects/{}/export/download", self.0.url, PROJECT.replace('/', "%2F"));
        // GitLab's minute has to pass, at the pace of practice.
        std::thread::sleep(Duration::from_millis(100));
        let output = Command::new("curl")
            .args(["-s", "-o", "/dev/null", "-w", "%{redirect_url}", "-H"])
            .arg(format!("PRIVATE-TOKEN: {}", self.0.token))
            .arg(call)
            .output()?;
        let link = String::from_utf8(output.stdout)?;
        if link.starts_with("http") { Ok(link) } else { Err("no signed URL: is curl installed?".into()) }
    }

    fn file(&self) -> PathBuf {
        self.0.folder.join("archive.tar.gz")
    }

    fn ours(&self, more: &[&str]) -> Outcome<Duration> {
        std::thread::sleep(Duration::from_millis(100));
        let mut command = Command::new(&self.0.program);
        command
            .args([
                "export",
                "download",
                PROJECT,
                "--json",
                "--pace",
                PACE,
                "--instance",
                &self.0.url,
                "--output",
            ])
            .arg(self.file())
            .arg("--data-dir")
            .arg(self.0.folder.join("data"))
            .args(more)
            .env("EXPORT_DESK_TOKEN", &self.0.token);
        let start = Instant::now();
        let output = command.output()?;
        let time = start.elapsed();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        fs::remove_file(self.file())?;
        Ok(time)
    }

    fn curl(&self, link: &str) -> Outcome<Option<Duration>> {
        let start = Instant::now();
        let done = run(Command::new("curl").args(["-s", "-f", "-o"]).arg(self.file()).arg(link))?;
        let time = start.elapsed();
        fs::remove_file(self.file())?;
        Ok(done.then_some(time))
    }

    fn by_hand(&self, link: &str) -> Outcome<Option<Duration>> {
        let start = Instant::now();
        let done = run(Command::new("curl").args(["-s", "-f", "-o"]).arg(self.file()).arg(link))?
            && run(Command::new("sha256sum").arg(self.file()))?
            && run(Command::new("gzip").arg("-t").arg(self.file()))?;
        let time = start.elapsed();
        fs::remove_file(self.file())?;
        Ok(done.then_some(time))
    }

    fn aria2c(&self, link: &str, connections: &[&str]) -> Outcome<Option<Duration>> {
        let start = Instant::now();
        let done = run(Command::new("aria2c")
            .args(connections)
            .args(["-q", "--file-allocation=none", "-o", "archive.tar.gz", "-d"])
            .arg(&self.0.folder)
            .arg(link))?;
        let time = start.elapsed();
        if done {
            fs::remove_file(self.file())?;
        }
        Ok(done.then_some(time))
    }
}

/// False where the tool is not installed.
fn run(command: &mut Command) -> Outcome<bool> {
    match command.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(true),
        Ok(status) => Err(format!("{command:?}: {status}").into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}
