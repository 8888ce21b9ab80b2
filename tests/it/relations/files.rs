//! The files of a relations export through the engine: the shared bandwidth, pausing all files, and resuming after a
//! restart.

use std::sync::Arc;
use std::time::Instant;

use export_desk::case::{CaseId, Code, RelationsId, UserError};
use export_desk::engine::api::{
    Answer, BANDWIDTH, Command, DownloadState, RelationFileView, RelationsCommand, RelationsOptions,
    RelationsView,
};

use super::{download, download_calls, fault, folder, manifest, plain, started};
use crate::fixture::Fixture;
use crate::front_end::FrontEnd;
use crate::waiting::Lines;

/// The project of these tests is stored on the instance's disk, and the instance itself sends its files.
const SLOW: &str = "on = \"relations_download\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 2000000";

fn view(front_end: &FrontEnd, when: impl Fn(&RelationsView) -> bool) -> Arc<RelationsView> {
    front_end.until(|snapshot| snapshot.relations.first().filter(|view| when(view)).cloned())
}

fn files(view: &RelationsView) -> impl Iterator<Item = &RelationFileView> {
    view.rows.iter().flat_map(|row| row.files.iter())
}

fn is_over(view: &RelationsView) -> bool {
    view.download.as_ref().is_some_and(|download| !download.is_moving && download.files_paused == 0)
}

