use std::io::Read as _;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::*;

fn earlier(project: &str, storage: &str) -> Lesson {
    lesson_of(
        project,
        &format!(
            "[world.limits]\nproject_download_export = 0\n[[world.project]]\npath = \"{project}\"\nsize = \"medium\"\nstorage = \"{storage}\"\nearlier = \"file\""
        ),
    )
}

fn sha256(bytes: &[u8]) -> String {
    archive::hex(&Sha256::digest(bytes))
}

#[tokio::test]
async fn a_redirect_leads_to_the_storage_which_sends_the_whole_archive() {
    let server = TestServer::to(&earlier("acme/webshop", "redirect"), FROZEN);
    let location = server.location("101").await;
    assert!(location.starts_with(server.practice.storage_url()));
    for part in ["X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Date=", "X-Amz-Expires=600", "X-Amz-Signature="] {
        assert!(location.contains(part), "{location}");
    }
    let file = hear(server.client.get(&location)).await.unwrap();
    assert_eq!((file.status, file.whole, file.header("content-disposition")), (200, true, ""));
    assert!(file.header("etag").starts_with('"'));
    let world = server.practice.world();
    let project = world.project("acme/webshop").unwrap();
    assert_eq!(sha256(&file.body), project.archive_sha256());
    let name = project.file_name.clone().unwrap();
    assert!(
        location.contains(&format!("/{name}?")) && name.ends_with("_acme_webshop_export.tar.gz"),
        "{name}"
    );
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(&file.body[..]).read_to_end(&mut tar).unwrap();
}

#[tokio::test]
async fn the_storage_refuses_credentials_strangers_and_old_links() {
    let server = TestServer::to(&earlier("acme/webshop", "redirect"), FROZEN);
    let location = server.location("101").await;
    let with_token = hear(server.client.get(&location).header("PRIVATE-TOKEN", "x")).await.unwrap();
    let with_bearer = hear(server.client.get(&location).bearer_auth("x")).await.unwrap();
    assert_eq!(
        (with_token.status, with_bearer.status),
        (200, 400),
        "S3 knows nothing of GitLab's own header"
    );
    let tampered =
        hear(server.client.get(location.replace("X-Amz-Expires=600", "X-Amz-Expires=9000"))).await.unwrap();
    assert!(tampered.status == 403 && tampered.text().contains("SignatureDoesNotMatch"));
    let unsigned = hear(server.client.get(location.split('?').next().unwrap())).await.unwrap();
    assert!(unsigned.status == 403 && unsigned.text().contains("AccessDenied"));
    let head = hear(server.client.head(&location)).await.unwrap();
    assert_eq!(head.status, 403, "signed for GET");
    let once = FaultKind::ExpiringLink { after_ms: None, after_requests: Some(1) };
    server.practice.trigger(Fault::next(ApiCall::ExportDownload, once));
    let location = server.location("101").await;
    assert_eq!(hear(server.client.get(&location)).await.unwrap().status, 200);
    let expired = hear(server.client.get(&location)).await.unwrap();
    assert_eq!(expired.status, 403);
    assert!(
        expired.text().contains("<Error><Code>AccessDenied</Code><Message>Request has expired</Message>")
    );
    let at_once = FaultKind::ExpiringLink { after_ms: Some(0), after_requests: None };
    server.practice.trigger(Fault::next(ApiCall::ExportDownload, at_once));
    assert_eq!(hear(server.client.get(server.location("101").await)).await.unwrap().status, 403);
}

#[tokio::test]
async fn a_head_gets_a_link_signed_for_head() {
    let server = TestServer::to(&earlier("acme/webshop", "redirect"), FROZEN);
    let redirect = server.hear(server.client.head(server.api("/projects/101/export/download"))).await;
    let head = hear(server.client.head(redirect.header("location"))).await.unwrap();
    let size = server.practice.world().project("acme/webshop").unwrap().archive_bytes();
    assert_eq!((head.status, head.header("content-length")), (200, size.to_string().as_str()));
    assert_eq!(hear(server.client.get(redirect.header("location"))).await.unwrap().status, 403);
}

