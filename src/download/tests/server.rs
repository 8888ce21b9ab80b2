//! A GitLab and an object storage on two ports. They speak HTTP/1.1 by hand, so that they can misbehave.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The file name in the signed URL.
pub const NAME: &str = "2026-11-21_07-03-123_group_project_export.tar.gz";

/// What a server does with one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A correct answer.
    None,
    /// The right head, this many bytes of the body, then the connection breaks.
    CutAfter(usize),
    /// The right head, this many bytes, then silence.
    StallAfter(usize),
    Status(u16, &'static str, &'static str),
    /// 200 with the whole file, whatever was requested.
    IgnoreRange,
    /// 206 with a range that starts this many bytes later than requested.
    ShiftedRange(u64),
    /// 206 without `Content-Range`.
    RangeMissing,
    /// 206 whose `Content-Length` and `Content-Range` differ.
    ShortBody,
    /// The file up to here; only the closed connection marks the end.
    NoLength(usize),
    /// A 200 with another content type.
    Typed(&'static str),
    Redirect(String),
    /// Ignores `If-Range`: always 206.
    IgnoreIfRange,
}

/// One request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Sent to GitLab; otherwise to the storage.
    pub api: bool,
    /// Counts the requests of its kind from 0.
    pub number: usize,
    pub path: String,
    pub range: Option<(u64, Option<u64>)>,
    pub if_range: Option<String>,
    pub credentials: bool,
}

#[derive(Clone, Debug)]
pub struct Content {
    pub bytes: Arc<Vec<u8>>,
    pub etag: Option<String>,
    pub last_modified: Option<&'static str>,
}

type Script = Box<dyn FnMut(&Seen, &mut Content) -> Fault + Send>;

struct World {
    content: Content,
    script: Script,
    seen: Vec<Seen>,
}

/// Both servers, and the requests that they saw.
#[derive(Clone)]
pub struct Server {
    world: Arc<Mutex<World>>,
    pub api_url: String,
    storage_url: String,
    /// GitLab serves the bytes itself.
    direct: bool,
}

/// Pseudorandom bytes.
pub fn content(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    fastrand::Rng::with_seed(seed).fill(&mut bytes);
    bytes
}

impl Server {
    pub async fn start(bytes: Vec<u8>, direct: bool) -> Self {
        let content = Content { bytes: Arc::new(bytes), etag: Some("\"one\"".into()), last_modified: None };
        let world = World { content, script: Box::new(|_, _| Fault::None), seen: Vec::new() };
        let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let storage = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            world: Arc::new(Mutex::new(world)),
            api_url: format!("http://{}", api.local_addr().unwrap()),
            storage_url: format!("http://{}", storage.local_addr().unwrap()),
            direct,
        };
        for (listener, is_api) in [(api, true), (storage, false)] {
            let server = server.clone();
            tokio::spawn(async move {
                while let Ok((socket, _)) = listener.accept().await {
                    let server = server.clone();
                    tokio::spawn(async move { server.serve(socket, is_api).await });
                }
            });
        }
        server
    }

    /// `script` decides the answer to every request.
    pub fn script(&self, script: impl FnMut(&Seen, &mut Content) -> Fault + Send + 'static) {
        self.world.lock().unwrap().script = Box::new(script);
    }

    /// The storage answers with these faults, then correctly.
    pub fn storage_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        let mut faults: VecDeque<_> = faults.into_iter().collect();
        self.script(
            move |seen, _| if seen.api { Fault::None } else { faults.pop_front().unwrap_or(Fault::None) },
        );
    }

    /// The API answers with these faults, then correctly.
    pub fn api_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        let mut faults: VecDeque<_> = faults.into_iter().collect();
        self.script(
            move |seen, _| if seen.api { faults.pop_front().unwrap_or(Fault::None) } else { Fault::None },
        );
    }

    pub fn edit_content(&self, edit: impl FnOnce(&mut Content)) {
        edit(&mut self.world.lock().unwrap().content);
    }

    pub fn seen(&self, api: bool) -> Vec<Seen> {
        self.world.lock().unwrap().seen.iter().filter(|seen| seen.api == api).cloned().collect()
    }

    async fn serve(self, mut socket: TcpStream, api: bool) {
        let mut buffer = Vec::new();
        while let Some(head) = read_head(&mut socket, &mut buffer).await {
            let (seen, fault, content) = self.note(&head, api);
            let answer = if api && !self.direct && matches!(fault, Fault::None) {
                Fault::Redirect(format!("{}/store/{NAME}?signature=secret{}", self.storage_url, seen.number))
            } else {
                fault
            };
            if !respond(&mut socket, &seen, &answer, &content, api).await {
                return;
            }
        }
    }

    fn note(&self, head: &str, api: bool) -> (Seen, Fault, Content) {
        let mut world = self.world.lock().unwrap();
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
        };
        let range = header("range").map(|text| {
            let (from, to) = text.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            (from.parse().unwrap(), to.parse::<u64>().ok())
        });
        let credentials =
            ["private-token", "authorization", "cookie"].iter().any(|name| header(name).is_some());
        let number = world.seen.iter().filter(|seen| seen.api == api).count();
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let seen = Seen { api, number, path, range, if_range: header("if-range"), credentials };
        world.seen.push(seen.clone());
        let World { content, script, .. } = &mut *world;
        let fault = script(&seen, content);
        (seen, fault, content.clone())
    }
}

