//! What holds for a job of every kind.

use super::import::{ImportKind, ImportSeen};
use super::relations::ALWAYS_LISTED;
use super::*;
use crate::case::user_error::{Code, UserError};

const P: UtcMs = UtcMs(0);
const HOUR: i64 = 3_600_000;

fn timing() -> JobTiming {
    JobTiming::default()
}

/// One planned job of each kind, with a poll that shows it in progress and one that shows it done.
fn kinds() -> [(Job, Polled, Polled); 3] {
    let export = Run::scheduled(RunId(1), "i", (7, "a/b"), "none", P);
    let relations = RelationsRun::requested(RelationsId(1), "i", (7, "a/b"), false, &[], P);
    let file = ImportKind::File { path: "/a.tar.gz".into(), bytes: 9 };
    let import = ImportJob::new(ImportId(1), "i", file, "a/b", P);
    let relation = |name: &str, status: &str| Relation {
        name: name.into(),
        status: status.into(),
        error: None,
        updated_at: Some("2026-11-21T06:54:00Z".into()),
        batched: false,
        batches_count: None,
        objects_count: None,
        batches: Vec::new(),
    };
    let seen = |status: &str| {
        let seen = ImportSeen { project_id: Some(9), status: status.into(), ..ImportSeen::default() };
        Polled::Import(Box::new(ImportPolled::Seen(seen)))
    };
    let list =
        |status: &str| Polled::Relations(ALWAYS_LISTED.iter().map(|name| relation(name, status)).collect());
    [
        (Job::Export(export), Polled::Export("started".into()), Polled::Export("finished".into())),
        (Job::Relations(relations), list("0"), list("1")),
        (Job::Import(import), seen("started"), seen("finished")),
    ]
}

fn after(job: &Job, inputs: impl IntoIterator<Item = JobInput<Polled>>, at_ms: i64) -> Job {
    inputs.into_iter().fold(job.clone(), |job, input| job.step(input, &timing(), UtcMs(at_ms)))
}

fn polled(polled: &Polled) -> JobInput<Polled> {
    JobInput::Polled(polled.clone())
}

fn accepted() -> JobInput<Polled> {
    JobInput::Accepted { correlation_id: Some("01ID".into()), polled: None }
}

fn unanswered() -> JobInput<Polled> {
    JobInput::Unanswered { error: UserError::new(Code::Network, "GitLab failed with status 502.", "") }
}

#[test]
fn a_rebuild_runs_from_the_plan_to_its_end() {
    for (job, running, done) in kinds() {
        assert!(job.send().is_planned(), "{job:?}");
        let job = after(&job, [JobInput::AboutToSend], 1);
        assert!(job.send().is_unanswered(), "it left, and nothing more is known: {job:?}");
        let job = after(&job, [accepted(), polled(&running)], 2);
        assert!(!job.is_ended() && *job.send() == SendJournal::Accepted, "{job:?}");
        assert_eq!(job.began_at(), UtcMs(2));
        let job = after(&job, [polled(&done), polled(&done)], 3);
        assert!(job.is_ended() && !job.is_unwatched(), "{job:?}");
        assert!(job.status(&timing(), UtcMs(3)).sentence.ends_with('.'));
    }
}

#[test]
fn what_was_not_requested_is_not_judged_by_what_exists() {
    for (job, running, done) in kinds() {
        let held = after(&job, [JobInput::AboutToSend, JobInput::NotSent], 1);
        for job in [job, held] {
            let later = after(&job, [polled(&running), polled(&done), polled(&done)], 9);
            assert!(!later.is_ended() && later.send().is_planned(), "{later:?}");
        }
    }
}

#[test]
fn a_poll_answers_a_request_that_had_no_answer() {
    for (job, running, done) in kinds() {
        let job = after(&job, [JobInput::AboutToSend, unanswered()], 1);
        assert!(job.send().is_unanswered() && !job.is_ended(), "{job:?}");
        let job = after(&job, [polled(&running)], 2);
        assert_eq!(*job.send(), SendJournal::Accepted, "{job:?}");
        assert!(after(&job, [polled(&done), polled(&done)], HOUR).is_ended());
    }
}

