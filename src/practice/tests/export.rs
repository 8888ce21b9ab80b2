use serde_json::json;

use super::*;

#[tokio::test]
async fn a_run_passes_gitlabs_states_and_has_links_only_when_finished() {
    let server = TestServer::to_default(0.01);
    let before = server.get("/projects/acme%2Fwebshop/export").await;
    assert_eq!(before.json()["export_status"], "none");
    assert!(before.json()["_links"].is_null());
    let accepted = server.post("/projects/101/export").await;
    assert_eq!((accepted.status, accepted.json()), (202, json!({"message": "202 Accepted"})));
    assert!(accepted.headers.get("location").is_none());
    let words = server.until("101", "finished").await;
    let order = ["none", "queued", "started", "regeneration_in_progress", "finished"];
    // Polling may miss a status, but must never see one out of order.
    let mut turns = words.iter().map(|word| order.iter().position(|known| known == word).unwrap());
    assert!(turns.by_ref().is_sorted(), "{words:?}");
    assert!(words.len() >= 3, "{words:?}");
    let after = server.get("/projects/101/export").await.json();
    assert_eq!(after["path_with_namespace"], "acme/webshop");
    assert_eq!(after["created_at"], "2023-02-14T09:26:53.589Z", "the project's, not the run's");
    assert!(after["_links"]["api_url"].as_str().unwrap().ends_with("/api/v4/projects/101/export/download"));
    assert_eq!(server.practice.world().runs_started, 1);
}

#[tokio::test]
async fn worlds_begin_with_what_earlier_runs_left() {
    let cases = [
        ("nothing", "none", 404),
        ("file", "finished", 302),
        ("running", "started", 404),
        ("regenerating", "regeneration_in_progress", 302),
        ("failed", "failed", 404),
    ];
    for (earlier, word, download) in cases {
        let more = format!("[[world.project]]\npath = \"acme/webshop\"\nearlier = \"{earlier}\"");
        let server = TestServer::to(&lesson_of("acme/webshop", &more), FROZEN);
        let status = server.get("/projects/101/export").await.json();
        assert_eq!(
            (&status["export_status"], status["_links"].is_object()),
            (&json!(word), word == "finished")
        );
        assert_eq!(server.get("/projects/101/export/download").await.status, download, "{earlier}");
    }
}

#[tokio::test]
async fn a_second_start_while_one_runs_is_refused_and_starts_nothing() {
    let server = TestServer::to_default(FROZEN);
    assert_eq!(server.post("/projects/101/export").await.status, 202);
    let second = server.post("/projects/101/export").await;
    let text = "An export is already running or queued for this project. Please try again once it's done.";
    assert_eq!((second.status, second.json()), (400, json!({ "message": text })));
    assert_eq!(server.practice.world().runs_started, 1);
}