async fn read_head(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = buffer.split_off(end + 4);
            let head = std::mem::replace(buffer, rest);
            return Some(String::from_utf8_lossy(&head).into_owned());
        }
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

/// Returns `false` where the connection is closed.
async fn respond(socket: &mut TcpStream, seen: &Seen, fault: &Fault, content: &Content, api: bool) -> bool {
    let plain = |status: u16, more: &str, body: &str| {
        format!("HTTP/1.1 {status} X\r\n{more}Content-Length: {}\r\n\r\n{body}", body.len())
    };
    match fault {
        Fault::Status(status, more, body) => {
            socket.write_all(plain(*status, more, body).as_bytes()).await.is_ok()
        }
        Fault::Redirect(to) => {
            socket.write_all(plain(302, &format!("Location: {to}\r\n"), "").as_bytes()).await.is_ok()
        }
        Fault::NoLength(len) => {
            let head = "HTTP/1.1 200 OK\r\nETag: \"one\"\r\nConnection: close\r\n\r\n";
            sent(socket, head.as_bytes()).await;
            sent(socket, &content.bytes[..*len]).await;
            false
        }
        fault => file(socket, seen, fault, content, api).await,
    }
}

async fn file(socket: &mut TcpStream, seen: &Seen, fault: &Fault, content: &Content, api: bool) -> bool {
    let total = content.bytes.len() as u64;
    let validator = content.etag.as_deref().or(content.last_modified);
    let holds = seen.if_range.as_deref().is_none_or(|wanted| Some(wanted) == validator);
    let holds = holds || matches!(fault, Fault::IgnoreIfRange);
    let range = seen.range.filter(|_| holds && !matches!(fault, Fault::IgnoreRange | Fault::Typed(_)));
    let mut head = String::new();
    let (start, end) = match range {
        None => {
            head.push_str("HTTP/1.1 200 OK\r\n");
            (0, total)
        }
        Some((from, _)) if from >= total => {
            let text =
                format!("HTTP/1.1 416 X\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\n\r\n");
            return socket.write_all(text.as_bytes()).await.is_ok();
        }
        Some((from, to)) => {
            let from = if let Fault::ShiftedRange(by) = fault { (from + by).min(total - 1) } else { from };
            let end = to.map_or(total, |to| (to + 1).min(total)).max(from + 1);
            head.push_str("HTTP/1.1 206 Partial Content\r\n");
            if !matches!(fault, Fault::RangeMissing) {
                write!(head, "Content-Range: bytes {from}-{}/{total}\r\n", end - 1).unwrap();
            }
            (from, end)
        }
    };
    let short = u64::from(matches!(fault, Fault::ShortBody) && range.is_some() && end - start > 1);
    write!(head, "Content-Length: {}\r\n", end - start - short).unwrap();
    if let Some(etag) = &content.etag {
        write!(head, "ETag: {etag}\r\n").unwrap();
    }
    if let Some(date) = content.last_modified {
        write!(head, "Last-Modified: {date}\r\n").unwrap();
    }
    if let Fault::Typed(kind) = fault {
        write!(head, "Content-Type: {kind}\r\n").unwrap();
    }
    if api {
        head.push_str("Content-Disposition: attachment; filename=\"..\\\\evil/from_gitlab.tar.gz\"\r\n");
    }
    head.push_str("\r\n");
    let body = &content.bytes[start as usize..(end - short) as usize];
    if socket.write_all(head.as_bytes()).await.is_err() {
        return false;
    }
    match fault {
        Fault::CutAfter(n) => {
            sent(socket, &body[..(*n).min(body.len())]).await;
            false
        }
        Fault::StallAfter(n) => {
            sent(socket, &body[..(*n).min(body.len())]).await;
            // Stays silent until the client disconnects.
            while socket.read(&mut [0; 64]).await.is_ok_and(|got| got > 0) {}
            false
        }
        _ => socket.write_all(body).await.is_ok(),
    }
}

/// Sends what comes before a fault. It does not matter whether the client still reads.
async fn sent(socket: &mut TcpStream, bytes: &[u8]) {
    if socket.write_all(bytes).await.is_ok() {
        drop(socket.flush().await);
    }
}
