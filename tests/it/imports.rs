//! Imports through the real program: what is checked first, what is sent, what is reported.

mod arrival;
mod flat;
mod test_import;
mod verification;
mod window;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use export_desk::practice::Seen;
use serde_json::{Value, json};

use crate::fixture::{End, Fixture, fault};
use crate::waiting::{InTime, Lines};

/// A fixture with an archive of its lesson's project.
pub fn with_archive() -> (Fixture, PathBuf) {
    let fixture = Fixture::of("first-export");
    let archive = fixture.downloads().join("archive.tar.gz");
    let end =
        fixture.run(&["export", "start", &fixture.lesson.project, "--download", archive.to_str().unwrap()]);
    assert_eq!(end.exit, 0, "{}", end.result());
    (fixture, archive)
}

/// The first line of a request and the length of its body, for a test's own servers; the body can be read next.
pub fn head_of(reader: &mut impl BufRead) -> (String, u64) {
    let (mut first, mut length_bytes) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            return (first, length_bytes);
        }
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length_bytes = text.trim().parse().unwrap();
        }
    }
}

fn import(fixture: &Fixture, archive: &std::path::Path, more: &[&str]) -> End {
    let mut words = vec!["import", "file", archive.to_str().unwrap(), "--namespace", "acme"];
    words.extend(more);
    fixture.run(&words)
}

fn posts(fixture: &Fixture) -> Vec<Seen> {
    let seen = fixture.practice.requests();
    seen.into_iter().filter(|seen| seen.method == "POST" && seen.path().contains("import")).collect()
}

/// The fields of a multipart body as far as the log stores it, with the head of each part.
fn parts(seen: &Seen) -> Vec<(String, String)> {
    let kind = seen.header("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let text = String::from_utf8_lossy(&seen.body);
    let delimiter = format!("--{boundary}\r\n");
    text.split(&delimiter)
        .skip(1)
        .map(|part| {
            let (head, body) = part.split_once("\r\n\r\n").unwrap();
            (head.to_owned(), body.split("\r\n").next().unwrap_or_default().to_owned())
        })
        .collect()
}

fn field(parts: &[(String, String)], name: &str) -> Option<String> {
    let wanted = format!("name=\"{name}\"");
    parts.iter().find(|(head, _)| head.contains(&wanted)).map(|(_, body)| body.clone())
}

#[test]
fn the_request_has_what_was_asked() {
    let (fixture, archive) = with_archive();
    let more = ["--path", "copy", "--name", "A copy", "--override-param", "visibility=private", "--wait"];
    let end = import(&fixture, &archive, &more);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert_eq!(result["import_status"], "finished");
    assert_eq!((&result["path"], &result["partial"]), (&"acme/copy".into(), &false.into()));
    assert!(result["correlation_id"].is_string() && result["id"].is_u64());
    assert!(result["delete_url"].as_str().unwrap().starts_with(fixture.practice.url()));
    let seen = posts(&fixture).remove(0);
    assert_eq!(seen.path(), "/api/v4/projects/import");
    assert_eq!(seen.header("private-token"), Some(fixture.practice.token()));
    assert_eq!(seen.header("content-length"), Some(seen.body_bytes.to_string().as_str()));
    assert!(seen.header("transfer-encoding").is_none());
    let parts = parts(&seen);
    assert_eq!(field(&parts, "path").as_deref(), Some("copy"));
    assert_eq!(field(&parts, "name").as_deref(), Some("A copy"));
    assert_eq!(field(&parts, "override_params[visibility]").as_deref(), Some("private"));
    assert_eq!(field(&parts, "namespace_path").as_deref(), Some("acme"), "{parts:?}");
    assert!(field(&parts, "overwrite").is_none() && field(&parts, "namespace").is_none());
    let (head, _) = parts.last().unwrap();
    assert!(head.contains("name=\"file\"; filename=\"archive.tar.gz\""), "{head}");
    assert!(head.contains("Content-Type: application/gzip"), "{head}");
    let size = std::fs::metadata(&archive).unwrap().len();
    assert!(seen.body_bytes > size && seen.body_bytes < size + 2000);
    let all = fixture.practice.requests();
    assert!(all.iter().any(|seen| seen.method == "GET" && seen.path() == "/api/v4/projects/acme%2Fcopy"));
}

#[test]
fn older_versions_know_the_namespace_by_its_old_name() {
    let (fixture, archive) = with_archive();
    fixture.practice.trigger(fault(
        "on = \"version\"\ntimes = 0\nkind = \"answer\"\nstatus = 200\ncontent_type = \"application/json\"\nbody = '{\"version\":\"18.6.2-ee\",\"revision\":\"x\"}'",
    ));
    assert_eq!(import(&fixture, &archive, &["--path", "copy"]).exit, 0);
    let parts = parts(&posts(&fixture).remove(0));
    assert_eq!(field(&parts, "namespace").as_deref(), Some("acme"));
    assert!(field(&parts, "namespace_path").is_none());
}

#[test]
fn a_project_is_only_deleted_by_two_yeses_that_name_it() {
    let (fixture, archive) = with_archive();
    let here = ["--path", "handbook"];
    let end = import(&fixture, &archive, &here);
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("acme/handbook"), "{}", end.result());
    for (more, exit) in [
        (vec!["--overwrite"], 2),
        (vec!["--yes-delete", "acme/handbook"], 2),
        (vec!["--overwrite", "--yes-delete", "acme/webshop"], 3),
        (vec!["--overwrite", "--yes-delete", "handbook"], 3),
    ] {
        let words: Vec<_> = here.into_iter().chain(more).collect();
        assert_eq!(import(&fixture, &archive, &words).exit, exit, "{words:?}");
    }
    assert!(posts(&fixture).is_empty(), "nothing was sent");
    let yes = ["--path", "handbook", "--overwrite", "--yes-delete", "acme/handbook"];
    let end = import(&fixture, &archive, &yes);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_eq!(field(&parts(&posts(&fixture)[0]), "overwrite").as_deref(), Some("true"));
    // If there is nothing to delete, the parameter is not sent: a project that appears meanwhile stays.
    let end = import(&fixture, &archive, &["--path", "fresh", "--overwrite", "--yes-delete", "acme/fresh"]);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(field(&parts(&posts(&fixture)[1]), "overwrite").is_none());
}

