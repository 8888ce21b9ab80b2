use super::*;
use crate::case::deletion::ProjectDeletion;
use crate::case::hint::Hint;

const HOST: &str = "https://gitlab.example.com";

#[test]
fn a_list_is_read_in_any_form_and_each_project_once() {
    let list = "# exported for the audit\n\n acme/api  # the API\nhttps://gitlab.example.com/acme/web/edit#js-export-project\n17\nAcme/API\n<https://gitlab.example.com/acme/web.git>\n17\n";
    let listed = read_list(&[], list, HOST).unwrap();
    let named: Vec<_> = listed.items.iter().map(BatchItem::title).collect();
    assert_eq!(named, ["acme/api", "acme/web", "17"]);
    let repeated: Vec<_> = listed.repeated.iter().map(|one| (one.at, one.first_at)).collect();
    let line = NamedAt::Line;
    assert_eq!(repeated, [(line(6), line(3)), (line(7), line(4)), (line(8), line(5))]);
}

#[test]
fn lines_of_a_list_keep_their_numbers_beside_the_arguments_of_a_command() {
    let arguments = ["acme/api".to_owned(), "acme/web".to_owned()];
    let listed = read_list(&arguments, "# ours\nacme/web\nacme/a\n", HOST).unwrap();
    assert_eq!(listed.items.len(), 3);
    let said: Vec<_> = listed.repeated.iter().map(Repeated::sentence).collect();
    assert_eq!(said, ["Line 2: acme/web is already in argument 2. It is exported once."]);
    let refused = |arguments: &[String], list| read_list(arguments, list, HOST).unwrap_err().headline;
    assert!(refused(&arguments, "acme/a\nsolo\n").starts_with("Line 2: "));
    assert!(refused(&["solo".to_owned()], "acme/a\n").starts_with("Argument 1: "));
    // In an argument, `#` begins an ID and no comment.
    assert_eq!(read_list(&["#17".to_owned()], "", HOST).unwrap().items[0].project_id, Some(17));
}

#[test]
fn a_list_is_read_as_notes_tables_and_chats_show_it() {
    let list = "- acme/a\n* acme/b\n1. acme/c\n2) acme/d\n[ ] acme/e\n- [x] acme/f\nacme/g, acme/h; 99\n\"acme/i\",\n| acme/j | production |\n7\tacme/k\tproduction\nhttps://gitlab.example.com/acme/l https://gitlab.example.com/acme/m\nacme/n\t2\n18\tproduction\n";
    let listed = read_list(&[], list, HOST).unwrap();
    let named: Vec<_> = listed.items.iter().map(BatchItem::title).collect();
    let paths = "abcdefgh".chars().map(|name| format!("acme/{name}")).chain(["99".to_owned()]);
    let paths = paths.chain("ijklmn".chars().map(|name| format!("acme/{name}"))).chain(["18".to_owned()]);
    assert_eq!(named, paths.collect::<Vec<_>>());
    assert_eq!(listed.repeated, []);
    let twice = read_list(&[], "acme/a, acme/A", HOST).unwrap();
    assert_eq!(
        (twice.items.len(), twice.repeated.len()),
        (1, 1),
        "a project that one line names twice is told"
    );
    let prose = read_list(&[], "the big one, please", HOST).unwrap_err();
    assert!(prose.headline.starts_with("Line 1: "), "{}", prose.headline);
}

