//! The folder that an archive is unpacked to, reduced to what the restorers look at. Its memory is bounded, whatever
//! the archive contains.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::bundle::GitBundle;
use super::names::{TREE, is_upload_placed};
use super::rows::{LONGEST_LINE, RowsReader};

/// At most this much of VERSION is read.
const VERSION_BYTES: usize = 128;
/// At most so many LFS objects and snippet bundles are remembered.
const MOST_OBJECTS: usize = 250_000;

/// `tree/project.json`.
#[derive(Debug, Clone, PartialEq)]
pub enum ProjectFile {
    /// An object, with the attributes that the practice GitLab shows of a project.
    Object(Attributes),
    Other,
}

/// Attributes of a project by GitLab's names.
pub type Attributes = BTreeMap<String, Value>;

/// The attributes that are kept.
const SHOWN: [&str; 3] = ["name", "description", "visibility_level"];

/// `lfs-objects.json`.
#[derive(Debug, Default)]
pub enum LfsList {
    #[default]
    Absent,
    NoJson,
    /// Its keys, as digests.
    Keys(BTreeSet<[u8; 32]>),
}

/// The content of the folder.
#[derive(Debug, Default)]
pub struct Folder {
    /// The archive unpacks to more than GitLab allows.
    pub is_too_large: bool,
    pub has_hard_link: bool,
    pub version: Option<String>,
    pub has_tree: bool,
    pub project: Option<ProjectFile>,
    pub relations: BTreeMap<&'static str, RowsReader>,
    /// Bundles by name, and whether git accepts them.
    pub bundles: BTreeMap<String, bool>,
    pub avatar: Option<(String, u64)>,
    /// An upload that the importer cannot place.
    pub misplaced_upload: Option<String>,
    pub lfs_list: LfsList,
    pub lfs_objects: BTreeSet<[u8; 32]>,
    pub has_folder_of_lfs: bool,
    current: Option<(String, Reading)>,
}

/// What is read of the current member.
#[derive(Debug)]
enum Reading {
    Version(Vec<u8>),
    Project(Text),
    Rows(Box<RowsReader>),
    Bundle(Box<GitBundle>),
    LfsObject(Sha256),
    LfsList(Text),
    Nothing,
}

/// A JSON file, up to the size that GitLab reads.
#[derive(Debug, Default)]
struct Text(Vec<u8>);

impl Text {
    fn push(&mut self, bytes: &[u8]) {
        let room = (LONGEST_LINE + 1).saturating_sub(self.0.len());
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn read<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        if self.0.len() > LONGEST_LINE { None } else { serde_json::from_slice(&self.0).ok() }
    }
}

impl Folder {
    pub fn hard_link(&mut self) {
        self.has_hard_link = true;
    }

    pub fn folder(&mut self, name: &str) {
        self.has_tree |= name == "tree" || name.starts_with("tree/");
        self.has_folder_of_lfs |= is_lfs_subfolder(name);
    }

    /// A symlink or FIFO has taken the place of what was there, and is deleted.
    pub fn removed(&mut self, name: &str) {
        match name {
            "VERSION" => self.version = None,
            "tree/project.json" => self.project = None,
            "lfs-objects.json" => self.lfs_list = LfsList::Absent,
            _ => {
                if let Some(relation) = relation_of(name) {
                    self.relations.remove(relation);
                }
                self.bundles.remove(name);
            }
        }
    }

    pub fn open(&mut self, name: &str, size: u64) {
        self.has_tree |= name.starts_with("tree/");
        // The last member of a name replaces the others.
        self.removed(name);
        let reading = match name {
            "VERSION" => Reading::Version(Vec::new()),
            "tree/project.json" => Reading::Project(Text::default()),
            "lfs-objects.json" => Reading::LfsList(Text::default()),
            _ => match relation_of(name) {
                Some(relation) => Reading::Rows(Box::new(RowsReader::new(relation))),
                None => self.open_file(name, size),
            },
        };
        self.current = Some((name.to_owned(), reading));
    }

