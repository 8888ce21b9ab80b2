//! How to tell whether a file on a server is still the same.

use serde::{Deserialize, Serialize};

use super::judge::Difference;
use crate::gitlab::BodyHead;

/// What a server says about a file. Go's file server sends no `ETag`, object stores send one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub etag: Option<String>,
    /// Size of the whole file in bytes.
    pub total: Option<u64>,
    pub last_modified: Option<String>,
}

/// Longer validators are not stored, because the sidecar's slots have a fixed size.
const MOST_VALIDATOR_BYTES: usize = 1024;

impl Identity {
    /// What an answer with the whole file says. For a range, the total is in `Content-Range` instead.
    pub fn of(head: &BodyHead) -> Self {
        let bounded = |text: &Option<String>| text.clone().filter(|text| text.len() <= MOST_VALIDATOR_BYTES);
        Self {
            etag: bounded(&head.etag),
            total: head.content_length.filter(|_| head.status == 200),
            last_modified: bounded(&head.last_modified),
        }
    }

    /// The validator for `If-Range`: a strong `ETag`, else the date. A weak `ETag` does not promise equal bytes (RFC
    /// 9110, 13.1.5).
    pub fn if_range(&self) -> Option<&str> {
        match &self.etag {
            Some(etag) if etag.starts_with('"') => Some(etag),
            _ => self.last_modified.as_deref(),
        }
    }

    /// The first contradiction between two answers. A size or date that only one of them has proves nothing. An
    /// `ETag` that only one of them has does, because a part has an `ETag` if the whole has one (RFC 9110, 15.3.7).
    /// If both have an `ETag`, the date does not count, because a copy between buckets changes it.
    pub fn difference(&self, other: &Self) -> Option<Difference> {
        let differs = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        if self.is_telling() && self.etag != other.etag {
            return Some(Difference::Etag);
        }
        if let (Some(mine), Some(theirs)) = (self.total, other.total)
            && mine != theirs
        {
            return Some(Difference::Size);
        }
        let both_tagged = self.etag.is_some() && other.etag.is_some();
        (!both_tagged && differs(&self.last_modified, &other.last_modified))
            .then_some(Difference::LastModified)
    }

    /// Combines two answers about the same file; `newer` wins where both have a value.
    #[must_use]
    pub fn joined(self, newer: Self) -> Self {
        Self {
            etag: newer.etag.or(self.etag),
            total: newer.total.or(self.total),
            last_modified: newer.last_modified.or(self.last_modified),
        }
    }

    /// Whether enough is known to resume from the bytes of an earlier try. A server that says nothing about the file
    /// cannot be trusted.
    pub fn is_telling(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some() || self.total.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strong_validators_are_sent_in_if_range() {
        let of = |etag: Option<&str>, date: Option<&str>| {
            let id =
                Identity { etag: etag.map(Into::into), total: None, last_modified: date.map(Into::into) };
            id.if_range().map(str::to_owned)
        };
        assert_eq!(of(Some("\"x\""), Some("Mon")).as_deref(), Some("\"x\""));
        assert_eq!(of(Some("W/\"x\""), None), None);
        assert_eq!(of(Some("W/\"x\""), Some("Mon")).as_deref(), Some("Mon"));
        assert_eq!(of(None, Some("Mon")).as_deref(), Some("Mon"));
        assert_eq!(of(None, None), None);
    }

    #[test]
    fn an_absurd_validator_is_none() {
        let head = BodyHead { etag: Some(format!("\"{}\"", "x".repeat(5000))), ..BodyHead::default() };
        assert!(!Identity::of(&head).is_telling());
    }
}
