//! Every request that the server received, with its headers, so that a test can check what was not sent.

use std::sync::Mutex;

use axum::http::HeaderMap;

use super::lock::hold;

/// The maximum number of stored bytes of a request's body.
pub const BODY_BYTES: usize = 16 * 1024;
/// If there are more requests than this, the oldest are removed.
const KEPT: usize = 50_000;

/// Which of the three listeners a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listener {
    /// GitLab's API.
    Api,
    /// The object storage.
    Storage,
    /// A host that the client must not trust: nothing secret may arrive here.
    Foreign,
}

/// One request as it arrived, and the status of its answer.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Counts all requests of all origins from 1.
    pub seq: u64,
    pub origin: Listener,
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body_bytes: u64,
    /// The beginning of the body, at most 16 KiB.
    pub body: Vec<u8>,
    /// 0 until the request is answered, or if the connection ended before that.
    pub status: u16,
    /// Real milliseconds since the server's start.
    pub at_ms: u64,
}

impl Seen {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// How many requests there were, also of those that are no longer in the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct RequestCounts {
    /// Requests to GitLab's API.
    pub api: u64,
    pub storage: u64,
    /// Answers with the status 429.
    pub too_many_requests: u64,
}

/// All requests so far.
#[derive(Debug, Default)]
pub struct Log {
    seen: Mutex<(u64, Vec<Seen>)>,
    counts: Mutex<RequestCounts>,
}

impl Log {
    /// Records an arrival and returns its number.
    pub fn arrived(
        &self,
        origin: Listener,
        method: &str,
        target: &str,
        headers: &HeaderMap,
        at_ms: u64,
    ) -> u64 {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        {
            let mut counts = hold(&self.counts);
            counts.api += u64::from(origin == Listener::Api && target.starts_with("/api/"));
            counts.storage += u64::from(origin == Listener::Storage);
        }
        let mut seen = hold(&self.seen);
        seen.0 += 1;
        let seq = seen.0;
        if seen.1.len() >= KEPT {
            seen.1.drain(..KEPT / 10);
        }
        seen.1.push(Seen {
            seq,
            origin,
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body_bytes: 0,
            body: Vec::new(),
            status: 0,
            at_ms,
        });
        seq
    }

    /// Adds a piece of the body.
    pub fn body(&self, seq: u64, piece: &[u8]) {
        self.change(seq, |seen| {
            seen.body_bytes += piece.len() as u64;
            let room = BODY_BYTES.saturating_sub(seen.body.len());
            seen.body.extend_from_slice(&piece[..piece.len().min(room)]);
        });
    }

    pub fn answered(&self, seq: u64, status: u16) {
        hold(&self.counts).too_many_requests += u64::from(status == 429);
        self.change(seq, |seen| seen.status = status);
    }

    pub fn counts(&self) -> RequestCounts {
        *hold(&self.counts)
    }

    pub fn all(&self) -> Vec<Seen> {
        hold(&self.seen).1.clone()
    }

    fn change(&self, seq: u64, with: impl FnOnce(&mut Seen)) {
        let mut seen = hold(&self.seen);
        if let Ok(at) = seen.1.binary_search_by_key(&seq, |known| known.seq) {
            with(&mut seen.1[at]);
        }
    }
}