#[test]
fn what_gitlab_would_refuse_is_not_sent() {
    let (fixture, archive) = with_archive();
    let bytes = std::fs::read(&archive).unwrap();
    let bad = fixture.downloads().join("bad.tar.gz");
    std::fs::write(&bad, &bytes[..bytes.len() / 2]).unwrap();
    let end = import(&fixture, &bad, &["--path", "copy", "--wait"]);
    assert_eq!((end.exit, end.code()), (8, "archive_damaged"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("Nothing was sent"));
    assert!(posts(&fixture).is_empty());
    let end = import(&fixture, &bad, &["--path", "copy", "--anyway", "--wait"]);
    assert_eq!((end.exit, end.code()), (6, "import_failed"), "{}", end.result());
    let error = end.result()["import_error"].as_str().unwrap();
    assert!(error.contains("CreateRepositoryFromBundle"), "{error}");
    for words in [vec!["--path", "a/b"], vec!["--path", ""], vec!["--path", "x", "--override-param", "odd"]] {
        assert_eq!(import(&fixture, &archive, &words).exit, 2, "{words:?}");
    }
    let end = import(&fixture, &fixture.downloads().join("absent"), &["--path", "x"]);
    assert_eq!((end.exit, end.code()), (10, "local"));
    assert_eq!(posts(&fixture).len(), 1);
}

#[test]
fn losses_are_grouped_and_one_relation_is_reimported() {
    let (fixture, archive) = with_archive();
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"import_partial\"\nrelation = \"issues\""));
    let end = import(&fixture, &archive, &["--path", "copy", "--wait"]);
    let result = end.result();
    assert_eq!((end.exit, &result["partial"]), (0, &true.into()), "{result}");
    assert_eq!(result["failed_relations"][0]["id"], 42);
    assert_eq!(result["causes"][0]["relation"], "issues");
    assert_eq!(result["causes"][0]["cause"], "a text is longer than the destination allows");
    assert_eq!(result["causes"][0]["repairable"], true);
    let path = archive.to_str().unwrap();
    let again = ["import", "relation", path, "--project", "acme/copy", "--relation", "issues", "--wait"];
    let end = fixture.run(&again);
    assert_eq!((end.exit, &end.result()["import_status"]), (0, &"finished".into()), "{}", end.result());
    assert_eq!(end.result()["sentence"], "The relation `issues` was imported into acme/copy.");
    assert!(end.result()["delete_url"].is_null(), "the project was there: {}", end.result());
    // GitLab names it only in the answer to the request.
    assert!(end.result()["correlation_id"].as_str().is_some_and(|id| !id.is_empty()), "{}", end.result());
    let seen = posts(&fixture);
    let parts = parts(&seen[1]);
    assert_eq!(seen[1].path(), "/api/v4/projects/import-relation");
    assert_eq!(field(&parts, "path").as_deref(), Some("acme/copy"));
    assert_eq!(field(&parts, "relation").as_deref(), Some("issues"));
    assert!(fixture.practice.requests().iter().any(|seen| seen.path().ends_with("/relation-imports")));
    let end = fixture.run(&["import", "relation", path, "--project", "acme/copy", "--relation", "labels"]);
    assert_eq!((end.exit, end.code()), (2, "usage"));
}

