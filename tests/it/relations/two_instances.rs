//! Two instances have a project of the same path: the default folders of their relation files differ.

use std::path::{Path, PathBuf};

use export_desk::case::{RebuildOptions, RebuildOutcome, RebuildRemedy, RelationsHint};
use export_desk::engine::Setup;
use export_desk::engine::api::{
    Answer, Command, RebuildCommand, RelationsCommand, RelationsOptions, RelationsView,
};

use super::plain;
use crate::fixture::{End, Fixture};
use crate::front_end::FrontEnd;

/// A command in a folder where both instances' files go.
fn run_in(folder: &Path, fixture: &Fixture, words: &[&str]) -> End {
    let mut program = fixture.program(words);
    program.current_dir(folder);
    End::of(&crate::waiting::output(&mut program, &format!("{words:?}")))
}

#[test]
fn commands_in_one_folder_keep_the_files_of_two_instances_apart() {
    let (first, second) = (plain(), plain());
    assert_eq!(first.lesson.project, second.lesson.project);
    let shared = tempfile::tempdir().unwrap();
    let rebuild = |fixture: &Fixture, more: &[&str]| {
        let words = [&["relations", "rebuild", &fixture.lesson.project], more].concat();
        run_in(shared.path(), fixture, &words)
    };
    let folders: Vec<String> = [&first, &second]
        .map(|fixture| {
            let end = rebuild(fixture, &[]);
            assert_eq!(end.exit, 0, "{}", end.result());
            end.result()["folder"].as_str().unwrap().to_owned()
        })
        .into();
    let host = second.practice.url().trim_start_matches("http://").replace(':', "_");
    assert!(folders[0].ends_with("acme_handbook_relations"), "{folders:?}");
    assert!(folders[1].ends_with(&format!("acme_handbook_{host}_relations")), "{folders:?}");

    // The folder of another project is refused before GitLab exports anything.
    let posts = crate::fixture::posts(&second, "/export_relations");
    let end = rebuild(&second, &["--folder", &folders[0], "--output", "other.tar.gz"]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (3, "refused"), "{result}");
    let says = |field: &str, text: &str| result[field].as_str().unwrap().contains(text);
    assert!(says("headline", first.practice.url()) && says("hint", "--folder"), "{result}");
    assert_eq!(crate::fixture::posts(&second, "/export_relations"), posts);

    // A download by its own command finds the project's folder again.
    let end = run_in(shared.path(), &second, &["relations", "download", &second.lesson.project]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let path = end.result()["files"][0]["path"].as_str().unwrap().to_owned();
    assert!(path.starts_with(&folders[1]), "{path}");
}

/// The window of each instance has the same download folder.
fn front_end(fixture: &Fixture, downloads: &Path) -> FrontEnd {
    FrontEnd::with(Setup { download_folder: downloads.to_owned(), ..FrontEnd::setup(fixture) })
}

fn start(fixture: &Fixture, folder: Option<String>) -> Command {
    Command::Rebuild(RebuildCommand::Start {
        instance: fixture.practice.url().into(),
        project: fixture.lesson.project.clone(),
        case: None,
        options: RebuildOptions { folder, ..RebuildOptions::default() },
    })
}

#[test]
fn the_window_rebuilds_both_and_refuses_to_continue_in_a_folder_of_another_project() {
    let (first, second) = (plain(), plain());
    let downloads = tempfile::tempdir().unwrap();
    let rebuilt = |front_end: &FrontEnd, command: Command| -> (PathBuf, PathBuf) {
        let Ok(Answer::Rebuild(id)) = front_end.ask(command) else { panic!("it did not start") };
        front_end.until(|snapshot| {
            let view = snapshot.rebuilds.iter().find(|view| view.job.id == id)?;
            view.job.is_ended().then(|| {
                let archive = view.job.archive().unwrap_or_else(|| panic!("{:?}", view.job.outcome));
                (view.job.folder.clone().unwrap().into(), archive.path.clone().into())
            })
        })
    };
    let one = front_end(&first, downloads.path());
    let (of_first, _) = rebuilt(&one, start(&first, None));
    assert!(of_first.ends_with("acme_handbook_relations"), "{}", of_first.display());
    drop(one);
    super::started(&second, &[]);
    let two = front_end(&second, downloads.path());
    // What is shown before a download is where the files go.
    let shown = two.until(|snapshot| Some(snapshot.relations.first()?.default_folder.clone()));
    let (instance, project) = (second.practice.url().into(), second.lesson.project.clone());
    let options = RelationsOptions::default();
    let download = RelationsCommand::Download { instance, project, case: None, options };
    two.ask(Command::Relations(download)).unwrap();
    let is_over = |view: &RelationsView| view.download.as_ref().is_some_and(|download| !download.is_moving);
    let folder = two.until(|snapshot| {
        let view = snapshot.relations.first().filter(|view| is_over(view))?;
        view.folder.clone()
    });
    assert_eq!(shown, folder);
    let (of_second, archive) = rebuilt(&two, start(&second, None));
    assert_eq!(of_second, folder);
    assert!(of_first != of_second && of_second.is_dir() && archive.is_file(), "{}", of_second.display());

    // A chosen folder of another project is refused at once, also when a stopped rebuild continues.
    let taken = of_first.to_str().unwrap().to_owned();
    let error = two.ask(start(&second, Some(taken.clone()))).unwrap_err();
    assert_eq!(error.hint, RelationsHint::OtherFolder.into(), "{error}");
    let free = downloads.path().join("chosen");
    let Ok(Answer::Rebuild(id)) = two.ask(start(&second, Some(free.to_str().unwrap().into()))) else {
        panic!("it did not start")
    };
    two.ask(Command::Rebuild(RebuildCommand::Cancel { rebuild: id })).unwrap();
    let is_cancelled = two.until(|snapshot| {
        let job = &snapshot.rebuilds.iter().find(|view| view.job.id == id)?.job;
        job.outcome.as_ref().map(|outcome| *outcome == RebuildOutcome::Cancelled)
    });
    assert!(is_cancelled);
    std::fs::create_dir_all(&free).unwrap();
    std::fs::copy(of_first.join("manifest.json"), free.join("manifest.json")).unwrap();
    let resume = RebuildCommand::Resume { rebuild: id, remedy: RebuildRemedy::Retry };
    let error = two.ask(Command::Rebuild(resume)).unwrap_err();
    assert!(error.headline.contains("another project") && !error.hint.is_empty(), "{error}");
}
