//! `manifest.json`: which files a folder of relations contains, and which export they belong to.
//!
//! During a download, each file is first added to `manifest.lines` beside the manifest, so that one file costs one
//! short line however many files there are. The lines are merged into the manifest from time to time and at the end.
//! A reader reads both files.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::archive::sha256;
use crate::case::{Code, UserError};
use crate::engine::api::FileWarning;
use crate::platform::disk::{self, Backups};
use crate::platform::private_file;

use super::user_error::{json_fault, unopened_with};

/// The file's name in the folder.
pub const NAME: &str = "manifest.json";
/// The files added since the manifest was last written, one per line.
const LINES: &str = "manifest.lines";
const FORMAT: u32 = 1;
/// Enough for the manifest of a hundred thousand files.
const MOST_BYTES: usize = 64 << 20;
/// The manifest is rewritten after at least this many lines, and after more where it is long. A rewrite costs about
/// as much as that many lines, so the cost per file stays constant.
const LINES_AT_LEAST: usize = 256;

/// Identifies a file of a relations export: a relation, or one batch of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileKey {
    pub relation: String,
    /// Batch number, where the file is a batch.
    pub batch: Option<u64>,
}

/// The contents of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub gitlab_version: Option<String>,
    #[serde(default)]
    pub gitlab_revision: Option<String>,
    /// How many deploy keys may push to each protected branch; `None` where GitLab did not tell.
    #[serde(default)]
    pub deploy_key_rows: Option<BTreeMap<String, u64>>,
    /// When the manifest was last written, RFC 3339.
    pub written_at: String,
    /// By relation and batch.
    #[serde(serialize_with = "as_list", deserialize_with = "from_list")]
    pub files: BTreeMap<FileKey, ManifestFile>,
    /// Relations and batches that GitLab could not export, so that nobody takes the folder for complete.
    pub not_exported: Vec<NotExported>,
    /// GitLab's list at the last download; empty in a manifest of 0.1.0.
    #[serde(default)]
    pub listed: Vec<ListedRelation>,
}

/// Facts about the GitLab and the project that the files come from, as far as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFacts {
    pub gitlab_version: Option<String>,
    pub gitlab_revision: Option<String>,
    /// See [`Manifest::deploy_key_rows`].
    pub deploy_key_rows: Option<BTreeMap<String, u64>>,
    /// Whether GitLab was asked for these rows.
    pub asked_for_rows: bool,
}

impl SourceFacts {
    /// Takes what was read over into a manifest, which may have facts of an earlier export.
    pub fn note_in(self, manifest: &mut Manifest) {
        if self.gitlab_version.is_some() {
            (manifest.gitlab_version, manifest.gitlab_revision) = (self.gitlab_version, self.gitlab_revision);
        }
        // Rows of an earlier export would be wrong where GitLab did not tell those of this one.
        if self.asked_for_rows {
            manifest.deploy_key_rows = self.deploy_key_rows;
        }
    }
}

/// A relation as GitLab listed it. A missing file, or one of another export, is detected by comparison with this
/// list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRelation {
    pub relation: String,
    pub batched: bool,
    pub batches_count: Option<u64>,
    pub total_objects_count: Option<u64>,
    /// Whether GitLab listed the relation unchanged from before the request: its files are of an earlier export.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_old: bool,
    /// GitLab did not regenerate it, because the previous export was less than three minutes older.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_skipped: bool,
    /// The files that can be downloaded.
    pub files: Vec<ListedFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedFile {
    pub batch: Option<u64>,
    pub objects_count: Option<u64>,
    pub updated_at: Option<String>,
}

