//! A web server on 127.0.0.1 that passes requests to `git http-backend`, as a web server in front of git does (RFC 3875),
//! and demands the token first.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

pub const TOKEN: &str = "glpat-secret";
/// `oauth2:glpat-secret` in Base64.
const LOGIN: &str = "Basic b2F1dGgyOmdscGF0LXNlY3JldA==";

/// The server. Its thread ends with the test's process.
pub struct GitServer {
    pub url: String,
    /// The lines and headers of all requests, as they came.
    seen: Arc<Mutex<Vec<String>>>,
}

impl GitServer {
    /// Serves the bare repositories below `root`.
    pub fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (root, seen) = (root.to_owned(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (root, kept) = (root.clone(), Arc::clone(&kept));
                thread::spawn(move || serve(stream, &root, &kept));
            }
        });
        Self { url, seen }
    }

    pub fn seen(&self) -> String {
        self.seen.lock().unwrap().join("\n")
    }
}

fn serve(mut stream: TcpStream, root: &PathBuf, seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    seen.lock().unwrap().extend(head.clone());
    let header = |name: &str| {
        let lines = head.iter().skip(1).filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        found.next().unwrap_or_default().to_owned()
    };
    if header("authorization") != LOGIN {
        let answer = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"GitLab\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return stream.write_all(answer.as_bytes()).ok();
    }
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let mut words = head.first()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut git = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "tester")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git http-backend");
    // The request is short enough for the pipe. Closing the pipe ends it.
    let written = git.stdin.take().map(|mut input| input.write_all(&body));
    let output = git.wait_with_output().ok()?;
    written?.ok()?;
    let answer = output.stdout;
    // The backend answers with headers, of which `Status` is the status line.
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let headers = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = headers.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let rest = headers.lines().filter(|line| !line.starts_with("Status: ")).map(|line| format!("{line}\r\n"));
    let rest: String = rest.collect();
    let body = &answer[end + 4..];
    let head =
        format!("HTTP/1.1 {status}\r\n{rest}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()
}
