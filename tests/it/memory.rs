//! Memory of the real program during download and verification: at most 64 MiB at its peak, whatever the archive's
//! size. The practice GitLab is a separate process here, so that its memory does not count.

mod build;
mod fill;

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::fixture::{PACE, bare_program};
use crate::waiting::{Lines, first_line};

/// The maximum that issue 4 allows.
const MOST_KIB: u64 = 64 * 1024;
/// How much more a 16 or 64 times larger archive may use: allocators and page tables are not exact.
const SLACK_KIB: u64 = 6 * 1024;

/// A practice GitLab in a separate process.
struct Server {
    _child: crate::waiting::Ends,
    url: String,
    token: String,
}

impl Server {
    fn start(home: &Path) -> Self {
        let mut child = bare_program(home)
            .args(["practice", "first-export", "--json", "--pace", &PACE.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let line = first_line(&mut child);
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self { url: text("url"), token: text("token"), _child: crate::waiting::Ends(child) }
    }
}

/// Peak of the resident memory so far, in KiB; `None` once the process has ended. An unoptimised program with its
/// window has 230 MB of code, of which some 37 MB are loaded; a release does not need these file pages, so they do
/// not count.
fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kib = |name: &str| -> Option<u64> {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let code = if cfg!(debug_assertions) { kib("RssFile:")? } else { 0 };
    Some(kib("VmHWM:")?.saturating_sub(code))
}

/// Exports and downloads a project of the practice world; returns the file's bytes and the program's peak in KiB.
fn download(server: &Server, home: &Path, project: &str, more: &[&str]) -> (u64, u64) {
    let target = home.join("archive.tar.gz");
    let mut command: Command = bare_program(home);
    let mut child = command
        .args([
            "export",
            "start",
            project,
            "--json",
            "--replace",
            "--pace",
            &PACE.to_string(),
            "--instance",
            &server.url,
        ])
        .arg("--data-dir")
        .arg(home.join("data"))
        .arg("--download")
        .arg(&target)
        .args(more)
        .env("EXPORT_DESK_TOKEN", &server.token)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let mut result = Value::Null;
    for line in Lines::of(&mut child) {
        // A line is printed ten times a second, and the last one when everything is verified.
        peak = peak_kib(child.id()).map_or(peak, |now| peak.max(now));
        result = serde_json::from_str(&line.unwrap()).unwrap();
    }
    assert!(crate::waiting::ended(&mut child, "its last line was read").success(), "{result}");
    assert_eq!(result["verdict"], "importable", "{result}");
    std::fs::remove_file(&target).unwrap();
    (result["bytes"].as_u64().unwrap(), peak)
}

#[test]
fn memory_does_not_grow_with_the_archive() {
    if !Path::new("/proc/self/status").exists() {
        println!("skipped: this system does not tell a process's peak in /proc");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let room = fs4::available_space(home.path()).unwrap();
    let server = Server::start(home.path());
    let wants_all = std::env::var_os("CI").is_some() || std::env::var_os("EXPORT_DESK_BIG").is_some();
    let mut first = [None, None];
    for (project, gib, is_big) in
        [("acme/media-library", 1, false), ("acme/monorepo", 2, false), ("acme/warehouse", 5, true)]
    {
        if is_big && !wants_all {
            println!("{project} (4 GiB) is skipped: it takes minutes; EXPORT_DESK_BIG=1 or CI=1 runs it");
            continue;
        }
        if room < gib << 30 {
            println!("{project} is skipped: {} has no {gib} GiB free", home.path().display());
            continue;
        }
        // A larger file uses more connections, each with its buffers; with the same number of connections there is no
        // growth.
        for (first, more) in first.iter_mut().zip([&[][..], &["--connections", "4"][..]]) {
            let (bytes, peak) = download(&server, home.path(), project, more);
            println!("{project} {more:?}: {} MiB, peak {} MiB", bytes >> 20, peak >> 10);
            assert!(peak > 0 && peak <= MOST_KIB, "{project} {more:?}: {peak} KiB at the peak");
            let first = *first.get_or_insert(peak);
            let is_alike = !more.is_empty();
            assert!(
                !is_alike || peak <= first + SLACK_KIB,
                "{project}: {peak} KiB after {first} KiB for 64 MiB"
            );
        }
    }
}

/// Runs the program to its end; returns its result, and the peak in KiB.
fn measured(command: &mut Command) -> (Value, u64) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (id, lines) = (child.id(), Lines::of(&mut child));
    let reader = std::thread::spawn(move || {
        let (mut last, mut peak) = (String::new(), 0);
        for line in lines {
            peak = peak_kib(id).map_or(peak, |now| peak.max(now));
            last = line.unwrap();
        }
        (last, peak)
    });
    let mut peak = 0;
    let status = crate::waiting::until("the end of the program", || {
        peak = peak_kib(id).map_or(peak, |now| peak.max(now));
        child.try_wait().unwrap()
    });
    let (last, seen) = crate::waiting::joined(reader, "the last line");
    let result = serde_json::from_str(&last).unwrap();
    assert!(status.success(), "{result}");
    (result, peak.max(seen))
}

/// Adds the members of an archive one by one.
type Members = Box<dyn FnOnce(&mut dyn FnMut(&str, &[u8]))>;

/// Writes a gzip of a tar whose members are generated one by one.
fn hostile(path: &Path, members: impl FnOnce(&mut dyn FnMut(&str, &[u8]))) {
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    members(&mut |name, content| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, name, content).unwrap();
    });
    tar.into_inner().unwrap().finish().unwrap();
}

