//! The state of an export in words, and why it left no file.

use super::{CurrentStatus, ExportTiming, Origin, Outcome, PERHAPS_THE_OLD_FILE, Phase, Run};
use crate::case::hint::Hint;
use crate::case::time::UtcMs;
use crate::case::user_error::{Code, UserError};

/// The state of `run` at `now`.
pub fn status(run: &Run, timing: &ExportTiming, now: UtcMs) -> CurrentStatus {
    let word = run.server_status().map_or_else(|| "nothing yet".to_owned(), |word| format!("`{word}`"));
    let stuck =
        !run.is_ended() && run.phase.under_way() && now.since_ms(run.last_news_at()) > timing.silent_ms;
    let is_expired = run.is_expired(timing, now);
    let (sentence, hint) = match (stuck, is_expired) {
        (true, _) => stuck_words(&word),
        (false, true) => expired_words(),
        (false, false) => words(run, &word),
    };
    let file_until = if run.phase == Phase::Ready { run.file_until(timing) } else { None };
    CurrentStatus { phase: run.phase, stuck, sentence, hint, file_until, is_expired }
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
        Some(Outcome::Failed { .. } | Outcome::NotSeen | Outcome::Unwatched) | None => {
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
            "GitLab starts no other export of this user before this one ends. Note the correlation ID, and open the console request."
                .into(),
        ),
    )
}

fn expired_words() -> (String, Option<Hint>) {
    (
        "GitLab had finished the export. It has deleted the file since then: it keeps a file for 24 hours."
            .into(),
        Some("Start the export again.".into()),
    )
}

fn not_seen_words(run: &Run, word: &str) -> (String, Option<Hint>) {
    let looks = [run.history.iter().rev().nth(1).map(|sight| sight.last_at), Some(run.began_at())];
    let last = looks.into_iter().flatten().next().map(UtcMs::for_people).unwrap_or_default();
    (
        format!(
            "GitLab status: {word}. Export Desk could not look after {last}, for longer than GitLab keeps a file: the export may have finished, and its file be deleted."
        ),
        Some("GitLab sends an e-mail when an export has finished or failed. Start the export again and watch it.".into()),
    )
}

fn words(run: &Run, word: &str) -> (String, Option<Hint>) {
    let at = run.began_at().for_people();
    let began = if run.origin == Origin::Scheduled {
        format!("The export was requested at {at}")
    } else {
        format!("Export Desk found the export at {at}")
    };
    match (&run.outcome, run.phase) {
        (Some(Outcome::Unwatched), _) => (format!("Export Desk no longer checks this export. Last GitLab status: {word}."), None),
        (Some(Outcome::NotAccepted { error }), _) => (error.headline.clone(), Some(error.hint.clone())),
        (Some(Outcome::Failed { because }), _) => (
            format!("The export has failed. {because} {began}."),
            Some("Retry once. If it fails again, look up the correlation ID in Kibana and continue with the case.".into()),
        ),
        (Some(Outcome::NotSeen), _) => not_seen_words(run, word),
        (Some(Outcome::Ready), _) if run.upload_host.is_some() => (
            "GitLab has finished the export. GitLab does not report whether the upload arrived.".into(),
            Some("Check the bucket for the object. The file can be downloaded here as well.".into()),
        ),
        (Some(Outcome::Ready), _) | (None, Phase::Ready) => {
            ("GitLab has finished the export. The file can be downloaded.".into(), Some("Download the file. GitLab deletes it after 24 hours.".into()))
        }
        (None, Phase::Idle | Phase::Requested) if run.server_status() == Some("failed") => (
            format!("GitLab status: {word}, which may belong to an earlier export. This one was requested at {at}."),
            None,
        ),
        (None, Phase::Idle | Phase::Requested) if run.send.awaits_answer() => {
            (format!("Requested at {at}. GitLab has not answered yet."), None)
        }
        (None, Phase::Idle | Phase::Requested) if run.send.is_unanswered() => {
            (format!("Requested at {at}. It is not known whether GitLab received the request. The next checks will show it."), None)
        }
        (None, Phase::Idle | Phase::Requested) if run.server_status().is_none() => {
            (format!("Requested at {at}. The first check is after about 10 s, when GitLab can show the export."), None)
        }
        (None, Phase::Idle | Phase::Requested) => {
            (format!("Requested at {at}. GitLab status: {word}, until a worker starts the export."), None)
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
