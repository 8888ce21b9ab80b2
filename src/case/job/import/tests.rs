use super::*;

const P: ImportTiming = ImportTiming { unanswered_ms: 100, ended_ms: 1000 };
const T0: UtcMs = UtcMs(1_800_000_000_000);

fn job() -> ImportJob {
    let kind = ImportKind::File { path: "/tmp/a.tar.gz".into(), bytes: 9 };
    ImportJob::new(ImportId(1), "i", kind, "acme/copy", T0)
}

/// An import whose request has been sent.
fn sent() -> ImportJob {
    step(&job(), JobInput::AboutToSend, P, T0)
}

fn polled(seen: ImportSeen) -> JobInput<ImportPolled> {
    JobInput::Polled(ImportPolled::Seen(seen))
}

fn accepted(seen: ImportSeen) -> JobInput<ImportPolled> {
    JobInput::Accepted { correlation_id: None, polled: Some(ImportPolled::Seen(seen)) }
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
fn an_import_runs_from_the_plan_to_its_end() {
    let job = step(&job(), JobInput::AboutToSend, P, T0);
    assert!(job.is_being_sent());
    let job = step(&job, accepted(seen("scheduled")), P, T0);
    assert_eq!((job.phase, job.project_id), (ImportPhase::Scheduled, Some(7)));
    let job = step(&job, polled(seen("started")), P, T0);
    let job = step(&job, polled(seen("finished")), P, T0.plus_ms(5));
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
    let job = step(&sent(), polled(end), P, T0);
    assert_eq!(job.outcome, Some(ImportOutcome::Partial));
    let words = status(&job);
    assert!(words.sentence.contains("3 records were lost"), "{}", words.sentence);
    assert_eq!(words.groups.len(), 2);
    assert_eq!((words.groups[0].count, words.groups[0].repairable), (2, true));
    assert_eq!(words.groups[0].lines, [3, 3]);
    assert_eq!(words.groups[1].cause, "the database took too long");
    assert!(!words.groups[1].repairable && !words.failures_capped);
}

#[test]
fn a_full_list_of_failures_is_reported_as_capped() {
    let end = ImportSeen { failures: vec![failure("notes", "X", "y"); 100], ..seen("finished") };
    let words = status(&step(&sent(), polled(end), P, T0));
    assert!(words.failures_capped && words.sentence.contains("at least 100"), "{}", words.sentence);
}

#[test]
fn failure_time_out_and_unknown_words() {
    let failed = ImportSeen { import_error: Some("File shares hard link".into()), ..seen("failed") };
    let failed = step(&sent(), polled(failed), P, T0);
    assert!(status(&failed).sentence.contains("File shares hard link."));
    let odd = step(&sent(), accepted(seen("thinking")), P, T0);
    assert!(!odd.is_ended() && status(&odd).sentence.contains("`thinking`"));
    let late = step(&odd, polled(seen("started")), P, T0.plus_ms(1000));
    assert_eq!(late.outcome, Some(ImportOutcome::TimedOut));
    let revived = step(&late, polled(seen("finished")), P, T0.plus_ms(2000));
    assert_eq!(revived.outcome, Some(ImportOutcome::Imported), "the truth may come late");
}

#[test]
fn causes_are_described_in_plain_words() {
    for (class, message, cause) in [
        ("ActiveRecord::RecordNotUnique", "", "the same record exists already"),
        ("ActiveRecord::RecordInvalid", "Name has already been taken", "the same record exists already"),
        (
            "ActiveRecord::RecordInvalid",
            "Author must exist",
            "a record that this one refers to, or a required value, is missing",
        ),
        ("ActiveRecord::RecordInvalid", "odd", "the destination's rules reject the record"),
        ("JSON::ParserError", "", "the record in the archive is unreadable"),
        ("Net::ReadTimeout", "", "a service that GitLab uses answered too late"),
        ("Strange", "", "unknown reason"),
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
    assert!(
        refused(&RemoteHead { status: 403, ..good.clone() })
            .contains(". A URL signed only for GET does not work for HEAD outside Amazon S3")
    );
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
    let job = step(&job, JobInput::AboutToSend, P, T0);
    let done = step(&job, polled(seen("finished")), P, T0);
    assert_eq!(status(&done).sentence, "The relation `issues` was imported into acme/copy.");
    let failed = step(&job, polled(seen("failed")), P, T0);
    assert!(!status(&failed).hint.unwrap_or_default().text().contains(
        "Search GitLab's logs for the correlation ID. GitLab may have left an incomplete project."
    ));
    // Trackers that GitLab does not list must not keep the import open forever.
    let open = step(&job, polled(seen("")), P, T0);
    assert!(status(&open).sentence.contains("does not list"), "{}", status(&open).sentence);
    let late = step(&open, polled(seen("")), P, T0.plus_ms(1000));
    assert_eq!(late.outcome, Some(ImportOutcome::TimedOut));
}

#[test]
fn an_import_without_an_answer_is_searched_once_more() {
    let error = UserError::new(Code::Network, "No.", "");
    let lost = step(&job(), JobInput::NotAccepted { error: error.clone() }, P, T0);
    assert!(!lost.outcome_is_unknown());
    assert!(!step(&lost, JobInput::Watched, P, T0).is_being_sent(), "a refusal stays one");

    let unanswered = step(&sent(), JobInput::Unanswered { error: error.clone() }, P, T0);
    let not_there = || JobInput::Polled(ImportPolled::NotThere);
    let waits = step(&unanswered, not_there(), P, T0.plus_ms(99));
    assert!(!waits.is_ended() && status(&waits).sentence.contains("GitLab did not answer"));
    let lost = step(&waits, not_there(), P, T0.plus_ms(100));
    assert_eq!(lost.outcome, Some(ImportOutcome::NotSent { error }));
    assert!(lost.outcome_is_unknown());
    let again = step(&lost, JobInput::Watched, P, T0.plus_ms(105));
    assert!(again.is_being_sent() && again.outcome.is_none());
    let found = step(&lost, accepted(seen("started")), P, T0.plus_ms(5));
    assert!(!found.send.is_unanswered() && !found.is_ended());
    assert_eq!(found.project_id, Some(7));
    let found = step(&waits, polled(seen("started")), P, T0.plus_ms(5));
    assert_eq!((found.accepted_at, found.send), (Some(T0.plus_ms(5)), SendJournal::Accepted));
}

#[test]
fn an_import_cut_off_by_the_end_of_the_program_says_so() {
    let cut = step(&sent(), JobInput::Polled(ImportPolled::NotThere), P, T0.plus_ms(100));
    assert!(
        status(&cut)
            .sentence
            .contains("Export Desk ended during the upload, and GitLab did not receive the archive."),
        "{}",
        status(&cut).sentence
    );
}

#[test]
fn rows_of_versions_before_are_read() {
    let mut row = serde_json::to_value(job()).unwrap();
    let read = |row: &serde_json::Value| -> ImportJob {
        serde_json::from_value::<ImportJob>(row.clone()).unwrap().upgraded()
    };
    row.as_object_mut().unwrap().remove("send");
    row["unheard"] = false.into();
    assert_eq!(read(&row), job());
    row["phase"] = "sending".into();
    assert!(read(&row).send.is_unanswered(), "it may have arrived");
    row["ended_at"] = 5.into();
    row["outcome"] = serde_json::json!({ "is": "left" });
    let left = read(&row);
    assert_eq!(left.outcome, Some(ImportOutcome::NotSent { error: stopped() }));
    row["accepted_at"] = 4.into();
    assert_eq!(read(&row).outcome, Some(ImportOutcome::Unwatched));
    row["unheard"] = true.into();
    row["accepted_at"] = serde_json::Value::Null;
    row["outcome"] = serde_json::to_value(ImportOutcome::NotSent { error: stopped() }).unwrap();
    assert!(read(&row).outcome_is_unknown());
}
