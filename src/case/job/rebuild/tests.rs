use super::*;
use crate::case::rebuilt::RebuiltFrom;

const NOW: UtcMs = UtcMs(1_700_000_000_000);

fn job() -> RebuildJob {
    RebuildJob::new(RebuildId(1), ("https://i", "a/b"), Some(CaseId(7)), RebuildOptions::default(), NOW)
}

fn after(job: &RebuildJob, seen: &[RebuildSeen]) -> RebuildJob {
    seen.iter().fold(job.clone(), |job, seen| step(&job, JobInput::Polled(seen.clone()), NOW.plus_ms(1)))
}

fn exporting(run: i64) -> RebuildSeen {
    RebuildSeen::Exporting { run: RelationsId(run), project_id: 9, project_path: "a/b".into() }
}

fn archive() -> Box<RebuiltArchive> {
    let rebuilt = Some(RebuiltFrom::default());
    let file = VerifiedFile { bytes: 1, sha256: "00".into(), verdict: "importable".into(), rebuilt };
    Box::new(RebuiltArchive {
        path: "/a".into(),
        file,
        parts: Vec::new(),
        receipt: serde_json::Value::Null,
        gaps: vec![],
        filled: vec![],
        left_out: vec![],
        notes: vec![],
        doubts: vec![],
    })
}

fn until_build() -> RebuildJob {
    let folder = RebuildSeen::Downloading { folder: "/f".into() };
    after(&job(), &[exporting(3), RebuildSeen::Exported, folder, RebuildSeen::Downloaded])
}

fn failed(job: &RebuildJob, code: Code, hint: impl Into<Hint>, gaps: Vec<Gap>) -> RebuildJob {
    after(job, &[RebuildSeen::Failed { error: UserError::new(code, "It failed.", hint), gaps }])
}

fn gap(why: GapReason) -> Gap {
    Gap { relation: "issues".into(), batch: Some(2), why }
}

#[test]
fn the_steps_follow_each_other_and_early_or_late_input_changes_nothing() {
    let job = job();
    for early in [
        RebuildSeen::Exported,
        RebuildSeen::Downloaded,
        RebuildSeen::Building { output: "/a".into() },
        RebuildSeen::Built { archive: archive() },
    ] {
        assert_eq!(after(&job, &[early]), job);
    }
    let there = until_build();
    assert_eq!((there.step, there.run), (RebuildStep::Build, Some(RelationsId(3))));
    let named = after(
        &there,
        &[RebuildSeen::Building { output: "/a".into() }, RebuildSeen::Naming { archive: archive() }],
    );
    assert!(named.naming.is_some() && !named.is_ended());
    let done = after(&named, &[RebuildSeen::Built { archive: archive() }]);
    assert!(done.archive().is_some() && done.naming.is_none());
    for late in [exporting(4), RebuildSeen::Exported, RebuildSeen::Building { output: "/b".into() }] {
        assert_eq!(after(&done, &[late]), done);
    }
    assert_eq!(step(&done, JobInput::Unwatched, NOW), done, "an archive that is there is not cancelled");
    let resumed = done.resumed(RebuildRemedy::Retry, false);
    assert_eq!(after(&done, &[resumed]), done, "and not built again");
}

#[test]
fn another_export_in_between_is_waited_for() {
    let downloading = after(&job(), &[exporting(3), RebuildSeen::Exported]);
    let again = after(&downloading, &[exporting(4)]);
    assert_eq!((again.step, again.run), (RebuildStep::Export, Some(RelationsId(4))));
}

#[test]
fn each_cause_of_a_failure_has_its_own_remedies() {
    use RebuildRemedy as R;
    let build = until_build();
    let of = |job: &RebuildJob| (job.remedies(), job.remedies().first().map(|r| job.resumed(*r, false)));
    let resumed = |step, source, allow_gaps| Some(RebuildSeen::Resumed { step, source, allow_gaps });
    assert_eq!(of(&build), (vec![], None), "while it runs there is nothing to mend");

    let of_gitlab = failed(
        &build,
        Code::RelationsIncomplete,
        RelationsHint::AllowGaps,
        vec![gap(GapReason::NotDownloaded), gap(GapReason::RecordsMissing { written: 1, total: 2 })],
    );
    let again = resumed(RebuildStep::Request, RebuildSource::New, false);
    assert_eq!(of(&of_gitlab), (vec![R::ExportAgain, R::BuildWithGaps], again));
    assert_eq!(
        Some(of_gitlab.resumed(R::BuildWithGaps, false)),
        resumed(RebuildStep::Build, RebuildSource::New, true)
    );

    let here = failed(
        &build,
        Code::RelationsIncomplete,
        RelationsHint::AllowGaps,
        vec![gap(GapReason::OtherExport)],
    );
    let download = resumed(RebuildStep::Download, RebuildSource::New, false);
    assert_eq!(of(&here), (vec![R::DownloadAgain, R::BuildWithGaps], download.clone()));
    assert_eq!(of(&failed(&build, Code::ArchiveDamaged, "", vec![])), (vec![R::DownloadAgain], download));
    let again = resumed(RebuildStep::Request, RebuildSource::New, false);
    assert_eq!(of(&failed(&build, Code::NotImportable, "", vec![])), (vec![R::ExportAgain], again));
    let full = resumed(RebuildStep::Build, RebuildSource::New, false);
    assert_eq!(of(&failed(&build, Code::Local, "Free some space.", vec![])), (vec![R::Retry], full));

    let refused = failed(&job(), Code::Refused, RelationsHint::ConfirmReplace, vec![]);
    let existing = resumed(RebuildStep::Request, RebuildSource::Existing, false);
    assert_eq!(of(&refused), (vec![R::UseExisting, R::Replace], existing));
    assert_eq!(
        Some(refused.resumed(R::Replace, false)),
        resumed(RebuildStep::Request, RebuildSource::Replacing, false)
    );

    let lost = failed(&after(&job(), &[exporting(3)]), Code::ExportFailed, "Start again.", vec![]);
    let request = resumed(RebuildStep::Request, RebuildSource::New, false);
    assert_eq!(Some(lost.resumed(R::Retry, true)), request, "an export without result is requested again");
    let watch = resumed(RebuildStep::Export, RebuildSource::New, false);
    assert_eq!(Some(lost.resumed(R::Retry, false)), watch, "a running one is only watched");
}

