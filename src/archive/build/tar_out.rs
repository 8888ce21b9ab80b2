//! Writes a tar in the same way as GitLab's `tar`: names start with `./`, folders are 0700, files 0600, nothing is a
//! link.

use std::io::{self, Write};

use tar::{EntryType, Header};

use super::{BuildError, BuildInput};

/// The version of the archive's format since GitLab 11.1 (`Gitlab::ImportExport::VERSION`).
const FORMAT_VERSION: &[u8] = b"0.2.4";

const BLOCK: u64 = 512;
/// The longest name in a header's own field; a longer name precedes the member in an entry of its own, as GNU tar
/// writes it.
const SHORT_NAME: usize = 100;
/// `tar` fills its output up to records of this size.
const RECORD: u64 = 20 * BLOCK;

/// A tar that is being written.
pub(super) struct TarOut<W> {
    out: W,
    at_s: u64,
    written: u64,
    /// Number of bytes that the open member still needs.
    left: u64,
}

impl<W: Write> TarOut<W> {
    pub(super) fn new(out: W, at_s: u64) -> Self {
        Self { out, at_s, written: 0, left: 0 }
    }

    /// The root folder, with which GitLab's archives start.
    pub(super) fn root(&mut self) -> io::Result<()> {
        self.header(b"./", EntryType::Directory, 0)
    }

    /// What every archive starts with: the root folder and the versions.
    pub(super) fn begin(&mut self, input: &BuildInput) -> Result<(), BuildError> {
        self.root().map_err(BuildError::Write)?;
        for (name, text) in [
            ("VERSION", Some(FORMAT_VERSION)),
            ("GITLAB_VERSION", input.gitlab_version.as_deref().map(str::as_bytes)),
            ("GITLAB_REVISION", input.gitlab_revision.as_deref().map(str::as_bytes)),
        ] {
            if let Some(text) = text {
                self.small(name, text).map_err(BuildError::Write)?;
            }
        }
        Ok(())
    }

    /// A folder, for example `tree/project`.
    pub(super) fn folder(&mut self, name: impl AsRef<[u8]>) -> io::Result<()> {
        self.header(&[b"./", name.as_ref(), b"/"].concat(), EntryType::Directory, 0)
    }

    /// Starts a file. Exactly `bytes` of content must follow, then [`Self::close`].
    pub(super) fn open(&mut self, name: impl AsRef<[u8]>, bytes: u64) -> io::Result<()> {
        self.header(&[b"./", name.as_ref()].concat(), EntryType::Regular, bytes)?;
        self.left = bytes;
        Ok(())
    }

    /// Writes content of the open file. More than announced is an error, because a reader would take the excess for a
    /// member.
    pub(super) fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else { return Err(other_size()) };
        self.left = left;
        self.put(bytes)
    }

    pub(super) fn close(&mut self) -> io::Result<()> {
        if self.left > 0 {
            return Err(other_size());
        }
        self.pad(BLOCK)
    }

    /// A whole file.
    pub(super) fn small(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.open(name, content.len() as u64)?;
        self.data(content)?;
        self.close()
    }

    /// Writes the end of the tar.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.put(&[0; 2 * BLOCK as usize])?;
        self.pad(RECORD)
    }

    #[cfg(test)]
    pub(super) fn into_inner(self) -> W {
        self.out
    }

    fn header(&mut self, name: &[u8], kind: EntryType, bytes: u64) -> io::Result<()> {
        if name.len() > SHORT_NAME {
            let mut long = name.to_vec();
            long.push(0);
            self.block(b"././@LongLink", EntryType::GNULongName, long.len() as u64)?;
            self.put(&long)?;
            self.pad(BLOCK)?;
        }
        self.block(&name[..name.len().min(SHORT_NAME)], kind, bytes)
    }

    fn block(&mut self, name: &[u8], kind: EntryType, bytes: u64) -> io::Result<()> {
        let mut header = Header::new_gnu();
        if let Some(fields) = header.as_gnu_mut() {
            fields.name[..name.len()].copy_from_slice(name);
        }
        header.set_entry_type(kind);
        header.set_size(bytes);
        header.set_mode(if kind == EntryType::Directory { 0o700 } else { 0o600 });
        header.set_mtime(self.at_s);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        self.put(header.as_bytes())
    }

    fn pad(&mut self, to: u64) -> io::Result<()> {
        let zeros = [0; RECORD as usize];
        let over = self.written % to;
        if over > 0 { self.put(&zeros[..(to - over) as usize]) } else { Ok(()) }
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

/// The error if the size from the manifest or from a tar header differs from that of the content.
fn other_size() -> io::Error {
    io::Error::other("the size of a part changed during the build")
}
