//! An archive that the program itself rebuilds from relation files.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{download, folder, manifest, plain, sha256, started};
use crate::fixture::Fixture;

/// A folder of relation files, downloaded from the practice GitLab.
pub fn downloaded(batched: bool) -> (Fixture, PathBuf) {
    let fixture = plain();
    started(&fixture, if batched { &[] } else { &["--unbatched"] });
    let folder = folder(&fixture);
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!(end.exit, 0, "{}", end.result());
    (fixture, folder)
}

pub fn build(fixture: &Fixture, folder: &Path, more: &[&str]) -> crate::fixture::End {
    let mut args = vec!["relations", "build", folder.to_str().unwrap()];
    args.extend(more);
    fixture.run(&args)
}

/// Adds a label whose text has this size and hardly compresses.
#[cfg(unix)]
pub fn grow(folder: &Path, bytes: usize) {
    let mut random = fastrand::Rng::with_seed(5);
    let text: String = std::iter::repeat_with(|| random.alphanumeric()).take(bytes).collect();
    let line = |text: &str| json!({ "title": "large", "color": "#fff", "description": text });
    let files = manifest(folder)["files"].as_array().unwrap().clone();
    let labels = files.iter().find(|file| file["relation"] == "labels").unwrap();
    // As many as before.
    let others = labels["records"].as_u64().unwrap() as usize - 1;
    let lines = format!("{}\n{}", line(&text), format!("{}\n", line("")).repeat(others));
    super::reimport::rewrite(folder, "labels.ndjson.gz", lines.as_bytes());
}

pub fn members(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = fs::File::open(archive).unwrap();
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut all = BTreeMap::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().trim_start_matches("./").to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert!(all.insert(name.clone(), content).is_none(), "{name} is there twice");
    }
    all
}

#[test]
fn an_archive_is_rebuilt_verified_and_reported() {
    for batched in [false, true] {
        let (fixture, folder) = downloaded(batched);
        let receipt = folder.with_file_name("receipt.md");
        let end = build(&fixture, &folder, &["--receipt", receipt.to_str().unwrap()]);
        let result = end.result();
        assert_eq!(end.exit, 0, "{result}");
        assert!(
            ["importable", "importable_with_losses"].contains(&result["verdict"].as_str().unwrap()),
            "{result}"
        );
        assert_eq!(result["gaps"], json!([]));
        let filled = &result["filled"];
        assert_eq!((&filled[0]["what"], &filled[0]["count"]), (&json!("max_iids"), &json!(4)), "{filled}");
        assert_eq!(filled.as_array().unwrap().len(), 1, "{filled}");
        let left: Vec<_> =
            result["left_out"].as_array().unwrap().iter().map(|left| &left["relation"]).collect();
        let wanted = ["project_members", "wiki", "snippets", "user_contributions", "uploads"];
        assert_eq!(left, wanted, "with the stray upload: {result}");
        assert!(result["notes"][0].as_str().unwrap().contains("deploy keys"), "{result}");
        let path = PathBuf::from(result["path"].as_str().unwrap());
        assert_eq!(path.parent(), folder.parent(), "beside the folder");
        assert_eq!(path.metadata().unwrap().len(), result["bytes"].as_u64().unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        let all = members(&path);
        assert_eq!(all["VERSION"], b"0.2.4");
        assert!(
            all.contains_key("tree/project.json") && all.contains_key("project.bundle"),
            "{:?}",
            all.keys()
        );
        // A separate verification gives the same result, and its receipt has the same rows: the archive says itself
        // what only its build knew.
        let later = folder.with_file_name("later.md");
        let verify = ["verify", path.to_str().unwrap(), "--receipt", later.to_str().unwrap()];
        let seen = fixture.run(&verify);
        assert_eq!((seen.exit, &seen.result()["sha256"]), (0, &result["sha256"]), "{}", seen.result());
        assert_eq!(seen.result()["counts"], result["counts"]);
        let (text, later) = (fs::read_to_string(&receipt).unwrap(), fs::read_to_string(&later).unwrap());
        assert_eq!(rows(&text), rows(&later));
        assert!(text.contains("not made by GitLab's file export"), "{text}");
        assert!(text.starts_with("**Rebuilt project archive, verified**"), "{text}");
        assert!(text.contains("| Note |") && text.contains("deploy keys"), "{text}");
        assert!(!text.contains("complete"), "{text}");
        assert!(end.lines.iter().any(|line| line["event"] == "progress"), "{:?}", end.lines);
        // The archive equals GitLab's own file export, except for the members and what the relations export omits.
        let genuine = folder.with_file_name("genuine.tar.gz");
        let exported = ["export", "start", &fixture.lesson.project, "--download", genuine.to_str().unwrap()];
        let end_of_export = fixture.run(&exported);
        assert_eq!(end_of_export.exit, 0, "{}", end_of_export.result());
        let theirs = members(&genuine);
        let names: std::collections::BTreeSet<_> = all.keys().chain(theirs.keys()).cloned().collect();
        let different: Vec<_> = names
            .into_iter()
            .filter(|name| !name.ends_with('/') && all.get(name) != theirs.get(name))
            .collect();
        assert_eq!(different.len(), 3, "batched: {batched}: {different:?}");
        assert_eq!(different[0], "project.wiki.bundle");
        assert!(different[1].starts_with("snippets/"), "{different:?}");
        assert_eq!(different[2], "tree/project/project_members.ndjson");
        // A second build does not replace the archive, and leaves nothing else beside it.
        let again = build(&fixture, &folder, &[]);
        assert_eq!((again.exit, again.code()), (3, "refused"), "{}", again.result());
        let left = fs::read_dir(folder.parent().unwrap()).unwrap();
        let odd: Vec<_> = left
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(".export-desk"))
            .collect();
        assert_eq!(odd, [""; 0]);
    }
}

