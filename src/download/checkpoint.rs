//! Work on the disk beside the writing: syncs and records, starts over, checks for free space.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use tokio::task::JoinHandle;

use super::connection::Shared;
use super::fail::Failed;
use super::identity::Identity;
use super::plan::Spans;
use crate::platform::disk;

/// Empties the file, so that the download starts over with the file that `identity` describes.
pub fn empty(shared: Arc<Shared>, identity: Identity) -> JoinHandle<Result<(), Failed>> {
    tokio::task::spawn_blocking(move || {
        let mut generation = shared.generation.write().unwrap_or_else(PoisonError::into_inner);
        *generation += 1;
        let target_file = &shared.target_file;
        // The record comes first: a crash in between must not leave old ranges over new bytes.
        target_file
            .book
            .record(identity.clone(), Spans::default())
            .and_then(|()| target_file.file.set_len(0))
            .map_err(|error| Failed::from_io(&target_file.part(), error))?;
        let total = identity.total;
        *shared.identity() = identity;
        let mut ranges = shared.ranges();
        if ranges.written().prefix_bytes() > 0 {
            shared.tail.start_over();
        }
        ranges.start_over(total);
        Ok(())
    })
}

/// Syncs the data, then records which ranges are on disk. Then checks whether the rest still fits.
///
/// After a failed sync or record, nothing is recorded any more: the next try downloads the bytes since the last good
/// record again.
pub fn record(shared: Arc<Shared>) -> JoinHandle<Result<(), Failed>> {
    tokio::task::spawn_blocking(move || {
        // This read lock keeps the file from starting over between reading the ranges, the sync and the record.
        let _beginning = shared.generation.read().unwrap_or_else(PoisonError::into_inner);
        let target_file = &shared.target_file;
        let done = shared.ranges().written().clone();
        let identity = Identity { total: shared.ranges().total(), ..shared.identity().clone() };
        if shared.unsafe_since_record.load(Ordering::SeqCst) {
            return Err(unsafe_bytes(&shared));
        }
        let recorded =
            disk::sync_data(&target_file.file).and_then(|()| target_file.book.record(identity, done));
        recorded.map_err(|error| {
            shared.unsafe_since_record.store(true, Ordering::SeqCst);
            Failed::from_io(&target_file.part(), error)
        })?;
        check_room(&shared)
    })
}

fn unsafe_bytes(shared: &Shared) -> Failed {
    let lost = std::io::Error::other("the disk failed while it was written");
    Failed::from_io(&shared.target_file.part(), lost)
}

/// Checks once per download whether the file fits on the disk, as soon as its size is known and before its bytes are
/// written.
pub async fn room(shared: &Arc<Shared>) -> Result<(), Failed> {
    if shared.ranges().total().is_none() || shared.space_checked.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let shared = Arc::clone(shared);
    joined(tokio::task::spawn_blocking(move || check_room(&shared))).await
}

/// Checks whether the rest of the file still fits on the disk, as far as the file system tells.
fn check_room(shared: &Shared) -> Result<(), Failed> {
    let needed_bytes = {
        let ranges = shared.ranges();
        ranges.total().map_or(0, |total| total.saturating_sub(ranges.written().len_bytes()))
    };
    let folder = shared.target_file.folder();
    match shared.space.too_little_for(needed_bytes, folder) {
        Some(available_bytes) => {
            let needed_bytes = Some(needed_bytes);
            Err(Failed::DiskFull { folder: folder.to_owned(), needed_bytes, available_bytes })
        }
        None => Ok(()),
    }
}

/// The result of work on a blocking thread.
pub async fn joined(task: JoinHandle<Result<(), Failed>>) -> Result<(), Failed> {
    match task.await {
        Ok(outcome) => outcome,
        Err(gone) => Err(Failed::from_io(std::path::Path::new("."), std::io::Error::other(gone))),
    }
}
