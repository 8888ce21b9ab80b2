//! Times as people type and paste them.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use crate::case::refusal::{Refusal, Rule};
use crate::case::rules::{DAY_MS, HOUR_MS};
use crate::case::time::UtcMs;

/// Reads a time in a common form: RFC 3339, `2026-11-21 08:54 UTC`, `Nov 21, 2026 @ 08:54:00.000 +02:00`, `21 Nov
/// 2026 8:54 am GMT-5`, `… CET`, `… Europe/Berlin`, the form of mail headers and that of `date`. The text must
/// contain its zone, since a guess would move the evidence by hours; day and month must not be two bare numbers.
pub fn parse_time(text: &str) -> Result<UtcMs, Refusal> {
    read_time(text).map_err(|no| no.refusal)
}

/// Why a text is not accepted as a time.
#[derive(Debug)]
pub(super) struct NoTime {
    pub refusal: Refusal,
    /// The text is a valid time except that the zone is missing.
    pub lacks_zone: bool,
}

/// Same as [`parse_time`], but reports whether only the zone is missing.
pub(super) fn read_time(text: &str) -> Result<UtcMs, NoTime> {
    let shown: String = text.trim().chars().take(60).collect();
    let no = |why: &str| NoTime {
        refusal: Refusal::new(
            Rule::TimeWithZone,
            format!("{shown:?} {why}."),
            "Write the time like 2026-11-21T08:54:00Z or 2026-11-21 08:54 +02:00.",
        ),
        lacks_zone: false,
    };
    if text.len() > 100 {
        return Err(no("is too long for a time"));
    }
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return Err(no("is not a time with a time zone"));
    }
    let words = words(text);
    if let Some((zone, offset)) = words.iter().find_map(|word| ambiguous(word)) {
        let mut unclear = no(&format!("is ambiguous: {zone} means several time zones"));
        unclear.refusal.hint = format!("Write the time zone as an offset, such as {offset}.").into();
        return Err(unclear);
    }
    let (mut zones, mut rest) = (Vec::new(), Vec::new());
    for word in &words {
        match zone(word) {
            Some(zone) => zones.push(zone),
            None => rest.push(word.as_str()),
        }
    }
    let Some(civil) = civil(&rest.join(" ")) else {
        return Err(match (no_such_day(&rest), zones.is_empty()) {
            (Some(why), _) => no(&format!("is not a date: {why}")),
            (None, true) => no("is not a time with a time zone"),
            (None, false) => no("is not a time in a known format"),
        });
    };
    let at = match zones.as_slice() {
        [] => return Err(NoTime { lacks_zone: true, ..no("has no time zone") }),
        [one] => one.at(civil),
        // `UTC +02:00`: the offset is relative to UTC.
        [Zone::Offset(0), offset] => offset.at(civil),
        // `+01:00[Europe/Berlin]`: both must agree.
        [offset @ Zone::Offset(_), named @ Zone::Named(_)]
            if offset.at(civil).is_ok_and(|at| named.at(civil) == Ok(at)) =>
        {
            offset.at(civil)
        }
        _ => return Err(no("names more than one time zone")),
    };
    at.map_err(|why| no(&why))
}

/// Same as [`parse_time`], and accepts relative forms: `now`, `20 minutes ago`, `14:05 UTC`, `yesterday 3pm +02:00`.
/// A clock time without a date is on the current date in its own zone.
pub fn parse_time_near(text: &str, now: UtcMs) -> Result<UtcMs, Refusal> {
    let whole = parse_time(text);
    if whole.is_ok() { whole } else { near(text, now).unwrap_or(whole) }
}