#[tokio::test]
async fn ranges_and_conditions_are_honoured_in_all_three_ways() {
    for storage in ["redirect", "local", "proxied"] {
        let server = TestServer::to(&earlier("acme/webshop", storage), FROZEN);
        let url = match storage {
            "redirect" => server.location("101").await,
            _ => server.api("/projects/101/export/download"),
        };
        let ask = || match storage {
            "redirect" => server.client.get(&url),
            _ => server.client.get(&url).header("PRIVATE-TOKEN", &server.token),
        };
        let whole = hear(ask()).await.unwrap();
        assert_eq!((whole.status, whole.header("accept-ranges")), (200, "bytes"), "{storage}");
        let size = whole.body.len();
        assert_eq!(whole.header("content-length"), size.to_string());
        let validator = if storage == "local" { "last-modified" } else { "etag" };
        let validator = whole.header(validator).to_owned();
        let part =
            hear(ask().header("Range", "bytes=1000000-").header("If-Range", &validator)).await.unwrap();
        assert_eq!(part.status, 206, "{storage}");
        assert_eq!(part.header("content-range"), format!("bytes 1000000-{}/{size}", size - 1));
        assert_eq!(part.body, whole.body[1_000_000..]);
        let other = hear(ask().header("Range", "bytes=9-").header("If-Range", "\"other\"")).await.unwrap();
        assert_eq!((other.status, other.body.len()), (200, size));
        let beyond = hear(ask().header("Range", format!("bytes={size}-"))).await.unwrap();
        assert_eq!(
            (beyond.status, beyond.header("content-range")),
            (416, format!("bytes */{size}").as_str())
        );
    }
}

#[tokio::test]
async fn a_local_file_has_a_disposition_and_no_etag_a_proxied_one_the_other_way_round() {
    let local =
        TestServer::to(&earlier("acme/handbook", "local"), FROZEN).get("/projects/102/export/download").await;
    let disposition = local.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"20") && disposition.contains("; filename*=UTF-8''20")
    );
    assert_eq!((local.header("etag"), local.header("content-type")), ("", "application/octet-stream"));
    let proxied = TestServer::to(&earlier("acme/handbook", "proxied"), FROZEN)
        .get("/projects/102/export/download")
        .await;
    assert_eq!(proxied.header("content-disposition"), "");
    assert!(!proxied.header("etag").is_empty());
}

#[tokio::test]
async fn one_download_a_minute_counted_before_any_lookup() {
    let server = TestServer::to_default(FROZEN);
    assert_eq!(server.get("/projects/101/export/download").await.status, 404);
    let limited = server.get("/projects/101/export/download").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "60"));
    assert!(limited.json()["message"]["error"].is_string());
    let other = server.get("/projects/102/export/download").await;
    assert_eq!((other.status, other.json()), (404, json!({"message": "404 Not found or has expired"})));
    let head = server.hear(server.client.head(server.api("/projects/102/export/download"))).await;
    assert_eq!(head.status, 429, "HEAD is a unit too");
}

#[tokio::test]
async fn gigabytes_are_served_from_any_offset_without_being_held() {
    let lesson = lesson_of(
        "acme/warehouse",
        "[[world.project]]\npath = \"acme/warehouse\"\nsize = \"four_gigabytes\"\nearlier = \"file\"",
    );
    let server = TestServer::to(&lesson, FROZEN);
    let location = server.location("acme%2Fwarehouse").await;
    let size = server.practice.world().project("acme/warehouse").unwrap().archive_bytes();
    assert!(size > 4_000_000_000, "{size}");
    for first in [0, 4_294_967_000, size - 5_000] {
        let range = format!("bytes={first}-{}", first + 999);
        let part = hear(server.client.get(&location).header("Range", range)).await.unwrap();
        assert_eq!((part.status, part.body.len()), (206, 1000));
    }
}