#[tokio::test]
async fn wrong_parameters_are_refused_before_anything_is_deleted_or_counted() {
    let server = TestServer::to(
        &lesson_of("acme/webshop", "[[world.project]]\npath = \"acme/webshop\"\nearlier = \"file\""),
        FROZEN,
    );
    let export = server.api("/projects/101/export");
    let json_body = |body: &str| {
        let request = server.client.post(&export).header("content-type", "application/json");
        server.hear(request.body(body.to_owned()))
    };
    for (body, error) in [
        ("{", "message body does not match declared format"),
        (r#"{"upload": "yes"}"#, "upload is invalid"),
        (r#"{"upload": {"http_method": "PATCH"}}"#, "upload[http_method] does not have a valid value"),
    ] {
        for _ in 0..3 {
            let refused = json_body(body).await;
            assert_eq!(refused.status, 400, "{body}");
            assert!(refused.json()["error"].as_str().unwrap().contains(error), "{}", refused.text());
        }
    }
    assert_eq!(server.get("/projects/101/export").await.json()["export_status"], "finished");
    assert_eq!(json_body("{}").await.status, 202, "nothing of the limit was spent");
    let relations = server.post("/projects/101/export_relations?batched=perhaps").await;
    assert_eq!((relations.status, relations.json()), (400, json!({"error": "batched is invalid"})));
    assert_eq!(server.get("/projects/101/export_relations/status").await.json(), json!([]));
}

#[tokio::test]
async fn without_a_token_exports_hide_and_imports_ask_for_one() {
    let server = TestServer::to(&lesson_of("acme/webshop", ""), FROZEN);
    let bare = async |path: &str| {
        let answer = hear(server.client.get(server.api(path))).await.unwrap();
        (answer.status, answer.json())
    };
    let hidden = (404, json!({"message": "404 Project Not Found"}));
    assert_eq!(bare("/projects/101/export").await, hidden);
    let forbidden = (403, json!({"message": "403 Forbidden"}));
    assert_eq!(bare("/projects/other%2Fpublic/export").await, forbidden);
    assert_eq!(bare("/projects/other%2Fpublic/export_relations/status").await, forbidden);
    let unauthorized = (401, json!({"message": "401 Unauthorized"}));
    assert_eq!(bare("/projects/other%2Fpublic/import").await, unauthorized);
    assert_eq!(bare("/projects/other%2Fpublic/relation-imports").await, unauthorized);
    let off = TestServer::to(&lesson_of("acme/webshop", "[world]\nrelations_enabled = false"), FROZEN);
    let answer = hear(off.client.get(off.api("/projects/101/export_relations/status"))).await.unwrap();
    assert_eq!(answer.status, 401, "with direct transfer off the token comes first");
    // A missing project is reported before the scope is checked.
    let mut narrow = TestServer::to_default(FROZEN);
    narrow.token = narrow.token_of("read_api");
    assert_eq!(narrow.post("/projects/999/export").await.status, 404);
    assert_eq!(narrow.post("/projects/101/export").await.status, 403);
}

#[tokio::test]
async fn exports_are_per_user() {
    let mut server = TestServer::to_default(FAST);
    server.export("101").await;
    server.token = server.token_of("second_maintainer");
    assert_eq!(server.get("/projects/101/export").await.json()["export_status"], "none");
    let download = server.get("/projects/101/export/download").await;
    assert_eq!((download.status, download.json()), (404, json!({"message": "404 Not found or has expired"})));
}

#[tokio::test]
async fn every_start_deletes_the_old_file_even_one_that_is_refused() {
    let server = TestServer::to(
        &lesson_of("acme/webshop", "[[world.project]]\npath = \"acme/webshop\"\nearlier = \"file\""),
        FROZEN,
    );
    assert_eq!(server.get("/projects/101/export").await.json()["export_status"], "finished");
    let refused = server
        .hear(form(server.client.post(server.api("/projects/101/export")), &[("upload[url]", "ftp://x/y")]))
        .await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()["message"]["url"][0].is_string());
    assert_eq!(server.get("/projects/101/export").await.json()["export_status"], "none");
}

#[tokio::test]
async fn an_upload_method_that_is_none_is_a_parameter_error() {
    let server = TestServer::to_default(FROZEN);
    let body = json!({"upload": {"url": "http://127.0.0.1:9/x", "http_method": "PATCH"}});
    let refused = server.hear(server.client.post(server.api("/projects/101/export")).json(&body)).await;
    let expected = json!({"error": "upload[http_method] does not have a valid value"});
    assert_eq!((refused.status, refused.json()), (400, expected));
}

#[tokio::test]
async fn too_large_a_project_is_refused_with_gitlabs_sentence() {
    let server = TestServer::to(&lesson("size-limit").unwrap(), FROZEN);
    let refused = server.post("/projects/acme%2Fmedia-library/export").await;
    let expected = json!({"message": "The project size exceeds the export limit."});
    assert_eq!((refused.status, refused.json()), (400, expected));
    assert_eq!(server.post("/projects/101/export").await.status, 202);
}

#[tokio::test]
async fn refusals_have_gitlabs_bodies_in_gitlabs_order() {
    let mut server = TestServer::to_default(FROZEN);
    let hidden = json!({"message": "404 Project Not Found"});
    for path in ["/projects/999", "/projects/other%2Fprivate", "/projects/other%2Fprivate/export"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.json()), (404, hidden.clone()), "{path}");
    }
    let answer = server.get("/projects/other%2Fpublic/export").await;
    assert_eq!((answer.status, answer.json()), (403, json!({"message": "403 Forbidden"})));
    let cases = [
        ("developer", "/projects/101/export", 403, "message"),
        ("expired", "/user", 401, "error_description"),
        ("revoked", "/projects/101/export", 401, "error_description"),
        ("read_api", "/projects/101/export/download", 404, "message"),
        ("read_api", "/projects/101/export", 200, "export_status"),
        ("admin", "/projects/other%2Fprivate", 200, "permissions"),
    ];
    for (name, path, status, key) in cases {
        server.token = server.token_of(name);
        let answer = server.get(path).await;
        assert_eq!(answer.status, status, "{name} {path}: {}", answer.text());
        assert!(answer.json().get(key).is_some(), "{name} {path}: {}", answer.text());
    }
    server.token = "glpat-nobody".into();
    let answer = server.get("/user").await;
    assert_eq!((answer.status, answer.json()), (401, json!({"message": "401 Unauthorized"})));
    let bare = hear(server.client.get(server.api("/version"))).await.unwrap();
    assert_eq!(bare.status, 401);
    let bearer =
        hear(server.client.get(server.api("/user")).bearer_auth(server.token_of("main"))).await.unwrap();
    assert_eq!(bearer.json()["username"], "maria");
}

#[tokio::test]
async fn disabled_exports_answer_before_the_token_is_checked() {
    let mut server = TestServer::to(&lesson("exports-disabled").unwrap(), FROZEN);
    server.token = "glpat-nobody".into();
    for path in ["/projects/101/export", "/projects/101/export/download"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.json()), (404, json!({"message": "404 Not Found"})));
    }
}

#[tokio::test]
async fn the_sixth_export_of_a_minute_is_the_last() {
    let server = TestServer::to_default(FROZEN);
    for status in [202, 400, 400, 400, 400, 400] {
        assert_eq!(server.post("/projects/101/export").await.status, status);
    }
    let limited = server.post("/projects/101/export").await;
    let expected =
        json!({"message": {"error": "This endpoint has been requested too many times. Try again later."}});
    assert_eq!((limited.status, limited.json()), (429, expected));
    assert_eq!(limited.header("retry-after"), "60");
}

