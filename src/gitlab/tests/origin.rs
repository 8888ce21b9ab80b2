//! A server on 127.0.0.1 that sends a test's answers and records every byte that it receives.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::gitlab::{Client, Instance, NetworkConfig, Proxy, Token};

pub(super) const TOKEN: &str = "glpat-secret";

/// One received request.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// `GET /path HTTP/1.1`.
    pub line: String,
    /// With lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap()
    }

    pub(super) fn has_credentials(&self) -> bool {
        let names =
            ["private-token", "authorization", "cookie", "referer", "job-token", "proxy-authorization"];
        names.iter().any(|name| self.header(name).is_some())
            || format!("{self:?}{}", String::from_utf8_lossy(&self.body)).contains(TOKEN)
    }
}

/// How the server answers a request.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// Sends these bytes, then closes the connection.
    Bytes(Vec<u8>),
    /// Sends these bytes, then nothing more, and keeps the connection open.
    Stall(Vec<u8>),
}

/// An answer with a body and its correct length.
pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in headers {
        bytes.extend([name, ": ", value, "\r\n"]);
    }
    bytes.push_str("\r\n");
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(body);
    Reply::Bytes(bytes)
}

pub(super) fn json(status: u16, body: &str) -> Reply {
    answer(status, &[("Content-Type", "application/json"), ("X-Request-Id", "01REQUEST")], body)
}

pub(super) fn to(location: &str) -> Reply {
    answer(302, &[("Location", location)], "")
}

/// The server; it stops when this value is dropped.
pub(super) struct Origin {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Origin {
    pub(super) async fn start(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (reply, kept) = (Arc::new(reply), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&reply), Arc::clone(&kept)));
            }
        });
        Self { url, seen, task }
    }

    /// Answers every request with the same reply.
    pub(super) async fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone()).await
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn client(&self) -> Client {
        self.client_with(&patient())
    }

    pub(super) fn client_with(&self, wire: &NetworkConfig) -> Client {
        let token = Token::new(TOKEN.to_owned()).unwrap();
        Client::new(Instance::parse(&self.url).unwrap(), Some(token), wire).unwrap()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Time limits that no test reaches.
pub(super) fn patient() -> NetworkConfig {
    let limit = Duration::from_mins(1);
    NetworkConfig { connect_timeout: limit, read_timeout: limit, ca_file: None, proxy: Proxy::Direct }
}

/// Short time limits, for a server that never answers. A connection to this machine is ready at once, whatever the
/// server's task does, so half a second is only for slow machines.
pub(super) fn hasty() -> NetworkConfig {
    NetworkConfig { connect_timeout: Duration::from_millis(500), ..watchful() }
}

/// A short limit for a body that stalls after its start.
pub(super) fn watchful() -> NetworkConfig {
    NetworkConfig { read_timeout: Duration::from_millis(20), ..patient() }
}

async fn serve(
    mut stream: TcpStream,
    reply: Arc<impl Fn(&Seen) -> Reply>,
    seen: Arc<Mutex<Vec<Seen>>>,
) -> Option<()> {
    let request = read(&mut stream).await?;
    let reply = reply(&request);
    seen.lock().unwrap().push(request);
    match reply {
        Reply::Bytes(bytes) => {
            stream.write_all(&bytes).await.ok()?;
            stream.shutdown().await.ok()?;
        }
        Reply::Stall(bytes) => {
            stream.write_all(&bytes).await.ok()?;
            // Waits until the client disconnects.
            stream.read_u8().await.ok()?;
        }
    }
    Some(())
}

/// Reads one request.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut request = Seen { line, headers, body: bytes.split_off(head_end + 4) };
    let length = request.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    while request.body.len() < length {
        if stream.read_buf(&mut request.body).await.ok()? == 0 {
            break;
        }
    }
    Some(request)
}
