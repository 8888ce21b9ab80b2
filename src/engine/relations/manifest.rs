//! `manifest.json`: what lies in a folder of relations, and which export it is of.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::archive::sha256;
use crate::engine::api::FileWarning;
use crate::platform::private_file;

/// The file's name in the folder.
pub const NAME: &str = "manifest.json";
const FORMAT: u32 = 1;
/// A manifest of a hundred thousand files is smaller.
const MOST_BYTES: u64 = 64 << 20;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub gitlab_version: Option<String>,
    /// When it was last written, RFC 3339.
    pub written_at: String,
    /// By relation and batch.
    pub files: Vec<Line>,
    /// Relations and batches that GitLab could not export, so that nobody takes the folder for more than it is.
    pub not_exported: Vec<NotExported>,
}

/// One file that came whole and was proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub relation: String,
    pub batch: Option<u64>,
    /// Name in the folder.
    pub file: String,
    pub bytes: u64,
    pub sha256: String,
    /// Lines of NDJSON, or files of a tar.
    pub records: u64,
    /// GitLab's own count.
    pub objects_count: Option<u64>,
    /// GitLab's, of the export or batch the file is of.
    pub updated_at: Option<String>,
    /// What is odd about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<FileWarning>,
}

/// A relation, or one batch of it, without a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotExported {
    pub relation: String,
    #[serde(default)]
    pub batch: Option<u64>,
    /// GitLab's number or word; `not listed` for a batch that GitLab counts and does not list.
    pub status: String,
    pub error: Option<String>,
}

impl Manifest {
    pub fn new(instance: &str, project_id: u64, project_path: &str) -> Self {
        Self {
            format: FORMAT,
            instance: instance.to_owned(),
            project_id,
            project_path: project_path.to_owned(),
            gitlab_version: None,
            written_at: String::new(),
            files: Vec::new(),
            not_exported: Vec::new(),
        }
    }

    /// Reads a folder's manifest. `None` where there is none, or none of this program's; that one is put aside
    /// when ours is written.
    ///
    /// Lines whose files are not named as this program names them are left out: they might lead anywhere.
    pub fn read(folder: &Path) -> Option<Self> {
        let path = folder.join(NAME);
        // A pipe would be waited for, and what is larger than any manifest is none.
        path.metadata().ok().filter(|facts| facts.is_file() && facts.len() <= MOST_BYTES)?;
        let mut manifest: Self = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        manifest.files.retain(Line::is_named_as_ours);
        (manifest.format == FORMAT).then_some(manifest)
    }

    pub fn is_of(&self, instance: &str, project_id: u64) -> bool {
        self.instance == instance && self.project_id == project_id
    }

    pub fn line(&self, relation: &str, batch: Option<u64>) -> Option<&Line> {
        self.files.iter().find(|line| line.relation == relation && line.batch == batch)
    }

    pub fn put(&mut self, line: Line) {
        self.files.retain(|old| (&old.relation, old.batch) != (&line.relation, line.batch));
        self.files.push(line);
        self.files.sort_by(|a, b| (&a.relation, a.batch).cmp(&(&b.relation, b.batch)));
    }

    /// Replaces the file as a whole: a crash leaves the old one or the new one.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(NAME);
        if Self::read(folder).is_none() {
            private_file::set_aside(&path, "old")?;
        }
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        private_file::replace(&path, &text)
    }
}

impl Line {
    fn is_named_as_ours(&self) -> bool {
        let Some(stem) = stem(&self.relation, self.batch) else { return false };
        ["ndjson", "tar"].iter().any(|kind| self.file == format!("{stem}.{kind}.gz"))
    }
}

/// `issues`, `issues-2`; `None` where GitLab's name cannot be part of a file's.
pub fn stem(relation: &str, batch: Option<u64>) -> Option<String> {
    let usable = !relation.is_empty()
        && relation.len() <= 100
        && relation.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    usable.then(|| match batch {
        Some(number) => format!("{relation}-{number}"),
        None => relation.to_owned(),
    })
}

