//! Sizes, counts, durations and times as text for people: one formatter each, for the window, the command line and
//! the texts.

use super::UtcMs;

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

/// Parses a size such as `5GiB`, `500 MiB` or `1048576`, in bytes. `G` and `GB` also mean GiB, as file managers show
/// sizes. The error is a sentence without its full stop.
pub fn size_of(text: &str) -> Result<u64, String> {
    let wrong = || format!("“{}” is not a size; for example 5GiB or 500MiB", text.trim());
    let text_end = text.trim().find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.trim().len());
    let (number, unit) = text.trim().split_at(text_end);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(wrong()),
    };
    let bytes = number.parse::<f64>().map_err(|_not_a_number| wrong())? * (1_u64 << shift) as f64;
    if bytes >= 1.0 && bytes < u64::MAX as f64 { Ok(bytes as u64) } else { Err(wrong()) }
}

/// The sum of numbers that another program wrote: a sum that is too large stays at the largest number.
pub fn total(numbers: impl IntoIterator<Item = u64>) -> u64 {
    numbers.into_iter().fold(0, u64::saturating_add)
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

/// A duration in one unit, spelled out for texts: `6 minutes`, `24 hours`, `1 day`, `30 days`. The remainder is cut
/// off; the unit is days from two days on.
pub fn duration_in_words(ms: i64) -> String {
    let number = |unit_ms: i64, one: &str, many: &str| number_of((ms.max(0) / unit_ms) as u64, one, many);
    if ms >= 2 * DAY_MS {
        number(DAY_MS, "day", "days")
    } else if ms >= HOUR_MS {
        number(HOUR_MS, "hour", "hours")
    } else {
        number(MINUTE_MS, "minute", "minutes")
    }
}

/// A duration in its two largest units: `45 s`, `3 min`, `2 h 10 min`, `4 days`, `73 years`.
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

/// A number of days: `4 days`; from five years on in years: `73 years`.
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
        // What was said to be in three days is not in two a moment later.
        format!("in {}", stretch(-ms + MINUTE_MS / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_years_are_not_shown_in_days() {
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
    fn a_typed_size_has_a_unit_or_is_bytes() {
        for (typed, size) in [
            ("5GiB", 5 << 30),
            (" 500 MiB ", 500 << 20),
            ("1048576", 1 << 20),
            ("0.5 kb", 512),
            ("1.5G", 3 << 29),
        ] {
            assert_eq!(size_of(typed), Ok(size), "{typed}");
        }
        for typed in ["", "five", "GiB", "-1", "0", "1.2.3", "99999999TiB", "5 parsecs", "nan", "∞"] {
            assert!(size_of(typed).unwrap_err().contains("is not a size"), "{typed}");
        }
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
    fn counts_are_grouped() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(number_of(1, "file", "files"), "1 file");
        assert_eq!(number_of(1_204, "file", "files"), "1,204 files");
    }

    #[test]
    fn texts_spell_durations_out() {
        let said =
            [0, 60_000, HOUR_MS, 24 * HOUR_MS, 47 * HOUR_MS, 2 * DAY_MS, 30 * DAY_MS].map(duration_in_words);
        assert_eq!(said, ["0 minutes", "1 minute", "1 hour", "24 hours", "47 hours", "2 days", "30 days"]);
    }
}
