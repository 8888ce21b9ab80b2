//! The state of an import, in words.

use crate::case::format::number_of;
use crate::case::hint::Hint;

use super::arrival::MissingRecords;
use super::cause::known_error;
use super::failures::{FailureGroup, MOST_FAILURES, REPAIRABLE, group};
use super::kind::ImportKind;
use super::{ImportJob, ImportOutcome, ImportPhase};

/// The state of an import, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentImportStatus {
    pub phase: ImportPhase,
    pub sentence: String,
    pub hint: Option<Hint>,
    /// Lost records by relation and cause; empty where none were lost.
    pub groups: Vec<FailureGroup>,
    /// GitLab lists at most 100: there may be more.
    pub failures_capped: bool,
}

/// The current state of the import.
pub fn status(job: &ImportJob) -> CurrentImportStatus {
    let (path, groups) = (&job.target_path, group(&job.failures));
    let failures_capped = job.failures.len() >= MOST_FAILURES;
    let (sentence, hint) = match &job.outcome {
        Some(ImportOutcome::Imported) => match &job.kind {
            ImportKind::Relation { relation, .. } => {
                (format!("The relation `{relation}` was imported into {path}."), None)
            }
            _ if job.arrived.as_ref().is_some_and(|arrived| arrived.is_archived) => (
                format!("{path} was imported completely, and is archived as it was when it was exported."),
                Some("Unarchive the new project in its settings before you work with it.".into()),
            ),
            _ if job.has_gaps() => (
                format!("{path} was imported, but the archive did not have all data of its project."),
                Some("The warnings name what is missing.".into()),
            ),
            _ if job.arrived.is_some() => (format!("{path} was imported completely."), None),
            _ => (
                format!(
                    "GitLab reports that the import into {path} finished. Export Desk did not compare the project with the archive."
                ),
                job.project_id.map(|project| Hint::CompareArchive { project }),
            ),
        },
        Some(ImportOutcome::Partial) if !job.missing().is_empty() => incomplete(job),
        Some(ImportOutcome::Partial) => (
            partly(job, failures_capped),
            Some(Hint::from(if groups.iter().any(|group| group.repairable) {
                "Some of the lost relations can be re-imported from the same archive."
            } else {
                "GitLab cannot import these relations separately. Fix the cause, then import the archive again."
            })),
        ),
        Some(ImportOutcome::Failed { because }) => failed(job, because),
        Some(ImportOutcome::Canceled) => (
            format!(
                "GitLab status of the import into {path}: `{}`. The import has ended, and GitLab does not resume it.",
                job.server_status.as_deref().unwrap_or("canceled")
            ),
            Some("Delete the incomplete project, then import the archive again.".into()),
        ),
        Some(ImportOutcome::NotSent { error }) => {
            (error.headline.clone(), Some(error.hint.clone()).filter(|hint| !hint.is_empty()))
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
    CurrentImportStatus { phase: job.phase, sentence, hint, groups, failures_capped }
}

/// GitLab reports the import as finished, but the project lacks records of the archive.
fn incomplete(job: &ImportJob) -> (String, Option<Hint>) {
    let (path, missing) = (&job.target_path, job.missing());
    let told: Vec<_> = missing.iter().map(MissingRecords::words).collect();
    let counts = told.join(", ");
    let sentence = match job.failures.len() as u64 {
        0 => format!("GitLab reports `finished`, but not everything is in {path}: {counts}."),
        lost => {
            let lost = number_of(lost, "failed record", "failed records");
            format!("GitLab reports `finished` with {lost}, and not everything is in {path}: {counts}.")
        }
    };
    let alone = missing.into_iter().find(|one| REPAIRABLE.contains(&one.relation.as_str()));
    let alone = job.project_id.zip(alone).map(|(project, one)| Box::new((project, one.relation)));
    (sentence, Some(Hint::ImportMissing { alone }))
}

/// GitLab's message, its meaning if known, and what to do.
fn failed(job: &ImportJob, because: &str) -> (String, Option<Hint>) {
    let sentence = format!("The import into {} failed: {}.", job.target_path, because.trim_end_matches('.'));
    let is_sound = job.archive.as_ref().is_some_and(|archive| archive.has_sound_bundle);
    if let Some(known) = known_error(because, is_sound) {
        return (format!("{sentence} {}", known.meaning), Some(known.next.into()));
    }
    let next = if job.kind.makes_project() {
        "Search GitLab's logs for the correlation ID. GitLab may have left an incomplete project."
    } else {
        "Search GitLab's logs for the correlation ID."
    };
    (sentence, Some(next.into()))
}

/// The state of an import that lost records; GitLab lists only a limited number of them.
fn partly(job: &ImportJob, capped: bool) -> String {
    let lost = number_of(job.failures.len() as u64, "record was lost", "records were lost");
    let lost = if capped { format!("at least {lost}") } else { lost };
    match &job.kind {
        ImportKind::Relation { relation, .. } => {
            format!("The relation `{relation}` was imported into {}, but {lost}.", job.target_path)
        }
        _ => format!("{} was imported, but {lost}.", job.target_path),
    }
}

fn under_way(job: &ImportJob) -> String {
    let path = &job.target_path;
    match job.phase {
        ImportPhase::Checking => format!("Checking the archive and {path}."),
        ImportPhase::Sending if job.send.reason().is_some() => format!(
            "Export Desk sent the archive for {path}, but GitLab did not answer. The next checks show whether GitLab received the archive."
        ),
        ImportPhase::Sending => format!("Uploading the archive for {path}."),
        ImportPhase::Scheduled => {
            format!("GitLab has the archive. The import into {path} is queued.")
        }
        ImportPhase::Running => format!("GitLab is importing into {path}."),
        ImportPhase::Finished
        | ImportPhase::Partial
        | ImportPhase::Failed
        | ImportPhase::Canceled
        | ImportPhase::Unknown => {
            let word = job.server_status.as_deref().unwrap_or_default();
            if word.is_empty() {
                return format!("GitLab does not list the import into {path}. Export Desk keeps checking.");
            }
            format!("GitLab status of the import into {path}: `{word}`. Export Desk keeps checking.")
        }
    }
}
