//! The report of a verification: the verdict, its problems, and the counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::problem::{Level, Problem, ProblemCode};

/// Whether an archive can be imported, best first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    Importable,
    /// There are only warnings: the import finishes, but something is missing afterwards.
    ImportableWithLosses,
    NotImportable,
    /// Bytes are missing or wrong, whatever the other findings are.
    Damaged,
    NotAnExport,
}

words!(Verdict);

impl Verdict {
    /// One sentence for a person.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Importable => "This archive is complete, and GitLab can import it.",
            Self::ImportableWithLosses => {
                "This archive is complete and GitLab can import it, but some data will be lost."
            }
            Self::NotImportable => "This archive is complete, but GitLab would not import it.",
            Self::Damaged => "This archive is damaged: bytes are missing or wrong.",
            Self::NotAnExport => "This file is not a GitLab project export.",
        }
    }

    /// Whether a person can try to import the archive.
    pub fn may_import(self) -> bool {
        matches!(self, Self::Importable | Self::ImportableWithLosses)
    }
}

/// All findings of one verification of a project archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub verdict: Verdict,
    /// Size of the file on disk.
    pub bytes: u64,
    /// SHA-256 of the file on disk, lower-case hex.
    pub sha256: String,
    /// Size of the tar, padding and end blocks included: what the importer's size limit counts.
    pub unpacked_bytes: u64,
    /// First line of VERSION.
    pub format_version: Option<String>,
    pub gitlab_version: Option<String>,
    pub gitlab_revision: Option<String>,
    /// Whether `tree/project.json` has attributes, which GitLab assigns to the project even with a single relation.
    #[serde(default)]
    pub has_settings: bool,
    /// Records of each relation that has a file; a relation without a file has no entry.
    pub counts: BTreeMap<String, u64>,
    /// Worst first; of each code only the first ones are kept.
    pub problems: Vec<Problem>,
    pub problems_left_off: u64,
    pub members: Members,
    /// LFS files in the archive.
    pub lfs_objects: u64,
    pub bundles: Vec<BundleReport>,
    /// What the archive says of its origin, if this program built it. Anybody can write such a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

impl Report {
    /// The report of an importable archive without content.
    #[cfg(test)]
    pub fn of_empty() -> Self {
        Self {
            verdict: Verdict::Importable,
            bytes: 7,
            sha256: "00".to_owned(),
            unpacked_bytes: 9,
            format_version: None,
            gitlab_version: None,
            gitlab_revision: None,
            has_settings: false,
            counts: BTreeMap::new(),
            problems: Vec::new(),
            problems_left_off: 0,
            members: Members::default(),
            lfs_objects: 0,
            bundles: Vec::new(),
            mark: None,
        }
    }

    /// How far the bundles of the archive were checked; the least checked one counts.
    pub fn depth(&self) -> Depth {
        let is_surface = self.bundles.iter().any(|bundle| bundle.depth == Depth::Surface);
        if is_surface { Depth::Surface } else { Depth::Deep }
    }

    /// Whether the report lists a problem of this code.
    pub fn has(&self, code: ProblemCode) -> bool {
        self.problems.iter().any(|problem| problem.code == code)
    }

