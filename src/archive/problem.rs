//! The problems that a verification can find, each with its code and level, in a list of bounded length.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How bad a problem is, worst first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Level {
    /// The bytes are not those that GitLab wrote.
    Damage,
    /// The importer refuses the whole archive.
    Error,
    /// The importer continues, and some data is lost.
    Warning,
}

words!(Level);

/// The codes of `cli.md`, and two more that name what is in the way of calling a file an archive at all.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProblemCode {
    GzipTruncated,
    GzipCorrupt,
    GzipTrailingData,
    TarCorrupt,
    NotGzip,
    NotTar,
    HardLink,
    UnsafePath,
    SpecialFile,
    VersionMissing,
    VersionMismatch,
    VersionDuplicate,
    ProjectJsonMissing,
    ProjectJsonInvalid,
    LegacyFormat,
    NdjsonInvalid,
    NdjsonLineTooLong,
    BundleCorrupt,
    LfsHashMismatch,
    TooLarge,
    BundleMissing,
    SymlinkDropped,
    LfsObjectMissing,
    LfsObjectUnlisted,
    UploadMissing,
    CountDiffers,
    NewerGitlab,
}

words!(ProblemCode, all);

impl ProblemCode {
    /// A code always has the same level.
    pub fn level(self) -> Level {
        match self {
            Self::GzipTruncated | Self::GzipCorrupt | Self::GzipTrailingData | Self::TarCorrupt => {
                Level::Damage
            }
            Self::NotGzip
            | Self::NotTar
            | Self::HardLink
            | Self::UnsafePath
            | Self::SpecialFile
            | Self::VersionMissing
            | Self::VersionMismatch
            | Self::VersionDuplicate
            | Self::ProjectJsonMissing
            | Self::ProjectJsonInvalid
            | Self::LegacyFormat
            | Self::NdjsonInvalid
            | Self::NdjsonLineTooLong
            | Self::BundleCorrupt
            | Self::LfsHashMismatch
            | Self::TooLarge => Level::Error,
            Self::BundleMissing
            | Self::SymlinkDropped
            | Self::LfsObjectMissing
            | Self::LfsObjectUnlisted
            | Self::UploadMissing
            | Self::CountDiffers
            | Self::NewerGitlab => Level::Warning,
        }
    }
}

/// One thing that is wrong, in a sentence that never quotes what the archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub level: Level,
    pub code: ProblemCode,
    /// The member of the tar it is about, where it is about one.
    pub member: Option<String>,
    pub message: String,
}

impl Problem {
    pub fn new(code: ProblemCode, member: Option<String>, message: impl Into<String>) -> Self {
        Self { level: code.level(), code, member, message: message.into() }
    }
}

/// Keeps the first problems of each code and counts the rest, so that a hostile archive cannot fill memory.
#[derive(Debug)]
pub(super) struct Problems {
    kept: Vec<Problem>,
    seen: BTreeMap<ProblemCode, usize>,
    left_off: u64,
    per_code: usize,
}

impl Problems {
    /// At least one of each code is kept, because the verdict is read from them.
    pub(super) fn new(per_code: usize) -> Self {
        Self { kept: Vec::new(), seen: BTreeMap::new(), left_off: 0, per_code: per_code.max(1) }
    }

    /// The message is only built when it is kept.
    pub(super) fn add<M: Into<String>>(
        &mut self,
        code: ProblemCode,
        member: Option<&str>,
        message: impl FnOnce() -> M,
    ) {
        let seen = self.seen.entry(code).or_default();
        if *seen < self.per_code {
            *seen += 1;
            self.kept.push(Problem::new(code, member.map(str::to_owned), message()));
        } else {
            self.left_off += 1;
        }
    }

    pub(super) fn has(&self, code: ProblemCode) -> bool {
        self.seen.contains_key(&code)
    }

    pub(super) fn has_level(&self, level: Level) -> bool {
        self.seen.keys().any(|code| code.level() == level)
    }

    /// Whether anything worse than a warning was found.
    pub(super) fn stop_an_import(&self) -> bool {
        self.has_level(Level::Damage) || self.has_level(Level::Error)
    }

    /// Worst first, else in the order found, with the number left off.
    pub(super) fn into_sorted(mut self) -> (Vec<Problem>, u64) {
        self.kept.sort_by_key(|problem| problem.level);
        (self.kept, self.left_off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_words_are_those_of_json() {
        for code in ProblemCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn a_flood_of_one_code_hides_no_other() {
        let mut problems = Problems::new(2);
        for _ in 0..5 {
            problems.add(ProblemCode::UploadMissing, None, || "gone");
        }
        problems.add(ProblemCode::TarCorrupt, Some("x"), || "broken");
        assert!(problems.has_level(Level::Damage) && !problems.has_level(Level::Error));
        let (kept, left_off) = problems.into_sorted();
        assert_eq!((kept.len(), left_off), (3, 3));
        assert_eq!(kept[0].code, ProblemCode::TarCorrupt);
    }
}
