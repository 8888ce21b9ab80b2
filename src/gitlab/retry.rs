//! What is tried again, and after how long. The waiting itself is the caller's.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::error::ErrorKind;

/// Whether the same call may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    No,
    /// The server limits us, and says for how long (`None`: it does not).
    After(Option<Duration>),
    /// A failure that passes: see [`backoff`].
    WithBackoff,
}

/// The one place that decides what is tried again. For calls that change something, ask
/// [`Error::maybe_sent`](super::Error::maybe_sent) first. A refused storage link is not: the same link stays
/// refused, and asking GitLab for a new one is another call.
pub fn retry(kind: &ErrorKind) -> Retry {
    use ErrorKind as K;
    match kind {
        K::RateLimited { retry_after, .. } => Retry::After(*retry_after),
        K::Server { status } | K::UnexpectedAnswer { status, .. } | K::EmptyBody { status }
            if passes(*status) =>
        {
            Retry::WithBackoff
        }
        // The file may still be on its way to the store, or another node may see it.
        K::FileNotReady
        | K::WorkhorseFileMissing
        | K::Connect
        | K::Dns
        | K::TimedOut { .. }
        | K::NoAnswer
        | K::Cut => Retry::WithBackoff,
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
        | K::ProjectNotFoundOrNoAccess
        | K::ExportDisabled
        | K::RelationsDisabled
        | K::NoExportFile
        | K::NotFound
        | K::SizeLimit
        | K::TooLarge
        | K::UploadUrlRefused(_)
        | K::Parameter(_)
        | K::Conflict(_)
        | K::RedirectLoop
        | K::RedirectToHttp
        | K::RedirectRefused(_)
        | K::Tls
        | K::Local(_)
        | K::StorageDenied { .. } => Retry::No,
    }
}

/// Statuses of a trouble that passes. 501, 505 and 511 say that the request itself is wrong here.
fn passes(status: u16) -> bool {
    matches!(status, 408 | 425 | 500 | 502..=504 | 506..=510 | 512..=599)
}

/// How long to wait before attempt `attempt + 1` (the first retry has `attempt` 0): doubling from `base` up
/// to `cap`, of which `jitter` (0 to 1) picks a point in the upper half.
pub fn backoff(attempt: u32, base: Duration, cap: Duration, jitter: f64) -> Duration {
    let whole = base.saturating_mul(2_u32.saturating_pow(attempt.min(31))).min(cap);
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.5 };
    whole.mul_f64(f64::midpoint(1.0, jitter))
}

/// `Retry-After` as a waiting time: seconds, or a date measured against the answer's own `Date`, so that no
/// clock of ours is asked.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than fits is as good as for ever; the caller's patience decides.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}
