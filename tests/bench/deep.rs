//! A repository checked in depth, beside `git index-pack`: `cargo bench --bench deep`. Needs git.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use export_desk::archive::{Depth, Limits, verify};
use flate2::{Compression, write::GzEncoder};

/// Files of the repository, and commits that change some of them.
const FILES: usize = 2000;
const COMMITS: usize = 300;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    git(at, &["init", "--quiet", "work"]);
    let work = at.join("work");
    let mut rng = fastrand::Rng::with_seed(7);
    for commit in 0..COMMITS {
        let changed = if commit == 0 { FILES } else { 40 };
        for n in 0..changed {
            let file = if commit == 0 { n } else { rng.usize(..FILES) };
            let lines: Vec<String> =
                (0..150).map(|line| format!("{line} {} {}", file * line, rng.u8(..))).collect();
            let lines = lines.join("\n");
            std::fs::write(work.join(format!("{file}.txt")), lines).expect("a file");
        }
        git(&work, &["add", "."]);
        git(&work, &["commit", "--quiet", "--message", "next"]);
    }
    git(&work, &["bundle", "create", "--quiet", "../project.bundle", "--all"]);
    let bundle = std::fs::read(at.join("project.bundle")).expect("the bundle");
    let start = bundle.windows(6).position(|window| window == b"\n\nPACK").expect("a pack") + 2;
    std::fs::write(at.join("project.pack"), &bundle[start..]).expect("the pack");
    let archive = archive(&bundle);
    let limits = Limits { deep: true, ..Limits::default() };
    println!("{} MiB of bundle", bundle.len() >> 20);
    for _ in 0..3 {
        let begun = Instant::now();
        let report = verify(&archive[..], &limits, &mut |_| ControlFlow::Continue(())).expect("a report");
        assert_eq!(report.depth(), Depth::Deep, "{:?}", report.problems);
        let (objects, ours) = (report.bundles[0].objects, begun.elapsed());
        let begun = Instant::now();
        git(at, &["index-pack", "-o", "project.idx", "project.pack"]);
        println!("{objects} objects: verify in depth {ours:?}, git index-pack {:?}", begun.elapsed());
        std::fs::remove_file(at.join("project.idx")).expect("the index");
    }
}

fn archive(bundle: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in
        [("VERSION", &b"0.2.4"[..]), ("tree/project.json", b"{}"), ("project.bundle", bundle)]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, name, content).expect("a member");
    }
    tar.into_inner().and_then(GzEncoder::finish).expect("an archive")
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "x").env(format!("GIT_{role}_EMAIL"), "x@example.com");
    }
    let output = command.output().expect("git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
