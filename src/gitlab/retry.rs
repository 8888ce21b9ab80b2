//! Decides what to retry, and after how long. The caller waits.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::error::{Error, ErrorKind};

/// The longest wait that a server can demand, and that this program ever makes: a day. A server's value is limited
/// when it is parsed, so that no sum of times can overflow.
pub const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// A wait multiplied by a factor, limited to [`LONGEST_WAIT`].
pub fn scaled(wait: Duration, factor: f64) -> Duration {
    let secs = (wait.as_secs_f64() * factor).max(0.0).min(LONGEST_WAIT.as_secs_f64());
    Duration::try_from_secs_f64(secs).unwrap_or_default()
}

/// Whether the same call may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    No,
    /// The server limits our calls, and says for how long (`None` if it does not say).
    After(Option<Duration>),
    /// A temporary failure: see [`backoff`].
    WithBackoff,
}

/// The only place that decides what is retried. For calls that change something, check
/// [`Error::maybe_sent`](super::Error::maybe_sent) first. A rejected storage link is not retried: it stays rejected,
/// and getting a new link from GitLab is another call.
pub fn retry(kind: &ErrorKind) -> Retry {
    use ErrorKind as K;
    match kind {
        K::RateLimited { retry_after, .. } => Retry::After(*retry_after),
        K::Server { status }
        | K::UnexpectedAnswer { status, .. }
        | K::EmptyBody { status }
        | K::HtmlInsteadOfJson { status, .. }
            if passes(*status) =>
        {
            Retry::WithBackoff
        }
        // GitLab may still be storing the file, or another node may see it.
        K::FileNotReady
        | K::WorkhorseFileMissing
        | K::Locked
        | K::Connect
        | K::Dns
        | K::TimedOut { .. }
        | K::NoAnswer
        | K::Cut => Retry::WithBackoff,
        // A proxy's page with 200 (sign-in, maintenance) or its challenge with 403 may be gone at the next try.
        K::HtmlInsteadOfJson { status, .. } if matches!(*status, 200..=299 | 403) => Retry::WithBackoff,
        K::Server { .. }
        | K::UnexpectedAnswer { .. }
        | K::EmptyBody { .. }
        | K::HtmlInsteadOfJson { .. }
        | K::Usage(_)
        | K::TokenRejected
        | K::TokenExpired
        | K::TokenRevoked
        | K::ScopeMissing { .. }
        | K::RoleTooLow
        | K::Forbidden
        | K::PermissionMissing { .. }
        | K::DpopRequired
        | K::Denied(_)
        | K::ImportSourceOff
        | K::ReadOnly
        | K::ProjectNotFoundOrNoAccess
        | K::ProjectMoved
        | K::ExportDisabled
        | K::RelationsDisabled
        | K::NoExportFile
        | K::NotFound
        | K::SizeLimit
        | K::ExportRefused
        | K::TooLarge
        | K::UploadUrlRefused(_)
        | K::Parameter(_)
        | K::Conflict(_)
        | K::NoRepository
        | K::Git
        | K::RedirectLoop
        | K::RedirectToHttp
        | K::RedirectRefused(_)
        | K::Tls
        | K::NoTls
        | K::Local(_)
        | K::StorageDenied { .. } => Retry::No,
    }
}

/// What is known of a failed request that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// GitLab certainly has not accepted it.
    Not,
    /// GitLab may have accepted it, and sending it again could do harm.
    Unknown,
    /// GitLab may have accepted it. A search found nothing, and sending it again does no harm.
    Searched,
}

/// The only place that decides from the error whether a request that changes something is sent again.
pub fn is_sent_again(error: &Error, arrival: Arrival) -> bool {
    // The user should see a web page that came instead of JSON, so it is not retried.
    let is_page = matches!(error.kind, ErrorKind::HtmlInsteadOfJson { .. });
    !is_page && arrival != Arrival::Unknown && retry(&error.kind) != Retry::No
}

/// Statuses of temporary failures. 501, 505 and 511 mean that the request itself is wrong.
fn passes(status: u16) -> bool {
    matches!(status, 408 | 425 | 500 | 502..=504 | 506..=510 | 512..=599)
}

