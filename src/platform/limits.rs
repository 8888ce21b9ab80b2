//! Limits that the system sets for a program: they shall be errors that a person is told of, not the end of it.

use std::fs::File;
use std::io;

/// What the program opens at once when it does little: its database with log and lock, the threads' wake-ups, some
/// connections. Below that, libraries end the program where they cannot open one more.
const LEAST_FILES: usize = 48;

/// Whether the system lets this program open as many files as it needs (`ulimit -n`).
pub fn may_open_files() -> io::Result<()> {
    let mut opened = Vec::with_capacity(LEAST_FILES);
    for _ in 0..LEAST_FILES {
        match File::open(NOTHING) {
            Ok(file) => opened.push(file),
            // A system without the device has nothing to count with.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(unix)]
const NOTHING: &str = "/dev/null";
#[cfg(not(unix))]
const NOTHING: &str = "NUL";

/// From now on a file that grows beyond the limit of the account (`ulimit -f`) is a failed write, and not the signal
/// that ends the program. Needs to be called within a tokio runtime.
pub fn outlive_file_size_limit() {
    #[cfg(unix)]
    {
        /// The same number on Linux and macOS, except on processors that this program is not built for.
        const SIGXFSZ: i32 = 25;
        let kind = tokio::signal::unix::SignalKind::from_raw(SIGXFSZ);
        // Whoever listens once has changed what the signal does for good. Where that is refused, it stays as it was.
        drop(tokio::signal::unix::signal(kind));
    }
}
