//! Whether the engine's thread still goes round its loop. A thread that hangs in a write to the disk, for example, looks
//! like one that has nothing to do.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Longer than any step of the loop takes.
const LONGEST_STEP: Duration = Duration::from_secs(5);

/// Asked by others, answered by the loop. Costs nothing while nobody asks.
#[derive(Debug, Default)]
pub struct Pulse {
    asked: Notify,
    unanswered_since: Mutex<Option<Instant>>,
}

impl Pulse {
    /// Whether the loop has answered the last question, or still has time for it. Asks the next one. Never blocks.
    pub fn is_alive(&self) -> bool {
        self.is_alive_at(Instant::now())
    }

    fn is_alive_at(&self, now: Instant) -> bool {
        let mut since = self.since();
        let Some(asked) = *since else {
            *since = Some(now);
            self.asked.notify_one();
            return true;
        };
        now.saturating_duration_since(asked) < LONGEST_STEP
    }

    /// Waits for a question, and answers it.
    pub async fn beat(&self) {
        self.asked.notified().await;
        *self.since() = None;
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.unanswered_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_loop_that_does_not_turn_is_noticed_until_it_turns_again() {
        let (pulse, start) = (Pulse::default(), Instant::now());
        assert!(pulse.beat().now_or_never().is_none(), "nobody has asked");
        assert!(pulse.is_alive_at(start));
        assert!(pulse.is_alive_at(start + LONGEST_STEP / 2));
        assert!(!pulse.is_alive_at(start + LONGEST_STEP));
        assert!(pulse.beat().now_or_never().is_some());
        assert!(pulse.is_alive_at(start + LONGEST_STEP));
        assert!(!pulse.is_alive_at(start + LONGEST_STEP * 3));
    }
}