fn near(text: &str, now: UtcMs) -> Option<Result<UtcMs, Refusal>> {
    let lower = text.trim().to_ascii_lowercase();
    if lower.len() > 100 {
        return None;
    }
    if lower == "now" {
        return Some(Ok(now));
    }
    if let Some(span_ms) = lower.strip_suffix(" ago").and_then(span_ms) {
        return Some(Ok(now.plus_ms(-span_ms)));
    }
    // `Monday 14:05` does not mean today.
    if lower.split(|c: char| !c.is_ascii_alphabetic()).any(|word| !word.is_empty() && is_weekday(word)) {
        return None;
    }
    let mut days_back = 0;
    let mut rest = words(&lower);
    rest.retain(|word| {
        days_back += i64::from(word == "yesterday");
        !matches!(word.as_str(), "today" | "yesterday")
    });
    let zones: Vec<Zone> = rest.iter().filter_map(|word| zone(word)).collect();
    let zone = match zones.as_slice() {
        [] => &Zone::Offset(0),
        [one] | [Zone::Offset(0), one] => one,
        _ => return None,
    };
    let day = zone.day(now.plus_ms(-days_back * DAY_MS))?;
    match read_time(&format!("{day} {}", rest.join(" "))) {
        Ok(at) => Some(Ok(at)),
        Err(no) if no.lacks_zone => Some(Err(Refusal::new(
            Rule::TimeWithZone,
            format!("{:?} has no time zone.", text.trim()),
            "Add the time zone: 14:05 UTC, or yesterday 3pm +02:00.",
        ))),
        Err(_) => None,
    }
}

/// `20 minutes`, `3 h`, `an hour`.
pub(super) fn span_ms(text: &str) -> Option<i64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number = match number {
        "a" | "an" | "one" => 1,
        digits => digits.parse::<u16>().ok()?,
    };
    let unit_ms = match unit.trim().trim_end_matches('s') {
        "m" | "min" | "minute" => HOUR_MS / 60,
        "h" | "hour" => HOUR_MS,
        "d" | "day" => DAY_MS,
        _ => return None,
    };
    Some(i64::from(number) * unit_ms)
}

/// Splits a time into words: dates, clock times, months and zones.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in
        text.split(|c: char| c.is_whitespace() || ",@()[]".contains(c)).filter(|word| !word.is_empty())
    {
        for word in split_iso(word) {
            let lower = word.to_ascii_lowercase();
            if lower == "at" || is_weekday(&lower) {
                continue;
            }
            let (clock, rest) = split_clock(word);
            words.extend([clock, rest].into_iter().filter(|part| !part.is_empty()).map(str::to_owned));
        }
    }
    words
}

/// Splits `2026-11-21T08:54` into two words.
fn split_iso(word: &str) -> impl Iterator<Item = &str> {
    let at = word.find(['T', 't']).filter(|at| {
        let (date, clock) = (&word[..*at], &word[at + 1..]);
        date.ends_with(|c: char| c.is_ascii_digit()) && clock.starts_with(|c: char| c.is_ascii_digit())
    });
    match at {
        Some(at) => [&word[..at], &word[at + 1..]],
        None => [word, ""],
    }
    .into_iter()
    .filter(|part| !part.is_empty())
}

/// Splits `08:54:00+02:00`, `8:54am` and `3pm` into the clock time and its suffix.
fn split_clock(word: &str) -> (&str, &str) {
    if let Some((hour, half)) = word.split_at_checked(word.len().saturating_sub(2))
        && matches!(half.to_ascii_lowercase().as_str(), "am" | "pm")
        && (1..=2).contains(&hour.len())
        && hour.bytes().all(|b| b.is_ascii_digit())
    {
        return (hour, half);
    }
    if !word.contains(':') || !word.starts_with(|c: char| c.is_ascii_digit()) {
        return (word, "");
    }
    let end = word.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(word.len());
    word.split_at(end)
}

fn is_weekday(lower: &str) -> bool {
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|day| {
        lower.trim_end_matches('.').starts_with(day) && (lower.len() <= 4 || lower.ends_with("day"))
    })
}

/// A time zone in one of its written forms.
#[derive(Debug)]
enum Zone {
    /// Seconds east of UTC.
    Offset(i32),
    Named(TimeZone),
}

