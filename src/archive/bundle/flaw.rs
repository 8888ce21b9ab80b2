//! Why a git bundle cannot be used, and what to do about that.

use crate::archive::problem::ProblemCode;

/// What is wrong with a bundle: `git clone --mirror`, which GitLab's importer runs, would refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BundleFlaw {
    Empty,
    NotABundle,
    LfsPointer,
    BadHeader,
    UnknownCapability,
    Filtered,
    Prerequisites,
    DuplicateRef,
    ConflictingRefs,
    NullRef,
    EndsInHeader,
    NoPack,
    EmptyPack,
    EndsInPack,
    Checksum,
    BadObject,
    MissingObject,
}

impl BundleFlaw {
    /// The end of a sentence that starts with the bundle's name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::NotABundle => "is not a git bundle",
            Self::LfsPointer => "is a Git LFS pointer instead of the bundle itself",
            Self::BadHeader => "has an unreadable header",
            Self::UnknownCapability => "needs a capability that git does not know",
            Self::Filtered => "is filtered: it leaves out objects on purpose",
            Self::Prerequisites => "needs commits that it does not contain",
            Self::DuplicateRef => "names a branch or tag twice",
            Self::ConflictingRefs => "names a branch or tag that is a folder of another one",
            Self::NullRef => "names a branch or tag that points to nothing",
            Self::EndsInHeader => "ends inside its header",
            Self::NoPack => "contains no pack that git can read",
            Self::EmptyPack => "names branches or tags, but its pack contains no objects",
            Self::EndsInPack => "ends inside its pack",
            Self::BadObject => "contains an object that git cannot read",
            Self::MissingObject => "lacks an object that it needs",
            Self::Checksum => "has a pack with a wrong checksum: bytes are missing or changed",
        }
    }

    pub fn next_step(self) -> &'static str {
        match self {
            Self::LfsPointer => {
                "Somebody packed the archive from a git repository with LFS: run git lfs pull there, and pack it again."
            }
            Self::Filtered | Self::Prerequisites => {
                "Somebody created this bundle by hand. Create a complete bundle with `git bundle create`, or export the \
                 project again."
            }
            Self::DuplicateRef | Self::ConflictingRefs | Self::NullRef => {
                "Export the project again. If the result is the same, the repository has broken references: ask the \
                 administrators to check the repository, and note the problem in the bug issue."
            }
            _ => ProblemCode::BundleCorrupt.next_step(),
        }
    }
}
