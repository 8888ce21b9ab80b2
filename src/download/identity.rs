//! What distinguishes one file on a server from another.

use serde::{Deserialize, Serialize};

use super::judge::Difference;
use crate::gitlab::BodyHead;

/// What a server states about a file. Go's file server sends no `ETag`, object stores send one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub etag: Option<String>,
    /// Size of the whole file in bytes.
    pub total: Option<u64>,
    pub last_modified: Option<String>,
}

/// Longer validators are not worth keeping: the sidecar's slots have a fixed size.
const MOST_VALIDATOR_BYTES: usize = 1024;

impl Identity {
    /// What an answer with the whole file states. For a range, the total is in `Content-Range` instead.
    pub fn of(head: &BodyHead) -> Self {
        let bounded = |text: &Option<String>| text.clone().filter(|text| text.len() <= MOST_VALIDATOR_BYTES);
        Self {
            etag: bounded(&head.etag),
            total: head.content_length.filter(|_| head.status == 200),
            last_modified: bounded(&head.last_modified),
        }
    }

    /// The validator for `If-Range`: a strong `ETag`, else the date. A weak `ETag` promises no equal bytes
    /// (RFC 9110, 13.1.5).
    pub fn if_range(&self) -> Option<&str> {
        match &self.etag {
            Some(etag) if etag.starts_with('"') => Some(etag),
            _ => self.last_modified.as_deref(),
        }
    }

    /// The first thing in which two statements contradict each other. A size or date that only one of them says proves
    /// nothing; an `ETag` that comes or goes does, because a part has it where the whole has it (RFC 9110, 15.3.7). With
    /// `ETag`s on both sides the date is not asked: a copy between buckets changes it.
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

    /// Two statements about the same file, put together; `newer` wins where both speak.
    #[must_use]
    pub fn joined(self, newer: Self) -> Self {
        Self {
            etag: newer.etag.or(self.etag),
            total: newer.total.or(self.total),
            last_modified: newer.last_modified.or(self.last_modified),
        }
    }

    /// Enough is known to go on from bytes of an earlier try: a server that states nothing cannot be believed.
    pub fn is_telling(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some() || self.total.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strong_validators_go_into_if_range() {
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