#[test]
fn what_is_missing_is_named_and_built_without_only_when_asked() {
    let (fixture, folder) = downloaded(true);
    let issues: Vec<_> = manifest(&folder)["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| file["relation"] == "issues")
        .cloned()
        .collect();
    assert!(issues.len() > 1, "issues come in batches");
    // A disk failure or a manual clean-up: the manifest still names the file.
    fs::remove_file(folder.join(issues[1]["file"].as_str().unwrap())).unwrap();
    let end = build(&fixture, &folder, &[]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{result}");
    assert_eq!(
        (&result["gaps"][0]["batch"], &result["gaps"][0]["code"]),
        (&json!(2), &json!("file_missing"))
    );
    assert_eq!(result["gaps"].as_array().unwrap().len(), 1, "{result}");
    let gone = folder.with_file_name("gone.tar.gz");
    let end = build(&fixture, &folder, &["--allow-gaps", "--output", gone.to_str().unwrap()]);
    assert_eq!((end.exit, &end.result()["gaps"][0]["code"]), (0, &json!("file_missing")), "{}", end.result());

    let mut edited = manifest(&folder);
    edited["files"].as_array_mut().unwrap().retain(|file| file != &issues[1]);
    fs::write(folder.join("manifest.json"), edited.to_string()).unwrap();
    let end = build(&fixture, &folder, &[]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{result}");
    assert_eq!((&result["gaps"][0]["relation"], &result["gaps"][0]["batch"]), (&json!("issues"), &json!(2)));
    assert_eq!(result["gaps"][0]["code"], "not_downloaded");
    let default = folder.with_file_name("rebuilt.tar.gz");
    assert!(!default.exists());

    let output = default.to_str().unwrap();
    let receipt = folder.with_file_name("receipt.md");
    let words = ["--allow-gaps", "--output", output, "--receipt", receipt.to_str().unwrap()];
    let end = build(&fixture, &folder, &words);
    let result = end.result();
    assert_eq!((end.exit, &result["gaps"][0]["batch"]), (0, &json!(2)), "{result}");
    assert_eq!(result["verdict"], "importable_with_losses", "{result}");
    // Nothing says that an archive with a gap is complete.
    let text = fs::read_to_string(&receipt).unwrap();
    for said in [result["verdict_sentence"].as_str().unwrap(), &text] {
        assert!(said.contains("but data is missing in it"), "{said}");
        assert!(!said.contains("complete") && !said.contains("verified"), "{said}");
    }
    assert!(text.contains("| Missing | issues, batch 2. "), "{text}");
    knows_what_it_lacks(&fixture, &default);
    fs::remove_file(&default).unwrap();
    let args = ["relations", "build", folder.to_str().unwrap(), "--allow-gaps", "--output", output];
    let spoken = fixture.said(&args);
    assert!(spoken.contains("but data is missing in it") && !spoken.contains("complete"), "{spoken}");
    let without = folder.with_file_name("without.tar.gz");
    let end = build(&fixture, &folder, &["--without", "issues", "--output", without.to_str().unwrap()]);
    let result = end.result();
    assert_eq!((end.exit, &result["gaps"]), (0, &json!([])), "{result}");
    assert!(
        result["left_out"].as_array().unwrap().iter().any(|left| left["relation"] == "issues"),
        "{result}"
    );
    assert!(!members(&without).contains_key("tree/project/issues.ndjson"));
}

/// The rows of a receipt, but for the verdict, which says more where nobody knows of the rebuild, and the time.
fn rows(receipt: &str) -> Vec<&str> {
    let differs = |line: &str| line.starts_with("| Verdict |") || line.starts_with("| Checked |");
    receipt.lines().filter(|line| line.starts_with('|') && !differs(line)).collect()
}

/// A rebuilt archive says itself what it lacks: to whoever verifies it later without this data folder, and before its
/// import.
fn knows_what_it_lacks(fixture: &Fixture, archive: &Path) {
    let receipt = archive.with_file_name("later.md");
    let end = fixture.run(&["verify", archive.to_str().unwrap(), "--receipt", receipt.to_str().unwrap()]);
    let result = end.result();
    assert_eq!((end.exit, &result["verdict"]), (0, &json!("importable_with_losses")), "{result}");
    let lacks = "issues, batch 2. ";
    let gaps = &result["rebuilt"]["gaps"];
    assert!(gaps[0].as_str().unwrap().starts_with(lacks), "{gaps}");
    let code = |problem: &&serde_json::Value| problem["code"] == "rebuilt_with_gap";
    assert_eq!(result["problems"].as_array().unwrap().iter().filter(code).count(), 1, "{result}");
    let text = fs::read_to_string(&receipt).unwrap();
    assert!(text.contains(&format!("| Missing | {lacks}")), "{text}");
    assert!(text.contains("with missing parts") && !text.contains("complete"), "{text}");
    // The tools that GitLab uses skip the field.
    for words in [["gzip", "-t"], ["tar", "-tzf"]] {
        let mut tool = std::process::Command::new(words[0]);
        let seen = crate::waiting::output(tool.arg(words[1]).arg(archive), words[0]);
        assert!(seen.status.success() && seen.stderr.is_empty(), "{words:?}: {seen:?}");
    }
    let target = ["--namespace", "acme", "--path", "lacking", "--wait"];
    let end = fixture.run(&[&["import", "file", archive.to_str().unwrap()][..], &target].concat());
    let warnings = end.result()["warnings"].to_string();
    assert!(warnings.contains(&format!("rebuilt: {lacks}")), "{}", end.result());
}

/// A folder keeps what an earlier export had and a later one does not have: batches of a relation that is now one file.
/// They are not in the archive.
#[test]
fn an_archive_has_the_files_of_one_export_only() {
    let (fixture, folder) = downloaded(true);
    started(&fixture, &["--unbatched"]);
    assert_eq!(fixture.run(&download(&fixture, &folder)).exit, 0);
    let names: Vec<_> =
        manifest(&folder)["files"].as_array().unwrap().iter().map(|file| file["file"].clone()).collect();
    assert!(
        names.contains(&json!("issues.ndjson.gz")) && names.contains(&json!("issues-1.ndjson.gz")),
        "{names:?}"
    );
    let end = build(&fixture, &folder, &[]);
    let result = end.result();
    assert_eq!((end.exit, &result["gaps"]), (0, &json!([])), "{result}");
    assert!(result["notes"].to_string().contains("of another relations export"), "{result}");
    let alone = folder.with_file_name("alone");
    assert_eq!(fixture.run(&download(&fixture, &alone)).exit, 0);
    let of_alone = build(&fixture, &alone, &[]);
    assert_eq!(of_alone.exit, 0, "{}", of_alone.result());
    let path = |result: &serde_json::Value| PathBuf::from(result["path"].as_str().unwrap());
    let (mixed, clean) = (members(&path(result)), members(&path(of_alone.result())));
    let different = clean.keys().chain(mixed.keys()).find(|name| mixed.get(*name) != clean.get(*name));
    assert_eq!(different, None);

    // A manifest of an earlier version has no list, so the newer kind of file counts.
    let mut old = manifest(&folder);
    old.as_object_mut().unwrap().remove("listed");
    fs::write(folder.join("manifest.json"), old.to_string()).unwrap();
    let output = folder.with_file_name("old.tar.gz");
    let end = build(&fixture, &folder, &["--allow-gaps", "--output", output.to_str().unwrap()]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let old = members(&output);
    for name in ["tree/project/issues.ndjson", "tree/project/labels.ndjson", "lfs-objects.json"] {
        assert_eq!(old.get(name), clean.get(name), "{name}");
    }
}

/// A download of some relations of a later export leaves those of the earlier one in the folder. Whoever agrees to gaps
/// gets none of them.
#[test]
fn an_agreement_to_gaps_mixes_no_exports() {
    let (fixture, folder) = downloaded(false);
    started(&fixture, &[]);
    let bring = |relations: &[&str]| {
        let named = relations.iter().flat_map(|relation| ["--relation", relation]);
        let words: Vec<_> = download(&fixture, &folder).into_iter().chain(named).collect();
        assert_eq!(fixture.run(&words).exit, 0);
    };
    bring(&["labels"]);
    let end = build(&fixture, &folder, &["--allow-gaps"]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{result}");
    let headline = result["headline"].as_str().unwrap();
    assert!(
        headline.contains("without the relation self") && headline.contains("different export"),
        "{headline}"
    );
    assert!(result["hint"].as_str().unwrap().contains("Download"), "{result}");
    bring(&["self"]);
    let end = build(&fixture, &folder, &["--allow-gaps"]);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    let codes: Vec<_> = result["gaps"].as_array().unwrap().iter().map(|gap| &gap["code"]).collect();
    assert!(
        codes.len() > 20
            && codes.iter().all(|code| ["other_export", "not_downloaded"].contains(&code.as_str().unwrap())),
        "{codes:?}"
    );
    let all = members(&PathBuf::from(result["path"].as_str().unwrap()));
    let tree: Vec<_> = all.keys().filter(|name| name.ends_with(".ndjson")).collect();
    assert_eq!(tree, ["tree/project/labels.ndjson"]);
    assert!(all.contains_key("tree/project.json") && !all.contains_key("project.bundle"), "{:?}", all.keys());
}

/// A file that was changed together with its line in the manifest still has the records that it had.
#[test]
fn a_record_that_was_removed_from_a_file_is_missed() {
    let (fixture, folder) = downloaded(true);
    let mut edited = manifest(&folder);
    let files = edited["files"].as_array_mut().unwrap();
    let file = files.iter_mut().find(|file| file["relation"] == "issues").unwrap();
    let path = folder.join(file["file"].as_str().unwrap());
    let mut lines = String::new();
    flate2::read::GzDecoder::new(fs::File::open(&path).unwrap()).read_to_string(&mut lines).unwrap();
    let rest = lines.split_once('\n').unwrap().1;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, rest.as_bytes()).unwrap();
    fs::write(&path, gzip.finish().unwrap()).unwrap();
    file["bytes"] = json!(path.metadata().unwrap().len());
    file["sha256"] = json!(sha256(&path));
    file["unpacked_bytes"] = json!(rest.len());
    fs::write(folder.join("manifest.json"), edited.to_string()).unwrap();
    let end = build(&fixture, &folder, &[]);
    assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("of issues"), "{}", end.result());
    assert_eq!(fixture.files(), [""; 0]);
}

/// Two programs with data folders of their own do not write to one folder.
#[cfg(unix)]
#[test]
fn a_folder_that_another_program_downloads_to_is_left_alone() {
    let (fixture, folder) = downloaded(true);
    let theirs = fs::File::open(&folder).unwrap();
    theirs.lock().unwrap();
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("Another Export Desk"), "{}", end.result());
    drop(theirs);
    assert_eq!(fixture.run(&download(&fixture, &folder)).exit, 0);
}

/// Numbers in a manifest may be any: GitLab's counts, or what somebody edited.
#[test]
fn numbers_that_are_too_large_get_a_sentence() {
    let (fixture, folder) = downloaded(true);
    let whole = manifest(&folder);
    let change = |of: &[&str]| {
        let mut edited = whole.clone();
        for file in
            edited["files"].as_array_mut().unwrap().iter_mut().filter(|file| file["relation"] == "issues")
        {
            for field in of {
                file[field] = json!(u64::MAX);
            }
        }
        fs::write(folder.join("manifest.json"), edited.to_string()).unwrap();
    };
    for (fields, code) in
        [(&["objects_count", "records"][..], "relations_incomplete"), (&["unpacked_bytes"], "local")]
    {
        change(fields);
        for split in [&[][..], &["--split"]] {
            let end = build(&fixture, &folder, split);
            assert!([code, "archive_damaged"].contains(&end.code()), "{fields:?}: {}", end.result());
        }
    }
}

/// A build that fails leaves nothing behind, not even the folder that it created.
#[test]
fn an_output_is_a_new_file_in_a_folder_that_exists() {
    let (fixture, folder) = downloaded(false);
    // A mistyped path does not become a folder.
    let missing = fixture.downloads().join("new/deep/whole.tar.gz");
    let end = build(&fixture, &folder, &["--output", missing.to_str().unwrap()]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    assert_eq!(fixture.files(), [""; 0]);
    let whole = fixture.downloads().join("whole.tar.gz");
    fs::remove_file(folder.join("labels.ndjson.gz")).unwrap();
    for split in [&[][..], &["--split"]] {
        let words = [&["--output", whole.to_str().unwrap()], split].concat();
        let end = build(&fixture, &folder, &words);
        assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{}", end.result());
        assert_eq!(fixture.files(), [""; 0]);
    }
    let words = ["--output", whole.to_str().unwrap(), "--without", "labels", "--without", "labels"];
    let end = build(&fixture, &folder, &words);
    let left = end.result()["left_out"].as_array().unwrap();
    assert_eq!(left.iter().filter(|left| left["relation"] == "labels").count(), 1, "{}", end.result());
    assert!(end.exit == 0 && whole.is_file());
    // Nobody finds an archive that is named “-”.
    let project = fixture.lesson.project.as_str();
    let dir = folder.to_str().unwrap();
    for words in [
        &["relations", "build", dir, "--output", "-"][..],
        &["relations", "build", dir, "--receipt", "-"],
        &["relations", "download", project, "--output", "-"],
        &["relations", "rebuild", project, "--members", "none", "--output", "-"],
        &["export", "download", project, "--output", "-"],
        &["diagnose", "--output", "-"],
    ] {
        let end = fixture.run(words);
        assert_eq!((end.exit, end.code()), (2, "usage"), "{words:?}: {}", end.result());
        assert!(end.result()["headline"].as_str().unwrap().contains("standard output"), "{}", end.result());
    }
    let end = build(&fixture, &folder, &["--without", "isues"]);
    assert!(end.result()["hint"].as_str().unwrap().contains("issues, labels"), "{}", end.result());
    #[cfg(unix)]
    {
        // The system's error is not one of the manifest.
        let path = folder.join("manifest.json");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&path, &path).unwrap();
        for words in [&["relations", "build", dir][..], &["relations", "download", project, "--output", dir]]
        {
            let end = fixture.run(words);
            assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
        }
    }
}

#[test]
fn a_folder_that_is_none_and_a_changed_file_get_a_sentence() {
    let (fixture, folder) = downloaded(false);
    let end = build(&fixture, folder.parent().unwrap(), &[]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    let end = build(&fixture, &folder, &["--without", "isues"]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    let end = build(&fixture, &folder, &["--without", "self"]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("without the relation self"));
    // A manifest that is there is not called missing.
    let (path, kept) = (folder.join("manifest.json"), fs::read(folder.join("manifest.json")).unwrap());
    let newer = String::from_utf8(kept.clone()).unwrap().replace("\"format\": 1", "\"format\": 2");
    for (text, why) in
        [(newer.as_str(), "its format is 2"), ("{\"format\": 1, ", "line 1"), ("", "ends too early")]
    {
        fs::write(&path, text).unwrap();
        let end = build(&fixture, &folder, &[]);
        let headline = end.result()["headline"].as_str().unwrap();
        assert_eq!((end.exit, end.code()), (2, "usage"), "{headline}");
        assert!(headline.contains("manifest.json cannot be used") && headline.contains(why), "{headline}");
    }
    fs::write(&path, kept).unwrap();
    for (dir, output, word) in [
        (folder.join("none"), "x.tar.gz", "There is no folder"),
        (folder.clone(), "relations/manifest.json/x.tar.gz", "does not exist"),
    ] {
        let output = folder.with_file_name(output);
        let end = build(&fixture, &dir, &["--output", output.to_str().unwrap()]);
        assert!(end.result()["headline"].as_str().unwrap().contains(word), "{}", end.result());
    }
    // The line's file is named; what the manifest names, and is no gzip, is not called another file.
    super::reimport::rewrite(&folder, "labels.ndjson.gz", b"{\"title\":\"x\0y\"}\n");
    let end = build(&fixture, &folder, &[]);
    assert!(
        end.result()["headline"].as_str().unwrap().contains("tree/project/labels.ndjson: Line 1"),
        "{}",
        end.result()
    );
    let path = folder.join("labels.ndjson.gz");
    let cut = fs::read(&path).unwrap();
    fs::write(&path, &cut[..cut.len() - 9]).unwrap();
    let mut edited = manifest(&folder);
    let files = edited["files"].as_array_mut().unwrap();
    let entry = files.iter_mut().find(|entry| entry["file"] == "labels.ndjson.gz").unwrap();
    (entry["bytes"], entry["sha256"]) = ((cut.len() - 9).into(), sha256(&path).into());
    fs::write(folder.join("manifest.json"), edited.to_string()).unwrap();
    let end = build(&fixture, &folder, &[]);
    assert_eq!((end.exit, end.code()), (8, "archive_damaged"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("no complete gzip"), "{}", end.result());
    let file = folder.join("labels.ndjson.gz");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let end = build(&fixture, &folder, &[]);
    assert_eq!((end.exit, end.code()), (8, "archive_damaged"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("labels.ndjson.gz"), "{}", end.result());
    assert_eq!(
        fs::read_dir(folder.parent().unwrap())
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_str().unwrap().ends_with(".tar.gz") })
            .count(),
        0
    );
}
