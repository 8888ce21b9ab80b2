//! Refusals of the calls of the relations export in words: its 404s and 400s differ only in GitLab's,
//! which are read where the answer comes in.

use crate::case::{Code, UserError};
use crate::engine::user_error::of_gitlab;
use crate::gitlab::{Error, Meaning};

/// A failed call of the relations export.
pub fn of_relations(error: &Error) -> UserError {
    let told = |code, headline: &str, hint: &str| {
        UserError::new(code, headline, hint).with_correlation_id(error.correlation_id.clone())
    };
    match error.meaning() {
        Some(Meaning::NoRelationExport) => told(
            Code::NoExportFile,
            "This user has no export of the relation.",
            "Start an export with this token: each user sees only their own exports.",
        ),
        Some(Meaning::NoBatch) => told(
            Code::NoExportFile,
            "GitLab no longer has this batch: the export was regenerated.",
            "Check the export again, then download again.",
        ),
        Some(Meaning::NoRelationFile) => told(
            Code::FileNotReady,
            "GitLab has no file of this relation, or no longer has it.",
            "Check again. If it does not change, start the export again.",
        ),
        Some(Meaning::OtherForm) => told(
            Code::NoExportFile,
            "The export was regenerated, and is now in batches or in one file instead.",
            "Check the export again, then download again.",
        ),
        Some(Meaning::NotStarted) => told(
            Code::ExportFailed,
            "GitLab could not start the relations export.",
            "Try again. If it does not help, look up the correlation ID.",
        ),
        Some(Meaning::Taken | Meaning::NoNamespace) | None => of_gitlab(error),
    }
}
