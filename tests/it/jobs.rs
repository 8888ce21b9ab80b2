//! What holds for every kind of watched job, on the real engine: exports, relations exports and imports.

use std::path::Path;
use std::time::Duration;

use export_desk::case::import::ImportKind;
use export_desk::case::{
    ImportId, ImportJob, Job, JobId, JobInput, JobTiming, RelationsId, RelationsRun, Run, RunId, SendJournal,
    UserError, UtcMs,
};
use export_desk::engine::api::{
    Answer, Command, ImportCommand, ImportOptions, JobWatch, NewProjectTarget, RelationsCommand, Snapshot,
    StartOptions,
};
use export_desk::store::{Commit, Store, StoreError, Write};

use crate::fixture::{Fixture, fault, posts};
use crate::front_end::FrontEnd;
use crate::imports::with_archive;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Export,
    Relations,
    Import,
}

const KINDS: [Kind; 3] = [Kind::Export, Kind::Relations, Kind::Import];

/// The common view of a kind's newest job.
#[derive(Clone, Debug)]
struct Seen {
    ended: bool,
    sentence: String,
    send: SendJournal,
    watch: JobWatch,
}

impl Kind {
    fn start_call(self) -> &'static str {
        match self {
            Self::Export => "export_start",
            Self::Relations => "relations_start",
            Self::Import => "import_file",
        }
    }

    fn status_call(self) -> &'static str {
        match self {
            Self::Export => "export_status",
            Self::Relations => "relations_status",
            Self::Import => "import_status",
        }
    }

    fn path_end(self) -> &'static str {
        match self {
            Self::Export => "/export",
            Self::Relations => "/export_relations",
            Self::Import => "/projects/import",
        }
    }

    fn start(self, fixture: &Fixture, archive: &Path) -> Command {
        let (instance, project) = (fixture.practice.url().to_owned(), fixture.lesson.project.clone());
        match self {
            Self::Export => {
                let options = StartOptions { replace: true, ..StartOptions::default() };
                Command::Start { instance, project, case: None, options }
            }
            Self::Relations => Command::Relations(RelationsCommand::Start {
                instance,
                project,
                case: None,
                batched: false,
                collect: false,
                replace: true,
            }),
            Self::Import => Command::Import(ImportCommand::File {
                instance,
                file: archive.to_owned(),
                target: NewProjectTarget {
                    path: "copy".into(),
                    namespace: Some("acme".into()),
                    ..NewProjectTarget::default()
                },
                case: None,
                options: ImportOptions::default(),
            }),
        }
    }

    fn unwatch(self) -> Command {
        match self {
            Self::Export => Command::Leave { run: RunId(1) },
            Self::Relations => Command::Relations(RelationsCommand::Leave { run: RelationsId(1) }),
            Self::Import => Command::Import(ImportCommand::Leave { import: ImportId(1) }),
        }
    }

    fn watch_again(self, fixture: &Fixture) -> Command {
        let (instance, project) = (fixture.practice.url().to_owned(), fixture.lesson.project.clone());
        match self {
            Self::Export => Command::Watch { instance, project, case: None },
            Self::Relations => {
                Command::Relations(RelationsCommand::CheckOnce { instance, project, case: None })
            }
            Self::Import => {
                Command::Import(ImportCommand::CheckOnce { instance, project: "acme/copy".into() })
            }
        }
    }

    fn seen(self, snapshot: &Snapshot) -> Option<Seen> {
        let of = |job: Job, sentence: &str, watch: &JobWatch| Seen {
            ended: job.is_ended(),
            sentence: sentence.to_owned(),
            send: job.send().clone(),
            watch: watch.clone(),
        };
        match self {
            Self::Export => {
                let view = snapshot.runs.first()?;
                Some(of(Job::Export(view.run.clone()), &view.status.sentence, &view.watch))
            }
            Self::Relations => {
                let view = snapshot.relations.first()?;
                Some(of(Job::Relations(view.run.as_ref().clone()), &view.status.sentence, &view.watch))
            }
            Self::Import => {
                let view = snapshot.imports.first()?;
                Some(of(Job::Import(view.job.clone()), &view.status.sentence, &view.watch))
            }
        }
    }

    fn until(self, front_end: &FrontEnd, when: impl Fn(&Seen) -> bool) -> Seen {
        front_end.until(|snapshot| self.seen(snapshot).filter(|seen| when(seen)))
    }

    fn posts(self, fixture: &Fixture) -> usize {
        posts(fixture, self.path_end())
    }

    /// The number of requests that jobs of this kind have sent, minus those `before`.
    fn posts_since(self, fixture: &Fixture, before: usize) -> usize {
        self.posts(fixture) - before
    }
}

