//! A test import: an import that answers the question “does this archive import?”, and the meaning of its outcome.

use serde::{Deserialize, Serialize};

use super::arrival::MissingRecords;
use super::failures::{FailureGroup, MOST_FAILURES, group};
use super::{ImportJob, ImportOutcome};
use crate::case::format::number_of;
use crate::case::id::ImportId;
use crate::case::time::UtcMs;

/// What makes an import a test import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestImport {
    /// SHA-256 of the archive that was verified before the upload; `None` until then, and if the file changed before
    /// GitLab had all of it.
    pub sha256: Option<String>,
}

/// The result of a test import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TestImportVerdict {
    Imports,
    /// The archive imports, but records are lost.
    ImportsWithLosses,
    DoesNotImport,
}

words!(TestImportVerdict);

/// Records of one relation that a test import lost for one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    pub relation: String,
    /// The cause in plain words.
    pub cause: String,
    pub records: usize,
}

/// What the receipt of an archive says about its test import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestImportResult {
    pub import: ImportId,
    pub verdict: TestImportVerdict,
    pub sentence: String,
    /// Base URL of the instance that ran the test import.
    pub instance: String,
    pub project_path: String,
    /// The project that the test import created, if any: it stays until a person deletes it.
    pub web_url: Option<String>,
    /// GitLab's status, unchanged.
    pub import_status: Option<String>,
    pub correlation_id: Option<String>,
    pub lost: Vec<Lost>,
    /// GitLab lists at most 100 lost records: there may be more.
    pub lost_capped: bool,
    pub ended_at: UtcMs,
}

/// What an import says about its archive; `None` if it is no test import, or if it has no result: it is under way,
/// was stopped, or never reached GitLab.
pub fn test_import_result(job: &ImportJob) -> Option<TestImportResult> {
    job.test_import.as_ref()?;
    let ended_at = job.ended_at?;
    let (verdict, sentence) = answer(job)?;
    let lost =
        |group: FailureGroup| Lost { relation: group.relation, cause: group.cause, records: group.count };
    Some(TestImportResult {
        import: job.id,
        verdict,
        sentence,
        instance: job.instance.clone(),
        project_path: job.target_path.clone(),
        web_url: job.web_url(),
        import_status: job.server_status.clone(),
        correlation_id: job.correlation_id.clone(),
        lost: group(&job.failures).into_iter().map(lost).collect(),
        lost_capped: job.failures.len() >= MOST_FAILURES,
        ended_at,
    })
}

fn answer(job: &ImportJob) -> Option<(TestImportVerdict, String)> {
    let host = job.instance.split_once("://").map_or(job.instance.as_str(), |(_, rest)| rest);
    let place = format!("{} on {}", job.target_path, host.trim_end_matches('/'));
    match job.outcome.as_ref()? {
        ImportOutcome::Imported => {
            let more =
                if job.has_gaps() { " What the archive itself lacks is missing there, too." } else { "" };
            let told =
                format!("GitLab imported this archive into {place} and reported no lost records.{more}");
            Some((TestImportVerdict::Imports, told))
        }
        ImportOutcome::Partial if !job.missing().is_empty() => {
            let told: Vec<_> = job.missing().iter().map(MissingRecords::words).collect();
            let verdict = if job.nothing_arrived() {
                TestImportVerdict::DoesNotImport
            } else {
                TestImportVerdict::ImportsWithLosses
            };
            Some((
                verdict,
                format!("GitLab reports `finished`, but not everything is in {place}: {}.", told.join(", ")),
            ))
        }
        ImportOutcome::Partial => {
            let lost = job.failures.len();
            let least = if lost >= MOST_FAILURES { "at least " } else { "" };
            let records = number_of(lost as u64, "record is", "records are");
            Some((
                TestImportVerdict::ImportsWithLosses,
                format!("GitLab imports this archive with losses: {least}{records} missing in {place}."),
            ))
        }
        ImportOutcome::Failed { because } => Some((
            TestImportVerdict::DoesNotImport,
            format!("GitLab cannot import this archive: {}.", because.trim_end_matches('.')),
        )),
        ImportOutcome::TimedOut => Some((
            TestImportVerdict::DoesNotImport,
            "GitLab did not finish the import of this archive within 24 hours.".to_owned(),
        )),
        ImportOutcome::NotSent { .. }
        | ImportOutcome::Canceled
        | ImportOutcome::NoImport
        | ImportOutcome::Unwatched => None,
    }
}