/// A complete and verified file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    pub relation: String,
    pub batch: Option<u64>,
    /// File name in the folder.
    pub file: String,
    pub bytes: u64,
    pub sha256: String,
    /// Number of NDJSON lines, or of files in a tar.
    pub records: u64,
    /// Uncompressed size; absent in a manifest of 0.1.0.
    #[serde(default)]
    pub unpacked_bytes: Option<u64>,
    /// Number of objects, as GitLab counts them.
    pub objects_count: Option<u64>,
    /// GitLab's time of the export or batch.
    pub updated_at: Option<String>,
    /// Warnings about the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<FileWarning>,
}

/// A relation, or one batch of it, that has no file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotExported {
    pub relation: String,
    #[serde(default)]
    pub batch: Option<u64>,
    /// GitLab status, a number or a word; `not listed` for a batch that GitLab counts but does not list.
    pub status: String,
    pub error: Option<String>,
}

/// The first line of `manifest.lines`: which project the files belong to.
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

    /// Reads a folder's manifest with the lines beside it. `None` where there is none, or where another program wrote
    /// it; such a file is moved aside when ours is written.
    ///
    /// Leaves out entries whose file names do not follow this program's pattern, because such a name could point
    /// anywhere.
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

    /// `None` where no lines belong to this manifest. After a crash the last line may be incomplete.
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

    /// When GitLab wrote the newest file of the export, in GitLab's notation.
    pub fn exported_at(&self) -> Option<String> {
        self.files_of_export().filter_map(|file| file.updated_at.clone()).max()
    }

    /// The files of the export that GitLab listed at the last download. The folder may also contain files of earlier
    /// exports, for example batches of a relation that is now one file.
    pub fn files_of_export(&self) -> impl Iterator<Item = &ManifestFile> {
        let of_relation = |listed: &ListedRelation| {
            let key = |batch| FileKey { relation: listed.relation.clone(), batch };
            listed.files.iter().map(|file| (key(file.batch), file.updated_at.clone())).collect::<Vec<_>>()
        };
        let listed: HashMap<_, _> = self.listed.iter().flat_map(of_relation).collect();
        let is_listed = move |(key, file): &(&FileKey, &ManifestFile)| {
            listed.is_empty() || listed.get(key).is_some_and(|updated_at| *updated_at == file.updated_at)
        };
        self.files.iter().filter(is_listed).map(|(_key, file)| file)
    }

    pub fn is_of(&self, instance: &str, project_id: u64) -> bool {
        self.instance == instance && self.project_id == project_id
    }
}

/// Why the manifest of a folder cannot be used; `None` where there is none.
pub fn fault(folder: &Path) -> Option<UserError> {
    #[derive(Deserialize)]
    struct Format {
        format: u64,
    }

    let path = folder.join(NAME);
    let unusable = |why: String| {
        UserError::new(
            Code::Usage,
            format!("{} cannot be used: {why}.", path.display()),
            "Put the original file back, or download the relations again into another folder.",
        )
    };
    let bytes = match disk::read_short(&path, MOST_BYTES) {
        Err(error) => {
            return match error.kind() {
                io::ErrorKind::NotFound => None,
                // It is no file, or too long.
                io::ErrorKind::Other => Some(unusable(error.to_string())),
                _ => Some(unopened_with(&path, &error, "Make the folder and the file readable.")),
            };
        }
        Ok(bytes) => bytes,
    };
    match serde_json::from_slice::<Format>(&bytes) {
        Ok(Format { format }) if format != u64::from(FORMAT) => {
            Some(unusable(format!("its format is {format}, and this version reads {FORMAT}")))
        }
        _ => serde_json::from_slice::<Manifest>(&bytes).err().map(|error| unusable(json_fault(&error))),
    }
}

/// Removes the manifest of a folder, and the lines beside it, if they are ours.
pub fn remove(folder: &Path) {
    if let Some(manifest) = Manifest::read_whole(folder) {
        if manifest.read_lines(folder).is_some() {
            fs::remove_file(folder.join(LINES)).ok();
        }
        fs::remove_file(folder.join(NAME)).ok();
    }
}

