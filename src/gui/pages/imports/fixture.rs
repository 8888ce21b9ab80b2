//! Hand-made imports, for the tests of the views and the images.

use std::sync::Arc;

use crate::case::import::{
    ImportFailure, ImportPolled, ImportSeen, ImportTiming, PartState, SetPlace, TestImport, status, step,
    test_import_result,
};
use crate::case::{Code, Hint, ImportId, ImportJob, ImportKind, JobInput, UserError, UtcMs};
use crate::engine::api::{
    ImportView, JobWatch, ProjectHit, Receipt, RelationCount, SetPartView, SetView, Snapshot, TargetView,
};
use crate::gui::dialogs::test_import::TestImportRequest;
use crate::gui::fixture::{GITLAB, ago, at_work, inspected, now};
use crate::gui::pages::imports::form::{ImportForm, ImportSource};

const GIB: u64 = 1 << 30;
pub const ARCHIVE: &str =
    "/home/engineer/Downloads/2026-11-21_06-41-104_acme_platform_monorepo_export.tar.gz";

fn job(id: i64, kind: ImportKind, target: &str, minutes: i64) -> ImportJob {
    ImportJob::new(ImportId(id), GITLAB, kind, target, ago(minutes))
}

pub fn file() -> ImportKind {
    ImportKind::File { path: ARCHIVE.into(), bytes: 357_913_941 }
}

/// What GitLab reports about project 77.
pub fn seen(status: &str, failures: Vec<ImportFailure>) -> ImportSeen {
    ImportSeen {
        project_id: Some(77),
        status: status.into(),
        correlation_id: Some("01JDIMPORT4N6X4T9V3K7M2PZR".into()),
        failures,
        ..ImportSeen::default()
    }
}

fn accepted(seen: ImportSeen) -> JobInput<ImportPolled> {
    JobInput::Accepted { correlation_id: None, polled: Some(ImportPolled::Seen(seen)) }
}

fn then(job: &ImportJob, input: JobInput<ImportPolled>, at: UtcMs) -> ImportJob {
    step(job, input, ImportTiming::default(), at)
}

/// The view of an import.
pub fn view(job: ImportJob) -> ImportView {
    let total_bytes = match &job.kind {
        ImportKind::File { bytes, .. } | ImportKind::Relation { bytes, .. } => *bytes,
        _ => 0,
    };
    let web_url = job.web_url();
    let watched = !job.is_ended() && job.accepted_at.is_some();
    ImportView {
        status: status(&job),
        verified_bytes: 0,
        report: None,
        sent_bytes: 0,
        total_bytes,
        bytes_per_s: 0,
        tries: 1,
        delete_url: web_url.as_ref().map(|url| format!("{url}/edit#js-project-advanced-settings")),
        web_url,
        watch: JobWatch { next_poll_at: watched.then(|| now().plus_ms(25_000)), ..JobWatch::default() },
        set: None,
        job,
    }
}

fn failure(relation: &str, class: &str, message: &str, line: u64) -> ImportFailure {
    ImportFailure {
        relation: relation.into(),
        class: Some(class.into()),
        message: Some(message.into()),
        line: Some(line),
        ..ImportFailure::default()
    }
}

/// A finished import that lost records: issues for two causes, labels for one.
pub fn partial(id: i64) -> ImportView {
    let long =
        |line| failure("issues", "ActiveRecord::RecordInvalid", "Validation failed: Title is too long", line);
    let slow = |line| {
        failure("issues", "ActiveRecord::QueryCanceled", "canceling statement due to statement timeout", line)
    };
    let taken =
        |line| failure("labels", "ActiveRecord::RecordNotUnique", "Title has already been taken", line);
    let failures = vec![long(3), long(18), long(19), slow(204), taken(7)];
    let it = then(&job(id, file(), "acme/monorepo-copy", 50), JobInput::AboutToSend, ago(49));
    let it = then(&it, accepted(seen("scheduled", Vec::new())), ago(45));
    view(then(&it, JobInput::Polled(ImportPolled::Seen(seen("finished", failures))), ago(12)))
}

/// A re-import of the issues of import `of`.
pub fn repair(id: i64, of: i64) -> ImportView {
    let kind = ImportKind::Relation { path: ARCHIVE.into(), bytes: 357_913_941, relation: "issues".into() };
    let mut it = job(id, kind, "acme/monorepo-copy", 9);
    it.repairs = Some(ImportId(of));
    let it = then(&it, accepted(seen("created", Vec::new())), ago(8));
    view(then(&it, JobInput::Polled(ImportPolled::Seen(seen("started", Vec::new()))), ago(7)))
}

