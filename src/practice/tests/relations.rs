use std::io::Read as _;

use serde_json::json;

use super::*;

const LOCAL: &str = "[[world.project]]\npath = \"acme/webshop\"\nsize = \"medium\"\nstorage = \"local\"";

async fn exported(query: &str) -> Talk {
    let talk = Talk::to(&lesson_of("acme/webshop", LOCAL), FAST);
    assert_eq!(talk.post(&format!("/projects/101/export_relations{query}")).await.status, 202);
    loop {
        let all = talk.get("/projects/101/export_relations/status").await.json();
        let all = all.as_array().unwrap();
        assert!(!all.is_empty());
        if all.iter().all(|one| one["status"] != 0) {
            return talk;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_relation_is_an_object_and_its_file_has_its_records() {
    let mut talk = exported("").await;
    let issues = talk.get("/projects/101/export_relations/status?relation=issues").await.json();
    assert_eq!((&issues["status"], &issues["total_objects_count"]), (&json!(1), &json!(60)));
    let file = talk.get("/projects/101/export_relations/download?relation=issues").await;
    assert!(file.header("content-disposition").contains("issues.ndjson.gz"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(&file.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 60);
    let tar = talk.get("/projects/101/export_relations/download?relation=lfs_objects").await;
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(&tar.body[..]));
    let files = tar
        .entries()
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().header().entry_type().is_file())
        .count();
    assert_eq!(files, 3, "two objects and their list");
    talk.token = talk.token_of("second_maintainer");
    assert_eq!(talk.get("/projects/101/export_relations/status").await.json(), json!([]), "only one's own");
}

#[tokio::test]
async fn batches_hold_all_records_between_them() {
    let talk = exported("?batched=true").await;
    let issues = talk.get("/projects/101/export_relations/status?relation=issues").await.json();
    assert_eq!((&issues["batched"], &issues["batches_count"]), (&json!(true), &json!(1)));
    assert_eq!(issues["batches"][0]["objects_count"], 60);
    let path = "/projects/101/export_relations/download?relation=issues&batched=true&batch_number=";
    assert_eq!(talk.get(&format!("{path}1")).await.status, 200);
    let beyond = talk.get(&format!("{path}9")).await;
    assert_eq!((beyond.status, beyond.json()), (404, json!({"message": "Batch not found"})));
}

#[tokio::test]
async fn refusals_of_the_relations_export_are_told_apart() {
    let talk = exported("").await;
    let cases = [
        ("", 400, json!({"error": "relation is missing"})),
        ("?relation=nonsense", 400, json!({"error": "relation does not have a valid value"})),
        ("?relation=issues&batched=true&batch_number=1", 400, json!({"message": "Export is not batched"})),
    ];
    for (query, status, body) in cases {
        let heard = talk.get(&format!("/projects/101/export_relations/download{query}")).await;
        assert_eq!((heard.status, heard.json()), (status, body), "{query}");
    }
    let other = talk.get("/projects/102/export_relations/download?relation=issues").await;
    assert_eq!((other.status, other.json()), (404, json!({"message": "Export not found"})));
    let off = Talk::to(&lesson_of("acme/webshop", "[world]\nrelations_enabled = false"), FROZEN);
    let heard = off.get("/projects/101/export_relations/status").await;
    assert_eq!((heard.status, heard.json()), (404, json!({"message": "404 Not Found"})));
}

#[tokio::test]
async fn a_relation_fails_on_demand() {
    let talk = Talk::to_default(FAST);
    let trouble = FaultKind::RelationFailed { relation: "labels".into(), error: "PG::QueryCanceled".into() };
    talk.practice.trigger(Fault::next(ApiCall::RelationsStart, trouble));
    talk.post("/projects/101/export_relations").await;
    loop {
        let labels = talk.get("/projects/101/export_relations/status?relation=labels").await.json();
        if labels["status"] != 0 {
            assert_eq!((&labels["status"], &labels["error"]), (&json!(-1), &json!("PG::QueryCanceled")));
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
