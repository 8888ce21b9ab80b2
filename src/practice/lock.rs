//! How the server's threads share state.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks even after a panic elsewhere: an inconsistent practice world does no harm.
pub fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
