//! Two things at the same moment: builds of one archive, and a build of a folder to which files are being downloaded.

use std::fs;

use export_desk::engine::api::{
    Answer, BuildOptions, Command, RelationsCommand, RelationsDownload, RelationsOptions,
};
use export_desk::engine::{Setup, Timing};
use serde_json::json;

use super::build::{build, downloaded};
use super::fill::{answers, fill};
use super::{download, fault, folder, manifest, plain, started};
use crate::fixture::{End, PACE};
use crate::front_end::FrontEnd;
use crate::waiting::LONGEST;

#[test]
fn two_processes_build_one_archive_or_set_once() {
    let (fixture, folder) = downloaded(true);
    for (round, more) in [&[][..], &["--split"]].into_iter().cycle().take(6).enumerate() {
        let output = fixture.downloads().join(format!("{round}.tar.gz"));
        let mut words = vec!["relations", "build", folder.to_str().unwrap(), "--output"];
        words.push(output.to_str().unwrap());
        words.extend(more);
        // Two people: one engine would see that both want the same.
        let both = ["one", "two"].map(|name| {
            let mut program = fixture.program_at(&fixture.folder.path().join(name), &words);
            let child =
                program.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn();
            std::thread::spawn(move || End::of(&crate::waiting::output_of(child.unwrap(), "a build")))
        });
        let ends = both.map(|end| crate::waiting::joined(end, "a build"));
        let built: Vec<_> = ends.iter().filter(|end| end.exit == 0).collect();
        assert_eq!(built.len(), 1, "{:?}", ends.each_ref().map(End::result));
        let refused = ends.iter().find(|end| end.exit != 0).unwrap();
        assert_eq!((refused.exit, refused.code()), (3, "refused"), "{}", refused.result());
        let headline = refused.result()["headline"].as_str().unwrap();
        assert!(
            headline.contains("Another build writes") || headline.contains("exists already"),
            "{headline}"
        );
        let result = built[0].result();
        let archives = match result["parts"].as_array().unwrap().as_slice() {
            [] => vec![result["path"].clone()],
            parts => parts.iter().map(|part| part["path"].clone()).collect(),
        };
        for archive in archives {
            let end = fixture.run(&["verify", archive.as_str().unwrap()]);
            assert_eq!(end.exit, 0, "{}", end.result());
        }
        let odd = fs::read_dir(fixture.downloads()).unwrap().map(|entry| entry.unwrap().file_name());
        let odd: Vec<_> = odd.filter(|name| name.to_str().unwrap().starts_with('.')).collect();
        assert!(odd.is_empty(), "{odd:?}");
    }
}

/// The folder is not complete yet, and files that are there may be of another export.
#[test]
fn nothing_is_built_while_the_files_are_downloaded() {
    let fixture = plain();
    started(&fixture, &[]);
    let folder = folder(&fixture);
    fixture
        .practice
        .trigger(fault("on = \"relations_download\"\nat = 4\ntimes = 0\nkind = \"stall_after\"\nbytes = 5"));
    // No file after the third comes, until the faults are forgotten, however slow the commands below are.
    let timing = Timing { read_timeout: 2 * LONGEST, ..Timing::scaled(PACE) };
    let front_end = FrontEnd::with(Setup { timing, ..FrontEnd::setup(&fixture) });
    let (instance, project) = (fixture.practice.url().to_owned(), fixture.lesson.project.clone());
    let options = RelationsOptions { folder: Some(folder.clone()), ..RelationsOptions::default() };
    let download = RelationsCommand::Download { instance, project, case: None, options };
    let Ok(Answer::Relations(run)) = front_end.ask(Command::Relations(download)) else {
        panic!("not started");
    };
    crate::waiting::until("the first files", || folder.join("manifest.json").exists().then_some(()));
    let refusals = |what: &str, headline: &str| {
        let said = format!("The relation files in {} are being downloaded.", folder.display());
        assert_eq!(headline, said, "{what}");
    };
    let asked = Command::BuildArchive { folder: folder.clone(), options: BuildOptions::default() };
    refusals("a build", &front_end.ask(asked).unwrap_err().headline);
    let asked = Command::FillRelations { folder: folder.clone(), members: None };
    refusals("a reading", &front_end.ask(asked).unwrap_err().headline);
    // Another person's program sees the lock of the folder.
    #[cfg(unix)]
    for command in ["build", "fill"] {
        let words = ["relations", command, folder.to_str().unwrap()];
        let other = fixture.folder.path().join("other");
        let end = End::of(&crate::waiting::output(&mut fixture.program_at(&other, &words), command));
        assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
        refusals(command, end.result()["headline"].as_str().unwrap());
    }
    let download_is = |found: fn(&RelationsDownload) -> bool| {
        front_end.until(|snapshot| {
            let view = snapshot.relations.iter().find_map(|view| view.download.as_ref())?;
            found(view).then_some(())
        });
    };
    front_end.ask(Command::Relations(RelationsCommand::Pause { run })).unwrap();
    download_is(|view| !view.is_moving);
    fixture.practice.forget_faults();
    front_end.ask(Command::Relations(RelationsCommand::Resume { run })).unwrap();
    // Nothing is refused after the last file.
    download_is(|view| view.files_done == view.files_all);
    let asked = || Command::BuildArchive { folder: folder.clone(), options: BuildOptions::default() };
    let path = crate::waiting::until("the build", || match front_end.ask(asked()) {
        Ok(Answer::Building(path)) => Some(path),
        _ => None,
    });
    let ended = front_end.until(|snapshot| {
        snapshot.builds.iter().find(|view| view.output == path).and_then(|view| view.ended.clone())
    });
    assert!(ended.is_ok(), "{ended:?}");
}

/// The number of rows without their keys is that of one export. An earlier one would be wrong now.
#[test]
fn rows_of_deploy_keys_that_gitlab_did_not_tell_are_not_those_of_an_earlier_export() {
    let (fixture, folder) = downloaded(true);
    assert_eq!(manifest(&folder)["deploy_key_rows"], json!({"main": 1}));
    started(&fixture, &[]);
    fixture.practice.trigger(answers("totals", 500));
    assert_eq!(fixture.run(&download(&fixture, &folder)).exit, 0);
    assert_eq!(manifest(&folder)["deploy_key_rows"], json!(null));
    let end = build(&fixture, &folder, &[]);
    assert!(
        end.result()["notes"].to_string().contains("It is not known whether deploy keys"),
        "{}",
        end.result()
    );
    assert_eq!(fill(&fixture, &folder, &[]).exit, 0);
}