#[tokio::test]
async fn the_archive_is_really_uploaded_and_a_refused_upload_still_ends_as_finished() {
    let server = TestServer::to_default(FAST);
    for (method, path) in [("PUT", "/customer-bucket/a?sig=1"), ("POST", "/customer-bucket/b")] {
        let url = format!("{}{path}", server.practice.storage_url());
        let fields = [("upload[url]", url.as_str()), ("upload[http_method]", method)];
        assert_eq!(
            server.hear(form(server.client.post(server.api("/projects/101/export")), &fields)).await.status,
            202
        );
        server.until("101", "finished").await;
        let seen = server.practice.requests();
        let arrived =
            seen.iter().find(|seen| seen.origin == Listener::Storage && seen.target == path).unwrap();
        let size = server.practice.world().project("acme/webshop").unwrap().archive_bytes();
        assert_eq!((arrived.method.as_str(), arrived.body_bytes), (method, size));
        assert_eq!(arrived.status, 200);
        assert_eq!(arrived.header("content-type"), Some("application/gzip"));
        assert_eq!(arrived.header("content-length"), Some(size.to_string().as_str()));
        assert_eq!(arrived.header("private-token"), None);
    }
    // The storage requires a signature: the upload fails, and the API does not report that.
    let url = format!("{}/bucket/c", server.practice.storage_url());
    let fields = [("upload[url]", url.as_str())];
    assert_eq!(
        server.hear(form(server.client.post(server.api("/projects/101/export")), &fields)).await.status,
        202
    );
    server.until("101", "finished").await;
}

#[tokio::test]
async fn projects_are_found_by_path_search_and_page() {
    let server = TestServer::to_default(FROZEN);
    let one = server.get("/projects/acme%2Ftools%2Fproxied?statistics=true").await.json();
    assert_eq!(one["path_with_namespace"], "acme/tools/proxied");
    assert_eq!(one["permissions"]["project_access"]["access_level"], 40);
    assert!(one["statistics"]["lfs_objects_size"].as_u64().unwrap() > 4_000_000);
    assert!(server.get("/projects/101").await.json().get("statistics").is_none());
    let found = server.get("/projects?search=shop&membership=true").await;
    assert_eq!(found.json().as_array().unwrap().len(), 1);
    let page = server.get("/projects?membership=true&min_access_level=40&per_page=2").await;
    assert_eq!((page.json().as_array().unwrap().len(), page.header("x-next-page")), (2, "2"));
    assert!(page.header("link").contains("rel=\"next\""));
    let mut url = server.api("/projects?pagination=keyset&order_by=id&per_page=5");
    let mut ids = Vec::new();
    loop {
        let page = server.hear(server.client.get(&url)).await;
        ids.extend(page.json().as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()));
        let link = page.header("link");
        assert_eq!(page.header("x-next-page"), "");
        let Some(next) = link.strip_prefix('<').and_then(|link| link.split_once('>')) else { break };
        next.0.clone_into(&mut url);
    }
    let all = server.get("/projects?per_page=100").await.json();
    assert_eq!(ids.len(), all.as_array().unwrap().len());
    assert!(ids.is_sorted_by(|left, right| left > right), "{ids:?}");
    let last = server.get("/projects?membership=true&min_access_level=40&per_page=100").await;
    assert_eq!(last.header("x-next-page"), "");
    assert!(
        last.json()
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["permissions"]["project_access"]["access_level"] == 40)
    );
}

#[tokio::test]
async fn account_and_version_answer_as_gitlab_does() {
    let server = TestServer::to_default(FROZEN);
    assert!(server.get("/user").await.json().get("is_admin").is_none());
    let token = server.get("/personal_access_tokens/self").await.json();
    assert_eq!(token["scopes"], json!(["api"]));
    // A first user sees a token as people have it, not one of 73 years.
    let year = |name: &str| token[name].as_str().unwrap()[..4].parse::<u32>().unwrap();
    assert!((0..=1).contains(&(year("expires_at") - year("last_used_at"))), "{token}");
    for path in ["/version", "/metadata"] {
        let answer = server.get(path).await;
        assert!(answer.json()["version"].as_str().unwrap().starts_with("18."));
        let id = answer.header("x-request-id").to_owned();
        assert!(!id.is_empty());
        let meta: Value = serde_json::from_str(answer.header("x-gitlab-meta")).unwrap();
        assert_eq!(meta, json!({"correlation_id": id, "version": "1"}));
    }
}

#[tokio::test]
async fn a_file_is_kept_for_its_time_and_then_gone() {
    let kept = "[world]\nretention_ms = 0\n[[world.project]]\npath = \"acme/webshop\"\nearlier = \"file\"";
    let server = TestServer::to(&lesson_of("acme/webshop", kept), FROZEN);
    assert_eq!(server.get("/projects/101/export").await.json()["export_status"], "none");
    assert_eq!(server.get("/projects/101/export/download").await.status, 404);
}