/// Writes the manifest of a folder during a download.
#[derive(Debug)]
pub struct ManifestWriter {
    folder: PathBuf,
    pub manifest: Manifest,
    /// The open `manifest.lines`.
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

    /// Adds a file that is about to be renamed. The entry is on disk when this returns.
    pub fn add(&mut self, file: ManifestFile) -> io::Result<()> {
        let mut line = serde_json::to_vec(&file)?;
        line.push(b'\n');
        self.manifest.files.insert(file.key(), file);
        let mut lines = match self.lines.take() {
            Some(lines) => lines,
            None => self.begin_lines()?,
        };
        lines.write_all(&line)?;
        disk::sync_data(&lines)?;
        self.lines = Some(lines);
        self.added += 1;
        Ok(())
    }

    /// Removes a file whose rename failed.
    pub fn remove(&mut self, key: &FileKey) {
        self.manifest.files.remove(key);
        self.added += 1;
    }

    /// Whether enough lines were added to rewrite the manifest.
    pub fn is_due(&self) -> bool {
        self.added >= LINES_AT_LEAST.max(self.manifest.files.len() / 4)
    }

    /// Whether files were added since the manifest was last written.
    pub fn is_behind(&self) -> bool {
        self.added > 0
    }

    /// Rewrites the manifest and removes the lines. A crash leaves either the old manifest with its lines, or the new
    /// one.
    pub fn write(&mut self, written_at: String) -> io::Result<()> {
        self.manifest.written_at = written_at;
        let path = self.folder.join(NAME);
        if Manifest::read_whole(&self.folder).is_none() {
            private_file::set_aside(&path, "old")?;
        }
        let mut text = serde_json::to_vec_pretty(&self.manifest)?;
        text.push(b'\n');
        private_file::replace(&path, &text, Backups::LeaveOut)?;
        (self.lines, self.added) = (None, 0);
        // If the lines cannot be removed, they only repeat what the manifest contains.
        if self.manifest.read_lines(&self.folder).is_some() {
            fs::remove_file(self.folder.join(LINES)).ok();
        }
        Ok(())
    }

    fn begin_lines(&mut self) -> io::Result<File> {
        if self.manifest.read_lines(&self.folder).is_some() {
            // A crash left these lines; the last one may be incomplete.
            self.write(self.manifest.written_at.clone())?;
        }
        let path = self.folder.join(LINES);
        private_file::set_aside(&path, "old")?;
        let mut head = serde_json::to_vec(&self.manifest.lines_head())?;
        head.push(b'\n');
        private_file::create(&path, &head, Backups::LeaveOut)?;
        disk::append_private(&path, Backups::LeaveOut)
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

    /// Whether the file is complete and unchanged. Reads the whole file.
    pub fn is_whole(&self, folder: &Path) -> bool {
        self.is_there(folder) && has_digest(&folder.join(&self.file), &self.sha256)
    }

    /// Whether a file with that name and size exists. Does not read the file.
    pub fn is_there(&self, folder: &Path) -> bool {
        has_length(&folder.join(&self.file), self.bytes)
    }

    /// Whether the file at `path` has the same contents, under another name.
    pub fn is_whole_at(&self, path: &Path) -> bool {
        has_length(path, self.bytes) && has_digest(path, &self.sha256)
    }
}

impl FileKey {
    /// The relation whose file has such a name, `issues.ndjson.gz` or `issues-2.ndjson.gz`, as far as the name tells.
    pub fn relation_of(file: &str) -> &str {
        let stem = file.split_once('.').map_or(file, |(stem, _ending)| stem);
        stem.rsplit_once('-').map_or(stem, |(relation, _batch)| relation)
    }

    /// The name without ending, such as `issues` or `issues-2`; `None` where GitLab's name cannot be part of a file
    /// name.
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

/// Ignores a file that is larger than any manifest.
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
pub mod fixture;
#[cfg(test)]
mod tests;
