//! Many exports from the request to the verified archive, against the practice GitLab in a process of its own, with
//! GitLab's limits at a hundredth of their time:
//!
//! * no 429, and at most 300 API calls a minute of GitLab;
//! * at most 96 MiB of memory for the whole run without a window;
//! * within 5 % of the best that the limits allow, which is computed here.
//!
//! `cargo build --release --no-default-features && cargo bench --profile dev --bench many`. What is measured is the
//! released program; `EXPORT_DESK_BIN` names another one. `EXPORT_DESK_BENCH_PROJECTS` changes the number of projects.
//! What 500 moving rows cost the window is measured by `cargo bench --bench window`.

#[allow(dead_code, reason = "medians are for other benchmarks")]
mod measure;
mod practice;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use measure::{Outcome, from_environment};
use practice::Practice;
use serde_json::Value;

const PACE: &str = "0.01";
/// A second and a minute of GitLab, at this pace.
const SECOND: Duration = Duration::from_millis(10);
const MINUTE: Duration = Duration::from_millis(600);
/// GitLab's limit of export requests per minute and user.
const EXPORTS_PER_MINUTE: usize = 6;
/// How long GitLab works on an export here, in its own time.
const QUEUE_S: u32 = 8;
const EXPORT_S: u32 = 20;

const MOST_CALLS_PER_MINUTE: f64 = 300.0;
const MOST_MEMORY_MIB: f64 = 96.0;
const MOST_OVER_BEST: f64 = 1.05;

fn main() -> Outcome<()> {
    let projects = from_environment("EXPORT_DESK_BENCH_PROJECTS", 500)?;
    let bench = Bench::start(projects)?;
    let began = Instant::now();
    let run = bench.run()?;
    let took = began.elapsed();
    let minutes = took.as_secs_f64() / MINUTE.as_secs_f64();
    let seen = bench.counts()?;
    let best = best(projects);
    let over = took.as_secs_f64() / best.as_secs_f64();
    let calls = seen.calls as f64 / minutes;
    println!("{projects} projects, from the request to the verified archive, at a pace of {PACE}");
    println!("all verified: {} of {projects}", run.verified);
    println!("429s met: {} (reach: 0)", seen.refused);
    println!("API calls: {}, {calls:.0} a minute of GitLab (reach: ≤ {MOST_CALLS_PER_MINUTE})", seen.calls);
    println!("memory, most: {:.1} MiB (reach: ≤ {MOST_MEMORY_MIB})", run.memory_mib);
    println!(
        "total: {:.2} s ÷ {:.2} s, the best that the limits allow = {over:.3} (reach: ≤ {MOST_OVER_BEST})",
        took.as_secs_f64(),
        best.as_secs_f64()
    );
    let is_met = run.verified == projects
        && seen.refused == 0
        && calls <= MOST_CALLS_PER_MINUTE
        && run.memory_mib <= MOST_MEMORY_MIB
        && over <= MOST_OVER_BEST;
    if is_met { Ok(()) } else { Err("a limit is not met".into()) }
}

/// The last request leaves in the last minute that the limit needs; its export then takes its time.
fn best(projects: usize) -> Duration {
    let waits = projects.saturating_sub(1) / EXPORTS_PER_MINUTE;
    let export = SECOND * (QUEUE_S + EXPORT_S);
    MINUTE * u32::try_from(waits).unwrap_or(u32::MAX) + export
}

/// A practice GitLab with the projects, and a folder to download to.
struct Bench(Practice);

/// What the program did.
struct Run {
    verified: usize,
    memory_mib: f64,
}

/// What the practice GitLab counted.
struct Counts {
    calls: u64,
    refused: u64,
}

impl Bench {
    fn start(projects: usize) -> Outcome<Self> {
        let mut lesson = format!(
            "title = \"b\"\nteaches = \"b\"\nsteps = [\"b\"]\nproject = \"many/p1\"\n[expect]\nexit = 0\n\
             [world]\nqueue_s = {QUEUE_S}\n"
        );
        let mut list = String::new();
        for number in 1..=projects {
            writeln!(lesson, "[[world.project]]\npath = \"many/p{number}\"\nexport_s = {EXPORT_S}")?;
            writeln!(list, "many/p{number}")?;
        }
        let practice = Practice::start("bench-many", PACE, &lesson)?;
        fs::write(practice.folder.join("list.txt"), list)?;
        Ok(Self(practice))
    }

    fn run(&self) -> Outcome<Run> {
        let mut child = Command::new(&self.0.program)
            .args(["export", "start", "--json", "--pace", PACE, "--instance", &self.0.url, "--from"])
            .arg(self.0.folder.join("list.txt"))
            .arg("--download")
            .arg(self.0.folder.join("archives"))
            .arg("--data-dir")
            .arg(self.0.folder.join("data"))
            .env("EXPORT_DESK_TOKEN", &self.0.token)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let status = PathBuf::from(format!("/proc/{}/status", child.id()));
        let (mut last, mut most_kib) = (String::new(), 0.0_f64);
        for line in BufReader::new(child.stdout.take().ok_or("no output")?).lines() {
            last = line?;
            most_kib = most_kib.max(peak_kib(&status));
        }
        child.wait()?;
        let result: Value = serde_json::from_str(&last)?;
        let all = result["projects"].as_array().ok_or("no projects")?;
        let verified = all.iter().filter(|project| project["verdict"] == "importable").count();
        Ok(Run { verified, memory_mib: most_kib / 1024.0 })
    }

    /// Reads the counts that the practice GitLab shows beside its API.
    fn counts(&self) -> Outcome<Counts> {
        let host = self.0.url.strip_prefix("http://").ok_or("no http")?;
        let mut stream = TcpStream::connect(host)?;
        write!(stream, "GET /practice/request-counts HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
        let all: Value = serde_json::from_str(body)?;
        let count = |name: &str| all[name].as_u64().ok_or_else(|| format!("no {name} in {body}"));
        Ok(Counts { calls: count("api")?, refused: count("too_many_requests")? })
    }
}

/// The most memory that a process has used so far, in KiB; 0 where the system does not tell.
fn peak_kib(status: &Path) -> f64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0.0)
}
