//! A file that is streamed in: its head, checked, and its pieces.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE,
};

use super::answer::{content_type, correlation_id};
use super::disposition;
use super::error::{Error, ErrorKind, RequestPhase};
use super::transport;

/// Which part of a file to request, and which version the file must still have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// The first byte to send.
    pub from: u64,
    /// The last byte to send, inclusive; `None` means up to the end.
    pub to: Option<u64>,
    /// Sent as `If-Range`: a strong `ETag` or a `Last-Modified` date. If the file has changed, the server sends the
    /// whole file with 200.
    pub validator: Option<String>,
}

impl Resume {
    /// The request headers; an error where the validator is not a valid header value.
    pub(super) fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, ErrorKind> {
        let range = match self.to {
            Some(to) if to < self.from => {
                return Err(ErrorKind::Usage(format!("a range from {} to {to}", self.from)));
            }
            Some(to) => format!("bytes={}-{to}", self.from),
            None => format!("bytes={}-", self.from),
        };
        let header = |text: &str| {
            HeaderValue::from_str(text)
                .map_err(|_invalid| ErrorKind::Usage("a validator that no header can carry".to_owned()))
        };
        let mut headers = vec![(RANGE, header(&range)?)];
        if let Some(validator) = &self.validator {
            headers.push((IF_RANGE, header(validator)?));
        }
        Ok(headers)
    }
}

/// A parsed `Content-Range` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentRange {
    /// `bytes first-last/total`: `last` is inclusive, `total` is the size of the whole file where it is known.
    Part { first: u64, last: u64, total: Option<u64> },
    /// `bytes */total` of a 416: the size of the file.
    Unsatisfied { total: u64 },
}

impl ContentRange {
    fn parse(text: &str) -> Option<Self> {
        let (unit, rest) = text.trim().split_once(' ')?;
        let (range, total) = rest.trim().split_once('/')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        if range == "*" {
            return Some(Self::Unsatisfied { total: number(total)? });
        }
        let (first, last) = range.split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        let total = if total == "*" { None } else { Some(number(total)?) };
        (first <= last && total.is_none_or(|total| last < total)).then_some(Self::Part { first, last, total })
    }
}

/// Accepts only digits: `parse` would also accept a sign.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The headers of an answer with a file. An invalid header counts as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyHead {
    /// 200, 206 or 416; any other status is an [`Error`].
    pub status: u16,
    /// Length of this answer's body.
    pub content_length: Option<u64>,
    pub content_range: Option<ContentRange>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// Lower case, without parameters.
    pub content_type: Option<String>,
    /// Whether the server offers byte ranges.
    pub accept_ranges: bool,
    /// Whether the server says that it has compressed the file for the transfer (`Content-Encoding`).
    pub is_gzip_encoded: bool,
    /// From `Content-Disposition`, without a path.
    pub file_name: Option<String>,
    /// `X-Request-Id`.
    pub correlation_id: Option<String>,
}

impl BodyHead {
    pub(super) fn read(status: u16, headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| {
            let text = headers.get(name)?.to_str().ok()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        // File names can contain UTF-8, which `to_str` rejects.
        let disposition = headers.get(CONTENT_DISPOSITION).map(|v| String::from_utf8_lossy(v.as_bytes()));
        Self {
            status,
            content_length: text(CONTENT_LENGTH).as_deref().and_then(number),
            content_range: text(CONTENT_RANGE).as_deref().and_then(ContentRange::parse),
            etag: text(ETAG),
            last_modified: text(LAST_MODIFIED),
            content_type: content_type(headers),
            is_gzip_encoded: text(CONTENT_ENCODING).is_some_and(|coding| {
                ["gzip", "x-gzip"].iter().any(|gzip| coding.eq_ignore_ascii_case(gzip))
            }),
            accept_ranges: text(ACCEPT_RANGES).is_some_and(|unit| unit.eq_ignore_ascii_case("bytes")),
            file_name: disposition.and_then(|header| disposition::file_name(&header)),
            correlation_id: correlation_id(headers),
        }
    }

    /// The value for `If-Range` when resuming: a strong `ETag`, else the date. Weak `ETag`s do not compare bytes.
    pub fn validator(&self) -> Option<&str> {
        let strong = self.etag.as_deref().filter(|etag| etag.starts_with('"') && etag.ends_with('"'));
        strong.or(self.last_modified.as_deref())
    }
}

/// The body of a file that is being received.
pub struct Body {
    pub head: BodyHead,
    response: Box<reqwest::Response>,
    read_timeout: Duration,
    call: &'static str,
}

impl Body {
    pub(super) fn new(response: reqwest::Response, read_timeout: Duration, call: &'static str) -> Self {
        let head = BodyHead::read(response.status().as_u16(), response.headers());
        Self { head, response: Box::new(response), read_timeout, call }
    }

    /// The next piece; `None` at the announced end. An earlier end is [`ErrorKind::Cut`], a stall
    /// [`ErrorKind::TimedOut`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let failed = |kind, said| {
            let error = Error::new(self.call, kind).said(said);
            error.answered(self.head.status, self.head.correlation_id.clone())
        };
        match tokio::time::timeout(self.read_timeout, self.response.chunk()).await {
            Ok(Ok(piece)) => Ok(piece),
            Ok(Err(error)) => Err(failed(ErrorKind::Cut, transport::cause(&error))),
            Err(_elapsed) => Err(failed(ErrorKind::TimedOut { phase: RequestPhase::Body }, None)),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The response would print its URL, whose query is a secret.
        f.debug_struct("Body").field("head", &self.head).field("call", &self.call).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_are_understood_or_absent() {
        let part = |first, last, total| Some(ContentRange::Part { first, last, total });
        for (text, range) in [
            ("bytes 5-9/10", part(5, 9, Some(10))),
            ("BYTES 0-0/*", part(0, 0, None)),
            ("bytes */10", Some(ContentRange::Unsatisfied { total: 10 })),
            ("bytes 5-10/10", None),
            ("bytes 6-5/10", None),
            ("bytes +5-9/10", None),
            ("bytes 5-99999999999999999999999/*", None),
            ("bytes */*", None),
            ("items 5-9/10", None),
            ("bytes", None),
            ("", None),
        ] {
            assert_eq!(ContentRange::parse(text), range, "{text}");
        }
    }

    #[test]
    fn only_what_compares_bytes_validates_a_resume() {
        let head = |etag: &str, date: &str| BodyHead {
            etag: (!etag.is_empty()).then(|| etag.to_owned()),
            last_modified: (!date.is_empty()).then(|| date.to_owned()),
            ..BodyHead::default()
        };
        let date = "Sat, 21 Nov 2026 07:00:00 GMT";
        assert_eq!(head("\"a\"", date).validator(), Some("\"a\""));
        assert_eq!(head("W/\"a\"", date).validator(), Some(date));
        assert_eq!(head("W/\"a\"", "").validator(), None);
    }

    #[test]
    fn a_resume_asks_for_its_range() {
        let resume = Resume { from: 5, to: Some(9), validator: Some("\"a\"".to_owned()) };
        let headers = resume.headers().unwrap();
        assert_eq!(headers[0].1, "bytes=5-9");
        assert_eq!(headers[1], (IF_RANGE, HeaderValue::from_static("\"a\"")));
        assert_eq!(Resume { from: 5, ..Resume::default() }.headers().unwrap()[0].1, "bytes=5-");
        assert!(Resume { from: 5, to: Some(4), validator: None }.headers().is_err());
        assert!(Resume { validator: Some("a\nb".to_owned()), ..Resume::default() }.headers().is_err());
    }
}