/// An upload that is half done, on its second attempt.
pub fn sending(id: i64) -> ImportView {
    let kind = ImportKind::File { path: "/data/exports/umbrella-web.tar.gz".into(), bytes: 4 * GIB };
    let mut it = view(then(&job(id, kind, "umbrella/web-copy", 3), JobInput::AboutToSend, ago(2)));
    (it.sent_bytes, it.bytes_per_s, it.tries) = (2 * GIB + GIB / 4, 39_845_888, 2);
    it
}

/// An upload that was cut off.
pub fn cut(id: i64) -> ImportView {
    let kind = ImportKind::File { path: "/data/exports/globex.tar.gz".into(), bytes: 9 * GIB };
    let it = then(&job(id, kind, "globex/warehouse", 70), JobInput::AboutToSend, ago(69));
    let error = UserError::new(
        Code::Network,
        "The upload was cut after 5798205849 of 9663676416 bytes (60 %), and GitLab cannot resume an upload. The connection was closed.",
        Hint::RetryUpload,
    );
    view(then(&it, JobInput::NotAccepted { error }, ago(40)))
}

/// A finished test import of the archive with this SHA-256.
pub fn tested_job(id: i64, sha256: &str) -> ImportJob {
    let mut it = job(id, file(), "engineer/monorepo-test-import-20261121-0640", 90);
    it.test_import = Some(TestImport { sha256: Some(sha256.into()) });
    let it = then(&it, accepted(seen("scheduled", Vec::new())), ago(85));
    then(&it, JobInput::Polled(ImportPolled::Seen(seen("finished", Vec::new()))), ago(60))
}

/// One import of each kind, newest first.
pub fn imports() -> Snapshot {
    let scheduled = then(
        &job(
            5,
            ImportKind::Remote { shown_url: "https://storage.example.com/exports/hooli.tar.gz".into() },
            "hooli/nucleus",
            6,
        ),
        accepted(seen("scheduled", Vec::new())),
        ago(5),
    );
    let all = [sending(6), view(scheduled), repair(4, 3), partial(3), view(tested_job(2, "9f86")), cut(1)];
    Snapshot { imports: all.map(Arc::new).into(), ..at_work() }
}

/// A path that is not taken.
pub fn free(path: &str) -> TargetView {
    TargetView { full_path: Some(path.into()), taken_by: None }
}

/// A path that is taken.
pub fn taken(path: &str) -> TargetView {
    let there = ProjectHit {
        id: 102,
        path: path.into(),
        web_url: format!("{GITLAB}/{path}"),
        visibility: "private".into(),
        archived: false,
        export_bytes_about: None,
        access_level: Some(50),
    };
    TargetView { full_path: Some(path.into()), taken_by: Some(there) }
}

/// The form of each source, filled in with typical values.
pub fn import_forms() -> Vec<ImportForm> {
    let form = |source: ImportSource| {
        let mut form = ImportForm::new(&inspected());
        form.source = source;
        "acme".clone_into(&mut form.target.namespace);
        "monorepo-copy".clone_into(&mut form.target.path);
        form.target.told(free("acme/monorepo-copy"));
        form
    };
    let mut all: Vec<ImportForm> =
        [ImportSource::File, ImportSource::Url, ImportSource::S3, ImportSource::Relation]
            .into_iter()
            .map(form)
            .collect();
    for i in [0, 3] {
        all[i].file.set(ARCHIVE.as_ref());
    }
    let s3 = &mut all[2].s3;
    for (field, text) in [
        (&mut s3.region, "eu-central-1"),
        (&mut s3.bucket, "customer-exports"),
        (&mut s3.key, "2026/11/monorepo_export.tar.gz"),
    ] {
        text.clone_into(field);
    }
    all
}

/// Opens the dialog for a test import of the first inspected archive.
pub fn test_import_dialog(snapshot: &Snapshot) -> TestImportRequest {
    TestImportRequest::new(ARCHIVE.as_ref(), None, snapshot.cases.first().map(|case| case.id))
}