#[test]
fn a_request_that_shows_nothing_counts_as_not_accepted_with_its_own_error() {
    for (job, ..) in kinds() {
        let nothing = match &job {
            Job::Export(_) => Polled::Export("none".into()),
            Job::Relations(_) => Polled::Relations(Vec::new()),
            Job::Import(_) => Polled::Import(Box::new(ImportPolled::NotThere)),
            Job::Rebuild(_) => continue,
        };
        // The request may have waited a long time before it was sent: the time counts from the moment of sending.
        let job = after(&job, [JobInput::AboutToSend, unanswered()], HOUR);
        let early = after(&job, [polled(&nothing)], HOUR + 149_000);
        assert!(!early.is_ended(), "{early:?}");
        let late = after(&job, [polled(&nothing)], HOUR + 150_000);
        let status = late.status(&timing(), UtcMs(HOUR));
        assert!(late.is_ended() && status.sentence.contains("502"), "{late:?}");
    }
}

#[test]
fn unwatched_means_that_the_end_is_unknown() {
    for (job, running, done) in kinds() {
        let watched = after(&job, [JobInput::AboutToSend, accepted(), polled(&running)], 1);
        let job = after(&watched, [JobInput::Unwatched], 2);
        assert!(job.is_unwatched() && job.is_ended(), "{job:?}");
        let sentence = job.status(&timing(), UtcMs(2)).sentence;
        assert!(sentence.contains("o longer checks"), "{sentence}");
        let same = after(&job, [polled(&running), polled(&done), polled(&done), JobInput::Unwatched], 3);
        assert_eq!(same, job, "an answer that comes late changes nothing");
        let again = after(&job, [JobInput::Watched], 4);
        assert!(!again.is_ended() && !again.is_unwatched(), "{again:?}");
        assert_eq!(again, watched, "it goes on where it was");
        assert!(after(&again, [polled(&done), polled(&done)], 5).is_ended());
    }
}

#[test]
fn what_is_stopped_before_it_is_sent_was_never_requested() {
    for (job, ..) in kinds() {
        let stopped = after(&job, [JobInput::Unwatched], 1);
        assert!(stopped.is_ended() && !stopped.is_unwatched(), "{stopped:?}");
        assert!(stopped.status(&timing(), UtcMs(1)).sentence.contains("GitLab did not receive it"));
        assert!(after(&stopped, [JobInput::Watched], 2).is_ended(), "there is nothing to watch");
    }
}

#[test]
fn a_poll_of_another_kind_changes_nothing() {
    let all = kinds();
    for (job, ..) in &all {
        let job = after(job, [JobInput::AboutToSend, accepted()], 1);
        let others =
            all.iter().filter(|(other, ..)| std::mem::discriminant(other) != std::mem::discriminant(&job));
        for (_, running, done) in others {
            assert_eq!(after(&job, [polled(running), polled(done)], 2), job);
        }
    }
}

#[test]
fn each_end_is_announced_once() {
    for (job, running, done) in kinds() {
        let running = after(&job, [JobInput::AboutToSend, accepted(), polled(&running)], 1);
        let ended = after(&running, [polled(&done), polled(&done)], 2);
        let kinds: Vec<_> = ended
            .journal_since(&running, &timing(), UtcMs(2))
            .iter()
            .map(|entry| entry.what.as_str())
            .collect();
        assert!(kinds.last().is_some_and(|kind| kind.ends_with("_ended")), "{kinds:?}");
        assert!(ended.journal_since(&ended, &timing(), UtcMs(3)).is_empty());
        assert!(ended.is_worth_writing(&running) && !ended.is_worth_writing(&ended));
        assert!(ended.began(false).what.as_str().ends_with("_started"));
    }
}
