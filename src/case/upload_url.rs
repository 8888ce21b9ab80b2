//! Judges an upload URL before anything is sent: GitLab deletes the old file before it checks the URL, so a URL that
//! GitLab then rejects has already cost the customer a file.

use url::Url;

use super::time::UtcMs;
use super::web::{has_login, is_safe};

/// The largest object that one PUT can create on S3 (5 GiB); GitLab uploads in one request (issue 430277).
pub const SINGLE_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// A URL that may be passed to GitLab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptable {
    /// The host, which people and the journal may see; the rest of the URL is a secret.
    pub host: String,
    /// Warnings, which do not forbid the URL.
    pub warnings: Vec<String>,
}

/// Why a URL cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("The upload URL is not a URL.")]
    Unparsable,
    #[error("The upload URL is not https.")]
    NotHttps,
    #[error("The upload URL has no host.")]
    NoHost,
    #[error("The upload URL contains a username or password.")]
    UserInfo,
    #[error("The upload URL expired at {0}.")]
    Expired(UtcMs),
    #[error("The upload URL's expiry cannot be read.")]
    ExpiryUnreadable,
    #[error(
        "The upload URL's signature leaves out the content type, which GitLab sends as application/gzip."
    )]
    ContentTypeUnsigned,
}

impl Unusable {
    /// What to do about the problem.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Unparsable | Self::NoHost => {
                "Copy the whole presigned URL, from https:// to the end of its signature."
            }
            Self::NotHttps => "Ask the customer for an https URL.",
            Self::UserInfo => "Ask for a presigned URL without credentials in it.",
            Self::Expired(_) | Self::ExpiryUnreadable => {
                "Ask for a new presigned URL that stays valid longer than the export takes."
            }
            Self::ContentTypeUnsigned => {
                "Ask for a URL that is presigned with Content-Type application/gzip."
            }
        }
    }
}

/// Judges `text`. `loopback_too` accepts plain http to loopback hosts, for the practice GitLab.
pub fn judge(
    text: &str,
    export_bytes_about: Option<u64>,
    loopback_too: bool,
    now: UtcMs,
) -> Result<Acceptable, Unusable> {
    let url = Url::parse(text.trim()).map_err(|_not_a_url| Unusable::Unparsable)?;
    let host = url.host_str().ok_or(Unusable::NoHost)?.to_owned();
    if !(is_safe(&url) && (loopback_too || url.scheme() == "https")) {
        return Err(Unusable::NotHttps);
    }
    if has_login(&url) {
        return Err(Unusable::UserInfo);
    }
    let mut warnings = Vec::new();
    if let Some(expires_at) = expiry(&url)? {
        if expires_at <= now {
            return Err(Unusable::Expired(expires_at));
        }
        if expires_at.since_ms(now) < 3_600_000 {
            warnings.push(format!(
                "The upload URL expires at {}, which may be before the export ends.",
                expires_at.for_people()
            ));
        }
    }
    let signed = query(&url, "X-Amz-SignedHeaders").or_else(|| query(&url, "X-Goog-SignedHeaders"));
    if let Some(signed) = signed
        && !signed.split(';').any(|name| name.eq_ignore_ascii_case("content-type"))
    {
        return Err(Unusable::ContentTypeUnsigned);
    }
    if export_bytes_about.is_some_and(|bytes| bytes > SINGLE_PUT_BYTES) {
        warnings.push(
            "The project is larger than 5 GiB, the most that S3 accepts in one PUT. The upload will most likely fail.".into(),
        );
    }
    Ok(Acceptable { host, warnings })
}

/// When a presigned URL expires, by the parameters of AWS and Google (v4: date and seconds; v2: epoch seconds).
fn expiry(url: &Url) -> Result<Option<UtcMs>, Unusable> {
    for vendor in ["Amz", "Goog"] {
        let date = query(url, &format!("X-{vendor}-Date"));
        let seconds = query(url, &format!("X-{vendor}-Expires"));
        if let (Some(date), Some(seconds)) = (&date, &seconds) {
            let start = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date)
                .ok()
                .and_then(|at| at.to_zoned(jiff::tz::TimeZone::UTC).ok());
            let (Some(start), Ok(seconds)) = (start, seconds.parse::<u32>()) else {
                return Err(Unusable::ExpiryUnreadable);
            };
            return Ok(Some(UtcMs(start.timestamp().as_millisecond()).plus_ms(i64::from(seconds) * 1000)));
        }
    }
    match query(url, "Expires") {
        None => Ok(None),
        Some(text) => text
            .parse::<i64>()
            .map(|s| Some(UtcMs(s.saturating_mul(1000))))
            .map_err(|_not_a_number| Unusable::ExpiryUnreadable),
    }
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str = "https://bucket.s3.amazonaws.com/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261121T060000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Signature=00";

    fn at(text: &str) -> UtcMs {
        UtcMs::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn every_refusal_has_its_own_code() {
        let now = at("2026-11-21T07:00:00Z");
        let cases = [
            ("not a url", Unusable::Unparsable),
            ("http://bucket.example.com/key", Unusable::NotHttps),
            ("http://127.0.0.1:9/key", Unusable::NotHttps),
            ("ftp://bucket.example.com/key", Unusable::NotHttps),
            ("https://me:secret@bucket.example.com/key", Unusable::UserInfo),
            ("https://b.example.com/k?Expires=1000", Unusable::Expired(UtcMs(1_000_000))),
            ("https://b.example.com/k?Expires=soon", Unusable::ExpiryUnreadable),
            ("https://b.example.com/k?X-Amz-Date=x&X-Amz-Expires=1", Unusable::ExpiryUnreadable),
            (&SIGNED.replace("content-type%3B", ""), Unusable::ContentTypeUnsigned),
        ];
        for (text, expected) in cases {
            assert_eq!(judge(text, None, false, now), Err(expected), "{text}");
            assert!(!expected.hint().is_empty());
        }
    }

    #[test]
    fn a_good_url_passes_and_only_its_host_is_kept() {
        let good = judge(SIGNED, Some(1), false, at("2026-11-21T07:00:00Z")).unwrap();
        assert_eq!(good, Acceptable { host: "bucket.s3.amazonaws.com".into(), warnings: vec![] });
        assert!(judge("http://127.0.0.1:9/key", None, true, UtcMs(0)).is_ok());
        assert_eq!(judge("http://127.evil.example/key", None, true, UtcMs(0)), Err(Unusable::NotHttps));
    }

    #[test]
    fn expiry_counts_from_the_signature() {
        let late = judge(SIGNED, None, false, at("2026-11-22T06:00:00Z"));
        assert_eq!(late, Err(Unusable::Expired(at("2026-11-22T06:00:00Z"))));
        let soon = judge(SIGNED, Some(SINGLE_PUT_BYTES + 1), false, at("2026-11-22T05:30:00Z")).unwrap();
        assert_eq!(soon.warnings.len(), 2, "{:?}", soon.warnings);
    }
}
