//! Test imports as the window requests them: what they report about an archive, and what they never do.

use export_desk::case::import::TestImportVerdict;
use export_desk::case::{Code, ImportId, ImportOutcome, ImportPhase, UserError};
use export_desk::engine::api::{
    Answer, Command, ImportCommand, ImportOptions, InspectionView, NewProjectTarget, Receipt,
};
use std::path::Path;
use std::sync::Arc;

use super::{fault, posts, with_archive};
use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

fn test_import(
    front_end: &FrontEnd,
    fixture: &Fixture,
    archive: &Path,
    to: NewProjectTarget,
    anyway: bool,
) -> Result<ImportId, UserError> {
    let options = ImportOptions { anyway, test_import: true, ..ImportOptions::default() };
    let asked = ImportCommand::File {
        instance: fixture.practice.url().into(),
        file: archive.to_owned(),
        target: NewProjectTarget { namespace: Some("acme".into()), ..to },
        case: None,
        options,
    };
    match front_end.ask(Command::Import(asked))? {
        Answer::Import(id) => Ok(id),
        other => panic!("{other:?}"),
    }
}

fn to(path: &str) -> NewProjectTarget {
    NewProjectTarget { path: path.into(), ..NewProjectTarget::default() }
}

fn ended(front_end: &FrontEnd, id: ImportId) -> Arc<export_desk::engine::api::ImportView> {
    front_end.until(|snapshot| {
        snapshot.imports.iter().find(|view| view.job.id == id && view.job.is_ended()).cloned()
    })
}

/// The receipt that an inspection creates for a file.
fn inspect(front_end: &FrontEnd, file: &Path) -> Arc<Receipt> {
    let asked = Command::Verify { path: file.to_owned(), against: None, deep: false };
    let Ok(Answer::Verified(view)) = front_end.ask(asked) else { panic!("a report") };
    receipt(&view)
}

fn receipt(view: &InspectionView) -> Arc<Receipt> {
    view.receipt.clone().expect("a receipt")
}

#[test]
fn the_verdict_joins_the_receipt_of_the_same_bytes_wherever_they_lie() {
    let (fixture, archive) = with_archive();
    let front_end = FrontEnd::of(&fixture);
    assert!(inspect(&front_end, &archive).test_import.is_none());
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"import_partial\"\nrelation = \"issues\""));
    let id = test_import(&front_end, &fixture, &archive, to("first"), false).unwrap();
    let view = ended(&front_end, id);
    assert_eq!(view.job.phase, ImportPhase::Partial);
    // The inspection that was open before shows the result, too.
    let told = front_end.until(|snapshot| snapshot.inspections.first()?.receipt.clone()?.test_import.clone());
    assert_eq!(told.verdict, TestImportVerdict::ImportsWithLosses);
    assert_eq!((told.lost.len(), told.lost[0].relation.as_str(), told.lost[0].records), (1, "issues", 1));
    assert!(told.web_url.as_deref().is_some_and(|url| url.ends_with("/acme/first")), "{told:?}");
    let (other, copied) =
        (fixture.downloads().join("copied.tar.gz"), fixture.downloads().join("other.tar.gz"));
    std::fs::copy(&archive, &copied).unwrap();
    assert_eq!(inspect(&front_end, &copied).test_import.as_ref(), Some(&told));
    // A later result for the same bytes replaces it; a test import without a result does not.
    let id = test_import(&front_end, &fixture, &archive, to("second"), false).unwrap();
    ended(&front_end, id);
    assert_eq!(
        inspect(&front_end, &archive).test_import.as_ref().map(|told| told.verdict),
        Some(TestImportVerdict::Imports)
    );
    let taken = test_import(&front_end, &fixture, &archive, to("handbook"), false).unwrap_err();
    assert_eq!(taken.code, Code::Refused);
    let now = inspect(&front_end, &archive);
    assert_eq!(now.test_import.as_ref().map(|told| told.project_path.as_str()), Some("acme/second"));
    drop(front_end);
    // After a restart the result is there without a new request; other bytes have none.
    let front_end = FrontEnd::of(&fixture);
    assert_eq!(inspect(&front_end, &archive).test_import, now.test_import);
    let bytes = std::fs::read(&archive).unwrap();
    std::fs::write(&other, &bytes[..bytes.len() / 2]).unwrap();
    assert!(inspect(&front_end, &other).test_import.is_none());
    assert!(matches!(front_end.ask(Command::Audit), Ok(Answer::Audited { .. })));
    let kinds: Vec<_> = front_end.engine.snapshot().journal.iter().map(|line| line.kind.clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "rehearsal_ended").count(), 2, "{kinds:?}");
}

