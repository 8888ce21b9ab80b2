use serde_json::json;

use super::*;

/// The archive of acme/webshop with this fault.
async fn archive(server: &TestServer, error: Option<FaultKind>) -> Vec<u8> {
    if let Some(error) = error {
        server.practice.trigger(Fault::next(ApiCall::ExportStart, error));
    }
    let location = server.location("101").await;
    hear(server.client.get(location)).await.unwrap().body
}

fn world() -> Lesson {
    let more = "[world.limits]\nproject_download_export = 0\n[[world.project]]\npath = \"acme/webshop\"\nearlier = \"file\"";
    lesson_of("acme/webshop", more)
}

async fn import(
    server: &TestServer,
    path: &str,
    file_name: &str,
    file: Vec<u8>,
    fields: &[(&str, &str)],
) -> TestAnswer {
    let part = reqwest::multipart::Part::bytes(file).file_name(file_name.to_owned());
    let mut sent = reqwest::multipart::Form::new().part("file", part);
    for (name, value) in fields {
        sent = sent.text((*name).to_owned(), (*value).to_owned());
    }
    server.hear(server.client.post(server.api(path)).multipart(sent)).await
}

async fn ended(server: &TestServer, id: &str) -> Value {
    for _ in 0..MOST_ASKED {
        let status = server.get(&format!("/projects/{id}/import")).await.json();
        if !matches!(status["import_status"].as_str(), Some("scheduled" | "started")) {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the import of {id} has not ended after {MOST_ASKED} questions");
}

#[tokio::test]
async fn an_exported_archive_can_be_imported() {
    let server = TestServer::to(&world(), FAST);
    let file = archive(&server, None).await;
    let size = file.len() as u64;
    let created = import(
        &server,
        "/projects/import",
        "a.tar.gz",
        file,
        &[("path", "copy"), ("namespace_path", "acme")],
    )
    .await;
    assert_eq!((created.status, &created.json()["import_status"]), (201, &json!("scheduled")));
    let end = ended(&server, "acme%2Fcopy").await;
    assert_eq!((&end["import_status"], &end["import_error"]), (&json!("finished"), &Value::Null));
    assert!(end["correlation_id"].is_string());
    let seen = server.practice.requests();
    assert!(seen.iter().any(|seen| seen.path().ends_with("/projects/import") && seen.body_bytes > size));
}

#[tokio::test]
async fn the_importer_says_what_is_wrong_with_an_archive() {
    let cases = [
        (FaultKind::HardLink, "File shares hard link"),
        (FaultKind::NotAnExport, "No such file or directory @ rb_sysopen - VERSION"),
        // The result of gzip is ignored: git finds the flaw in the bundle.
        (
            FaultKind::Corrupted { at_byte: 20_000 },
            "13:CreateRepositoryFromBundle: cmd wait failed: exit status 128",
        ),
    ];
    for (fault, error) in cases {
        let server = TestServer::to(&world(), FAST);
        let file = archive(&server, Some(fault)).await;
        assert_eq!(
            import(&server, "/projects/import", "a.tar.gz", file, &[("path", "copy")]).await.status,
            201
        );
        let end = ended(&server, "maria%2Fcopy").await;
        assert_eq!((&end["import_status"], &end["import_error"]), (&json!("failed"), &json!(error)));
    }
    // A file that was truncated near its end is imported as far as possible.
    let server = TestServer::to(&world(), FAST);
    let file = archive(&server, Some(FaultKind::Truncated { missing_bytes: 400 })).await;
    import(&server, "/projects/import", "a.tar.gz", file, &[("path", "copy")]).await;
    assert_eq!(ended(&server, "maria%2Fcopy").await["import_status"], "finished");
}

#[tokio::test]
async fn an_imported_project_has_what_the_archive_had() {
    let server = TestServer::to(&world(), FAST);
    let file = archive(&server, None).await;
    let empty = FaultKind::ImportEmpty { relations: Vec::new() };
    let some = FaultKind::ImportEmpty { relations: vec!["issues".into()] };
    for (path, fault, issues, requests) in
        [("whole", None, 5, "2"), ("some", Some(some), 0, "2"), ("empty", Some(empty), 0, "0")]
    {
        if let Some(fault) = fault {
            server.practice.trigger(Fault::next(ApiCall::ImportFile, fault));
        }
        import(&server, "/projects/import", "a.tar.gz", file.clone(), &[("path", path)]).await;
        let end = ended(&server, &format!("maria%2F{path}")).await;
        assert_eq!((&end["import_status"], &end["failed_relations"]), (&json!("finished"), &json!([])));
        let statistics = server.get(&format!("/projects/maria%2F{path}/issues_statistics")).await.json();
        assert_eq!(statistics["statistics"]["counts"]["all"], issues, "{path}");
        let list = server.get(&format!("/projects/maria%2F{path}/merge_requests")).await;
        assert_eq!(list.header("x-total"), requests, "{path}");
    }
    // Missing records can be re-imported, one relation at a time.
    let fields = [("path", "maria/some"), ("relation", "issues")];
    let first = import(&server, "/projects/import-relation", "a.tar.gz", file.clone(), &fields).await;
    assert_eq!(first.status, 201);
    let statistics = server.get("/projects/maria%2Fsome/issues_statistics").await.json();
    assert_eq!(statistics["statistics"]["counts"]["all"], 5);
    server.practice.trigger(Fault::next(ApiCall::ImportFile, FaultKind::ImportCanceled));
    import(&server, "/projects/import", "a.tar.gz", file, &[("path", "ended")]).await;
    assert_eq!(ended(&server, "maria%2Fended").await["import_status"], "canceled");
}

#[tokio::test]
async fn refusals_of_the_import_precede_the_project() {
    let server = TestServer::to(&world(), FROZEN);
    let file = archive(&server, None).await;
    let ask = async |name: &str, fields: &[(&str, &str)]| {
        let answer = import(&server, "/projects/import", name, file.clone(), fields).await;
        (answer.status, answer.json())
    };
    assert_eq!(ask("a.tar.gz", &[]).await, (400, json!({"error": "path is missing"})));
    let nowhere = ask("a.tar.gz", &[("path", "x"), ("namespace", "nowhere")]).await;
    assert_eq!(nowhere, (404, json!({"message": "404 Namespace Not Found"})));
    let wrong =
        json!({"message": {"error": "You need to upload a GitLab project export archive (ending in .gz)."}});
    assert_eq!(ask("a.tgz", &[("path", "x")]).await, (422, wrong));
    let taken = ask("a.tar.gz", &[("path", "webshop"), ("namespace", "acme")]).await;
    assert_eq!(taken, (400, json!({"message": "Project namespace path has already been taken"})));
    let low = ask("a.tar.gz", &[("path", "x"), ("namespace", "gitlab-com/support")]).await;
    assert_eq!(low, (400, json!({"message": "User is not allowed to import projects"})));
    let over = ask("a.tar.gz", &[("path", "webshop"), ("namespace", "acme"), ("overwrite", "true")]).await;
    assert_eq!(over.0, 201);
    let odd = ask("a.tar.gz", &[("path", "x"), ("overwrite", "perhaps")]).await;
    assert_eq!(odd, (400, json!({"error": "overwrite is invalid"})));
    assert_eq!(ask("a.tar.gz", &[("path", "x")]).await.0, 201);
    assert_eq!(
        ask("a.tar.gz", &[("path", "y")]).await.0,
        429,
        "the seventh of a minute; wrong parameters cost nothing"
    );
    let none = hear(server.client.post(server.api("/projects/import"))).await.unwrap();
    assert_eq!((none.status, none.json()), (401, json!({"message": "401 Unauthorized"})));
}

#[tokio::test]
async fn remote_imports_want_https_and_all_of_their_parameters() {
    let server = TestServer::to_default(FAST);
    let post = async |path: &str, body: Value| {
        let answer = server.hear(server.client.post(server.api(path)).json(&body)).await;
        (answer.status, answer.json())
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
    server
        .practice
        .trigger(Fault::next(ApiCall::ImportS3, FaultKind::ImportPartial { relation: "issues".into() }));
    let full = json!({"region": "eu", "bucket_name": "b", "file_key": "k", "access_key_id": "a",
        "secret_access_key": "s", "path": "q"});
    assert_eq!(post("/projects/remote-import-s3", full).await.0, 201);
    let end = ended(&server, "maria%2Fq").await;
    assert_eq!(
        (&end["import_status"], &end["failed_relations"][0]["relation_name"]),
        (&json!("finished"), &json!("issues"))
    );
}

#[tokio::test]
async fn one_relation_is_imported_into_a_project_that_is_there() {
    let server = TestServer::to(&world(), FAST);
    let file = archive(&server, None).await;
    let fields = [("path", "acme/webshop"), ("relation", "issues")];
    let created = import(&server, "/projects/import-relation", "a.tar.gz", file, &fields).await;
    assert_eq!((created.status, &created.json()["status"]), (201, &json!("created")));
    let list = server.get("/projects/101/relation-imports").await.json();
    assert_eq!(list[0]["relation"], "issues");
    let server = TestServer::to(&world(), FROZEN);
    let ask = async |name: &str, path: &str, relation: &str| {
        let file = archive(&server, None).await;
        let fields = [("path", path), ("relation", relation)];
        let answer = import(&server, "/projects/import-relation", name, file, &fields).await;
        (answer.status, answer.json()["message"].clone())
    };
    assert_eq!(ask("a.tar", "acme/webshop", "issues").await.0, 422);
    assert_eq!(ask("a.tar.gz", "acme/nowhere", "nonsense").await, (404, json!("Project not found")));
    let must = "Imported relation must be one of issues, merge_requests, milestones, or ci_pipelines";
    assert_eq!(ask("a.tar.gz", "acme/webshop", "nonsense").await, (400, json!(must)));
    assert_eq!(ask("a.tar.gz", "acme/read-only", "issues").await.0, 403);
    assert_eq!(ask("a.tar.gz", "acme/webshop", "issues").await.0, 201);
    let busy = json!("A relation import is already in progress for this project");
    assert_eq!(ask("a.tar.gz", "acme/webshop", "issues").await, (409, busy));
}
