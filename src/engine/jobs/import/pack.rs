//! Packs the file of one exported relation into an archive that `POST /projects/import-relation` can read: a project
//! without settings, and the lines of the relation.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::ops::ControlFlow;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use tempfile::TempPath;

use crate::archive::build::{BuildError, BuildInput, Part, RelationParts, SliceLimits, build_slice, cut};
use crate::archive::sha256;
use crate::case::import::REPAIRABLE;
use crate::case::relations::KNOWN_RELATIONS;
use crate::case::{Code, UserError, format};
use crate::engine::clock;
use crate::engine::manifest::FileKey;
use crate::engine::user_error::unopened_with;
use crate::platform::disk::{self, Space};
use crate::platform::unfinished::{Unfinished, deletion_of};

use super::record_marks::other_relation;

/// A packed relation.
#[derive(Debug)]
pub struct PackedRelation {
    /// The archive. It is deleted on drop.
    pub file: TempPath,
    /// A signal that ends the program deletes the archive.
    pub unfinished: Unfinished,
    /// What was made, for the user.
    pub told: String,
}

/// Whether the file is a gzip of JSON lines, as relations exports write them.
pub fn is_relation_file(path: &Path) -> bool {
    if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".ndjson.gz")) {
        return true;
    }
    let mut first = [0; 1];
    let Ok(file) = File::open(path) else { return false };
    MultiGzDecoder::new(BufReader::new(file)).read_exact(&mut first).is_ok() && first == *b"{"
}

/// Packs a relation's file into a temporary archive. `progress` says whether to continue.
pub fn pack(
    path: &Path,
    relation: &str,
    space: &Space,
    progress: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<PackedRelation, UserError> {
    if let Some(other) = named_relation(path).filter(|name| *name != relation) {
        return Err(of_another_relation(path, other, relation));
    }
    if let Some(other) = other_relation(path, relation) {
        return Err(records_of_another_relation(path, other, relation));
    }
    let lines = part_of(path)
        .map_err(|error| unopened_with(path, &error, "Name an archive, or a file of a relations export."))?;
    has_space(&lines, space)?;
    let of = RelationParts { relation: relation.to_owned(), parts: vec![lines] };
    let mut go_on = |_read: u64| progress();
    let slices = cut(&of, SliceLimits::NONE, &mut go_on).map_err(|error| not_packed(path, &error))?;
    let slice = slices.first().ok_or_else(|| no_record(path, relation))?;
    let told = told(relation, slice.records);
    let mut input = BuildInput { at_s: (clock::now().0 / 1000).max(0) as u64, ..BuildInput::default() };
    input.relations.push(of);
    let begun = Unfinished::begin(|| {
        let packed = disk::temporary_file(".tar.gz")?;
        let delete = deletion_of(packed.path(), packed.as_file())?;
        Ok((packed, delete))
    });
    let (packed, unfinished) = begun.map_err(|error| not_packed(path, &BuildError::Write(error)))?;
    build_slice(&input, (relation, slice), packed.as_file(), &mut go_on)
        .and_then(|file| disk::sync_all(file).map_err(BuildError::Write))
        .map_err(|error| not_packed(path, &error))?;
    Ok(PackedRelation { file: packed.into_temp_path(), unfinished, told })
}

/// The relation in the name that a download of a relations export gives its files.
fn named_relation(path: &Path) -> Option<&'static str> {
    let name = FileKey::relation_of(path.file_name()?.to_str()?);
    KNOWN_RELATIONS.into_iter().find(|known| *known == name)
}

/// GitLab would import the records of one relation as those of another.
fn of_another_relation(path: &Path, other: &str, relation: &str) -> UserError {
    let headline = format!("{} is the file of {other}, not of {relation}.", path.display());
    // GitLab imports only some relations by themselves.
    let or = if REPAIRABLE.contains(&other) { format!(", or import {other}") } else { String::new() };
    UserError::new(Code::NotImportable, headline, format!("Name the file of {relation}{or}."))
}

/// The name fits, and the records do not.
fn records_of_another_relation(path: &Path, other: &str, relation: &str) -> UserError {
    let headline =
        format!("The records of {} look like those of {other}, not like {relation}.", path.display());
    let mut hint = format!("Name the file of {relation}.");
    if REPAIRABLE.contains(&other) {
        hint = format!("{hint} If these are {other}, import them as {other}.");
    }
    UserError::new(Code::NotImportable, headline, hint)
}

/// The error where a file has nothing that could be imported.
pub fn no_record(path: &Path, relation: &str) -> UserError {
    let headline = format!("{} has no record of {relation}.", path.display());
    UserError::new(Code::NotImportable, headline, "Check the relation and the file.")
}

fn told(relation: &str, records: u64) -> String {
    let records = format::number_of(records, "record", "records");
    format!(
        "The file is one relation of a relations export. Export Desk packed the file into the archive that GitLab's \
         import of a relation needs: {records} of {relation}. It contains no settings of a project, so GitLab changes \
         none."
    )
}

fn part_of(path: &Path) -> io::Result<Part> {
    let bytes = path.metadata()?.len();
    let sha256 = sha256(File::open(path)?)?;
    Ok(Part { path: path.to_owned(), batch: None, bytes, sha256, unpacked_bytes: None, is_tar: false })
}

/// The archive is about as large as its lines are in the file.
fn has_space(lines: &Part, space: &Space) -> Result<(), UserError> {
    let folder = std::env::temp_dir();
    let wanted = lines.bytes.saturating_add(lines.bytes / 16).saturating_add(1 << 20);
    match space.too_little_for(wanted, &folder) {
        Some(free) => Err(UserError::new(
            Code::Local,
            format!(
                "{} has {} free, but the archive may need {}.",
                folder.display(),
                format::bytes(free),
                format::bytes(wanted)
            ),
            "Free some space.",
        )),
        None => Ok(()),
    }
}

