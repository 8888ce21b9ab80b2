use super::*;
use crate::case::{Code, UserError};

const MINUTE: i64 = 60_000;

/// The status before the POST, the statuses with their minutes, and the phase at the end.
type Row = (&'static str, &'static [(&'static str, i64)], Phase);

/// A run that our POST started at time 0 after a check that showed `before`.
fn scheduled(before: &str) -> Run {
    let run = Run::scheduled(RunId(1), "https://gitlab.example.com", (7, "a/b"), before, UtcMs(0));
    step(
        &run,
        JobInput::Accepted { correlation_id: Some("01ID".into()), polled: None },
        &ExportTiming::default(),
        UtcMs(0),
    )
}

/// The run after these statuses, each with its minute.
fn after(run: Run, words: &[(&str, i64)]) -> Run {
    words.iter().fold(run, |run, (word, minute)| {
        step(&run, JobInput::Polled((*word).into()), &ExportTiming::default(), UtcMs(minute * MINUTE))
    })
}

#[test]
fn words_are_judged_by_the_history_of_the_run() {
    use Phase::{Failed, Queued, Ready, Requested, Running, Unknown};
    let table: &[Row] = &[
        ("none", &[("none", 0)], Requested),
        ("none", &[("none", 0), ("none", 9)], Requested),
        ("none", &[("none", 0), ("none", 11)], Failed),
        ("none", &[("queued", 0)], Queued),
        ("none", &[("queued", 0), ("started", 1)], Running),
        ("none", &[("queued", 0), ("none", 1)], Failed),
        ("none", &[("started", 0), ("none", 1)], Failed),
        ("none", &[("started", 0), ("failed", 1)], Failed),
        ("none", &[("started", 0), ("regeneration_in_progress", 1)], Running),
        ("none", &[("regeneration_in_progress", 0), ("finished", 1)], Ready),
        ("none", &[("regeneration_in_progress", 0), ("none", 1)], Failed),
        ("none", &[("finished", 1)], Ready),
        // There was no failure before, so this failure is of our run.
        ("none", &[("failed", 0)], Failed),
        // Rows of failed jobs live for 7 days, and a stored file hides them.
        ("failed", &[("failed", 0)], Requested),
        ("finished", &[("failed", 0)], Requested),
        ("failed", &[("failed", 0), ("started", 1)], Running),
        ("failed", &[("failed", 0), ("started", 1), ("failed", 2)], Failed),
        ("failed", &[("failed", 0), ("failed", 11)], Failed),
        ("none", &[("composting", 0)], Unknown),
        ("none", &[("composting", 0), ("finished", 1)], Ready),
        ("none", &[("", 0)], Unknown),
    ];
    for (before, words, phase) in table {
        let run = after(scheduled(before), words);
        assert_eq!(run.phase, *phase, "{before}: {words:?}");
        let ended = matches!(phase, Failed | Ready);
        assert_eq!(run.is_ended(), ended, "{before}: {words:?}");
        assert_eq!(run.server_status(), words.last().map(|(word, _)| *word), "GitLab's word as it came");
    }
}

#[test]
fn an_ended_run_keeps_its_end() {
    let ready = after(scheduled("none"), &[("finished", 1)]);
    assert_eq!(
        after(ready.clone(), &[("none", 3000), ("failed", 3001)]),
        ready,
        "the file has expired, that is all"
    );
    let failed = after(scheduled("none"), &[("started", 0), ("none", 1)]);
    assert_eq!(after(failed.clone(), &[("finished", 2)]), failed);
}

#[test]
fn a_discovered_run_has_shown_itself() {
    let discovered =
        |word| Run::discovered(RunId(2), "https://gitlab.example.com", (7, "a/b"), word, UtcMs(0));
    assert_eq!((discovered("finished").origin, discovered("finished").phase), (Origin::Found, Phase::Ready));
    assert_eq!(
        (discovered("started").origin, discovered("started").phase),
        (Origin::AlreadyRunning, Phase::Running)
    );
    assert_eq!(after(discovered("queued"), &[("none", 1)]).phase, Phase::Failed);
    assert_eq!(after(discovered("queued"), &[("failed", 1)]).phase, Phase::Failed);
}

/// A laptop that sleeps over the weekend sees nothing of an export that finished and expired.
#[test]
fn what_nobody_watched_for_a_day_has_not_failed() {
    const DAY: i64 = 24 * 60;
    for (before, words, ends) in [
        ("none", [("started", 1), ("none", 2 * DAY)], "not known"),
        ("none", [("none", 1), ("none", 2 * DAY)], "not known"),
        ("failed", [("started", 1), ("failed", 2 * DAY)], "not known"),
        ("failed", [("failed", 1), ("failed", 2 * DAY)], "not known"),
        // There was no older failure that could be shown again.
        ("none", [("started", 1), ("failed", 2 * DAY)], "failed"),
        ("none", [("started", 1), ("none", DAY - 1)], "failed"),
        ("none", [("started", 1), ("finished", 2 * DAY)], "ready"),
    ] {
        let run = after(scheduled(before), &words);
        let found = match &run.outcome {
            Some(Outcome::NotSeen) => "not known",
            Some(Outcome::Failed { .. }) => "failed",
            Some(Outcome::Ready) => "ready",
            other => panic!("{words:?}: {other:?}"),
        };
        assert_eq!(found, ends, "{before}: {words:?}");
        let at = status(&run, &ExportTiming::default(), UtcMs(3 * DAY * MINUTE));
        assert_eq!(at.sentence.contains("may have finished"), ends == "not known", "{}", at.sentence);
        assert!(at.hint.is_some() && (ends == "ready") == failure(&run, &at).is_none());
    }
}

/// A program that is started again knows of the looks of the one before only what was written.
#[test]
fn a_look_is_worth_writing_every_ten_minutes() {
    let run = after(scheduled("none"), &[("started", 1)]);
    let soon = after(run.clone(), &[("started", 2)]);
    assert!(!soon.differs_from(&run));
    assert!(after(run.clone(), &[("started", 11)]).differs_from(&run));
}

#[test]
fn a_file_is_promised_no_longer_than_gitlab_keeps_it_for_certain() {
    const HOUR: i64 = 60;
    let timing = ExportTiming::default();
    let run = after(scheduled("none"), &[("started", 1), ("finished", 20 * HOUR)]);
    let at = |hours| status(&run, &timing, UtcMs(hours * HOUR * MINUTE));
    assert_eq!(at(21).file_until, Some(UtcMs((24 * HOUR + 1) * MINUTE)), "it may have finished at once");
    assert!(!at(44).is_expired && at(45).is_expired, "the hourly clean-up has passed");
    assert!(at(21).sentence.contains("can be downloaded") && !at(45).sentence.contains("can be"));
    // Nobody knows when an export was finished that was found finished.
    let found = Run::discovered(RunId(1), "i", (7, "a/b"), "finished", UtcMs(0));
    assert_eq!(status(&found, &timing, UtcMs(1)).file_until, None);
    assert!(found.is_expired(&timing, UtcMs(25 * HOUR * MINUTE)));
}

#[test]
fn seven_silent_hours_are_called_stuck_and_watched_on() {
    let run = after(scheduled("none"), &[("started", 1)]);
    let at = |minutes| status(&run, &ExportTiming::default(), UtcMs(minutes * MINUTE));
    assert!(!at(60).stuck && !at(7 * 60).stuck);
    let stuck = at(7 * 60 + 2);
    assert!(stuck.stuck && stuck.hint.is_some() && stuck.sentence.contains("`started`"), "{stuck:?}");
    assert_eq!(stuck.phase, Phase::Running);
    let news = after(run, &[("regeneration_in_progress", 7 * 60 + 1)]);
    assert!(
        !status(&news, &ExportTiming::default(), UtcMs((7 * 60 + 2) * MINUTE)).stuck,
        "a new word is news"
    );
}

#[test]
fn an_upload_is_never_claimed_to_have_arrived() {
    let mut run = scheduled("none");
    run.upload_host = Some("bucket.example.com".into());
    let run = after(run, &[("finished", 1)]);
    let status = status(&run, &ExportTiming::default(), UtcMs(2 * MINUTE));
    assert!(status.sentence.contains("does not report whether the upload arrived"), "{status:?}");
}

#[test]
fn every_status_has_a_sentence_and_failures_a_next_step() {
    let error = UserError::new(Code::SizeLimit, "Too large.", "Go on otherwise.");
    let refused =
        step(&scheduled("none"), JobInput::NotAccepted { error }, &ExportTiming::default(), UtcMs(1));
    let left = step(&scheduled("none"), JobInput::Unwatched, &ExportTiming::default(), UtcMs(1));
    let words = ["none", "queued", "started", "regeneration_in_progress", "finished", "failed", "odd"];
    let seen = words.iter().map(|word| after(scheduled("failed"), &[(word, 1)]));
    let lost = after(scheduled("none"), &[("started", 1), ("none", 2)]);
    for run in seen.chain([refused, left, lost]) {
        let status = status(&run, &ExportTiming::default(), UtcMs(3 * MINUTE));
        assert!(status.sentence.ends_with('.'), "{status:?}");
        assert_eq!(status.file_until.is_some(), run.phase == Phase::Ready);
        if run.phase == Phase::Failed {
            assert!(status.hint.is_some(), "{status:?}");
        }
    }
}

#[test]
fn a_day_of_polling_stays_short() {
    let words: Vec<_> = (0..1440).map(|minute| ("started", minute)).collect();
    let run = after(scheduled("none"), &words);
    assert_eq!(run.history.len(), 1);
    assert_eq!(run.history[0].last_at, UtcMs(1439 * MINUTE));
}

/// A run whose POST was sent and never answered.
fn unanswered(before: &str) -> Run {
    let run = Run::scheduled(RunId(1), "https://gitlab.example.com", (7, "a/b"), before, UtcMs(0));
    let run = step(&run, JobInput::AboutToSend, &ExportTiming::default(), UtcMs(0));
    let error = UserError::new(Code::Network, "GitLab failed with status 502.", "Try again.")
        .with_correlation_id(Some("01ID".into()));
    step(&run, JobInput::Unanswered { error }, &ExportTiming::default(), UtcMs(0))
}

#[test]
fn the_old_file_is_not_mistaken_for_a_new_one() {
    let seen = |run: &Run, at_ms| {
        step(run, JobInput::Polled("finished".into()), &ExportTiming::default(), UtcMs(at_ms))
    };
    // GitLab deletes the old file while it accepts the request, and the request may still be on its way.
    let soon = seen(&unanswered("finished"), 9_000);
    assert_eq!((soon.phase, &soon.outcome), (Phase::Requested, &None));
    let run = seen(&soon, 10_000);
    assert!(matches!(run.outcome, Some(Outcome::NotAccepted { .. })), "{run:?}");
    assert_eq!((run.correlation_id.as_deref(), run.doubts().count()), (Some("01ID"), 0));
    // Nobody watched: it may be either, and a second request would delete it.
    let late = seen(&unanswered("finished"), 10_000);
    assert_eq!((&late.outcome, late.doubts().count()), (&Some(Outcome::Ready), 1));
    let taken = after(unanswered("finished"), &[("started", 1), ("finished", 2)]);
    assert_eq!(taken.outcome, Some(Outcome::Ready), "a run that showed itself is ours");
    assert_eq!(after(unanswered("none"), &[("finished", 1)]).outcome, Some(Outcome::Ready));
}

#[test]
fn an_unanswered_request_ends_with_its_own_error() {
    let run = after(unanswered("none"), &[("none", 1), ("none", 3)]);
    let Some(Outcome::NotAccepted { error }) = run.outcome else { panic!("{run:?}") };
    assert_eq!((error.code, error.correlation_id.as_deref()), (Code::Network, Some("01ID")));
    let lost = Run::scheduled(RunId(1), "https://gitlab.example.com", (7, "a/b"), "failed", UtcMs(0));
    let lost = step(&lost, JobInput::AboutToSend, &ExportTiming::default(), UtcMs(0));
    assert!(matches!(after(lost, &[("failed", 3)]).outcome, Some(Outcome::NotAccepted { .. })));
}

#[test]
fn a_run_that_never_left_is_not_judged_by_words_about_others() {
    let planned = Run::scheduled(RunId(1), "https://gitlab.example.com", (7, "a/b"), "failed", UtcMs(0));
    assert_eq!(after(planned.clone(), &[("failed", 60), ("finished", 61)]), planned);
    let held = step(&planned, JobInput::AboutToSend, &ExportTiming::default(), UtcMs(0));
    assert_eq!(step(&held, JobInput::NotSent, &ExportTiming::default(), UtcMs(1)).send, SendJournal::Planned);
}

#[test]
fn only_gitlabs_words_about_a_refusal_become_the_attempt_of_the_case() {
    let ours = UserError::new(Code::SizeLimit, "The project is too large.", "Go on otherwise.");
    let said = ours.clone().with_said(Some("HTTP 503".into()));
    for (error, words) in [(ours, None), (said, Some("HTTP 503".to_owned()))] {
        let run =
            step(&scheduled("none"), JobInput::NotAccepted { error }, &ExportTiming::default(), UtcMs(1));
        assert_eq!(run.exact_words(), words);
    }
}
