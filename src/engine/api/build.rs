//! Archives that are rebuilt from the files of a relations export.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::archive::Report;
pub use crate::archive::build::LeftOut;
use crate::case::import::GITLAB_COM_UPLOAD_BYTES;
pub use crate::case::import::SetPart;
pub use crate::case::rebuild::{Gap, GapReason};
use crate::case::rebuild::{ImportDoubt, PartLeftOut, RebuildNote};
use crate::case::{UserError, UtcMs};

use super::fill::{Filled, MembersChoice};
use super::receipt::Receipt;

/// How to rebuild.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// Path of the archive, which must not exist yet; `None` puts it beside the folder.
    pub output: Option<PathBuf>,
    /// Builds although something is missing. The result and the receipt list every gap.
    pub allow_gaps: bool,
    /// Relations that the user leaves out on purpose.
    pub without: Vec<String>,
    /// When to build a set of archives; `None` always builds one archive.
    pub split: Option<Split>,
    /// Which members go into the archive; `None` takes them as the folder has them.
    pub members: Option<MembersChoice>,
    /// The import limit that one archive is compared with; `None` is the limit of GitLab.com.
    pub limit_bytes: Option<u64>,
    /// First reads from GitLab what the relations export lacks. Without this, a build needs no network.
    pub fills: bool,
}

impl BuildOptions {
    /// These options with the import limit of the settings, unless they name another.
    #[must_use]
    pub fn under(self, limit_bytes: u64) -> Self {
        Self { limit_bytes: self.limit_bytes.or(Some(limit_bytes)), ..self }
    }

    /// The import limit that the archive is compared with.
    pub fn import_limit_bytes(&self) -> u64 {
        self.split.map(|split| split.limit_bytes).or(self.limit_bytes).unwrap_or(GITLAB_COM_UPLOAD_BYTES)
    }
}

/// When to build a set of archives instead of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The destination's import limit, which every archive of the set keeps.
    pub limit_bytes: u64,
    /// Also where one archive would keep the limit.
    pub always: bool,
}

impl Split {
    /// A set where GitLab.com would refuse the archive as too large.
    pub fn as_on_gitlab_com() -> Self {
        Self { limit_bytes: GITLAB_COM_UPLOAD_BYTES, always: false }
    }
}

/// The stage of a build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum BuildStage {
    #[default]
    Building,
    Verifying,
    /// Reads members, wiki and snippets from GitLab.
    Filling,
}

impl BuildStage {
    /// The code in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The stage in words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Building => "Building the archive",
            Self::Verifying => "Verifying the archive",
            Self::Filling => "Reading members, wiki and snippets",
        }
    }
}

/// One build, running or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildView {
    /// The folder with the relation files.
    pub folder: PathBuf,
    /// The archive that is built. Its path identifies the build in commands.
    pub output: PathBuf,
    pub stage: BuildStage,
    /// The archive of a set that is being built, from 1; `None` where only one archive is built.
    pub part: Option<u64>,
    /// Bytes read in this stage, and their total; 0 while the total is unknown.
    pub bytes: u64,
    pub total_bytes: u64,
    /// When this stage began.
    pub started_at: UtcMs,
    pub ended: Option<Result<Arc<BuiltArchive>, BuildFailed>>,
}

/// The result of a build that succeeded.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltArchive {
    /// The archive, or the list of the set.
    pub path: PathBuf,
    /// The archives of a set in the order of their import; empty for one archive.
    pub parts: Vec<SetPart>,
    /// Records by relation, in all parts.
    pub counts: BTreeMap<String, u64>,
    /// Of the archive, or of the base archive of a set.
    pub report: Arc<Report>,
    pub receipt: Arc<Receipt>,
    pub gaps: Vec<Gap>,
    /// What was added to the relations export.
    pub filled: Vec<Filled>,
    pub left_out: Vec<LeftOut>,
    /// How many more were left out than the list shows.
    pub left_out_more: u64,
    /// Further remarks for the user.
    pub notes: Vec<RebuildNote>,
    /// Why an import of the archive may fail.
    pub doubts: Vec<ImportDoubt>,
}

impl BuiltArchive {
    /// Size of the archive, or of all archives of the set.
    pub fn bytes(&self) -> u64 {
        if self.parts.is_empty() { self.report.bytes } else { self.parts.iter().map(|part| part.bytes).sum() }
    }

    /// The receipt of a set is about its list, which has this size and SHA-256.
    pub fn of_set(&mut self, (bytes, sha256): (u64, String)) {
        if let Some(receipt) = Arc::get_mut(&mut self.receipt) {
            (receipt.bytes, receipt.sha256) = (bytes, sha256);
        }
    }
}

impl From<&LeftOut> for PartLeftOut {
    fn from(left: &LeftOut) -> Self {
        Self { relation: left.relation.clone(), name: left.name.clone(), why: left.why.clone() }
    }
}

/// Why a build failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFailed {
    pub error: UserError,
    /// The gaps, where they are the reason.
    pub gaps: Vec<Gap>,
}

impl From<UserError> for BuildFailed {
    fn from(error: UserError) -> Self {
        Self { error, gaps: Vec::new() }
    }
}

/// The folder of a set, from the path of the archive that would be too large.
pub fn set_folder(archive: &Path) -> PathBuf {
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = [".tar.gz", ".tgz", ".gz"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let stem = ["_export", "_set"].iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(stem);
    archive.with_file_name(format!("{stem}_set"))
}

/// The default path of an archive: beside its folder.
pub fn archive_beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().map_or_else(|| "project".into(), |name| name.to_string_lossy());
    let name = name.strip_suffix("_relations").unwrap_or(&name);
    folder.with_file_name(format!("{name}_rebuilt_export.tar.gz"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_set_is_named_after_the_archive() {
        for (archive, folder) in [
            ("/d/acme_webshop_rebuilt_export.tar.gz", "/d/acme_webshop_rebuilt_set"),
            ("/d/a.tar.gz", "/d/a_set"),
            ("/d/a_set", "/d/a_set"),
            ("/d/a.b", "/d/a.b_set"),
        ] {
            assert_eq!(set_folder(Path::new(archive)), Path::new(folder));
        }
    }
}
