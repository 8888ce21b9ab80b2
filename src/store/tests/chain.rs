//! The journal's chain: which changes break it, which are impossible, and which are allowed.

use super::*;

/// The audit of a store with five journal rows after somebody changed the file with `sql`.
fn tampered(sql: &str) -> Audit {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), NOW).unwrap();
    let mut commit = Commit::new(NOW).with(put(&a_case(1)));
    for text in ["one", "two", "three", "four"] {
        commit = commit.saying(note(1, text));
    }
    commit = commit.with(Write::AddOffer(Box::new(an_offer(1))));
    commit = commit.saying(JournalEntry::of_case(CaseId(1), JournalEvent::OfferSent { offer: an_offer(1) }));
    store.commit(&commit).unwrap();
    drop(store);
    let db = raw(dir.path());
    db.execute_batch("DROP TRIGGER journal_stays; DROP TRIGGER journal_only_blanks;").unwrap();
    db.execute_batch(sql).unwrap();
    drop(db);
    Store::open(dir.path(), NOW).unwrap().audit(None).unwrap()
}

#[test]
fn a_broken_chain_names_the_first_row_that_does_not_fit() {
    assert_eq!(tampered(""), Audit::Whole { rows: 5, blanked: 0 });
    for (sql, broken) in [
        ("UPDATE journal SET body = replace(body, 'three', 'drei') WHERE seq = 3", 3),
        ("UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 1", 1),
        ("UPDATE journal SET case_id = 2 WHERE seq = 2", 2),
        ("UPDATE journal SET run_id = case_id, case_id = NULL WHERE seq = 2", 2),
        ("UPDATE journal SET kind = 'fact_set' WHERE seq = 4", 4),
        ("UPDATE journal SET body = NULL WHERE seq = 4", 4),
        ("UPDATE journal SET body = NULL, salt = NULL WHERE seq = 5", 5),
        ("UPDATE journal SET hash = randomblob(32) WHERE seq = 2", 2),
        ("UPDATE journal SET hash = x'00' WHERE seq = 2", 2),
        ("DELETE FROM journal WHERE seq = 1", 1),
        ("DELETE FROM journal WHERE seq = 3", 3),
        ("DELETE FROM journal WHERE seq >= 4", 4),
        ("DELETE FROM journal", 1),
        ("DELETE FROM journal WHERE seq = 5; UPDATE journal_head SET seq = 4", 4),
        ("UPDATE journal SET seq = 9 WHERE seq = 5", 5),
        ("DROP TRIGGER offers_stay; DELETE FROM offers", 5),
        ("DROP TRIGGER offers_only_learn; UPDATE offers SET override_reason = 'agreed'", 5),
        ("INSERT INTO offers (at_ms, case_id, instance) VALUES (1, 1, 'https://gitlab.com')", 5),
        ("DROP TRIGGER offers_only_learn; UPDATE offers SET project_path = 'acme/other'", 5),
        ("UPDATE offers SET project_path = 'acme/other'", 5),
        ("UPDATE offers SET project_path = NULL", 5),
        ("UPDATE offers SET project_id = 7", 5),
        ("DROP TRIGGER offers_only_learn; UPDATE offers SET ticket_id = 2", 5),
        ("DROP TRIGGER offers_only_learn; UPDATE offers SET ticket_url = NULL", 5),
        // An exact second copy of a line is an error too.
        (
            "INSERT INTO offers (at_ms, case_id, instance, project_path, ticket_url, ticket_id, sent_by)
             SELECT at_ms, case_id, instance, project_path, ticket_url, ticket_id, sent_by FROM offers",
            5,
        ),
        ("UPDATE journal SET body = NULL, salt = NULL WHERE seq = 4", 4),
        (
            "UPDATE cases SET private_data_deleted_at_ms = 1;
             UPDATE journal SET body = NULL, salt = NULL WHERE seq = 4",
            4,
        ),
        ("UPDATE journal SET kind = CAST(x'ff' AS TEXT) WHERE seq = 3", 3),
        ("UPDATE journal_head SET hash = x'00'", 5),
        ("DELETE FROM journal_head", 5),
        ("DROP TABLE journal", 1),
        ("DROP TABLE journal_head", 1),
    ] {
        match tampered(sql) {
            Audit::Broken { seq, why } => {
                assert_eq!(seq, broken, "{sql}: {why}");
                assert!(!why.is_empty());
            }
            Audit::Whole { .. } => panic!("not noticed: {sql}"),
        }
    }
}

#[test]
fn gitlabs_answer_about_a_project_may_be_in_the_offer_log() {
    let known = |path: &str| KnownProject {
        id: 42,
        path: path.to_owned(),
        web_url: None,
        visibility: None,
        repository_bytes: None,
        lfs_bytes: None,
        uploads_bytes: None,
        storage_bytes: None,
        deletion: None,
        gitlab_version: None,
        asked_at: NOW,
    };
    let learn = |project_id: u64| Write::IdentifyOffers {
        case_id: CaseId(1),
        project_id,
        project_path: "acme/renamed".to_owned(),
    };
    for (offer, learned, whole) in [
        (an_offer(1), 42, true),
        (an_offer(1), 43, false),
        (Offer { project_path: None, ..an_offer(1) }, 42, true),
    ] {
        let mut store = Store::in_memory().unwrap();
        let sent = Commit::new(NOW)
            .with(put(&a_case(1)))
            .with(Write::AddOffer(Box::new(offer.clone())))
            .saying(JournalEntry::of_case(CaseId(1), JournalEvent::OfferSent { offer }));
        store.commit(&sent).unwrap();
        let said = JournalEvent::ProjectKnown { project: known("acme/renamed") };
        let told = Commit::new(NOW).with(learn(learned)).saying(JournalEntry::of_case(CaseId(1), said));
        store.commit(&told).unwrap();
        let found = store.audit(None).unwrap();
        assert_eq!(matches!(found, Audit::Whole { .. }), whole, "{learned}: {found:?}");
    }
}

