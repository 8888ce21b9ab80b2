//! A storage that compresses what it sends once more, and says so or not.

use serde_json::json;

use crate::download::{bring, stored};
use crate::fixture::gzip;
use crate::scripted::{Reply, Scripted, route};

/// An archive of the practice GitLab.
fn archive() -> Vec<u8> {
    let fixture = stored(&[]);
    let brought = bring(&fixture, &[]);
    std::fs::read(brought.end.result()["path"].as_str().unwrap()).unwrap()
}

fn served(file: Vec<u8>, coding: Option<&str>) -> Scripted {
    let status = json!({ "id": 101, "path_with_namespace": "lab/demo", "export_status": "finished" });
    let reply = Reply::file(file);
    let reply = match coding {
        Some(coding) => reply.header("Content-Encoding", coding),
        None => reply,
    };
    Scripted::start(vec![
        route("/export/download ", &[reply]),
        route("GET /api/v4/projects/101/export ", &[Reply::json(200, &status)]),
    ])
}

const DOWNLOAD: [&str; 5] = ["export", "download", "lab/demo", "--output", "a.tar.gz"];

fn files(gitlab: &Scripted) -> Vec<String> {
    let names = std::fs::read_dir(gitlab.home()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("a.")).collect();
    names.sort();
    names
}

#[test]
fn an_outer_gzip_layer_is_removed() {
    let inside = archive();
    for coding in ["gzip", "x-gzip"] {
        let gitlab = served(gzip(&inside), Some(coding));
        let end = gitlab.run(&DOWNLOAD);
        assert_eq!((end.exit, &end.result()["verdict"]), (0, &"importable".into()), "{}", end.result());
        assert_eq!(end.result()["bytes"], inside.len() as u64);
        assert_eq!(files(&gitlab), ["a.tar.gz"]);
        assert_eq!(std::fs::read(gitlab.home().join("a.tar.gz")).unwrap(), inside);
    }
}

#[test]
fn the_archives_own_layer_stays_on() {
    let inside = archive();
    let gitlab = served(inside.clone(), Some("gzip"));
    let end = gitlab.run(&DOWNLOAD);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_eq!(std::fs::read(gitlab.home().join("a.tar.gz")).unwrap(), inside);
}

#[test]
fn an_undeclared_gzip_layer_is_refused_with_the_way_to_remove_it() {
    for (file, coding) in
        [(gzip(&archive()), None), (gzip(&gzip(&archive())), Some("gzip")), (gzip(b"no tar"), Some("gzip"))]
    {
        let gitlab = served(file, coding);
        let end = gitlab.run(&DOWNLOAD);
        assert_eq!(end.exit, 8, "{}", end.result());
        assert_eq!(files(&gitlab), ["a.tar.gz.damaged"], "nothing else is left");
    }
}
