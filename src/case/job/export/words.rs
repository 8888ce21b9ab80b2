//! The state of an export in words, and why it left no file.

use super::{CurrentStatus, ExportTiming, Outcome, PERHAPS_THE_OLD_FILE, Phase, Run};
use crate::case::hint::Hint;
use crate::case::time::UtcMs;
use crate::case::user_error::{Code, UserError};

/// The state of `run` at `now`.
pub fn status(run: &Run, timing: &ExportTiming, now: UtcMs) -> CurrentStatus {
    let word = run.server_status().map_or_else(|| "nothing yet".to_owned(), |word| format!("`{word}`"));
    let stuck =
        !run.is_ended() && run.phase.under_way() && now.since_ms(run.last_news_at()) > timing.silent_ms;
    let (sentence, hint) = if stuck { stuck_words(&word) } else { words(run, &word) };
    let file_until =
        (run.phase == Phase::Ready).then(|| run.ended_at.map(|at| at.plus_ms(timing.file_ms))).flatten();
    CurrentStatus { phase: run.phase, stuck, sentence, hint, file_until }
}

/// Why a run that has ended or is stuck has left no file of its own for certain; `None` where its file is ready.
pub fn failure(run: &Run, status: &CurrentStatus) -> Option<UserError> {
    match &run.outcome {
        Some(Outcome::Ready) if run.may_be_older => {
            let hint =
                "Download the file and look at its date, or start the export again, which deletes the file.";
            let error = UserError::new(Code::Network, PERHAPS_THE_OLD_FILE, hint);
            Some(error.with_correlation_id(run.correlation_id.clone()))
        }
        Some(Outcome::Ready) => None,
        Some(Outcome::NotAccepted { error }) => Some(error.clone()),
        Some(Outcome::Failed { .. } | Outcome::Unwatched) | None => {
            let hint = status.hint.clone().unwrap_or_default();
            let error = UserError::new(Code::ExportFailed, status.sentence.clone(), hint);
            Some(error.with_correlation_id(run.correlation_id.clone()))
        }
    }
}

fn stuck_words(word: &str) -> (String, Option<Hint>) {
    (
        format!(
            "GitLab status has been {word} for over 7 hours, longer than GitLab's own clean-up takes. The export is stuck."
        ),
        Some(
            "Start it again. If it gets stuck again, note the correlation ID and open the console request."
                .into(),
        ),
    )
}

fn words(run: &Run, word: &str) -> (String, Option<Hint>) {
    let asked = run.accepted_at.unwrap_or(run.created_at).for_people();
    match (&run.outcome, run.phase) {
        (Some(Outcome::Unwatched), _) => (format!("Export Desk no longer checks this export. Last GitLab status: {word}."), None),
        (Some(Outcome::NotAccepted { error }), _) => (error.headline.clone(), Some(error.hint.clone())),
        (Some(Outcome::Failed { because }), _) => (
            format!("{because} The export was requested at {asked}, so it has failed."),
            Some("Retry once. If it fails again, look up the correlation ID in Kibana and continue with the case.".into()),
        ),
        (Some(Outcome::Ready), _) if run.upload_host.is_some() => (
            "GitLab has finished the export. GitLab does not report whether the upload arrived.".into(),
            Some("Check the bucket for the object. The file can be downloaded here as well.".into()),
        ),
        (Some(Outcome::Ready), _) | (None, Phase::Ready) => {
            ("GitLab has finished the export. The file can be downloaded.".into(), Some("Download the file. GitLab deletes it after 24 hours.".into()))
        }
        (None, Phase::Idle | Phase::Requested) if run.server_status() == Some("failed") => (
            format!("GitLab status: {word}, which may belong to an earlier export. This one was requested at {asked}."),
            None,
        ),
        (None, Phase::Idle | Phase::Requested) if run.send.awaits_answer() => {
            (format!("Requested at {asked}. GitLab has not answered yet."), None)
        }
        (None, Phase::Idle | Phase::Requested) if run.send.is_unanswered() => {
            (format!("Requested at {asked}. It is not known whether GitLab received the request. The next checks will show it."), None)
        }
        (None, Phase::Idle | Phase::Requested) if run.server_status().is_none() => {
            (format!("Requested at {asked}. The first check is after about 10 s, when GitLab can show the export."), None)
        }
        (None, Phase::Idle | Phase::Requested) => {
            (format!("Requested at {asked}. GitLab status: {word}, until a worker starts the export."), None)
        }
        (None, Phase::Queued) => (format!("GitLab status: {word}. The export waits for a worker."), None),
        (None, Phase::Running) if run.server_status() == Some("regeneration_in_progress") => (
            format!("GitLab status: {word}. An earlier file is stored and the job is still running: this is neither a new file nor a failure."),
            None,
        ),
        (None, Phase::Running) => (format!("GitLab status: {word}. GitLab is exporting the project."), None),
        (None, Phase::Failed) => (format!("GitLab status: {word}."), None),
        (None, Phase::Unknown) => {
            (format!("GitLab status: {word}, which this version does not know. Export Desk keeps checking."), None)
        }
    }
}
