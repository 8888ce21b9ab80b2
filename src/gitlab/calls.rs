//! The last calls, for a diagnostic report: what was asked, what came, under which id.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many calls are remembered.
const KEPT: usize = 100;

/// One call that was answered, or not. Holds no query, header or body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The call's name, for example `POST export`.
    pub call: &'static str,
    /// Scheme, host and port.
    pub origin: String,
    /// The path, without the query.
    pub path: String,
    /// The HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    pub correlation_id: Option<String>,
}

/// A ring of the last calls, shared by all clones of a client.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(Arc<Mutex<VecDeque<CallRecord>>>);

impl Calls {
    pub(super) fn record(&self, record: CallRecord) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.len() == KEPT {
            ring.pop_front();
        }
        ring.push_back(record);
    }

    /// Oldest first.
    pub(super) fn all(&self) -> Vec<CallRecord> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_forgets_the_oldest() {
        let calls = Calls::default();
        for status in 0..150 {
            calls.record(CallRecord {
                call: "GET user",
                origin: String::new(),
                path: String::new(),
                status: Some(status),
                correlation_id: None,
            });
        }
        let kept = calls.all();
        assert_eq!((kept.len(), kept[0].status, kept[99].status), (100, Some(50), Some(149)));
    }
}
