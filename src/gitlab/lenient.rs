//! Fields whose type an answer may get wrong: they are converted or left out, because one odd field must not hide the
//! others.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::without_keys;

/// The longest word of GitLab that is kept, in characters.
const MOST_WORD_CHARS: usize = 100;

/// More than any instance counts. A larger number is reduced to it, so that sums cannot overflow.
const MOST_COUNT: u64 = 1 << 40;

/// A value of the expected type, else nothing.
pub(super) fn optional<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

/// A value of the expected type, else its default.
pub(super) fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(optional(from)?.unwrap_or_default())
}

/// The items of a list that have the expected type.
pub(super) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let Value::Array(all) = Value::deserialize(from)? else { return Ok(Vec::new()) };
    Ok(all.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
}

/// Any value as text.
pub(super) fn word<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(word) => word,
        other => other.to_string(),
    })
}

/// GitLab's word for a status, of limited length and without control characters.
pub(super) fn status_word<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let word = String::deserialize(from)?;
    Ok(word.chars().filter(|c| !c.is_control()).take(MOST_WORD_CHARS).collect())
}

/// Any value except null and an empty text as text, without the secrets of its URLs.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(without_keys(&text)),
        other => Some(without_keys(&other.to_string())),
    })
}

pub(super) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(Value::deserialize(from)?.as_u64().map(|number| number.min(MOST_COUNT)))
}

pub(super) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(Value::deserialize(from)?.as_bool())
}
