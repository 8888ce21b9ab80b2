//! A relations export of thousands of small batch files, from a storage that takes 5 ms for each: beside
//! `xargs -P8 curl` on the same URLs, and the processor time of each file.
//!
//! `cargo build --release --no-default-features && cargo bench --profile dev --bench relations`. What is measured is the
//! released program, which verifies every file and writes down what it has. Rounds are interleaved and medians compared.
//! The server is in the benchmark's own process, so that its time is not counted. `EXPORT_DESK_FILES` (5,000) and
//! `EXPORT_DESK_BENCH_ROUNDS` change the number of files and of rounds.

mod measure;

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use measure::{Outcome, from_environment, median, program};

const TOKEN: &str = "glpat-benchmark0000000";
const DOWNLOAD: &str = "/projects/101/export_relations/download";

/// The most that a file may cost.
const MOST_MS: f64 = 5.0;
/// The most time that all files may take, beside curl's.
const REACH: f64 = 1.2;
/// What the storage takes before it sends a file.
const STORAGE: Duration = Duration::from_millis(5);
/// The size of a packed file, nearly.
const FILE_BYTES: usize = 20_000;

fn main() -> Outcome<()> {
    let files = from_environment("EXPORT_DESK_FILES", 5_000)?;
    let rounds = from_environment("EXPORT_DESK_BENCH_ROUNDS", 3)?.max(1);
    let url = serve(files)?;
    let (mut ours, mut theirs, mut spent_ms) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let before = children_ms();
        ours.push(download(&url, files)?);
        spent_ms.extend(before.zip(children_ms()).map(|(before, after)| after - before));
        theirs.extend(by_curl(&url, files)?);
    }
    let time = median(&mut ours).ok_or("no round was run")?;
    let each = |ms: f64| ms / files as f64;
    println!("{files} files of {FILE_BYTES} bytes, a storage of {STORAGE:?}, {rounds} rounds");
    println!("download  {:>6.1} s, {:.2} ms each", time.as_secs_f64(), each(time.as_secs_f64() * 1e3));
    match median(&mut theirs) {
        None => println!("curl or xargs is not installed: nothing to compare with"),
        Some(curl) => println!(
            "xargs -P8 curl  {:>6.1} s  download ÷ curl = {:.2} (reach: ≤ {REACH})",
            curl.as_secs_f64(),
            time.as_secs_f64() / curl.as_secs_f64()
        ),
    }
    spent_ms.sort_by(f64::total_cmp);
    if let Some(ms) = spent_ms.get(spent_ms.len() / 2) {
        println!("processor time {:.1} s: {:.2} ms each, at most {MOST_MS}", ms / 1e3, each(*ms));
    }
    Ok(())
}

/// An empty folder for one round.
fn folder(name: &str) -> Outcome<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Times the download of all files by the program.
fn download(url: &str, files: usize) -> Outcome<Duration> {
    let folder = folder("bench-relations")?;
    let start = Instant::now();
    let output = Command::new(program()?)
        .args(["relations", "download", "lab/demo", "--json", "--pace", "0.001", "--instance", url])
        .arg("--output")
        .arg(folder.join("files"))
        .arg("--data-dir")
        .arg(folder.join("data"))
        .env("EXPORT_DESK_TOKEN", TOKEN)
        .output()?;
    let time = start.elapsed();
    let last = String::from_utf8(output.stdout)?;
    let result: Value = serde_json::from_str(last.lines().last().unwrap_or_default())?;
    let came = result["files"].as_array().map_or(0, Vec::len);
    if !output.status.success() || came != files {
        return Err(format!("{came} of {files} files: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    fs::remove_dir_all(&folder)?;
    Ok(time)
}

/// Times what a person would run by hand; `None` where these tools are missing. Nothing is verified by it.
fn by_curl(url: &str, files: usize) -> Outcome<Option<Duration>> {
    let folder = folder("bench-relations-curl")?;
    let url = format!("{url}/api/v4{DOWNLOAD}?relation=issues&batched=true&batch_number={{}}");
    let header = format!("PRIVATE-TOKEN: {TOKEN}");
    let start = Instant::now();
    let xargs = Command::new("xargs")
        .args(["-P8", "-I{}", "curl", "--silent", "--fail", "--header", &header, "--output", "{}.gz", &url])
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .spawn();
    let mut xargs = match xargs {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let numbers: String = (1..=files).map(|number| number.to_string() + "\n").collect();
    xargs.stdin.take().ok_or("no pipe")?.write_all(numbers.as_bytes())?;
    let status = xargs.wait()?;
    let time = start.elapsed();
    // 127: xargs did not find curl.
    if status.code() == Some(127) {
        return Ok(None);
    }
    let came = fs::read_dir(&folder)?.count();
    if !status.success() || came != files {
        return Err(format!("curl: {came} of {files} files, {status}").into());
    }
    fs::remove_dir_all(&folder)?;
    Ok(Some(time))
}

/// The processor time of this process's children that have ended, in milliseconds; Linux only.
fn children_ms() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // Fields 16 and 17 of proc(5), in hundredths of a second. The name before them may contain spaces.
    let mut after_name = stat.rsplit(')').next()?.split_whitespace().skip(13);
    let mut ticks = || after_name.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) * 10.0)
}

/// What the server has: its answer about the export, and the packed batches.
struct World {
    status: String,
    batches: Vec<Vec<u8>>,
}

/// A GitLab that has exported `files` batches of issues with one record each. It ends with the process.
fn serve(files: usize) -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let batches = (1..=files).map(batch).collect::<Outcome<_>>()?;
    let world = Arc::new(World { status: status(files).to_string(), batches });
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let world = Arc::clone(&world);
            thread::spawn(move || answer_all(stream, &world));
        }
    });
    Ok(url)
}

/// A record whose description does not compress well.
fn batch(number: usize) -> Outcome<Vec<u8>> {
    let mut noise = fastrand::Rng::with_seed(number as u64);
    let words: String = (0..FILE_BYTES * 4 / 3).map(|_| noise.alphanumeric()).collect();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    writeln!(gzip, "{{\"iid\":{number},\"title\":\"an issue\",\"description\":\"{words}\"}}")?;
    Ok(gzip.finish()?)
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
fn answer_all(stream: TcpStream, world: &World) -> Option<()> {
    // As every web server does: otherwise a kept connection waits 40 ms for the second part of each answer.
    stream.set_nodelay(true).ok()?;
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
        let (code, kind, body) = answer(path, world);
        let head =
            format!("HTTP/1.1 {code} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
        writer.write_all(head.as_bytes()).ok()?;
        writer.write_all(&body).ok()?;
    }
}

fn answer(path: &str, world: &World) -> (u16, &'static str, Vec<u8>) {
    let json = |value: Value| (200, "application/json", value.to_string().into_bytes());
    let path = path.trim_start_matches("/api/v4");
    if path.starts_with(DOWNLOAD) {
        let number = path.rsplit("batch_number=").next().and_then(|text| text.split('&').next());
        let number = number.and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
        thread::sleep(STORAGE);
        return (
            200,
            "application/gzip",
            world.batches.get(number.wrapping_sub(1)).cloned().unwrap_or_default(),
        );
    }
    match path.split('?').next().unwrap_or_default() {
        "/projects/101/export_relations/status" => (200, "application/json", world.status.clone().into()),
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
