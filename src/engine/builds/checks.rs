//! The errors of a build, and the verification that every archive passes before it gets its name.

use std::fs::File;
use std::io::{self, Seek as _};
use std::path::Path;

use crate::archive::build::{BuildError, JoinFault};
use crate::archive::{self, Limits, ProblemCode, Report, VerifyError};
use crate::case::{Code, Hint, RelationsHint, UserError};
use crate::engine::api::BuildStage;
use crate::engine::manifest::{self, Manifest, NAME};
use crate::engine::user_error::unopened_with;
use crate::platform::words;

use super::draft_file::DraftFile;
use super::fill::Used;
use super::meter::{BuildMeter, cancelled};

/// Which archive is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The only one.
    Whole,
    /// The base archive of a set.
    Base,
    /// The slice of a relation.
    Slice(&'a str),
}

impl Place<'_> {
    /// What to do where the archive is too large for the importer. To export or download again changes nothing.
    fn smaller(self) -> Hint {
        match self {
            Self::Whole => RelationsHint::SplitArchive.into(),
            Self::Base => "Leave out relations that can be missing, or ask the administrators of the destination to \
                           raise the maximum decompressed archive size."
                .into(),
            Self::Slice(relation) => format!(
                "Leave out {relation}, or ask the administrators of the destination to raise the maximum decompressed \
                 archive size."
            )
            .into(),
        }
    }
}

/// Verifies the archive like any other, before the file gets its name.
pub(super) fn verified(
    draft: &mut DraftFile,
    (meter, limits): (&BuildMeter, &Limits),
    output: &Path,
    place: Place<'_>,
) -> Result<Report, UserError> {
    let mut file: &File = draft.file();
    let bytes = file.metadata().and_then(|facts| file.rewind().map(|()| facts.len()));
    let unread = |error: &io::Error| unopened_with(output, error, "Check the disk, then build again.");
    meter.begin(bytes.map_err(|error| unread(&error))?, BuildStage::Verifying);
    let report = archive::verify(file, limits, &mut |read| meter.read(read.compressed_bytes));
    let report = report.map_err(|error| match error {
        VerifyError::Cancelled => cancelled(),
        VerifyError::Read(error) => unread(&error),
        VerifyError::Foreign { .. } => unread(&io::Error::other(error.to_string())),
    })?;
    if report.verdict.may_import() {
        return Ok(report);
    }
    let first = report.problems.first().map(|problem| format!(" {}", problem.sentence())).unwrap_or_default();
    if report.problems.first().is_some_and(|problem| problem.code == ProblemCode::TooLarge) {
        let headline = format!("The archive is too large for an import.{first}");
        return Err(UserError::new(Code::SizeLimit, headline, place.smaller()));
    }
    Err(UserError::new(
        Code::NotImportable,
        format!("GitLab could not import the archive built from these files.{first}"),
        "Download the relations again. If the relation is broken in GitLab itself, leave it out.",
    ))
}

/// The error where a folder's manifest is missing or cannot be used.
pub fn no_manifest(folder: &Path) -> UserError {
    const NAME_FOLDER: &str = "Name a folder that the relations were downloaded to.";
    if folder.is_file() {
        let headline = format!("{} is a file, and not a folder of relation files.", folder.display());
        return UserError::new(Code::Usage, headline, NAME_FOLDER);
    }
    if !folder.is_dir() {
        let headline = format!("There is no folder {}.", folder.display());
        return UserError::new(Code::Usage, headline, NAME_FOLDER);
    }
    manifest::fault(folder).unwrap_or_else(|| {
        let headline = format!("{} has no {NAME} of a relations download.", folder.display());
        UserError::new(Code::Usage, headline, NAME_FOLDER)
    })
}

/// Refuses a folder from which a build could take no members, because nobody has read them from GitLab.
pub fn check_folder_members(folder: &Path) -> Result<(), UserError> {
    let manifest = Manifest::read(folder).ok_or_else(|| no_manifest(folder))?;
    Used::of(folder, &manifest, None, None).has_members("The folder has no members.")
}

pub(super) fn not_written(output: &Path, error: &io::Error) -> UserError {
    let (headline, hint) = match error.kind() {
        io::ErrorKind::AlreadyExists => {
            (format!("{} exists already and was not overwritten.", output.display()), "Name another file.")
        }
        io::ErrorKind::WouldBlock => {
            (format!("Another build writes {}.", output.display()), "Wait for it, or name another file.")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            words::about_free_space("The disk is full. The partial archive was deleted."),
            "Free some space and build again.",
        ),
        io::ErrorKind::InvalidFilename => {
            (format!("{} cannot be written: {error}.", output.display()), "Choose a shorter file name.")
        }
        io::ErrorKind::FileTooLarge => (
            format!(
                "The system does not let {} become that large. The partial archive was deleted.",
                output.display()
            ),
            "Choose a folder on another file system, or raise the limit (`ulimit -f`).",
        ),
        _ => (
            format!("{} cannot be written: {error}.", output.display()),
            words::denied_hint(error).unwrap_or("Name a file in a folder that you can write to."),
        ),
    };
    let is_taken = matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::WouldBlock);
    let code = if is_taken { Code::Refused } else { Code::Local };
    UserError::new(code, headline, hint)
}

pub(super) fn not_built(error: &BuildError, output: &Path) -> UserError {
    match error {
        BuildError::Cancelled => cancelled(),
        BuildError::Write(error) => not_written(output, error),
        BuildError::Read { path, source } => {
            unopened_with(path, source, "Make the file readable, or download the relations again.")
        }
        BuildError::Changed { .. } | BuildError::Corrupt { .. } => UserError::new(
            Code::ArchiveDamaged,
            format!("{error}."),
            "Download the relations again into this folder: only what is missing or has changed is fetched.",
        ),
        BuildError::Line { relation, fault: JoinFault::CutOff, .. } => UserError::new(
            Code::NotImportable,
            format!("The end of a file is missing: {error}."),
            format!("Start the relations export again, or leave out the relation {relation}."),
        ),
        BuildError::Line { relation, .. } => UserError::new(
            Code::NotImportable,
            format!("One line would fail the whole import: {error}."),
            format!("Start the relations export again, or leave out the relation {relation}."),
        ),
        BuildError::TooMany { relation, .. } => UserError::new(
            Code::NotImportable,
            format!("The archive cannot be built: {error}."),
            format!("Leave out the relation {relation}."),
        ),
        BuildError::NoProject => UserError::new(
            Code::RelationsIncomplete,
            "The relation self is missing or empty, and no archive can be imported without it.",
            "Download the relation self again. If it is empty, start the relations export again.",
        ),
    }
}
