//! Reads and writes at a position, without a shared file position, so that readers do not disturb each other.

use std::fs::File;
use std::io;

/// Reads at a position.
pub fn read_at(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, buf, at);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, buf, at);
}

/// Writes all bytes at a position.
pub fn write_at(file: &File, buf: &[u8], at: u64) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::write_all_at(file, buf, at);
    #[cfg(windows)]
    {
        let (mut rest, mut at) = (buf, at);
        while !rest.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(file, rest, at)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            rest = &rest[written..];
            at += written as u64;
        }
        Ok(())
    }
}
