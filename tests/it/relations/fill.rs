//! What the relations export lacks, read through other calls: members, wiki, snippets.

use std::fs;
use std::path::{Path, PathBuf};

use export_desk::engine::api::{Answer, BuildOptions, BuildStage, Command, MembersChoice};
use export_desk::practice::Listener;
use serde_json::{Value, json};

use super::build::{build, downloaded, members};
use super::reimport::{genuine, imported};
use super::{download, fault, folder, started, without_faults};
use crate::fixture::{End, Fixture};
use crate::front_end::FrontEnd;

pub fn fill(fixture: &Fixture, folder: &Path, more: &[&str]) -> End {
    let mut args = vec!["relations", "fill", folder.to_str().unwrap()];
    args.extend(more);
    fixture.run(&args)
}

/// The addresses that members of the practice GitLab show on their profiles.
pub fn table(fixture: &Fixture) -> PathBuf {
    let path = fixture.folder.path().join("members.csv");
    fs::write(&path, "username,email\nmaria,maria@example.com\nDana,dana@example.com\n").unwrap();
    path
}

pub fn answers(on: &str, status: u16) -> export_desk::practice::Fault {
    fault(&format!(
        "on = \"{on}\"\ntimes = 0\nkind = \"answer\"\nstatus = {status}\ncontent_type = \"text/plain\"\nbody = \"no\""
    ))
}

/// By what was added or left out.
pub fn named<'a>(result: &'a Value, list: &str, key: &str) -> Vec<&'a str> {
    result[list].as_array().unwrap().iter().map(|one| one[key].as_str().unwrap()).collect()
}