impl Zone {
    /// The instant of a local time in this zone, or why it is not unique.
    fn at(&self, civil: DateTime) -> Result<UtcMs, String> {
        let unknown = || "is not a time in a known format".to_owned();
        let at = match self {
            Self::Offset(seconds) => Offset::from_seconds(*seconds)
                .and_then(|offset| offset.to_timestamp(civil))
                .map_err(|_out_of_range| unknown())?,
            Self::Named(zone) => {
                let at = zone.to_ambiguous_timestamp(civil);
                if at.is_ambiguous() {
                    return Err("happens twice or never there (daylight saving time)".to_owned());
                }
                at.unambiguous().map_err(|_out_of_range| unknown())?
            }
        };
        Ok(UtcMs(at.as_millisecond()))
    }

    /// The date in this zone.
    fn day(&self, at: UtcMs) -> Option<Date> {
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        match self {
            Self::Offset(seconds) => Some(Offset::from_seconds(*seconds).ok()?.to_datetime(at).date()),
            Self::Named(zone) => Some(zone.to_datetime(at).date()),
        }
    }
}

/// The built-in IANA database: the same on every machine, and no disk access.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Abbreviations with minutes east of UTC, as used in Europe, North America and Japan.
const ABBREVIATIONS: [(&str, i32); 15] = [
    ("WET", 0),
    ("WEST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("JST", 540),
];

/// Abbreviations that are used on several continents, each with the offset that is most likely meant.
const AMBIGUOUS: [(&str, &str); 6] = [
    ("IST", "+05:30"),
    ("BST", "+01:00"),
    ("AST", "-04:00"),
    ("GST", "+04:00"),
    ("SST", "+08:00"),
    ("AMT", "-04:00"),
];

fn ambiguous(word: &str) -> Option<(&'static str, &'static str)> {
    AMBIGUOUS.into_iter().find(|(zone, _)| zone.eq_ignore_ascii_case(word))
}

fn zone(word: &str) -> Option<Zone> {
    let upper = word.to_ascii_uppercase();
    if matches!(upper.as_str(), "Z" | "UTC" | "GMT") {
        return Some(Zone::Offset(0));
    }
    if let Some((_, minutes)) = ABBREVIATIONS.into_iter().find(|(zone, _)| *zone == upper) {
        return Some(Zone::Offset(minutes * 60));
    }
    if word.contains('/') && word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return ZONES.get(word).ok().map(Zone::Named);
    }
    let offset = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper);
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), 4 | 5) if minutes.len() == 2 => (hours, minutes),
        (None, 4) => digits.split_at_checked(2)?,
        (None, 1 | 2) => (digits, "0"),
        _ => return None,
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 14 && minutes < 60).then_some(Zone::Offset(sign * (hours * 3600 + minutes * 60)))
}

fn number(text: &str) -> Option<i32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Reports a day that does not exist in its month: `November 2026 has 30 days`.
fn no_such_day(words: &[&str]) -> Option<String> {
    let parts: Vec<&str> = words.iter().flat_map(|word| word.split(['-', '/'])).collect();
    let named = |part: &str| {
        let (front, _) = part.split_at_checked(3)?;
        MONTHS.iter().position(|month| month[..3].eq_ignore_ascii_case(front)).map(|month| month as i32 + 1)
    };
    let year = parts.iter().find(|part| part.len() == 4 && number(part).is_some())?;
    let short: Vec<i32> =
        parts.iter().filter(|part| part.len() <= 2).filter_map(|part| number(part)).collect();
    let (month, day) = match (parts.iter().find_map(|part| named(part)), short.as_slice()) {
        (Some(month), [day, ..]) => (month, *day),
        (None, [month, day, ..]) => (*month, *day),
        _ => return None,
    };
    let days = Date::new(number(year)? as i16, i8::try_from(month).ok()?, 1).ok()?.days_in_month();
    let name = MONTHS.get(usize::try_from(month).ok()? - 1)?;
    (day > i32::from(days)).then(|| format!("{name} {year} has {days} days"))
}

const DATES: [&str; 8] =
    ["%Y-%m-%d", "%Y/%m/%d", "%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d/%b/%Y"];
