use serde_json::json;

use super::*;

/// The archive of acme/webshop with this fault.
async fn archive(talk: &Talk, trouble: Option<FaultKind>) -> Vec<u8> {
    if let Some(trouble) = trouble {
        talk.practice.trigger(Fault::next(ApiCall::ExportStart, trouble));
    }
    let location = talk.location("101").await;
    hear(talk.client.get(location)).await.unwrap().body
}

fn world() -> Lesson {
    let more = "[world.limits]\nproject_download_export = 0\n[[world.project]]\npath = \"acme/webshop\"\nearlier = \"file\"";
    lesson_of("acme/webshop", more)
}

async fn import(talk: &Talk, path: &str, file_name: &str, file: Vec<u8>, fields: &[(&str, &str)]) -> Heard {
    let part = reqwest::multipart::Part::bytes(file).file_name(file_name.to_owned());
    let mut sent = reqwest::multipart::Form::new().part("file", part);
    for (name, value) in fields {
        sent = sent.text((*name).to_owned(), (*value).to_owned());
    }
    talk.hear(talk.client.post(talk.api(path)).multipart(sent)).await
}

async fn ended(talk: &Talk, id: &str) -> Value {
    for _ in 0..MOST_ASKED {
        let status = talk.get(&format!("/projects/{id}/import")).await.json();
        if !matches!(status["import_status"].as_str(), Some("scheduled" | "started")) {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the import of {id} has not ended after {MOST_ASKED} questions");
}

#[tokio::test]
async fn an_exported_archive_can_be_imported() {
    let talk = Talk::to(&world(), FAST);
    let file = archive(&talk, None).await;
    let size = file.len() as u64;
    let created =
        import(&talk, "/projects/import", "a.tar.gz", file, &[("path", "copy"), ("namespace_path", "acme")])
            .await;
    assert_eq!((created.status, &created.json()["import_status"]), (201, &json!("scheduled")));
    let end = ended(&talk, "acme%2Fcopy").await;
    assert_eq!((&end["import_status"], &end["import_error"]), (&json!("finished"), &Value::Null));
    assert!(end["correlation_id"].is_string());
    let seen = talk.practice.requests();
    assert!(seen.iter().any(|seen| seen.path().ends_with("/projects/import") && seen.body_bytes > size));
}

#[tokio::test]
async fn the_importer_says_what_is_wrong_with_an_archive() {
    let cases = [
        (FaultKind::HardLink, "File shares hard link"),
        (FaultKind::NotAnExport, "No such file or directory @ rb_sysopen - VERSION"),
        (FaultKind::Truncated { missing_bytes: 400 }, "Decompressed archive size validation failed."),
        (FaultKind::Corrupted { at_byte: 20_000 }, "Decompressed archive size validation failed."),
    ];
    for (trouble, error) in cases {
        let talk = Talk::to(&world(), FAST);
        let file = archive(&talk, Some(trouble)).await;
        assert_eq!(
            import(&talk, "/projects/import", "a.tar.gz", file, &[("path", "copy")]).await.status,
            201
        );
        let end = ended(&talk, "maria%2Fcopy").await;
        assert_eq!((&end["import_status"], &end["import_error"]), (&json!("failed"), &json!(error)));
    }
}

#[tokio::test]
async fn refusals_of_the_import_come_before_the_project() {
    let talk = Talk::to(&world(), FROZEN);
    let file = archive(&talk, None).await;
    let ask = async |name: &str, fields: &[(&str, &str)]| {
        let heard = import(&talk, "/projects/import", name, file.clone(), fields).await;
        (heard.status, heard.json())
    };
    assert_eq!(ask("a.tar.gz", &[]).await, (400, json!({"error": "path is missing"})));
    let nowhere = ask("a.tar.gz", &[("path", "x"), ("namespace", "nowhere")]).await;
    assert_eq!(nowhere, (404, json!({"message": "404 Namespace Not Found"})));
    assert_eq!(ask("a.zip", &[("path", "x")]).await.0, 400);
    let taken = ask("a.tar.gz", &[("path", "webshop"), ("namespace", "acme")]).await;
    assert_eq!(taken, (400, json!({"message": "Project namespace path has already been taken"})));
    let low = ask("a.tar.gz", &[("path", "x"), ("namespace", "gitlab-com/support")]).await;
    assert_eq!(low, (403, json!({"message": "403 Forbidden"})));
    let over = ask("a.tar.gz", &[("path", "webshop"), ("namespace", "acme"), ("overwrite", "true")]).await;
    assert_eq!(over.0, 201);
    assert_eq!(ask("a.tar.gz", &[("path", "x")]).await.0, 429, "the seventh of a minute");
}

#[tokio::test]
async fn remote_imports_want_https_and_all_of_their_parameters() {
    let talk = Talk::to_default(FAST);
    let post = async |path: &str, body: Value| {
        let heard = talk.hear(talk.client.post(talk.api(path)).json(&body)).await;
        (heard.status, heard.json())
    };
    assert_eq!(post("/projects/remote-import", json!({"url": "http://x/y", "path": "p"})).await.0, 400);
    assert_eq!(
        post("/projects/remote-import", json!({"url": "https://example.com/y", "path": "p"})).await.0,
        201
    );
    let missing = post("/projects/remote-import-s3", json!({"region": "eu", "path": "q"})).await;
    let text =
        "bucket_name is missing, file_key is missing, access_key_id is missing, secret_access_key is missing";
    assert_eq!(missing, (400, json!({"error": text})));
    talk.practice
        .trigger(Fault::next(ApiCall::ImportS3, FaultKind::ImportPartial { relation: "issues".into() }));
    let full = json!({"region": "eu", "bucket_name": "b", "file_key": "k", "access_key_id": "a",
        "secret_access_key": "s", "path": "q"});
    assert_eq!(post("/projects/remote-import-s3", full).await.0, 201);
    let end = ended(&talk, "maria%2Fq").await;
    assert_eq!(
        (&end["import_status"], &end["failed_relations"][0]["relation_name"]),
        (&json!("finished"), &json!("issues"))
    );
}

#[tokio::test]
async fn one_relation_is_imported_into_a_project_that_is_there() {
    let talk = Talk::to(&world(), FAST);
    let file = archive(&talk, None).await;
    let fields = [("path", "acme/webshop"), ("relation", "issues")];
    let created = import(&talk, "/projects/import-relation", "a.tar.gz", file, &fields).await;
    assert_eq!((created.status, &created.json()["status"]), (201, &json!("created")));
    let list = talk.get("/projects/101/relation-imports").await.json();
    assert_eq!(list[0]["relation"], "issues");
}
