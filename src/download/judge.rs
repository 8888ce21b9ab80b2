//! One pure function judges every answer of a server: append, rewrite, already complete, or refuse.

use super::identity::Identity;
use crate::gitlab::{BodyHead, ContentRange};

/// What was requested, and what is known of the file so far.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// The `Range` that was sent, if one was: first byte, and the end (exclusive) if there was one.
    pub range: Option<(u64, Option<u64>)>,
    /// The file whose bytes are in the `.part` file; empty before the first answer.
    pub known: Identity,
}

/// What to do with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The body contains bytes `at..end` of the known file.
    Append { at: u64, end: u64, total: Option<u64> },
    /// The body is the whole file from its first byte, so the bytes on disk are discarded.
    Rewrite { total: Option<u64>, why: RewriteReason },
    /// The server says that the file ends exactly where our bytes end.
    AlreadyComplete { total: u64 },
    /// The body must not be written to the file.
    Refuse(RangeRefusal),
}

/// Why a body starts at the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewriteReason {
    /// The whole file was requested.
    WholeFile,
    /// A part was requested, but the server does not support ranges.
    RangeIgnored,
    /// A part was requested with `If-Range`, but the file has changed.
    FileChanged,
}

/// Why an answer was refused, each with its sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeRefusal {
    #[error("the server sent bytes {got}, but the request was for bytes from {asked}")]
    ForeignRange { asked: u64, got: String },
    #[error("the server's Content-Range ({0}) does not fit its Content-Length")]
    InconsistentRange(String),
    #[error("the server sent a part of the file without a usable Content-Range")]
    RangeMissing,
    #[error("the server sent only a part of the file, but the request was for the whole file")]
    RangeUnasked,
    #[error("the server sent a multipart answer to a request for one range")]
    Multipart,
    #[error("the file on the server has changed since the download started ({0})")]
    FileChanged(Difference),
    #[error("the server sent {0} instead of an archive")]
    NotAnArchive(&'static str),
    #[error("the download link is no longer valid (HTTP {0})")]
    LinkExpired(u16),
    #[error("the storage does not have the file (HTTP {0})")]
    FileGone(u16),
    #[error("the server requested a later retry (HTTP {0})")]
    Busy(u16),
    #[error("the server rejected the requested range (HTTP 416)")]
    RangeRefused,
    #[error("the server answered with the unexpected status HTTP {0}")]
    Status(u16),
}

/// What differs between two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    Etag,
    Size,
    LastModified,
    /// The server said only that our condition is not fulfilled.
    Condition,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Etag => "its ETag differs",
            Self::Size => "its size differs",
            Self::LastModified => "its date differs",
            Self::Condition => "it is not the requested part",
        })
    }
}

/// What follows a refused answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send the same request again, later.
    Retry,
    /// Get a new link from GitLab, then resume.
    AskAgain,
    /// Discard the bytes and start over.
    StartOver,
    /// Request the same bytes again, but without parallel parts.
    OneStream,
}

impl RangeRefusal {
    /// What follows; retries are always limited.
    pub fn next(&self) -> Next {
        match self {
            Self::FileChanged(_) => Next::StartOver,
            Self::LinkExpired(_) | Self::FileGone(_) | Self::NotAnArchive(_) => Next::AskAgain,
            Self::Multipart
            | Self::RangeMissing
            | Self::RangeRefused
            | Self::ForeignRange { .. }
            | Self::InconsistentRange(_) => Next::OneStream,
            Self::RangeUnasked | Self::Busy(_) | Self::Status(_) => Next::Retry,
        }
    }
}

/// Judges the head of an answer against the request. The body is not read before.
pub fn judge(expected: &Expectation, answer: &BodyHead) -> Judgement {
    match answer.status {
        200 => whole(expected, answer),
        206 => part(expected, answer),
        416 => unsatisfiable(expected, answer),
        412 => Judgement::Refuse(RangeRefusal::FileChanged(Difference::Condition)),
        400 | 401 | 403 => Judgement::Refuse(RangeRefusal::LinkExpired(answer.status)),
        404 | 410 => Judgement::Refuse(RangeRefusal::FileGone(answer.status)),
        408 | 425 | 429 | 500..=599 => Judgement::Refuse(RangeRefusal::Busy(answer.status)),
        other => Judgement::Refuse(RangeRefusal::Status(other)),
    }
}

/// The name of the content if it is a page, an error document or an API message; `None` for everything that may be an
/// archive.
fn foreign_content(answer: &BodyHead) -> Option<&'static str> {
    match answer.content_type.as_deref()? {
        "text/html" | "application/xhtml+xml" => Some("a web page"),
        "application/json" | "text/json" => Some("a JSON message"),
        "application/xml" | "text/xml" => Some("an XML message"),
        _ => None,
    }
}

fn whole(expected: &Expectation, answer: &BodyHead) -> Judgement {
    if let Some(what) = foreign_content(answer) {
        return Judgement::Refuse(RangeRefusal::NotAnArchive(what));
    }
    let why = match expected.range {
        None => RewriteReason::WholeFile,
        Some(_) if expected.known.difference(&Identity::of(answer)).is_some() => RewriteReason::FileChanged,
        Some(_) => RewriteReason::RangeIgnored,
    };
    Judgement::Rewrite { total: answer.content_length, why }
}

