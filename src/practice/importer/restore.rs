//! The restorers, in the order in which GitLab runs them (`importer.rb`): repository, wiki, tree, avatar, design,
//! uploads, LFS objects, snippets. The first one that returns false ends the import, and what was done stays.

use std::collections::BTreeMap;

use super::folder::{Attributes, Folder, LfsList, ProjectFile};
use super::names::TREE;
use super::rows::{ImportedRows, MOST_FAILURES, RowFailure};

/// The version of the format, unchanged since GitLab 11.1.
const VERSION: &str = "0.2.4";
/// Gitaly's message if git cannot read a bundle (gitlab-org/gitlab#24806).
pub const BROKEN_BUNDLE: &str = "13:CreateRepositoryFromBundle: cmd wait failed: exit status 128";
/// `Avatarable::MAXIMUM_FILE_SIZE`.
const AVATAR_BYTES: u64 = 200 << 10;
/// `AvatarUploader`: the extensions of images that are safe to show.
const AVATAR_KINDS: [&str; 8] = ["png", "jpg", "jpeg", "gif", "bmp", "tiff", "ico", "webp"];

/// A project as an import leaves it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportedProject {
    pub relations: BTreeMap<String, ImportedRows>,
    pub attributes: Attributes,
    pub has_repository: bool,
    pub has_wiki: bool,
}

impl ImportedProject {
    pub fn records(&self, relation: &str) -> u64 {
        self.relations.get(relation).map_or(0, ImportedRows::count)
    }

    /// Adds what a relation import brings: the rows, and the attributes of its `project.json`, which GitLab assigns to
    /// the project each time (`relation_tree_restorer.rb`, `update_params!`).
    pub fn add(&mut self, relation: &str, imported: RelationOf<'_>) {
        self.relations.entry(relation.to_owned()).or_default().add_all(imported.rows);
        self.attributes.extend(imported.attributes.clone());
    }
}

/// What a relation import reads of an archive.
#[derive(Debug, Clone, Copy)]
pub struct RelationOf<'a> {
    pub rows: &'a ImportedRows,
    pub attributes: &'a Attributes,
}

/// How an import has ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Restored {
    pub project: ImportedProject,
    /// The text of `import_error`, if the import failed.
    pub error: Option<String>,
    /// The failed relations, newest first.
    pub failures: Vec<RowFailure>,
}

/// Imports the folder as a new project.
pub fn project(folder: &Folder) -> Restored {
    let mut restored = Restored::default();
    restored.error = may_begin(folder).and_then(|()| restore(folder, &mut restored)).err();
    restored.failures.reverse();
    restored.failures.truncate(MOST_FAILURES);
    restored
}

/// One relation, if the folder has what a relation import needs.
pub fn relation<'a>(folder: &'a Folder, relation: &str) -> Option<RelationOf<'a>> {
    let Some(ProjectFile::Object(attributes)) = &folder.project else { return None };
    let is_read = !folder.has_hard_link && !folder.is_too_large;
    let reader = folder.relations.get(relation).filter(|_| is_read)?;
    Some(RelationOf { rows: &reader.rows, attributes })
}

/// What `file_importer.rb` and `version_checker.rb` check.
fn may_begin(folder: &Folder) -> Result<(), String> {
    if folder.is_too_large {
        return Err("Decompressed archive size validation failed.".to_owned());
    }
    if folder.has_hard_link {
        return Err("File shares hard link".to_owned());
    }
    match folder.version.as_deref() {
        None => Err("No such file or directory @ rb_sysopen - VERSION".to_owned()),
        Some("") => Err("end of file reached".to_owned()),
        Some(text) => match version_in(text) {
            Some(VERSION) => Ok(()),
            Some(other) => Err(format!("Import version mismatch: Required {VERSION} but was {other}")),
            None => Err("Incorrect VERSION format".to_owned()),
        },
    }
}

/// The first three numbers with dots between them.
fn version_in(text: &str) -> Option<&str> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.find(|word| word.split('.').count() == 3 && word.split('.').all(is_number))
}