#[test]
fn a_pasted_mail_names_its_urls_and_the_rest_is_shown() {
    let mail = "Hi Maria, please export https://gitlab.example.com/acme/webshop and\n(https://gitlab.example.com/acme/api/-/issues/5), https://gitlab.example.com/acme/web.\nThanks and/or see you, 24/12, Tom\nRef: https://tickets.example.com/5 about https://gitlab.example.com/acme/docs\nacme/last\n";
    let listed = read_lines(&[], mail, HOST).unwrap();
    let named: Vec<_> = listed.items.iter().map(BatchItem::title).collect();
    assert_eq!(named, ["acme/webshop", "acme/api", "acme/web", "acme/docs", "acme/last"]);
    let lines: Vec<_> = listed.unreadable_lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("Line 3: “Thanks and/or see you” is not "), "{lines:?}");
    assert!(lines[1].starts_with("Line 4: The URL belongs to https://tickets.example.com, "), "{lines:?}");
    // A command takes nothing of a list that it does not understand as a whole.
    let refused = read_list(&[], mail, HOST).unwrap_err().headline;
    assert!(refused.ends_with(" Not readable either: Line 4."), "{refused}");
    let commented = mail.replace("Thanks", "# Thanks").replace("Ref:", "# Ref:");
    assert_eq!(read_list(&[], &commented, HOST).unwrap().items.len(), 4);
    // Words with a slash between commas are no projects.
    let words = read_lines(&[], "either way, and/or, 24/12", HOST).unwrap();
    assert_eq!((words.items.len(), words.unreadable.len()), (0, 1));
}

#[test]
fn a_list_with_an_unreadable_line_is_refused_as_a_whole() {
    let refused = |list: &str| read_list(&[], list, HOST).unwrap_err().headline;
    assert_eq!(refused("# nothing\n\n"), "The list names no project.");
    let other = refused("acme/api\nhttps://gitlab.com/acme/web\n\nhttps://gitlab.org/x/y\nsolo\n");
    assert!(other.starts_with("Line 2: The URL belongs to https://gitlab.com, not to "), "{other}");
    assert!(other.ends_with(" Not readable either: Line 4, Line 5."), "{other}");
}

#[test]
fn a_rejected_archive_is_named_until_the_project_is_tried_again() {
    let file = ItemFile { verdict: "damaged".into(), ..ItemFile::example() };
    let seen = DownloadSeen::Failed { error: error(Code::ArchiveDamaged), file: Some(file.clone()) };
    let failed = BatchItem::new("acme/api".into()).downloading(DownloadId(1)).with_download(seen);
    assert_eq!((failed.stage, failed.archive()), (ItemStage::Failed, Some(&file)));
    assert_eq!(failed.file, None, "no good archive");
    let again = failed.after(ItemDeed::Retry).unwrap();
    assert_eq!((again.stage, again.archive()), (ItemStage::Waiting, None));
}

#[test]
fn ten_thousand_lines_are_read() {
    let list: &str = &(1..=10_000).map(|id| format!("group/project-{id}")).collect::<Vec<_>>().join("\n");
    assert_eq!(read_list(&[], list, HOST).unwrap().items.len(), 10_000);
}

fn run(outcome: Option<Outcome>) -> Run {
    Run { outcome, ..Run::scheduled(RunId(7), HOST, (17, "acme/api"), "none", UtcMs(1)) }
}

fn error(code: Code) -> UserError {
    UserError::new(code, "It failed.", "")
}

#[test]
fn a_project_goes_from_the_request_to_the_verified_archive() {
    let goal = BatchGoal::Downloaded;
    let item = BatchItem::new("acme/api".into());
    assert_eq!(item.next_step(goal, false), Some(ItemStep::Start));
    let item = item.requested(RunId(7));
    assert_eq!(item.next_step(goal, false), None);
    let item = item.counting(&run(None), UtcMs(1)).with_run(goal, &run(Some(Outcome::Ready)), None);
    assert_eq!(item.stage, ItemStage::Exporting);
    assert_eq!(item.next_step(goal, true), Some(ItemStep::Download(17)));
    let item = item.downloading(DownloadId(3));
    assert_eq!(item.next_step(goal, true), None);
    let file = ItemFile::example();
    let item = item.with_download(DownloadSeen::Done(file));
    assert_eq!((item.stage, item.attempts), (ItemStage::Done, 1));
    assert_eq!(item.after(ItemDeed::Retry), None, "what is done stays done");
}

