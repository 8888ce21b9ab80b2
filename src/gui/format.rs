//! Numbers and times as the window shows them. The exact value is always available on hover or by copying.

use crate::case::UtcMs;
pub use crate::case::format::{bytes, count, days, number_of, relative, speed, stretch, total};

/// When something is done that is due at this time: `in 25 s`, or `now`.
pub fn due(at: UtcMs, now: UtcMs) -> String {
    if at <= now { "now".to_owned() } else { relative(at, now) }
}

/// The name of a state on a chip, from its code: `some_failed` is `Some failed`.
pub fn state(code: &str) -> String {
    let mut words = code.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// A size that reads back as the same number of bytes: `5 GiB`, `1536 MiB`, `1000 B`.
pub fn exact_bytes(bytes: u64) -> String {
    let unit = [(30, "GiB"), (20, "MiB"), (10, "KiB")].into_iter();
    let whole = unit.filter(|(shift, _)| bytes > 0 && bytes.trailing_zeros() >= *shift);
    whole.map(|(shift, name)| format!("{} {name}", bytes >> shift)).next().unwrap_or(format!("{bytes} B"))
}

/// `2 min left`; `None` if the remaining time is not known.
pub fn left(seconds: Option<u64>) -> Option<String> {
    seconds.map(|s| format!("{} left", stretch((s as i64).saturating_mul(1000))))
}

/// `61 %`, and 100 only when complete.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".into();
    }
    let percent = (u128::from(part) * 100 / u128::from(whole)) as u64;
    format!("{} %", if part < whole { percent.min(99) } else { 100 })
}

/// Cuts the middle out of a long text, so that both ends stay visible: `/home/…/archive.tar.gz`.
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
    fn a_download_is_not_whole_before_its_last_byte() {
        assert_eq!(percent(999_999, 1_000_000), "99 %");
        assert_eq!(percent(1_000_000, 1_000_000), "100 %");
        assert_eq!(percent(5, 0), "0 %");
    }

    #[test]
    fn an_exact_size_is_read_back() {
        for (size, text) in [(5 << 30, "5 GiB"), (3 << 29, "1536 MiB"), (1000, "1000 B"), (0, "0 B")] {
            assert_eq!(exact_bytes(size), text);
            assert_eq!(crate::case::format::size_of(text).ok(), Some(size).filter(|size| *size > 0));
        }
    }

    #[test]
    fn long_paths_keep_both_ends() {
        assert_eq!(middle("short", 10), "short");
        let cut = middle("/home/engineer/Downloads/2026-11-21_acme_export.tar.gz", 24);
        assert_eq!(cut.chars().count(), 24);
        assert!(cut.starts_with("/home") && cut.ends_with("export.tar.gz"));
        assert_eq!(middle("漢字漢字漢字漢字", 6).chars().count(), 6);
    }
}
