use serde_json::json;

use super::*;

const TRACKER: &str = "/projects/practice%2Ftracker";

#[tokio::test]
async fn an_issue_is_created_labelled_noted_and_found() {
    let server = TestServer::to_default(FROZEN);
    let body = json!({"title": "Export of x fails", "description": "none", "labels": "type::bug,new one", "confidential": true});
    let created = server.hear(server.client.post(server.api(&format!("{TRACKER}/issues"))).json(&body)).await;
    assert_eq!(created.status, 201);
    let issue = created.json();
    assert_eq!((&issue["labels"], &issue["confidential"]), (&json!(["type::bug", "new one"]), &json!(true)));
    let iid = issue["iid"].as_u64().unwrap();
    assert!(issue["web_url"].as_str().unwrap().ends_with(&format!("/practice/tracker/-/issues/{iid}")));
    let change = json!({"add_labels": "infradev", "remove_labels": "new one", "state_event": "close"});
    let path = format!("{TRACKER}/issues/{iid}");
    let changed = server.hear(server.client.put(server.api(&path)).json(&change)).await.json();
    assert_eq!(
        (&changed["labels"], &changed["state"]),
        (&json!(["type::bug", "infradev"]), &json!("closed"))
    );
    let request = server
        .client
        .post(server.api(&format!("{path}/notes")))
        .json(&json!({"body": "Hi", "internal": true}));
    let note = server.hear(request).await;
    assert_eq!((note.status, &note.json()["internal"]), (201, &json!(true)));
    let notes = server.get(&format!("{path}/notes")).await.json();
    assert_eq!(notes[0]["body"], "Hi");
    let found = async |query: &str| {
        let all = server.get(&format!("{TRACKER}/issues?{query}")).await.json();
        all.as_array().unwrap().iter().map(|issue| issue["iid"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found("search=fails+export&in=title&state=closed").await, [iid]);
    assert_eq!(found("labels=infradev").await, [iid]);
    assert_eq!(found("search=vanished").await, [0; 0]);
}

#[tokio::test]
async fn refusals_of_the_tracker_are_gitlabs() {
    let server = TestServer::to_default(FROZEN);
    let post = async |path: &str, body: Value| {
        let answer = server.hear(server.client.post(server.api(path)).json(&body)).await;
        (answer.status, answer.json())
    };
    let missing = post(&format!("{TRACKER}/issues"), json!({})).await;
    assert_eq!(missing, (400, json!({"error": "title is missing"})));
    let blank = post(&format!("{TRACKER}/issues"), json!({"title": " "})).await;
    assert_eq!(blank, (400, json!({"message": {"title": ["can't be blank"]}})));
    let hidden = post("/projects/other%2Fprivate/issues", json!({"title": "x"})).await;
    assert_eq!(hidden, (404, json!({"message": "404 Project Not Found"})));
    let gone = post(&format!("{TRACKER}/issues/999/notes"), json!({"body": "x"})).await;
    assert_eq!(gone, (404, json!({"message": "404 Not found"})));
    let dropped =
        post("/projects/other%2Fpublic/issues", json!({"title": "x", "labels": "type::bug,unheard"})).await;
    assert_eq!((dropped.0, &dropped.1["labels"]), (201, &json!(["type::bug"])), "no member makes no labels");
    let internal =
        post("/projects/other%2Fpublic/issues/1/notes", json!({"body": "x", "internal": true})).await;
    assert_eq!(internal.0, 403);
}

#[tokio::test]
async fn templates_labels_and_files_are_read() {
    let server = TestServer::to_default(FROZEN);
    let list = server.get(&format!("{TRACKER}/templates/issues")).await.json();
    assert_eq!(list.as_array().unwrap().len(), 3);
    let one = server.get(&format!("{TRACKER}/templates/issues/Project%20Export")).await.json();
    assert_eq!(one["name"], "Project Export");
    assert!(one["content"].as_str().unwrap().contains("Project path"));
    assert_eq!(server.get(&format!("{TRACKER}/templates/issues/None")).await.status, 404);
    assert!(server.get(&format!("{TRACKER}/labels")).await.text().contains("infradev"));
    let file = "active%2FSupport%2FSaaS%2FGitLab.com%2FExport%2FOffer%20one%20time.md";
    let raw = server.get(&format!("{TRACKER}/repository/files/{file}/raw?ref=main")).await;
    assert!(raw.status == 200 && raw.text().contains("one-time"));
    let gone = server.get(&format!("{TRACKER}/repository/files/none.md/raw")).await;
    assert_eq!((gone.status, gone.json()), (404, json!({"message": "404 File Not Found"})));
}
