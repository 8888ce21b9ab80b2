use super::*;

const P: ImportPatience = ImportPatience { ended_ms: 1000 };
const T0: UtcMs = UtcMs(1_800_000_000_000);

fn job() -> ImportJob {
    let kind = ImportKind::File { path: "/tmp/a.tar.gz".into(), bytes: 9 };
    ImportJob::new(ImportId(1), "i", kind, "acme/copy", T0)
}

fn seen(status: &str) -> ImportSeen {
    ImportSeen { project_id: Some(7), status: status.to_owned(), ..ImportSeen::default() }
}

fn failure(relation: &str, class: &str, message: &str) -> ImportFailure {
    ImportFailure {
        relation: relation.to_owned(),
        class: Some(class.to_owned()),
        message: Some(message.to_owned()),
        line: Some(3),
        ..ImportFailure::default()
    }
}

#[test]
fn an_import_goes_its_way() {
    let job = step(&job(), ImportInput::Sending, P, T0);
    assert!(job.is_being_sent());
    let job = step(&job, ImportInput::Accepted(seen("scheduled")), P, T0);
    assert_eq!((job.phase, job.project_id), (ImportPhase::Scheduled, Some(7)));
    let job = step(&job, ImportInput::Seen(seen("started")), P, T0);
    let job = step(&job, ImportInput::Seen(seen("finished")), P, T0.plus_ms(5));
    assert_eq!((job.outcome, job.ended_at), (Some(ImportOutcome::Imported), Some(T0.plus_ms(5))));
}

#[test]
fn finished_with_failures_is_partial() {
    let failures = vec![
        failure("issues", "ActiveRecord::RecordInvalid", "Validation failed: Title is too long"),
        failure("issues", "ActiveRecord::RecordInvalid", "Validation failed: Title is too long"),
        failure("labels", "ActiveRecord::QueryCanceled", "PG::QueryCanceled"),
    ];
    let end = ImportSeen { failures, ..seen("finished") };
    let job = step(&job(), ImportInput::Seen(end), P, T0);
    assert_eq!(job.outcome, Some(ImportOutcome::Partial));
    let words = standing(&job);
    assert!(words.sentence.contains("3 records were lost"), "{}", words.sentence);
    assert_eq!(words.groups.len(), 2);
    assert_eq!((words.groups[0].count, words.groups[0].repairable), (2, true));
    assert_eq!(words.groups[0].lines, [3, 3]);
    assert_eq!(words.groups[1].cause, "the database took too long");
    assert!(!words.groups[1].repairable && !words.failures_capped);
}

#[test]
fn a_full_list_of_failures_is_said_to_be_capped() {
    let end = ImportSeen { failures: vec![failure("notes", "X", "y"); 100], ..seen("finished") };
    let words = standing(&step(&job(), ImportInput::Seen(end), P, T0));
    assert!(words.failures_capped && words.sentence.contains("at least 100"), "{}", words.sentence);
}

#[test]
fn failure_time_out_and_unknown_words() {
    let failed = ImportSeen { import_error: Some("File shares hard link".into()), ..seen("failed") };
    let failed = step(&job(), ImportInput::Seen(failed), P, T0);
    assert!(standing(&failed).sentence.contains("File shares hard link."));
    let odd = step(&job(), ImportInput::Accepted(seen("thinking")), P, T0);
    assert!(!odd.is_ended() && standing(&odd).sentence.contains("`thinking`"));
    let late = step(&odd, ImportInput::Seen(seen("started")), P, T0.plus_ms(1000));
    assert_eq!(late.outcome, Some(ImportOutcome::TimedOut));
    let revived = step(&late, ImportInput::Seen(seen("finished")), P, T0.plus_ms(2000));
    assert_eq!(revived.outcome, Some(ImportOutcome::Imported), "the truth may come late");
}

