use super::*;

const STORED: &str = "[world.limits]\nproject_download_export = 0\n[[world.project]]\npath = \"acme/webshop\"\nsize = \
                      \"medium\"\nearlier = \"file\"";

fn stored() -> TestServer {
    TestServer::to(&lesson_of("acme/webshop", STORED), FROZEN)
}

/// The answer to the next status request with this fault.
async fn faults(what: FaultKind) -> TestAnswer {
    let server = TestServer::to_default(FROZEN);
    server.practice.trigger(Fault::next(ApiCall::ExportStatus, what));
    let answer = server.get("/projects/101/export").await;
    assert_eq!(server.get("/projects/101/export").await.status, 200, "a fault strikes as often as it says");
    answer
}

#[tokio::test]
async fn answers_of_the_edge_are_passed_unchanged() {
    let cases = [
        (FaultKind::BadGateway, 502, "nginx"),
        (FaultKind::Unavailable, 503, "<html>"),
        (FaultKind::InternalError, 500, "{\"message\":\"500 Internal Server Error\"}"),
        (FaultKind::EmptyAnswer { status: 500 }, 500, ""),
        (FaultKind::RetryLater { retry_after: None }, 429, "Retry later\n"),
        (FaultKind::Html, 200, "<!DOCTYPE html>"),
        (FaultKind::Json, 200, "{\"message\":\"200 OK\"}"),
        (FaultKind::TokenRevoked, 401, "invalid_token"),
        (FaultKind::ExportDisabled, 404, "{\"message\":\"404 Not Found\"}"),
        (FaultKind::UnknownStatus { word: "dreaming".into() }, 200, "\"export_status\":\"dreaming\""),
    ];
    for (error, status, text) in cases {
        let answer = faults(error.clone()).await;
        assert_eq!(answer.status, status, "{error:?}");
        assert!(answer.text().contains(text), "{error:?}: {}", answer.text());
    }
    let teapot = FaultKind::Answer { status: 418, content_type: "text/x".into(), body: "short".into() };
    let answer = faults(teapot).await;
    assert_eq!(
        (answer.status, answer.header("content-type"), answer.text().as_str()),
        (418, "text/x", "short")
    );
}

#[tokio::test]
async fn retry_after_is_left_out_or_seconds_or_a_date() {
    assert_eq!(faults(FaultKind::RateLimited { retry_after: None }).await.header("retry-after"), "");
    let seconds = faults(FaultKind::RateLimited { retry_after: Some("7".into()) }).await;
    assert_eq!(seconds.header("retry-after"), "7");
    assert!(seconds.json()["message"]["error"].is_string());
    let date = faults(FaultKind::RetryLater { retry_after: Some("date".into()) }).await;
    assert!(httpdate::parse_http_date(date.header("retry-after")).is_ok());
}

#[tokio::test]
async fn runs_end_as_the_script_says() {
    for (error, word) in [(FaultKind::SilentNone, "none"), (FaultKind::FailedRun, "failed")] {
        let server = TestServer::to_default(FAST);
        // A run that never ends leaves time to find it and then trigger a fault by hand.
        server.practice.trigger(Fault::next(ApiCall::ExportStart, FaultKind::StuckStarted));
        assert_eq!(server.post("/projects/101/export").await.status, 202);
        server.until("101", "started").await;
        server.practice.trigger(Fault::next(ApiCall::ExportStart, error));
        server.until("101", word).await;
    }
    let server = TestServer::to_default(FAST);
    server.practice.trigger(Fault::next(ApiCall::ExportStart, FaultKind::FailedRun));
    server.post("/projects/101/export").await;
    server.until("101", "failed").await;
    let server = TestServer::to_default(FROZEN);
    server.practice.trigger(Fault::next(ApiCall::ExportStart, FaultKind::StaleFailed));
    server.post("/projects/101/export").await;
    assert_eq!(server.get("/projects/101/export").await.json()["export_status"], "failed");
}

