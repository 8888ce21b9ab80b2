//! A GitLab whose answers a test defines, for answers that the practice GitLab never gives. Real HTTP on loopback;
//! every connection carries one request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::fixture::{End, bare_program};

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    content_type: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, content_type: "application/json", headers: Vec::new(), body: body.to_string().into() }
    }

    pub fn page(status: u16) -> Self {
        let body = b"<!DOCTYPE html><title>Just a moment</title>".to_vec();
        Self { status, content_type: "text/html", headers: Vec::new(), body }
    }

    /// Plain text, as a proxy or Rack sends it.
    pub fn text(status: u16, body: &str) -> Self {
        Self { status, content_type: "text/plain", headers: Vec::new(), body: body.into() }
    }

    pub fn empty(status: u16) -> Self {
        Self { status, content_type: "text/plain", headers: Vec::new(), body: Vec::new() }
    }

    /// A file as a storage sends it.
    pub fn file(body: Vec<u8>) -> Self {
        Self { status: 200, content_type: "application/octet-stream", headers: Vec::new(), body }
    }

    /// `{API}` in a value is replaced by the server's own URL.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Answers to requests whose line contains a text, in order; the last one repeats.
#[derive(Clone, Debug)]
pub struct Route {
    matches: &'static str,
    replies: Vec<Reply>,
    asked: usize,
}

/// `matches` is a part of `GET /api/v4/projects/101/export `, including the space after the path.
pub fn route(matches: &'static str, replies: &[Reply]) -> Route {
    Route { matches, replies: replies.to_vec(), asked: 0 }
}

/// The server, and a home folder for the program.
pub struct Scripted {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
    home: tempfile::TempDir,
}

impl Scripted {
    /// The project `lab/demo` (101) without an export, seen with a Maintainer's `api` token, unless `routes` answers
    /// differently.
    pub fn start(routes: Vec<Route>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let routes = Arc::new(Mutex::new(routes.into_iter().chain(usual()).collect::<Vec<_>>()));
        let (log, api) = (Arc::clone(&seen), url.clone());
        // Ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (routes, log, api) = (Arc::clone(&routes), Arc::clone(&log), api.clone());
                thread::spawn(move || drop(serve(stream, &routes, &log, &api)));
            }
        });
        Self { url, seen, home: tempfile::tempdir().unwrap() }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Method and path of every request, in the order of arrival.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub fn asked(&self, part: &str) -> usize {
        self.seen().iter().filter(|line| line.contains(part)).count()
    }

    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = bare_program(self.home.path());
        command
            .args(arguments)
            .args(["--json", "--instance", &self.url, "--pace", "0.001", "--data-dir"])
            .arg(self.home.path().join("data"))
            .current_dir(self.home.path())
            .env("EXPORT_DESK_TOKEN", "glpat-scripted0000000000");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> End {
        End::of(&crate::waiting::output(&mut self.program(arguments), &format!("{arguments:?}")))
    }
}

pub fn project() -> Value {
    json!({
        "id": 101, "name": "demo", "path_with_namespace": "lab/demo", "web_url": "https://gitlab.example/lab/demo",
        "visibility": "private", "archived": false, "statistics": { "repository_size": 10 },
        "permissions": { "project_access": { "access_level": 40 }, "group_access": null },
    })
}

pub fn status(word: &str) -> Value {
    json!({ "id": 101, "path_with_namespace": "lab/demo", "export_status": word })
}

fn usual() -> Vec<Route> {
    let ok = |body: &Value| [Reply::json(200, body)];
    let token = json!({ "id": 7, "active": true, "scopes": ["api"], "expires_at": "2099-01-01" });
    vec![
        route("GET /api/v4/user ", &ok(&json!({ "id": 1, "username": "ann" }))),
        route("GET /api/v4/version ", &ok(&json!({ "version": "18.9.0-ee" }))),
        route("GET /api/v4/personal_access_tokens/self ", &ok(&token)),
        route("GET /api/v4/projects/101 ", &ok(&project())),
        route("GET /api/v4/projects/101?", &ok(&project())),
        route("GET /api/v4/projects/lab%2Fdemo ", &ok(&project())),
        route("GET /api/v4/projects/lab%2Fdemo?", &ok(&project())),
        route("GET /api/v4/projects/101/export ", &ok(&status("none"))),
        route("GET /api/v4/projects/101/export_relations/status ", &ok(&json!([]))),
        route("GET /api/v4/projects", &[Reply::json(404, &json!({ "message": "404 Project Not Found" }))]),
        route("", &[Reply::json(404, &json!({ "error": "404 Not Found" }))]),
    ]
}

fn serve(
    stream: TcpStream,
    routes: &Mutex<Vec<Route>>,
    log: &Mutex<Vec<String>>,
    api: &str,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), 0_usize);
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let line = line.trim_end().trim_end_matches("HTTP/1.1").to_owned();
    let reply = {
        let mut routes = routes.lock().unwrap();
        let found = routes.iter_mut().find(|route| line.contains(route.matches)).unwrap();
        let reply = found.replies[found.asked.min(found.replies.len() - 1)].clone();
        found.asked += 1;
        reply
    };
    log.lock().unwrap().push(line);
    let mut head = format!(
        "HTTP/1.1 {} X\r\nContent-Type: {}\r\nContent-Length: {}\r\nX-Request-Id: 01SCRIPTED\r\nConnection: close\r\n",
        reply.status,
        reply.content_type,
        reply.body.len()
    );
    for (name, value) in &reply.headers {
        head.extend([name, ": ", &value.replace("{API}", api), "\r\n"]);
    }
    let mut stream = stream;
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(&reply.body)
}