fn restore(folder: &Folder, restored: &mut Restored) -> Result<(), String> {
    bundle(folder, "project.bundle")?;
    restored.project.has_repository = folder.bundles.contains_key("project.bundle");
    bundle(folder, "project.wiki.bundle")?;
    restored.project.has_wiki = folder.bundles.contains_key("project.wiki.bundle");
    tree(folder, restored)?;
    avatar(folder)?;
    bundle(folder, "project.design.bundle")?;
    if let Some(path) = &folder.misplaced_upload {
        return Err(format!("Invalid path of an upload: {path}"));
    }
    lfs(folder)?;
    snippets(folder, restored)
}

fn bundle(folder: &Folder, name: &str) -> Result<(), String> {
    match folder.bundles.get(name) {
        Some(false) => Err(BROKEN_BUNDLE.to_owned()),
        Some(true) | None => Ok(()),
    }
}

fn tree(folder: &Folder, restored: &mut Restored) -> Result<(), String> {
    const NO_JSON: &str = "Incorrect JSON format";
    if !folder.has_tree {
        return Err("invalid import format".to_owned());
    }
    match &folder.project {
        None => return Err("Invalid file".to_owned()),
        Some(ProjectFile::Other) => return Err(NO_JSON.to_owned()),
        Some(ProjectFile::Object(attributes)) => restored.project.attributes.clone_from(attributes),
    }
    for name in TREE {
        let Some(reader) = folder.relations.get(name) else { continue };
        if reader.rows.count() > 0 {
            restored.project.relations.insert(name.to_owned(), reader.rows.clone());
        }
        let repeated = reader.repeated.iter().map(|line| RowFailure {
            relation: name.to_owned(),
            exception_class: "ActiveRecord::RecordNotUnique",
            source: "process_relation_item!",
            line: *line,
        });
        restored.failures.extend(reader.failures.iter().cloned().chain(repeated));
        // This error is outside the rescue of single records, so it ends the import.
        if reader.is_broken {
            return Err(NO_JSON.to_owned());
        }
    }
    Ok(())
}

fn avatar(folder: &Folder) -> Result<(), String> {
    let Some((name, bytes)) = &folder.avatar else { return Ok(()) };
    let kind = name.rsplit_once('.').map(|(_, kind)| kind.to_ascii_lowercase()).unwrap_or_default();
    if !AVATAR_KINDS.contains(&kind.as_str()) {
        return Err("Avatar file format is not supported".to_owned());
    }
    if *bytes > AVATAR_BYTES {
        return Err("Avatar is too big (should be at most 200 KiB)".to_owned());
    }
    Ok(())
}

fn lfs(folder: &Folder) -> Result<(), String> {
    if folder.has_folder_of_lfs {
        return Err("Is a directory @ io_fread".to_owned());
    }
    match &folder.lfs_list {
        // Without objects, the list is not read. Without a list, every object belongs to the project.
        _ if folder.lfs_objects.is_empty() => Ok(()),
        LfsList::Absent => Ok(()),
        LfsList::NoJson => Err("Incorrect JSON format".to_owned()),
        LfsList::Keys(keys) if folder.lfs_objects.is_subset(keys) => Ok(()),
        LfsList::Keys(_) => Err("undefined method 'each' for nil".to_owned()),
    }
}

/// A snippet without its bundle is created without its files; a bundle that git rejects ends the import.
fn snippets(folder: &Folder, restored: &mut Restored) -> Result<(), String> {
    let Some(reader) = folder.relations.get("snippets") else { return Ok(()) };
    for (line, name) in &reader.bundles {
        match folder.bundles.get(&format!("snippets/{name}.bundle")) {
            Some(true) => {}
            Some(false) => return Err(format!("Invalid repository bundle for snippet with id {}", line + 1)),
            None => restored.failures.push(RowFailure {
                relation: "snippets".to_owned(),
                exception_class: "MissingBundleFile",
                source: "create_repository_from_bundle",
                line: *line,
            }),
        }
    }
    Ok(())
}
