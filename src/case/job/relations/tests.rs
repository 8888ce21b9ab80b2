use super::*;

const P: RelationsTiming =
    RelationsTiming { stale_ms: 300_000, unanswered_ms: 150_000, existing_ms: 180_000, silent_ms: 3_600_000 };
const T0: UtcMs = UtcMs(1_800_000_000_000);

fn relation(name: &str, status: &str, updated_at: UtcMs) -> Relation {
    Relation {
        name: name.to_owned(),
        status: status.to_owned(),
        error: None,
        updated_at: Some(updated_at.rfc3339()),
        batched: false,
        batches_count: None,
        objects_count: Some(3),
        batches: Vec::new(),
    }
}

fn seen(run: &RelationsRun, relations: Vec<Relation>, at: UtcMs) -> RelationsRun {
    step(run, JobInput::Polled(relations), &P, at)
}

fn requested(before: &[Relation], batched: bool) -> RelationsRun {
    let run = RelationsRun::requested(RelationsId(1), "i", (7, "a/b"), batched, before, T0);
    step(&run, JobInput::Accepted { correlation_id: None, polled: None }, &P, T0)
}

#[test]
fn statuses_are_an_open_set() {
    use RelationPhase as R;
    for (status, phase) in [
        ("0", R::Running),
        ("1", R::Ready),
        ("-1", R::Failed),
        ("finished", R::Ready),
        ("pending", R::Pending),
        ("-2", R::Pending),
        ("2", R::Unknown),
        ("odd", R::Unknown),
    ] {
        assert_eq!(RelationPhase::of_status(status), phase, "{status}");
    }
    for (status, phase) in
        [("0", R::Pending), ("2", R::Running), ("1", R::Ready), ("-1", R::Failed), ("9", R::Unknown)]
    {
        assert_eq!(RelationPhase::of_batch_status(status), phase, "{status}");
    }
}

#[test]
fn a_list_that_still_grows_is_not_the_end() {
    let run = requested(&[], false);
    let run = seen(&run, vec![relation("labels", "1", T0)], T0.plus_ms(10_000));
    assert!(!run.is_ended(), "one look proves nothing");
    let both = vec![relation("labels", "1", T0), relation("issues", "0", T0)];
    let run = seen(&run, both, T0.plus_ms(20_000));
    assert!(!run.is_ended());
    let both = vec![relation("labels", "1", T0), relation("issues", "1", T0)];
    let run = seen(&run, both.clone(), T0.plus_ms(30_000));
    assert!(!run.is_ended(), "the first look that shows all ended");
    let run = seen(&run, both.clone(), T0.plus_ms(40_000));
    assert!(!run.is_ended(), "GitLab lists more relations of every project");
    // They do not appear: the wait has an end, and the sentence names them.
    let late = T0.plus_ms(30_000 + P.stale_ms);
    let run = seen(&run, both, late);
    assert_eq!(run.outcome, Some(RelationsOutcome::Complete));
    let words = status(&run, &P, late);
    let said = "All 2 relations are ready. GitLab does not list self, milestones, ";
    assert!(words.sentence.starts_with(said) && words.hint.is_some(), "{}", words.sentence);

    let all: Vec<_> = ALWAYS_LISTED.iter().map(|name| relation(name, "1", T0)).collect();
    let run = seen(&requested(&[], false), all.clone(), T0.plus_ms(10_000));
    let run = seen(&run, all, T0.plus_ms(20_000));
    assert_eq!(run.outcome, Some(RelationsOutcome::Complete), "two checks of a whole list are enough");
    assert_eq!(status(&run, &P, T0.plus_ms(20_000)).sentence, "All 22 relations are ready.");
}

#[test]
fn an_empty_list_is_not_waited_for_without_end() {
    let run = requested(&[], true);
    let waits = seen(&run, Vec::new(), T0.plus_ms(P.silent_ms - 1));
    assert!(!waits.is_ended() && !status(&waits, &P, T0.plus_ms(P.silent_ms)).stuck);
    let ended = seen(&waits, Vec::new(), T0.plus_ms(P.silent_ms));
    assert_eq!(ended.outcome, Some(RelationsOutcome::NotRegenerated));
    let words = status(&ended, &P, T0.plus_ms(P.silent_ms));
    assert!(words.sentence.contains("has listed no relation") && words.hint.is_some(), "{}", words.sentence);

    // A project without an export stays one.
    let found = RelationsRun::discovered(RelationsId(1), "i", (7, "a/b"), T0);
    let none = seen(&found, Vec::new(), T0.plus_ms(2 * P.silent_ms));
    assert_eq!(
        (none.is_ended(), status(&none, &P, T0.plus_ms(2 * P.silent_ms)).phase),
        (false, RelationsPhase::Idle)
    );
}

