//! Runs the verification on its own thread, reading the file while it grows. If the file starts over, so does the
//! verification.

use std::fs::File;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::follow::{Follow, FollowResult, Tail};

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
pub struct Verification<P> {
    tail: Arc<Tail>,
    result: oneshot::Receiver<(P, Decision)>,
    /// The verification panicked, and its channel is closed.
    is_gone: bool,
}

impl<P: Send + 'static> Verification<P> {
    /// Starts to read. If the file starts over, `verify` is called again from the first byte.
    pub fn start(
        tail: Arc<Tail>,
        file: Arc<File>,
        mut verify: impl FnMut(Follow) -> (P, Decision) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, result) = oneshot::channel();
        let end = Arc::clone(&tail);
        std::thread::Builder::new().name("proof".to_owned()).spawn(move || {
            loop {
                let follow = tail.follow(Arc::clone(&file));
                let generation = follow.generation();
                let verified = verify(follow);
                if verified.1 == Decision::Abandon && tail.is_current(generation) {
                    return drop(sender.send(verified));
                }
                match tail.wait_for_end(generation) {
                    FollowResult::StartedOver => {}
                    // The receiver may be gone; then nobody needs the result.
                    FollowResult::Whole => return drop(sender.send(verified)),
                    FollowResult::Broken => return,
                }
            }
        })?;
        Ok(Self { tail: end, result, is_gone: false })
    }

    /// Returns when the verification needs no more bytes, and never while it does.
    pub async fn abandoned(&mut self) -> (P, Decision) {
        // A channel that has said its end once must not be asked again.
        if !self.is_gone {
            match (&mut self.result).await {
                Ok(verified) => return verified,
                Err(_gone) => self.is_gone = true,
            }
        }
        std::future::pending().await
    }

    /// The file is complete: waits for the result. `None` if the verification panicked.
    pub async fn verdict(mut self) -> Option<(P, Decision)> {
        self.tail.finish();
        if self.is_gone { None } else { (&mut self.result).await.ok() }
    }
}

impl<P> Drop for Verification<P> {
    fn drop(&mut self) {
        self.tail.break_off();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn the_end_of_a_panicked_verification_can_be_read_repeatedly() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let panics = |_: Follow| -> (String, Decision) { panic!("a defect") };
        let mut verification = Verification::start(Arc::default(), file, panics).unwrap();
        while !verification.is_gone {
            assert!(timeout(Duration::from_millis(1), verification.abandoned()).await.is_err());
        }
        assert!(timeout(Duration::from_millis(1), verification.abandoned()).await.is_err());
        assert!(verification.verdict().await.is_none());
    }
}
