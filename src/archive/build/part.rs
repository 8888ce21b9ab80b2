//! One file of the relations export, unpacked and compared with the manifest while it is read.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::iids::MaxIids;
use super::{BuildError, Part};
use crate::archive::hex::to_hex;

/// The size of the pieces that are passed on.
pub(super) const CHUNK_BYTES: usize = 128 << 10;

/// The total number of bytes read from all parts, and whether to continue.
pub(super) struct Reading<'a> {
    read_bytes: u64,
    /// The highest numbers in the records, if they are wanted.
    pub(super) iids: Option<MaxIids>,
    progress: &'a mut dyn FnMut(u64) -> ControlFlow<()>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(progress: &'a mut dyn FnMut(u64) -> ControlFlow<()>, has_iids: bool) -> Self {
        Self { read_bytes: 0, iids: has_iids.then(MaxIids::default), progress }
    }

    /// Passes on a file that is not compressed; its size and SHA-256 are verified.
    pub(super) fn copy(
        &mut self,
        (path, bytes, sha256): (&Path, u64, &str),
        mut on: impl FnMut(&[u8]) -> Result<(), BuildError>,
    ) -> Result<(), BuildError> {
        let mut file = Hashed::open(path, bytes)?;
        let before = self.read_bytes;
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let read = file.read(&mut chunk);
            let read = read.map_err(|source| BuildError::Read { path: path.to_owned(), source })?;
            self.read_bytes = before + file.bytes;
            if (self.progress)(self.read_bytes).is_break() {
                return Err(BuildError::Cancelled);
            }
            if file.bytes > bytes || (read == 0 && to_hex(&file.hash.finalize_reset()) != sha256) {
                return Err(BuildError::Changed { path: path.to_owned() });
            }
            if read == 0 {
                return Ok(());
            }
            on(&chunk[..read])?;
        }
    }

    /// Unpacks a part and passes it on piece by piece; the file's SHA-256 is verified.
    pub(super) fn unpack(
        &mut self,
        part: &Part,
        mut on: impl FnMut(&[u8]) -> Result<(), BuildError>,
    ) -> Result<(), BuildError> {
        self.unpack_some(part, |piece, _packed| on(piece).map(ControlFlow::Continue))
    }

    /// Like [`Self::unpack`], with the number of bytes of the file that each piece took. After `Break`, the rest of the
    /// file is not read, and its SHA-256 not verified.
    pub(super) fn unpack_some(
        &mut self,
        part: &Part,
        mut on: impl FnMut(&[u8], u64) -> Result<ControlFlow<()>, BuildError>,
    ) -> Result<(), BuildError> {
        let before = self.read_bytes;
        let mut unpacked = Unpacked::open(part)?;
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut bytes = 0;
        loop {
            let used_before = unpacked.used_bytes();
            let read = match unpacked.read(&mut chunk) {
                Ok(read) => read,
                Err(source) => return Err(unpacked.fault(part, source)),
            };
            self.read_bytes = before + unpacked.read_bytes();
            if (self.progress)(self.read_bytes).is_break() {
                return Err(BuildError::Cancelled);
            }
            if read == 0 {
                unpacked.compare(part)?;
                let fits = part.unpacked_bytes.is_none_or(|expected| bytes == expected);
                return if fits { Ok(()) } else { Err(resized(part)) };
            }
            bytes += read as u64;
            if part.unpacked_bytes.is_some_and(|expected| bytes > expected) {
                return Err(resized(part));
            }
            if on(&chunk[..read], unpacked.used_bytes() - used_before)?.is_break() {
                return Ok(());
            }
        }
    }

    /// The uncompressed size of a part, from the manifest or by unpacking the part.
    pub(super) fn unpacked_bytes(&mut self, part: &Part) -> Result<u64, BuildError> {
        if let Some(bytes) = part.unpacked_bytes {
            return Ok(bytes);
        }
        let before = self.read_bytes;
        let mut bytes = 0;
        self.unpack(part, |chunk| {
            bytes += chunk.len() as u64;
            Ok(())
        })?;
        // Only the later read of the content counts as progress.
        self.read_bytes = before;
        Ok(bytes)
    }
}

/// The manifest says another unpacked size: somebody edited it, or replaced the file.
fn resized(part: &Part) -> BuildError {
    let why = "its content has another size than the manifest says".to_owned();
    BuildError::Corrupt { path: part.path.clone(), why }
}

/// A file that is being unpacked.
struct Unpacked {
    gzip: MultiGzDecoder<BufReader<Hashed>>,
}

impl Unpacked {
    fn open(part: &Part) -> Result<Self, BuildError> {
        let hashed = Hashed::open(&part.path, part.bytes)?;
        Ok(Self { gzip: MultiGzDecoder::new(BufReader::with_capacity(CHUNK_BYTES, hashed)) })
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.gzip.read(into)
    }

    /// How much of the file the decoder has used, without what is only buffered.
    fn used_bytes(&self) -> u64 {
        let buffered = self.gzip.get_ref();
        buffered.get_ref().bytes - buffered.buffer().len() as u64
    }

    fn read_bytes(&self) -> u64 {
        self.gzip.get_ref().get_ref().bytes
    }

    /// Why the file does not unpack: it is another file than the one that was verified, it has been broken all along, or
    /// the disk fails.
    fn fault(self, part: &Part, source: io::Error) -> BuildError {
        let path = part.path.clone();
        match source.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                let why = "it is no complete gzip".to_owned();
                self.compare(part).err().unwrap_or(BuildError::Corrupt { path, why })
            }
            _ => BuildError::Read { path, source },
        }
    }

    fn compare(self, part: &Part) -> Result<(), BuildError> {
        let mut rest = self.gzip.into_inner();
        let read = |source| BuildError::Read { path: part.path.clone(), source };
        io::copy(&mut rest, &mut io::sink()).map_err(read)?;
        let digest = to_hex(&rest.into_inner().hash.finalize());
        if digest == part.sha256 { Ok(()) } else { Err(BuildError::Changed { path: part.path.clone() }) }
    }
}

/// A file that is hashed while it is read.
struct Hashed {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Hashed {
    fn open(path: &Path, bytes: u64) -> Result<Self, BuildError> {
        let read = |source| BuildError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(read)?;
        let facts = file.metadata().map_err(read)?;
        if !facts.is_file() || facts.len() != bytes {
            return Err(BuildError::Changed { path: path.to_owned() });
        }
        Ok(Self { file, hash: Sha256::new(), bytes: 0 })
    }
}

impl Read for Hashed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        self.hash.update(&into[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
