//! Relations, imports and trackers: which requests are sent, and how their answers are parsed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::origin::{Origin, Reply, TOKEN, answer, hasty, json, to};
use crate::gitlab::{
    DownloadAnswer, ErrorKind, ImportTarget, IssueChange, Namespace, NewIssue, ProjectKey, RequestPhase,
    S3Archive,
};

const PROJECT: ProjectKey = ProjectKey::Id(1);

#[tokio::test]
async fn relations_are_read_as_the_server_sends_them() {
    let one = r#"{"relation":"issues","status":-1,"error":"x","batched":true,"batches_count":1,"total_objects_count":9,
        "batches":[{"status":1,"batch_number":1,"objects_count":9,"error":null}]}"#;
    let gitlab = Origin::start(move |seen| match seen.path() {
        "/api/v4/projects/1/export_relations" => json(202, r#"{"message":"202 Accepted"}"#),
        "/api/v4/projects/1/export_relations/status" => {
            json(200, &format!(r#"[{one},{{"relation":"labels","status":0}}]"#))
        }
        "/api/v4/projects/1/export_relations/status?relation=issues" => json(200, one),
        path if path.ends_with("download?relation=issues&batched=true&batch_number=3") => {
            to("/x/issues.gz?sig=1")
        }
        path if path.ends_with("download?relation=labels") => json(404, r#"{"message":"Export not found"}"#),
        _ => json(404, r#"{"message":"404 Not Found"}"#),
    })
    .await;
    let client = gitlab.client();
    client.start_relations(&PROJECT, true).await.unwrap();
    assert_eq!(gitlab.seen()[0].body, br#"{"batched":true}"#);
    let status = client.relations_status(&PROJECT).await.unwrap();
    assert_eq!(
        status.relations.iter().map(|relation| relation.status.as_str()).collect::<Vec<_>>(),
        ["-1", "0"]
    );
    let issues = client.relation_status(&PROJECT, "issues").await.unwrap();
    assert_eq!(issues.batches.unwrap()[0].batch_number, 1);
    let DownloadAnswer::Storage(link) =
        client.download_relation(&PROJECT, "issues", Some(3), None).await.unwrap()
    else {
        panic!("a link")
    };
    assert_eq!(link.file_name.as_deref(), Some("issues.gz"));
    let missing = client.download_relation(&PROJECT, "labels", None, None).await.unwrap_err();
    assert_eq!((missing.kind, missing.said.as_deref()), (ErrorKind::NotFound, Some("Export not found")));
    let off = client.start_relations(&ProjectKey::Id(2), false).await.unwrap_err();
    assert_eq!(off.kind, ErrorKind::RelationsDisabled);
}

#[tokio::test]
async fn an_archive_is_streamed_as_one_multipart_field() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("naïve \"a\".tar.gz");
    let content: Vec<u8> = (0..1_000_003_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(&file, &content).unwrap();
    let body = r#"{"id":5,"path_with_namespace":"g/new","import_status":"scheduled","correlation_id":"01JOB",
        "failed_relations":[{"id":1,"relation_name":"issues","line_number":3}]}"#;
    let gitlab = Origin::always(json(201, body)).await;
    let heard = Arc::new(AtomicU64::new(0));
    let hearing = Arc::clone(&heard);
    let target = ImportTarget {
        path: "new".to_owned(),
        namespace: Some(Namespace::Path("g".to_owned())),
        overwrite: true,
        override_params: [("visibility".to_owned(), "private".to_owned())].into(),
        ..ImportTarget::default()
    };
    let progress = move |bytes| hearing.store(bytes, Ordering::Relaxed);
    let status = gitlab.client().import_file(&file, None, &target, progress).await.unwrap();
    assert_eq!((status.id, status.import_status.as_str()), (5, "scheduled"));
    assert_eq!(status.failed_relations[0].line_number, Some(3));
    assert_eq!(heard.load(Ordering::Relaxed), content.len() as u64);

    let seen = gitlab.seen().remove(0);
    assert_eq!(seen.line, "POST /api/v4/projects/import HTTP/1.1");
    assert_eq!(seen.header("private-token"), Some(TOKEN));
    assert!(seen.header("content-length").is_some(), "Workhorse is told the length");
    let text = String::from_utf8_lossy(&seen.body);
    for part in [
        "name=\"path\"\r\n\r\nnew\r\n",
        "name=\"namespace_path\"\r\n\r\ng\r\n",
        "name=\"override_params[visibility]\"\r\n\r\nprivate\r\n",
        "name=\"overwrite\"\r\n\r\ntrue\r\n",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert!(text.contains("Content-Type: application/gzip\r\n"));
    assert!(!text.contains("name=\"name\""), "what is not given is not sent");
    assert!(seen.body.windows(content.len()).any(|window| window == content));
}

#[tokio::test]
async fn a_failed_upload_is_distinguished() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tar.gz");
    let target = ImportTarget { path: "new".to_owned(), ..ImportTarget::default() };
    let gitlab = Origin::always(json(400, r#"{"message":"Path has already been taken"}"#)).await;
    let error = gitlab.client().import_file(&file, None, &target, |_| ()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Local(_)), "{error}");
    let error = gitlab.client().import_file(folder.path(), None, &target, |_| ()).await.unwrap_err();
    assert!(error.to_string().contains("is not a file"), "{error}");
    assert!(gitlab.seen().is_empty(), "nothing was sent");

    std::fs::write(&file, "archive").unwrap();
    let error = gitlab.client().import_file(&file, None, &target, |_| ()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Parameter("Path has already been taken".to_owned()));
    assert!(!error.maybe_sent());

    let large = Origin::always(answer(413, &[("Content-Type", "text/html")], "<html>")).await;
    let error = large.client().import_file(&file, None, &target, |_| ()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);

    let elsewhere = Origin::always(json(201, "{}")).await;
    let redirecting = Origin::always(answer(307, &[("Location", &elsewhere.url)], "")).await;
    let error = redirecting.client().import_file(&file, None, &target, |_| ()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::RedirectRefused(_)));
    assert!(elsewhere.seen().is_empty());

    let silent = Origin::always(Reply::Stall(Vec::new())).await;
    let error = silent.client_with(&hasty()).import_file(&file, None, &target, |_| ()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut { phase: RequestPhase::ApiAnswer });
    assert!(error.maybe_sent());
}

#[tokio::test]
async fn a_file_that_shrinks_under_the_upload_is_blamed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tar.gz");
    let written = std::fs::File::create(&file).unwrap();
    written.set_len(64 << 20).unwrap();
    let gitlab = Origin::always(json(201, "{}")).await;
    let target = ImportTarget { path: "new".to_owned(), ..ImportTarget::default() };
    // The file is truncated at the first piece, when most of it is not read yet.
    let shrink = move |_| written.set_len(1).unwrap();
    let error = gitlab.client().import_file(&file, None, &target, shrink).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Local("the file became shorter while it was sent".to_owned()));
}

#[tokio::test]
async fn the_other_imports_send_what_gitlab_asks_for() {
    let body = r#"{"id":5,"path_with_namespace":"g/new","import_status":"scheduled"}"#;
    let relation = r#"{"id":9,"project_path":"g/p","relation":"issues","status":"created"}"#;
    let gitlab = Origin::start(move |seen| match seen.path() {
        "/api/v4/projects/import-relation" => json(201, relation),
        "/api/v4/projects/1/relation-imports" => json(200, &format!("[{relation}]")),
        _ => json(201, body),
    })
    .await;
    let client = gitlab.client();
    let target = ImportTarget { path: "new".to_owned(), ..ImportTarget::default() };
    client.import_remote("https://s3.example/a?sig=1", &target).await.unwrap();
    let archive = S3Archive {
        region: "eu".to_owned(),
        bucket_name: "b".to_owned(),
        file_key: "a.tar.gz".to_owned(),
        access_key_id: "AKIA".to_owned(),
        secret_access_key: "s3-secret".to_owned().into(),
    };
    assert!(!format!("{archive:?}").contains("s3-secret"));
    client.import_s3(&archive, &target).await.unwrap();
    assert_eq!(client.import_status(&ProjectKey::Id(5)).await.unwrap().import_status, "scheduled");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tar.gz");
    std::fs::write(&file, "archive").unwrap();
    let import = client.import_relation(&file, None, "g/p", "issues", |_| ()).await.unwrap();
    assert_eq!((import.id, import.status.as_str()), (9, "created"));
    assert_eq!(import.correlation_id.as_deref(), Some("01REQUEST"));
    let listed = crate::gitlab::RelationImport { correlation_id: None, ..import };
    assert_eq!(client.relation_imports(&PROJECT).await.unwrap(), [listed]);

    let sent =
        |index: usize| serde_json::from_slice::<serde_json::Value>(&gitlab.seen()[index].body).unwrap();
    assert_eq!(sent(0), serde_json::json!({"url":"https://s3.example/a?sig=1","path":"new"}));
    let keys = ["access_key_id", "bucket_name", "file_key", "path", "region", "secret_access_key"];
    assert_eq!(sent(1).as_object().unwrap().keys().collect::<Vec<_>>(), keys);
    assert_eq!(gitlab.seen()[2].line, "GET /api/v4/projects/5/import HTTP/1.1");
}

#[tokio::test]
async fn the_tracker_is_read_and_written() {
    let issue = r#"{"id":70,"iid":7,"title":"t","web_url":"https://x/7","state":"opened","labels":["a b"]}"#;
    let gitlab = Origin::start(move |seen| match seen.line.as_str() {
        "POST /api/v4/projects/g%2Ft/issues HTTP/1.1" => json(201, issue),
        "PUT /api/v4/projects/g%2Ft/issues/7 HTTP/1.1" | "GET /api/v4/projects/g%2Ft/issues/7 HTTP/1.1" => {
            json(200, issue)
        }
        "POST /api/v4/projects/g%2Ft/issues/7/notes HTTP/1.1" => {
            json(201, r#"{"id":3,"body":"b","internal":true}"#)
        }
        "GET /api/v4/projects/g%2Ft/templates/issues HTTP/1.1" => {
            json(200, r#"[{"key":"A b","name":"A b"}]"#)
        }
        "GET /api/v4/projects/g%2Ft/templates/issues/A%20b HTTP/1.1" => {
            json(200, r#"{"name":"A b","content":"c"}"#)
        }
        "GET /api/v4/projects/g%2Ft/repository/files/a%2Fb.md/raw?ref=main HTTP/1.1" => {
            answer(200, &[], "# raw")
        }
        line if line.starts_with("GET /api/v4/projects/g%2Ft/issues/7/notes?sort=desc") => {
            json(200, r#"[{"id":3,"body":"b"}]"#)
        }
        line if line.starts_with("GET /api/v4/projects/g%2Ft/labels?search=infradev") => {
            json(200, r#"[{"id":1,"name":"infradev"}]"#)
        }
        line if line.starts_with("GET /api/v4/projects/g%2Ft/issues?search=x+y&in=title%2Cdescription") => {
            json(200, &format!("[{issue}]"))
        }
        _ => json(404, r#"{"message":"404 File Not Found"}"#),
    })
    .await;
    let client = gitlab.client();
    let tracker = ProjectKey::Path("g/t".to_owned());
    assert_eq!(client.search_issues(&tracker, "x y", true).await.unwrap()[0].iid, 7);
    let new = NewIssue {
        title: "t".to_owned(),
        description: "d".to_owned(),
        labels: vec!["a".to_owned(), "b c".to_owned()],
        confidential: true,
    };
    assert_eq!(client.create_issue(&tracker, &new).await.unwrap().web_url, "https://x/7");
    let change = IssueChange { add_labels: vec!["infradev".to_owned()], ..IssueChange::default() };
    client.update_issue(&tracker, 7, &change).await.unwrap();
    assert_eq!(client.create_note(&tracker, 7, "b", true).await.unwrap().id, 3);
    assert_eq!(client.issue_templates(&tracker).await.unwrap()[0].key, "A b");
    assert_eq!(client.issue_template(&tracker, "A b").await.unwrap().content, "c");
    assert_eq!(client.repository_file(&tracker, "a/b.md", "main").await.unwrap(), "# raw");
    assert_eq!(client.issue(&tracker, 7).await.unwrap().iid, 7);
    assert_eq!(client.issue_notes(&tracker, 7).await.unwrap()[0].body, "b");
    assert_eq!(client.search_labels(&tracker, "infradev").await.unwrap()[0].name, "infradev");
    let missing = client.repository_file(&tracker, "no", "main").await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound);

    let sent =
        |index: usize| serde_json::from_slice::<serde_json::Value>(&gitlab.seen()[index].body).unwrap();
    assert_eq!(
        sent(1),
        serde_json::json!({"title":"t","description":"d","labels":"a,b c","confidential":true})
    );
    assert_eq!(sent(2), serde_json::json!({"add_labels":"infradev"}));
    assert_eq!(sent(3), serde_json::json!({"body":"b","internal":true}));
}
