//! `manifest.json`: what lies in a folder of relations, and which export it is of.
//!
//! While files come, each is added to `manifest.lines` beside it before the file gets its name, so that one file costs
//! one short line however many there are. The lines are brought into the manifest from time to time and at the end;
//! whoever reads the manifest reads both.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::archive::sha256;
use crate::engine::api::FileWarning;
use crate::platform::{disk, private_file};

/// The file's name in the folder.
pub const NAME: &str = "manifest.json";
/// What has come since the manifest was last written, a line a file.
const LINES: &str = "manifest.lines";
const FORMAT: u32 = 1;
/// A manifest of a hundred thousand files is smaller.
const MOST_BYTES: usize = 64 << 20;
/// So many lines are added before the whole is written, and more where the whole is long: writing it costs as much as
/// that many lines, so that each file costs the same.
const LINES_AT_LEAST: usize = 256;

/// Which file of a relations export: a relation, or one batch of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileKey {
    pub relation: String,
    /// Number of the batch, where it is one.
    pub batch: Option<u64>,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub gitlab_version: Option<String>,
    #[serde(default)]
    pub gitlab_revision: Option<String>,
    /// How many deploy keys may push to each protected branch; `None` where GitLab was not asked or did not say.
    #[serde(default)]
    pub deploy_key_rows: Option<BTreeMap<String, u64>>,
    /// When it was last written, RFC 3339.
    pub written_at: String,
    /// By relation and batch.
    #[serde(serialize_with = "as_list", deserialize_with = "from_list")]
    pub files: BTreeMap<FileKey, ManifestFile>,
    /// Relations and batches that GitLab could not export, so that nobody takes the folder for more than it is.
    pub not_exported: Vec<NotExported>,
    /// What GitLab listed when files were last asked for; empty in a manifest of 0.1.0.
    #[serde(default)]
    pub listed: Vec<ListedRelation>,
}

/// What is known of the GitLab and the project that the files are of, besides the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFacts {
    pub gitlab_version: String,
    pub gitlab_revision: Option<String>,
    /// See [`Manifest::deploy_key_rows`].
    pub deploy_key_rows: Option<BTreeMap<String, u64>>,
}

/// A relation as GitLab listed it, so that a file that is missing or of another export can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRelation {
    pub relation: String,
    pub batched: bool,
    pub batches_count: Option<u64>,
    pub total_objects_count: Option<u64>,
    /// The files that there are to download.
    pub files: Vec<ListedFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedFile {
    pub batch: Option<u64>,
    pub objects_count: Option<u64>,
    pub updated_at: Option<String>,
}

/// One file that came whole and was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    pub relation: String,
    pub batch: Option<u64>,
    /// Name in the folder.
    pub file: String,
    pub bytes: u64,
    pub sha256: String,
    /// Lines of NDJSON, or files of a tar.
    pub records: u64,
    /// Size without its compression; absent in a manifest of 0.1.0.
    #[serde(default)]
    pub unpacked_bytes: Option<u64>,
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

/// The first of the lines: whose files they are.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LinesHead {
    format: u32,
    instance: String,
    project_id: u64,
}

impl Manifest {
    pub fn new(instance: &str, project_id: u64, project_path: &str) -> Self {
        Self {
            format: FORMAT,
            instance: instance.to_owned(),
            project_id,
            project_path: project_path.to_owned(),
            gitlab_version: None,
            gitlab_revision: None,
            deploy_key_rows: None,
            listed: Vec::new(),
            written_at: String::new(),
            files: BTreeMap::new(),
            not_exported: Vec::new(),
        }
    }

    /// Reads a folder's manifest, with the lines beside it. `None` where there is none, or none of this program's;
    /// that one is set aside when ours is written.
    ///
    /// Entries whose files are not named as this program names them are left out: they might lead anywhere.
    pub fn read(folder: &Path) -> Option<Self> {
        let mut manifest = Self::read_whole(folder)?;
        for file in manifest.read_lines(folder).into_iter().flatten() {
            manifest.files.insert(file.key(), file);
        }
        manifest.files.retain(|_, file| file.is_named_as_ours());
        Some(manifest)
    }

    fn read_whole(folder: &Path) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(&read_short(&folder.join(NAME))?).ok()?;
        (manifest.format == FORMAT).then_some(manifest)
    }

    /// `None` where there are none that belong to this manifest. A crash may have cut the last one.
    fn read_lines(&self, folder: &Path) -> Option<Vec<ManifestFile>> {
        let text = read_short(&folder.join(LINES))?;
        let mut lines = text.split(|&byte| byte == b'\n');
        let head: LinesHead = serde_json::from_slice(lines.next()?).ok()?;
        let files = lines.map_while(|line| serde_json::from_slice(line).ok());
        (head == self.lines_head()).then(|| files.collect())
    }

    fn lines_head(&self) -> LinesHead {
        LinesHead { format: FORMAT, instance: self.instance.clone(), project_id: self.project_id }
    }

    pub fn is_of(&self, instance: &str, project_id: u64) -> bool {
        self.instance == instance && self.project_id == project_id
    }
}

