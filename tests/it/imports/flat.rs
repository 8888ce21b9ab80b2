//! Uploads to a server that stores nothing: their memory use, and the state after a kill.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use export_desk::case::{ImportOutcome, Job, UtcMs};
use export_desk::store::Store;
use serde_json::Value;

use super::head_of;
use crate::fixture::{End, bare_program};
use crate::waiting::{InTime, Lines};

const PROJECT: &str = r#"{"id":9,"path_with_namespace":"g/copy","import_status":"scheduled"}"#;

/// A GitLab that supports three calls and discards uploads, or reads none while `stalls` is set.
fn sink(stalls: &Arc<AtomicBool>) -> String {
    let stalls = stalls.clone();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stalls = stalls.clone();
            std::thread::spawn(move || answer(stream.unwrap(), &stalls));
        }
    });
    url
}

fn answer(stream: TcpStream, stalls: &AtomicBool) {
    let mut reader = BufReader::with_capacity(1 << 20, stream.try_clone().unwrap());
    let (first, length) = head_of(&mut reader);
    if first.starts_with("POST") && stalls.load(Ordering::SeqCst) {
        // Reads and answers nothing until the client has disconnected.
        stream.set_write_timeout(None).unwrap();
        let mut gone = [0];
        crate::waiting::until("the other end to go", || {
            let is_there = stream.peek(&mut gone).is_ok_and(|seen| seen > 0);
            (!is_there || !stalls.load(Ordering::SeqCst)).then_some(())
        });
        return;
    }
    let body = std::io::copy(&mut reader.take(length), &mut std::io::sink()).unwrap();
    assert_eq!(body, length);
    let (status, json) = match first.split(' ').nth(1).unwrap_or_default() {
        "/api/v4/version" => ("200 OK", r#"{"version":"18.9.0","revision":"x"}"#),
        "/api/v4/projects/import" => ("201 Created", PROJECT),
        _ => ("404 Not Found", r#"{"message":"404 Project Not Found"}"#),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n");
    let mut stream = stream;
    write!(stream, "{head}Content-Length: {}\r\n\r\n{json}", json.len()).unwrap();
}

fn program(folder: &Path, url: &str, file: &Path) -> Command {
    let mut command = bare_program(folder);
    command
        .args(["import", "file", file.to_str().unwrap(), "--path", "copy", "--namespace", "g", "--anyway"])
        .args(["--json", "--instance", url, "--pace", "0.01", "--data-dir"])
        .arg(folder.join("data"))
        .env("EXPORT_DESK_TOKEN", "glpat-practice")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// The peak resident memory of an import of a file of this size, in kilobytes.
#[cfg(target_os = "linux")]
fn peak_kb(folder: &Path, url: &str, bytes: u64) -> u64 {
    let file = folder.join(format!("{bytes}.tar.gz"));
    // A sparse file: no content on the disk, all of it on the wire.
    std::fs::File::create(&file).unwrap().set_len(bytes).unwrap();
    let mut child = program(folder, url, &file).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let mut last = String::new();
    // The program prints its progress; each line is an opportunity to measure.
    for line in Lines::of(&mut child) {
        last = line.unwrap();
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(high.unwrap_or(0));
    }
    assert!(crate::waiting::ended(&mut child, "its last line was read").success(), "{last}");
    assert!(last.contains(&format!("\"sent_bytes\":{bytes}")), "{last}");
    peak
}

#[test]
#[cfg(target_os = "linux")]
fn two_gibibytes_need_no_more_memory_than_sixteen_mebibytes() {
    let folder = tempfile::tempdir().unwrap();
    let url = sink(&Arc::default());
    let small = peak_kb(folder.path(), &url, 16 << 20);
    let large = peak_kb(folder.path(), &url, 2 << 30);
    assert!(small > 0, "the system tells the memory of a process");
    assert!(large < small + 24 * 1024, "{small} kB for 16 MiB, {large} kB for 2 GiB");
}

#[test]
fn killed_while_bytes_were_on_their_way_it_begins_again_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let stalls = Arc::new(AtomicBool::new(true));
    let url = sink(&stalls);
    let file = folder.path().join("a.tar.gz");
    // More than the socket buffers hold, so that not all of it can have been sent.
    std::fs::File::create(&file).unwrap().set_len(64 << 20).unwrap();
    let mut child = program(folder.path(), &url, &file).spawn().unwrap();
    let lines = Lines::of(&mut child).map(Result::unwrap);
    let sending = lines
        .map(|line| serde_json::from_str::<Value>(&line).unwrap())
        .any(|line| line["phase"] == "sending" && line["bytes"].as_u64() > Some(0));
    crate::waiting::killed(&mut child);
    assert!(sending);
    stalls.store(false, Ordering::SeqCst);
    let end = End::of(&program(folder.path(), &url, &file).output_in_time().unwrap());
    assert_eq!((end.exit, &end.result()["id"]), (0, &9.into()), "{}", end.result());
    assert_eq!(end.result()["import"], 2, "another import");
    let store = Store::open(&folder.path().join("data"), UtcMs(0)).unwrap();
    let jobs = store.jobs().unwrap();
    let first = jobs.iter().find_map(Job::import).unwrap();
    assert!(matches!(first.outcome, Some(ImportOutcome::NotSent { .. })), "{first:?}");
}
