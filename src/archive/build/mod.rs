//! Builds the archive that GitLab's file export would have created, from the files of a relations export.
//!
//! Both exports write the same bytes for a relation. GitLab itself builds the file export from such pieces
//! (`lib/gitlab/import_export/project/exported_relations_merger.rb`), and issue 524629 of gitlab-org/gitlab requests
//! this feature. One pass over the files, in constant memory.
//!
//! ```text
//! build ─> tree      relations of records: batches joined, every line checked
//!     │      ├─ order     issues in their manual order again
//!     │      ├─ rows      protected branches without what would widen access
//!     │      └─ iids      the highest numbers of issues and so on
//!     ├──> slice     a part of one relation as an archive of its own
//!     ├──> files     uploads, LFS objects, repositories: members under their other names
//!     ├──> part      one file, unpacked and compared with its SHA-256 while it is read
//!     ├──> extras    what does not come from the relations export: members, the wiki, snippets
//!     └──> tar_out ─> gzip_out     the archive, compressed by several threads
//! ```

mod error;
mod extras;
mod files;
mod gzip_out;
mod iids;
mod order;
mod part;
mod rows;
mod slice;
mod tar_out;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::error::{BuildError, JoinFault};
pub use self::extras::{Extra, ExtraContent};
pub use self::gzip_out::rewrite_mark;
pub use self::slice::{RelationSlice, SliceLimits, build_slice, cut, halves};

use self::part::Reading;
use self::tar_out::TarOut;

/// One file of a relations export on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub path: PathBuf,
    /// Number of the batch, if the file is one.
    pub batch: Option<u64>,
    /// Size on disk.
    pub bytes: u64,
    /// SHA-256 of the file on disk, lower-case hex.
    pub sha256: String,
    /// The unpacked size. If it is unknown, the file is read twice: a tar needs a member's size before its content.
    pub unpacked_bytes: Option<u64>,
    /// Whether the file is a tar of files; otherwise it contains records.
    pub is_tar: bool,
}

/// The files of one relation, ordered by batch number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationParts {
    /// GitLab's name, for example `issues`, `self` or `lfs_objects`.
    pub relation: String,
    pub parts: Vec<Part>,
}

/// The input of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildInput {
    pub relations: Vec<RelationParts>,
    /// Version of the GitLab that made the files, for example `18.9.0-ee`.
    pub gitlab_version: Option<String>,
    pub gitlab_revision: Option<String>,
    /// The modification time of every member, in seconds since 1970.
    pub at_s: u64,
    /// How many rows of each protected branch let a deploy key push. The relations export contains these rows without
    /// the key, and an import would let Maintainers push instead.
    pub deploy_key_rows: BTreeMap<String, u64>,
    /// Members that do not come from the relations export.
    pub extras: Vec<Extra>,
    /// Whether to compute `max_iids.json`: only if no records are missing, and GitLab has not exported it.
    pub max_iids: bool,
    /// What the archive says of its origin; empty for none. At most [`super::MOST_MARK_BYTES`].
    pub mark: Vec<u8>,
}

/// Something among the files that does not belong in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub relation: String,
    /// The member of the relation's tar; `None` if the whole relation is left out.
    pub name: Option<String>,
    pub why: String,
    /// No relations export contains it, and nobody has read it from GitLab.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unread: bool,
}

/// What the build changed besides joining the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// The first entries; [`Self::left_out_more`] counts the others.
    pub left_out: Vec<LeftOut>,
    pub left_out_more: u64,
    /// Number of deploy-key rows that were removed from protected branches.
    pub dropped_rows: u64,
    /// Number of such rows that were not found among those of their branch.
    pub undropped_rows: u64,
    /// There were too many issues to restore their manual order.
    pub issues_unordered: bool,
    /// How many LFS objects no list gave a type, so that the build added one.
    pub unlisted_lfs: u64,
    /// How many numbers `max_iids.json` contains; `None` where it was not computed.
    pub max_iids: Option<u64>,
}

impl LeftOut {
    /// A whole relation, and why.
    pub fn of(relation: &str, why: &str) -> Self {
        Self { relation: relation.to_owned(), name: None, why: why.to_owned(), is_unread: false }
    }

    /// A whole part that nobody has read from GitLab for this export, and why.
    pub fn unread(relation: &str, why: &str) -> Self {
        Self { is_unread: true, ..Self::of(relation, why) }
    }
}

/// The maximum length of [`Built::left_out`].
const LISTED: usize = 1000;

/// The relations whose records must all be there for `max_iids.json`.
pub fn numbered_relations() -> impl Iterator<Item = &'static str> {
    iids::MaxIids::relations()
}

impl Built {
    fn leave_out(&mut self, relation: &str, name: Option<&str>, why: &str) {
        if self.left_out.len() < LISTED {
            self.left_out.push(LeftOut { name: name.map(str::to_owned), ..LeftOut::of(relation, why) });
        } else {
            self.left_out_more += 1;
        }
    }
}

/// Writes the archive to `out`. `spool` is a folder for temporary files that only their owner can read; `progress`
/// receives the number of bytes of the parts read so far, and `Break` cancels.
///
/// Content that GitLab could not import is an error: a blank line, a batch without its last newline, a line of more
/// than 50 MiB. [`super::verify`], which reads the result, checks the remaining rules.
pub fn build<W: Write + Send>(
    input: &BuildInput,
    out: W,
    spool: &Path,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(W, Built), BuildError> {
    gzip_out::compress((out, &input.mark), |blocks| {
        let mut built = Built::default();
        let mut tar = TarOut::new(blocks, input.at_s);
        let mut reading = Reading::new(progress, input.max_iids);
        tar.begin(input)?;
        tree::write(input, &mut tar, spool, &mut reading, &mut built)?;
        files::write(input, &mut tar, &mut reading, &mut built)?;
        extras::write(&input.extras, &mut tar, &mut reading)?;
        tar.finish().map_err(BuildError::Write)?;
        Ok(built)
    })
}
