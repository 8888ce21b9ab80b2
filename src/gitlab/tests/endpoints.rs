//! Each endpoint: which request is sent, and how its answer is parsed.

use super::origin::{Origin, answer, json};
use crate::gitlab::{ErrorKind, Listed, ProjectKey, Schedule, UploadMethod, UploadTo};

#[tokio::test]
async fn a_path_is_one_segment_on_the_raw_request_line() {
    let gitlab = Origin::always(json(
        200,
        r#"{"id":42,"description":null,"name":"P","path_with_namespace":"g/s/p","created_at":"2020-01-01T00:00:00Z",
            "export_status":"regeneration_in_progress"}"#,
    ))
    .await;
    let key = ProjectKey::Path("g/s/p.x".to_owned());
    let status = gitlab.client().export_status(&key).await.unwrap();
    assert_eq!(gitlab.seen()[0].line, "GET /api/v4/projects/g%2Fs%2Fp.x/export HTTP/1.1");
    assert_eq!((status.id, status.export_status.as_str()), (42, "regeneration_in_progress"));
    assert!(!status.has_links);
    assert_eq!(status.correlation_id.as_deref(), Some("01REQUEST"));
}

#[tokio::test]
async fn words_of_tomorrow_and_links_are_kept() {
    let body = r#"{"id":1,"path_with_namespace":"g/p","export_status":"polishing","_links":{"api_url":"x"},"new":1}"#;
    let gitlab = Origin::always(json(200, body)).await;
    let status = gitlab.client().export_status(&ProjectKey::Id(1)).await.unwrap();
    assert_eq!(status.export_status, "polishing");
    assert!(status.has_links);
}

#[tokio::test]
async fn an_export_is_requested_with_exactly_what_was_given() {
    let gitlab = Origin::always(json(202, r#"{"message":"202 Accepted"}"#)).await;
    let client = gitlab.client();
    let accepted = client.schedule_export(&ProjectKey::Id(1), &Schedule::default()).await.unwrap();
    assert_eq!(accepted.correlation_id.as_deref(), Some("01REQUEST"));
    let upload = UploadTo { url: " https://s3/x?a=1&b=2 ".to_owned(), method: UploadMethod::Post };
    assert!(!format!("{upload:?}").contains("a=1"));
    let schedule = Schedule { description: Some("d".to_owned()), upload: Some(upload) };
    client.schedule_export(&ProjectKey::Id(1), &schedule).await.unwrap();
    let seen = gitlab.seen();
    assert_eq!(seen[0].line, "POST /api/v4/projects/1/export HTTP/1.1");
    assert_eq!(seen[0].body, b"{}");
    let sent: serde_json::Value = serde_json::from_slice(&seen[1].body).unwrap();
    assert_eq!(
        sent,
        serde_json::json!({"description":"d","upload":{"url":"https://s3/x?a=1&b=2","http_method":"POST"}})
    );

    let empty = UploadTo { url: "  ".to_owned(), method: UploadMethod::Put };
    let schedule = Schedule { upload: Some(empty), ..Schedule::default() };
    let error = client.schedule_export(&ProjectKey::Id(1), &schedule).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Usage(_)));
    assert_eq!(gitlab.seen().len(), 2, "nothing was sent");
}

#[tokio::test]
async fn a_project_has_sizes_and_roles() {
    let body = r#"{"id":7,"path_with_namespace":"g/p","permissions":{"project_access":null,
        "group_access":{"access_level":50,"notification_level":3}},"statistics":{"repository_size":5,"storage_size":9}}"#;
    let gitlab = Origin::always(json(200, body)).await;
    let project = gitlab.client().project(&ProjectKey::Id(7), true).await.unwrap();
    assert_eq!(gitlab.seen()[0].path(), "/api/v4/projects/7?statistics=true");
    assert_eq!(project.access_level(), Some(50));
    assert_eq!(project.statistics.unwrap().storage_bytes, Some(9));
}

#[tokio::test]
async fn a_search_text_stays_one_parameter() {
    let gitlab = Origin::always(json(200, "[]")).await;
    assert!(gitlab.client().search_projects("a&b=c/ü #").await.unwrap().is_empty());
    assert!(gitlab.seen()[0].path().starts_with("/api/v4/projects?search=a%26b%3Dc%2F%C3%BC+%23&"));
}

#[tokio::test]
async fn who_and_which_version() {
    let gitlab = Origin::start(|seen| match seen.path() {
        "/api/v4/version" => json(200, r#"{"version":"18.6.0-ee","revision":"abc"}"#),
        "/api/v4/metadata" => json(200, r#"{"version":"18.6.0-ee","enterprise":true,"kas":{}}"#),
        "/api/v4/personal_access_tokens/self" => {
            json(200, r#"{"id":1,"scopes":["api"],"expires_at":"2026-12-31","active":true,"revoked":false}"#)
        }
        _ => json(404, r#"{"error":"404 Not Found"}"#),
    })
    .await;
    let client = gitlab.client();
    assert_eq!(client.version().await.unwrap().version, "18.6.0-ee");
    assert_eq!(client.metadata().await.unwrap().enterprise, Some(true));
    let token = client.token_self().await.unwrap();
    assert_eq!((token.scopes, token.expires_at.as_deref()), (vec!["api".to_owned()], Some("2026-12-31")));
    assert_eq!(client.user().await.unwrap_err().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_relative_root_is_kept() {
    let gitlab = Origin::always(json(200, r#"{"version":"18.6.0"}"#)).await;
    let instance = crate::gitlab::Instance::parse(&format!("{}/git/lab/", gitlab.url)).unwrap();
    let client = crate::gitlab::Client::new(instance, None, &super::origin::patient()).unwrap();
    client.version().await.unwrap();
    let seen = &gitlab.seen()[0];
    assert_eq!(seen.path(), "/git/lab/api/v4/version");
    assert!(!seen.has_credentials(), "without a token nothing is sent");
}

#[tokio::test]
async fn totals_are_read_from_the_header_or_the_statistics() {
    let gitlab = Origin::start(|seen| match seen.path() {
        "/api/v4/projects/7/issues_statistics?scope=all" => {
            json(200, r#"{"statistics":{"counts":{"all":20500,"closed":5,"opened":15}}}"#)
        }
        path if path.starts_with("/api/v4/projects/7/labels") => {
            answer(200, &[("content-type", "application/json"), ("x-total", "12")], "[{}]")
        }
        path if path.starts_with("/api/v4/projects/7/milestones") => json(200, "<html>sign in</html>"),
        // More than 10,000 records: GitLab omits the header.
        _ => json(200, "[{}]"),
    })
    .await;
    let client = gitlab.client();
    let total = async |relation: &str| {
        let listed = Listed::ALL.into_iter().find(|listed| listed.relation == relation).unwrap();
        client.project_total(&ProjectKey::Id(7), listed).await
    };
    assert_eq!(total("issues").await.unwrap(), Some(20_500));
    assert_eq!(total("labels").await.unwrap(), Some(12));
    assert_eq!(total("merge_requests").await.unwrap(), None);
    assert!(total("milestones").await.is_err(), "a page is no total");
    assert_eq!(gitlab.seen()[1].path(), "/api/v4/projects/7/labels?include_ancestor_groups=false&per_page=1");
}
