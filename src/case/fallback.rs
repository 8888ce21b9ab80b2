//! When the archive rebuilt from a relations export is offered as the fallback, and how long it takes.
//! Data only: the front ends have the words.

use super::fact::YesNoUnknown;
use super::job::export::{Outcome, Run};
use super::job::rebuild::RebuildJob;
use super::subject::Case;

/// A known issue that the failure's messages match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCause {
    pub symptom: String,
    /// The first issue about it, for example `gitlab-org/gitlab#514734`.
    pub issue: Option<String>,
    /// Why a relations export may succeed where another attempt does not help, as a sentence; `None` where nothing is
    /// known to speak against another attempt.
    pub instead: Option<String>,
}

/// Why the fallback is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FallbackReason {
    /// The failure is known, and `because` says why a relations export may succeed instead.
    KnownIssue {
        symptom: String,
        issue: Option<String>,
        because: String,
    },
    FailedAgain {
        attempts: usize,
    },
}

/// How many failed attempts are enough.
const ENOUGH: usize = 2;

/// The messages of all failures of a case, for the comparison with known issues: recorded by a person, or seen by this
/// program. `runs` are the exports of the case, newest first.
pub fn failure_messages(case: &Case, runs: &[&Run]) -> Vec<String> {
    let facts = &case.facts;
    let recorded = [&facts.ui_attempt_message, &facts.api_attempt_message, &facts.download_error];
    let mut messages: Vec<String> = recorded.into_iter().flatten().cloned().collect();
    messages.extend(run_messages(runs));
    messages
}

/// The messages of failed exports.
pub fn run_messages(runs: &[&Run]) -> Vec<String> {
    let mut messages = Vec::new();
    for run in runs {
        if let Some(Outcome::Failed { because }) = &run.outcome {
            messages.push(because.clone());
            messages.extend(run.exact_words());
        }
    }
    messages
}

/// The same as [`fallback`] for a project without a case. `runs` are its exports, newest first.
pub fn fallback_of_runs(runs: &[&Run], known: &[KnownCause]) -> Option<FallbackReason> {
    let is_failed = |run: &&&Run| matches!(run.outcome, Some(Outcome::Failed { .. }));
    runs.first().filter(is_failed)?;
    reason(runs.iter().filter(is_failed).count(), known)
}

/// Whether the fallback is offered, and why. `runs` are the exports of the case, newest first.
pub fn fallback(case: &Case, runs: &[&Run], known: &[KnownCause]) -> Option<FallbackReason> {
    let facts = &case.facts;
    // A file that exists needs no fallback, and a running export may still succeed.
    let may_come = runs.first().is_some_and(|run| match &run.outcome {
        None | Some(Outcome::Ready | Outcome::Unwatched) => true,
        Some(Outcome::Failed { .. } | Outcome::NotSeen | Outcome::NotAccepted { .. }) => false,
    });
    let has_file = case.served.is_some() || facts.export_succeeded == Some(YesNoUnknown::Yes);
    if case.stage.is_closed() || may_come || has_file {
        return None;
    }
    let failed = runs.iter().filter(|run| matches!(run.outcome, Some(Outcome::Failed { .. }))).count();
    let by_api = usize::from(facts.api_attempt_message.is_some());
    let by_hand = usize::from(facts.ui_attempt_message.is_some());
    // The program's own export is recorded as the API attempt, so the two are not added.
    let attempts = by_hand + failed.max(by_api);
    reason(attempts, known)
}

fn reason(attempts: usize, known: &[KnownCause]) -> Option<FallbackReason> {
    if attempts == 0 {
        return None;
    }
    let explained = known.iter().find_map(|cause| Some((cause, cause.instead.clone()?)));
    if let Some((cause, because)) = explained {
        let (symptom, issue) = (cause.symptom.clone(), cause.issue.clone());
        return Some(FallbackReason::KnownIssue { symptom, issue, because });
    }
    (attempts >= ENOUGH).then_some(FallbackReason::FailedAgain { attempts })
}

