//! Members that do not come from the relations export.

use std::io::Write;
use std::path::PathBuf;

use super::BuildError;
use super::part::Reading;
use super::tar_out::TarOut;

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    /// The name in the archive, for example `project.wiki.bundle`.
    pub name: String,
    pub content: ExtraContent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtraContent {
    Bytes(Vec<u8>),
    /// A file as it is, with its size and SHA-256.
    File {
        path: PathBuf,
        bytes: u64,
        sha256: String,
    },
}

impl Extra {
    pub fn bytes(&self) -> u64 {
        match &self.content {
            ExtraContent::Bytes(bytes) => bytes.len() as u64,
            ExtraContent::File { bytes, .. } => *bytes,
        }
    }
}

const SNIPPETS: &str = "snippets/";

/// Writes the members.
pub(super) fn write<W: Write>(
    extras: &[Extra],
    tar: &mut TarOut<W>,
    reading: &mut Reading<'_>,
) -> Result<(), BuildError> {
    let mut has_folder = false;
    for extra in extras {
        if extra.name.starts_with(SNIPPETS) && !has_folder {
            tar.folder("snippets").map_err(BuildError::Write)?;
            has_folder = true;
        }
        match &extra.content {
            ExtraContent::Bytes(bytes) => tar.small(&extra.name, bytes).map_err(BuildError::Write)?,
            ExtraContent::File { path, bytes, sha256 } => {
                tar.open(&extra.name, *bytes).map_err(BuildError::Write)?;
                reading.copy((path, *bytes, sha256), |piece| tar.data(piece).map_err(BuildError::Write))?;
                tar.close().map_err(BuildError::Write)?;
            }
        }
    }
    Ok(())
}
