//! The SHA-256 of a file that is read for no other purpose. A verification hashes while it reads, in
//! [`super::pipeline`].

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::hex::to_hex;

/// Bytes read at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// The SHA-256 of everything the reader returns, in lower-case hex.
///
/// # Errors
///
/// Errors of the reader.
pub fn sha256(mut bytes: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match bytes.read(&mut piece)? {
            0 => return Ok(to_hex(&hasher.finalize())),
            len => hasher.update(&piece[..len]),
        }
    }
}
