//! Limits that the system sets for a program. They must lead to an error message, and not end the program.

use std::fs::File;
use std::io;

/// How many files the program has open when it does little: its database with log and lock, the threads' wake-ups,
/// some connections. With less, libraries abort the program when they cannot open another file.
const LEAST_FILES: usize = 48;

/// Whether the system lets this program open as many files as it needs (`ulimit -n`).
pub fn may_open_files() -> io::Result<()> {
    let mut opened = Vec::with_capacity(LEAST_FILES);
    for _ in 0..LEAST_FILES {
        match File::open(NOTHING) {
            Ok(file) => opened.push(file),
            // Without that device, there is nothing to count with.
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

/// From now on, writing a file beyond the account's size limit (`ulimit -f`) is a failed write, and not a signal that
/// ends the program. Must be called within a tokio runtime.
pub fn outlive_file_size_limit() {
    #[cfg(unix)]
    {
        /// The same number on Linux and macOS, except on processors that this program is not built for.
        const SIGXFSZ: i32 = 25;
        let kind = tokio::signal::unix::SignalKind::from_raw(SIGXFSZ);
        // One listener changes the signal's effect for good. If registering fails, the signal still ends the program.
        drop(tokio::signal::unix::signal(kind));
    }
}
