use super::*;
use crate::engine::manifest::fixture::file;

fn writer(folder: &Path) -> ManifestWriter {
    ManifestWriter::new(folder.to_owned(), Manifest::new("https://i", 7, "a/b"))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn it_is_read_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut ours = writer(folder.path());
    for batch in [Some(10), Some(2), None] {
        ours.add(file("issues", batch)).unwrap();
    }
    ours.add(ManifestFile { bytes: 6, ..file("issues", Some(2)) }).unwrap();
    ours.write("now".to_owned()).unwrap();
    let back = Manifest::read(folder.path()).unwrap();
    assert_eq!(back, ours.manifest);
    assert_eq!(back.files.values().map(|line| line.batch).collect::<Vec<_>>(), [None, Some(2), Some(10)]);
    assert_eq!(back.files[&file("issues", Some(2)).key()].bytes, 6);
    assert_eq!(names(folder.path()), [NAME], "nothing else is left");
}

#[test]
fn what_was_added_since_is_read_too_and_a_cut_line_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut ours = writer(folder.path());
    ours.add(file("labels", None)).unwrap();
    ours.write("now".to_owned()).unwrap();
    for batch in 1..=3 {
        ours.add(file("issues", Some(batch))).unwrap();
    }
    assert_eq!(names(folder.path()), [NAME, LINES]);
    assert_eq!(Manifest::read(folder.path()).unwrap().files, ours.manifest.files);

    // A crash in the middle of the last line.
    let lines = folder.path().join(LINES);
    let text = fs::read(&lines).unwrap();
    fs::write(&lines, &text[..text.len() - 20]).unwrap();
    assert_eq!(Manifest::read(folder.path()).unwrap().files.len(), 3);

    // Lines of another project are ignored, and not overwritten.
    let mut other = ManifestWriter::new(folder.path().to_owned(), Manifest::new("https://i", 8, "c/d"));
    other.write("now".to_owned()).unwrap();
    assert!(Manifest::read(folder.path()).unwrap().files.is_empty());
    other.add(file("boards", None)).unwrap();
    assert!(names(folder.path()).contains(&"manifest.lines.old".to_owned()));
    assert_eq!(Manifest::read(folder.path()).unwrap().files.len(), 1);
}

#[test]
fn a_file_costs_one_line_however_many_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut ours = writer(folder.path());
    let (mut whole, mut bytes) = (0, 0);
    for batch in 0..3000 {
        ours.add(file("issues", Some(batch))).unwrap();
        if ours.is_due() {
            ours.write(String::new()).unwrap();
            whole += 1;
            bytes += folder.path().join(NAME).metadata().unwrap().len();
        }
    }
    ours.write(String::new()).unwrap();
    let size = folder.path().join(NAME).metadata().unwrap().len();
    assert!(whole <= 12 && bytes < 6 * size, "{whole} times, {bytes} bytes for {size}");
    assert_eq!(Manifest::read(folder.path()).unwrap().files.len(), 3000);
}

#[test]
fn a_file_of_somebody_else_is_moved_aside() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(NAME), "dear diary").unwrap();
    fs::write(folder.path().join(LINES), "some lines").unwrap();
    assert!(Manifest::read(folder.path()).is_none());
    let mut ours = writer(folder.path());
    ours.write(String::new()).unwrap();
    ours.add(file("labels", None)).unwrap();
    ours.write(String::new()).unwrap();
    assert_eq!(fs::read(folder.path().join("manifest.json.old")).unwrap(), b"dear diary");
    assert_eq!(fs::read(folder.path().join("manifest.lines.old")).unwrap(), b"some lines");
}

#[test]
#[cfg(unix)]
fn nothing_is_written_through_a_link_and_no_file_replaced() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let precious = outside.path().join("precious.txt");
    fs::write(&precious, "precious").unwrap();
    for name in ["manifest.json.new", NAME, LINES] {
        symlink(&precious, folder.path().join(name)).unwrap();
    }
    let mut ours = writer(folder.path());
    ours.write(String::new()).unwrap();
    ours.add(file("labels", None)).unwrap();
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
    assert!(folder.path().join("manifest.json.new").is_symlink());
    assert_eq!(Manifest::read(folder.path()).unwrap().files.len(), 1);
    for name in [NAME, LINES] {
        let mode = folder.path().join(name).symlink_metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(names(folder.path()).len(), 5, "and the two links that were put aside");
}

#[test]
fn an_entry_that_leads_elsewhere_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut ours = writer(folder.path());
    for (relation, name) in [
        ("labels", "/etc/hostname"),
        ("issues", "../t2"),
        ("boards", "boards.zip"),
        ("../x", "../x.tar.gz"),
        ("uploads", "uploads.tar.gz"),
    ] {
        let entry =
            ManifestFile { relation: relation.to_owned(), file: name.to_owned(), ..file("labels", None) };
        ours.manifest.files.insert(entry.key(), entry);
    }
    ours.write(String::new()).unwrap();
    let back = Manifest::read(folder.path()).unwrap();
    assert_eq!(back.files.values().map(|line| line.file.as_str()).collect::<Vec<_>>(), ["uploads.tar.gz"]);
}

#[test]
fn a_changed_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (entry, path) = (file("labels", None), folder.path().join("labels.ndjson.gz"));
    assert!(!entry.is_whole(folder.path()), "missing");
    fs::write(&path, "hello").unwrap();
    assert!(entry.is_whole(folder.path()) && entry.is_whole_at(&path));
    fs::write(&path, "hullo").unwrap();
    assert!(!entry.is_whole(folder.path()));
}