#[test]
fn refusals_and_gateways_are_explained() {
    let (fixture, archive) = with_archive();
    let answer = |status: u16, kind: &str, body: &str| {
        format!(
            "on = \"import_file\"\nkind = \"answer\"\nstatus = {status}\ncontent_type = \"{kind}\"\nbody = '{body}'"
        )
    };
    let json = "application/json";
    for (fault_text, exit, code) in [
        (answer(413, "text/html", "<h1>413</h1>"), 6, "size_limit"),
        (answer(400, json, "{\"message\":\"Project namespace path has already been taken\"}"), 3, "refused"),
        (answer(400, json, "{\"message\":\"Name is odd\"}"), 2, "usage"),
        (answer(403, json, "{\"message\":\"403 Forbidden\"}"), 4, "import_disabled"),
        (answer(404, json, "{\"message\":\"404 Namespace Not Found\"}"), 5, "not_found_or_no_access"),
    ] {
        fixture.practice.trigger(fault(&fault_text));
        let end = import(&fixture, &archive, &["--path", "copy"]);
        assert_eq!((end.exit, end.code()), (exit, code), "{fault_text}: {}", end.result());
    }
    // A gateway's error page: the program checks whether the import arrived before it sends the import again.
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"bad_gateway\""));
    let end = import(&fixture, &archive, &["--path", "copy"]);
    assert_eq!((end.exit, end.result()["tries"].as_u64()), (0, Some(2)), "{}", end.result());
    fixture
        .practice
        .trigger(fault("on = \"import_file\"\nkind = \"import_failed\"\nerror = \"File shares hard link\""));
    let end = import(&fixture, &archive, &["--path", "other", "--wait"]);
    assert_eq!((end.exit, end.code()), (6, "import_failed"), "{}", end.result());
    assert_eq!(end.result()["import_error"], "File shares hard link");
    assert!(end.result()["correlation_id"].is_string());
}

#[test]
fn a_lost_answer_is_searched_before_anything_is_sent_again() {
    let (fixture, archive) = with_archive();
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"cut_in_header\"\nafter_bytes = 5"));
    let end = import(&fixture, &archive, &["--path", "copy", "--wait"]);
    assert_eq!((end.exit, &end.result()["import_status"]), (0, &"finished".into()), "{}", end.result());
    assert_eq!(posts(&fixture).len(), 1, "it had arrived");
}