/// A person has agreed to what one export lacks, and not to what the next one will lack.
#[test]
fn an_agreement_to_gaps_ends_with_its_export() {
    use RebuildRemedy as R;
    let gaps = vec![gap(GapReason::RecordsMissing { written: 1, total: 2 })];
    let refused = failed(&until_build(), Code::RelationsIncomplete, RelationsHint::AllowGaps, gaps);
    let agreed = after(&refused, &[refused.resumed(R::BuildWithGaps, false)]);
    assert!(agreed.options.allow_gaps && !agreed.is_ended());
    let allows = |job: &RebuildJob, remedy| {
        let RebuildSeen::Resumed { allow_gaps, .. } = job.resumed(remedy, false) else { panic!("{job:?}") };
        allow_gaps
    };
    let full = failed(&agreed, Code::Local, "Free some space.", vec![]);
    assert!(allows(&full, R::Retry), "the same files");
    let broken = failed(&agreed, Code::NotImportable, "", vec![]);
    assert_eq!(broken.remedies(), [R::ExportAgain]);
    for remedy in [R::ExportAgain, R::DownloadAgain, R::Replace, R::UseExisting] {
        assert!(!allows(&broken, remedy), "{remedy:?}");
    }
    let again = after(&broken, &[broken.resumed(R::ExportAgain, false)]);
    assert!(!again.options.allow_gaps);
}

/// To build, download or export again would end in the same way.
#[test]
fn an_archive_that_is_too_large_is_not_built_again_by_itself() {
    let large = failed(&until_build(), Code::SizeLimit, "Leave out relations.", vec![]);
    assert_eq!(large.remedies(), []);
}

#[test]
fn a_cancelled_rebuild_continues_where_it_was() {
    let cancelled = step(&until_build(), JobInput::Unwatched, NOW);
    assert!(cancelled.is_cancelled() && cancelled.remedies() == [RebuildRemedy::Retry]);
    let again = after(&cancelled, &[cancelled.resumed(RebuildRemedy::Retry, false)]);
    assert_eq!((again.step, again.outcome, again.ended_at), (RebuildStep::Build, None, None));
    assert_eq!(again.folder.as_deref(), Some("/f"));
}

#[test]
fn a_row_is_read_back_as_it_was_written() {
    let named = after(
        &until_build(),
        &[RebuildSeen::Building { output: "/a".into() }, RebuildSeen::Naming { archive: archive() }],
    );
    let gaps = vec![gap(GapReason::NotExported("-1".into())), gap(GapReason::ListUnknown)];
    let failed = failed(&named, Code::RelationsIncomplete, RelationsHint::AllowGaps, gaps);
    let built = after(&named, &[RebuildSeen::Built { archive: archive() }]);
    for job in [job(), named, failed, built, step(&job(), JobInput::Unwatched, NOW)] {
        let text = serde_json::to_string(&job).unwrap();
        assert_eq!(serde_json::from_str::<RebuildJob>(&text).unwrap(), job, "{text}");
    }
}

#[test]
fn an_archive_with_gaps_is_never_shown_as_a_whole_one() {
    let built = |count| {
        let archive = RebuiltArchive { gaps: vec![gap(GapReason::NotDownloaded); count], ..*archive() };
        after(&until_build(), &[RebuildSeen::Built { archive: Box::new(archive) }])
    };
    let (whole, some) = (built(0), built(2));
    assert_eq!((whole.has_gaps(), some.has_gaps()), (false, true));
    assert_eq!(whole.sentence(), "The archive is rebuilt and verified.");
    assert_eq!(some.sentence(), "The archive is rebuilt, but data is missing in it.");
}

#[test]
fn what_the_same_options_cannot_correct_is_not_offered_again() {
    let at_download = after(&job(), &[exporting(3), RebuildSeen::Exported]);
    let folder = failed(&at_download, Code::Local, RelationsHint::OtherFolder, Vec::new());
    let relation = failed(&until_build(), Code::Usage, "Its relations are issues.", Vec::new());
    for job in [folder, relation] {
        assert_eq!(job.remedies(), [], "{:?}", job.outcome);
    }
    let full = failed(&at_download, Code::Local, "Free some space.", Vec::new());
    assert_eq!(full.remedies(), [RebuildRemedy::Retry]);
}
