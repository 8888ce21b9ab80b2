//! Numbers and times as people read them. The exact value is always one hover or one copy away.

use crate::case::UtcMs;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// `12.4 GiB`: binary units, one decimal from KiB on.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1023.95 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{size:.1} {}", UNITS[unit]) }
}

/// `38.2 MiB/s`.
pub fn speed(bytes_per_s: u64) -> String {
    format!("{}/s", bytes(bytes_per_s))
}

/// `1,234,567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 file`, `1,204 files`.
pub fn number_of(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A stretch of time in its two largest units: `45 s`, `3 min`, `2 h 10 min`, `4 days`, `73 years`.
pub fn stretch(ms: i64) -> String {
    let ms = ms.max(0);
    if ms < MINUTE_MS {
        format!("{} s", ms / 1000)
    } else if ms < HOUR_MS {
        format!("{} min", ms / MINUTE_MS)
    } else if ms < 10 * HOUR_MS {
        match (ms % HOUR_MS) / MINUTE_MS {
            0 => format!("{} h", ms / HOUR_MS),
            minutes => format!("{} h {minutes} min", ms / HOUR_MS),
        }
    } else if ms < 2 * DAY_MS {
        format!("{} h", ms / HOUR_MS)
    } else {
        days(ms / DAY_MS)
    }
}

/// `4 days`; from five years on `73 years`.
pub fn days(days: i64) -> String {
    const YEAR: f64 = 365.25;
    match days {
        1 => "1 day".to_owned(),
        _ if days as f64 >= 5.0 * YEAR => format!("{} years", (days as f64 / YEAR) as i64),
        _ => format!("{days} days"),
    }
}

/// `just now`, `3 min ago`, `in 2 h`.
pub fn relative(at: UtcMs, now: UtcMs) -> String {
    let ms = now.since_ms(at);
    if ms.abs() < MINUTE_MS {
        if ms >= 0 { "just now".into() } else { "in a moment".into() }
    } else if ms >= 0 {
        format!("{} ago", stretch(ms))
    } else {
        format!("in {}", stretch(-ms))
    }
}

/// `2 min left`; nothing where it is not known.
pub fn left(seconds: Option<u64>) -> Option<String> {
    seconds.map(|s| format!("{} left", stretch((s as i64).saturating_mul(1000))))
}

/// `61 %`, never 100 before the end.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".into();
    }
    let percent = (u128::from(part) * 100 / u128::from(whole)) as u64;
    format!("{} %", if part < whole { percent.min(99) } else { 100 })
}

/// The middle cut out of a long text, so that both ends are seen: `/home/…/archive.tar.gz`.
pub fn middle(text: &str, most_chars: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= most_chars || most_chars < 5 {
        return text.to_owned();
    }
    let head = (most_chars - 1) / 3;
    let tail = most_chars - 1 - head;
    let start: String = chars[..head].iter().collect();
    let end: String = chars[chars.len() - tail..].iter().collect();
    format!("{start}…{end}")
}

/// A URL without its scheme: `gitlab.com`, `127.0.0.1:4000`.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_years_are_not_told_in_days() {
        assert_eq!(days(26_702), "73 years");
        assert_eq!(relative(UtcMs(26_702 * DAY_MS + 5), UtcMs(0)), "in 73 years");
        assert_eq!((days(1_000), days(1)), ("1000 days".to_owned(), "1 day".to_owned()));
    }

    #[test]
    fn sizes_step_at_1024_and_never_show_1024() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1024), "1.0 KiB");
        assert_eq!(bytes(1024 * 1024 - 1), "1.0 MiB");
        assert_eq!(bytes(13_314_398_618), "12.4 GiB");
        assert_eq!(bytes(u64::MAX), "16384.0 PiB");
    }

    #[test]
    fn times_are_relative_both_ways() {
        let now = UtcMs(1_000_000_000_000);
        assert_eq!(relative(now, now), "just now");
        assert_eq!(relative(now.plus_ms(-3 * MINUTE_MS), now), "3 min ago");
        assert_eq!(relative(now.plus_ms(22 * HOUR_MS), now), "in 22 h");
        assert_eq!(relative(now.plus_ms(-(2 * HOUR_MS + 10 * MINUTE_MS)), now), "2 h 10 min ago");
        assert_eq!(relative(now.plus_ms(29 * DAY_MS), now), "in 29 days");
    }

    #[test]
    fn a_transfer_is_not_whole_before_its_last_byte() {
        assert_eq!(percent(999_999, 1_000_000), "99 %");
        assert_eq!(percent(1_000_000, 1_000_000), "100 %");
        assert_eq!(percent(5, 0), "0 %");
    }

    #[test]
    fn long_paths_keep_both_ends() {
        assert_eq!(middle("short", 10), "short");
        let cut = middle("/home/engineer/Downloads/2026-11-21_acme_export.tar.gz", 24);
        assert_eq!(cut.chars().count(), 24);
        assert!(cut.starts_with("/home") && cut.ends_with("export.tar.gz"));
        assert_eq!(middle("漢字漢字漢字漢字", 6).chars().count(), 6);
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(number_of(1, "file", "files"), "1 file");
        assert_eq!(number_of(1_204, "file", "files"), "1,204 files");
    }
}
