//! What it costs to watch many runs, and how long an answer takes to become a snapshot.
//!
//! `cargo bench --bench desk --no-default-features`: a plain program that prints its figures.

use std::time::{Duration, Instant};

use export_desk::case::DownloadId;
use export_desk::engine::api::{Answer, Command, StartOptions, Token};
use export_desk::engine::{Engine, Setup, Timing};
use export_desk::practice::{Lesson, Practice, PracticeOptions, lesson};

const RUNS: usize = 500;
/// Slow enough that no limit but GitLab's own reads decides, fast enough to end within a minute.
const PACE: f64 = 0.05;

fn main() {
    let lesson = world();
    let practice = Practice::start(&lesson, &PracticeOptions { pace: PACE, ..PracticeOptions::default() })
        .expect("a port");
    let engine = Engine::start(setup(&practice), || {}).expect("an engine");
    println!("{RUNS} runs on one instance, pace {PACE}");
    latency(&engine);
    polling(&engine, &practice);
}

fn world() -> Lesson {
    let mut lesson = lesson("first-export").expect("the first lesson");
    for n in 0..RUNS {
        let plan = format!("path = \"acme/many-{n}\"\nearlier = \"running\"\nexport_s = 100000");
        lesson.world.projects.push(toml::from_str(&plan).expect("a project"));
    }
    lesson.faults.clear();
    lesson
}

fn setup(practice: &Practice) -> Setup {
    Setup {
        data_dir: None,
        config_dir: None,
        download_folder: std::env::temp_dir(),
        timing: Timing::scaled(PACE),
        ca_file: None,
        token: Token::new(practice.token().to_owned()).ok(),
        instance: Some(practice.url().to_owned()),
        keyring: false,
        practice: None,
        resume: true,
        patient: true,
    }
}

/// From a command to the snapshot that answers it, without a network.
fn latency(engine: &Engine) {
    let waiter = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut times: Vec<Duration> = (0..2000)
        .map(|_| {
            let began = Instant::now();
            // A command that is answered at once: an audit reads every table, and a pause is written down.
            let ask = engine.send(Command::Pause { download: DownloadId(0) });
            let mut snapshots = engine.watch();
            while !snapshots.borrow_and_update().replies.iter().any(|reply| reply.ask == ask) {
                waiter.block_on(snapshots.changed()).expect("the engine lives");
            }
            began.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "command to snapshot: median {:?}, p99 {:?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
}

/// CPU time of this process, which holds the practice GitLab as well, while all runs are watched.
fn polling(engine: &Engine, practice: &Practice) {
    let waiter = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let asks: Vec<_> = (0..RUNS)
        .map(|n| {
            let (instance, project) = (practice.url().to_owned(), format!("acme/many-{n}"));
            engine.send(Command::Start { instance, project, case: None, options: StartOptions::default() })
        })
        .collect();
    let mut snapshots = engine.watch();
    let mut adopted = 0;
    while adopted < asks.len() {
        waiter.block_on(snapshots.changed()).expect("the engine lives");
        let snapshot = snapshots.borrow_and_update().clone();
        adopted = snapshot.runs.len();
        let refused = snapshot
            .replies
            .iter()
            .find(|reply| !matches!(reply.result, Ok(Answer::Run(_))) && asks.contains(&reply.ask));
        assert!(refused.is_none(), "{refused:?}");
    }
    let looks = || practice.requests().iter().filter(|seen| seen.path().ends_with("/export")).count();
    let (cpu, before, began) = (cpu_ms(), looks(), Instant::now());
    std::thread::sleep(Duration::from_secs(15));
    let (spent, made, wall) = (cpu_ms() - cpu, looks() - before, began.elapsed());
    let limited = practice.requests().iter().filter(|seen| seen.status == 429).count();
    println!(
        "watching {RUNS} runs: {made} looks in {:.0} s, {:.2} ms of CPU a look (both ends), {limited} times 429",
        wall.as_secs_f64(),
        spent / made.max(1) as f64,
    );
}

fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = after.split_whitespace().filter_map(|text| text.parse().ok()).collect();
    // utime and stime, in ticks of 10 ms; the state letter before them is no number.
    fields.get(10).copied().unwrap_or(0.0) * 10.0 + fields.get(11).copied().unwrap_or(0.0) * 10.0
}