/// How long to wait before attempt `attempt + 1` (0 for the first retry). Doubles from `base` up to `cap`; `jitter`
/// (0 to 1) picks a point in the upper half.
pub fn backoff(attempt: u32, base: Duration, cap: Duration, jitter: f64) -> Duration {
    let whole = base.saturating_mul(2_u32.saturating_pow(attempt.min(31))).min(cap);
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.5 };
    scaled(whole, f64::midpoint(1.0, jitter))
}

/// `Retry-After` as a duration: seconds, or a date compared with the answer's own `Date`, so that our clock does not
/// matter. At most [`LONGEST_WAIT`]; zero for a date in the past.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too large counts as the longest wait; the caller decides whether to wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)).min(LONGEST_WAIT));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(until.duration_since(now).unwrap_or(Duration::ZERO).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::super::answer::Raw;
    use super::super::error::RequestPhase;
    use super::super::refusal::{Family, classify, classify_storage};
    use super::*;

    /// The statuses of temporary failures, spelled out.
    const PASSING: [std::ops::RangeInclusive<u16>; 6] =
        [408..=408, 425..=425, 500..=500, 502..=504, 506..=510, 512..=599];

    #[test]
    fn every_status_is_decided_the_same_whatever_its_body() {
        let bodies = [
            ("application/json", r#"{"message":"words"}"#),
            ("application/json", ""),
            ("text/html", "<html>"),
            ("text/plain", "words"),
            ("application/xml", "<Error><Code>Words</Code></Error>"),
        ];
        let families = [
            Family::Plain,
            Family::Project,
            Family::Export,
            Family::ExportFile,
            Family::Relations,
            Family::RelationFile,
            Family::Import,
        ];
        for status in 100..=599 {
            let expected = match status {
                429 => Retry::After(None),
                _ if PASSING.iter().any(|range| range.contains(&status)) => Retry::WithBackoff,
                _ => Retry::No,
            };
            for (kind, body) in bodies {
                // A page with a success status may come from a proxy, and be gone at the next try.
                let page = kind == "text/html" && matches!(status, 200..=299 | 403);
                let of_api = if page { Retry::WithBackoff } else { expected };
                let mut headers = HeaderMap::new();
                headers.insert("content-type", HeaderValue::from_static(kind));
                let raw = Raw { status, headers, body: body.into() };
                for family in families {
                    let kind = classify(family, true, &raw).0;
                    assert_eq!(retry(&kind), of_api, "{status} {body} {family:?}: {kind:?}");
                }
                let kind = classify_storage(&raw).0;
                assert_eq!(retry(&kind), expected, "{status} {body} from storage: {kind:?}");
            }
        }
    }

    #[test]
    fn a_request_is_sent_again_only_where_that_does_no_harm() {
        for status in 100..=599 {
            for (kind, body) in [("application/json", r#"{"message":"words"}"#), ("text/html", "<html>")] {
                let mut headers = HeaderMap::new();
                headers.insert("content-type", HeaderValue::from_static(kind));
                let raw = Raw { status, headers, body: body.into() };
                let kind = classify(Family::Export, true, &raw).0;
                let passes = retry(&kind) != Retry::No;
                let is_page = matches!(kind, ErrorKind::HtmlInsteadOfJson { .. });
                let error = Error::new("POST", kind).answered(status, None);
                assert!(!is_sent_again(&error, Arrival::Unknown), "{error}");
                for arrival in [Arrival::Not, Arrival::Searched] {
                    assert_eq!(is_sent_again(&error, arrival), passes && !is_page, "{arrival:?} {error}");
                }
                // A read call is retried even after a page with a success status.
                assert!(passes || !is_page || !(200..300).contains(&status), "{error}");
            }
        }
    }

    #[test]
    fn every_failure_without_a_refusal_is_decided() {
        use ErrorKind as K;
        let text = || "x".to_owned();
        for (kind, expected) in [
            (K::Connect, Retry::WithBackoff),
            (K::Dns, Retry::WithBackoff),
            (K::NoAnswer, Retry::WithBackoff),
            (K::Cut, Retry::WithBackoff),
            (K::TimedOut { phase: RequestPhase::Connect }, Retry::WithBackoff),
            (K::TimedOut { phase: RequestPhase::ApiAnswer }, Retry::WithBackoff),
            (K::TimedOut { phase: RequestPhase::Body }, Retry::WithBackoff),
            (K::FileNotReady, Retry::WithBackoff),
            (K::WorkhorseFileMissing, Retry::WithBackoff),
            (K::Locked, Retry::WithBackoff),
            (K::Tls, Retry::No),
            (K::NoTls, Retry::No),
            (K::RedirectLoop, Retry::No),
            (K::RedirectToHttp, Retry::No),
            (K::RedirectRefused(text()), Retry::No),
            (K::Local(text()), Retry::No),
            (K::Usage(text()), Retry::No),
            (K::NoExportFile, Retry::No),
            (K::EmptyBody { status: 200 }, Retry::No),
            (K::HtmlInsteadOfJson { status: 200, ray: None }, Retry::WithBackoff),
            (K::HtmlInsteadOfJson { status: 403, ray: None }, Retry::WithBackoff),
            (K::HtmlInsteadOfJson { status: 404, ray: None }, Retry::No),
        ] {
            assert_eq!(retry(&kind), expected, "{kind:?}");
        }
        let limited = K::RateLimited { retry_after: Some(Duration::from_secs(7)), app_limit: true };
        assert_eq!(retry(&limited), Retry::After(Some(Duration::from_secs(7))));
    }

    #[test]
    fn no_factor_makes_a_wait_too_long_or_negative() {
        let second = Duration::from_secs(1);
        assert_eq!(scaled(second, 0.25), Duration::from_millis(250));
        for (wait, factor) in [(second, f64::INFINITY), (Duration::MAX, 1e300), (Duration::MAX, 1.0)] {
            assert_eq!(scaled(wait, factor), LONGEST_WAIT, "{factor}");
        }
        for factor in [-1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(scaled(second, factor), Duration::ZERO, "{factor}");
        }
    }

    #[test]
    fn backoff_doubles_up_to_its_cap_and_never_overflows() {
        let (base, cap) = (Duration::from_secs(1), Duration::from_secs(30));
        let at = |attempt, jitter| backoff(attempt, base, cap, jitter);
        assert_eq!([at(0, 1.0), at(1, 1.0), at(2, 1.0)], [1, 2, 4].map(Duration::from_secs));
        assert_eq!([at(0, 0.0), at(1, 0.0)], [500, 1000].map(Duration::from_millis));
        assert_eq!([at(9, 1.0), at(u32::MAX, 1.0)], [cap, cap]);
        for jitter in [f64::NAN, f64::INFINITY, -1.0, 9.0] {
            assert!(at(3, jitter) <= Duration::from_secs(8), "{jitter}");
        }
        assert_eq!(backoff(u32::MAX, Duration::MAX, cap, 1.0), cap);
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date_against_the_answers_own() {
        let date = "Sat, 21 Nov 2026 07:00:00 GMT";
        let wait = |after: &'static str, date: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(after));
            date.map(|date| headers.insert(DATE, HeaderValue::from_static(date)));
            retry_after(&headers).map(|wait| wait.as_secs())
        };
        assert_eq!(wait("60", None), Some(60));
        assert_eq!(wait("Sat, 21 Nov 2026 07:01:30 GMT", Some(date)), Some(90));
        assert_eq!(wait("Sat, 21 Nov 2026 06:00:00 GMT", Some(date)), Some(0));
        assert_eq!(wait("Sat, 21 Nov 2026 07:01:30 GMT", None), None);
        assert_eq!(wait("Fri, 31 Dec 9999 23:59:59 GMT", Some(date)), Some(LONGEST_WAIT.as_secs()));
        for endless in ["86401", "18446744073709551615", "99999999999999999999999"] {
            assert_eq!(wait(endless, None), Some(LONGEST_WAIT.as_secs()), "{endless}");
        }
        for nonsense in ["-1", "+5", "1.5", "soon", ""] {
            assert_eq!(wait(nonsense, Some(date)), None, "{nonsense}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