/// Whether the file of a line is there, whole and unchanged. Reads all of it.
pub fn is_whole(folder: &Path, line: &Line) -> bool {
    is_there(folder, line)
        && File::open(folder.join(&line.file)).and_then(sha256).is_ok_and(|digest| digest == line.sha256)
}

/// Whether a file of that name and length is there, without reading it.
pub fn is_there(folder: &Path, line: &Line) -> bool {
    let facts = folder.join(&line.file).symlink_metadata();
    facts.is_ok_and(|facts| facts.is_file() && facts.len() == line.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(relation: &str, batch: Option<u64>) -> Line {
        Line {
            relation: relation.to_owned(),
            batch,
            file: format!("{}.ndjson.gz", stem(relation, batch).unwrap()),
            bytes: 5,
            sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824".to_owned(),
            records: 1,
            objects_count: Some(1),
            updated_at: None,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn it_is_read_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut manifest = Manifest::new("https://i", 7, "a/b");
        for batch in [Some(10), Some(2), None] {
            manifest.put(line("issues", batch));
        }
        manifest.put(Line { bytes: 6, ..line("issues", Some(2)) });
        manifest.write(folder.path()).unwrap();
        let back = Manifest::read(folder.path()).unwrap();
        assert_eq!(back, manifest);
        assert_eq!(back.files.iter().map(|line| line.batch).collect::<Vec<_>>(), [None, Some(2), Some(10)]);
        assert_eq!(back.line("issues", Some(2)).unwrap().bytes, 6);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_file_of_somebody_else_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(NAME), "dear diary").unwrap();
        assert!(Manifest::read(folder.path()).is_none());
        Manifest::new("https://i", 7, "a/b").write(folder.path()).unwrap();
        assert_eq!(fs::read(folder.path().join("manifest.json.old")).unwrap(), b"dear diary");
    }

    #[test]
    #[cfg(unix)]
    fn nothing_is_written_through_a_link_and_no_name_is_taken() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let precious = outside.path().join("precious.txt");
        fs::write(&precious, "precious").unwrap();
        symlink(&precious, folder.path().join("manifest.json.new")).unwrap();
        symlink(&precious, folder.path().join(NAME)).unwrap();
        Manifest::new("https://i", 7, "a/b").write(folder.path()).unwrap();
        assert_eq!(fs::read(&precious).unwrap(), b"precious");
        assert!(
            folder.path().join("manifest.json.new").is_symlink() && Manifest::read(folder.path()).is_some()
        );
        let mode = folder.path().join(NAME).symlink_metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "and the link that was put aside");
    }

    #[test]
    fn a_line_that_leads_elsewhere_is_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut manifest = Manifest::new("https://i", 7, "a/b");
        for (relation, file) in [
            ("labels", "/etc/hostname"),
            ("issues", "../t2"),
            ("boards", "boards.zip"),
            ("../x", "../x.tar.gz"),
            ("uploads", "uploads.tar.gz"),
        ] {
            manifest.put(Line { file: file.to_owned(), ..line("labels", None) });
            manifest.files.last_mut().unwrap().relation = relation.to_owned();
        }
        manifest.write(folder.path()).unwrap();
        let back = Manifest::read(folder.path()).unwrap();
        assert_eq!(back.files.iter().map(|line| line.file.as_str()).collect::<Vec<_>>(), ["uploads.tar.gz"]);
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (line, path) = (line("labels", None), folder.path().join("labels.ndjson.gz"));
        assert!(!is_whole(folder.path(), &line), "missing");
        fs::write(&path, "hello").unwrap();
        assert!(is_whole(folder.path(), &line));
        fs::write(&path, "hullo").unwrap();
        assert!(!is_whole(folder.path(), &line));
    }
}
