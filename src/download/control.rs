//! What the user can do to a running download: pause, resume, cancel, and limit its speed.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::progress::after;
use crate::gitlab;

/// What the user wants now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Desired {
    #[default]
    Run,
    /// Closes the connections and keeps the bytes.
    Pause,
    /// Ends the download and keeps the `.part` file.
    Cancel,
}

/// The orders for a download. Changes take effect at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    pub desired: Desired,
    /// Bytes per second for all connections of this download together.
    pub limit_bytes_per_second: Option<NonZeroU64>,
    /// How often the person ordered the next try at once.
    pub retries: u32,
}

/// The receiver of the orders.
#[derive(Clone, Debug)]
pub struct Control(watch::Receiver<Orders>);

impl Control {
    /// Returns the sender, which changes the orders. After it is dropped, the last orders stay in force.
    pub fn new() -> (watch::Sender<Orders>, Self) {
        let (sender, receiver) = watch::channel(Orders::default());
        (sender, Self(receiver))
    }

    pub fn orders(&self) -> Orders {
        *self.0.borrow()
    }

    /// Returns the new wish once it differs from `desired`. Never returns if the sender is gone.
    pub async fn no_longer(&mut self, desired: Desired) -> Desired {
        let left = self.0.wait_for(|orders| orders.desired != desired).await.map(|orders| orders.desired);
        match left {
            Ok(desired) => desired,
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits for a time, or until the person orders the next try at once, after the `seen` earlier orders.
    pub async fn until(&mut self, time: Instant, seen: u32) {
        tokio::select! {
            () = tokio::time::sleep_until(time) => {}
            Ok(_) = self.0.wait_for(|orders| orders.retries != seen) => {}
        }
    }

    async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Permission for one call of the API's download endpoint: GitLab allows one per minute, user and project
/// (`project_download_export`), and counts every call, even a failed one.
#[derive(Clone)]
pub struct Gate {
    reserve: Arc<dyn Fn() -> Duration + Send + Sync>,
    limited: Arc<dyn Fn(Duration) + Send + Sync>,
}

impl Gate {
    /// `reserve` takes the next free call and returns how long to wait for it. `limited` is told for how long GitLab
    /// allows no call, because another program used the limit.
    pub fn new(
        reserve: impl Fn() -> Duration + Send + Sync + 'static,
        limited: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Self { reserve: Arc::new(reserve), limited: Arc::new(limited) }
    }

    /// A gate without a limit.
    pub fn open() -> Self {
        Self::new(|| Duration::ZERO, |_wait| ())
    }

    /// Reserves the next call and returns how long to wait before making it.
    pub fn reserve(&self) -> Duration {
        (self.reserve)()
    }

    /// GitLab answered 429: nobody who shares this gate makes a call for `wait`.
    pub fn limited(&self, wait: Duration) {
        (self.limited)(wait);
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

/// Limits all connections of one download together to the ordered speed.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Option<Instant>>);

/// Unused time beyond this does not allow a faster speed later.
const BURST: Duration = Duration::from_millis(50);

impl Throttle {
    /// Returns when `len_bytes` more may be read within the current limit. Removing the limit ends the wait at once.
    pub async fn take(&self, control: &mut Control, len_bytes: u64) {
        let Some(limit) = control.orders().limit_bytes_per_second else { return };
        let due = self.book(Instant::now(), limit, len_bytes);
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(due) => return,
                () = control.changed() => {
                    if control.orders().limit_bytes_per_second != Some(limit) {
                        *self.lock() = None;
                        return;
                    }
                }
            }
        }
    }

    /// Reserves `len_bytes` after all earlier reservations; returns when they may be read.
    fn book(&self, now: Instant, limit: NonZeroU64, len_bytes: u64) -> Instant {
        let mut booked = self.lock();
        let start = booked.unwrap_or(now).max(now.checked_sub(BURST).unwrap_or(now));
        let due = after(start, gitlab::scaled(Duration::from_secs(1), len_bytes as f64 / limit.get() as f64));
        *booked = Some(due);
        due
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_booked_one_after_the_other() {
        let throttle = Throttle::default();
        let limit = NonZeroU64::new(1000).unwrap();
        let now = Instant::now();
        assert_eq!(throttle.book(now, limit, 500), now + Duration::from_millis(500));
        assert_eq!(throttle.book(now, limit, 500), now + Duration::from_secs(1), "two connections share");
        let later = now + Duration::from_mins(1);
        assert_eq!(
            throttle.book(later, limit, 1000),
            later + Duration::from_millis(950),
            "a pause is not saved up"
        );
    }

    #[tokio::test]
    async fn a_lifted_limit_frees_the_waiting() {
        let (orders, mut control) = Control::new();
        orders.send_modify(|orders| orders.limit_bytes_per_second = NonZeroU64::new(1));
        let throttle = Throttle::default();
        let lift = async {
            tokio::task::yield_now().await;
            orders.send_modify(|orders| orders.limit_bytes_per_second = None);
        };
        // With the limit still in force this would take eleven days.
        let both = async { tokio::join!(throttle.take(&mut control, 1_000_000), lift) };
        assert!(tokio::time::timeout(Duration::from_mins(1), both).await.is_ok());
    }

    #[tokio::test]
    async fn orders_are_followed_and_outlive_their_sender() {
        let (orders, mut control) = Control::new();
        orders.send_modify(|orders| orders.desired = Desired::Pause);
        assert_eq!(control.no_longer(Desired::Run).await, Desired::Pause);
        drop(orders);
        assert_eq!(control.orders().desired, Desired::Pause);
    }
}