    fn open_file(&mut self, name: &str, size: u64) -> Reading {
        let is_hidden = |name: &str| name.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
        match name.split_once('/') {
            None if name.ends_with(".bundle") => return Reading::Bundle(Box::default()),
            Some(("snippets", _)) if name.ends_with(".bundle") && self.bundles.len() < MOST_OBJECTS => {
                return Reading::Bundle(Box::default());
            }
            Some(("avatar", file)) if self.avatar.is_none() && !is_hidden(file) => {
                self.avatar = Some((file.to_owned(), size));
            }
            Some(("uploads", file)) if !is_hidden(file) && !is_upload_placed(file) => {
                self.misplaced_upload.get_or_insert_with(|| file.to_owned());
            }
            Some(("lfs-objects", file)) => {
                self.has_folder_of_lfs |= is_lfs_subfolder(name) && file.contains('/');
                if !is_hidden(file) && self.lfs_objects.len() < MOST_OBJECTS {
                    return Reading::LfsObject(Sha256::new());
                }
            }
            _ => {}
        }
        Reading::Nothing
    }

    pub fn push(&mut self, bytes: &[u8]) {
        match self.current.as_mut().map(|(_, reading)| reading) {
            Some(Reading::Version(text)) => {
                let room = VERSION_BYTES.saturating_sub(text.len());
                text.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
            Some(Reading::Project(text) | Reading::LfsList(text)) => text.push(bytes),
            Some(Reading::Rows(rows)) => rows.push(bytes),
            Some(Reading::Bundle(bundle)) => bundle.push(bytes),
            Some(Reading::LfsObject(digest)) => digest.update(bytes),
            Some(Reading::Nothing) | None => {}
        }
    }

    pub fn close(&mut self) {
        let Some((name, reading)) = self.current.take() else { return };
        match reading {
            Reading::Version(text) => {
                let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
                self.version = Some(String::from_utf8_lossy(line).into_owned());
            }
            Reading::Project(text) => {
                let object = text.read::<serde_json::Map<String, Value>>();
                let shown = |object: serde_json::Map<String, Value>| {
                    object.into_iter().filter(|(name, _)| SHOWN.contains(&name.as_str())).collect()
                };
                self.project = Some(object.map_or(ProjectFile::Other, |all| ProjectFile::Object(shown(all))));
            }
            Reading::Rows(mut rows) => {
                rows.end();
                if let Some(relation) = relation_of(&name) {
                    self.relations.insert(relation, *rows);
                }
            }
            Reading::Bundle(bundle) => {
                self.bundles.insert(name, bundle.is_accepted());
            }
            Reading::LfsObject(digest) => {
                self.lfs_objects.insert(digest.finalize().into());
            }
            Reading::LfsList(text) => {
                let list = text.read::<BTreeMap<String, Vec<Option<u8>>>>();
                self.lfs_list = list.map_or(LfsList::NoJson, |list| {
                    LfsList::Keys(list.keys().filter_map(|oid| digest_of(oid)).collect())
                });
            }
            Reading::Nothing => {}
        }
    }
}

/// Files are opened by their name: others are never read.
fn relation_of(name: &str) -> Option<&'static str> {
    let relation = name.strip_prefix("tree/project/")?.strip_suffix(".ndjson")?;
    TREE.iter().find(|known| **known == relation).copied()
}

fn is_lfs_subfolder(name: &str) -> bool {
    name.strip_prefix("lfs-objects/").is_some_and(|name| !name.is_empty() && !name.starts_with('.'))
}

fn digest_of(oid: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let is_hex = oid.len() == 64 && oid.is_ascii();
    for (at, byte) in digest.iter_mut().enumerate().take_while(|_| is_hex) {
        *byte = u8::from_str_radix(&oid[2 * at..2 * at + 2], 16).ok()?;
    }
    is_hex.then_some(digest)
}