fn part(expected: &Expectation, answer: &BodyHead) -> Judgement {
    if let Some(what) = foreign_content(answer) {
        return Judgement::Refuse(RangeRefusal::NotAnArchive(what));
    }
    let Some((asked, asked_end)) = expected.range else {
        return Judgement::Refuse(RangeRefusal::RangeUnasked);
    };
    let Some(ContentRange::Part { first, last, total }) = answer.content_range else {
        let multipart = answer.content_type.as_deref().is_some_and(|kind| kind.starts_with("multipart/"));
        return Judgement::Refuse(if multipart {
            RangeRefusal::Multipart
        } else {
            RangeRefusal::RangeMissing
        });
    };
    let end = last.saturating_add(1);
    let got = format!("{first}-{last}");
    if answer.content_length.is_some_and(|length| length != end - first) {
        return Judgement::Refuse(RangeRefusal::InconsistentRange(got));
    }
    if first != asked || asked_end.is_some_and(|asked_end| end > asked_end) {
        return Judgement::Refuse(RangeRefusal::ForeignRange { asked, got });
    }
    let told = Identity { total, ..Identity::of(answer) };
    if let Some(difference) = expected.known.difference(&told) {
        return Judgement::Refuse(RangeRefusal::FileChanged(difference));
    }
    Judgement::Append { at: first, end, total: total.or(expected.known.total) }
}