const CLOCKS: [&str; 5] = ["%H:%M:%S%.f", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%I %p"];

/// A date and a clock time, in either order; `date` prints the year last.
fn civil(text: &str) -> Option<DateTime> {
    CLOCKS.iter().find_map(|clock| {
        DATES.iter().find_map(|date| {
            DateTime::strptime(format!("{date} {clock}"), text)
                .or_else(|_| DateTime::strptime(format!("{clock} {date}"), text))
                .or_else(|_| DateTime::strptime(format!("%b %d {clock} %Y"), text))
                .ok()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_times_are_read_from_the_present_moment() {
        let now = parse_time("2026-11-21 22:30 UTC").unwrap();
        for (text, at) in [
            ("now", "2026-11-21T22:30:00Z"),
            ("14:05 UTC", "2026-11-21T14:05:00Z"),
            ("14:05Z", "2026-11-21T14:05:00Z"),
            ("today at 2:05 pm utc", "2026-11-21T14:05:00Z"),
            ("yesterday 3pm UTC", "2026-11-20T15:00:00Z"),
            ("Yesterday, 15:00 +02:00", "2026-11-21T13:00:00Z"),
            ("yesterday 3pm CET", "2026-11-20T14:00:00Z"),
            ("3pm EST", "2026-11-21T20:00:00Z"),
            ("yesterday 3pm Europe/Berlin", "2026-11-20T14:00:00Z"),
            // At 22:30 UTC it is already the 22nd in Tokyo.
            ("7:15 am JST", "2026-11-21T22:15:00Z"),
            // At 22:30 UTC it is already the 22nd in Helsinki.
            ("00:15 +02:00", "2026-11-21T22:15:00Z"),
            ("14:05 UTC-05:00", "2026-11-21T19:05:00Z"),
            ("20 minutes ago", "2026-11-21T22:10:00Z"),
            ("an hour ago", "2026-11-21T21:30:00Z"),
            ("2 days ago", "2026-11-19T22:30:00Z"),
            ("2026-11-21T08:54:00+02:00", "2026-11-21T06:54:00Z"),
        ] {
            assert_eq!(parse_time_near(text, now).map(UtcMs::rfc3339).as_deref(), Ok(at), "{text}");
        }
        for text in ["14:05", "yesterday 3pm"] {
            let refusal = parse_time_near(text, now).unwrap_err();
            assert_eq!(refusal.headline, format!("{text:?} has no time zone."));
            assert!(refusal.hint.text().contains("14:05 UTC"), "{refusal}");
        }
        let unclear = parse_time_near("yesterday 3pm IST", now).unwrap_err();
        assert!(
            unclear.hint.text().contains("Write the time zone as an offset, such as +05:30."),
            "{unclear}"
        );
        for text in
            ["", "soon", "Monday 14:05 UTC", "99:99 UTC", "ago", "x ago", "14:05 UTC +01:00 +02:00", "é ago"]
        {
            let refusal = parse_time_near(text, now).unwrap_err();
            assert!(!refusal.headline.contains("2026"), "{text}: {refusal}");
        }
    }

    #[test]
    fn common_forms_are_shown_back_in_utc() {
        for text in [
            "2026-11-21T06:54:00Z",
            "2026-11-21t06:54:00z",
            "2026-11-21T06:54Z",
            "2026-11-21T06:54:00.000Z",
            "2026-11-21T08:54:00+02:00",
            "2026-11-21 08:54 +02:00",
            "2026-11-21 08:54:00 +0200",
            "2026-11-21 08:54+02",
            "2026-11-21 06:54 UTC",
            "2026/11/21 06:54 utc",
            "2026-11-21, 06:54 (UTC)",
            "2026-11-21 08:54 UTC+2",
            "2026-11-21 08:54 GMT+02:00",
            "2026-11-21 08:54 UTC +02:00",
            "2026-11-21 07:54 CET",
            "2026-11-21 07:54CET",
            "2026-11-21 08:54 cest",
            "2026-11-21 08:54 EET",
            "2026-11-21 01:54 EST",
            "2026-11-20 22:54 PST",
            "2026-11-21 15:54 JST",
            "2026-11-21 07:54 Europe/Berlin",
            "2026-11-21 1:54 am america/new_york",
            "2026-11-21T07:54:00+01:00[Europe/Berlin]",
            "2026-11-21 12:24 +05:30",
            "2026-11-21 01:54 -05:00",
            "2026-11-20 21:54 -0900",
            "Nov 21 2026 6:54 am UTC",
            "Nov 21, 2026 6:54am UTC",
            "november 21 2026 at 06:54 UTC",
            "Nov 21, 2026 @ 06:54:00.000 UTC",
            "21 Nov 2026 06:54 GMT",
            "21 November 2026, 6:54 AM GMT",
            "21-Nov-2026 06:54 Z",
            "Sat, 21 Nov 2026 06:54:00 +0000",
            "Saturday, 21 Nov 2026 06:54:00 +0000",
            "Sat Nov 21 06:54:00 UTC 2026",
            "06:54 UTC 2026-11-21",
            "06:54 UTC, 21 Nov 2026",
            "  2026-11-21 06:54:00 UTC\n",
        ] {
            let read = parse_time(text).map(UtcMs::rfc3339);
            assert_eq!(read.as_deref(), Ok("2026-11-21T06:54:00Z"), "{text:?}");
        }
        assert_eq!(parse_time("2026-11-21 12:05 am UTC").unwrap().rfc3339(), "2026-11-21T00:05:00Z");
        assert_eq!(parse_time("2026-11-21 9 pm UTC").unwrap().rfc3339(), "2026-11-21T21:00:00Z");
        assert_eq!(parse_time("2026-11-21T06:54:00.250Z").unwrap().0 % 1000, 250);
    }

    #[test]
    fn what_is_no_time_with_a_zone_is_refused_with_its_reason() {
        for (text, why) in [
            ("2026-11-21 08:54", "has no time zone"),
            ("Nov 21, 2026 @ 08:54:00.000", "has no time zone"),
            ("2026-11-21 08:54 XYZ", "is not a time with a time zone"),
            ("2026-11-21 08:54 Middle/Earth", "is not a time with a time zone"),
            ("2026-11-21 08:54 IST", "is ambiguous: IST means several time zones"),
            ("2026-11-21 08:54 bst", "is ambiguous: BST means several time zones"),
            ("2026-11-31 08:54 UTC", "is not a date: November 2026 has 30 days"),
            ("31 Nov 2026 8:54 am CET", "is not a date: November 2026 has 30 days"),
            ("2026-10-25 02:30 Europe/Berlin", "happens twice or never there (daylight saving time)"),
            ("2026-03-29 02:30 Europe/Berlin", "happens twice or never there (daylight saving time)"),
            ("2026-11-21T08:54:00+02:00[Europe/Berlin]", "names more than one time zone"),
            ("11/12/2026 08:54 UTC", "is not a time in a known format"),
            ("2026-02-30 08:54 UTC", "is not a date: February 2026 has 28 days"),
            ("2026-11-21 25:00 UTC", "is not a time in a known format"),
            ("2026-11-21 UTC", "is not a time in a known format"),
            ("2026-11-21 08:54 +02:00 -03:00", "names more than one time zone"),
            ("2026-11-21 08:54 +99:00", "is not a time with a time zone"),
            ("yesterday", "is not a time with a time zone"),
            ("", "is not a time with a time zone"),
        ] {
            let refusal = parse_time(text).unwrap_err();
            assert_eq!(refusal.rule, Rule::TimeWithZone);
            assert!(refusal.headline.ends_with(&format!("{why}.")), "{text:?}: {}", refusal.headline);
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::case::tests::walks(256))]

        #[test]
        fn nothing_pasted_panics(text in "\\PC*") {
            parse_time_near(&text, UtcMs(0)).ok();
        }

        #[test]
        fn nothing_time_like_panics(text in "[0-9TZ:+ .,@/a-zé-]{0,40}") {
            parse_time_near(&text, UtcMs(0)).ok();
        }

        #[test]
        fn every_shown_time_is_read_back(ms in -30_000_000_000_000i64..250_000_000_000_000) {
            let at = UtcMs(ms / 1000 * 1000);
            proptest::prop_assert_eq!(parse_time(&at.rfc3339()), Ok(at));
            proptest::prop_assert_eq!(parse_time(&at.for_people()), Ok(at));
        }
    }
}
