//! What is true of an import, in words.

use crate::case::format::number_of;
use crate::case::hint::Hint;

use super::failures::{FailureGroup, MOST_FAILURES, group};
use super::kind::ImportKind;
use super::{ImportJob, ImportOutcome, ImportPhase};

/// What is true of an import, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportStanding {
    pub phase: ImportPhase,
    pub sentence: String,
    pub hint: Option<Hint>,
    /// Lost records by relation and cause; empty where none were lost.
    pub groups: Vec<FailureGroup>,
    /// GitLab lists no more than 100: there may be others.
    pub failures_capped: bool,
}

/// What is true of the import now.
pub fn standing(job: &ImportJob) -> ImportStanding {
    let (path, groups) = (&job.target_path, group(&job.failures));
    let failures_capped = job.failures.len() >= MOST_FAILURES;
    let (sentence, hint) = match &job.outcome {
        Some(ImportOutcome::Imported) => match &job.kind {
            ImportKind::Relation { relation, .. } => (format!("{relation} were imported into {path}."), None),
            _ => (format!("{path} was imported completely."), None),
        },
        Some(ImportOutcome::Partial) => (
            partly(job, failures_capped),
            Some(Hint::from(if groups.iter().any(|group| group.repairable) {
                "Some of the lost relations can be re-imported from the same archive."
            } else {
                "GitLab cannot import these relations separately. Fix the cause, then import the archive again."
            })),
        ),
        Some(ImportOutcome::Failed { because }) => (
            format!("The import into {path} failed: {}.", because.trim_end_matches('.')),
            Some(Hint::from(if job.kind.makes_project() {
                "Search GitLab's logs for the correlation ID. GitLab may have left an incomplete project."
            } else {
                "Search GitLab's logs for the correlation ID."
            })),
        ),
        Some(ImportOutcome::NotSent { trouble }) => {
            (trouble.headline.clone(), Some(trouble.hint.clone()).filter(|hint| !hint.is_empty()))
        }
        Some(ImportOutcome::TimedOut) => (
            format!(
                "The import into {path} started more than 24 hours ago. GitLab ends imports after 24 hours."
            ),
            Some("Check the project. Then import again, as a whole or in parts.".into()),
        ),
        Some(ImportOutcome::NoImport) => (format!("GitLab status `none`: {path} was not imported."), None),
        Some(ImportOutcome::Unwatched) => match job.server_status.as_deref() {
            Some(word) => {
                (format!("GitLab status of {path}: `{word}`. Export Desk no longer checks it."), None)
            }
            None => (
                format!("Export Desk no longer checks the import into {path}. GitLab continues the import."),
                None,
            ),
        },
        None => (under_way(job), None),
    };
    ImportStanding { phase: job.phase, sentence, hint, groups, failures_capped }
}

/// What is true of an import that lost records, of which GitLab lists only so many.
fn partly(job: &ImportJob, capped: bool) -> String {
    let lost = number_of(job.failures.len() as u64, "record was lost", "records were lost");
    let lost = if capped { format!("at least {lost}") } else { lost };
    match &job.kind {
        ImportKind::Relation { relation, .. } => {
            format!("{relation} were imported into {}, but {lost}.", job.target_path)
        }
        _ => format!("{} was imported, but {lost}.", job.target_path),
    }
}

fn under_way(job: &ImportJob) -> String {
    let path = &job.target_path;
    match job.phase {
        ImportPhase::Checking => format!("Checking the archive and {path}."),
        ImportPhase::Sending if job.send.told().is_some() => format!(
            "Export Desk sent the archive for {path}, but GitLab did not answer. The next checks show whether GitLab received the archive."
        ),
        ImportPhase::Sending => format!("Uploading the archive for {path}."),
        ImportPhase::Scheduled => {
            format!("GitLab has the archive. The import into {path} is queued.")
        }
        ImportPhase::Running => format!("GitLab is importing into {path}."),
        ImportPhase::Finished | ImportPhase::Partial | ImportPhase::Failed | ImportPhase::Unknown => {
            let word = job.server_status.as_deref().unwrap_or_default();
            if word.is_empty() {
                return format!("GitLab does not list the import into {path}. Export Desk keeps checking.");
            }
            format!("GitLab status of the import into {path}: `{word}`. Export Desk keeps checking.")
        }
    }
}
