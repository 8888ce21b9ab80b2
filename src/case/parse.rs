//! Turns typed text into a fact's value, or refuses it with the reason.

use std::str::FromStr;

use strum::VariantNames;

use super::fact::{Fact, FactKind, Value};
use super::format::duration_in_words;
use super::intake;
use super::refusal::{Refusal, Rule};
use super::rules::HOUR_MS;
use super::secret::GITLAB_TOKENS;
use super::time::UtcMs;

/// The longest text that a fact accepts, in bytes: a long error page fits, a log file does not.
pub const MAX_TEXT_BYTES: usize = 20_000;

/// Parses what a person typed for a fact.
pub fn parse_fact(fact: Fact, text: &str) -> Result<Value, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(value_form(fact, "is empty", "Type a value, or clear the fact instead."));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(value_form(
            fact,
            "is longer than 20,000 bytes",
            "Keep only the lines that say what happened.",
        ));
    }
    refuse_secrets_in(&fact.quoted(), text)?;
    match fact.kind() {
        FactKind::Text => plain(fact, text),
        FactKind::Time => {
            intake::parse_time(text).map(Value::Time).map_err(|refusal| not_taken(fact, refusal))
        }
        FactKind::YesNo => one_of(fact, text).map(Value::YesNo),
        FactKind::YesNoUnknown => one_of(fact, text).map(Value::YesNoUnknown),
        FactKind::Answer => one_of(fact, text).map(Value::Answer),
        FactKind::Attempt => one_of(fact, text).map(Value::Attempt),
        FactKind::Link => intake::parse_link(fact, text).map(Value::Link),
    }
}

/// Same as [`parse_fact`], and also accepts relative times (`yesterday 3pm CET`); refuses a time that the fact cannot
/// have.
pub fn parse_fact_near(fact: Fact, text: &str, now: UtcMs) -> Result<Value, Refusal> {
    let value = match fact.kind() {
        FactKind::Time if !text.trim().is_empty() => {
            Value::Time(intake::parse_time_near(text, now).map_err(|refusal| not_taken(fact, refusal))?)
        }
        _ => parse_fact(fact, text)?,
    };
    check_moment(fact, &value, now)?;
    Ok(value)
}

fn not_taken(fact: Fact, refusal: Refusal) -> Refusal {
    Refusal { headline: format!("{} was not saved: {}", fact.quoted(), refusal.headline), ..refusal }
}

/// How far a person's clock may be wrong.
const CLOCKS_DIFFER_MS: i64 = HOUR_MS / 12;
/// 2011-01-01, the year of GitLab's first release.
const BEFORE_GITLAB: UtcMs = UtcMs(1_293_840_000_000);

/// Refuses the time of an event if it lies in the future, and every time before GitLab existed.
pub fn check_moment(fact: Fact, value: &Value, now: UtcMs) -> Result<(), Refusal> {
    let Value::Time(at) = value else { return Ok(()) };
    if fact.kind() != FactKind::Time {
        return Ok(());
    }
    let refused = |why: &str| {
        let headline = format!("{} was not saved: {} {why}.", fact.quoted(), at.for_people());
        Err(Refusal::new(Rule::TimeInReach, headline, "Check the day, the year and the time zone."))
    };
    let ahead_ms = at.since_ms(now);
    if *at < BEFORE_GITLAB {
        return refused("is earlier than the first GitLab release");
    }
    if fact == Fact::HandoverExpiresAt || ahead_ms <= CLOCKS_DIFFER_MS {
        return Ok(());
    }
    refused(&format!("is {} in the future", duration_in_words(ahead_ms)))
}

/// Refuses text that looks like a GitLab token, because a pasted token must not reach the database. `name` is what
/// the sentence calls the text.
pub(super) fn refuse_secrets_in(name: &str, text: &str) -> Result<(), Refusal> {
    if holds_token(text) {
        return Err(Refusal::new(
            Rule::NoSecrets,
            format!("{name} was not saved: it contains what looks like a GitLab token."),
            "Remove the token from the text, and revoke it if it was pasted anywhere else.",
        ));
    }
    Ok(())
}

fn holds_token(text: &str) -> bool {
    GITLAB_TOKENS.iter().any(|prefix| {
        text.match_indices(prefix).any(|(at, _)| {
            let rest = &text[at + prefix.len()..];
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).count()
                >= 16
        })
    })
}

fn plain(fact: Fact, text: &str) -> Result<Value, Refusal> {
    // Stored unchanged, any single word: other instances and proxies have their own forms of IDs.
    let one_word = text.len() <= 255 && text.chars().all(|c| c.is_ascii_graphic());
    if fact == Fact::CorrelationId && !one_word {
        return Err(value_form(
            fact,
            "is not a correlation ID",
            "A correlation ID is one word, such as 01HX… from the X-Request-Id header.",
        ));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(value_form(fact, "contains control characters", "Paste it as plain text."));
    }
    Ok(Value::Text(text.to_owned()))
}

fn one_of<T: FromStr + VariantNames>(fact: Fact, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_unknown| {
        let shown: String = text.chars().take(60).collect();
        value_form(fact, &format!("cannot be {shown:?}"), &format!("Say {}.", T::VARIANTS.join(", ")))
    })
}

fn value_form(fact: Fact, what: &str, hint: &str) -> Refusal {
    Refusal::new(Rule::ValueForm, format!("{} {what}.", fact.quoted()), hint)
}
