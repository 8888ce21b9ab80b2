//! Memory of `relations fill`: at most 64 MiB at its peak, whatever the size of a repository and of a list.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufReader, BufWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use serde_json::json;
use sha1::{Digest as _, Sha1};

use super::{MOST_KIB, SLACK_KIB, measured};
use crate::fixture::bare_program;

const OID: &str = "0123456789abcdef0123456789abcdef01234567";
/// The most that a packet of git has: 65,520 bytes with its length and its band.
const BAND_BYTES: usize = 65_515;

/// A GitLab with one project, whose wiki has objects of 1 MiB.
fn server(objects: u32) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || answer(stream.unwrap(), objects));
        }
    });
    url
}

fn answer(stream: TcpStream, objects: u32) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (first, length) = crate::imports::head_of(&mut reader);
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).unwrap();
    let path = first.split(' ').nth(1).unwrap_or_default();
    let mut out = BufWriter::with_capacity(1 << 20, stream);
    let (kind, body) = match path.split('?').next().unwrap_or_default() {
        "/api/v4/projects/7" => (JSON, json!({"id": 7, "path_with_namespace": "acme/large"}).to_string()),
        "/api/v4/projects/7/wikis" => (JSON, json!([{"slug": "home"}]).to_string()),
        "/api/v4/projects/7/members/all" => (JSON, members(path)),
        "/acme/large.wiki.git/info/refs" => ("application/x-git-upload-pack-advertisement", refs()),
        "/acme/large.wiki.git/git-upload-pack" => {
            // The end of the connection is the end of the body.
            head(&mut out, "application/x-git-upload-pack-result", None);
            pack(&mut out, objects).ok();
            return;
        }
        _ => (JSON, "[]".to_owned()),
    };
    head(&mut out, kind, Some(body.len()));
    out.write_all(body.as_bytes()).unwrap();
    out.flush().unwrap();
}

const JSON: &str = "application/json";

fn head(out: &mut impl Write, kind: &str, length: Option<usize>) {
    write!(out, "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n").unwrap();
    length.map_or(Ok(()), |length| write!(out, "Content-Length: {length}\r\n")).unwrap();
    out.write_all(b"\r\n").unwrap();
}

/// As many pages of members as the program reads.
fn members(path: &str) -> String {
    let page: u64 = path
        .split("&page=")
        .nth(1)
        .or(path.split("?page=").nth(1))
        .map_or(1, |rest| rest.split('&').next().unwrap_or_default().parse().unwrap_or(1));
    let member = |number: u64| {
        let id = page * 100 + number;
        json!({
            "id": id, "username": format!("user{id}"), "name": "n".repeat(200), "access_level": 30,
            "public_email": format!("user{id}@example.com"), "created_at": "2026-01-02T03:04:05.678Z",
        })
    };
    json!((0..100).map(member).collect::<Vec<_>>()).to_string()
}

fn refs() -> String {
    let mut text = String::new();
    let mut pkt = |line: &str| write!(text, "{:04x}{line}", line.len() + 4).unwrap();
    pkt("# service=git-upload-pack\n");
    let mut text = text + "0000";
    let line = format!("{OID} refs/heads/main\0side-band-64k ofs-delta object-format=sha1\n");
    write!(text, "{:04x}{line}0000", line.len() + 4).unwrap();
    text
}

/// Writes packets, and hashes what they carry.
struct Bands<'a, W> {
    out: &'a mut W,
    hash: Sha1,
}

impl<W: Write> Bands<'_, W> {
    fn carry(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hash.update(bytes);
        self.send(bytes)
    }

    fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        for piece in bytes.chunks(BAND_BYTES) {
            write!(self.out, "{:04x}\x01", piece.len() + 5)?;
            self.out.write_all(piece)?;
        }
        Ok(())
    }
}

/// A pack of blobs of 1 MiB, each stored without compression.
fn pack(out: &mut impl Write, objects: u32) -> std::io::Result<()> {
    out.write_all(b"0008NAK\n")?;
    let mut random = fastrand::Rng::with_seed(3);
    let content: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(1 << 20).collect();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::none());
    packed.write_all(&content)?;
    let packed = packed.finish()?;
    let mut bands = Bands { out, hash: Sha1::new() };
    bands.carry(&[&b"PACK\0\0\0\x02"[..], &objects.to_be_bytes()].concat())?;
    for _ in 0..objects {
        // A blob, and its size: four bits, then seven at a time, the lowest first.
        bands.carry(&[0xb0, 0x80, 0x80, 0x04])?;
        bands.carry(&packed)?;
    }
    let hash = std::mem::take(&mut bands.hash).finalize();
    bands.send(&hash)?;
    out.write_all(b"0000")?;
    out.flush()
}

#[test]
fn memory_does_not_grow_with_what_is_filled_in() {
    if !Path::new("/proc/self/status").exists() {
        println!("skipped: this system does not tell a process's peak in /proc");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    if fs4::available_space(home.path()).unwrap() < 2 << 30 {
        println!("skipped: {} has no 2 GiB free", home.path().display());
        return;
    }
    let mut first = None;
    for mib in [32, 1024] {
        let url = server(mib);
        let folder = home.path().join(format!("parts-{mib}"));
        fs::create_dir(&folder).unwrap();
        let manifest = json!({
            "format": 1, "instance": url, "project_id": 7, "project_path": "acme/large", "gitlab_version": null,
            "written_at": "", "files": [], "not_exported": [],
        });
        fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
        let table = home.path().join("members.csv");
        fs::write(&table, "user101,someone@example.com\n").unwrap();
        let mut command = bare_program(home.path());
        command.args(["relations", "fill", "--json", "--pace", "0.001", "--instance", &url, "--members"]);
        command.arg(&table).arg("--data-dir").arg(home.path().join("data")).arg(&folder);
        let (result, peak) = measured(command.env("EXPORT_DESK_TOKEN", "glpat-practice"));
        println!("a wiki of {mib} MiB: peak {} MiB", peak >> 10);
        assert_eq!(
            (result["filled"][0]["count"].as_u64(), &result["left_out"]),
            (Some(10_000), &json!([])),
            "{result}"
        );
        assert_eq!(result["filled"][1]["what"], "wiki", "{result}");
        let bundle = folder.join("filled/project.wiki.bundle").metadata().unwrap().len();
        assert!(bundle > u64::from(mib) << 20, "{bundle}");
        assert!(peak > 0 && peak <= MOST_KIB, "{mib} MiB: {peak} KiB at the peak");
        let first = *first.get_or_insert(peak);
        assert!(peak <= first + SLACK_KIB, "{mib} MiB: {peak} KiB after {first} KiB");
        fs::remove_dir_all(&folder).unwrap();
    }
}