#[test]
fn an_export_that_gitlab_has_listed_and_lists_no_more_is_waited_for_only_some_minutes() {
    let found = RelationsRun::discovered(RelationsId(1), "i", (7, "a/b"), T0);
    let old = relation("labels", "1", T0.plus_ms(-1_000_000));
    for run in [found, requested(&[], true), requested(&[old], false)] {
        let running = seen(&run, vec![relation("labels", "0", T0)], T0.plus_ms(1));
        let gone = seen(&running, Vec::new(), T0.plus_ms(2));
        let is_back = seen(&gone, vec![relation("labels", "0", T0)], T0.plus_ms(1 + P.stale_ms));
        assert!(!gone.is_ended() && !is_back.is_ended(), "one check proves nothing");
        assert_eq!(
            seen(&is_back, is_back.relations.clone(), T0.plus_ms(2 + P.stale_ms)).outcome,
            None,
            "it is listed again"
        );
        let ended = seen(&gone, Vec::new(), T0.plus_ms(2 + P.stale_ms));
        assert_eq!(ended.outcome, Some(RelationsOutcome::NotRegenerated));
        let sentence = |run| status(run, &P, T0.plus_ms(2 + P.stale_ms)).sentence;
        assert_eq!(sentence(&ended), "GitLab no longer lists the relations export.");
        if run.started_here {
            assert_eq!(sentence(&gone), sentence(&ended));
        }
    }
}

#[test]
fn failed_relations_are_named_and_the_others_still_count() {
    let mut bad = relation("ci_pipelines", "-1", T0);
    bad.error = Some("statement timeout".to_owned());
    let list = vec![relation("labels", "1", T0), bad];
    let run = seen(&requested(&[], false), list.clone(), T0.plus_ms(1));
    let run = seen(&run, list, T0.plus_ms(1 + P.stale_ms));
    assert_eq!(run.outcome, Some(RelationsOutcome::SomeFailed));
    let words = status(&run, &P, T0.plus_ms(3));
    assert_eq!((words.ready, words.failed), (1, 1));
    assert!(words.sentence.contains("ci_pipelines (“statement timeout”)"), "{}", words.sentence);
}

#[test]
fn a_repeat_within_three_minutes_is_noticed_as_skipped() {
    let before = [relation("labels", "1", T0.plus_ms(-60_000))];
    let run = seen(&requested(&before, false), before.to_vec(), T0.plus_ms(10_000));
    let run = seen(&run, before.to_vec(), T0.plus_ms(10_000 + P.stale_ms));
    assert_eq!(run.outcome, Some(RelationsOutcome::Complete));
    let words = status(&run, &P, T0.plus_ms(20_000));
    assert_eq!(words.skipped, 1);
    assert!(words.sentence.contains("within 3 minutes"), "{}", words.sentence);
}

#[test]
fn an_old_list_is_not_mistaken_for_the_new_export() {
    for (before, batched) in [
        (relation("labels", "1", T0.plus_ms(-600_000)), false),
        (relation("labels", "-1", T0.plus_ms(-60_000)), false),
        (relation("labels", "1", T0.plus_ms(-60_000)), true),
    ] {
        let mut run = requested(std::slice::from_ref(&before), batched);
        for at in [10_000, 20_000, 30_000] {
            run = seen(&run, vec![before.clone()], T0.plus_ms(at));
        }
        assert!(!run.is_ended(), "{before:?}");
        assert!(run.is_stale(&before, &P), "{before:?}");
        let fresh = Relation { updated_at: Some(T0.rfc3339()), status: "1".into(), ..before };
        run = seen(&run, vec![fresh.clone()], T0.plus_ms(40_000));
        run = seen(&run, vec![fresh], T0.plus_ms(40_000 + P.stale_ms));
        assert_eq!(run.outcome, Some(RelationsOutcome::Complete));
        assert_eq!(status(&run, &P, T0.plus_ms(50_000)).skipped, 0);
    }
}

#[test]
fn an_export_that_already_exists_is_used_unchanged() {
    let run = RelationsRun::discovered(RelationsId(1), "i", (7, "a/b"), T0);
    assert_eq!(status(&run, &P, T0).phase, RelationsPhase::Idle);
    let run = seen(&run, vec![relation("labels", "1", T0)], T0);
    assert!(run.is_ended());
}

