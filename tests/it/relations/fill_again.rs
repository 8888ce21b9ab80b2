//! A second reading of what the relations export lacks, and every way in which a reading can fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use export_desk::engine::api::{Command, MembersChoice};
use serde_json::{Value, json};

use super::build::{build, downloaded, members};
use super::fill::{answers, fill, named, table};
use super::reimport::imported;
use super::{download, fault, folder, started};
use crate::front_end::FrontEnd;

fn cut() -> export_desk::practice::Fault {
    fault("on = \"git_pack\"\ntimes = 0\nkind = \"cut_after\"\nbytes = 200")
}

/// Every file in `filled`, by name.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder.join("filled")).into_iter().flatten().map(|entry| entry.unwrap().path());
    files
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect()
}

/// Every way in which a part can fail: what happens, the fault, and the part.
fn faults() -> Vec<(String, export_desk::practice::Fault, &'static str)> {
    let mut faults = vec![("a cut pack".to_owned(), cut(), "wiki")];
    for (on, part, statuses) in [
        ("wikis", "wiki", &[401, 403, 404, 500][..]),
        ("git_refs", "wiki", &[401, 403, 404, 500]),
        ("git_pack", "wiki", &[401, 500]),
        ("totals", "snippets", &[403, 404, 500]),
        ("members", "project_members", &[403, 500]),
    ] {
        faults.extend(statuses.iter().map(|status| (format!("{on} {status}"), answers(on, *status), part)));
    }
    faults
}

/// What GitLab's answers and a cut network make of a first reading, and of a second one.
#[test]
fn a_second_reading_that_fails_keeps_what_the_first_one_brought() {
    let (fixture, folder) = downloaded(true);
    let table = table(&fixture);
    let read = || {
        let end = fill(&fixture, &folder, &["--members", table.to_str().unwrap()]);
        assert_eq!(end.exit, 0, "{}", end.result());
        end.result().clone()
    };
    let faults = faults();
    for (what, fault, part) in &faults {
        fixture.practice.trigger(fault.clone());
        let result = read();
        let left = result["left_out"].as_array().unwrap().iter().find(|left| left["relation"] == *part);
        let why = left.unwrap_or_else(|| panic!("{what}: {result}"))["why"].as_str().unwrap();
        assert!(why.ends_with('.') && why.len() > 20, "{what}: {why}");
        fixture.practice.forget_faults();
        fs::remove_dir_all(folder.join("filled")).ok();
        fs::remove_file(folder.join("filled.json")).unwrap();
    }
    // Cut once, a pack is requested again from its start.
    let once = "on = \"git_pack\"\ntimes = 1\nkind = \"cut_after\"\nbytes = 200";
    fixture.practice.trigger(self::fault(once));
    assert_eq!(named(&read(), "filled", "what"), ["project_members", "wiki", "snippets"]);
    let first = contents(&folder);
    assert_eq!(first.len(), 3, "{:?}", first.keys());
    for (what, fault, part) in &faults {
        fixture.practice.trigger(fault.clone());
        let result = read();
        assert_eq!(
            named(&result, "filled", "what"),
            ["project_members", "wiki", "snippets"],
            "{what}: {result}"
        );
        assert_eq!(result["left_out"], json!([]), "{what}: {result}");
        let filled = result["filled"].as_array().unwrap().iter().find(|one| one["what"] == *part).unwrap();
        assert!(filled["note"].to_string().contains("could not be read again on 20"), "{what}: {result}");
        assert_eq!(contents(&folder), first, "{what}");
        fixture.practice.forget_faults();
    }
    // The archive has it, with the note. A reading that succeeds has none.
    fixture.practice.trigger(cut());
    read();
    let end = build(&fixture, &folder, &[]);
    let result = end.result();
    assert_eq!(
        named(result, "filled", "what"),
        ["project_members", "wiki", "snippets", "max_iids"],
        "{result}"
    );
    assert!(result["filled"][1]["note"].to_string().contains("could not be read again"), "{result}");
    fixture.practice.forget_faults();
    assert!(!read().to_string().contains("read again"), "it was");
    // Without a choice, the members stay as they are; without the members, their addresses go, whatever GitLab answers.
    let end = fill(&fixture, &folder, &[]);
    assert_eq!(
        named(end.result(), "filled", "what"),
        ["project_members", "wiki", "snippets"],
        "{}",
        end.result()
    );
    assert_eq!(contents(&folder), first);
    fixture.practice.trigger(answers("members", 500));
    let end = fill(&fixture, &folder, &["--members", "none"]);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(!contents(&folder).contains_key("project_members.ndjson"));
}

