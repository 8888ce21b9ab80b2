//! A file of a known length.

use std::io::{self, Read};

/// Reads a file up to the length that it had when it was opened. More bytes are an error, because they may have no end:
/// a file of `/proc` claims to be empty.
#[derive(Debug)]
pub struct Measured<R> {
    file: R,
    left_bytes: u64,
}

impl<R: Read> Measured<R> {
    pub fn new(file: R, length_bytes: u64) -> Self {
        Self { file, left_bytes: length_bytes }
    }
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left_bytes == 0 && !into.is_empty() {
            // Some files of /proc are only read in larger pieces.
            return match self.file.read(&mut [0; 4096])? {
                0 => Ok(0),
                _ => Err(io::Error::other(
                    "it is longer than its size says, so it is still being written or is no ordinary file",
                )),
            };
        }
        let most = usize::try_from(self.left_bytes).map_or(into.len(), |left| left.min(into.len()));
        let read = self.file.read(&mut into[..most])?;
        self.left_bytes -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: impl Read, length_bytes: u64) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        Measured::new(file, length_bytes).read_to_end(&mut all).map(|_| all)
    }

    #[test]
    fn a_file_is_read_to_its_length_and_no_further() {
        assert_eq!(read(&b"abc"[..], 3).unwrap(), b"abc");
        assert_eq!(read(&b"ab"[..], 3).unwrap(), b"ab");
        assert_eq!(read(&b""[..], 0).unwrap(), b"");
        for endless in [0, 5] {
            assert!(read(io::repeat(1), endless).unwrap_err().to_string().contains("longer than its size"));
        }
    }
}