#[test]
fn silence_is_called_stuck_and_a_refusal_ends_it() {
    let run = seen(&requested(&[], false), vec![relation("labels", "0", T0)], T0);
    assert!(!status(&run, &P, T0.plus_ms(P.silent_ms - 1)).stuck);
    assert!(status(&run, &P, T0.plus_ms(P.silent_ms)).stuck);
    let error = UserError::new(crate::case::user_error::Code::Network, "No.", "");
    let run = step(&requested(&[], false), JobInput::NotAccepted { error }, &P, T0);
    assert_eq!(status(&run, &P, T0).phase, RelationsPhase::NotAccepted);
}

#[test]
fn a_batched_relation_has_one_file_a_batch() {
    let mut issues = relation("issues", "0", T0);
    issues.batched = true;
    let batch = |number, status: &str| Batch {
        number,
        status: status.to_owned(),
        objects_count: Some(100),
        error: None,
        updated_at: None,
    };
    issues.batches = vec![batch(1, "1"), batch(2, "0")];
    let files = issues.files();
    assert_eq!(files.iter().map(|file| file.batch).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert_eq!(files[0].phase, RelationPhase::Ready, "a batch may be ready before its relation");
}

fn batched(status: &str, count: Option<u64>, batches: &[(u64, &str)]) -> Relation {
    let batch = |&(number, status): &(u64, &str)| Batch {
        number,
        status: status.to_owned(),
        objects_count: Some(100),
        error: (status == "-1").then(|| "boom".to_owned()),
        updated_at: None,
    };
    let batches = batches.iter().map(batch).collect();
    Relation { batched: true, batches_count: count, batches, ..relation("issues", status, T0) }
}

#[test]
fn a_finished_relation_without_one_of_its_batches_has_failed() {
    use RelationPhase as R;
    for (count, batches, phase, missing) in [
        (Some(2), &[(1, "1"), (2, "1")][..], R::Ready, &[][..]),
        (Some(0), &[], R::Ready, &[]),
        (None, &[(1, "1")], R::Ready, &[]),
        (Some(2), &[(1, "1"), (2, "-1")], R::Failed, &[2]),
        (Some(3), &[(2, "1")], R::Failed, &[1, 3]),
        (Some(2), &[], R::Failed, &[1, 2]),
        (Some(2), &[(1, "1"), (2, "0")], R::Running, &[2; 0]),
        (Some(1), &[(1, "7")], R::Unknown, &[]),
    ] {
        let relation = batched("1", count, batches);
        let numbers: Vec<_> = relation.missing().iter().map(|batch| batch.number).collect();
        assert_eq!((relation.phase(), &numbers[..]), (phase, missing), "{count:?} {batches:?}");
    }
    assert_eq!(batched("0", Some(9), &[(1, "-1")]).phase(), R::Running, "it may list the others yet");
    assert!(batched("0", Some(9), &[(1, "-1")]).missing().is_empty());
    assert_eq!(batched("1", Some(u64::MAX), &[]).missing().len(), 1000, "what a server counts has no bound");
    let many = batched("1", Some(9), &[(1, "-1")]);
    assert_eq!(
        many.why().as_deref(),
        Some(
            "batch 1 failed: boom; GitLab counts batch 2, but does not list it; GitLab counts batch 3, but does not list it; and 6 more"
        )
    );
}

#[test]
fn an_export_with_a_failed_batch_is_not_complete() {
    let list = vec![relation("labels", "1", T0), batched("1", Some(2), &[(1, "1"), (2, "-1")])];
    let run = seen(&requested(&[], true), list.clone(), T0.plus_ms(1));
    let run = seen(&run, list, T0.plus_ms(1 + P.stale_ms));
    assert_eq!(run.outcome, Some(RelationsOutcome::SomeFailed));
    let words = status(&run, &P, T0.plus_ms(3));
    assert_eq!((words.phase, words.ready, words.failed), (RelationsPhase::SomeFailed, 1, 1));
    assert!(words.sentence.contains("issues (“batch 2 failed: boom”)"), "{}", words.sentence);
}

#[test]
fn what_gitlab_never_regenerates_is_not_called_skipped() {
    for (age_ms, batched) in [(6 * 3_600_000, false), (60_000, true)] {
        let old = Relation { batched, ..relation("labels", "1", T0.plus_ms(-age_ms)) };
        let mut run = requested(std::slice::from_ref(&old), batched);
        for at in [10_000, P.stale_ms, P.stale_ms + 1, P.silent_ms - 1] {
            run = seen(&run, vec![old.clone()], T0.plus_ms(at));
            let words = status(&run, &P, T0.plus_ms(at));
            assert!(!run.is_ended() && run.is_stale(&old, &P), "{at}");
            assert_eq!(
                (words.phase, words.ready, words.under_way, words.skipped),
                (RelationsPhase::Running, 0, 1, 0)
            );
            assert!(words.sentence.contains("1 relation is not regenerated yet"), "{}", words.sentence);
        }
        let late = T0.plus_ms(10_000 + P.silent_ms);
        run = seen(&run, vec![old.clone()], late);
        assert_eq!(run.outcome, Some(RelationsOutcome::NotRegenerated));
        let words = status(&run, &P, late);
        let from = UtcMs::parse_rfc3339(old.updated_at.as_deref().unwrap()).unwrap().for_people();
        assert!(
            words.sentence.contains(&from) && !words.sentence.contains("3 minutes"),
            "{}",
            words.sentence
        );
        assert_eq!((words.phase, words.skipped, words.stuck), (RelationsPhase::NotRegenerated, 0, false));
        // The regenerated list may appear late.
        let fresh = Relation { updated_at: Some(late.rfc3339()), ..old };
        run = seen(&run, vec![fresh.clone()], late.plus_ms(1));
        run = seen(&run, vec![fresh], late.plus_ms(1 + P.stale_ms));
        assert_eq!(run.outcome, Some(RelationsOutcome::Complete));
    }
}

/// The sentence never claims more than is known of the request.
#[test]
fn the_words_before_the_first_list_follow_the_request() {
    let planned = RelationsRun::requested(RelationsId(1), "i", (7, "a/b"), true, &[], T0);
    let sent = step(&planned, JobInput::AboutToSend, &P, T0);
    let error = UserError::new(crate::case::Code::Network, "The answer was lost.", "");
    let lost = step(&sent, JobInput::Unanswered { error }, &P, T0);
    let accepted = requested(&[], true);
    for (run, words) in [
        (planned, "Export Desk requests the relations export."),
        (sent, "The relations export is requested. GitLab has not answered yet."),
        (lost, "It is not known whether GitLab accepted the request. The next checks will show it."),
        (accepted, "GitLab accepted the request, but lists no relations yet."),
    ] {
        assert_eq!(status(&run, &P, T0.plus_ms(1)).sentence, words);
    }
}

#[test]
fn ready_relations_without_all_their_records_are_named() {
    let batch = |number, count| Batch {
        number,
        status: "1".into(),
        objects_count: Some(count),
        error: None,
        updated_at: Some(T0.rfc3339()),
    };
    let issues = |counts: &[u64], total| Relation {
        batched: true,
        batches_count: Some(counts.len() as u64),
        objects_count: Some(total),
        batches: (1..).zip(counts).map(|(number, count)| batch(number, *count)).collect(),
        ..relation("issues", "1", T0)
    };
    assert_eq!(issues(&[2, 1], 3).records_differ(), None);
    assert_eq!(issues(&[], 0).records_differ(), None);
    let short = issues(&[2, 1], 5);
    assert_eq!(short.records_differ().map(RecordsDiffer::words), Some("3 of 5 records, 2 missing".into()));
    let more = issues(&[2, 1], 1).records_differ().map(RecordsDiffer::words);
    assert_eq!(more, Some("3 records, although GitLab counts 1".into()));
    let unbatched = Relation { batched: false, ..short.clone() };
    assert_eq!(unbatched.records_differ(), None, "then GitLab counts what it wrote");
    let running = Relation { status: "0".into(), ..short.clone() };
    assert_eq!(running.records_differ(), None, "the counts still grow");
    let of_users = Relation { name: NEVER_IMPORTED.into(), ..short.clone() };
    assert_eq!(of_users.records_differ(), None, "no archive contains it");

    let mut all: Vec<_> = ALWAYS_LISTED.iter().map(|name| relation(name, "1", T0)).collect();
    all[3] = short;
    let run = seen(&requested(&[], true), all.clone(), T0.plus_ms(10_000));
    let run = seen(&run, all, T0.plus_ms(20_000));
    let words = status(&run, &P, T0.plus_ms(20_000));
    assert_eq!((words.phase, words.incomplete), (RelationsPhase::Ready, 1));
    assert_eq!(
        words.sentence,
        "22 relations are ready. GitLab did not write every record: issues (3 of 5 records, 2 missing)."
    );
    assert!(words.hint.is_some());
}