/// A fixture with an archive, and no job in its data folder.
fn fixture() -> (Fixture, std::path::PathBuf) {
    let (fixture, archive) = with_archive();
    std::fs::remove_dir_all(fixture.data_dir()).unwrap();
    (fixture, archive)
}

/// The fixture's store. A process that another test starts may hold the lock for a moment, because it inherits all open
/// files.
fn store(fixture: &Fixture) -> Store {
    for _ in 0..100 {
        match Store::open(&fixture.data_dir(), UtcMs(0)) {
            Err(StoreError::Locked { .. }) => std::thread::sleep(Duration::from_millis(50)),
            opened => return opened.unwrap(),
        }
    }
    panic!("{} stayed locked for 5 s", fixture.data_dir().display());
}

/// Adds a fault to this call; `what` is the remaining part of the fault's description.
fn strike(fixture: &Fixture, call: &str, what: &str) {
    fixture.practice.trigger(fault(&format!("on = \"{call}\"\n{what}")));
}

fn stored(fixture: &Fixture) -> Vec<Job> {
    store(fixture).jobs().unwrap()
}

fn put(fixture: &Fixture, job: Job) {
    store(fixture).commit(&Commit::new(UtcMs(0)).with(Write::PutJob(Box::new(job)))).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a request left just now")]
fn now() -> UtcMs {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    UtcMs(i64::try_from(since.as_millis()).unwrap())
}

#[test]
fn offline_at_a_restart_it_waits_and_continues() {
    for kind in KINDS {
        let (fixture, archive) = fixture();
        let before = kind.posts(&fixture);
        {
            let front_end = FrontEnd::of(&fixture);
            front_end.engine.send(kind.start(&fixture, &archive));
            kind.until(&front_end, |seen| seen.send == SendJournal::Accepted);
        }
        let call = kind.status_call();
        strike(&fixture, call, "times = 9\nkind = \"bad_gateway\"");
        let front_end = FrontEnd::of(&fixture);
        let waits = kind.until(&front_end, |seen| seen.watch.waiting.is_some() || seen.ended);
        assert!(!waits.ended && waits.watch.next_poll_at.is_some(), "{kind:?}: {waits:?}");
        let end = kind.until(&front_end, |seen| seen.ended);
        assert!(end.watch.waiting.is_none() && end.watch.error.is_none(), "{kind:?}: {end:?}");
        assert_eq!(kind.posts_since(&fixture, before), 1, "{kind:?}");
    }
}

#[test]
fn a_planned_request_that_never_left_is_not_treated_as_sent() {
    for kind in KINDS {
        let (fixture, archive) = fixture();
        let before = kind.posts(&fixture);
        let call = kind.start_call();
        strike(&fixture, call, "kind = \"rate_limited\"\nretry_after = \"500\"");
        {
            let front_end = FrontEnd::of(&fixture);
            front_end.engine.send(kind.start(&fixture, &archive));
            let waits = kind.until(&front_end, |seen| seen.watch.waiting.is_some());
            assert!(waits.send.is_planned() && !waits.ended, "{kind:?}: {waits:?}");
        }
        assert!(stored(&fixture)[0].send().is_planned(), "{kind:?}: it is on disk");
        let front_end = FrontEnd::of(&fixture);
        let end = kind.until(&front_end, |seen| seen.ended);
        // An export is started as it was planned; the source of an import is not stored.
        let (posts, send) = match kind {
            Kind::Export | Kind::Relations => (2, SendJournal::Accepted),
            Kind::Import => (1, SendJournal::Planned),
        };
        assert_eq!(
            (kind.posts_since(&fixture, before), end.send),
            (posts, send),
            "{kind:?}: {}",
            end.sentence
        );
    }
}

#[test]
fn a_wait_can_be_left_and_then_nothing_leaves() {
    for kind in KINDS {
        let (fixture, archive) = fixture();
        let before = kind.posts(&fixture);
        let call = kind.start_call();
        strike(&fixture, call, "kind = \"rate_limited\"\nretry_after = \"500\"");
        let front_end = FrontEnd::of(&fixture);
        front_end.engine.send(kind.start(&fixture, &archive));
        kind.until(&front_end, |seen| seen.watch.waiting.is_some());
        front_end.ask(kind.unwatch()).unwrap();
        let end = kind.until(&front_end, |seen| seen.ended);
        assert!(
            end.sentence.contains("GitLab did not receive it") && !end.watch.unwatched,
            "{kind:?}: {end:?}"
        );
        std::thread::sleep(std::time::Duration::from_millis(700));
        assert_eq!(kind.posts_since(&fixture, before), 1, "{kind:?}");
    }
}

#[test]
fn a_request_that_was_cut_off_by_a_crash_and_shows_nothing_is_not_repeated() {
    for kind in KINDS {
        let (fixture, _archive) = fixture();
        let before = kind.posts(&fixture);
        put_cut_off(&fixture, kind);
        let front_end = FrontEnd::of(&fixture);
        let end = kind.until(&front_end, |seen| seen.ended);
        assert!(end.send.is_unanswered() && !end.watch.unwatched, "{kind:?}: {end:?}");
        assert_eq!(kind.posts_since(&fixture, before), 0, "{kind:?}");
    }
}

/// Puts a job whose request left when the program was killed, and never reached GitLab.
fn put_cut_off(fixture: &Fixture, kind: Kind) {
    let (instance, project) = (fixture.practice.url(), fixture.lesson.project.clone());
    let id = fixture.practice.world().project(&project).unwrap().id;
    let planned = match kind {
        Kind::Export => Job::Export(Run::scheduled(RunId(1), instance, (id, &project), "finished", now())),
        Kind::Relations => Job::Relations(RelationsRun::requested(
            RelationsId(1),
            instance,
            (id, &project),
            false,
            &[],
            now(),
        )),
        Kind::Import => {
            let file = ImportKind::File { path: "/a.tar.gz".into(), bytes: 9 };
            Job::Import(ImportJob::new(ImportId(1), instance, file, "acme/nowhere", now()))
        }
    };
    put(fixture, planned.step(JobInput::AboutToSend, &JobTiming::default(), now()));
}

/// Only the person's own command, given again, sends a request again.
#[test]
fn the_same_command_after_a_crash_before_its_request_arrived_sends_it() {
    for (kind, words) in [
        (Kind::Export, ["export", "start", "--wait", "--replace"]),
        (Kind::Relations, ["relations", "start", "--wait", "--replace"]),
    ] {
        let (fixture, _archive) = fixture();
        let before = kind.posts(&fixture);
        put_cut_off(&fixture, kind);
        let end = fixture.run(&[&words[..], &[&fixture.lesson.project]].concat());
        assert_eq!((end.exit, kind.posts_since(&fixture, before)), (0, 1), "{kind:?}: {}", end.result());
        assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
    }
}

#[test]
fn a_page_is_waited_out_by_polls_and_never_by_the_request() {
    for kind in KINDS {
        let (fixture, archive) = fixture();
        let before = kind.posts(&fixture);
        strike(&fixture, kind.start_call(), "kind = \"html\"");
        let front_end = FrontEnd::of(&fixture);
        let result = front_end.ask(kind.start(&fixture, &archive));
        let end = kind.until(&front_end, |seen| seen.ended);
        assert_eq!(kind.posts_since(&fixture, before), 1, "{kind:?}: {end:?}");
        match (kind, result) {
            (Kind::Export | Kind::Relations, Err(UserError { headline, .. })) => {
                assert_eq!(headline, end.sentence);
            }
            (Kind::Import, Ok(Answer::Import(_))) => {}
            (_, other) => panic!("{kind:?}: {other:?}"),
        }
        front_end.engine.send(kind.start(&fixture, &archive));
        kind.until(&front_end, |seen| seen.send == SendJournal::Accepted);
        let call = kind.status_call();
        strike(&fixture, call, "times = 3\nkind = \"html\"");
        let end = kind.until(&front_end, |seen| seen.ended);
        assert!(end.watch.error.is_none(), "{kind:?}: {end:?}");
        assert_eq!(kind.posts_since(&fixture, before), 2, "{kind:?}");
    }
}

#[test]
fn an_answer_that_was_lost_is_found_by_polls() {
    for kind in KINDS {
        let (fixture, archive) = fixture();
        let before = kind.posts(&fixture);
        let call = kind.start_call();
        strike(&fixture, call, "kind = \"cut_in_header\"\nafter_bytes = 0");
        let front_end = FrontEnd::of(&fixture);
        front_end.engine.send(kind.start(&fixture, &archive));
        let end = kind.until(&front_end, |seen| seen.ended);
        assert_eq!(end.send, SendJournal::Accepted, "{kind:?}: {end:?}");
        assert_eq!(kind.posts_since(&fixture, before), 1, "{kind:?}");
    }
}

#[test]
fn an_unwatched_job_is_not_polled_until_it_is_watched_again() {
    for kind in KINDS {
        let (fixture, archive) = fixture();
        {
            let front_end = FrontEnd::of(&fixture);
            front_end.engine.send(kind.start(&fixture, &archive));
            kind.until(&front_end, |seen| seen.send == SendJournal::Accepted);
            let call = kind.status_call();
            strike(&fixture, call, "times = 7\nkind = \"bad_gateway\"");
            front_end.ask(kind.unwatch()).unwrap();
            let left = kind.until(&front_end, |seen| seen.ended);
            if !left.watch.unwatched {
                // This machine was so busy that GitLab finished first.
                continue;
            }
            assert!(left.sentence.contains("o longer checks"), "{kind:?}: {left:?}");
        }
        let front_end = FrontEnd::of(&fixture);
        let left = kind.until(&front_end, |_| true);
        assert!(left.watch.unwatched && left.watch.next_poll_at.is_none(), "{kind:?}: {left:?}");
        // GitLab answers the first of these with an error.
        while front_end.ask(kind.watch_again(&fixture)).is_err() {}
        let end = kind.until(&front_end, |seen| seen.ended && !seen.watch.unwatched);
        assert!(end.watch.error.is_none(), "{kind:?}: {end:?}");
    }
}

#[test]
fn an_import_of_a_relation_is_searched_after_a_crash() {
    let (fixture, archive) = fixture();
    let command = || {
        Command::Import(ImportCommand::Relation {
            instance: fixture.practice.url().into(),
            project: fixture.lesson.project.clone(),
            file: archive.clone(),
            relation: "issues".into(),
            case: None,
            options: ImportOptions::default(),
        })
    };
    {
        let front_end = FrontEnd::of(&fixture);
        front_end.ask(command()).unwrap();
        Kind::Import.until(&front_end, |seen| seen.send == SendJournal::Accepted);
    }
    let job = forget_the_answer(&fixture, |created_at| created_at);
    let front_end = FrontEnd::of(&fixture);
    let end = Kind::Import.until(&front_end, |seen| seen.ended);
    assert_eq!(end.send, SendJournal::Accepted, "{end:?}");
    assert_eq!(relation_posts(&fixture), 1, "it was found in the project's list");
    assert_eq!(JobId::Import(job).number(), 1);
}

/// Leaves the accepted import as after a crash before the answer. `left_at` returns the time at which its request was
/// sent.
fn forget_the_answer(fixture: &Fixture, left_at: impl Fn(UtcMs) -> UtcMs) -> export_desk::case::ImportId {
    let Some(Job::Import(job)) = stored(fixture).pop() else { panic!("an import") };
    let left_at = left_at(job.created_at);
    let cut = ImportJob::new(job.id, &job.instance, job.kind.clone(), &job.target_path, left_at);
    let cut = ImportJob { project_id: job.project_id, ..cut };
    put(fixture, Job::Import(cut).step(JobInput::AboutToSend, &JobTiming::default(), left_at));
    job.id
}

fn relation_posts(fixture: &Fixture) -> usize {
    fixture.practice.requests().iter().filter(|seen| seen.path().ends_with("/import-relation")).count()
}

#[test]
fn the_same_command_after_a_crash_continues_its_relation_import() {
    let (fixture, archive) = fixture();
    let project = fixture.lesson.project.clone();
    let file = archive.to_str().unwrap();
    let words = ["import", "relation", file, "--project", &project, "--relation", "issues"];
    assert_eq!(fixture.run(&words).exit, 0);
    // The import was accepted: the same command watches it.
    let watches = |import: i64, posts: usize| {
        let end = fixture.run(&[words.as_slice(), &["--wait"]].concat());
        let result = end.result();
        assert_eq!(
            (end.exit, &result["import"], relation_posts(&fixture)),
            (0, &import.into(), posts),
            "{result}"
        );
    };
    watches(1, 1);
    // The answer was lost, but GitLab's list contains the import.
    forget_the_answer(&fixture, |created_at| created_at);
    watches(1, 1);
    // GitLab's import is older than the lost request: that request never arrived, and is sent again.
    forget_the_answer(&fixture, |_created_at| now().plus_ms(3_600_000));
    watches(2, 2);
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}
