//! The memory of an upload: the same for a small and for a large archive.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;

use crate::desk::bare_program;

const PROJECT: &str = r#"{"id":9,"path_with_namespace":"g/copy","import_status":"scheduled"}"#;

/// A GitLab that knows three calls and throws away what it is sent.
fn sink() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || answer(stream.unwrap()));
        }
    });
    url
}

fn answer(stream: TcpStream) {
    let mut reader = BufReader::with_capacity(1 << 20, stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
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

/// The highest resident memory of an import of a file of this size, in kilobytes.
fn peak_kb(folder: &Path, url: &str, bytes: u64) -> u64 {
    let file = folder.join(format!("{bytes}.tar.gz"));
    // Without content on the disk, and with all of it on the wire.
    std::fs::File::create(&file).unwrap().set_len(bytes).unwrap();
    let mut child = bare_program(folder)
        .args(["import", "file", file.to_str().unwrap(), "--path", "copy", "--namespace", "g", "--anyway"])
        .args(["--json", "--instance", url, "--pace", "0.01", "--data-dir"])
        .arg(folder.join("data"))
        .env("EXPORT_DESK_TOKEN", "glpat-practice")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let mut last = String::new();
    // It tells its progress all the way; each line is a moment to look at it.
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        last = line.unwrap();
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(high.unwrap_or(0));
    }
    assert!(child.wait().unwrap().success(), "{last}");
    assert!(last.contains(&format!("\"sent_bytes\":{bytes}")), "{last}");
    peak
}

#[test]
#[cfg(target_os = "linux")]
fn two_gibibytes_need_no_more_memory_than_sixteen_mebibytes() {
    let folder = tempfile::tempdir().unwrap();
    let url = sink();
    let small = peak_kb(folder.path(), &url, 16 << 20);
    let large = peak_kb(folder.path(), &url, 2 << 30);
    assert!(small > 0, "the system tells the memory of a process");
    assert!(large < small + 24 * 1024, "{small} kB for 16 MiB, {large} kB for 2 GiB");
}