/// Verifies a file with the real program; returns its result, the output's size in bytes, and the peak in KiB.
fn verify(home: &Path, file: &Path) -> (Value, usize, u64) {
    let mut child = bare_program(home)
        .args(["verify", "--json"])
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (id, lines) = (child.id(), Lines::of(&mut child));
    let reader = std::thread::spawn(move || {
        let (mut text, mut peak) = (String::new(), None);
        for line in lines {
            peak = peak_kib(id).or(peak);
            text = text + &line.unwrap() + "\n";
        }
        (text, peak)
    });
    let mut peak = 0;
    crate::waiting::until("the end of verify", || {
        peak = peak_kib(id).map_or(peak, |now| peak.max(now));
        child.try_wait().unwrap()
    });
    let (text, last) = crate::waiting::joined(reader, "the last line of verify");
    let result = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    (result, text.len(), peak.max(last.unwrap_or_default()))
}

#[test]
fn memory_and_report_are_bounded_whatever_the_names() {
    if !Path::new("/proc/self/status").exists() {
        println!("skipped: this system does not tell a process's peak in /proc");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let secret = "a".repeat(32);
    let whole: [(&str, Members); 3] = [
        (
            "names of 512 KiB",
            Box::new(|add| {
                (0..500).for_each(|n| add(&format!("u/{n}{}", "x".repeat(512 << 10)), b""));
            }),
        ),
        (
            "names of 3,900 bytes",
            Box::new(move |add| {
                let deep = format!("uploads/{secret}/{}", "y".repeat(240) + "/").repeat(13);
                (0..20_000).for_each(|n| add(&format!("{deep}{n}"), b""));
            }),
        ),
        (
            "links to uploads with long names",
            Box::new(|add| {
                let line = |n: u32| format!("\"/uploads/{n:032x}/{}\"\n", "z".repeat(1400));
                add("tree/project/issues.ndjson", (0..30_000).map(line).collect::<String>().as_bytes());
            }),
        ),
    ];
    for (what, members) in whole {
        let path = home.path().join("hostile.tar.gz");
        hostile(&path, |add| {
            add("VERSION", b"0.2.4");
            add("tree/project.json", b"{}");
            members(add);
        });
        let (result, bytes, peak) = verify(home.path(), &path);
        println!("{what}: peak {} MiB, result {} KiB", peak >> 10, bytes >> 10);
        assert_eq!(result["verdict"], "importable_with_losses", "{what}: {result}");
        assert!(peak > 0 && peak <= MOST_KIB, "{what}: {peak} KiB at the peak");
        assert!(bytes <= 4 << 20, "{what}: a result of {bytes} bytes");
    }
}
