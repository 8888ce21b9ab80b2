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
use crate::desk::Desk;
use crate::face::Face;
use crate::waiting::Lines;

/// The project of these tests is stored on the instance's disk, and the instance itself sends its files.
const SLOW: &str = "on = \"relations_download\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 2000000";

fn view(face: &Face, when: impl Fn(&RelationsView) -> bool) -> Arc<RelationsView> {
    face.until(|picture| picture.relations.first().filter(|view| when(view)).cloned())
}

fn files(view: &RelationsView) -> impl Iterator<Item = &RelationFileView> {
    view.rows.iter().flat_map(|row| row.files.iter())
}

fn is_over(view: &RelationsView) -> bool {
    view.download.as_ref().is_some_and(|download| !download.is_moving && download.files_paused == 0)
}

fn bring(face: &Face, desk: &Desk, case: Option<CaseId>) -> Result<RelationsId, UserError> {
    let options = RelationsOptions { folder: Some(folder(desk)), relations: Vec::new(), batches: Vec::new() };
    let command = RelationsCommand::Download {
        instance: desk.practice.url().into(),
        project: desk.lesson.project.clone(),
        case,
        options,
    };
    match face.ask(Command::Relations(command))? {
        Answer::Relations(run) => Ok(run),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_bandwidth_of_all_transfers_is_theirs_too() {
    let desk = plain();
    started(&desk, &[]);
    let face = Face::of(&desk);
    bring(&face, &desk, None).unwrap();
    let all = view(&face, is_over).download.clone().unwrap();
    assert_eq!(all.files_done, all.files_all, "{all:?}");

    std::fs::remove_dir_all(folder(&desk)).unwrap();
    face.ask(Command::Keep { key: BANDWIDTH.into(), value: (all.bytes / 2).max(1).into() }).unwrap();
    let began = Instant::now();
    bring(&face, &desk, None).unwrap();
    let again = view(&face, |view| is_over(view) && view.download.as_ref().unwrap().bytes == all.bytes);
    // A minimum time cannot fail on a busy machine; this is half of the time that the limit demands.
    assert!(began.elapsed().as_secs_f64() > 1.0, "{:?} for {} bytes", began.elapsed(), all.bytes);
    assert_eq!(again.download.as_ref().unwrap().files_done, all.files_all);
}

#[test]
fn all_are_paused_and_go_on_with_everything_else() {
    let desk = plain();
    started(&desk, &[]);
    desk.practice.trigger(fault(SLOW));
    let face = Face::of(&desk);
    // Slow enough that the pause always affects files in progress.
    face.ask(Command::Keep { key: BANDWIDTH.into(), value: 1_000_000.into() }).unwrap();
    let run = bring(&face, &desk, None).unwrap();
    view(&face, |view| {
        files(view).any(|file| file.state().is_some_and(DownloadState::is_running) && file.bytes() > 0)
    });
    face.ask(Command::PauseAll).unwrap();
    let still = |file: &RelationFileView| file.is(DownloadState::Paused) || file.is_there();
    let paused = view(&face, |view| files(view).all(still));
    let totals = paused.download.clone().unwrap();
    assert!(!totals.is_moving && totals.files_paused > 0, "{totals:?}");
    // The answer to another command shows that the engine has run. Requests sent before the pause may still arrive.
    let calls_meanwhile = || {
        let sent = download_calls(&desk);
        face.ask(Command::Check { instance: desk.practice.url().into(), project: None }).unwrap();
        download_calls(&desk) - sent
    };
    assert!((0..20).any(|_| calls_meanwhile() == 0), "it goes on asking while it is paused");
    assert_eq!(calls_meanwhile(), 0, "nothing is asked for while it is paused");

    // Requesting everything again also resumes; pausing twice changes nothing.
    face.ask(Command::Relations(RelationsCommand::Pause { run })).unwrap();
    face.ask(Command::Keep { key: BANDWIDTH.into(), value: serde_json::Value::Null }).unwrap();
    face.ask(Command::ResumeAll).unwrap();
    let end = view(&face, is_over);
    assert!(files(&end).all(RelationFileView::is_there), "{:?}", end.download);
    assert_eq!(manifest(&folder(&desk))["files"].as_array().unwrap().len(), files(&end).count());
}

#[test]
fn killed_in_the_middle_the_window_goes_on_by_itself() {
    let desk = plain();
    started(&desk, &[]);
    desk.practice.trigger(fault(SLOW));
    let folder = folder(&desk);
    let mut child = desk.spawn(&download(&desk, &folder));
    let lines = Lines::of(&mut child);
    let came = lines.filter(|line| line.as_ref().unwrap().contains("\"event\":\"file\""));
    assert_eq!(came.take(3).count(), 3);
    crate::waiting::killed(&mut child);
    let before = download_calls(&desk);

    let face = Face::of(&desk);
    let end = view(&face, is_over);
    let totals = end.download.clone().unwrap();
    assert_eq!((totals.files_done, totals.files_failed), (totals.files_all, 0), "{totals:?}");
    assert_eq!(totals.folder, folder);
    let unchanged = files(&end).filter(|file| file.as_str() == "unchanged").count();
    assert!(unchanged >= 2, "what came before the kill was proven and not brought again: {unchanged}");
    assert!(download_calls(&desk) - before < totals.files_all, "only what was missing is asked for");
    assert_eq!(manifest(&folder)["files"].as_array().unwrap().len(), totals.files_all);
    assert!(matches!(face.ask(Command::Audit), Ok(Answer::Audited { .. })));
}

#[test]
fn a_restart_knows_what_was_paused_what_failed_and_what_came() {
    let desk = plain();
    started(&desk, &[]);
    // GitLab lacks one of the files.
    desk.practice.trigger(fault(
        "on = \"relations_download\"\nat = 2\ntimes = 1\nkind = \"answer\"\nstatus = 404\ncontent_type = \"application/json\"\nbody = '{\"message\":\"Export file not found\"}'",
    ));
    let face = Face::of(&desk);
    bring(&face, &desk, None).unwrap();
    let before = view(&face, is_over);
    let failed: Vec<_> = files(&before).filter(|file| file.is(DownloadState::Failed)).cloned().collect();
    assert_eq!(failed.len(), 1, "{:?}", before.download);
    assert_eq!(failed[0].trouble().unwrap().code, Code::FileNotReady);
    drop(face);

    let face = Face::of(&desk);
    let after = view(&face, |_| true);
    let facts = |view: &RelationsView| {
        let brought = |file: &RelationFileView| {
            (file.state(), file.sha256().map(str::to_owned), file.trouble().cloned())
        };
        files(view).map(brought).collect::<Vec<_>>()
    };
    assert_eq!(facts(&after), facts(&before));
    let asked = desk.practice.requests().len();

    // Only the failed file, paused halfway, with a restart in between.
    desk.practice
        .trigger(fault("on = \"relations_download\"\ntimes = 3\nkind = \"stall_after\"\nbytes = 20"));
    let relation = after.rows.iter().find(|row| row.files[0].is(DownloadState::Failed)).unwrap();
    let options = RelationsOptions {
        folder: Some(folder(&desk)),
        relations: vec![relation.relation.clone()],
        batches: Vec::new(),
    };
    let (instance, project) = (desk.practice.url().to_owned(), desk.lesson.project.clone());
    let command = RelationsCommand::Download { instance, project, case: None, options };
    face.ask(Command::Relations(command)).unwrap();
    face.ask(Command::PauseAll).unwrap();
    drop(face);
    let face = Face::of(&desk);
    let totals = view(&face, |_| true).download.clone().unwrap();
    assert_eq!((totals.files_paused, totals.is_moving), (1, false), "paused stays paused: {totals:?}");
    face.ask(Command::ResumeAll).unwrap();
    let end = view(&face, |view| is_over(view) && files(view).all(RelationFileView::is_there));
    assert_eq!(end.download.as_ref().unwrap().files_failed, 0);
    let seen = desk.practice.requests();
    let calls = seen[asked..].iter().filter(|seen| seen.path().ends_with("/export_relations/download"));
    let wanted = format!("relation={}", relation.relation);
    assert!(calls.clone().count() > 0 && calls.clone().all(|seen| seen.target.contains(&wanted)));
}

#[test]
fn a_case_tells_of_its_relations_export() {
    let desk = plain();
    // Started outside of any case.
    started(&desk, &[]);
    let face = Face::of(&desk);
    let (instance, project) = (desk.practice.url().to_owned(), desk.lesson.project.clone());
    let Ok(Answer::Case(case)) =
        face.ask(Command::NewCase { ticket: None, instance: instance.clone(), project: project.clone() })
    else {
        panic!("a case")
    };
    let look = RelationsCommand::Look { instance, project, case: Some(case) };
    face.ask(Command::Relations(look)).unwrap();
    bring(&face, &desk, Some(case)).unwrap();
    view(&face, is_over);
    bring(&face, &desk, Some(case)).unwrap();
    view(&face, |view| is_over(view) && files(view).all(|file| file.as_str() == "unchanged"));
    let Ok(Answer::Journal(lines)) = face.ask(Command::CaseJournal { case }) else { panic!("a journal") };
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
