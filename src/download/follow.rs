//! Reads a `.part` file while it grows, so that hashing and verification run during the download.

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::platform::disk;

/// The writing side: how far the file can be read without a gap, and whether more bytes will come.
#[derive(Debug, Default)]
pub struct Tail {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Counts how often the file started over. A reader of an earlier count reads a file that no longer exists.
    generation: u64,
    readable_bytes: u64,
    end: TailEnd,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TailEnd {
    #[default]
    Open,
    Reached,
    Broken,
}

/// The result of waiting for the end of the download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowResult {
    /// The bytes that were read are the complete file.
    Whole,
    /// The file has started over.
    StartedOver,
    /// The download has failed; there will be no file.
    Broken,
}

/// Why a [`Follow`] ends with an error instead of the end of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("the download started over")]
    StartedOver,
    #[error("the download ended before the file was complete")]
    Ended,
}

impl Tail {
    /// The file can be read up to this position.
    pub fn grew(&self, readable_bytes: u64) {
        let mut state = self.lock();
        if readable_bytes > state.readable_bytes {
            state.readable_bytes = readable_bytes;
            self.changed.notify_all();
        }
    }

    /// The file starts over, and what was read before is void.
    pub fn start_over(&self) {
        let mut state = self.lock();
        *state = State { generation: state.generation + 1, ..State::default() };
        self.changed.notify_all();
    }

    /// The file is complete.
    pub fn finish(&self) {
        self.lock().end = TailEnd::Reached;
        self.changed.notify_all();
    }

    /// The download has ended without a file: readers fail, whatever they have read.
    pub fn break_off(&self) {
        self.lock().end = TailEnd::Broken;
        self.changed.notify_all();
    }

    /// A reader that starts at the first byte.
    pub fn follow(self: &Arc<Self>, file: Arc<File>) -> Follow {
        let generation = self.lock().generation;
        Follow { tail: Arc::clone(self), file, at: 0, generation }
    }

    /// Whether a reader with this count reads the current file.
    pub fn is_current(&self, generation: u64) -> bool {
        let state = self.lock();
        state.generation == generation && state.end != TailEnd::Broken
    }

    /// Waits until it is known whether the bytes that a reader with this count saw were the file.
    pub fn wait_for_end(&self, generation: u64) -> FollowResult {
        let mut state = self.lock();
        loop {
            match state.end {
                TailEnd::Broken => return FollowResult::Broken,
                _ if state.generation != generation => return FollowResult::StartedOver,
                TailEnd::Reached => return FollowResult::Whole,
                TailEnd::Open => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A blocking reader of the part of the file that has no gap. It waits for more bytes, ends with the file, and fails
/// with [`Broken`] inside the `io::Error` if the download failed or started over.
#[derive(Debug)]
pub struct Follow {
    tail: Arc<Tail>,
    file: Arc<File>,
    at: u64,
    generation: u64,
}

impl Follow {
    /// Which version of the file this reads; see [`Tail::wait_for_end`].
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Bytes that can be read now; 0 at the end.
    fn wait_for_bytes(&self) -> io::Result<u64> {
        let mut state = self.tail.lock();
        loop {
            if state.end == TailEnd::Broken {
                return Err(io::Error::other(Broken::Ended));
            }
            if state.generation != self.generation {
                return Err(io::Error::other(Broken::StartedOver));
            }
            if state.readable_bytes > self.at || state.end == TailEnd::Reached {
                return Ok(state.readable_bytes - self.at);
            }
            state = self.tail.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Read for Follow {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let ready = self.wait_for_bytes()?;
        let want = usize::try_from(ready).unwrap_or(usize::MAX).min(buf.len());
        if want == 0 {
            return Ok(0);
        }
        let got = disk::read_at(&self.file, &mut buf[..want], self.at)?;
        // Checked again after reading, because the file may have been emptied in between.
        if self.tail.lock().generation != self.generation {
            return Err(io::Error::other(Broken::StartedOver));
        }
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += got as u64;
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(error: &io::Error) -> Option<Broken> {
        error.get_ref()?.downcast_ref().copied()
    }

    fn follow_all(tail: &Arc<Tail>, file: &Arc<File>) -> std::thread::JoinHandle<io::Result<Vec<u8>>> {
        let mut follow = tail.follow(Arc::clone(file));
        std::thread::spawn(move || {
            let mut all = Vec::new();
            follow.read_to_end(&mut all).map(|_| all)
        })
    }

    #[test]
    fn reads_what_is_appended_and_ends_with_the_file() {
        let (tail, file) = (Arc::new(Tail::default()), Arc::new(tempfile::tempfile().unwrap()));
        let reader = follow_all(&tail, &file);
        disk::write_at(&file, b"hello ", 0).unwrap();
        tail.grew(6);
        disk::write_at(&file, b"world", 6).unwrap();
        tail.grew(11);
        tail.finish();
        assert_eq!(reader.join().unwrap().unwrap(), b"hello world");
        assert_eq!(tail.wait_for_end(0), FollowResult::Whole);
    }

    #[test]
    fn a_broken_download_is_not_an_end() {
        let (tail, file) = (Arc::new(Tail::default()), Arc::new(tempfile::tempfile().unwrap()));
        let reader = follow_all(&tail, &file);
        tail.break_off();
        assert_eq!(reason(&reader.join().unwrap().unwrap_err()), Some(Broken::Ended));
        assert_eq!(tail.wait_for_end(0), FollowResult::Broken);
    }

    #[test]
    fn a_new_beginning_ends_the_old_reader() {
        let (tail, file) = (Arc::new(Tail::default()), Arc::new(tempfile::tempfile().unwrap()));
        let mut old = tail.follow(Arc::clone(&file));
        disk::write_at(&file, b"old", 0).unwrap();
        tail.grew(3);
        tail.start_over();
        assert_eq!(reason(&old.read(&mut [0; 8]).unwrap_err()), Some(Broken::StartedOver));
        assert_eq!(tail.wait_for_end(old.generation()), FollowResult::StartedOver);
        disk::write_at(&file, b"new", 0).unwrap();
        tail.grew(3);
        tail.finish();
        assert_eq!(follow_all(&tail, &file).join().unwrap().unwrap(), b"new");
    }
}