#[test]
fn causes_are_told_in_plain_words() {
    for (class, message, cause) in [
        ("ActiveRecord::RecordNotUnique", "", "something with the same identity is there already"),
        (
            "ActiveRecord::RecordInvalid",
            "Name has already been taken",
            "something with the same identity is there already",
        ),
        (
            "ActiveRecord::RecordInvalid",
            "Author must exist",
            "something it refers to, or a required value, is missing",
        ),
        ("ActiveRecord::RecordInvalid", "odd", "the new instance's rules refuse the record"),
        ("JSON::ParserError", "", "the record in the archive cannot be read"),
        ("Net::ReadTimeout", "", "a part of GitLab answered too late"),
        ("Strange", "", "a reason this program does not know"),
    ] {
        assert_eq!(group(&[failure("r", class, message)])[0].cause, cause, "{class} {message}");
    }
}

#[test]
fn a_head_is_judged_as_gitlab_does() {
    let good = RemoteHead {
        status: 200,
        content_type: Some("application/gzip".into()),
        content_length: Some(10),
        is_amazon_s3: false,
    };
    let refused = |head: &RemoteHead| match judge_head(Some(head), 100) {
        RemoteVerdict::Refused { why } => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(judge_head(Some(&good), 100), RemoteVerdict::Accepted { bytes: 10 });
    let s3 = RemoteHead { status: 403, is_amazon_s3: true, ..RemoteHead::default() };
    assert_eq!(judge_head(Some(&s3), 100), RemoteVerdict::Unchecked);
    assert!(refused(&RemoteHead { status: 403, ..good.clone() }).contains("signed for GET"));
    assert!(
        refused(&RemoteHead { content_type: Some("text/html".into()), ..good.clone() }).contains("text/html")
    );
    assert!(refused(&RemoteHead { content_type: None, ..good.clone() }).contains("no content type"));
    assert!(refused(&RemoteHead { content_length: None, ..good.clone() }).contains("no length"));
    assert!(refused(&RemoteHead { content_length: Some(101), ..good }).contains("at most 100"));
    assert!(matches!(judge_head(None, 100), RemoteVerdict::Refused { .. }));
}

#[test]
fn one_relation_makes_no_project() {
    let kind = ImportKind::Relation { path: "/tmp/a.tar.gz".into(), bytes: 9, relation: "issues".into() };
    let job = ImportJob { project_id: Some(7), ..ImportJob::new(ImportId(1), "i", kind, "acme/copy", T0) };
    assert!(!job.kind.makes_project());
    let done = step(&job, ImportInput::Seen(seen("finished")), P, T0);
    assert_eq!(standing(&done).sentence, "issues were imported into acme/copy.");
    let failed = step(&job, ImportInput::Seen(seen("failed")), P, T0);
    assert!(!standing(&failed).hint.unwrap_or_default().text().contains("left over"));
    // Trackers that GitLab does not list are not waited for without end.
    let open = step(&job, ImportInput::Seen(seen("")), P, T0);
    assert!(standing(&open).sentence.contains("does not list"), "{}", standing(&open).sentence);
    let late = step(&open, ImportInput::Seen(seen("")), P, T0.plus_ms(1000));
    assert_eq!(late.outcome, Some(ImportOutcome::TimedOut));
}

#[test]
fn an_import_that_was_not_heard_of_is_looked_for_once_more() {
    let trouble = Trouble::new(super::super::trouble::Code::Network, "No.", "");
    let lost = step(&job(), ImportInput::NotSent { trouble }, P, T0);
    assert!(!step(&lost, ImportInput::Sending, P, T0).is_being_sent(), "a refusal stays one");
    let lost = ImportJob { unheard: true, ..lost };
    let again = step(&lost, ImportInput::Sending, P, T0.plus_ms(5));
    assert!(again.is_being_sent() && again.outcome.is_none());
    let found = step(&lost, ImportInput::Accepted(seen("started")), P, T0.plus_ms(5));
    assert_eq!((found.unheard, found.is_ended(), found.project_id), (false, false, Some(7)));
}
