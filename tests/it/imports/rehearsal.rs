//! Test imports as the window requests them: what they report about an archive, and what they never do.

use export_desk::case::import::RehearsalVerdict;
use export_desk::case::{Code, ImportId, ImportOutcome, ImportPhase, UserError};
use export_desk::engine::api::{
    Answer, Command, ImportCommand, ImportOptions, ImportTo, InspectionView, Receipt,
};
use std::path::Path;
use std::sync::Arc;

use super::{fault, posts, with_archive};
use crate::desk::Desk;
use crate::face::Face;

fn rehearse(
    face: &Face,
    desk: &Desk,
    archive: &Path,
    to: ImportTo,
    anyway: bool,
) -> Result<ImportId, UserError> {
    let options = ImportOptions { anyway, rehearsal: true, ..ImportOptions::default() };
    let asked = ImportCommand::File {
        instance: desk.practice.url().into(),
        file: archive.to_owned(),
        target: ImportTo { namespace: Some("acme".into()), ..to },
        case: None,
        options,
    };
    match face.ask(Command::Import(asked))? {
        Answer::Import(id) => Ok(id),
        other => panic!("{other:?}"),
    }
}

fn to(path: &str) -> ImportTo {
    ImportTo { path: path.into(), ..ImportTo::default() }
}

fn ended(face: &Face, id: ImportId) -> Arc<export_desk::engine::api::ImportView> {
    face.until(|picture| {
        picture.imports.iter().find(|view| view.job.id == id && view.job.is_ended()).cloned()
    })
}

/// The receipt that an inspection creates for a file.
fn inspect(face: &Face, file: &Path) -> Arc<Receipt> {
    let asked = Command::Verify { path: file.to_owned(), against: None, deep: false };
    let Ok(Answer::Verified(view)) = face.ask(asked) else { panic!("a report") };
    receipt(&view)
}

fn receipt(view: &InspectionView) -> Arc<Receipt> {
    view.receipt.clone().expect("a receipt")
}

#[test]
fn the_verdict_joins_the_receipt_of_the_same_bytes_wherever_they_lie() {
    let (desk, archive) = with_archive();
    let face = Face::of(&desk);
    assert!(inspect(&face, &archive).rehearsal.is_none());
    desk.practice.trigger(fault("on = \"import_file\"\nkind = \"import_partial\"\nrelation = \"issues\""));
    let id = rehearse(&face, &desk, &archive, to("first"), false).unwrap();
    let view = ended(&face, id);
    assert_eq!(view.job.phase, ImportPhase::Partial);
    // The inspection that was open before shows the result, too.
    let told = face.until(|picture| picture.inspections.first()?.receipt.clone()?.rehearsal.clone());
    assert_eq!(told.verdict, RehearsalVerdict::ImportsWithLosses);
    assert_eq!((told.lost.len(), told.lost[0].relation.as_str(), told.lost[0].records), (1, "issues", 1));
    assert!(told.web_url.as_deref().is_some_and(|url| url.ends_with("/acme/first")), "{told:?}");
    let (other, copied) = (desk.downloads().join("copied.tar.gz"), desk.downloads().join("other.tar.gz"));
    std::fs::copy(&archive, &copied).unwrap();
    assert_eq!(inspect(&face, &copied).rehearsal.as_ref(), Some(&told));
    // A later result for the same bytes replaces it; a test import without a result does not.
    let id = rehearse(&face, &desk, &archive, to("second"), false).unwrap();
    ended(&face, id);
    assert_eq!(
        inspect(&face, &archive).rehearsal.as_ref().map(|told| told.verdict),
        Some(RehearsalVerdict::Imports)
    );
    let taken = rehearse(&face, &desk, &archive, to("handbook"), false).unwrap_err();
    assert_eq!(taken.code, Code::Refused);
    let now = inspect(&face, &archive);
    assert_eq!(now.rehearsal.as_ref().map(|told| told.project_path.as_str()), Some("acme/second"));
    drop(face);
    // After a restart the result is there without a new request; other bytes have none.
    let face = Face::of(&desk);
    assert_eq!(inspect(&face, &archive).rehearsal, now.rehearsal);
    let bytes = std::fs::read(&archive).unwrap();
    std::fs::write(&other, &bytes[..bytes.len() / 2]).unwrap();
    assert!(inspect(&face, &other).rehearsal.is_none());
    assert!(matches!(face.ask(Command::Audit), Ok(Answer::Audited { .. })));
    let kinds: Vec<_> = face.engine.snapshot().journal.iter().map(|line| line.kind.clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "rehearsal_ended").count(), 2, "{kinds:?}");
}

