//! `multipart/form-data` read as it arrives: fields are kept, a file is only looked at.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt as _;

use super::answer::{self, Answer};
use super::inspect::{Finding, Inspection};
use super::params::Params;

/// The longest field that is kept.
const FIELD_BYTES: usize = 64 * 1024;
/// The longest head of a part.
const HEAD_BYTES: usize = 16 * 1024;

/// A file that was sent along.
#[derive(Debug)]
pub struct SentFile {
    pub name: String,
    pub size_bytes: u64,
    /// What the importer will find in it.
    pub finding: Finding,
}

enum Part {
    Field { name: String, value: Vec<u8> },
    File { name: String, size_bytes: u64, inspection: Box<Inspection> },
}

/// Reads the body to its end.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<(Params, Option<SentFile>), Answer> {
    let malformed =
        || answer::error(StatusCode::BAD_REQUEST, "The request body is not valid multipart/form-data");
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = kind.split("boundary=").nth(1).map(|text| text.trim_matches('"')).ok_or_else(malformed)?;
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut reader = Reader {
        buffer: b"\r\n".to_vec(),
        delimiter,
        part: None,
        in_head: false,
        ended: false,
        found: Vec::new(),
    };
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        reader.buffer.extend_from_slice(&piece.ok().ok_or_else(malformed)?);
        reader.advance().ok_or_else(malformed)?;
    }
    if !reader.ended {
        return Err(malformed());
    }
    Ok(reader.finish())
}

struct Reader {
    buffer: Vec<u8>,
    delimiter: Vec<u8>,
    part: Option<Part>,
    /// Right after a delimiter: the part's head comes first.
    in_head: bool,
    ended: bool,
    found: Vec<Part>,
}

impl Reader {
    /// Works off what is in the buffer; None where it is malformed.
    fn advance(&mut self) -> Option<()> {
        while !self.ended {
            if self.in_head {
                if self.buffer.starts_with(b"--") {
                    self.ended = true;
                    break;
                }
                let Some(end) = find(&self.buffer, b"\r\n\r\n") else {
                    return (self.buffer.len() < HEAD_BYTES).then_some(());
                };
                let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
                self.part = Some(part_of(&String::from_utf8_lossy(&head))?);
                self.in_head = false;
            }
            let Some(at) = find(&self.buffer, &self.delimiter) else {
                // The end of the buffer may be the beginning of a delimiter.
                let sure = self.buffer.len().saturating_sub(self.delimiter.len());
                let content: Vec<u8> = self.buffer.drain(..sure).collect();
                self.content(&content);
                return Some(());
            };
            let content: Vec<u8> = self.buffer.drain(..at).collect();
            self.content(&content);
            self.buffer.drain(..self.delimiter.len());
            self.found.extend(self.part.take());
            self.in_head = true;
        }
        Some(())
    }

    fn content(&mut self, bytes: &[u8]) {
        match &mut self.part {
            Some(Part::Field { value, .. }) => {
                let room = FIELD_BYTES.saturating_sub(value.len());
                value.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
            Some(Part::File { size_bytes, inspection, .. }) => {
                *size_bytes += bytes.len() as u64;
                inspection.feed(bytes);
            }
            None => {}
        }
    }

    fn finish(self) -> (Params, Option<SentFile>) {
        let mut params = Params::default();
        let mut file = None;
        for part in self.found {
            match part {
                Part::Field { name, value } => {
                    params.set(&name, String::from_utf8_lossy(&value).into_owned());
                }
                Part::File { name, size_bytes, inspection } => {
                    file = Some(SentFile { name, size_bytes, finding: inspection.end() });
                }
            }
        }
        (params, file)
    }
}

fn part_of(head: &str) -> Option<Part> {
    let disposition =
        head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let value = |key: &str| {
        let rest = disposition.split(&format!("; {key}=\"")).nth(1)?;
        Some(rest.split('"').next().unwrap_or_default().to_owned())
    };
    let name = value("name")?;
    Some(match value("filename") {
        Some(name) => Part::File { name, size_bytes: 0, inspection: Box::default() },
        None => Part::Field { name, value: Vec::new() },
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    // Only places with the needle's first byte are looked at: files of gigabytes pass here.
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = haystack[from..].iter().position(|byte| *byte == first).map(|at| at + from) {
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}