#[test]
fn what_was_requested_is_found_again_and_not_requested_twice() {
    let goal = BatchGoal::Downloaded;
    let item = BatchItem::new("acme/api".into()).requested(RunId(7));
    let again = item.again();
    assert_eq!(again.next_step(goal, false), Some(ItemStep::Start), "the start finds the running export");
    let ready = item.with_run(goal, &run(Some(Outcome::Ready)), None).again();
    assert_eq!(ready.next_step(goal, true), Some(ItemStep::Download(17)), "its file is there already");
    let download = ready.downloading(DownloadId(3)).again();
    assert_eq!(download.next_step(goal, true), Some(ItemStep::ResumeDownload(DownloadId(3))));
}

#[test]
fn an_attempt_is_a_request_that_the_batch_has_sent() {
    let item = BatchItem::new("acme/api".into());
    assert_eq!(item.failed(error(Code::RoleTooLow)).attempts, 0, "nothing was requested");
    let (began, of) = (UtcMs(1), |id| Run { id: RunId(id), ..run(None) });
    let once = item.requested(RunId(7)).counting(&of(7), began);
    // Another program continues the batch, and finds the same export.
    let found = once.again().requested(RunId(7)).counting(&of(7), began);
    assert_eq!((once.attempts, found.attempts), (1, 1));
    let failed = found.downloading(DownloadId(1)).failed(error(Code::DownloadIncomplete));
    let twice = failed.after(ItemDeed::Retry).unwrap();
    assert_eq!(twice.attempts, 1, "a download that continues requests no export");
    assert_eq!(twice.requested(RunId(8)).counting(&of(8), began).attempts, 2);
    let elsewhere = Run { origin: Origin::AlreadyRunning, ..of(9) };
    assert_eq!(once.requested(RunId(9)).counting(&elsewhere, began).attempts, 1, "somebody else's");
    assert_eq!(item.requested(RunId(7)).counting(&of(7), UtcMs(2)).attempts, 0, "from before the batch");
    let of_earlier_version = BatchItem { attempts: 2, ..item };
    assert_eq!(of_earlier_version.requested(RunId(7)).counting(&of(7), began).attempts, 2);
}

#[test]
fn a_project_that_the_person_holds_back_has_its_own_status_in_the_manifest() {
    let batch = ExportBatch::example();
    let held = BatchItem::new("acme/api".into()).requested(RunId(7)).after(ItemDeed::Pause).unwrap();
    let over = BatchItem { is_paused: true, ..held.failed(error(Code::ExportFailed)) };
    let rows = manifest(&batch, &[held, over], UtcMs(2)).projects;
    assert_eq!(rows.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), ["paused", "failed"]);
    assert!(csv(&rows).contains("acme/api,,paused,"));
}

#[test]
fn a_disk_that_is_too_full_for_one_project_does_not_stop_the_others() {
    let full = UserError { hint: Hint::MakeRoom, ..error(Code::Local) };
    assert!(!ExportBatch::stops_at(&full));
    assert!(ExportBatch::stops_at(&error(Code::Local)), "a folder that cannot be written");
}

#[test]
fn a_file_that_may_be_the_old_one_is_requested_again() {
    let goal = BatchGoal::Downloaded;
    let item = BatchItem::new("acme/api".into()).requested(RunId(7));
    let doubtful = Run { may_be_older: true, ..run(Some(Outcome::Ready)) };
    let again = item.with_run(goal, &doubtful, None);
    assert_eq!((again.stage, again.next_step(goal, false)), (ItemStage::Waiting, Some(ItemStep::Start)));
    let last = BatchItem { attempts: MOST_ATTEMPTS, ..item };
    assert_eq!(last.with_run(goal, &doubtful, None).stage, ItemStage::Exporting, "not for ever");
    let failed = last.with_run(goal, &doubtful, Some(error(Code::ExportFailed)));
    assert_eq!(failed.stage, ItemStage::Failed, "the old file never passes for the new one");
}