fn unsatisfiable(expected: &Expectation, answer: &BodyHead) -> Judgement {
    let Some((asked, _)) = expected.range else { return Judgement::Refuse(RangeRefusal::Status(416)) };
    let total = match answer.content_range {
        Some(ContentRange::Unsatisfied { total }) => Some(total),
        _ => None,
    };
    match (total, expected.known.total) {
        (Some(total), Some(known)) if total != known => {
            Judgement::Refuse(RangeRefusal::FileChanged(Difference::Size))
        }
        (Some(total), _) if total == asked => Judgement::AlreadyComplete { total },
        // The server's file is shorter than the part that we have, so it is another file.
        (Some(total), None) if total < asked => {
            Judgement::Refuse(RangeRefusal::FileChanged(Difference::Size))
        }
        (None, None) if asked > 0 => Judgement::Refuse(RangeRefusal::FileChanged(Difference::Condition)),
        _ => Judgement::Refuse(RangeRefusal::RangeRefused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Identity {
        Identity { etag: Some("\"a\"".into()), total: Some(100), last_modified: None }
    }

    fn answer(status: u16) -> BodyHead {
        BodyHead { status, etag: Some("\"a\"".into()), ..BodyHead::default() }
    }

    fn partial(first: u64, last: u64, total: Option<u64>, length: Option<u64>) -> BodyHead {
        let content_range = Some(ContentRange::Part { first, last, total });
        BodyHead { content_range, content_length: length, ..answer(206) }
    }

    fn resume() -> Expectation {
        Expectation { range: Some((40, None)), known: known() }
    }

    #[test]
    fn our_part_is_appended() {
        let verdict = judge(&resume(), &partial(40, 99, Some(100), Some(60)));
        assert_eq!(verdict, Judgement::Append { at: 40, end: 100, total: Some(100) });
        let unknown = judge(&resume(), &partial(40, 99, None, None));
        assert_eq!(unknown, Judgement::Append { at: 40, end: 100, total: Some(100) });
        let short = Expectation { range: Some((40, Some(60))), known: known() };
        let verdict = judge(&short, &partial(40, 49, Some(100), Some(10)));
        assert_eq!(verdict, Judgement::Append { at: 40, end: 50, total: Some(100) });
    }

    #[test]
    fn parts_that_are_not_ours_are_refused() {
        for (first, last, length) in [
            (0, 99, Some(100)),
            (41, 99, Some(59)),
            (40, 99, Some(59)),
            (39, 99, None),
            (40, u64::MAX, Some(60)),
        ] {
            let verdict = judge(&resume(), &partial(first, last, None, length));
            let Judgement::Refuse(refusal) = verdict else { panic!("{first}-{last}: {verdict:?}") };
            assert_eq!(refusal.next(), Next::OneStream, "{first}-{last}");
            assert!(matches!(
                refusal,
                RangeRefusal::ForeignRange { .. } | RangeRefusal::InconsistentRange(_)
            ));
        }
        let beyond = Expectation { range: Some((40, Some(50))), known: known() };
        let verdict = judge(&beyond, &partial(40, 99, Some(100), None));
        assert!(matches!(verdict, Judgement::Refuse(RangeRefusal::ForeignRange { .. })));
        assert_eq!(judge(&resume(), &answer(206)), Judgement::Refuse(RangeRefusal::RangeMissing));
        let multipart = BodyHead { content_type: Some("multipart/byteranges".into()), ..answer(206) };
        assert_eq!(judge(&resume(), &multipart), Judgement::Refuse(RangeRefusal::Multipart));
        let unasked = judge(&Expectation::default(), &partial(0, 99, Some(100), Some(100)));
        assert_eq!(unasked, Judgement::Refuse(RangeRefusal::RangeUnasked));
    }

    #[test]
    fn another_file_is_never_appended() {
        let other = BodyHead { etag: Some("\"b\"".into()), ..partial(40, 99, Some(100), Some(60)) };
        assert_eq!(judge(&resume(), &other), Judgement::Refuse(RangeRefusal::FileChanged(Difference::Etag)));
        let nameless = BodyHead { etag: None, ..partial(40, 99, Some(100), Some(60)) };
        assert_eq!(
            judge(&resume(), &nameless),
            Judgement::Refuse(RangeRefusal::FileChanged(Difference::Etag))
        );
        let longer = partial(40, 100, Some(101), Some(61));
        assert_eq!(judge(&resume(), &longer), Judgement::Refuse(RangeRefusal::FileChanged(Difference::Size)));
        let dated = Expectation {
            range: Some((40, None)),
            known: Identity { etag: None, last_modified: Some("Mon".into()), total: Some(100) },
        };
        let newer =
            BodyHead { etag: None, last_modified: Some("Tue".into()), ..partial(40, 99, Some(100), None) };
        assert_eq!(
            judge(&dated, &newer),
            Judgement::Refuse(RangeRefusal::FileChanged(Difference::LastModified))
        );
        assert_eq!(
            judge(&resume(), &answer(412)),
            Judgement::Refuse(RangeRefusal::FileChanged(Difference::Condition))
        );
        assert_eq!(RangeRefusal::FileChanged(Difference::Etag).next(), Next::StartOver);
    }

    #[test]
    fn a_whole_body_rewrites_and_says_why() {
        let sized =
            |etag: &str, length| BodyHead { etag: Some(etag.into()), content_length: length, ..answer(200) };
        for (expected, head, total, why) in [
            (Expectation::default(), sized("\"a\"", Some(100)), Some(100), RewriteReason::WholeFile),
            (Expectation::default(), sized("\"a\"", None), None, RewriteReason::WholeFile),
            (resume(), sized("\"a\"", Some(100)), Some(100), RewriteReason::RangeIgnored),
            (resume(), sized("\"b\"", Some(100)), Some(100), RewriteReason::FileChanged),
            (resume(), sized("\"a\"", Some(99)), Some(99), RewriteReason::FileChanged),
        ] {
            assert_eq!(judge(&expected, &head), Judgement::Rewrite { total, why });
        }
    }

    #[test]
    fn pages_and_messages_are_no_archives() {
        for kind in ["text/html", "application/json", "application/xml", "text/xml"] {
            for status in [200, 206] {
                let head = BodyHead { content_type: Some(kind.into()), ..answer(status) };
                let verdict = judge(&resume(), &head);
                assert!(
                    matches!(verdict, Judgement::Refuse(RangeRefusal::NotAnArchive(_))),
                    "{kind} {status}"
                );
            }
        }
        for kind in
            ["application/gzip", "application/octet-stream", "binary/octet-stream", "application/x-tar"]
        {
            let head = BodyHead { content_type: Some(kind.into()), ..answer(200) };
            assert!(matches!(judge(&Expectation::default(), &head), Judgement::Rewrite { .. }), "{kind}");
        }
    }

    #[test]
    fn an_unsatisfiable_range_states_the_size() {
        let at = |asked, known_total, range: Option<u64>| {
            let known = Identity { total: known_total, ..Identity::default() };
            let head = BodyHead {
                content_range: range.map(|total| ContentRange::Unsatisfied { total }),
                ..answer(416)
            };
            judge(&Expectation { range: Some((asked, None)), known }, &head)
        };
        assert_eq!(at(100, None, Some(100)), Judgement::AlreadyComplete { total: 100 });
        assert_eq!(at(100, Some(100), Some(100)), Judgement::AlreadyComplete { total: 100 });
        assert_eq!(at(0, None, Some(0)), Judgement::AlreadyComplete { total: 0 });
        let changed = |difference| Judgement::Refuse(RangeRefusal::FileChanged(difference));
        assert_eq!(at(40, Some(100), Some(90)), changed(Difference::Size));
        assert_eq!(at(100, None, Some(90)), changed(Difference::Size));
        assert_eq!(at(40, None, None), changed(Difference::Condition));
        assert_eq!(at(40, Some(100), Some(100)), Judgement::Refuse(RangeRefusal::RangeRefused));
    }

    #[test]
    fn every_status_has_one_outcome() {
        for status in 100..=599u16 {
            let verdict = judge(&resume(), &answer(status));
            let next = match &verdict {
                Judgement::Refuse(refusal) => Some(refusal.next()),
                _ => None,
            };
            let expected = match status {
                200 => None,
                206 | 416 => Some(Next::OneStream),
                400 | 401 | 403 | 404 | 410 => Some(Next::AskAgain),
                412 => Some(Next::StartOver),
                _ => Some(Next::Retry),
            };
            assert_eq!(next, expected, "{status}: {verdict:?}");
        }
    }
}
