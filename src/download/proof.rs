//! Runs the verification on its own thread, reading the file while it grows. If the file starts over, so does the
//! verification.

use std::fs::File;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::follow::{Follow, Settled, Tail};

/// The result of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The file gets its name.
    Keep,
    /// The file is moved to `<name>.damaged`.
    Reject,
    /// The first bytes show that this is not the expected file: the rest is not downloaded, and the file is moved to
    /// `<name>.damaged`.
    Abandon,
    /// The file could not be read. It stays a `.part` file, and the next try verifies it again.
    Unread,
}

/// Stops the verification whenever the download ends, also when the future is dropped.
#[derive(Debug)]
pub struct Proof<P> {
    tail: Arc<Tail>,
    result: oneshot::Receiver<(P, Decision)>,
}

impl<P: Send + 'static> Proof<P> {
    /// Starts to read. If the file starts over, `prove` is called again from the first byte.
    pub fn start(
        tail: Arc<Tail>,
        file: Arc<File>,
        mut prove: impl FnMut(Follow) -> (P, Decision) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, result) = oneshot::channel();
        let end = Arc::clone(&tail);
        std::thread::Builder::new().name("proof".to_owned()).spawn(move || {
            loop {
                let follow = tail.follow(Arc::clone(&file));
                let beginning = follow.beginning();
                let proven = prove(follow);
                if proven.1 == Decision::Abandon && tail.is_current(beginning) {
                    return drop(sender.send(proven));
                }
                match tail.settled(beginning) {
                    Settled::StartedOver => {}
                    // The receiver may be gone; then nobody needs the result.
                    Settled::Whole => return drop(sender.send(proven)),
                    Settled::Broken => return,
                }
            }
        })?;
        Ok(Self { tail: end, result })
    }

    /// Returns when the verification needs no more bytes, and never while it does.
    pub async fn abandoned(&mut self) -> (P, Decision) {
        match (&mut self.result).await {
            Ok(proven) => proven,
            Err(_gone) => std::future::pending().await,
        }
    }

    /// The file is complete: waits for the result. `None` if the verification panicked.
    pub async fn verdict(mut self) -> Option<(P, Decision)> {
        self.tail.finish();
        (&mut self.result).await.ok()
    }
}

impl<P> Drop for Proof<P> {
    fn drop(&mut self) {
        self.tail.break_off();
    }
}
