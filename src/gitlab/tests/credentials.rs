//! Credentials go to the instance's own origin and nowhere else.

use super::origin::{Origin, TOKEN, answer, json, to};
use crate::gitlab::{DownloadAnswer, ErrorKind, ProjectKey, Schedule, UploadMethod, UploadTo};

const PROJECT: ProjectKey = ProjectKey::Id(1);

#[tokio::test]
async fn the_instance_gets_the_token_and_an_honest_name() {
    let gitlab = Origin::always(json(200, r#"{"id":1,"username":"tanuki"}"#)).await;
    assert_eq!(gitlab.client().user().await.unwrap().username, "tanuki");
    let seen = &gitlab.seen()[0];
    assert_eq!(seen.line, "GET /api/v4/user HTTP/1.1");
    assert_eq!(seen.header("private-token"), Some(TOKEN));
    assert_eq!(seen.header("user-agent"), Some(concat!("export-desk/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn a_storage_gets_no_credential_on_any_hop() {
    let storage = Origin::start(|seen| match seen.path() {
        "/cdn/a.tar.gz?sig=1" => to("/bucket/a.tar.gz?sig=2"),
        _ => answer(200, &[("ETag", "\"e\"")], "bytes"),
    })
    .await;
    let link = format!("{}/cdn/a.tar.gz?sig=1", storage.url);
    let gitlab = Origin::always(to(&link)).await;
    let client = gitlab.client();

    let DownloadAnswer::Storage(link) = client.download(&PROJECT).await.unwrap() else { panic!("a link") };
    assert_eq!(link.file_name.as_deref(), Some("a.tar.gz"));
    assert!(!format!("{link:?}").contains("sig="));
    assert!(storage.seen().is_empty(), "a link is not fetched before it is asked for");

    let mut body = client.fetch(&link.url, None).await.unwrap();
    assert_eq!(body.chunk().await.unwrap().unwrap(), "bytes");
    assert_eq!(storage.seen().len(), 2);
    assert!(storage.seen().iter().all(|seen| !seen.has_credentials()), "{:?}", storage.seen());
    assert!(gitlab.seen()[0].has_credentials());
    assert!(client.last_calls().iter().all(|call| !format!("{call:?}").contains("sig=")));
}

#[tokio::test]
async fn a_link_back_to_the_instance_is_fetched_without_credentials() {
    let gitlab = Origin::start(|seen| match seen.path() {
        "/api/v4/projects/1/export/download" => to("/minio/a.tar.gz?sig=1"),
        "/minio/a.tar.gz?sig=1" => to("/api/v4/elsewhere"),
        _ => answer(200, &[], "bytes"),
    })
    .await;
    let client = gitlab.client();
    let DownloadAnswer::Storage(link) = client.download(&PROJECT).await.unwrap() else { panic!("a link") };
    client.fetch(&link.url, None).await.unwrap();
    let carried: Vec<bool> = gitlab.seen().iter().map(super::origin::Seen::has_credentials).collect();
    assert_eq!(carried, [true, false, false]);
}

#[tokio::test]
async fn an_api_call_never_leaves_the_instance() {
    let other = Origin::always(json(200, r#"{"id":1,"username":"thief"}"#)).await;
    let gitlab = Origin::always(to(&format!("{}/api/v4/user?private_token=x", other.url))).await;
    let error = gitlab.client().user().await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::RedirectRefused(_)));
    assert!(error.to_string().contains(&other.url), "{error}");
    assert!(!error.to_string().contains("private_token"), "{error}");
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_moved_project_is_followed_within_the_instance() {
    let gitlab = Origin::start(|seen| match seen.path() {
        "/api/v4/projects/old%2Fpath" => to("/api/v4/projects/7"),
        _ => json(200, r#"{"id":7,"path_with_namespace":"new/path"}"#),
    })
    .await;
    let project = gitlab.client().project(&ProjectKey::Path("old/path".to_owned()), false).await.unwrap();
    assert_eq!(project.path_with_namespace, "new/path");
    assert!(gitlab.seen().iter().all(super::origin::Seen::has_credentials));
}

#[tokio::test]
async fn a_post_is_not_sent_again_unless_the_server_asks_for_the_same_request() {
    let upload = UploadTo { url: "https://s3.example/x?sig=secret".to_owned(), method: UploadMethod::Put };
    let schedule = Schedule { description: None, upload: Some(upload) };
    for status in [301, 302, 303] {
        let gitlab = Origin::always(answer(status, &[("Location", "/api/v4/other")], "")).await;
        let error = gitlab.client().schedule_export(&PROJECT, &schedule).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::RedirectRefused(_)), "{status}");
        assert_eq!(gitlab.seen().len(), 1);
    }
    let other = Origin::always(json(202, "{}")).await;
    let gitlab = Origin::always(answer(307, &[("Location", &other.url)], "")).await;
    gitlab.client().schedule_export(&PROJECT, &schedule).await.unwrap_err();
    assert!(other.seen().is_empty());

    let moved = Origin::start(|seen| match seen.path() {
        "/api/v4/projects/1/export" => answer(308, &[("Location", "/api/v4/projects/2/export")], ""),
        _ => json(202, r#"{"message":"202 Accepted"}"#),
    })
    .await;
    moved.client().schedule_export(&PROJECT, &schedule).await.unwrap();
    let bodies: Vec<Vec<u8>> = moved.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn circles_and_gaps_in_redirects_end() {
    let circle = Origin::always(to("/api/v4/again")).await;
    assert_eq!(circle.client().user().await.unwrap_err().kind, ErrorKind::RedirectLoop);
    assert_eq!(circle.seen().len(), 6, "the call and five redirects");

    let nowhere = Origin::always(answer(302, &[], "")).await;
    assert!(matches!(nowhere.client().user().await.unwrap_err().kind, ErrorKind::RedirectRefused(_)));

    let remote = Origin::always(to("http://example.com/x")).await;
    assert_eq!(remote.client().download(&PROJECT).await.unwrap_err().kind, ErrorKind::RedirectToHttp);
}

/// The token in every encoding that a server can use where its answer is parsed, stored, shown or used as a name.
const REFLECTED: [&str; 6] = [
    "glpat-secret",
    "%67lpat-secret",
    "glpat-%73ecret",
    r"gl\pat-secret",
    r#"{"correlation_id":"\u0067lpat-secret"}"#,
    "glpat -secret",
];

#[tokio::test]
async fn a_token_that_a_server_reflects_in_a_header_is_not_read() {
    for value in REFLECTED {
        for name in ["X-Request-Id", "X-Gitlab-Meta", "ETag", "Last-Modified", "Content-Type"] {
            let gitlab =
                Origin::always(answer(404, &[(name, value)], r#"{"message":"404 Not Found"}"#)).await;
            let client = gitlab.client();
            let error = client.user().await.unwrap_err();
            assert!(
                !format!("{error:?} {error} {:?}", client.last_calls()).contains(TOKEN),
                "{name}: {value}"
            );
        }
        let quoted = format!("attachment; filename=\"{}\"", value.replace('"', "\\\""));
        let extended = format!("attachment; filename*=UTF-8''{value}");
        for disposition in [quoted, extended] {
            let headers = [("Content-Disposition", disposition.as_str()), ("ETag", value)];
            let gitlab = Origin::always(answer(200, &headers, "bytes")).await;
            let DownloadAnswer::Direct(body) = gitlab.client().download(&PROJECT).await.unwrap() else {
                panic!("the bytes")
            };
            assert!(!format!("{:?}", body.head).contains(TOKEN), "{disposition}");
        }
        let gitlab = Origin::always(to(&format!("https://store.example/b/{value}.tar.gz?k=1"))).await;
        match gitlab.client().download(&PROJECT).await {
            Ok(DownloadAnswer::Storage(link)) => assert!(!format!("{link:?}").contains(TOKEN), "{value}"),
            Ok(other) => panic!("{other:?}"),
            Err(error) => assert!(!format!("{error:?} {error}").contains(TOKEN), "{value}"),
        }
    }
}

#[tokio::test]
async fn a_token_that_a_server_reflects_in_its_json_is_not_read() {
    for said in [
        r"bad token \u0067lpat-secret",
        r"bad token glpat\u002dsecret",
        r"bad token gl\u0000pat-secret",
        r"bad token gl\u200bpat-sec\u00adret",
        "bad token glpat-secret",
    ] {
        for body in
            [format!(r#"{{"message":"{said}"}}"#), format!(r#"{{"message":{{"{said}":["{said}"]}}}}"#)]
        {
            let gitlab = Origin::always(json(400, &body)).await;
            let error = gitlab.client().user().await.unwrap_err();
            assert!(!format!("{error:?} {error}").contains(TOKEN), "{body}: {error}");
        }
        let gitlab = Origin::always(json(200, &format!(r#"{{"id":1,"username":"{said}"}}"#))).await;
        let user = gitlab.client().user().await.unwrap();
        assert!(!user.username.contains(TOKEN) && user.username.contains("(token)"), "{}", user.username);
    }
    // An answer without a secret stays unchanged.
    let gitlab = Origin::always(json(200, r#"{"id":1,"username":"\u0074anuki \u200b \"quoted\""}"#)).await;
    assert_eq!(gitlab.client().user().await.unwrap().username, "tanuki \u{200b} \"quoted\"");
}

#[tokio::test]
async fn the_keys_of_an_upload_url_are_not_read_back_from_headers() {
    let upload =
        UploadTo { url: "https://s3.example/x?sig=s3cretsignature".to_owned(), method: UploadMethod::Put };
    let schedule = Schedule { description: None, upload: Some(upload) };
    let gitlab = Origin::always(answer(400, &[("X-Request-Id", "s3cret%73ignature")], "{}")).await;
    let error = gitlab.client().schedule_export(&PROJECT, &schedule).await.unwrap_err();
    assert_eq!(error.correlation_id, None, "{error}");
}
