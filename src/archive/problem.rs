//! The problems that a verification can find: code, level, sentence and next step.

use serde::{Deserialize, Serialize};

/// The severity of a problem, worst first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Level {
    /// The bytes differ from those that GitLab wrote.
    Damage,
    /// The importer refuses the whole archive, or Export Desk does as a precaution.
    Error,
    /// The importer continues, and some data may be lost.
    Warning,
    /// Nothing is lost, but the note is useful before the import.
    Note,
}

words!(Level);

/// The codes of `cli.md`. Within a level, the order is that of a report: the code that explains the most comes first.
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
    DoubleGzip,
    GroupExport,
    RelationFile,
    RelationMismatch,
    NotTar,
    WrappedFolder,
    WrappedArchive,
    HardLink,
    LegacyFormat,
    VersionMissing,
    VersionMismatch,
    ProjectJsonMissing,
    ProjectJsonInvalid,
    FolderInPlace,
    NdjsonInvalid,
    NdjsonLineTooLong,
    BundleCorrupt,
    LfsListInvalid,
    LfsHashMismatch,
    LfsObjectUnlisted,
    UploadPathInvalid,
    TooLarge,
    UnsafePath,
    SpecialFile,
    VersionDuplicate,
    BundleMissing,
    RebuiltWithGap,
    SetPart,
    RelationUnknown,
    SymlinkDropped,
    MemberSkipped,
    NameTooLong,
    LfsObjectMissing,
    UploadMissing,
    CountDiffers,
    NewerGitlab,
    UnusualMember,
    TarEndMissing,
    TarTrailingData,
    ImportsArchived,
    ImportsVisible,
    ForeignFiles,
    Rebuilt,
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
            | Self::DoubleGzip
            | Self::GroupExport
            | Self::RelationFile
            | Self::RelationMismatch
            | Self::NotTar
            | Self::WrappedFolder
            | Self::WrappedArchive
            | Self::LegacyFormat
            | Self::VersionMissing
            | Self::VersionMismatch
            | Self::ProjectJsonMissing
            | Self::ProjectJsonInvalid
            | Self::FolderInPlace
            | Self::NdjsonInvalid
            | Self::NdjsonLineTooLong
            | Self::BundleCorrupt
            | Self::LfsListInvalid
            | Self::LfsHashMismatch
            | Self::LfsObjectUnlisted
            | Self::UploadPathInvalid
            | Self::HardLink
            | Self::TooLarge
            | Self::UnsafePath
            | Self::SpecialFile => Level::Error,
            Self::VersionDuplicate
            | Self::BundleMissing
            | Self::RebuiltWithGap
            | Self::SetPart
            | Self::RelationUnknown
            | Self::SymlinkDropped
            | Self::MemberSkipped
            | Self::NameTooLong
            | Self::LfsObjectMissing
            | Self::UploadMissing
            | Self::CountDiffers
            | Self::NewerGitlab
            | Self::UnusualMember
            | Self::TarEndMissing
            | Self::TarTrailingData => Level::Warning,
            Self::ImportsArchived | Self::ImportsVisible | Self::ForeignFiles | Self::Rebuilt => Level::Note,
        }
    }

    /// Whether GitLab would import the archive anyway, and only Export Desk refuses it as a precaution.
    pub fn is_precaution(self) -> bool {
        matches!(self, Self::UnsafePath | Self::SpecialFile)
    }

    /// Whether nothing is lost, although GitLab never writes such an archive.
    pub fn is_oddity(self) -> bool {
        matches!(
            self,
            Self::VersionDuplicate | Self::UnusualMember | Self::TarEndMissing | Self::TarTrailingData
        )
    }

    /// What a person does about the problem if only the code is known.
    pub fn next_step(self) -> &'static str {
        match self {
            Self::GzipTruncated | Self::GzipCorrupt | Self::GzipTrailingData | Self::TarCorrupt => {
                "Download the archive again. If it is damaged again, export the project again."
            }
            Self::NotGzip | Self::NotTar => {
                "Check which file this is. GitLab's project exports are named *_export.tar.gz."
            }
            Self::DoubleGzip => {
                "Unpack the file once: gunzip -c FILE > NEW.tar.gz. Then check and import NEW.tar.gz."
            }
            Self::GroupExport => {
                "Import it as a group: New group > Import group. Export each project of the group by itself."
            }
            Self::RelationFile => {
                "Build an archive from the folder of the relations export. Issues, merge requests, milestones and \
                 pipelines can also be imported alone: Export Desk packs their file for that."
            }
            Self::RelationMismatch => {
                "Download the file again. If the result is the same, start the relations export again."
            }
            Self::WrappedFolder => "Pack it again from inside that folder: tar -C FOLDER -czf NEW.tar.gz .",
            Self::WrappedArchive => {
                "Unpack this file: tar -xzf FILE. Then check and import the archive that is in it."
            }
            Self::LegacyFormat => {
                "Import it into GitLab 15.10 or older, upgrade that instance, and export the project again there."
            }
            Self::VersionMissing | Self::ProjectJsonMissing => {
                "Somebody may have repacked the archive: use the archive that GitLab created. If this is already GitLab's \
                 archive, export the project again."
            }
            Self::VersionMismatch => {
                "Check where the archive comes from, and import it into the GitLab version that wrote it."
            }
            Self::FolderInPlace | Self::HardLink => {
                "Somebody repacked the archive: GitLab writes no such member. Use the archive that GitLab created."
            }
            Self::ProjectJsonInvalid
            | Self::NdjsonInvalid
            | Self::NdjsonLineTooLong
            | Self::LfsListInvalid => {
                "Export the project again. If the same line is wrong again, GitLab writes the line like this: note the \
                 problem in the bug issue."
            }
            Self::BundleCorrupt => {
                "Export the project again. If it is corrupt again, the repository itself is: ask the administrators \
                 to run `git fsck` on it, and note it in the bug issue."
            }
            Self::LfsHashMismatch | Self::LfsObjectUnlisted => {
                "Export the project again. If the result is the same, note the problem in the bug issue; without this file in \
                 lfs-objects/, the rest can be imported."
            }
            Self::UploadPathInvalid => {
                "Move the file into a folder with a name of 32 hexadecimal digits, or remove it, and pack the archive \
                 again."
            }
            Self::TooLarge => {
                "Ask the administrators of the destination to raise the maximum decompressed archive size."
            }
            Self::UnsafePath | Self::SpecialFile => {
                "Find out who packed the archive: GitLab writes no such member. Import it only if you trust it."
            }
            _ => self.step_with_losses(),
        }
    }

    /// What a person does about a problem that does not stop an import.
    fn step_with_losses(self) -> &'static str {
        match self {
            Self::VersionDuplicate | Self::UnusualMember | Self::TarTrailingData => {
                "Somebody packed the archive again. If there is an archive as GitLab made it, take that one."
            }
            Self::TarEndMissing => {
                "The end of the archive may be missing. Compare it with the archive as GitLab made it."
            }
            Self::BundleMissing => {
                "If the project has a repository, push it to the new project, or export the project again."
            }
            Self::RebuiltWithGap => {
                "If the missing part is needed, export the project or its relations again."
            }
            Self::SetPart => "Import the whole set: name its list, the file that ends in .set.json.",
            Self::Rebuilt => "The receipt of its build names all that was added and left out.",
            Self::RelationUnknown => {
                "Import the archive into the GitLab version that wrote it, or a newer one, if this data is needed."
            }
            Self::SymlinkDropped | Self::MemberSkipped | Self::NameTooLong => {
                "If this file is needed, add it to the project after the import."
            }
            Self::LfsObjectMissing => {
                "Push the missing objects to the new project with git lfs push, from a clone that has them."
            }
            Self::UploadMissing => {
                "Save these files from the source project, if they still exist there, and attach them again."
            }
            Self::CountDiffers => "If the difference matters, export the project again and compare again.",
            Self::NewerGitlab => "Import it into a GitLab of the same or a newer version.",
            Self::ImportsArchived => {
                // `archived` is not among the parameters that the import API declares (`optional_project_params`).
                "After the import, unarchive the new project: Settings > General > Advanced. GitLab's import ignores a \
                 parameter for it."
            }
            Self::ImportsVisible => "To keep it private, import it with the parameter visibility=private.",
            _ => "To leave them out, pack with the variable COPYFILE_DISABLE=1 set.",
        }
    }
}

/// One problem, in a sentence that never quotes the archive's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub level: Level,
    pub code: ProblemCode,
    /// The member of the tar that the problem is about, if any. A long name is shortened.
    pub member: Option<String>,
    pub message: String,
    /// The next step, in one or two sentences.
    #[serde(default)]
    pub hint: String,
}

impl Problem {
    pub fn new(code: ProblemCode, member: Option<String>, message: impl Into<String>) -> Self {
        Self { level: code.level(), code, member, message: message.into(), hint: code.next_step().to_owned() }
    }

    /// The message with the member's name, which most messages contain anyway.
    pub fn sentence(&self) -> String {
        match &self.member {
            Some(member) if !self.message.contains(member.as_str()) => format!("{member}: {}", self.message),
            _ => self.message.clone(),
        }
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
    fn every_code_has_a_next_step_of_one_or_two_sentences() {
        for code in ProblemCode::ALL {
            let step = code.next_step();
            assert!(step.ends_with('.') && step.len() < 220, "{code:?}: {step}");
        }
    }

    #[test]
    fn codes_are_ordered_by_level() {
        let levels: Vec<_> = ProblemCode::ALL.iter().map(|code| code.level()).collect();
        assert!(levels.is_sorted(), "a report lists the worst first");
    }
}