#[test]
fn a_refusal_by_gitlab_is_a_verdict_and_ours_is_not() {
    let (fixture, archive) = with_archive();
    let bytes = std::fs::read(&archive).unwrap();
    let bad = fixture.downloads().join("bad.tar.gz");
    std::fs::write(&bad, &bytes[..bytes.len() / 2]).unwrap();
    let front_end = FrontEnd::of(&fixture);
    let id = test_import(&front_end, &fixture, &bad, to("copy"), false).unwrap();
    let view = ended(&front_end, id);
    assert!(matches!(view.job.outcome, Some(ImportOutcome::NotSent { .. })), "{:?}", view.job.outcome);
    assert!(
        posts(&fixture).is_empty() && inspect(&front_end, &bad).test_import.is_none(),
        "GitLab was not asked"
    );
    let id = test_import(&front_end, &fixture, &bad, to("copy"), true).unwrap();
    ended(&front_end, id);
    let told = inspect(&front_end, &bad).test_import.clone().expect("GitLab's answer");
    assert_eq!(told.verdict, TestImportVerdict::DoesNotImport);
    assert!(
        told.sentence.contains("project.bundle") || told.sentence.contains("FromBundle"),
        "{}",
        told.sentence
    );
}

#[test]
fn a_test_import_deletes_nothing_and_a_changed_file_verifies_nothing() {
    let (fixture, archive) = with_archive();
    let front_end = FrontEnd::of(&fixture);
    let delete = NewProjectTarget { delete: Some("acme/handbook".into()), ..to("handbook") };
    let refused = test_import(&front_end, &fixture, &archive, delete, false).unwrap_err();
    assert_eq!(refused.code, Code::Refused, "{refused}");
    assert!(posts(&fixture).is_empty());
    // The rate limit delays the upload long enough to change the file before it is sent.
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"rate_limited\"\nretry_after = \"600\""));
    let id = test_import(&front_end, &fixture, &archive, to("copy"), false).unwrap();
    front_end.until(|snapshot| {
        let view = snapshot.imports.iter().find(|view| view.job.id == id)?;
        (view.job.phase == ImportPhase::Sending).then_some(())
    });
    crate::waiting::until("the upload", || (!posts(&fixture).is_empty()).then_some(()));
    let later = archive.metadata().unwrap().modified().unwrap() + std::time::Duration::from_hours(1);
    std::fs::File::options().write(true).open(&archive).unwrap().set_modified(later).unwrap();
    let view = ended(&front_end, id);
    let Some(ImportOutcome::NotSent { error }) = &view.job.outcome else { panic!("{:?}", view.job.outcome) };
    assert_eq!(error.code, Code::Refused);
    assert!(error.headline.contains("was changed after it was checked"), "{error}");
    assert_eq!(posts(&fixture).len(), 1, "what was not checked is not sent");
    assert!(inspect(&front_end, &archive).test_import.is_none());
}

#[test]
fn a_cut_upload_is_sent_again_from_the_start_on_one_command() {
    let fixture = Fixture::of("first-export");
    let large = fixture.downloads().join("large.tar.gz");
    std::fs::File::create(&large).unwrap().set_len(101 << 20).unwrap();
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"cut_upload\"\npercent = 60"));
    let front_end = FrontEnd::of(&fixture);
    let id = test_import(
        &front_end,
        &fixture,
        &large,
        NewProjectTarget { name: Some("A copy".into()), ..to("copy") },
        true,
    )
    .unwrap();
    let view = ended(&front_end, id);
    assert!(view.status.sentence.contains("cannot resume"), "{}", view.status.sentence);
    let again = |import| front_end.ask(Command::Import(ImportCommand::Again { import }));
    let Ok(Answer::Import(second)) = again(id) else { panic!("it is begun again") };
    let view = ended(&front_end, second);
    assert_eq!(view.job.name.as_deref(), Some("A copy"), "to the same place");
    assert_eq!((view.job.target_path.as_str(), view.job.test_import.is_some()), ("acme/copy", true));
    // The consent to send anyway applies once: the next check refuses again.
    assert!(matches!(view.job.outcome, Some(ImportOutcome::NotSent { .. })), "{:?}", view.job.outcome);
    assert_eq!(again(ImportId(99)).unwrap_err().code, Code::Usage);
}
