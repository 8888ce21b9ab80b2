//! GitLab's `finished` is not trusted: the content of the project is compared with that of the archive.

use std::io::Write as _;

use serde_json::{Value, json};

use super::{fault, field, import, parts, posts, with_archive};

fn missing(result: &Value) -> Vec<(String, u64, u64)> {
    let line = |one: &Value| {
        let number = |name: &str| one[name].as_u64().unwrap();
        (one["relation"].as_str().unwrap().to_owned(), number("archive"), number("arrived"))
    };
    result["missing"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn finished_with_nothing_there_is_a_loss() {
    let (fixture, archive) = with_archive();
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"import_empty\"\nrelations = []"));
    let end = import(&fixture, &archive, &["--path", "copy", "--wait"]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (6, "import_failed"), "{result}");
    let headline = result["headline"].as_str().unwrap();
    assert!(headline.contains("0 of 5 issues") && headline.contains("0 of 2 merge requests"), "{headline}");
    assert!(result["hint"].as_str().unwrap().contains("import relation FILE --project"), "{result}");
    assert_eq!((&result["import_status"], &result["failed_relations"]), (&json!("finished"), &json!([])));
    assert!(missing(result).contains(&("issues".into(), 5, 0)), "{result}");
    assert!(missing(result).contains(&("repository".into(), 1, 0)), "{result}");
    // A later comparison must not claim that somebody deleted records that never arrived.
    let end = fixture.run(&["verify", archive.to_str().unwrap(), "--against", "acme/copy"]);
    let problems = end.result()["problems"].as_array().unwrap().clone();
    let differs: Vec<_> = problems.iter().filter(|problem| problem["code"] == "count_differs").collect();
    assert!(!differs.is_empty(), "{}", end.result());
    for problem in differs {
        let message = problem["message"].as_str().unwrap();
        assert!(
            message.contains("did not arrive") && !message.contains("deleted after the export"),
            "{message}"
        );
    }
}

#[test]
fn what_is_missing_is_named_and_can_be_imported() {
    let (fixture, archive) = with_archive();
    fixture
        .practice
        .trigger(fault("on = \"import_file\"\nkind = \"import_empty\"\nrelations = [\"issues\"]"));
    let end = import(&fixture, &archive, &["--path", "copy", "--wait"]);
    let result = end.result();
    assert_eq!(
        (end.exit, &result["partial"], &result["phase"]),
        (0, &json!(true), &json!("partial")),
        "{result}"
    );
    assert_eq!(missing(result), [("issues".to_owned(), 5, 0)]);
    assert!(result["hint"].as_str().unwrap().contains("--relation issues"), "{result}");
    let file = archive.to_str().unwrap();
    let bring = ["import", "relation", file, "--project", "acme/copy", "--relation", "issues", "--wait"];
    let end = fixture.run(&bring);
    assert_eq!((end.exit, &end.result()["partial"]), (0, &json!(false)), "{}", end.result());
    assert_eq!(end.result()["compared"], true);
    // GitLab reports a relation import of a broken archive as finished, too.
    fixture
        .practice
        .trigger(fault("on = \"import_file\"\nkind = \"import_empty\"\nrelations = [\"issues\"]"));
    assert_eq!(import(&fixture, &archive, &["--path", "other", "--wait"]).exit, 0);
    fixture.practice.trigger(fault("on = \"import_relation\"\nkind = \"import_empty\"\nrelations = []"));
    let end = fixture.run(&[
        "import",
        "relation",
        file,
        "--project",
        "acme/other",
        "--relation",
        "issues",
        "--wait",
    ]);
    assert_eq!((end.exit, end.code()), (6, "import_failed"), "{}", end.result());
    assert_eq!(missing(end.result()), [("issues".to_owned(), 5, 0)]);
}

#[test]
fn all_that_arrived_is_complete_and_what_was_not_compared_is_not_called_so() {
    let (fixture, archive) = with_archive();
    let end = import(&fixture, &archive, &["--path", "copy", "--wait"]);
    let result = end.result();
    assert_eq!(
        (end.exit, &result["compared"], &result["missing"]),
        (0, &json!(true), &json!([])),
        "{result}"
    );
    assert_eq!(result["sentence"], "acme/copy was imported completely.");
    let url = format!("{}/archive.tar.gz", fixture.practice.storage_url());
    let end = fixture.run(&["import", "remote", "--url", &url, "--path", "far", "--anyway", "--wait"]);
    let result = end.result();
    assert_eq!((end.exit, &result["compared"]), (0, &json!(false)), "{result}");
    assert!(!result["sentence"].as_str().unwrap().contains("completely"), "{result}");
    assert!(result["hint"].as_str().unwrap().contains("verify FILE --against"), "{result}");
    // A project that cannot be read is not reported as complete either.
    fixture.practice.trigger(fault(
        "on = \"totals\"\ntimes = 0\nkind = \"answer\"\nstatus = 401\ncontent_type = \"application/json\"\nbody = '{\"message\":\"401 Unauthorized\"}'",
    ));
    let end = import(&fixture, &archive, &["--path", "third", "--wait"]);
    assert_eq!((end.exit, &end.result()["compared"]), (0, &json!(false)), "{}", end.result());
    assert!(!end.result()["sentence"].as_str().unwrap().contains("completely"), "{}", end.result());
}

