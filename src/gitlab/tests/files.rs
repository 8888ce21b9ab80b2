//! Files: heads, ranges, ends.

use super::origin::{Origin, Reply, answer, json, to, watchful};
use crate::gitlab::{Body, ContentRange, DownloadAnswer, ErrorKind, ProjectKey, RequestPhase, Resume};

const PROJECT: ProjectKey = ProjectKey::Id(1);

async fn direct(origin: &Origin) -> Body {
    match origin.client().download(&PROJECT).await.unwrap() {
        DownloadAnswer::Direct(body) => body,
        DownloadAnswer::Storage(link) => panic!("a link to {}", link.url),
    }
}

async fn all(mut body: Body) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(piece) = body.chunk().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    bytes
}

#[tokio::test]
async fn a_direct_download_has_its_headers_and_its_bytes() {
    let headers = [
        ("Content-Disposition", "attachment; filename=\"../a.tar.gz\"; filename*=UTF-8''..%2Fa.tar.gz"),
        ("Content-Type", "application/octet-stream"),
        ("Last-Modified", "Sat, 21 Nov 2026 07:00:00 GMT"),
        ("Accept-Ranges", "bytes"),
        ("X-Request-Id", "01FILE"),
    ];
    let gitlab = Origin::always(answer(200, &headers, b"\x1f\x8b\x08rest")).await;
    let body = direct(&gitlab).await;
    assert_eq!(body.head.file_name.as_deref(), Some("a.tar.gz"));
    assert_eq!(body.head.content_length, Some(7));
    assert_eq!(body.head.content_type.as_deref(), Some("application/octet-stream"));
    assert_eq!(body.head.validator(), Some("Sat, 21 Nov 2026 07:00:00 GMT"));
    assert!(body.head.accept_ranges);
    assert_eq!(body.head.correlation_id.as_deref(), Some("01FILE"));
    assert_eq!(all(body).await, b"\x1f\x8b\x08rest");
}

#[tokio::test]
async fn a_resume_asks_for_a_range_of_the_same_file() {
    let gitlab = Origin::start(|seen| match seen.header("range") {
        Some("bytes=4-") => answer(206, &[("Content-Range", "bytes 4-6/7"), ("ETag", "\"e\"")], "est"),
        Some(_) => answer(416, &[("Content-Range", "bytes */7"), ("Content-Type", "text/html")], "<html>"),
        None => to("/storage/x?sig=1"),
    })
    .await;
    let client = gitlab.client();
    let resume = Resume { from: 4, to: None, validator: Some("\"e\"".to_owned()) };
    let DownloadAnswer::Direct(body) = client.download_from(&PROJECT, &resume).await.unwrap() else {
        panic!("a file")
    };
    assert_eq!(body.head.status, 206);
    let part = ContentRange::Part { first: 4, last: 6, total: Some(7) };
    assert_eq!(body.head.content_range, Some(part));
    assert_eq!(all(body).await, b"est");
    assert_eq!(gitlab.seen()[0].header("if-range"), Some("\"e\""));

    let DownloadAnswer::Storage(link) = client.download(&PROJECT).await.unwrap() else { panic!("a link") };
    let beyond = Resume { from: 9, to: Some(12), validator: None };
    let body = client.fetch(&link.url, Some(&beyond)).await.unwrap();
    assert_eq!(
        (body.head.status, body.head.content_range),
        (416, Some(ContentRange::Unsatisfied { total: 7 }))
    );
    let last = gitlab.seen().pop().unwrap();
    assert_eq!((last.header("range"), last.header("if-range")), (Some("bytes=9-12"), None));
}

#[tokio::test]
async fn a_cut_and_a_stall_are_not_the_end() {
    let partial = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nsome".to_vec();
    let cut = Origin::always(Reply::Bytes(partial.clone())).await;
    let mut body = direct(&cut).await;
    assert_eq!(body.chunk().await.unwrap().unwrap(), "some");
    assert_eq!(body.chunk().await.unwrap_err().kind, ErrorKind::Cut);

    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n".to_vec();
    let cut = Origin::always(Reply::Bytes(chunked)).await;
    let mut body = direct(&cut).await;
    assert_eq!(body.chunk().await.unwrap().unwrap(), "some");
    assert_eq!(body.chunk().await.unwrap_err().kind, ErrorKind::Cut);

    let still = Origin::always(Reply::Stall(partial)).await;
    let DownloadAnswer::Direct(mut body) = still.client_with(&watchful()).download(&PROJECT).await.unwrap()
    else {
        panic!("a file")
    };
    assert_eq!(body.chunk().await.unwrap().unwrap(), "some");
    assert_eq!(body.chunk().await.unwrap_err().kind, ErrorKind::TimedOut { phase: RequestPhase::Body });
}

#[tokio::test]
async fn refusals_and_pages_are_no_files() {
    for (reply, kind) in [
        (json(404, r#"{"message":"404 Not found or has expired"}"#), ErrorKind::NoExportFile),
        (
            answer(404, &[("Content-Type", "text/plain; charset=utf-8")], "404 page not found\n"),
            ErrorKind::WorkhorseFileMissing,
        ),
        (
            answer(200, &[("Content-Type", "text/html")], "<html>sign in"),
            ErrorKind::HtmlInsteadOfJson { status: 200, ray: None },
        ),
    ] {
        let gitlab = Origin::always(reply).await;
        assert_eq!(gitlab.client().download(&PROJECT).await.unwrap_err().kind, kind);
    }
}

#[tokio::test]
async fn an_expired_link_gives_the_storages_code() {
    let storage = Origin::always(answer(
        403,
        &[("Content-Type", "application/xml")],
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
    ))
    .await;
    let gitlab = Origin::always(to(&format!("{}/b/a.gz?X-Amz-Signature=secret", storage.url))).await;
    let client = gitlab.client();
    let DownloadAnswer::Storage(link) = client.download(&PROJECT).await.unwrap() else { panic!("a link") };
    let error = client.fetch(&link.url, None).await.unwrap_err();
    let denied = ErrorKind::StorageDenied { status: 403, code: Some("AccessDenied".to_owned()) };
    assert_eq!(error.kind, denied);
    assert_eq!(error.said.as_deref(), Some("Request has expired"));
    assert!(!format!("{error} {error:?}").contains("secret"));
}