#[test]
fn gitlabs_no_is_a_verdict_and_ours_is_not() {
    let (desk, archive) = with_archive();
    let bytes = std::fs::read(&archive).unwrap();
    let bad = desk.downloads().join("bad.tar.gz");
    std::fs::write(&bad, &bytes[..bytes.len() / 2]).unwrap();
    let face = Face::of(&desk);
    let id = rehearse(&face, &desk, &bad, to("copy"), false).unwrap();
    let view = ended(&face, id);
    assert!(matches!(view.job.outcome, Some(ImportOutcome::NotSent { .. })), "{:?}", view.job.outcome);
    assert!(posts(&desk).is_empty() && inspect(&face, &bad).rehearsal.is_none(), "GitLab was not asked");
    let id = rehearse(&face, &desk, &bad, to("copy"), true).unwrap();
    ended(&face, id);
    let told = inspect(&face, &bad).rehearsal.clone().expect("GitLab's answer");
    assert_eq!(told.verdict, RehearsalVerdict::DoesNotImport);
    assert!(
        told.sentence.contains("project.bundle") || told.sentence.contains("FromBundle"),
        "{}",
        told.sentence
    );
}

#[test]
fn a_rehearsal_deletes_nothing_and_a_changed_file_proves_nothing() {
    let (desk, archive) = with_archive();
    let face = Face::of(&desk);
    let delete = ImportTo { delete: Some("acme/handbook".into()), ..to("handbook") };
    let refused = rehearse(&face, &desk, &archive, delete, false).unwrap_err();
    assert_eq!(refused.code, Code::Refused, "{refused}");
    assert!(posts(&desk).is_empty());
    // The rate limit delays the upload long enough to change the file before it is sent.
    desk.practice.trigger(fault("on = \"import_file\"\nkind = \"rate_limited\"\nretry_after = \"600\""));
    let id = rehearse(&face, &desk, &archive, to("copy"), false).unwrap();
    face.until(|picture| {
        let view = picture.imports.iter().find(|view| view.job.id == id)?;
        (view.job.phase == ImportPhase::Sending).then_some(())
    });
    crate::waiting::until("the upload", || (!posts(&desk).is_empty()).then_some(()));
    let later = archive.metadata().unwrap().modified().unwrap() + std::time::Duration::from_hours(1);
    std::fs::File::options().write(true).open(&archive).unwrap().set_modified(later).unwrap();
    let view = ended(&face, id);
    let Some(ImportOutcome::NotSent { trouble }) = &view.job.outcome else {
        panic!("{:?}", view.job.outcome)
    };
    assert_eq!(trouble.code, Code::Refused);
    assert!(trouble.headline.contains("was changed after it was checked"), "{trouble}");
    assert_eq!(posts(&desk).len(), 1, "what was not checked is not sent");
    assert!(inspect(&face, &archive).rehearsal.is_none());
}

#[test]
fn a_cut_upload_is_sent_again_from_the_start_on_one_command() {
    let desk = Desk::of("first-export");
    let large = desk.downloads().join("large.tar.gz");
    std::fs::File::create(&large).unwrap().set_len(101 << 20).unwrap();
    desk.practice.trigger(fault("on = \"import_file\"\nkind = \"cut_upload\"\npercent = 60"));
    let face = Face::of(&desk);
    let id =
        rehearse(&face, &desk, &large, ImportTo { name: Some("A copy".into()), ..to("copy") }, true).unwrap();
    let view = ended(&face, id);
    assert!(view.standing.sentence.contains("cannot resume"), "{}", view.standing.sentence);
    let again = |import| face.ask(Command::Import(ImportCommand::Again { import }));
    let Ok(Answer::Import(second)) = again(id) else { panic!("it is begun again") };
    let view = ended(&face, second);
    assert_eq!(view.job.name.as_deref(), Some("A copy"), "to the same place");
    assert_eq!((view.job.target_path.as_str(), view.job.rehearsal.is_some()), ("acme/copy", true));
    // The consent to send anyway applies once: the next check refuses again.
    assert!(matches!(view.job.outcome, Some(ImportOutcome::NotSent { .. })), "{:?}", view.job.outcome);
    assert_eq!(again(ImportId(99)).unwrap_err().code, Code::Usage);
}
