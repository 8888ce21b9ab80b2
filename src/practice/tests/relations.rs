use std::io::Read as _;

use serde_json::json;

use super::*;

const LOCAL: &str = "[[world.project]]\npath = \"acme/webshop\"\nsize = \"medium\"\nstorage = \"local\"";

async fn exported(query: &str) -> TestServer {
    let server = TestServer::to(&lesson_of("acme/webshop", LOCAL), FAST);
    assert_eq!(server.post(&format!("/projects/101/export_relations{query}")).await.status, 202);
    for _ in 0..MOST_ASKED {
        let all = server.get("/projects/101/export_relations/status").await.json();
        let all = all.as_array().unwrap();
        assert!(!all.is_empty());
        if all.len() == 32 && all.iter().all(|one| one["status"] != 0) {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the relations export never ends");
}

#[tokio::test]
async fn a_relation_is_an_object_and_its_file_has_its_records() {
    let mut server = exported("").await;
    let issues = server.get("/projects/101/export_relations/status?relation=issues").await.json();
    assert_eq!((&issues["status"], &issues["total_objects_count"]), (&json!(1), &json!(60)));
    let file = server.get("/projects/101/export_relations/download?relation=issues").await;
    assert!(file.header("content-disposition").contains("issues.ndjson.gz"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(&file.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 60);
    let tar = server.get("/projects/101/export_relations/download?relation=lfs_objects").await;
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(&tar.body[..]));
    let files = tar
        .entries()
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().header().entry_type().is_file())
        .count();
    assert_eq!(files, 3, "two objects and their list");
    server.token = server.token_of("second_maintainer");
    assert_eq!(server.get("/projects/101/export_relations/status").await.json(), json!([]), "only one's own");
}

#[tokio::test]
async fn batches_hold_all_records_between_them() {
    let server = exported("?batched=true").await;
    let issues = server.get("/projects/101/export_relations/status?relation=issues").await.json();
    assert_eq!((&issues["batched"], &issues["batches_count"]), (&json!(true), &json!(2)));
    assert_eq!(
        (&issues["batches"][1]["objects_count"], &issues["batches"][0]["objects_count"]),
        (&json!(50), &json!(10)),
        "GitLab's list has no certain order"
    );
    let path = "/projects/101/export_relations/download?relation=issues&batched=true&batch_number=";
    for (number, lines) in [(1, 50), (2, 10)] {
        let file = server.get(&format!("{path}{number}")).await;
        let mut text = String::new();
        flate2::read::GzDecoder::new(&file.body[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text.lines().count(), lines);
    }
    let beyond = server.get(&format!("{path}9")).await;
    assert_eq!((beyond.status, beyond.json()), (404, json!({"message": "Batch not found"})));
    // Only relations of a table are batched; an empty one has no file at all.
    let all = server.get("/projects/101/export_relations/status").await.json();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 32);
    let row = |name: &str| all.iter().find(|row| row["relation"] == name).unwrap();
    for name in ["self", "project_feature", "commit_notes", "user_contributions", "repository", "design"] {
        assert_eq!(row(name)["batched"], false, "{name}");
        assert!(row(name).get("batches").is_none(), "{name}");
    }
    let empty = row("protected_tags");
    assert_eq!(
        (&empty["status"], &empty["batches_count"], &empty["batches"]),
        (&json!(1), &json!(0), &json!([]))
    );
    let none = server
        .get("/projects/101/export_relations/download?relation=protected_tags&batched=true&batch_number=1");
    assert_eq!(none.await.json(), json!({"message": "Batch not found"}));
    assert_eq!(row("design")["total_objects_count"], 1, "a design that is not there counts");
}

#[tokio::test]
async fn files_lie_in_their_tars_as_gitlab_lays_them() {
    let server = exported("").await;
    for (relation, file_name, members) in [
        ("repository", "repository.tar.gz", vec!["./", "./repository.bundle"]),
        ("design", "design.tar.gz", vec!["./"]),
        ("lfs_objects", "lfs_objects.tar.gz", vec!["./", "./<oid>", "./<oid>", "./lfs_objects.json"]),
        (
            "uploads",
            "uploads.tar.gz",
            vec!["./", "./avatar/logo.png", "./<secret>/Übersicht-概要-é.png", "./stray.png"],
        ),
    ] {
        let file = server.get(&format!("/projects/101/export_relations/download?relation={relation}")).await;
        assert!(
            file.header("content-disposition").contains(file_name),
            "{}",
            file.header("content-disposition")
        );
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(&file.body[..]));
        let names: Vec<_> = tar
            .entries()
            .unwrap()
            .map(|entry| String::from_utf8(entry.unwrap().path_bytes().into_owned()).unwrap())
            .map(|name| {
                let hex = |text: &str| text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                let part = name[2..].split('/').next().unwrap().to_owned();
                if hex(&part) {
                    name.replace(&part, if part.len() == 64 { "<oid>" } else { "<secret>" })
                } else {
                    name
                }
            })
            .collect();
        assert_eq!(names, members, "{relation}");
    }
    let whole = server.get("/projects/101/export_relations/download?relation=self").await;
    assert!(whole.header("content-disposition").contains("self.json.gz"));
    let null = server.get("/projects/101/export_relations/download?relation=user_contributions").await;
    let mut text = String::new();
    flate2::read::GzDecoder::new(&null.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, "null");
}

#[tokio::test]
async fn rows_appear_as_their_workers_start_and_batches_pass_through_their_words() {
    let server = TestServer::to(&lesson_of("acme/webshop", LOCAL), 0.02);
    server.post("/projects/101/export_relations?batched=true").await;
    let (mut counts, mut words) = (Vec::new(), std::collections::BTreeSet::new());
    for request in 0.. {
        assert!(request < MOST_ASKED, "the relations export never ends: {words:?}");
        let all = server.get("/projects/101/export_relations/status").await.json();
        let all = all.as_array().unwrap();
        counts.push(all.len());
        let batches = all.iter().flat_map(|row| row["batches"].as_array().cloned().unwrap_or_default());
        words.extend(batches.map(|batch| batch["status"].as_i64().unwrap()));
        if all.len() == 32 && all.iter().all(|one| one["status"] != 0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(counts.is_sorted() && counts[0] < 32, "{counts:?}");
    assert!(words.contains(&2) && words.contains(&1), "{words:?}");
}

#[tokio::test]
async fn refusals_of_the_relations_export_are_distinguished() {
    let server = exported("").await;
    let cases = [
        ("", 400, json!({"error": "relation is missing"})),
        ("?relation=nonsense", 400, json!({"error": "relation is not portable"})),
        ("?relation=issues&batched=true&batch_number=1", 400, json!({"message": "Export is not batched"})),
        ("?relation=issues&batched=true&batch_number=x", 400, json!({"error": "batch_number is invalid"})),
        (
            "?relation=issues&batched=true",
            400,
            json!({"error": "batched, batch_number provide all or none of parameters"}),
        ),
    ];
    for (query, status, body) in cases {
        let answer = server.get(&format!("/projects/101/export_relations/download{query}")).await;
        assert_eq!((answer.status, answer.json()), (status, body), "{query}");
    }
    let other = server.get("/projects/102/export_relations/download?relation=issues").await;
    assert_eq!((other.status, other.json()), (404, json!({"message": "Export not found"})));
    let none = server.get("/projects/102/export_relations/status?relation=issues").await;
    assert_eq!((none.status, none.json()), (404, json!({"message": "Export not found"})));
    let off = TestServer::to(&lesson_of("acme/webshop", "[world]\nrelations_enabled = false"), FROZEN);
    let answer = off.get("/projects/101/export_relations/status").await;
    assert_eq!((answer.status, answer.json()), (404, json!({"message": "404 Not Found"})));
}

#[tokio::test]
async fn a_relation_fails_on_demand() {
    let server = TestServer::to_default(FAST);
    let error = FaultKind::RelationFailed { relation: "labels".into(), error: "PG::QueryCanceled".into() };
    server.practice.trigger(Fault::next(ApiCall::RelationsStart, error));
    server.post("/projects/101/export_relations").await;
    for _ in 0..MOST_ASKED {
        let labels = server.get("/projects/101/export_relations/status?relation=labels").await.json();
        if labels["status"] != 0 && labels["status"].is_i64() {
            assert_eq!((&labels["status"], &labels["error"]), (&json!(-1), &json!("PG::QueryCanceled")));
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("labels never fail");
}