#[test]
fn a_failed_download_continues_and_a_failed_export_starts_again() {
    let item = BatchItem::new("acme/api".into()).requested(RunId(7));
    let export = item.failed(error(Code::ExportFailed)).after(ItemDeed::Retry).unwrap();
    assert_eq!((export.run, export.stage), (None, ItemStage::Waiting));
    let cut = item.downloading(DownloadId(3)).failed(error(Code::DownloadIncomplete));
    assert_eq!(cut.after(ItemDeed::Retry).unwrap().download, Some(DownloadId(3)));
    let stopped = item.downloading(DownloadId(3)).failed(error(Code::Local));
    assert_eq!(
        stopped.taken_up(&TakeUp::Continue).download,
        Some(DownloadId(3)),
        "a full disk is no fault of the project"
    );
    let refused = item.failed(error(Code::RoleTooLow));
    assert_eq!(refused.taken_up(&TakeUp::Continue).stage, ItemStage::Failed, "another program goes on");
    assert_eq!(refused.taken_up(&TakeUp::Resume).stage, ItemStage::Waiting, "a person asks for what is left");
    let cancelled = item.after(ItemDeed::Cancel).unwrap();
    assert_eq!(cancelled.taken_up(&TakeUp::Resume).stage, ItemStage::Cancelled);
    let named = |name: &str| TakeUp::Named([name.to_owned()].into());
    assert_eq!(cancelled.taken_up(&named("acme/api")).stage, ItemStage::Waiting);
    assert_eq!(cancelled.taken_up(&named("acme/web")).stage, ItemStage::Cancelled);
    // A person who names projects, perhaps to replace their exports, means no others of the folder.
    assert_eq!(refused.taken_up(&named("acme/api")).stage, ItemStage::Waiting);
    assert_eq!(refused.taken_up(&named("acme/web")).stage, ItemStage::Failed);
}

#[test]
fn a_download_whose_command_is_gone_was_paused_by_nobody() {
    let goal = BatchGoal::Downloaded;
    let item = BatchItem::new("acme/api".into()).requested(RunId(7)).downloading(DownloadId(3));
    let left = item.with_download(DownloadSeen::Left);
    assert!(!left.is_paused);
    assert_eq!(left.next_step(goal, true), Some(ItemStep::ResumeDownload(DownloadId(3))));
    let paused = item.with_download(DownloadSeen::Paused).with_download(DownloadSeen::Left);
    assert!(paused.is_paused, "what the person paused stays paused");
    assert_eq!(paused.taken_up(&TakeUp::Resume).next_step(goal, true), None);
}

#[test]
fn without_a_token_or_a_network_no_project_has_failed() {
    let goal = BatchGoal::Downloaded;
    let item = BatchItem::new("acme/api".into());
    for code in [Code::TokenMissing, Code::TokenExpired, Code::KeyringLocked, Code::Network] {
        assert!(ExportBatch::stops_at(&error(code)), "{code:?}");
        assert_eq!(item.failed(error(code)).stage, ItemStage::Waiting);
        let exports = item.requested(RunId(7)).with_run(goal, &run(None), Some(error(code)));
        assert_eq!((exports.stage, exports.run), (ItemStage::Exporting, Some(RunId(7))), "GitLab exports it");
        assert_eq!(
            exports.error.as_ref().map(|error| error.code),
            Some(code),
            "and the manifest says why it waits"
        );
        let polled = exports.with_run(goal, &run(None), None);
        assert_eq!((polled.stage, polled.error), (ItemStage::Exporting, None), "somebody polls it again");
        let cut = exports.downloading(DownloadId(3));
        let cut = cut.with_download(DownloadSeen::Failed { error: error(code), file: None });
        assert_eq!(
            (cut.stage, cut.download),
            (ItemStage::Waiting, Some(DownloadId(3))),
            "its bytes are kept"
        );
        let again = exports.taken_up(&TakeUp::Continue);
        assert_eq!((again.next_step(goal, false), again.error), (Some(ItemStep::Start), None));
        let rejected =
            Run { ended_at: Some(UtcMs(9)), ..run(Some(Outcome::NotAccepted { error: error(code) })) };
        let last = BatchItem { attempts: MOST_ATTEMPTS, ..item.requested(RunId(7)) };
        let waits = last.with_run(goal, &rejected, Some(error(code)));
        assert_eq!((waits.stage, waits.run), (ItemStage::Waiting, None), "GitLab has nothing of it");
    }
}