fn not_packed(path: &Path, error: &BuildError) -> UserError {
    match error {
        BuildError::Cancelled => {
            UserError::new(Code::Refused, "The verification was stopped.", "Start the import again.")
        }
        BuildError::Line { .. } => UserError::new(
            Code::NotImportable,
            format!("GitLab could not import {}: {error}.", path.display()),
            "Export the relation again.",
        ),
        BuildError::Write(_) => UserError::new(
            Code::Local,
            format!("{error}."),
            "Free some space in the folder for temporary files.",
        ),
        BuildError::Read { .. }
        | BuildError::Changed { .. }
        | BuildError::Corrupt { .. }
        | BuildError::TooMany { .. }
        | BuildError::NoProject => UserError::new(
            Code::ArchiveDamaged,
            format!("{} cannot be unpacked.", path.display()),
            "Download the relation again.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::path::PathBuf;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::archive::{self, Limits, Verdict};

    fn gzip(folder: &Path, name: &str, text: &[u8]) -> PathBuf {
        let path = folder.join(name);
        let mut gzip = GzEncoder::new(File::create(&path).unwrap(), Compression::default());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap();
        path
    }

    fn packed(path: &Path) -> Result<PackedRelation, UserError> {
        pack(path, "issues", &Space::default(), &mut || ControlFlow::Continue(()))
    }

    fn project_of(archive: &Path) -> String {
        let mut tar = tar::Archive::new(MultiGzDecoder::new(File::open(archive).unwrap()));
        let mut entries = tar.entries().unwrap().map(Result::unwrap);
        let mut entry = entries.find(|entry| entry.path_bytes().ends_with(b"tree/project.json")).unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_lines_of_a_relation_become_an_archive_that_the_importer_reads() {
        let folder = tempfile::tempdir().unwrap();
        let file = gzip(folder.path(), "lines.gz", b"{\"iid\":1}\n{\"iid\":2}\n");
        assert!(is_relation_file(&file));
        let packed_file = packed(&file).unwrap();
        let opened = File::open(&packed_file.file).unwrap();
        let limits = Limits::default();
        let report = archive::verify(opened, &limits, &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(matches!(report.verdict, Verdict::Importable | Verdict::ImportableWithLosses), "{report:?}");
        assert_eq!(report.counts["issues"], 2);
        assert_eq!(project_of(&packed_file.file), "{}");
        assert!(packed_file.told.contains("2 records of issues") && packed_file.told.contains("no settings"));
        assert!(!is_relation_file(&packed_file.file), "an archive is sent as it is");
        let path = packed_file.file.to_path_buf();
        drop(packed_file);
        assert!(!path.exists());
        for other in [&b""[..], b"null", b"./VERSION\0"] {
            assert!(!is_relation_file(&gzip(folder.path(), "x.gz", other)), "{other:?}");
        }
    }

    #[test]
    fn the_file_of_another_relation_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["labels.ndjson.gz", "merge_requests-12.ndjson.gz"] {
            let error = packed(&gzip(folder.path(), name, b"{\"iid\":1}\n")).unwrap_err();
            assert!(error.headline.ends_with(", not of issues."), "{}", error.headline);
        }
        for name in ["issues-3.ndjson.gz", "my-issues.ndjson.gz", "x.gz"] {
            assert!(packed(&gzip(folder.path(), name, b"{\"iid\":1}\n")).is_ok(), "{name}");
        }
    }

    #[test]
    fn records_of_another_relation_are_refused_whatever_the_file_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let labels = b"{\"title\":\"bug\",\"color\":\"#ff0000\"}\n";
        let error = packed(&gzip(folder.path(), "issues.ndjson.gz", labels)).unwrap_err();
        assert_eq!(error.code, Code::NotImportable);
        assert!(error.headline.contains("look like those of labels, not like issues"), "{}", error.headline);
        let both = b"{\"iid\":1,\"confidential\":false,\"color\":\"#ff0000\"}\n";
        assert!(packed(&gzip(folder.path(), "issues.ndjson.gz", both)).is_ok(), "its own mark decides");
    }

    /// GitLab would assign them to the project again, also those that were chosen otherwise at its import.
    #[test]
    fn the_settings_of_a_project_in_the_same_folder_are_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let file = gzip(folder.path(), "issues.ndjson.gz", b"{\"iid\":1}\n");
        gzip(folder.path(), "self.json.gz", b"{\"visibility_level\":20}");
        assert_eq!(project_of(&packed(&file).unwrap().file), "{}");
    }

    #[test]
    fn what_gitlab_could_not_read_is_not_packed() {
        let folder = tempfile::tempdir().unwrap();
        for (text, code, word) in [
            (&b""[..], Code::NotImportable, "no record"),
            (b"{}\n\n{}\n", Code::NotImportable, "line 2: the line is blank"),
        ] {
            let error = packed(&gzip(folder.path(), "issues.ndjson.gz", text)).unwrap_err();
            assert!(error.code == code && error.headline.contains(word), "{error}");
        }
        let cut = gzip(folder.path(), "issues.ndjson.gz", b"{}\n{}\n");
        let bytes = std::fs::read(&cut).unwrap();
        std::fs::write(&cut, &bytes[..bytes.len() - 9]).unwrap();
        assert_eq!(packed(&cut).unwrap_err().code, Code::ArchiveDamaged);
        let full = Space::new(|_| Ok(10));
        let file = gzip(folder.path(), "issues.ndjson.gz", b"{}\n");
        let error = pack(&file, "issues", &full, &mut || ControlFlow::Continue(())).unwrap_err();
        assert_eq!(error.code, Code::Local);
    }
}
