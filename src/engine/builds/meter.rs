//! The progress of a build, and the request to cancel it.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};

use tokio::sync::Notify;

use crate::case::{Code, UserError, UtcMs};
use crate::engine::api::BuildStage;
use crate::engine::clock;

/// Shared with a running build.
#[derive(Debug, Default)]
pub struct BuildMeter {
    pub bytes: AtomicU64,
    pub total_bytes: AtomicU64,
    stage: AtomicU8,
    part: AtomicU64,
    /// When the stage began, in milliseconds since 1970.
    began_at_ms: AtomicI64,
    cancelled: AtomicBool,
    /// Wakes what waits for the network.
    wake: Notify,
}

impl BuildMeter {
    /// The number of bytes read in this stage, and whether to continue.
    pub fn read(&self, bytes: u64) -> ControlFlow<()> {
        self.bytes.store(bytes, Ordering::Relaxed);
        if self.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// More bytes were received; an error where the user has cancelled.
    pub fn received(&self, bytes: u64) -> Result<(), UserError> {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if self.is_cancelled() { Err(cancelled()) } else { Ok(()) }
    }

    pub fn begin(&self, total_bytes: u64, stage: BuildStage) {
        self.bytes.store(0, Ordering::Relaxed);
        self.total_bytes.store(total_bytes, Ordering::Relaxed);
        self.stage.store(stage as u8, Ordering::Relaxed);
        self.began_at_ms.store(clock::now().0, Ordering::Relaxed);
    }

    /// The next archive of a set has begun; the first has the number 1.
    pub fn begin_part(&self, number: u64) {
        self.part.store(number, Ordering::Relaxed);
    }

    /// The archive of a set that is being built; `None` where only one archive is built.
    pub fn part(&self) -> Option<u64> {
        Some(self.part.load(Ordering::Relaxed)).filter(|number| *number > 0)
    }

    pub fn stage(&self) -> BuildStage {
        let stage = self.stage.load(Ordering::Relaxed);
        let all = [BuildStage::Building, BuildStage::Verifying, BuildStage::Filling];
        all.into_iter().find(|one| *one as u8 == stage).unwrap_or_default()
    }

    /// When the stage began. Its speed is measured from then on.
    pub fn began_at(&self) -> UtcMs {
        UtcMs(self.began_at_ms.load(Ordering::Relaxed))
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        self.wake.notify_waiters();
    }

    /// Waits for the network, or for a server's `Retry-After`, but not after the user has cancelled.
    pub async fn unless_cancelled<T>(&self, awaited: impl Future<Output = T> + Send) -> Result<T, UserError> {
        let woken = self.wake.notified();
        if self.cancelled.load(Ordering::SeqCst) {
            return Err(cancelled());
        }
        tokio::select! {
            done = awaited => Ok(done),
            () = woken => Err(cancelled()),
        }
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// The end of a cancelled build.
pub fn cancelled() -> UserError {
    UserError::new(
        Code::Refused,
        "The build was cancelled. The partial archive was deleted.",
        "To build the archive, start the build again.",
    )
}