/// Whether a newer export has overtaken a rebuild that has ended: then the export's state is that of the case.
pub fn is_overtaken(rebuild: &RebuildJob, newest: Option<&Run>) -> bool {
    let (Some(ended_at), Some(run)) = (rebuild.ended_at, newest) else { return false };
    let is_newer = run.created_at > rebuild.created_at && run.ended_at.is_none_or(|at| at > ended_at);
    is_newer && run.outcome != Some(Outcome::Unwatched)
}

/// What is known about the time a rebuild takes; what is not known is not guessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RebuildEstimate {
    /// How long the project's last relations export took.
    pub export_ms: Option<i64>,
    /// How long the failed export ran, which exports the same data.
    pub failed_ms: Option<i64>,
    /// The size of the project, as GitLab counts it.
    pub bytes: Option<u64>,
    /// How long the download takes at the last speed.
    pub download_ms: Option<i64>,
}

/// The estimate from the last complete relations export of the project, its failed export, its size, and the last
/// download speed.
pub fn estimate(
    (export_ms, failed_ms): (Option<i64>, Option<i64>),
    bytes: Option<u64>,
    bytes_per_s: Option<u64>,
) -> RebuildEstimate {
    let known = |ms: Option<i64>| ms.filter(|ms| *ms > 0);
    let download = bytes.zip(bytes_per_s.filter(|speed| *speed > 0));
    let download_ms =
        download.map(|(bytes, speed)| i64::try_from(bytes.saturating_mul(1000) / speed).unwrap_or(i64::MAX));
    let bytes = bytes.filter(|bytes| *bytes > 0);
    RebuildEstimate { export_ms: known(export_ms), failed_ms: known(failed_ms), bytes, download_ms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{
        CaseId, ExportTiming, Fact, JobInput, ProjectRef, RebuildId, RebuildOptions, RunId, UtcMs,
        VerifiedFile, run::step, stepped,
    };

    const NOW: UtcMs = UtcMs(1_700_000_000_000);

    fn case() -> Case {
        Case::new(CaseId(1), "https://i", None, ProjectRef::by_path("a/b"), NOW)
    }

    /// An export after these statuses, polled minutes apart.
    fn run(id: i64, words: &[&str]) -> Run {
        let start = Run::scheduled(RunId(id), "https://i", (7, "a/b"), "none", NOW);
        let accepted = JobInput::Accepted { correlation_id: None, polled: None };
        let timing = ExportTiming::default();
        let first = step(&step(&start, JobInput::AboutToSend, &timing, NOW), accepted, &timing, NOW);
        words.iter().zip(1..).fold(first, |run, (word, n)| {
            step(&run, JobInput::Polled((*word).to_owned()), &timing, NOW.plus_ms(n * 1_200_000))
        })
    }

    fn failed(id: i64) -> Run {
        let run = run(id, &["queued", "started", "failed", "failed"]);
        assert!(matches!(run.outcome, Some(Outcome::Failed { .. })), "{:?}", run.outcome);
        run
    }

    const BECAUSE: &str = "The query is the same in each attempt.";

    fn cause(repeats: bool) -> KnownCause {
        let instead = repeats.then(|| BECAUSE.to_owned());
        KnownCause { symptom: "A query times out".into(), issue: Some("g/p#1".into()), instead }
    }

    #[test]
    fn one_failure_without_a_known_cause_is_retried() {
        let one = failed(1);
        assert_eq!(fallback(&case(), &[&one], &[]), None);
        assert_eq!(fallback(&case(), &[&one], &[cause(false)]), None, "another attempt may help");
        let (symptom, issue) = ("A query times out".to_owned(), Some("g/p#1".to_owned()));
        let known = Some(FallbackReason::KnownIssue { symptom, issue, because: BECAUSE.to_owned() });
        assert_eq!(fallback(&case(), &[&one], &[cause(false), cause(true)]), known);
        assert_eq!(fallback(&case(), &[], &[cause(true)]), None, "nothing has failed");
    }

    #[test]
    fn two_failed_attempts_are_enough_whoever_made_them() {
        let again = |attempts| Some(FallbackReason::FailedAgain { attempts });
        let (one, two) = (failed(1), failed(2));
        assert_eq!(fallback(&case(), &[&two, &one], &[]), again(2));
        let api = [(Fact::ApiAttemptMessage, "export_status: failed")];
        let recorded = stepped::with(&case(), &api, NOW);
        assert_eq!(fallback(&recorded, &[&one], &[]), None, "the program's own export is the API attempt");
        let ui = stepped::with(&recorded, &[(Fact::UiAttemptMessage, "Export failed.")], NOW);
        assert_eq!(fallback(&ui, &[], &[]), again(2), "the customer's two attempts");
        assert_eq!(fallback(&ui, &[&one], &[]), again(2));
        assert_eq!(fallback(&ui, &[&two, &one], &[]), again(3));
    }

    #[test]
    fn only_a_newer_export_overtakes_an_ended_rebuild() {
        let rebuild = |ended_at: Option<i64>| {
            let options = RebuildOptions::default();
            let at = NOW.plus_ms(-10_000);
            let job = RebuildJob::new(RebuildId(1), ("https://i", "7"), None, options, at);
            RebuildJob { ended_at: ended_at.map(|ms| NOW.plus_ms(ms)), ..job }
        };
        let (running, ended) = (run(1, &["queued"]), failed(2));
        assert!(!is_overtaken(&rebuild(None), Some(&ended)), "it runs");
        assert!(!is_overtaken(&rebuild(Some(-5)), None));
        assert!(
            is_overtaken(&rebuild(Some(-5)), Some(&running))
                && is_overtaken(&rebuild(Some(5)), Some(&running))
        );
        assert!(is_overtaken(&rebuild(Some(-5)), Some(&ended)));
        assert!(!is_overtaken(&rebuild(Some(i64::MAX / 2 - NOW.0)), Some(&ended)), "the rebuild ended later");
        let older = Run { created_at: NOW.plus_ms(-20_000), ..ended };
        assert!(!is_overtaken(&rebuild(Some(-5)), Some(&older)));
    }

    #[test]
    fn with_a_file_or_a_running_export_there_is_no_fallback() {
        let (one, two) = (failed(1), failed(2));
        let ready = run(3, &["queued", "started", "finished"]);
        let running = run(4, &["queued", "started"]);
        for newest in [&ready, &running] {
            assert_eq!(fallback(&case(), &[newest, &two, &one], &[cause(true)]), None);
        }
        let mut served = case();
        served.served =
            Some(VerifiedFile { bytes: 1, sha256: "00".into(), verdict: "importable".into(), rebuilt: None });
        let succeeded = stepped::with(&case(), &[(Fact::ExportSucceeded, "yes")], NOW);
        for case in [served, succeeded] {
            assert_eq!(fallback(&case, &[&two, &one], &[cause(true)]), None);
        }
    }

    #[test]
    fn what_is_not_known_is_not_estimated() {
        let nothing = RebuildEstimate::default();
        assert_eq!(estimate((None, None), None, None), nothing);
        let size = RebuildEstimate { bytes: Some(5), ..nothing };
        assert_eq!(estimate((Some(0), Some(0)), Some(5), None), size);
        assert_eq!(estimate((None, None), Some(5), Some(0)), size);
        let known = RebuildEstimate {
            export_ms: Some(60_000),
            failed_ms: Some(50_000),
            bytes: Some(200),
            download_ms: Some(2_000),
        };
        assert_eq!(estimate((Some(60_000), Some(50_000)), Some(200), Some(100)), known);
    }

    #[test]
    fn the_messages_are_those_of_people_and_of_the_api() {
        let said = stepped::with(&case(), &[(Fact::UiAttemptMessage, "Export failed.")], NOW);
        let messages = failure_messages(&said, &[&failed(1)]);
        assert_eq!(messages[0], "Export failed.");
        assert!(messages.iter().any(|message| message.starts_with("export_status: ")), "{messages:?}");
    }
}