#[test]
fn another_name_of_a_project_is_no_failure() {
    let item = BatchItem::new("17".into()).repeating("acme/api");
    assert_eq!((item.stage, item.repeats.as_deref()), (ItemStage::Repeated, Some("acme/api")));
    assert_eq!((worst([&item]), item.after(ItemDeed::Retry)), (None, None));
    assert_eq!(counts([&item]).sentence(BatchGoal::Downloaded), "0 of 1 project done, 1 repeated.");
}

#[test]
fn a_paused_project_waits_for_its_person() {
    let goal = BatchGoal::Exported;
    let item = BatchItem::new("acme/api".into()).after(ItemDeed::Pause).unwrap();
    assert_eq!(item.next_step(goal, false), None);
    assert!(item.taken_up(&TakeUp::Resume).is_paused, "resuming the batch leaves what the person held back");
    assert_eq!(item.after(ItemDeed::Resume).unwrap().next_step(goal, false), Some(ItemStep::Start));
    let cancelled = item.after(ItemDeed::Cancel).unwrap();
    assert_eq!((cancelled.stage, cancelled.is_paused), (ItemStage::Cancelled, false));
}

#[test]
fn the_worst_project_decides_the_exit_code() {
    let item = BatchItem::new("acme/api".into());
    let done = BatchItem { stage: ItemStage::Done, ..item.clone() };
    let failed = |code| item.failed(error(code));
    assert_eq!(worst([&done, &done]), None);
    assert_eq!(
        worst([&done, &failed(Code::RoleTooLow), &failed(Code::ExportFailed)]),
        Some(Code::ExportFailed)
    );
    // A fault of the program itself is never hidden by what GitLab refuses.
    let order = [Code::Internal, Code::Local, Code::ArchiveDamaged, Code::ExportFailed, Code::Network];
    for (place, code) in order.iter().enumerate() {
        assert_eq!(worst_code(order[place..].iter().rev().copied()), Some(*code));
    }
    let all = [done, failed(Code::RoleTooLow), item.after(ItemDeed::Cancel).unwrap()];
    assert_eq!(counts(&all).sentence(BatchGoal::Downloaded), "1 of 3 projects done, 1 failed, 1 cancelled.");
}

#[test]
fn turns_come_in_groups_of_the_limit() {
    let none = std::sync::Arc::from([]);
    let turns = Turns { reserved: none, next_at: UtcMs(1000), per_window: 6, window_ms: 60_000, ahead: 0 };
    assert_eq!(
        [0, 5, 6, 41].map(|before| turns.at(before)),
        [UtcMs(1000), UtcMs(1000), UtcMs(61_000), UtcMs(361_000)]
    );
    assert_eq!(Turns { ahead: 6, ..turns.clone() }.at(0), UtcMs(61_000));
    let reserved = [UtcMs(200), UtcMs(300)].into();
    let turns = Turns { reserved, ..turns };
    assert_eq!([0, 1, 2, 8].map(|before| turns.at(before)), [200, 300, 1000, 61_000].map(UtcMs));
}

#[test]
fn the_check_says_who_can_be_exported_and_why_not() {
    let (keep, replace) = (CheckOptions::default(), CheckOptions { replace: true, collects: false });
    let collect = CheckOptions { replace: false, collects: true };
    let low = (Some(Code::RoleTooLow), "The role is too low.");
    let no = exportable(Some(false), low, (None, false), replace);
    assert_eq!(
        (no.is_wanted(), no.code(), no.reason().as_str()),
        (false, Some(Code::RoleTooLow), "The role is too low.")
    );
    let yes =
        |status, is_ours, options| exportable(Some(true), (None, "yes"), (Some(status), is_ours), options);
    assert_eq!(yes("none", false, keep), Exportable::Yes);
    assert_eq!(yes("started", false, keep), Exportable::Running);
    assert_eq!(yes("finished", false, collect), Exportable::HasFile);
    assert_eq!(yes("finished", false, replace), Exportable::Replaces);
    assert!(Exportable::Replaces.is_wanted());
    assert_eq!(yes("finished", true, collect), Exportable::FileReady);
    assert_eq!(yes("finished", true, replace), Exportable::HasFile, "what was never downloaded is not lost");
    assert!(exportable(None, (None, "?"), (Some("none"), false), keep).is_wanted());
}

