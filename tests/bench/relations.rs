//! What a relations export of thousands of batch files costs: the processor time of each file.
//!
//! `cargo bench --bench relations --no-default-features`, after `cargo build --release --no-default-features`.
//! `EXPORT_DESK_FILES` (5,000) changes the number of files. The server is in the benchmark's own process, so that its
//! time is not counted.

#[allow(dead_code, reason = "the archive is for other benchmarks")]
mod mixed;

use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use mixed::{Outcome, from_environment, program};

/// The most that a file may cost.
const MOST_MS: f64 = 5.0;

fn main() -> Outcome<()> {
    let files = from_environment("EXPORT_DESK_FILES", 5_000)?;
    let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-relations");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let url = serve(files)?;
    let (before, start) = (children_ms(), Instant::now());
    let output = Command::new(program()?)
        .args(["relations", "download", "lab/demo", "--json", "--pace", "0.001", "--instance", &url])
        .arg("--output")
        .arg(folder.join("files"))
        .arg("--data-dir")
        .arg(folder.join("data"))
        .env("EXPORT_DESK_TOKEN", "glpat-benchmark0000000")
        .output()?;
    let (time, after) = (start.elapsed(), children_ms());
    let last = String::from_utf8(output.stdout)?;
    let result: Value = serde_json::from_str(last.lines().last().unwrap_or_default())?;
    let came = result["files"].as_array().map_or(0, Vec::len);
    if !output.status.success() || came != files {
        return Err(format!("{came} of {files} files: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let each = |ms: f64| ms / files as f64;
    println!("{files} files in {:.1} s: {:.2} ms each", time.as_secs_f64(), each(time.as_secs_f64() * 1e3));
    if let (Some(before), Some(after)) = (before, after) {
        let ms = after - before;
        println!("processor time {:.1} s: {:.2} ms each, at most {MOST_MS}", ms / 1e3, each(ms));
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// The processor time of this process's children that have ended, in milliseconds; Linux only.
fn children_ms() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // Fields 16 and 17 of proc(5), in hundredths of a second. The name before them may contain spaces.
    let mut after_name = stat.rsplit(')').next()?.split_whitespace().skip(13);
    let mut ticks = || after_name.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) * 10.0)
}

/// A GitLab that has exported `files` batches of issues with one record each. It ends with the process.
fn serve(files: usize) -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let status = status(files).to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let status = status.clone();
            thread::spawn(move || answer_all(stream, &status));
        }
    });
    Ok(url)
}

fn status(files: usize) -> Value {
    const AT: &str = "2026-11-20T10:00:00.000Z";
    let batch = |number| json!({ "status": 1, "batch_number": number, "objects_count": 1, "error": null, "updated_at": AT });
    json!([{
        "relation": "issues", "status": 1, "error": null, "updated_at": AT, "batched": true,
        "batches_count": files, "total_objects_count": files, "batches": (1..=files).map(batch).collect::<Vec<_>>(),
    }])
}

/// Answers the requests of one connection.
fn answer_all(stream: TcpStream, status: &str) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut request = String::new();
        let mut header = String::from("-");
        if reader.read_line(&mut request).ok()? == 0 {
            return None;
        }
        while !header.trim().is_empty() {
            header.clear();
            reader.read_line(&mut header).ok()?;
        }
        let path = request.split(' ').nth(1)?;
        let (code, kind, body) = answer(path, status);
        let head =
            format!("HTTP/1.1 {code} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
        writer.write_all(head.as_bytes()).ok()?;
        writer.write_all(&body).ok()?;
    }
}

fn answer(path: &str, status: &str) -> (u16, &'static str, Vec<u8>) {
    let json = |value: Value| (200, "application/json", value.to_string().into_bytes());
    let path = path.trim_start_matches("/api/v4");
    if path.starts_with("/projects/101/export_relations/download") {
        let number = path.rsplit("batch_number=").next().and_then(|text| text.split('&').next());
        let line = format!("{{\"iid\":{},\"title\":\"an issue\"}}\n", number.unwrap_or("1"));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        // Writing to memory cannot fail.
        gzip.write_all(line.as_bytes()).ok();
        return (200, "application/gzip", gzip.finish().unwrap_or_default());
    }
    match path.split('?').next().unwrap_or_default() {
        "/projects/101/export_relations/status" => (200, "application/json", status.into()),
        "/user" => json(json!({ "id": 1, "username": "ann" })),
        "/version" => json(json!({ "version": "18.9.0-ee" })),
        "/personal_access_tokens/self" => json(json!({ "id": 7, "active": true, "scopes": ["api"] })),
        "/projects/101" | "/projects/lab%2Fdemo" => json(json!({
            "id": 101, "name": "demo", "path_with_namespace": "lab/demo", "web_url": "https://gitlab.example/lab/demo",
            "visibility": "private", "archived": false,
            "permissions": { "project_access": { "access_level": 40 }, "group_access": null },
        })),
        _ => (404, "application/json", b"{\"error\":\"404 Not Found\"}".to_vec()),
    }
}
