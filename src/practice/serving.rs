//! Sending a file: whole, in part, or wrongly.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use futures_util::stream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::{self, put};
use super::archive::Archive;
use super::clock::http_date;
use super::fault::FaultKind;
use super::project::StoredFile;

/// Characters that stay unencoded in `filename*` (RFC 5987, attr-char).
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Who sends the file, which decides the headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// Workhorse from the instance's disk (Go's `http.ServeContent`).
    Disk,
    /// The object storage.
    Store,
    /// Workhorse on behalf of the storage, whose headers it copies.
    Proxy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    /// First and last byte.
    Bytes(u64, u64),
    Unsatisfiable,
}

/// The answer to a GET for `file`.
pub fn send(file: &StoredFile, request: &HeaderMap, sender: Sender, faults: &[FaultKind]) -> Response<Body> {
    let size = file.archive.size_bytes();
    let mut part = part(file, request, sender);
    if request.contains_key(header::RANGE) {
        if faults.contains(&FaultKind::RangeIgnored) {
            part = Part::Whole;
        } else if faults.contains(&FaultKind::RangeRefused) {
            part = Part::Unsatisfiable;
        }
    }
    let mut response = match part {
        Part::Unsatisfiable => return unsatisfiable(sender, size),
        Part::Whole => piece(StatusCode::OK, &file.archive, 0, size, faults),
        Part::Bytes(first, last) => {
            let total = size + u64::from(faults.contains(&FaultKind::WrongTotal));
            let (first, last) = match faults.contains(&FaultKind::WrongRange) {
                true if last + 1 < size => (first + 1, last + 1),
                true => (first.saturating_sub(1), last),
                false => (first, last),
            };
            let mut response =
                piece(StatusCode::PARTIAL_CONTENT, &file.archive, first, last - first + 1, faults);
            put(&mut response, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{total}"));
            response
        }
    };
    describe(&mut response, file, sender);
    response
}

fn piece(
    status: StatusCode,
    archive: &Arc<Archive>,
    from: u64,
    len: u64,
    faults: &[FaultKind],
) -> Response<Body> {
    let mut response = Response::new(body(Arc::clone(archive), from, len));
    *response.status_mut() = status;
    if !faults.contains(&FaultKind::NoLength) {
        response.headers_mut().insert(header::CONTENT_LENGTH, len.into());
    }
    response
}

/// The bytes as a stream, so that a big file is never in memory.
pub fn body(archive: Arc<Archive>, from: u64, len: u64) -> Body {
    let chunks = stream::unfold((archive, from, len), |(archive, at, left)| async move {
        let chunk = archive.read_at(at, left);
        if chunk.is_empty() {
            return None;
        }
        let took = chunk.len() as u64;
        Some((Ok::<Bytes, std::io::Error>(chunk), (archive, at + took, left - took)))
    });
    Body::from_stream(chunks)
}

fn describe(response: &mut Response<Body>, file: &StoredFile, sender: Sender) {
    put(response, header::LAST_MODIFIED, &last_modified(file));
    put(response, header::ACCEPT_RANGES, "bytes");
    if sender == Sender::Disk {
        let encoded = utf8_percent_encode(&file.name, ATTR_CHAR);
        let disposition = format!("attachment; filename=\"{}\"; filename*=UTF-8''{encoded}", file.name);
        put(response, header::CONTENT_DISPOSITION, &disposition);
        put(response, header::CONTENT_TYPE, "application/octet-stream");
        put(response, HeaderName::from_static("content-transfer-encoding"), "binary");
        return;
    }
    put(response, header::ETAG, &format!("\"{}\"", file.archive.etag()));
    put(response, header::CONTENT_TYPE, "application/gzip");
    if sender == Sender::Proxy {
        put(response, header::CACHE_CONTROL, "max-age=0, private, must-revalidate");
    }
}

fn unsatisfiable(sender: Sender, size: u64) -> Response<Body> {
    let (kind, text) = match sender {
        Sender::Disk => ("text/plain; charset=utf-8", "invalid range: failed to overlap\n"),
        Sender::Store | Sender::Proxy => (
            "application/xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InvalidRange</Code><Message>The requested range is \
             not satisfiable</Message></Error>",
        ),
    };
    let mut response = answer::text(416, kind, text);
    put(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
    response
}

/// The requested range, considering If-Range. Several ranges at once are answered with the whole file, as S3 does.
fn part(file: &StoredFile, request: &HeaderMap, sender: Sender) -> Part {
    let text = |name| request.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(range) = text(header::RANGE) else { return Part::Whole };
    if let Some(condition) = text(header::IF_RANGE) {
        let etag = format!("\"{}\"", file.archive.etag());
        let same = condition == last_modified(file) || (sender != Sender::Disk && condition == etag);
        if !same {
            return Part::Whole;
        }
    }
    parse_range(range, file.archive.size_bytes())
}

fn parse_range(range: &str, size: u64) -> Part {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|spec| spec.split_once('-')) else {
        return Part::Whole;
    };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), _) if first >= size => Part::Unsatisfiable,
        (Ok(first), Ok(last)) if last >= first => Part::Bytes(first, last.min(size - 1)),
        (Ok(first), Err(_)) if last.trim().is_empty() => Part::Bytes(first, size - 1),
        (Err(_), Ok(0)) if first.is_empty() => Part::Unsatisfiable,
        (Err(_), Ok(suffix)) if first.is_empty() && size > 0 => {
            Part::Bytes(size.saturating_sub(suffix), size - 1)
        }
        _ => Part::Whole,
    }
}

fn last_modified(file: &StoredFile) -> String {
    http_date(file.stored_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        let cases = [
            ("bytes=0-9", Part::Bytes(0, 9)),
            ("bytes=90-", Part::Bytes(90, 99)),
            ("bytes=90-500", Part::Bytes(90, 99)),
            ("bytes=-10", Part::Bytes(90, 99)),
            ("bytes=-500", Part::Bytes(0, 99)),
            ("bytes=100-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=9-0", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("bytes=x", Part::Whole),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_range(text, 100), expected, "{text}");
        }
    }
}