#[test]
fn an_archive_that_is_gone_or_changed_fails_is_back_or_comes_again() {
    let goal = BatchGoal::Downloaded;
    let file = ItemFile::example();
    let item = BatchItem::new("acme/api".into()).requested(RunId(7)).downloading(DownloadId(3));
    let done = BatchItem { project_id: Some(17), ..item.with_download(DownloadSeen::Done(file)) };
    assert_eq!(done.with_archive(ArchiveOnDisk::AsVerified), None);
    for found in [ArchiveOnDisk::Gone, ArchiveOnDisk::Changed] {
        let lost = done.with_archive(found).unwrap();
        assert_eq!(
            (lost.stage, lost.error.as_ref().map(|error| error.code)),
            (ItemStage::Failed, Some(Code::Local))
        );
        assert_eq!(lost.saved(), None, "no list names it as verified");
        assert_eq!(lost.with_archive(found), None, "it is told once");
    }
    let gone = done.with_archive(ArchiveOnDisk::Gone).unwrap();
    let back = gone.with_archive(ArchiveOnDisk::AsVerified);
    assert_eq!(back, Some(BatchItem { download: None, ..done }), "it was put back");
    let again = gone.taken_up(&TakeUp::Resume);
    assert_eq!(again.next_step(goal, true), Some(ItemStep::Download(17)), "GitLab has its file still");
    assert_eq!((again.next_step(goal, false), again.file), (Some(ItemStep::Start), None));
}

#[test]
fn the_check_counts_what_it_found() {
    let of = |exportable: Option<Exportable>, bytes| CheckedProject {
        exportable,
        ..CheckedProject::unchecked(BatchItem { expected_bytes: bytes, ..BatchItem::new("a".into()) })
    };
    let repeated = Exportable::Repeated { first: "acme/api".into() };
    let all = [
        of(Some(Exportable::Yes), Some(7)),
        of(Some(Exportable::HasFile), Some(9)),
        of(Some(repeated), None),
        of(None, None),
    ];
    let counts = check_counts(&all);
    assert_eq!((counts.all, counts.checked, counts.wanted, counts.refused()), (4, 3, 1, 1));
    assert_eq!((counts.expected_bytes, counts.is_over()), (7, false));
    let doomed = CheckedProject {
        deletion: ProjectDeletion::of(Some("2026-12-01"), None),
        ..of(Some(Exportable::Yes), None)
    };
    assert!(doomed.is_wanted() && doomed.reason().contains("2026-12-01"), "{}", doomed.reason());
}

#[test]
fn the_manifest_is_a_table_that_a_spreadsheet_reads() {
    let batch = ExportBatch { folder: Some("/exports".into()), ..ExportBatch::example() };
    let file = ItemFile { path: "/exports/a.tar.gz".into(), ..ItemFile::example() };
    let done = BatchItem {
        file: Some(file),
        stage: ItemStage::Done,
        attempts: 1,
        ..BatchItem::new("acme/api".into())
    };
    let failed =
        BatchItem::new("=1+1".into()).failed(error(Code::RoleTooLow).with_correlation_id(Some("X1".into())));
    let manifest = manifest(&batch, &[done, failed], UtcMs(0));
    let lines: Vec<String> = csv(&manifest.projects).lines().map(str::to_owned).collect();
    assert_eq!(lines[1], "acme/api,,done,,a.tar.gz,9,ab,importable,1,,,");
    assert_eq!(lines[2], "\"'=1+1\",,failed,,,,,,0,X1,role_too_low,It failed.");
    let text = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<BatchManifest>(&text).unwrap(), manifest);
}