/// The first archive of `snapshot` compared with its live project, with a test import on its receipt.
pub fn compare(snapshot: &mut Snapshot) {
    let count = |relation: &str, archive: u64, live: Option<u64>, note: Option<&str>| RelationCount {
        relation: relation.into(),
        archive,
        live,
        note: note.map(str::to_owned),
    };
    let more =
        "The archive has 4211 issues, the live project shows 4215: some were created since the export.";
    let members = "The archive has 44 members, the live project 12 direct ones: some left since the export, or the archive holds \
         members of the groups above as well, which the live list leaves out.";
    let untold = "GitLab does not report this count: it gives no totals above 10,000, or this token may not list them.";
    let all = [
        count("issues", 4211, Some(4215), Some(more)),
        count("merge_requests", 1830, Some(1830), None),
        count("labels", 96, Some(96), None),
        count("ci_pipelines", 9120, None, Some(untold)),
        count("project_members", 44, Some(12), Some(members)),
    ];
    let views = Arc::make_mut(&mut snapshot.inspections);
    let first = Arc::make_mut(&mut views[0]);
    first.against = Some(Ok(all.into()));
    let Some(Ok(report)) = &mut first.ended else { return };
    Arc::make_mut(report).counts.insert("project_members".into(), 44);
    let mut receipt = Receipt::of(report, first.path.clone(), None, ago(70));
    receipt.test_import = test_import_result(&tested_job(2, &receipt.sha256));
    first.receipt = Some(Arc::new(receipt));
}

/// A set of four parts: two are imported, and the third is in this state.
pub fn set(third: PartState) -> [ImportView; 2] {
    let part = |at: usize, relation: Option<&str>, state, import: Option<i64>| SetPartView {
        path: format!("/tmp/webshop_set/00{at}.tar.gz").into(),
        relation: relation.map(str::to_owned),
        records: relation.map_or(0, |_| 20_000),
        bytes: GIB,
        import: import.map(ImportId),
        correlation_id: import.map(|id| format!("01JDPART{id}")),
        state,
    };
    let requests = Some("merge_requests");
    let done = job(8, file(), "acme/webshop-copy", 90);
    let done = then(&done, accepted(seen("finished", Vec::new())), ago(60));
    let kind = ImportKind::Relation {
        path: "/tmp/webshop_set/003.tar.gz".into(),
        bytes: GIB,
        relation: "merge_requests".into(),
    };
    let mut slice = job(9, kind, "acme/webshop-copy", 5);
    slice.set = Some(Box::new(SetPlace::Slice { base: ImportId(8), part: 2, before: 20_000 }));
    let slice = match third {
        PartState::Running => then(&slice, accepted(seen("started", Vec::new())), ago(4)),
        _ => then(&slice, accepted(ImportSeen { status: "failed".into(), ..ImportSeen::default() }), ago(4)),
    };
    let (slice, mut base) = (view(slice), view(done));
    let is_stopped = third == PartState::Stopped;
    let place = "Part 3 of 4 (merge_requests)";
    let set = SetView {
        list: "/tmp/webshop_set/webshop.set.json".into(),
        parts: vec![
            part(1, None, PartState::Imported, Some(8)),
            part(2, requests, PartState::Imported, Some(7)),
            part(3, requests, third, Some(9)),
            part(4, Some("ci_pipelines"), PartState::Waiting, None),
        ],
        current: Some(2),
        sentence: if is_stopped {
            format!("The import of the set stopped. {place}: {}", slice.status.sentence)
        } else {
            format!("{place}: {}", slice.status.sentence)
        },
        is_stopped,
        is_left: false,
        error: None,
    };
    base.set = Some(Arc::new(set));
    [slice, base]
}

/// The same set after so many of its parts were imported; its base archive alone has a job.
pub fn set_after(imported: usize) -> Vec<ImportView> {
    let [_, mut base] = set(PartState::Running);
    if imported == 0 {
        base = view(then(&job(8, file(), "acme/webshop-copy", 90), JobInput::AboutToSend, ago(89)));
        base.set = set(PartState::Running)[1].set.clone();
    }
    if let Some(set) = base.set.as_mut().map(Arc::make_mut) {
        for (at, part) in set.parts.iter_mut().enumerate() {
            part.state = if at < imported { PartState::Imported } else { PartState::Waiting };
        }
        set.current = (imported < set.parts.len()).then_some(imported);
        set.sentence = format!("{imported} parts were imported.");
    }
    vec![base]
}