#[test]
fn a_database_opens_with_an_unreadable_row_and_not_without_a_journal() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), NOW).unwrap();
    store.commit(&Commit::new(NOW).with(put(&a_case(1))).saying(note(1, "a")).saying(note(1, "b"))).unwrap();
    store
        .db
        .execute_batch("DROP TRIGGER journal_only_blanks; UPDATE journal SET hash = x'00' WHERE seq = 1")
        .unwrap();
    let seqs: Vec<i64> = store.journal_tail(9).unwrap().iter().map(|row| row.seq).collect();
    assert_eq!(seqs, [2]);
    store.db.execute_batch("DROP TABLE journal").unwrap();
    let error = store.journal_tail(9).unwrap_err().error();
    assert_eq!(error.code, crate::case::Code::JournalBroken);
}

#[test]
fn the_journal_and_the_offer_log_refuse_to_be_rewritten() {
    let mut store = Store::in_memory().unwrap();
    store
        .commit(
            &Commit::new(NOW)
                .with(put(&a_case(1)))
                .with(Write::AddOffer(Box::new(an_offer(1))))
                .saying(JournalEntry::of_case(CaseId(1), JournalEvent::OfferSent { offer: an_offer(1) }))
                .saying(note(1, "x")),
        )
        .unwrap();
    for sql in [
        "UPDATE journal SET body = 'y'",
        "UPDATE journal SET body = NULL, salt = NULL",
        "UPDATE journal SET at_ms = 0, body = NULL, salt = NULL",
        "DELETE FROM journal",
        "DELETE FROM offers",
        "UPDATE offers SET override_reason = 'none'",
        "UPDATE offers SET case_id = 2",
    ] {
        let error = store.db.execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains("is never"), "{sql}: {error}");
    }
    assert_eq!(store.audit(None).unwrap(), Audit::Whole { rows: 2, blanked: 0 });
}

#[test]
fn private_data_is_deleted_and_chain_and_offer_log_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), NOW).unwrap();
    let mut case = a_case(1);
    let secret = "Jane's repository of unreleased hats";
    let filled = Commit::new(NOW)
        .with(put(&case))
        .with(put(&a_case(2)))
        .with(Write::AddOffer(Box::new(an_offer(1))))
        .saying(note(1, secret))
        .saying(JournalEntry::of_case(CaseId(1), JournalEvent::OfferSent { offer: an_offer(1) }))
        .saying(note(2, "another customer"));
    store.commit(&filled).unwrap();
    let copy = dir.path().join("export-desk.before-v2.1.sqlite");
    fs::write(&copy, secret).unwrap();

    let too_early = Commit::new(NOW).with(Write::BlankCase(CaseId(1)));
    store.commit(&too_early).unwrap_err();
    assert_eq!(store.journal_for_case(CaseId(1), 1).unwrap().len(), 1);

    case.private_data_deleted = Some(NOW);
    case.facts = crate::case::Facts::default();
    let blank = Commit::new(NOW)
        .with(put(&case))
        .with(Write::BlankCase(CaseId(1)))
        .saying(JournalEntry::of_case(CaseId(1), JournalEvent::PrivateDataDeleted));
    store.commit(&blank).unwrap();

    assert_eq!(store.audit(None).unwrap(), Audit::Whole { rows: 4, blanked: 1 });
    assert_eq!(store.offers().unwrap().offers.len(), 1);
    let rows = store.journal_for_case(CaseId(1), 9).unwrap();
    assert_eq!(rows[0].what(), None);
    assert_eq!(rows[0].sentence(), "note (private data deleted)");
    assert!(matches!(rows[1].what(), Some(JournalEvent::OfferSent { .. })));
    for file in fs::read_dir(dir.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[test]
fn an_undone_offer_fits_the_journal_also_without_its_private_lines() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), NOW).unwrap();
    let (mut case, offer, later) = (a_case(1), an_offer(1), NOW.plus_ms(1));
    let withdrawn = JournalEvent::OfferWithdrawn { offered_at: offer.at, withdrawn_at: later };
    let undone = Commit::new(NOW)
        .with(put(&case))
        .with(Write::AddOffer(Box::new(offer.clone())))
        .with(Write::WithdrawOffer { case_id: CaseId(1), offered_at: offer.at, withdrawn_at: later })
        .saying(JournalEntry::of_case(CaseId(1), JournalEvent::OfferSent { offer }))
        .saying(JournalEntry::of_case(CaseId(1), withdrawn));
    store.commit(&undone).unwrap();
    assert_eq!(store.offers().unwrap().offers[0].withdrawn_at, Some(later));
    assert_eq!(store.audit(None).unwrap(), Audit::Whole { rows: 2, blanked: 0 });
    case.private_data_deleted = Some(NOW);
    let blank = Commit::new(NOW)
        .with(put(&case))
        .with(Write::BlankCase(CaseId(1)))
        .saying(JournalEntry::of_case(CaseId(1), JournalEvent::PrivateDataDeleted));
    store.commit(&blank).unwrap();
    assert_eq!(store.audit(None).unwrap(), Audit::Whole { rows: 3, blanked: 1 });
}