#[test]
fn canceled_ends_the_watch() {
    let (fixture, archive) = with_archive();
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"import_canceled\""));
    let end = import(&fixture, &archive, &["--path", "copy", "--wait"]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (6, "import_failed"), "{result}");
    assert_eq!((&result["import_status"], &result["phase"]), (&json!("canceled"), &json!("canceled")));
    let end = fixture.run(&["import", "status", "acme/copy", "--wait"]);
    assert_eq!((end.exit, &end.result()["import_status"]), (6, &json!("canceled")), "{}", end.result());
}

#[test]
fn a_broken_bundle_is_named_in_plain_words() {
    let (fixture, archive) = with_archive();
    fixture.practice.trigger(fault(
        "on = \"import_file\"\nkind = \"import_failed\"\nerror = \"Error importing repository into acme/copy - 13:CreateRepositoryFromBundle: cmd wait failed: exit status 128\"",
    ));
    let end = import(&fixture, &archive, &["--path", "copy", "--wait"]);
    let headline = end.result()["headline"].as_str().unwrap();
    assert_eq!(end.exit, 6, "{headline}");
    for words in [
        "exit status 128",
        "GitLab's Git could not read project.bundle",
        "found nothing wrong with the bundle",
    ] {
        assert!(headline.contains(words), "{headline}");
    }
    assert!(end.result()["hint"].as_str().unwrap().contains("#24806"), "{}", end.result());
}

#[test]
fn whatever_an_archive_is_called_gitlab_gets_a_name_that_it_accepts() {
    let (fixture, archive) = with_archive();
    let short = archive.with_file_name("lab_demo_export.tgz");
    std::fs::copy(&archive, &short).unwrap();
    let end = import(&fixture, &short, &["--path", "copy", "--wait"]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let sent = parts(&posts(&fixture).remove(0));
    assert!(sent.last().unwrap().0.contains("filename=\"lab_demo_export.tar.gz\""), "{sent:?}");
}

#[test]
fn a_relations_file_is_packed_as_the_importer_reads_it() {
    let (fixture, archive) = with_archive();
    fixture
        .practice
        .trigger(fault("on = \"import_file\"\nkind = \"import_empty\"\nrelations = [\"issues\"]"));
    assert_eq!(import(&fixture, &archive, &["--path", "copy", "--wait"]).exit, 0);
    let file = archive.with_file_name("issues.ndjson.gz");
    let lines = (1..=5).fold(String::new(), |all, iid| {
        all + &format!(
            "{{\"iid\":{iid},\"title\":\"Case {iid}\"}}
"
        )
    });
    let mut gzip =
        flate2::write::GzEncoder::new(std::fs::File::create(&file).unwrap(), flate2::Compression::fast());
    gzip.write_all(lines.as_bytes()).unwrap();
    gzip.finish().unwrap();
    let words =
        ["import", "relation", file.to_str().unwrap(), "--project", "acme/copy", "--relation", "issues"];
    let end = fixture.run(&[&words[..], &["--wait"]].concat());
    let result = end.result();
    assert_eq!((end.exit, &result["missing"]), (0, &json!([])), "{result}");
    assert!(result["warnings"][0].as_str().unwrap().contains("one relation"), "{result}");
    let sent = posts(&fixture).pop().unwrap();
    assert!(sent.path().ends_with("/import-relation"), "{}", sent.target);
    let form = parts(&sent);
    assert_eq!(field(&form, "relation").as_deref(), Some("issues"));
    // A relation that consists of a tar has no list of records.
    std::fs::copy(&archive, archive.with_file_name("x.tar.gz")).unwrap();
    assert_eq!(
        fixture.run(&["verify", file.to_str().unwrap()]).exit,
        8,
        "it is no project archive by itself"
    );
}

#[test]
fn an_archived_project_is_reported_before_and_after() {
    let (fixture, archive) = with_archive();
    let here = archive.with_file_name("archived.tar.gz");
    repacked(&archive, &here);
    let end = import(&fixture, &here, &["--path", "copy", "--wait"]);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    let warned = end.lines.iter().position(|line| {
        line["level"] == "note" && line["message"].as_str().is_some_and(|text| text.contains("archived"))
    });
    // A fast import may be seen first when it has begun or ended.
    let uploaded = end.lines.iter().position(|line| {
        line["import_status"]
            .as_str()
            .is_some_and(|status| ["scheduled", "started", "finished"].contains(&status))
    });
    assert!(warned.is_some() && warned < uploaded, "{:?}", end.lines);
}

/// The same archive with `"archived": true`.
fn repacked(from: &std::path::Path, to: &std::path::Path) {
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(from).unwrap()));
    let gzip = flate2::write::GzEncoder::new(std::fs::File::create(to).unwrap(), flate2::Compression::fast());
    let mut copy = tar::Builder::new(gzip);
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let (mut header, path) = (entry.header().clone(), entry.path().unwrap().into_owned());
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
        if path.ends_with("tree/project.json") {
            let text = String::from_utf8(content).unwrap();
            content = text.replace("\"archived\":false", "\"archived\":true").into_bytes();
        }
        header.set_size(content.len() as u64);
        copy.append_data(&mut header, path, &content[..]).unwrap();
    }
    copy.into_inner().unwrap().finish().unwrap();
}
