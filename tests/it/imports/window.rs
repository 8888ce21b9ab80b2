//! Imports and relations exports as the window requests them.

use std::sync::Arc;

use export_desk::case::import::RemoteVerdict;
use export_desk::case::{Code, ImportId, ImportOutcome, ImportPhase, RelationsId, UserError};
use export_desk::engine::api::{
    Answer, Command, ImportCommand, ImportOptions, ImportView, NewProjectTarget, RelationsCommand,
    RelationsOptions, RelationsView, SecretUrl,
};

use super::{fault, with_archive};
use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

fn to(path: &str) -> NewProjectTarget {
    NewProjectTarget { path: path.into(), namespace: Some("acme".into()), ..NewProjectTarget::default() }
}

fn file(fixture: &Fixture, archive: &std::path::Path, path: &str) -> Command {
    Command::Import(ImportCommand::File {
        instance: fixture.practice.url().into(),
        file: archive.to_owned(),
        target: to(path),
        case: None,
        options: ImportOptions::default(),
    })
}

fn import_of(answer: Result<Answer, UserError>) -> ImportId {
    match answer {
        Ok(Answer::Import(id)) => id,
        other => panic!("{other:?}"),
    }
}

fn import(front_end: &FrontEnd, id: ImportId, when: impl Fn(&ImportView) -> bool) -> Arc<ImportView> {
    front_end.until(|picture| picture.imports.iter().find(|view| view.job.id == id && when(view)).cloned())
}

fn relations(
    front_end: &FrontEnd,
    id: RelationsId,
    when: impl Fn(&RelationsView) -> bool,
) -> Arc<RelationsView> {
    front_end.until(|picture| picture.relations.iter().find(|view| view.run.id == id && when(view)).cloned())
}

fn ask_relations(front_end: &FrontEnd, command: RelationsCommand) -> RelationsId {
    match front_end.ask(Command::Relations(command)) {
        Ok(Answer::Relations(id)) => id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_form_learns_what_is_there_and_what_gitlab_will_say() {
    let fixture = Fixture::of("first-export");
    let front_end = FrontEnd::of(&fixture);
    let instance = || fixture.practice.url().to_owned();
    for (path, taken) in [("handbook", true), ("fresh", false)] {
        let asked = ImportCommand::CheckTarget { instance: instance(), target: to(path) };
        let Ok(Answer::Target(view)) = front_end.ask(Command::Import(asked)) else { panic!("a target") };
        assert_eq!(view.full_path, Some(format!("acme/{path}")));
        assert_eq!(view.taken_by.is_some(), taken, "{path}");
    }
    let url = SecretUrl(format!("{}/customer-bucket/a.tar.gz?key=hush", fixture.practice.storage_url()));
    assert!(!format!("{url:?}").contains("hush"));
    let asked = ImportCommand::Probe { instance: instance(), url };
    let Ok(Answer::Probed(view)) = front_end.ask(Command::Import(asked)) else { panic!("a probe") };
    assert!(matches!(view.verdict, RemoteVerdict::Refused { .. }), "{view:?}");
    assert!(view.sentence.contains("403"), "{view:?}");
}

#[test]
fn losses_are_repaired_with_one_command() {
    let (fixture, archive) = with_archive();
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"import_partial\"\nrelation = \"issues\""));
    let front_end = FrontEnd::of(&fixture);
    let id = import_of(front_end.ask(file(&fixture, &archive, "copy")));
    let view = import(&front_end, id, |view| view.job.is_ended());
    assert_eq!((view.job.phase, view.status.groups.len()), (ImportPhase::Partial, 1));
    assert_eq!(view.sent_bytes, view.total_bytes);
    assert_eq!(view.report.as_ref().map(|report| report.verdict.as_str()), Some("importable"));
    assert!(view.web_url.as_ref().unwrap().ends_with("/acme/copy"));
    let repair = |relation: &str| ImportCommand::Repair { import: id, relation: relation.into() };
    let error = front_end.ask(Command::Import(repair("labels"))).unwrap_err();
    assert_eq!(error.code, Code::Usage);
    let again = import_of(front_end.ask(Command::Import(repair("issues"))));
    let view = import(&front_end, again, |view| view.job.is_ended());
    assert_eq!((view.job.repairs, &view.job.outcome), (Some(id), &Some(ImportOutcome::Imported)));
}

#[test]
fn what_gitlab_has_is_watched_on_after_a_restart() {
    let (fixture, archive) = with_archive();
    let (import_id, run) = {
        let front_end = FrontEnd::of(&fixture);
        let instance = fixture.practice.url().to_owned();
        let project = fixture.lesson.project.clone();
        let started = RelationsCommand::Start {
            instance,
            project,
            case: None,
            batched: true,
            collect: false,
            replace: true,
        };
        let run = ask_relations(&front_end, started);
        let id = import_of(front_end.ask(file(&fixture, &archive, "copy")));
        import(&front_end, id, |view| view.job.accepted_at.is_some());
        (id, run)
    };
    let front_end = FrontEnd::of(&fixture);
    let view = import(&front_end, import_id, |view| view.job.is_ended());
    assert_eq!(view.job.outcome, Some(ImportOutcome::Imported));
    assert!(relations(&front_end, run, |view| view.run.is_ended()).status.ready > 20);
    assert!(matches!(front_end.ask(Command::Audit), Ok(Answer::Audited { .. })));
}

#[test]
fn the_table_shows_every_file_and_cancelling_keeps_bytes() {
    let fixture = Fixture::of("first-export");
    let front_end = FrontEnd::of(&fixture);
    let (instance, project) = (fixture.practice.url().to_owned(), fixture.lesson.project.clone());
    let (i, p) = (instance.clone(), project.clone());
    let run = ask_relations(
        &front_end,
        RelationsCommand::Start {
            instance: i,
            project: p,
            case: None,
            batched: false,
            collect: false,
            replace: true,
        },
    );
    let view = relations(&front_end, run, |view| view.run.is_ended());
    assert!(view.rows.iter().all(|row| row.files[0].as_str() == "offered"), "nothing was asked for");
    fixture.practice.trigger(fault("on = \"object\"\ntimes = 0\nkind = \"stall_after\"\nbytes = 50"));
    let options = RelationsOptions { folder: None, relations: vec!["issues".into()], batches: Vec::new() };
    let download = |options| RelationsCommand::Download {
        instance: instance.clone(),
        project: project.clone(),
        case: None,
        options,
    };
    assert_eq!(ask_relations(&front_end, download(options)), run);
    let row = |view: &RelationsView| {
        view.rows.iter().find(|row| row.relation == "issues").unwrap().files[0].clone()
    };
    relations(&front_end, run, |view| row(view).bytes() > 0);
    front_end.ask(Command::Relations(RelationsCommand::CancelFiles { run })).unwrap();
    let view = relations(&front_end, run, |view| row(view).as_str() == "halted");
    let totals = view.download.clone().unwrap();
    assert!(!totals.is_moving && totals.files_all == 1 && totals.files_done == 0, "{totals:?}");
    assert!(totals.folder.ends_with("acme_webshop_relations"), "{totals:?}");
    front_end.ask(Command::Relations(RelationsCommand::Leave { run })).unwrap();
}