/// GitLab imports beside the project that it replaces, so it would take a second import as well.
#[test]
fn an_import_that_replaces_a_project_is_not_sent_twice() {
    let (fixture, archive) = with_archive();
    let replaces = ["--path", "handbook", "--overwrite", "--yes-delete", "acme/handbook", "--wait"];
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"cut_in_header\"\nafter_bytes = 5"));
    let end = import(&fixture, &archive, &replaces);
    assert_eq!((end.exit, &end.result()["import_status"]), (0, &"finished".into()), "{}", end.result());
    assert_eq!(end.result()["path"], "acme/handbook", "{}", end.result());
    assert_eq!(posts(&fixture).len(), 1, "it was found under its temporary path");
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"bad_gateway\""));
    let end = import(&fixture, &archive, &replaces);
    assert_eq!((end.exit, posts(&fixture).len()), (7, 2), "{}", end.result());
    assert!(end.result()["hint"].as_str().unwrap().contains("acme/handbook"), "{}", end.result());
}

#[test]
fn a_large_upload_is_sent_again_with_consent_alone() {
    let fixture = Fixture::of("first-export");
    let large = fixture.downloads().join("large.tar.gz");
    std::fs::File::create(&large).unwrap().set_len(101 << 20).unwrap();
    fixture
        .practice
        .trigger(fault("on = \"import_file\"\nat = 1\ntimes = 2\nkind = \"cut_upload\"\npercent = 60"));
    let end = import(&fixture, &large, &["--path", "copy", "--anyway", "--wait"]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (7, "network"), "{result}");
    let headline = result["headline"].as_str().unwrap();
    assert!(headline.contains("cannot resume") && headline.contains(" MiB of 101.0 MiB (6"), "{headline}");
    assert!(result["hint"].as_str().unwrap().contains("--retry-upload"));
    assert_eq!(posts(&fixture).len(), 1);
    let end = import(&fixture, &large, &["--path", "copy", "--anyway", "--retry-upload", "--wait"]);
    assert_eq!((end.code(), end.result()["tries"].as_u64()), ("import_failed", Some(2)), "{}", end.result());
    assert_eq!(posts(&fixture).len(), 3);
}

