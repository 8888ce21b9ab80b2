//! Servers and networks that misbehave.

use super::*;

const LEN: usize = 300_000;

async fn setup(direct: bool) -> (Server, Vec<u8>, tempfile::TempDir, DownloadJob) {
    let bytes = content(1, LEN);
    let server = Server::start(bytes.clone(), direct).await;
    let dir = tempfile::tempdir().unwrap();
    let job = job(&server, Target::Folder(dir.path().to_owned()));
    (server, bytes, dir, job)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_api_call_and_no_credentials_at_the_storage() {
    let (server, bytes, dir, job) = setup(false).await;
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!(done.path, dir.path().join(NAME));
    assert_eq!((done.api_requests, done.storage_requests, done.resumed, done.restarted), (1, 1, 0, 0));
    assert!(server.seen(true).iter().all(|seen| seen.credentials));
    assert!(server.seen(false).iter().all(|seen| !seen.credentials));
}

#[tokio::test(flavor = "multi_thread")]
async fn gitlab_serves_the_bytes_itself() {
    let (server, bytes, dir, job) = setup(true).await;
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!(done.path, dir.path().join("from_gitlab.tar.gz"), "a path in a file name leads nowhere");
    assert_eq!((server.seen(true).len(), server.seen(false).len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn cuts_anywhere_are_resumed() {
    for cut in [0, 1, 4096, LEN / 2, LEN - 1] {
        let (server, bytes, _dir, mut job) = setup(false).await;
        job.connections = Some(1);
        server.storage_faults([Fault::CutAfter(cut)]);
        let done = run(job).await.unwrap();
        assert_whole(&done, &bytes);
        assert_eq!((done.api_requests, done.storage_requests, done.restarted), (1, 2, 0), "cut at {cut}");
        assert_eq!(done.resumed, u32::from(cut > 0));
        let second = &server.seen(false)[1];
        if cut > 0 {
            let (from, to) = second.range.expect("a resume asks for the rest");
            assert!(from > 0 && from <= cut as u64 && to.is_none(), "cut at {cut}, asked {from}");
            assert_eq!(second.if_range.as_deref(), Some("\"one\""));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_cuts_are_survived_while_bytes_are_won() {
    let (server, bytes, _dir, job) = setup(false).await;
    server.storage_faults(std::iter::repeat_n(Fault::CutAfter(LEN / 20), 18));
    assert_whole(&run(job).await.unwrap(), &bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_progress_ends_the_patience_and_keeps_the_bytes() {
    let (server, bytes, dir, job) = setup(false).await;
    server.script(|seen, _| match (seen.api, seen.number) {
        (true, _) => Fault::None,
        (false, 0) => Fault::CutAfter(1000),
        _ => Fault::CutAfter(0),
    });
    let failed = run(job.clone()).await.unwrap_err();
    let Failed::Incomplete { have_bytes, total_bytes, tries, .. } = failed else { panic!("{failed:?}") };
    assert_eq!((total_bytes, tries), (Some(LEN as u64), 6));
    assert!(have_bytes <= 1000);
    assert!(dir.path().join(format!("{NAME}.part")).exists() && !dir.path().join(NAME).exists());
    server.storage_faults([]);
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!(done.resumed, u32::from(have_bytes > 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_dies_keeps_its_bytes() {
    for status in [400, 403] {
        let (server, bytes, _dir, job) = setup(false).await;
        let expired = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
        server.storage_faults([Fault::CutAfter(LEN / 2), Fault::Status(status, "", expired)]);
        let done = run(job).await.unwrap();
        assert_whole(&done, &bytes);
        assert_eq!((done.api_requests, done.storage_requests, done.resumed, done.restarted), (2, 3, 1, 0));
        let links: Vec<_> = server.seen(false).iter().map(|seen| seen.path.clone()).collect();
        assert!(links[1].ends_with("secret0") && links[2].ends_with("secret1"), "{links:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_lead_nowhere_end_soon() {
    let (server, _, dir, job) = setup(false).await;
    server.storage_faults(std::iter::repeat_n(Fault::Status(403, "", ""), 100));
    let failed = run(job).await.unwrap_err();
    assert!(
        matches!(failed, Failed::Unexpected { refusal: RangeRefusal::LinkExpired(403), .. }),
        "{failed:?}"
    );
    assert!(!failed.to_string().contains("secret"), "{failed}");
    assert_eq!(server.seen(true).len(), 3);
    assert!(!dir.path().join(NAME).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_starts_over_and_is_verified_again() {
    for ignore_if_range in [false, true] {
        let (server, _, _dir, job) = setup(false).await;
        let new = content(2, LEN + 77);
        let swapped = new.clone();
        server.script(move |seen, content| match (seen.api, seen.number) {
            (false, 0) => Fault::CutAfter(LEN / 2),
            (false, 1) => {
                content.bytes = Arc::new(swapped.clone());
                content.etag = Some("\"two\"".into());
                if ignore_if_range { Fault::IgnoreIfRange } else { Fault::None }
            }
            _ => Fault::None,
        });
        let (done, events) = run_seen(job).await;
        let done = done.unwrap();
        assert_whole(&done, &new);
        assert_eq!((done.restarted, done.api_requests), (1, 1));
        assert!(events.iter().any(|event| matches!(event, DownloadEvent::StartedOver { .. })), "{events:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_messages_never_become_the_file() {
    for kind in ["text/html", "application/json", "application/xml"] {
        let (server, _, dir, job) = setup(false).await;
        server.storage_faults(std::iter::repeat_n(Fault::Typed(kind), 100));
        let failed = run(job).await.unwrap_err();
        assert!(
            matches!(failed, Failed::Unexpected { refusal: RangeRefusal::NotAnArchive(_), .. }),
            "{kind}: {failed:?}"
        );
        assert!(!dir.path().join(NAME).exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_that_are_wrong_are_refused_and_outlived() {
    let always = |fault: Fault| std::iter::repeat_n(fault, 1000);
    for fault in [Fault::ShiftedRange(10), Fault::RangeMissing, Fault::ShortBody] {
        let (server, bytes, _dir, job) = setup(false).await;
        server.storage_faults([Fault::CutAfter(5000), fault.clone()]);
        let done = run(job.clone()).await.unwrap();
        assert_whole(&done, &bytes);
        assert_eq!(done.restarted, 0, "one wrong answer costs nothing: {fault:?}");
        // If the problem persists, the whole file is requested without parts.
        std::fs::remove_file(&done.path).unwrap();
        server.storage_faults(always(fault.clone()));
        assert_whole(&run(job).await.unwrap(), &bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_to_a_range_rewrites() {
    let (server, bytes, _dir, job) = setup(false).await;
    server.storage_faults([Fault::CutAfter(LEN / 2), Fault::IgnoreRange]);
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!(done.restarted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_length_is_reported_and_its_end_requested() {
    // The whole file, or a broken connection, which looks the same.
    for len in [LEN, LEN / 2] {
        let (server, bytes, _dir, job) = setup(false).await;
        server.storage_faults([Fault::NoLength(len)]);
        let (done, events) = run_seen(job).await;
        let done = done.unwrap();
        assert_whole(&done, &bytes);
        assert_eq!((done.storage_requests, done.restarted), (2, 0));
        assert!(events.contains(&DownloadEvent::LengthUnknown));
        assert_eq!(server.seen(false)[1].range.map(|(from, _)| from), Some(len as u64));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_behind_an_unknown_length_is_still_a_cut() {
    let (server, bytes, _dir, job) = setup(false).await;
    server.storage_faults([Fault::NoLength(LEN / 2), Fault::CutAfter(1000)]);
    assert_whole(&run(job).await.unwrap(), &bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_of_another_size_shows_that_the_first_was_cut() {
    for between in [None, Some(Fault::Status(503, "", "")), Some(Fault::CutAfter(0))] {
        let (server, bytes, _dir, job) = setup(false).await;
        let faults = std::iter::once(Fault::NoLength(LEN / 2)).chain(between).chain([Fault::IgnoreRange]);
        server.storage_faults(faults);
        let done = run(job).await.unwrap();
        assert_whole(&done, &bytes);
        assert_eq!(done.restarted, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_server_states_no_length_the_verification_decides() {
    for faults in [
        vec![Fault::NoLength(LEN), Fault::NoLength(LEN)],
        vec![Fault::NoLength(LEN), Fault::IgnoreRange],
        vec![Fault::NoLength(LEN), Fault::Status(403, "", "")],
    ] {
        let (server, bytes, _dir, job) = setup(false).await;
        server.storage_faults(faults);
        assert_whole(&run(job).await.unwrap(), &bytes);
        assert_eq!(server.seen(false).len(), 2);
    }
    // Requests to a busy server are retried, but not for ever.
    let (server, bytes, _dir, job) = setup(false).await;
    let most = job.download_timing.attempts as usize;
    let busy = std::iter::repeat_n(Fault::Status(503, "", ""), 100);
    server.storage_faults(std::iter::once(Fault::NoLength(LEN)).chain(busy));
    assert_whole(&run(job).await.unwrap(), &bytes);
    assert_eq!(server.seen(false).len(), 1 + most);
    let (server, bytes, _dir, job) = setup(true).await;
    server.api_faults([Fault::NoLength(LEN)]);
    assert_whole(&run(job).await.unwrap(), &bytes);
    assert_eq!(server.seen(true).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_a_stall() {
    let (server, bytes, _dir, mut job) = setup(false).await;
    job.download_timing.stall = Duration::from_secs(1);
    server.storage_faults([Fault::StallAfter(LEN / 2)]);
    let (done, events) = run_seen(job).await;
    assert_whole(&done.unwrap(), &bytes);
    let said = |event: &DownloadEvent| matches!(event, DownloadEvent::Waits { why: WaitFor::Retry(why), .. } if why.contains("no data arrived"));
    assert!(events.iter().any(said), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_in_circles_or_to_plain_http_end_it() {
    for (to, kind) in [
        ("/again", gitlab::ErrorKind::RedirectLoop),
        ("http://storage.example/x?signature=secret", gitlab::ErrorKind::RedirectToHttp),
    ] {
        let (server, _, _dir, job) = setup(false).await;
        server.storage_faults(std::iter::repeat_n(Fault::Redirect(to.to_owned()), 100));
        let failed = run(job).await.unwrap_err();
        assert!(!failed.to_string().contains("secret"), "{failed}");
        let Failed::Api(error) = failed else { panic!("{failed:?}") };
        assert_eq!(error.kind, kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_whole() {
    for connections in [Some(1), None] {
        let (server, _, _dir, mut job) = setup(false).await;
        server.edit_content(|content| content.bytes = Arc::default());
        job.connections = connections;
        assert_whole(&run(job).await.unwrap(), b"");
    }
}

const PIECES: usize = 3 * 8 * 1024 * 1024 + 12_345;

#[tokio::test(flavor = "multi_thread")]
async fn parallel_parts_survive_a_dying_connection() {
    let bytes = content(3, PIECES);
    let server = Server::start(bytes.clone(), false).await;
    server.storage_faults([Fault::None, Fault::CutAfter(3_000_000), Fault::CutAfter(0)]);
    let dir = tempfile::tempdir().unwrap();
    let done =
        run(DownloadJob { connections: Some(4), ..job(&server, Target::Folder(dir.path().to_owned())) })
            .await
            .unwrap();
    assert_whole(&done, &bytes);
    assert_eq!((done.api_requests, done.restarted), (1, 0));
    assert!(done.storage_requests < 20, "{} requests for four pieces", done.storage_requests);
    // On a busy machine the first bytes may be requested twice, before the file's identity is known.
    let seen = server.seen(false);
    let later = seen.iter().filter(|seen| seen.range.is_some_and(|(from, _)| from > 0));
    assert!(later.map(|seen| seen.if_range.as_deref()).all(|validator| validator == Some("\"one\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_are_refused_become_one_stream() {
    let bytes = content(4, PIECES);
    let server = Server::start(bytes.clone(), false).await;
    server.storage_faults(std::iter::repeat_n(Fault::IgnoreRange, 100));
    let dir = tempfile::tempdir().unwrap();
    let job = DownloadJob { connections: Some(4), ..job(&server, Target::Folder(dir.path().to_owned())) };
    let (done, events) = run_seen(job).await;
    assert_whole(&done.unwrap(), &bytes);
    assert_eq!(server.seen(false).len(), 1);
    assert!(events.iter().any(|event| matches!(event, DownloadEvent::OneStream { .. })), "{events:?}");
}

const NOT_YET: Fault = Fault::Status(
    404,
    "Content-Type: application/json\r\n",
    "{\"message\":\"The project export file is not available yet\"}",
);

#[tokio::test(flavor = "multi_thread")]
async fn a_file_not_there_yet_is_waited_for_within_limits() {
    let (server, bytes, _dir, job) = setup(false).await;
    server.api_faults([NOT_YET, NOT_YET]);
    let (done, events) = run_seen(job.clone()).await;
    let done = done.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!(done.api_requests, 3);
    let waits = events
        .iter()
        .filter(|event| matches!(event, DownloadEvent::Waits { why: WaitFor::FileNotReady, .. }));
    assert_eq!(waits.count(), 2);
    server.api_faults(std::iter::repeat_n(NOT_YET, 100));
    let Err(Failed::Api(error)) = run(job).await else { panic!("it never came") };
    assert_eq!(error.kind, gitlab::ErrorKind::FileNotReady);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_lost_answers_of_the_api_are_waited_out() {
    let (server, bytes, _dir, job) = setup(false).await;
    let limited =
        "{\"message\":{\"error\":\"This endpoint has been requested too many times. Try again later.\"}}";
    server.api_faults([
        Fault::Status(429, "Content-Type: application/json\r\nRetry-After: 60\r\n", limited),
        Fault::Status(502, "", ""),
        Fault::CutAfter(0),
    ]);
    let (done, events) = run_seen(job).await;
    assert_whole(&done.unwrap(), &bytes);
    assert!(events.contains(&DownloadEvent::Waits { why: WaitFor::RateLimit, wait_ms: 60 }), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_gitlab_ends_it_at_once() {
    let (server, _, dir, job) = setup(false).await;
    server.api_faults([Fault::Status(
        401,
        "Content-Type: application/json\r\n",
        "{\"message\":\"401 Unauthorized\"}",
    )]);
    let Err(Failed::Api(error)) = run(job).await else { panic!("refused") };
    assert_eq!(error.kind, gitlab::ErrorKind::TokenRejected);
    assert_eq!((server.seen(true).len(), names(dir.path())), (1, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_at_gitlab_itself_waits_for_the_limit() {
    let (server, bytes, _dir, mut job) = setup(true).await;
    server.edit_content(|content| {
        content.etag = None;
        content.last_modified = Some("Sat, 21 Nov 2026 07:00:00 GMT");
    });
    let reserved = std::sync::atomic::AtomicU64::new(0);
    job.gate = Gate::new(
        move || Duration::from_millis(5 * reserved.fetch_add(1, std::sync::atomic::Ordering::Relaxed)),
        |_wait| (),
    );
    server.api_faults([Fault::CutAfter(LEN / 2)]);
    let (done, events) = run_seen(job).await;
    let done = done.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!((done.api_requests, done.storage_requests, done.resumed), (2, 0, 1));
    assert!(events.contains(&DownloadEvent::Waits { why: WaitFor::DownloadLimit, wait_ms: 5 }), "{events:?}");
    let second = &server.seen(true)[1];
    assert!(second.range.is_some_and(|(from, _)| from > 0));
    assert_eq!(second.if_range.as_deref(), Some("Sat, 21 Nov 2026 07:00:00 GMT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_the_person_orders_ends_a_wait_at_once() {
    // First GitLab is down, then the storage: the two places where a download waits before its next try.
    for gitlab_is_down in [true, false] {
        let (server, bytes, _dir, mut job) = setup(false).await;
        if gitlab_is_down {
            server.api_faults([Fault::Status(503, "", "")]);
        } else {
            server.storage_faults([Fault::CutAfter(LEN / 3)]);
        }
        // Without the order, the next try would be next week.
        let week = Duration::from_hours(7 * 24);
        (job.download_timing.backoff_base, job.download_timing.backoff_cap) = (week, week);
        let (orders, control) = Control::new();
        job.control = control;
        let (sender, mut progress) = watch::channel(DownloadProgress::default());
        let task = tokio::spawn(download(job, verify, sender));
        until(&mut progress, |now| now.waiting.as_ref().is_some_and(|waiting| waiting.why.may_end())).await;
        orders.send_modify(|orders| orders.retries += 1);
        let done = tokio::time::timeout(Duration::from_mins(1), task).await.expect("it still waits");
        assert_whole(&done.unwrap().unwrap(), &bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_gitlab_demands_is_not_ended() {
    let (server, bytes, _dir, mut job) = setup(false).await;
    server.api_faults([Fault::Status(429, "Content-Type: application/json\r\n", "{}")]);
    job.download_timing.rate_default = Duration::from_millis(300);
    let (orders, control) = Control::new();
    job.control = control;
    let (sender, mut progress) = watch::channel(DownloadProgress::default());
    let task = tokio::spawn(download(job, verify, sender));
    until(&mut progress, |now| now.waiting.is_some()).await;
    let waiting = progress.borrow().waiting.clone().unwrap();
    assert!(!waiting.why.may_end(), "{waiting:?}");
    orders.send_modify(|orders| orders.retries += 1);
    assert_whole(&task.await.unwrap().unwrap(), &bytes);
    assert!(tokio::time::Instant::now() >= waiting.until, "GitLab was asked before its limit ended");
}
