//! Writes a bundle from references and a pack, as `git bundle create --all` writes it. The bundle is verified and
//! hashed on the way.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::BundleCheck;
use crate::archive::hex::to_hex;

/// A bundle that is being written.
#[derive(Debug)]
pub struct BundleWriter<W> {
    out: W,
    check: BundleCheck,
    hash: Sha256,
}

/// A bundle that was written and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenBundle {
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
    pub refs: u64,
    /// Number of objects in the pack.
    pub objects: u64,
}

impl<W: Write> BundleWriter<W> {
    /// Writes the header. Each reference is an object name in hex and a name without white space; `HEAD` comes last,
    /// where git writes it.
    pub fn begin<'a>(
        out: W,
        is_sha256: bool,
        refs: impl Iterator<Item = (&'a str, &'a [u8])> + Clone,
    ) -> io::Result<Self> {
        let mut writer = Self { out, check: BundleCheck::new(false), hash: Sha256::new() };
        // Version 2 has no place for the object format, so git writes version 3 for SHA-256 alone.
        writer.push(if is_sha256 {
            b"# v3 git bundle\n@object-format=sha256\n"
        } else {
            b"# v2 git bundle\n"
        })?;
        let is_head = |(_, name): &(&str, &[u8])| *name == b"HEAD";
        let (heads, others) = (refs.clone().filter(is_head), refs.filter(|one| !is_head(one)));
        for (oid, name) in others.chain(heads) {
            writer.push(&[oid.as_bytes(), b" ", name, b"\n"].concat())?;
        }
        writer.push(b"\n")?;
        Ok(writer)
    }

    /// Writes the next bytes of the pack.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.check.push(bytes);
        self.hash.update(bytes);
        Ok(())
    }

    /// Ends the bundle, or returns what is wrong with it as the end of a sentence.
    pub fn finish(mut self) -> io::Result<Result<WrittenBundle, &'static str>> {
        self.out.flush()?;
        let mut read = self.check.finish("");
        read.check_in_depth(&mut |_| true);
        let report = read.report;
        Ok(match read.flaw {
            Some(flaw) => Err(flaw.words()),
            None => Ok(WrittenBundle {
                bytes: report.bytes,
                sha256: to_hex(&self.hash.finalize()),
                refs: report.refs,
                objects: report.objects,
            }),
        })
    }
}