/// A server that answers one HEAD request after another.
pub fn bucket(head: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            let all: Vec<_> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            assert!(first.starts_with("HEAD "), "{first}");
            assert!(all.iter().all(|line| !line.to_ascii_lowercase().starts_with("private-token")));
            stream.write_all(format!("HTTP/1.1 {head}Connection: close\r\n\r\n").as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn a_url_that_only_the_instance_may_reach_is_gitlabs_to_judge() {
    let fixture = Fixture::of("first-export");
    let url = "https://archive.internal.invalid/a.tar.gz";
    let end = fixture.run(&["import", "remote", "--url", url, "--namespace", "acme", "--path", "copy"]);
    assert!(!end.result().to_string().contains("will reject"), "{}", end.result());
    assert_eq!(posts(&fixture)[0].path(), "/api/v4/projects/remote-import", "GitLab is asked");
}

#[test]
fn a_remote_archive_is_asked_as_gitlab_asks_it() {
    let fixture = Fixture::of("first-export");
    let remote = |url: &str, more: &[&str]| {
        let mut words = vec!["import", "remote", "--url", url, "--namespace", "acme", "--path", "copy"];
        words.extend(more);
        fixture.run(&words)
    };
    let zip = bucket("200 OK\r\nContent-Type: application/zip\r\nContent-Length: 10\r\n");
    let end = remote(&format!("{zip}/a.zip?sig=hush"), &[]);
    assert_eq!((end.exit, end.code()), (2, "usage"));
    assert!(end.result()["headline"].as_str().unwrap().contains("application/zip"), "{}", end.result());
    for url in ["http://example.com/a.tar.gz", "nonsense", "https://me:pw@example.com/a"] {
        assert_eq!(remote(url, &[]).exit, 2, "{url}");
    }
    assert!(posts(&fixture).is_empty());
    let good = bucket("200 OK\r\nContent-Type: application/gzip; x=y\r\nContent-Length: 1000\r\n");
    let url = format!("{good}/a.tar.gz?sig=hush");
    let end = remote(&url, &["--wait"]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let seen = posts(&fixture).remove(0);
    assert_eq!(seen.path(), "/api/v4/projects/remote-import");
    let body: Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(body, json!({ "url": url, "path": "copy", "namespace_path": "acme" }));
    nowhere(&fixture, &end, "hush");
}

#[test]
fn the_keys_of_s3_are_sent_and_shown_nowhere() {
    let fixture = Fixture::of("first-export");
    let words =
        ["import", "s3", "--region", "eu-1", "--bucket", "b", "--key", "k/a.tar.gz", "--path", "copy"];
    let end = fixture.run(&words);
    assert_eq!((end.exit, end.code()), (2, "usage"), "the keys are missing");
    let output = fixture
        .program(&words)
        .env("EXPORT_DESK_S3_ACCESS_KEY_ID", "AKIA-hush")
        .env("EXPORT_DESK_S3_SECRET_ACCESS_KEY", "very-hush")
        .output_in_time();
    let end = End::of(&output.unwrap());
    assert_eq!(end.exit, 0, "{}", end.result());
    let seen = posts(&fixture).remove(0);
    let body: Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(
        body,
        json!({
            "region": "eu-1", "bucket_name": "b", "file_key": "k/a.tar.gz", "path": "copy",
            "access_key_id": "AKIA-hush", "secret_access_key": "very-hush",
        })
    );
    nowhere(&fixture, &end, "hush");
}

fn nowhere(fixture: &Fixture, end: &End, secret: &str) {
    assert!(!format!("{:?} {}", end.lines, end.stderr).contains(secret));
    for entry in std::fs::read_dir(fixture.data_dir()).unwrap() {
        let mut bytes = Vec::new();
        std::fs::File::open(entry.unwrap().path()).unwrap().read_to_end(&mut bytes).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(secret));
    }
}

#[test]
fn a_check_reports_what_it_sees() {
    let fixture = Fixture::of("first-export");
    let end = fixture.run(&["import", "status", "acme/webshop"]);
    assert_eq!((end.exit, &end.result()["import_status"]), (0, &"none".into()), "{}", end.result());
    assert!(end.result()["delete_url"].is_null(), "{}", end.result());
    let end = fixture.run(&["import", "status", "other/private"]);
    assert_eq!((end.exit, end.code()), (5, "not_found_or_no_access"));
}

#[test]
fn killed_after_gitlab_took_it_the_same_command_watches_on() {
    let (fixture, archive) = with_archive();
    let path = archive.to_str().unwrap();
    let words = ["import", "file", path, "--namespace", "acme", "--path", "copy", "--wait"];
    let mut child = fixture.spawn(&words);
    let lines = Lines::of(&mut child);
    let discovered = lines.map(Result::unwrap).any(|line| line.contains("\"scheduled\""));
    crate::waiting::killed(&mut child);
    assert!(discovered, "The upload was stopped before GitLab had the whole archive.");
    let end = fixture.run(&words);
    assert_eq!((end.exit, &end.result()["import_status"]), (0, &"finished".into()), "{}", end.result());
    assert_eq!(posts(&fixture).len(), 1, "watched on, not sent again");
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

/// What stops an import is said once, at the end, with what to do about it.
#[test]
fn a_refused_import_says_why_once() {
    let (fixture, archive) = with_archive();
    let bytes = std::fs::read(&archive).unwrap();
    let bad = fixture.downloads().join("bad.tar.gz");
    std::fs::write(&bad, &bytes[..bytes.len() / 2]).unwrap();
    for (file, more) in [(&bad, &[][..]), (&bad, &["--anyway", "--wait"])] {
        let words = ["import", "file", file.to_str().unwrap(), "--namespace", "acme", "--path", "copy"];
        let said = fixture.said(&[&words[..], more].concat());
        let why: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("export-desk: ")).collect();
        assert!(why.len() == 1 && said.matches(why[0]).count() == 1, "{said}");
    }
}