fn bring(front_end: &FrontEnd, fixture: &Fixture, case: Option<CaseId>) -> Result<RelationsId, UserError> {
    let options =
        RelationsOptions { folder: Some(folder(fixture)), relations: Vec::new(), batches: Vec::new() };
    let command = RelationsCommand::Download {
        instance: fixture.practice.url().into(),
        project: fixture.lesson.project.clone(),
        case,
        options,
    };
    match front_end.ask(Command::Relations(command))? {
        Answer::Relations(run) => Ok(run),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_bandwidth_of_all_downloads_is_theirs_too() {
    let fixture = plain();
    started(&fixture, &["--unbatched"]);
    let front_end = FrontEnd::of(&fixture);
    bring(&front_end, &fixture, None).unwrap();
    let all = view(&front_end, is_over).download.clone().unwrap();
    assert_eq!(all.files_done, all.files_all, "{all:?}");

    std::fs::remove_dir_all(folder(&fixture)).unwrap();
    front_end.ask(Command::Keep { key: BANDWIDTH.into(), value: (all.bytes / 2).max(1).into() }).unwrap();
    let began = Instant::now();
    bring(&front_end, &fixture, None).unwrap();
    let again = view(&front_end, |view| is_over(view) && view.download.as_ref().unwrap().bytes == all.bytes);
    // A minimum time cannot fail on a busy machine; this is half of the time that the limit demands.
    assert!(began.elapsed().as_secs_f64() > 1.0, "{:?} for {} bytes", began.elapsed(), all.bytes);
    assert_eq!(again.download.as_ref().unwrap().files_done, all.files_all);
}

#[test]
fn all_are_paused_and_resume_with_everything_else() {
    let fixture = plain();
    started(&fixture, &["--unbatched"]);
    fixture.practice.trigger(fault(SLOW));
    let front_end = FrontEnd::of(&fixture);
    // Slow enough that the pause always affects files in progress.
    front_end.ask(Command::Keep { key: BANDWIDTH.into(), value: 1_000_000.into() }).unwrap();
    let run = bring(&front_end, &fixture, None).unwrap();
    view(&front_end, |view| {
        files(view).any(|file| file.state().is_some_and(DownloadState::is_running) && file.bytes() > 0)
    });
    front_end.ask(Command::PauseAll).unwrap();
    let still = |file: &RelationFileView| file.is(DownloadState::Paused) || file.is_there();
    let paused = view(&front_end, |view| files(view).all(still));
    let totals = paused.download.clone().unwrap();
    assert!(!totals.is_moving && totals.files_paused > 0, "{totals:?}");
    // The answer to another command shows that the engine has run. Requests sent before the pause may still arrive.
    let calls_meanwhile = || {
        let sent = download_calls(&fixture);
        front_end
            .ask(Command::Check { instance: fixture.practice.url().into(), project: None, contents: false })
            .unwrap();
        download_calls(&fixture) - sent
    };
    assert!((0..20).any(|_| calls_meanwhile() == 0), "it goes on asking while it is paused");
    assert_eq!(calls_meanwhile(), 0, "nothing is asked for while it is paused");

    // Requesting everything again also resumes; pausing twice changes nothing.
    front_end.ask(Command::Relations(RelationsCommand::Pause { run })).unwrap();
    front_end.ask(Command::Keep { key: BANDWIDTH.into(), value: serde_json::Value::Null }).unwrap();
    front_end.ask(Command::ResumeAll).unwrap();
    let end = view(&front_end, is_over);
    assert!(files(&end).all(RelationFileView::is_there), "{:?}", end.download);
    assert_eq!(manifest(&folder(&fixture))["files"].as_array().unwrap().len(), files(&end).count());
}

/// Somebody starts another export during a download. Its files are not taken for those of the first one: a build names
/// them, and the next download brings them again.
#[test]
fn a_download_does_not_mix_two_exports() {
    let fixture = plain();
    started(&fixture, &[]);
    fixture.practice.trigger(fault(SLOW));
    let front_end = FrontEnd::of(&fixture);
    // Slow enough that the pause always affects files in progress.
    front_end.ask(Command::Keep { key: BANDWIDTH.into(), value: 1_000_000.into() }).unwrap();
    let run = bring(&front_end, &fixture, None).unwrap();
    view(&front_end, |view| {
        files(view).any(|file| file.state().is_some_and(DownloadState::is_running) && file.bytes() > 0)
    });
    front_end.ask(Command::Relations(RelationsCommand::Pause { run })).unwrap();
    let still = |file: &RelationFileView| file.is(DownloadState::Paused) || file.is_there();
    let paused = view(&front_end, |view| files(view).all(still));
    assert!(paused.download.as_ref().unwrap().files_paused > 0, "{:?}", paused.download);
    let again = ["relations", "start", &fixture.lesson.project, "--wait", "--replace"];
    let colleague = fixture.folder.path().join("colleague");
    crate::waiting::succeeds(&mut fixture.program_at(&colleague, &again));

    front_end.ask(Command::Keep { key: BANDWIDTH.into(), value: serde_json::Value::Null }).unwrap();
    front_end.ask(Command::Relations(RelationsCommand::Resume { run })).unwrap();
    let end = view(&front_end, is_over);
    let error = end.download.as_ref().unwrap().error.clone();
    let error = error.unwrap_or_else(|| panic!("no error: {:?}", end.download));
    assert!(error.headline.contains("has regenerated the export"), "{error}");
    let output = fixture.downloads().join("whole.tar.gz");
    let build = |more: &[&str]| {
        let folder = folder(&fixture);
        let words = ["relations", "build", folder.to_str().unwrap(), "--output", output.to_str().unwrap()];
        fixture.run(&[&words, more].concat())
    };
    let refused = build(&["--allow-gaps"]);
    assert_eq!((refused.exit, refused.code()), (8, "relations_incomplete"), "{}", refused.result());
    let gaps = refused.result()["gaps"].as_array().unwrap();
    // A poll may have seen the later export before this file was requested.
    let is_other =
        |gap: &&serde_json::Value| gap["code"] == "other_export" || gap["code"] == "not_downloaded";
    assert!(
        gaps.iter().any(|gap| gap["relation"] == "self") && gaps.iter().all(|gap| is_other(&gap)),
        "{gaps:?}"
    );

    fixture.practice.forget_faults();
    bring(&front_end, &fixture, None).unwrap();
    let end = view(&front_end, |view| is_over(view) && files(view).all(RelationFileView::is_there));
    assert_eq!(end.download.as_ref().unwrap().error, None);
    let whole = build(&[]);
    assert_eq!((whole.exit, &whole.result()["gaps"]), (0, &serde_json::json!([])), "{}", whole.result());
}

#[test]
fn killed_in_the_middle_the_window_continues_by_itself() {
    let fixture = plain();
    started(&fixture, &["--unbatched"]);
    fixture.practice.trigger(fault(SLOW));
    let folder = folder(&fixture);
    let mut child = fixture.spawn(&download(&fixture, &folder));
    let lines = Lines::of(&mut child);
    let came = lines.filter(|line| line.as_ref().unwrap().contains("\"event\":\"file\""));
    assert_eq!(came.take(3).count(), 3);
    crate::waiting::killed(&mut child);
    let before = download_calls(&fixture);

    let front_end = FrontEnd::of(&fixture);
    let end = view(&front_end, is_over);
    let totals = end.download.clone().unwrap();
    assert_eq!((totals.files_done, totals.files_failed), (totals.files_all, 0), "{totals:?}");
    assert_eq!(totals.folder, folder);
    let unchanged = files(&end).filter(|file| file.as_str() == "unchanged").count();
    assert!(unchanged >= 2, "what came before the kill was proven and not brought again: {unchanged}");
    assert!(download_calls(&fixture) - before < totals.files_all, "only what was missing is asked for");
    assert_eq!(manifest(&folder)["files"].as_array().unwrap().len(), totals.files_all);
    assert!(matches!(front_end.ask(Command::Audit), Ok(Answer::Audited { .. })));
}

#[test]
fn a_restart_knows_what_was_paused_what_failed_and_what_came() {
    let fixture = plain();
    started(&fixture, &["--unbatched"]);
    // GitLab lacks one of the files.
    fixture.practice.trigger(fault(
        "on = \"relations_download\"\nat = 2\ntimes = 1\nkind = \"answer\"\nstatus = 404\ncontent_type = \"application/json\"\nbody = '{\"message\":\"Export file not found\"}'",
    ));
    let front_end = FrontEnd::of(&fixture);
    bring(&front_end, &fixture, None).unwrap();
    let before = view(&front_end, is_over);
    let failed: Vec<_> = files(&before).filter(|file| file.is(DownloadState::Failed)).cloned().collect();
    assert_eq!(failed.len(), 1, "{:?}", before.download);
    assert_eq!(failed[0].error().unwrap().code, Code::FileNotReady);
    drop(front_end);

    let front_end = FrontEnd::of(&fixture);
    let after = view(&front_end, |_| true);
    let facts = |view: &RelationsView| {
        let brought =
            |file: &RelationFileView| (file.state(), file.sha256().map(str::to_owned), file.error().cloned());
        files(view).map(brought).collect::<Vec<_>>()
    };
    assert_eq!(facts(&after), facts(&before));
    let asked = fixture.practice.requests().len();

    // Only the failed file, paused halfway, with a restart in between.
    fixture
        .practice
        .trigger(fault("on = \"relations_download\"\ntimes = 3\nkind = \"stall_after\"\nbytes = 20"));
    let relation = after.rows.iter().find(|row| row.files[0].is(DownloadState::Failed)).unwrap();
    let options = RelationsOptions {
        folder: Some(folder(&fixture)),
        relations: vec![relation.relation.clone()],
        batches: Vec::new(),
    };
    let (instance, project) = (fixture.practice.url().to_owned(), fixture.lesson.project.clone());
    let command = RelationsCommand::Download { instance, project, case: None, options };
    front_end.ask(Command::Relations(command)).unwrap();
    front_end.ask(Command::PauseAll).unwrap();
    drop(front_end);
    let front_end = FrontEnd::of(&fixture);
    let totals = view(&front_end, |_| true).download.clone().unwrap();
    assert_eq!((totals.files_paused, totals.is_moving), (1, false), "paused stays paused: {totals:?}");
    front_end.ask(Command::ResumeAll).unwrap();
    let end = view(&front_end, |view| is_over(view) && files(view).all(RelationFileView::is_there));
    assert_eq!(end.download.as_ref().unwrap().files_failed, 0);
    let seen = fixture.practice.requests();
    let calls = seen[asked..].iter().filter(|seen| seen.path().ends_with("/export_relations/download"));
    let wanted = format!("relation={}", relation.relation);
    assert!(calls.clone().count() > 0 && calls.clone().all(|seen| seen.target.contains(&wanted)));
}

#[test]
fn a_case_shows_its_relations_export() {
    let fixture = plain();
    // Started outside of any case.
    started(&fixture, &["--unbatched"]);
    let front_end = FrontEnd::of(&fixture);
    let (instance, project) = (fixture.practice.url().to_owned(), fixture.lesson.project.clone());
    let case = front_end.open_case(&fixture, &project, None);
    let look = RelationsCommand::CheckOnce { instance, project, case: Some(case) };
    front_end.ask(Command::Relations(look)).unwrap();
    bring(&front_end, &fixture, Some(case)).unwrap();
    view(&front_end, is_over);
    bring(&front_end, &fixture, Some(case)).unwrap();
    view(&front_end, |view| is_over(view) && files(view).all(|file| file.as_str() == "unchanged"));
    let Ok(Answer::Journal(lines)) = front_end.ask(Command::CaseJournal { case }) else {
        panic!("a journal")
    };
    let told: Vec<_> = lines.iter().map(|line| line.sentence.as_str()).collect();
    for part in [
        "Found a relations export of acme/handbook",
        "Download to ",
        " files of the relations export are in ",
    ] {
        assert!(told.iter().any(|line| line.contains(part)), "{part}: {told:#?}");
    }
    assert!(told.last().unwrap().contains("All files of the relations export were in "), "{told:#?}");
}