/// Members that only one of two archives has, or that differ.
fn different(one: &Path, other: &Path) -> Vec<String> {
    let (one, other) = (members(one), members(other));
    let names = one.keys().chain(other.keys()).filter(|name| !name.ends_with('/'));
    let mut names: Vec<_> = names.filter(|name| one.get(*name) != other.get(*name)).cloned().collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn a_filled_archive_equals_gitlabs_own_and_arrives_whole() {
    let mut lesson = without_faults("relations-batched");
    lesson.world.limits.project_import = 0;
    let fixture = Fixture::with(lesson);
    started(&fixture, &[]);
    let folder = folder(&fixture);
    assert_eq!(fixture.run(&download(&fixture, &folder)).exit, 0);
    let table = table(&fixture);
    let end = fill(&fixture, &folder, &["--members", table.to_str().unwrap()]);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert_eq!(named(result, "filled", "what"), ["project_members", "wiki", "snippets"], "{result}");
    let counts: Vec<_> = result["filled"].as_array().unwrap().iter().map(|one| &one["count"]).collect();
    assert_eq!(counts, [3, 1, 1], "{result}");
    assert_eq!(result["left_out"], json!([]));
    assert!(result["filled"][0]["note"].as_str().unwrap().starts_with("2 of them"), "{result}");
    assert!(result["filled"][1]["from"].as_str().unwrap().ends_with("/acme/handbook.wiki.git"), "{result}");
    assert!(end.lines.iter().any(|line| line["event"] == "progress"), "{:?}", end.lines);
    let record: Value = serde_json::from_slice(&fs::read(folder.join("filled.json")).unwrap()).unwrap();
    for file in record["files"].as_array().unwrap() {
        assert_eq!(file["sha256"].as_str().unwrap().len(), 64, "{file}");
    }
    let files: Vec<_> =
        fs::read_dir(folder.join("filled")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    #[cfg(unix)]
    for file in files.iter().chain([&folder.join("filled.json")]) {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }

    // Git gets the token as a password, and nothing else gets it.
    let seen = fixture.practice.requests();
    let of_git: Vec<_> = seen.iter().filter(|seen| seen.path().contains(".git/")).collect();
    assert_eq!(of_git.len(), 4, "references and pack of the wiki and of the snippet");
    for seen in &of_git {
        assert!(seen.header("authorization").is_some_and(|value| value.starts_with("Basic ")), "{seen:?}");
        assert_eq!((seen.header("private-token"), seen.origin), (None, Listener::Api));
    }
    assert!(seen.iter().all(|seen| !seen.target.contains(fixture.practice.token())));

    let genuine = genuine(&fixture);
    let rebuilt = fixture.downloads().join("rebuilt.tar.gz");
    let receipt = fixture.downloads().join("receipt.md");
    let words = ["--output", rebuilt.to_str().unwrap(), "--receipt", receipt.to_str().unwrap()];
    let end = build(&fixture, &folder, &words);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert_eq!(named(result, "filled", "what"), ["project_members", "wiki", "snippets", "max_iids"]);
    assert_eq!(named(result, "left_out", "relation"), ["user_contributions", "uploads"], "{result}");
    assert_eq!(different(&rebuilt, &genuine), [""; 0]);
    let text = fs::read_to_string(&receipt).unwrap();
    assert!(
        text.contains("| Added | project_members, 3 members from http://")
            && text.contains("| Added | wiki, 1 page from"),
        "{text}"
    );
    assert!(text.contains("| Left out | uploads, "), "{text}");

    let (theirs, ours) = (imported(&fixture, &genuine, "theirs"), imported(&fixture, &rebuilt, "ours"));
    assert_eq!(ours, theirs);
    assert_eq!((ours.wiki_pages, ours.records["project_members"], ours.failures.len()), (1, 3, 0));
}

#[test]
fn addresses_go_into_a_file_only_if_the_user_says_so() {
    let (fixture, folder) = downloaded(false);
    let has_address = |folder: &Path| {
        let files =
            fs::read_dir(folder).unwrap().chain(fs::read_dir(folder.join("filled")).into_iter().flatten());
        let paths = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        paths
            .map(|path| fs::read(path).unwrap())
            .any(|bytes| bytes.windows(16).any(|part| part == b"dana@example.com"))
    };
    // Nobody sits at a terminal: the members are left out.
    let end = fill(&fixture, &folder, &[]);
    assert_eq!(
        (end.exit, named(end.result(), "left_out", "relation")),
        (0, vec!["project_members"]),
        "{:?}",
        end.lines
    );
    assert!(!fixture.practice.requests().iter().any(|seen| seen.path().ends_with("/members/all")));
    let end = fill(&fixture, &folder, &["--members", "ask"]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    let bad = fixture.folder.path().join("bad.csv");
    fs::write(&bad, "maria,maria@example.com\nsecret@example.com\n").unwrap();
    for command in ["fill", "build"] {
        let end = fixture.run(&[
            "relations",
            command,
            folder.to_str().unwrap(),
            "--members",
            bad.to_str().unwrap(),
        ]);
        assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
        let headline = end.result()["headline"].as_str().unwrap();
        assert!(headline.contains("line 2") && !headline.contains("secret"), "{headline}");
    }
    assert!(!has_address(&folder));

    let table = table(&fixture);
    let end = fill(&fixture, &folder, &["--members", table.to_str().unwrap()]);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(has_address(&folder));
    let line = "tree/project/project_members.ndjson";
    let output = |name: &str| fixture.downloads().join(name);
    let built = |name: &str, more: &[&str]| {
        let (path, mut words) = (output(name), more.to_vec());
        words.extend(["--output", path.to_str().unwrap()]);
        let end = build(&fixture, &folder, &words);
        assert_eq!(end.exit, 0, "{}", end.result());
        (members(&path), end)
    };
    let (all, _) = built("with.tar.gz", &[]);
    assert!(String::from_utf8_lossy(&all[line]).contains("dana@example.com"));
    let (all, end) = built("without.tar.gz", &["--members", "none"]);
    assert!(!all.contains_key(line) && all.contains_key("project.wiki.bundle"));
    assert!(named(end.result(), "left_out", "relation").contains(&"project_members"));
    // A table decides alone, offline as well.
    let other = fixture.folder.path().join("other.csv");
    fs::write(&other, "jonas;j@example.com\nnobody;n@example.com\n").unwrap();
    let (all, end) = built("other.tar.gz", &["--members", other.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&all[line]).into_owned();
    assert!(text.contains("j@example.com") && !text.contains("dana@example.com"), "{text}");
    let note = end.result()["filled"][0]["note"].as_str().unwrap();
    assert!(note.contains("No member has this username of the table: nobody."), "{note}");

    // Filled again without members, the folder has no address any more.
    let end = fill(&fixture, &folder, &["--members", "none"]);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(!has_address(&folder));
    // Then a table has nobody to give an address to: the build says so instead of leaving it out.
    let path = output("dropped.tar.gz");
    let words = ["--members", other.to_str().unwrap(), "--output", path.to_str().unwrap()];
    let end = build(&fixture, &folder, &words);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (2, "usage"), "{result}");
    let (headline, hint) = (result["headline"].as_str().unwrap(), result["hint"].as_str().unwrap());
    assert!(headline.contains("has no members") && hint.contains("relations fill"), "{result}");
    assert!(!path.exists());
}

#[test]
fn a_part_that_fails_is_reported_and_the_archive_is_built_without_it() {
    let (fixture, folder) = downloaded(true);
    let table = table(&fixture);
    let filled = || {
        let end = fill(&fixture, &folder, &["--members", table.to_str().unwrap()]);
        assert_eq!(end.exit, 0, "{}", end.result());
        end.result().clone()
    };
    let why = |result: &Value, what: &str| {
        let left =
            result["left_out"].as_array().unwrap().iter().find(|left| left["relation"] == what).cloned();
        left.map(|left| left["why"].as_str().unwrap().to_owned()).unwrap_or_default()
    };
    // What was read before would stay.
    let forget = || {
        fs::remove_dir_all(folder.join("filled")).ok();
        fs::remove_file(folder.join("filled.json")).unwrap();
        fixture.practice.forget_faults();
    };
    for (on, status, parts) in [
        ("git_refs", 401, vec!["wiki", "snippets"]),
        ("wikis", 403, vec!["wiki"]),
        ("members", 500, vec!["project_members"]),
    ] {
        fixture.practice.trigger(answers(on, status));
        let result = filled();
        assert_eq!(named(&result, "left_out", "relation"), parts, "{on}: {result}");
        for part in parts {
            assert!(why(&result, part).ends_with('.'), "{on}: {result}");
        }
        forget();
    }
    // Without git, the rest is there. Nothing is requested again after a refusal.
    fixture.practice.trigger(answers("git_refs", 401));
    let before = fixture.practice.requests().len();
    let result = filled();
    assert!(
        why(&result, "wiki").contains("does not let this token read the repository with git"),
        "{result}"
    );
    let seen = fixture.practice.requests();
    assert_eq!(seen[before..].iter().filter(|seen| seen.path().contains(".git/")).count(), 2);
    let end = build(&fixture, &folder, &[]);
    let result = end.result();
    assert_eq!(
        (end.exit, named(result, "filled", "what")),
        (0, vec!["project_members", "max_iids"]),
        "{result}"
    );
    assert!(why(result, "snippets").contains("git"), "{result}");

    // GitLab gives nothing at all: the fill fails, and a build says why.
    fixture.practice.forget_faults();
    fixture.practice.trigger(fault("on = \"project\"\ntimes = 0\nkind = \"token_revoked\""));
    let end = fill(&fixture, &folder, &["--members", "none"]);
    assert_eq!((end.exit, end.code()), (4, "token_rejected"), "{}", end.result());
}

#[test]
fn a_kill_leaves_no_bad_file_and_a_users_file_is_moved_aside() {
    let (fixture, folder) = downloaded(false);
    let wiki = folder.join("filled/project.wiki.bundle");
    fs::create_dir(folder.join("filled")).unwrap();
    fs::write(&wiki, "mine").unwrap();
    fixture.practice.trigger(fault("on = \"git_pack\"\ntimes = 0\nkind = \"stall_after\"\nbytes = 200"));
    let mut child = fixture.spawn(&["relations", "fill", folder.to_str().unwrap(), "--members", "none"]);
    let lines = crate::waiting::Lines::of(&mut child);
    let mut progress = lines.filter(|line| line.as_ref().unwrap().contains("\"event\":\"progress\""));
    assert!(progress.next().is_some());
    crate::waiting::killed(&mut child);
    assert!(fs::read(&wiki).unwrap() == b"mine", "nothing has the final name");
    fixture.practice.forget_faults();
    let end = build(&fixture, &folder, &["--output", fixture.downloads().join("a.tar.gz").to_str().unwrap()]);
    assert!(named(end.result(), "left_out", "relation").contains(&"wiki"), "{}", end.result());

    let end = fill(&fixture, &folder, &["--members", "none"]);
    assert_eq!(
        (end.exit, named(end.result(), "filled", "what")),
        (0, vec!["wiki", "snippets"]),
        "{}",
        end.result()
    );
    assert_eq!(fs::read(wiki.with_added_extension("old")).unwrap(), b"mine");
    let names = fs::read_dir(folder.join("filled")).unwrap();
    let odd: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(odd, [""; 0]);
    // A second reading replaces its own files.
    assert_eq!(fill(&fixture, &folder, &["--members", "none"]).exit, 0);
    assert_eq!(fs::read_dir(folder.join("filled")).unwrap().count(), 3);
    // A file that was changed since is not used.
    fs::write(&wiki, "changed").unwrap();
    let end = build(&fixture, &folder, &["--output", fixture.downloads().join("b.tar.gz").to_str().unwrap()]);
    assert_eq!((end.exit, end.code()), (8, "archive_damaged"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().ends_with("since: wiki."), "{}", end.result());
    let output = fixture.downloads().join("b.tar.gz");
    let end = build(&fixture, &folder, &["--allow-gaps", "--output", output.to_str().unwrap()]);
    let left = end.result()["left_out"].to_string();
    assert!(end.exit == 0 && left.contains("changed or removed"), "{}", end.result());
    assert_eq!(end.result()["gaps"][0]["code"], "file_changed", "{}", end.result());
}

#[test]
fn what_was_read_for_another_export_is_not_used() {
    let (fixture, folder) = downloaded(true);
    assert_eq!(fill(&fixture, &folder, &[]).exit, 0);
    started(&fixture, &[]);
    assert_eq!(fixture.run(&download(&fixture, &folder)).exit, 0);
    let end = build(&fixture, &folder, &[]);
    let result = end.result();
    assert_eq!((end.exit, named(result, "filled", "what")), (0, vec!["max_iids"]), "{result}");
    assert!(result["left_out"].to_string().contains("for another export"), "{result}");
    let nowhere = fixture.folder.path().join("nowhere");
    let end = fill(&fixture, &nowhere, &[]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
}

#[test]
fn the_window_fills_and_builds_in_one_step() {
    let (fixture, folder) = downloaded(true);
    let genuine = genuine(&fixture);
    let front_end = FrontEnd::of(&fixture);
    let built = |members, name: &str| {
        let output = Some(fixture.downloads().join(name));
        let options = BuildOptions { output, members: Some(members), fills: true, ..BuildOptions::default() };
        let asked = Command::BuildArchive { folder: folder.clone(), options };
        let Ok(Answer::Building(path)) = front_end.ask(asked) else { panic!("a build") };
        let ended = front_end.until(|snapshot| {
            snapshot.builds.iter().find(|view| view.output == path).and_then(|view| view.ended.clone())
        });
        (path, ended.unwrap())
    };
    let (path, archive) = built(MembersChoice::PublicEmails, "all.tar.gz");
    let what: Vec<_> = archive.filled.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(what, ["project_members", "wiki", "snippets", "max_iids"]);
    assert_eq!(different(&path, &genuine), [""; 0], "the practice members show these addresses");
    assert_eq!(BuildStage::Filling.as_str(), "filling");

    // The network is gone, but what was read before is still there; without the members, because these were not
    // wanted this time.
    fixture.practice.trigger(answers("project", 503));
    let (path, archive) = built(MembersChoice::Without, "offline.tar.gz");
    let all = members(&path);
    assert!(all.contains_key("project.wiki.bundle"));
    assert!(!all.contains_key("tree/project/project_members.ndjson"), "{:?}", archive.left_out);
}

#[test]
fn a_download_of_some_relations_asks_nothing_for_a_build() {
    let fixture = super::plain();
    started(&fixture, &[]);
    let folder = folder(&fixture);
    let count = |end: &str| {
        let seen = fixture.practice.requests();
        seen.iter().filter(|seen| seen.path().ends_with(end)).count()
    };
    let words = [
        "relations",
        "download",
        &fixture.lesson.project,
        "--output",
        folder.to_str().unwrap(),
        "--relation",
        "labels",
    ];
    assert_eq!(fixture.run(&words).exit, 0);
    assert_eq!((count("/version"), count("/protected_branches")), (0, 0));
    assert_eq!(fixture.run(&download(&fixture, &folder)).exit, 0);
    assert_eq!((count("/version"), count("/protected_branches")), (1, 1));
    let manifest = super::manifest(&folder);
    assert_eq!(
        (&manifest["gitlab_version"], &manifest["deploy_key_rows"]),
        (&json!("18.9.0-ee"), &json!({"main": 1}))
    );
    assert_eq!(fixture.run(&words).exit, 0);
    assert_eq!(super::manifest(&folder)["gitlab_version"], "18.9.0-ee", "what was known stays");
}