/// A table that was chosen now also counts where GitLab does not answer: no other address stays.
#[test]
fn the_latest_choice_of_addresses_counts_although_gitlab_does_not_answer() {
    let (fixture, folder) = downloaded(true);
    let first = table(&fixture);
    assert_eq!(fill(&fixture, &folder, &["--members", first.to_str().unwrap()]).exit, 0);
    let second = fixture.folder.path().join("second.csv");
    fs::write(&second, "jonas,j@example.com\n").unwrap();
    fixture.practice.trigger(answers("members", 500));
    let end = fill(&fixture, &folder, &["--members", second.to_str().unwrap()]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let text = String::from_utf8(contents(&folder)["project_members.ndjson"].clone()).unwrap();
    assert!(text.contains("j@example.com") && !text.contains("dana@example.com"), "{text}");
    // The profiles were not read, so what the table said goes.
    let front_end = FrontEnd::of(&fixture);
    let members = Some(MembersChoice::PublicEmails);
    front_end.ask(Command::FillRelations { folder: folder.clone(), members }).unwrap();
    front_end
        .until(|snapshot| snapshot.fills.iter().find(|view| view.folder == folder)?.ended.clone())
        .unwrap();
    assert!(!contents(&folder).contains_key("project_members.ndjson"));
}

/// Every file that a reading wrote is named in its record, whenever the reading was killed or cancelled.
fn assert_listed(folder: &Path, what: &str) {
    let record: Value = serde_json::from_slice(&fs::read(folder.join("filled.json")).unwrap()).unwrap();
    let listed = |list: &str| record[list].as_array().cloned().unwrap_or_default();
    let digests: Vec<_> =
        listed("files").into_iter().chain(listed("known")).map(|file| file["sha256"].clone()).collect();
    for name in contents(folder).keys().filter(|name| !name.starts_with('.')) {
        assert!(!name.contains(".old"), "{what}: {name}");
        let digest = super::sha256(&folder.join("filled").join(name));
        assert!(digests.contains(&digest.into()), "{what}: {name} is in no list");
    }
}

#[test]
fn a_second_reading_that_is_killed_or_cancelled_loses_nothing() {
    let (fixture, folder) = downloaded(true);
    let first = table(&fixture);
    assert_eq!(fill(&fixture, &folder, &["--members", first.to_str().unwrap()]).exit, 0);
    let before = contents(&folder);
    let other = fixture.folder.path().join("other.csv");
    fs::write(&other, "jonas,j@example.com\n").unwrap();
    fixture.practice.trigger(fault("on = \"git_pack\"\ntimes = 0\nkind = \"stall_after\"\nbytes = 200"));
    let words = ["relations", "fill", folder.to_str().unwrap(), "--members", other.to_str().unwrap()];
    let mut child = fixture.spawn(&words);
    let mut lines = crate::waiting::Lines::of(&mut child);
    assert!(lines.any(|line| line.unwrap().contains("\"event\":\"progress\"")));
    crate::waiting::killed(&mut child);
    assert_listed(&folder, "killed");
    let whole = |what: &str| {
        let now = contents(&folder);
        for (name, bytes) in before.iter().filter(|(name, _)| name.ends_with(".bundle")) {
            assert_eq!(now.get(name), Some(bytes), "{what}: {name}");
        }
        let output = fixture.downloads().join(format!("{what}.tar.gz"));
        let end = build(&fixture, &folder, &["--output", output.to_str().unwrap()]);
        let parts = ["project_members", "wiki", "snippets", "max_iids"];
        assert_eq!(named(end.result(), "filled", "what"), parts, "{what}: {}", end.result());
    };
    whole("killed");

    let front_end = FrontEnd::of(&fixture);
    let asked = fixture.practice.requests().len();
    let members = Some(MembersChoice::Table(first));
    front_end.ask(Command::FillRelations { folder: folder.clone(), members }).unwrap();
    let of_fill = |snapshot: &export_desk::engine::api::Snapshot| {
        snapshot.fills.iter().find(|view| view.folder == folder).cloned()
    };
    crate::waiting::until("the stalled pack", || {
        let seen = fixture.practice.requests();
        seen[asked..].iter().any(|seen| seen.path().ends_with("/git-upload-pack")).then_some(())
    });
    front_end.ask(Command::CancelFill { folder: folder.clone() }).unwrap();
    let error = front_end.until(|snapshot| of_fill(snapshot)?.ended.clone()).unwrap_err();
    assert!(error.headline.contains("cancelled"), "{error}");
    assert_listed(&folder, "cancelled");
    whole("cancelled");
    drop(front_end);

    fixture.practice.forget_faults();
    let end = fill(&fixture, &folder, &["--members", other.to_str().unwrap()]);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_listed(&folder, "at the end");
    assert_eq!(
        contents(&folder).len(),
        3,
        "nothing was moved aside, nothing is half: {:?}",
        contents(&folder).keys()
    );
}

/// More of the same export may come after the reading.
#[test]
fn what_was_read_is_used_with_the_rest_of_its_export() {
    let fixture = super::plain();
    started(&fixture, &[]);
    let folder = folder(&fixture);
    let words: Vec<_> = download(&fixture, &folder).into_iter().chain(["--relation", "snippets"]).collect();
    assert_eq!(fixture.run(&words).exit, 0);
    assert_eq!(fill(&fixture, &folder, &[]).exit, 0);
    assert_eq!(fixture.run(&download(&fixture, &folder)).exit, 0);
    let end = build(&fixture, &folder, &[]);
    assert_eq!(named(end.result(), "filled", "what"), ["wiki", "snippets", "max_iids"], "{}", end.result());
}

/// A project with SHA-256 object names: its repository from the relations export, its wiki as a reading brings it.
#[test]
fn a_project_with_sha256_objects_is_built_and_arrives() {
    let (fixture, folder) = downloaded(false);
    assert_eq!(fill(&fixture, &folder, &[]).exit, 0);
    let (work, bundle) = (fixture.folder.path().join("work"), fixture.folder.path().join("of.bundle"));
    fs::create_dir(&work).unwrap();
    let git = |words: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.args(["-c", "user.name=T", "-c", "user.email=t@example.com"]).args(words).current_dir(&work);
        let output = crate::waiting::output(&mut git, "git");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    git(&["bundle", "create", "-q", bundle.to_str().unwrap(), "--all"]);
    let bytes = fs::read(&bundle).unwrap();
    assert!(bytes.starts_with(b"# v3 git bundle\n@object-format=sha256\n"));
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, "./repository.bundle", &bytes[..]).unwrap();
    super::reimport::rewrite(&folder, "repository.tar.gz", &tar.into_inner().unwrap());
    fs::write(folder.join("filled/project.wiki.bundle"), &bytes).unwrap();
    let mut record: Value = serde_json::from_slice(&fs::read(folder.join("filled.json")).unwrap()).unwrap();
    for file in record["files"].as_array_mut().unwrap() {
        if file["member"] == "project.wiki.bundle" {
            (file["bytes"], file["sha256"]) = (bytes.len().into(), super::sha256(&bundle).into());
        }
    }
    fs::write(folder.join("filled.json"), record.to_string()).unwrap();
    let output = fixture.downloads().join("sha256.tar.gz");
    let end = build(&fixture, &folder, &["--output", output.to_str().unwrap()]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let all = members(&output);
    assert!(all["project.bundle"] == bytes && all["project.wiki.bundle"] == bytes);
    let checked = fixture.run(&["verify", "--deep", output.to_str().unwrap()]);
    assert_eq!(checked.exit, 0, "{}", checked.result());
    let arrived = imported(&fixture, &output, "sha256");
    assert!(arrived.wiki_pages > 0);
}

/// A list that cannot be read hides what was read: the archive would lack it without a word.
#[test]
fn a_damaged_list_of_what_was_read_is_a_gap() {
    let (fixture, folder) = downloaded(true);
    assert_eq!(fill(&fixture, &folder, &[]).exit, 0);
    for damaged in ["{", "", "[]", r#"{"format":99}"#] {
        fs::write(folder.join("filled.json"), damaged).unwrap();
        let refused = build(&fixture, &folder, &[]);
        assert_eq!((refused.exit, refused.code()), (8, "archive_damaged"), "{damaged}: {}", refused.result());
        assert!(refused.result()["headline"].to_string().contains("filled.json"), "{}", refused.result());
    }
    let agreed = build(&fixture, &folder, &["--allow-gaps"]);
    assert_eq!(agreed.exit, 0, "{}", agreed.result());
    assert!(agreed.result()["gaps"].to_string().contains("wiki"), "{}", agreed.result());
    assert_eq!(fill(&fixture, &folder, &[]).exit, 0);
    let output = fixture.folder.path().join("again.tar.gz");
    let again = build(&fixture, &folder, &["--output", output.to_str().unwrap()]);
    assert_eq!((again.exit, &again.result()["gaps"]), (0, &json!([])), "it was read again");
}
