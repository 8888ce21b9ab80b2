//! Packs the file of one exported relation into an archive that `POST /projects/import-relation` can read: VERSION,
//! `tree/project.json` and the lines (`app/workers/projects/import_export/relation_import_worker.rb`).

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use tempfile::TempPath;

/// The format version that GitLab accepts since 11.1.
const FORMAT_VERSION: &[u8] = b"0.2.4";
/// An empty object, so that the import changes no setting of the project.
const NO_SETTINGS: &[u8] = b"{}";

/// Whether the file is a gzip of JSON lines, as relations exports write them.
pub fn is_relation_file(path: &Path) -> bool {
    let mut first = [0; 1];
    let Ok(file) = File::open(path) else { return false };
    MultiGzDecoder::new(BufReader::new(file)).read_exact(&mut first).is_ok() && first == *b"{"
}

/// Packs a relation's file into a temporary archive, which is deleted on drop.
pub fn pack(path: &Path, relation: &str) -> io::Result<TempPath> {
    // A tar header contains the length of its file, so the lines are unpacked first.
    let mut lines = tempfile::tempfile()?;
    io::copy(&mut MultiGzDecoder::new(BufReader::new(File::open(path)?)), &mut lines)?;
    let bytes = lines.stream_position()?;
    lines.seek(SeekFrom::Start(0))?;
    let packed = tempfile::Builder::new().prefix("export-desk-").suffix(".tar.gz").tempfile()?;
    let mut tar = tar::Builder::new(GzEncoder::new(packed.as_file(), Compression::default()));
    for (name, text) in [("./VERSION", FORMAT_VERSION), ("./tree/project.json", NO_SETTINGS)] {
        tar.append_data(&mut header(text.len() as u64), name, text)?;
    }
    tar.append_data(&mut header(bytes), format!("./tree/project/{relation}.ndjson"), lines)?;
    tar.into_inner()?.finish()?;
    packed.as_file().sync_all()?;
    Ok(packed.into_temp_path())
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::archive::{self, Limits, Verdict};

    fn gzip(text: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut gzip = GzEncoder::new(file.as_file(), Compression::default());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap();
        file
    }

    #[test]
    fn the_lines_of_a_relation_become_an_archive_that_the_importer_reads() {
        let file = gzip(b"{\"iid\":1}\n{\"iid\":2}\n");
        assert!(is_relation_file(file.path()));
        let packed = pack(file.path(), "issues").unwrap();
        let limits = Limits::default();
        let opened = File::open(&packed).unwrap();
        let report = archive::verify(opened, &limits, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        assert!(matches!(report.verdict, Verdict::Importable | Verdict::ImportableWithLosses), "{report:?}");
        assert_eq!(report.counts["issues"], 2);
        assert!(!is_relation_file(&packed), "an archive is sent as it is");
        let path = packed.to_path_buf();
        drop(packed);
        assert!(!path.exists());
        for other in [&b""[..], b"null", b"./VERSION\0"] {
            assert!(!is_relation_file(gzip(other).path()), "{other:?}");
        }
    }
}