#[tokio::test]
async fn a_cut_happens_at_its_byte_and_the_rest_can_be_fetched() {
    let server = stored();
    let location = server.location("101").await;
    let whole = hear(server.client.get(&location)).await.unwrap().body;
    for error in [FaultKind::CutAfter { bytes: 777_777 }, FaultKind::ShortBody { missing_bytes: 3 }] {
        server.practice.trigger(Fault::next(ApiCall::Object, error.clone()));
        let cut = hear(server.client.get(&location)).await.unwrap();
        assert!(!cut.whole);
        let expected = if matches!(error, FaultKind::CutAfter { .. }) { 777_777 } else { whole.len() - 3 };
        assert_eq!(cut.body.len(), expected);
        assert_eq!(cut.body, whole[..expected]);
        assert_eq!(cut.header("content-length"), whole.len().to_string());
    }
    server.practice.trigger(Fault::next(ApiCall::Object, FaultKind::ResetAfter { bytes: 500_000 }));
    let reset = hear(server.client.get(&location)).await;
    assert!(reset.is_err() || reset.is_ok_and(|answer| !answer.whole && answer.body.len() <= 500_000));
    server.practice.trigger(Fault::next(ApiCall::Object, FaultKind::CutInHeader { after_bytes: 40 }));
    assert!(hear(server.client.get(&location)).await.is_err());
    assert_eq!(hear(server.client.get(&location)).await.unwrap().body, whole);
}

#[tokio::test]
async fn a_stall_sends_its_bytes_and_then_nothing() {
    let server = stored();
    let location = server.location("101").await;
    server.practice.trigger(Fault::next(ApiCall::Object, FaultKind::StallAfter { bytes: 10_000 }));
    let mut response = server.client.get(&location).send().await.unwrap();
    let mut received = 0;
    while received < 10_000 {
        received += response.chunk().await.unwrap().unwrap().len();
    }
    assert_eq!(received, 10_000);
    let more = tokio::time::timeout(Duration::from_millis(50), response.chunk()).await;
    assert!(more.is_err(), "nothing more comes");
}

#[tokio::test]
async fn bandwidth_is_limited_per_connection() {
    let server = TestServer::to(
        &lesson_of("acme/webshop", "[[world.project]]\npath = \"acme/webshop\"\nearlier = \"file\""),
        FROZEN,
    );
    let location = server.location("101").await;
    server.practice.trigger(Fault::next(ApiCall::Object, FaultKind::Slow { bytes_per_s: 500_000 }));
    let started = tokio::time::Instant::now();
    let answer = hear(server.client.get(&location)).await.unwrap();
    let size = server.practice.world().project("acme/webshop").unwrap().archive_bytes();
    assert_eq!(answer.body.len() as u64, size);
    // The minimum time for this bandwidth; a slow machine only takes longer.
    assert!(started.elapsed() >= Duration::from_millis((size / 10_000 - 1) * 20));
}