    /// The verdict in one sentence for a person.
    pub fn sentence(&self) -> &'static str {
        let all = |level: Level, are: fn(ProblemCode) -> bool| {
            self.problems.iter().filter(|problem| problem.level == level).all(|problem| are(problem.code))
        };
        match self.verdict {
            Verdict::ImportableWithLosses if self.has(ProblemCode::RebuiltWithGap) => {
                "GitLab can import this archive, but data is missing in it. Export Desk rebuilt it from a relations export that had gaps."
            }
            Verdict::ImportableWithLosses if self.has(ProblemCode::SetPart) => {
                "This archive is a part of a set. Alone, it does not contain the whole project."
            }
            Verdict::Importable if self.has(ProblemCode::Rebuilt) => {
                "GitLab can import this archive. Export Desk rebuilt it from a relations export; GitLab's file export did not make it."
            }
            Verdict::NotImportable if all(Level::Error, ProblemCode::is_precaution) => {
                "This archive is complete and GitLab would import it, but Export Desk refuses it as a precaution."
            }
            Verdict::ImportableWithLosses if all(Level::Warning, ProblemCode::is_oddity) => {
                "This archive is complete and GitLab can import it, but GitLab did not write it like this."
            }
            Verdict::Importable if self.depth() == Depth::Surface => {
                "This archive is complete, and GitLab can import it. Export Desk checked the header, references and checksum of its repository, but not every object."
            }
            verdict => verdict.sentence(),
        }
    }

    /// Adds a problem that only the caller can know, such as `count_differs`, and adapts the verdict.
    pub fn add_problem(&mut self, problem: Problem) {
        let at_most = match problem.level {
            Level::Damage => Verdict::Damaged,
            Level::Error => Verdict::NotImportable,
            Level::Warning => Verdict::ImportableWithLosses,
            Level::Note => Verdict::Importable,
        };
        self.verdict = self.verdict.max(at_most);
        let place = self.problems.partition_point(|known| known.code <= problem.code);
        self.problems.insert(place, problem);
    }

    /// Warns when the archive was made by a newer GitLab than the one it is meant for. GitLab's documentation
    /// asks for the same or a newer destination; its code does not check it.
    pub fn check_newer_than(&mut self, destination_version: &str) {
        let Some(made_by) = self.gitlab_version.clone() else { return };
        let (Some(source), Some(destination)) = (major_minor(&made_by), major_minor(destination_version))
        else {
            return;
        };
        if source > destination {
            self.add_problem(Problem::new(
                ProblemCode::NewerGitlab,
                Some("GITLAB_VERSION".into()),
                format!(
                    "GitLab {made_by} made this archive. The destination has the older version {}.{}, and GitLab does not support imports into older versions.",
                    destination.0, destination.1
                ),
            ));
        }
    }
}

/// The first two numbers of a GitLab version such as `18.9.0-pre`.
fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().trim_start_matches('v').split('.');
    let number = |part: &str| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part[..digits].parse().ok()
    };
    Some((number(parts.next()?)?, number(parts.next()?)?))
}

/// The members of a tar, as far as they are listed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Members {
    pub entries: Vec<Member>,
    /// Number of members beyond the limit: counted below, but not listed above.
    pub left_off: u64,
    /// Regular files, listed or not.
    pub files: u64,
    /// Total size of their content, without headers and padding.
    pub bytes: u64,
}

/// One member of a tar; the name is without `./` and lossy if it is not UTF-8.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    pub name: Box<str>,
    pub bytes: u64,
    pub kind: MemberKind,
}

/// The kind of a member according to its tar header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberKind {
    File,
    Directory,
    HardLink,
    Symlink,
    Fifo,
    /// A character or block device.
    Device,
    Sparse,
    /// A type of member that GitLab never writes; tar extracts it as a file.
    Other,
}

impl MemberKind {
    /// Whether it is a file once it is extracted.
    pub(super) fn has_content(self) -> bool {
        matches!(self, Self::File | Self::Sparse | Self::Other)
    }
}

/// How far bundles were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Depth {
    /// Header, references and the pack's checksum.
    #[default]
    Surface,
    /// Every object: inflated and hashed, its deltas resolved and its connections followed.
    Deep,
}

words!(Depth);

/// A git bundle as its own header describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BundleReport {
    pub member: String,
    pub bytes: u64,
    /// 2 or 3; 0 when the file is no bundle.
    pub version: u8,
    /// `sha1` or `sha256`.
    pub object_format: String,
    pub refs: u64,
    pub prerequisites: u64,
    /// From the pack's header.
    pub objects: u64,
    /// Whether the bundle has a branch, a tag or another reference that git fetches.
    #[serde(default)]
    pub has_content: bool,
    #[serde(default)]
    pub depth: Depth,
    /// Header, pack and the pack's checksum all agree.
    pub sound: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_first_two_numbers() {
        assert_eq!(major_minor("18.9.0-pre"), Some((18, 9)));
        assert_eq!(major_minor("v17.11-ee"), Some((17, 11)));
        assert_eq!(major_minor("17"), None);
        assert_eq!(major_minor("not a version"), None);
    }

    #[test]
    fn verdict_words_are_those_of_json() {
        for verdict in [
            Verdict::Importable,
            Verdict::ImportableWithLosses,
            Verdict::NotImportable,
            Verdict::Damaged,
            Verdict::NotAnExport,
        ] {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.as_str());
            assert!(verdict.sentence().ends_with('.'));
        }
    }
}
