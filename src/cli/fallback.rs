//! The fallback after a failed export: the rebuilt archive.

use crate::case::UserError;
use crate::case::fallback::FallbackReason;
use crate::engine::api::{RunView, Snapshot, fallback_of_run};

/// The error with the fallback as the next step, where another export will not help.
pub fn with_fallback(error: UserError, view: &RunView, snapshot: &Snapshot) -> UserError {
    let Some(reason) = fallback_of_run(snapshot, &view.run) else { return error };
    let why = match reason {
        FallbackReason::KnownIssue { symptom, issue: Some(issue), because } => {
            format!("Known issue {issue}: {symptom}. {because}")
        }
        FallbackReason::KnownIssue { symptom, issue: None, because } => {
            format!("Known problem: {symptom}. {because}")
        }
        FallbackReason::FailedAgain { attempts } => format!("{attempts} attempts have failed."),
    };
    let project = &view.run.project_path;
    let hint = format!(
        "{why} Rebuild the archive from a relations export instead: `relations rebuild {project}`. GitLab can import \
         such an archive, but does not support it officially."
    );
    UserError { hint: hint.into(), ..error }
}
