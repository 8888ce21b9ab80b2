//! Refusals of the calls of the relations export in words: its 404s and 400s differ only in GitLab's.

use crate::case::{Code, Trouble};
use crate::engine::trouble::of_gitlab;
use crate::gitlab::{Error, ErrorKind};

/// A failed call of the relations export.
pub fn of_relations(error: &Error) -> Trouble {
    let told = |code, headline: &str, hint: &str| {
        Trouble::new(code, headline, hint).with_correlation_id(error.correlation_id.clone())
    };
    let said = error.said.as_deref().unwrap_or_default();
    match &error.kind {
        ErrorKind::NotFound if said == "Export not found" => told(
            Code::NoExportFile,
            "This user has no export of the relation.",
            "Exports are per user: start one with this token.",
        ),
        ErrorKind::NotFound if said == "Batch not found" => told(
            Code::NoExportFile,
            "GitLab has no such batch: the export was made anew meanwhile.",
            "Look again, then download again.",
        ),
        ErrorKind::NotFound if said.ends_with("file not found") => told(
            Code::FileNotReady,
            "GitLab has no file of this relation yet, or has it no longer.",
            "Look again; where it stays so, start the export again.",
        ),
        ErrorKind::Parameter(_) if said.starts_with("Export is") => told(
            Code::NoExportFile,
            "The export was made anew meanwhile, in batches or in one file where it was otherwise.",
            "Look again, then download again.",
        ),
        ErrorKind::Server { .. } if said.contains("could not be started") => told(
            Code::ExportFailed,
            "GitLab could not start the relations export.",
            "Try again; if it stays so, look up the correlation id.",
        ),
        _ => of_gitlab(error),
    }
}