/// The manifest of a folder that files are coming into.
#[derive(Debug)]
pub struct ManifestWriter {
    folder: PathBuf,
    pub manifest: Manifest,
    /// The lines of now, and how many.
    lines: Option<File>,
    added: usize,
}

impl ManifestWriter {
    pub fn new(folder: PathBuf, manifest: Manifest) -> Self {
        Self { folder, manifest, lines: None, added: 0 }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds a file that is about to get its name; durable when this returns.
    pub fn add(&mut self, file: ManifestFile) -> io::Result<()> {
        let mut line = serde_json::to_vec(&file)?;
        line.push(b'\n');
        self.manifest.files.insert(file.key(), file);
        let mut lines = match self.lines.take() {
            Some(lines) => lines,
            None => self.begin_lines()?,
        };
        lines.write_all(&line)?;
        lines.sync_data()?;
        self.lines = Some(lines);
        self.added += 1;
        Ok(())
    }

    /// A file that was added did not get its name.
    pub fn remove(&mut self, key: &FileKey) {
        self.manifest.files.remove(key);
        self.added += 1;
    }

    /// Whether so many lines were added that the whole should be written.
    pub fn is_due(&self) -> bool {
        self.added >= LINES_AT_LEAST.max(self.manifest.files.len() / 4)
    }

    /// Whether something was added since the whole was written.
    pub fn is_behind(&self) -> bool {
        self.added > 0
    }

    /// Writes the whole, and removes the lines. A crash leaves the old one with its lines, or the new one.
    pub fn write(&mut self, written_at: String) -> io::Result<()> {
        self.manifest.written_at = written_at;
        let path = self.folder.join(NAME);
        if Manifest::read_whole(&self.folder).is_none() {
            private_file::set_aside(&path, "old")?;
        }
        let mut text = serde_json::to_vec_pretty(&self.manifest)?;
        text.push(b'\n');
        private_file::replace(&path, &text)?;
        (self.lines, self.added) = (None, 0);
        // Where they stay, they say what the manifest says.
        if self.manifest.read_lines(&self.folder).is_some() {
            fs::remove_file(self.folder.join(LINES)).ok();
        }
        Ok(())
    }

    fn begin_lines(&mut self) -> io::Result<File> {
        if self.manifest.read_lines(&self.folder).is_some() {
            // A crash left these; the last may be cut.
            self.write(self.manifest.written_at.clone())?;
        }
        let path = self.folder.join(LINES);
        private_file::set_aside(&path, "old")?;
        let mut head = serde_json::to_vec(&self.manifest.lines_head())?;
        head.push(b'\n');
        private_file::create(&path, &head)?;
        OpenOptions::new().append(true).open(path)
    }
}

impl ManifestFile {
    pub fn key(&self) -> FileKey {
        FileKey { relation: self.relation.clone(), batch: self.batch }
    }

    fn is_named_as_ours(&self) -> bool {
        let Some(stem) = self.key().stem() else { return false };
        ["ndjson", "tar"].iter().any(|kind| self.file == format!("{stem}.{kind}.gz"))
    }

    /// Whether the file is there, whole and unchanged. Reads all of it.
    pub fn is_whole(&self, folder: &Path) -> bool {
        self.is_there(folder) && has_digest(&folder.join(&self.file), &self.sha256)
    }

    /// Whether a file of that name and length is there, without reading it.
    pub fn is_there(&self, folder: &Path) -> bool {
        has_length(&folder.join(&self.file), self.bytes)
    }

    /// Whether these very bytes lie at `path`, under another name.
    pub fn is_whole_at(&self, path: &Path) -> bool {
        has_length(path, self.bytes) && has_digest(path, &self.sha256)
    }
}

impl FileKey {
    /// `issues`, `issues-2`; `None` where GitLab's name cannot be part of a file's.
    pub fn stem(&self) -> Option<String> {
        let Self { relation, batch } = self;
        let usable = !relation.is_empty()
            && relation.len() <= 100
            && relation.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        usable.then(|| match batch {
            Some(number) => format!("{relation}-{number}"),
            None => relation.clone(),
        })
    }
}

fn has_length(path: &Path, bytes: u64) -> bool {
    path.symlink_metadata().is_ok_and(|facts| facts.is_file() && facts.len() == bytes)
}

fn has_digest(path: &Path, digest: &str) -> bool {
    File::open(path).and_then(sha256).is_ok_and(|found| found == digest)
}

/// What is larger than any manifest is none.
fn read_short(path: &Path) -> Option<Vec<u8>> {
    disk::read_short(path, MOST_BYTES).ok()
}

fn as_list<S: Serializer>(files: &BTreeMap<FileKey, ManifestFile>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(files.values())
}

fn from_list<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<FileKey, ManifestFile>, D::Error> {
    let files = Vec::<ManifestFile>::deserialize(from)?;
    Ok(files.into_iter().map(|file| (file.key(), file)).collect())
}

#[cfg(test)]
mod tests;