#[tokio::test]
async fn a_closed_listener_refuses_and_opens_again() {
    let server = stored();
    let location = server.location("101").await;
    server.practice.trigger(Fault::next(ApiCall::Object, FaultKind::Refused { for_ms: 3_600_000 }));
    // One more connection may have been waiting in the queue when the listener closed.
    let mut tries = 0;
    while !hear(server.client.get(&location)).await.is_err_and(|error| error.is_connect()) {
        tries += 1;
        assert!(tries < 1000, "the listener still accepts");
    }
    assert_eq!(server.get("/version").await.status, 200, "the API's listener is another one");
    let server = stored();
    let location = server.location("101").await;
    server.practice.trigger(Fault::next(ApiCall::Object, FaultKind::Refused { for_ms: 20 }));
    assert!(hear(server.client.get(&location)).await.is_err());
    for request in 0.. {
        assert!(request < MOST_ASKED, "the storage never listens again");
        if let Ok(answer) = hear(server.client.get(&location)).await {
            assert_eq!(answer.status, 200);
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn ranges_are_answered_wrongly_on_demand() {
    let server = stored();
    let location = server.location("101").await;
    let size = server.practice.world().project("acme/webshop").unwrap().archive_bytes();
    let ask = async |error: FaultKind| {
        server.practice.trigger(Fault::next(ApiCall::Object, error));
        hear(server.client.get(&location).header("Range", "bytes=1000-1999")).await.unwrap()
    };
    let shifted = ask(FaultKind::WrongRange).await;
    assert_eq!(
        (shifted.status, shifted.header("content-range")),
        (206, format!("bytes 1001-2000/{size}").as_str())
    );
    let total = ask(FaultKind::WrongTotal).await;
    assert_eq!(total.header("content-range"), format!("bytes 1000-1999/{}", size + 1));
    let ignored = ask(FaultKind::RangeIgnored).await;
    assert_eq!((ignored.status, ignored.body.len() as u64), (200, size));
    assert_eq!(ask(FaultKind::RangeRefused).await.status, 416);
    let chunked = ask(FaultKind::NoLength).await;
    assert_eq!((chunked.header("content-length"), chunked.header("transfer-encoding")), ("", "chunked"));
    assert_eq!(chunked.body.len(), 1000);
}

#[tokio::test]
async fn a_changed_file_has_another_etag_and_other_bytes_from_then_on() {
    let server = stored();
    let location = server.location("101").await;
    let before = hear(server.client.get(&location)).await.unwrap();
    server.practice.trigger(Fault::next(ApiCall::Object, FaultKind::Changed));
    let request =
        server.client.get(&location).header("Range", "bytes=100-").header("If-Range", before.header("etag"));
    let after = hear(request).await.unwrap();
    assert_eq!(after.status, 200, "If-Range no longer holds");
    assert_ne!(after.header("etag"), before.header("etag"));
    assert_ne!(after.body, before.body);
    assert_eq!(hear(server.client.get(&location)).await.unwrap().body, after.body);
}

#[tokio::test]
async fn the_stored_file_is_damaged_on_demand() {
    let server = stored();
    let location = server.location("101").await;
    let sound = hear(server.client.get(&location)).await.unwrap().body;
    server.practice.trigger(Fault::next(ApiCall::ExportStart, FaultKind::Truncated { missing_bytes: 9 }));
    let cut = hear(server.client.get(&location)).await.unwrap();
    assert!(cut.whole && cut.body.len() == sound.len() - 9, "its length is consistent");
    server.practice.trigger(Fault::next(ApiCall::ExportStart, FaultKind::Corrupted { at_byte: 5_000 }));
    let flipped = hear(server.client.get(&location)).await.unwrap().body;
    assert_ne!(flipped[5_000], sound[5_000]);
    server.practice.trigger(Fault::next(ApiCall::ExportStart, FaultKind::NotAnExport));
    assert!(hear(server.client.get(&location)).await.unwrap().body.len() < 1_000);
}

#[tokio::test]
async fn redirects_lead_astray_on_demand() {
    let server = stored();
    server.practice.trigger(Fault::next(ApiCall::ExportDownload, FaultKind::RedirectLoop));
    let mut location = server.location("101").await;
    for _ in 0..8 {
        let hop = hear(server.client.get(&location)).await.unwrap();
        assert_eq!(hop.status, 302);
        assert_ne!(hop.header("location"), location);
        hop.header("location").clone_into(&mut location);
    }
    server.practice.trigger(Fault::next(ApiCall::ExportDownload, FaultKind::RedirectForeign));
    let location = server.location("101").await;
    assert!(location.starts_with(server.practice.foreign_url()));
    hear(server.client.get(&location).header("private-token", "planted")).await.unwrap();
    let seen = server.practice.requests();
    let leaked = seen.iter().find(|seen| seen.origin == Listener::Foreign).unwrap();
    assert_eq!((leaked.header("private-token"), leaked.status), (Some("planted"), 200));
    server.practice.trigger(Fault::next(ApiCall::ExportDownload, FaultKind::RedirectMissingHost));
    assert!(hear(server.client.get(server.location("101").await)).await.is_err());
}

#[tokio::test]
async fn a_file_can_vanish_between_checks_and_links_can_be_missing() {
    let server = stored();
    server
        .practice
        .trigger(Fault { times: 2, ..Fault::next(ApiCall::ExportDownload, FaultKind::FileNotReady) });
    for _ in 0..2 {
        let answer = server.get("/projects/101/export/download").await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.json()["message"], "The project export file is not available yet");
    }
    assert_eq!(server.get("/projects/101/export/download").await.status, 302);
    server.practice.trigger(Fault::next(ApiCall::ExportStatus, FaultKind::LinksMissing));
    let status = server.get("/projects/101/export").await.json();
    assert_eq!(status["export_status"], "finished");
    assert!(status.get("_links").is_none());
}
