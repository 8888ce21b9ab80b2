//! The files of the relations export: GitLab's list of relations, and the content of each one's file
//! (`lib/gitlab/import_export/project/import_export.yml`, `app/services/bulk_imports`).

use serde_json::{Map, Value};

use super::recipe::Recipe;
use super::tar::{Content, TarMember};
use super::tree;

/// The type of a relation, which determines the form of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationShape {
    /// Records of a table: NDJSON, in batches if requested.
    Many,
    /// Records from another source: NDJSON, never in batches.
    List,
    /// One record, or `null`.
    One,
    /// The project's own attributes, in `self.json.gz`.
    Root,
    /// Files of a table in a tar, in batches if requested.
    Files,
    /// A bundle in a tar. An empty repository has no bundle, but still counts as one object.
    Bundle,
}

/// The relations of an EE build of 18.9, in the order in which their workers start.
pub const RELATIONS: [(&str, RelationShape); 32] = [
    ("labels", RelationShape::Many),
    ("milestones", RelationShape::Many),
    ("issues", RelationShape::Many),
    ("snippets", RelationShape::Many),
    ("releases", RelationShape::Many),
    ("merge_requests", RelationShape::Many),
    ("external_pull_requests", RelationShape::Many),
    ("ci_pipelines", RelationShape::Many),
    ("pipeline_schedules", RelationShape::Many),
    ("protected_branches", RelationShape::Many),
    ("protected_tags", RelationShape::Many),
    ("custom_attributes", RelationShape::Many),
    ("project_badges", RelationShape::Many),
    ("boards", RelationShape::Many),
    ("commit_notes", RelationShape::List),
    ("protected_environments", RelationShape::Many),
    ("approval_rules", RelationShape::Many),
    ("vulnerabilities", RelationShape::Many),
    ("auto_devops", RelationShape::One),
    ("container_expiration_policy", RelationShape::One),
    ("project_feature", RelationShape::One),
    ("ci_cd_settings", RelationShape::One),
    ("error_tracking_setting", RelationShape::One),
    ("service_desk_setting", RelationShape::One),
    ("security_setting", RelationShape::One),
    ("push_rule", RelationShape::One),
    ("user_contributions", RelationShape::One),
    ("uploads", RelationShape::Files),
    ("lfs_objects", RelationShape::Files),
    ("repository", RelationShape::Bundle),
    ("design", RelationShape::Bundle),
    ("self", RelationShape::Root),
];

impl RelationShape {
    /// The shape of this relation; `None` if GitLab has no relation of that name.
    pub fn of(relation: &str) -> Option<Self> {
        RELATIONS.iter().find(|(name, _)| *name == relation).map(|(_, shape)| *shape)
    }

    /// Whether the relation is exported in batches if requested.
    pub fn has_batches(self) -> bool {
        matches!(self, Self::Many | Self::Files)
    }

    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Many | Self::List | Self::One => "ndjson.gz",
            Self::Root => "json.gz",
            Self::Files | Self::Bundle => "tar.gz",
        }
    }
}

/// One batch of a relation: its number, from 1, the number of records per batch, and how many records at its end GitLab
/// has skipped.
pub type FakeBatchRange = (u64, u64, u64);

/// How many objects GitLab counts in a relation.
pub fn relation_objects(recipe: &Recipe, relation: &str) -> u64 {
    match RelationShape::of(relation) {
        None => 0,
        Some(RelationShape::Many | RelationShape::List) => tree::tree_records(recipe, relation),
        Some(RelationShape::One | RelationShape::Root | RelationShape::Bundle) => 1,
        Some(RelationShape::Files) => objects(recipe, relation).len() as u64,
    }
}

/// The text of a relation's file, or of one batch of it.
pub fn text(recipe: &Recipe, relation: &str, batch: Option<FakeBatchRange>) -> Option<Vec<u8>> {
    let known =
        || tree::relations(recipe).into_iter().find(|(name, _)| *name == relation).map(|(_, text)| text);
    let content = match RelationShape::of(relation)? {
        RelationShape::Many if relation == "protected_branches" => {
            format!("{}\n", tree::exported_branch(true)).into_bytes()
        }
        RelationShape::Root => return Some(tree::project(recipe).to_string().into_bytes()),
        RelationShape::One => return Some(known().unwrap_or_else(|| b"null".to_vec())),
        // An empty list is an empty file.
        RelationShape::Many | RelationShape::List => known().unwrap_or_default(),
        RelationShape::Files | RelationShape::Bundle => return None,
    };
    let records = tree::records(&content);
    let Some(batch) = batch else { return Some(content) };
    if relation == "issues" {
        let range = range(records.len(), batch)?;
        return Some(tree::issues(recipe, range.start as u64 + 1..=range.end as u64));
    }
    part(&records, batch).map(<[&[u8]]>::concat)
}

/// The members of a relation's tar, or of one batch of it.
pub fn tar(recipe: &Recipe, relation: &str, batch: Option<FakeBatchRange>) -> Option<Vec<TarMember>> {
    let mut all = vec![TarMember::folder("")];
    match relation {
        "repository" => {
            all.extend(member(recipe, "./project.bundle").map(|one| named(one, "repository.bundle")));
        }
        "design" => {
            all.extend(member(recipe, "./project.design.bundle").map(|one| named(one, "design.bundle")));
        }
        _ => {
            let mut objects = objects(recipe, relation);
            if let Some(batch) = batch {
                let range = range(objects.len(), batch)?;
                objects = objects.drain(range).collect();
            }
            let list = (relation == "lfs_objects").then(|| lfs_list(&objects));
            all.extend(objects);
            all.extend(list.map(|list| TarMember::file("lfs_objects.json", list)));
        }
    }
    Some(all)
}

/// The files of a relation that has some, under their names in its tar. Uploads contain the avatar, and a file without
/// a secret, which no archive has.
fn objects(recipe: &Recipe, relation: &str) -> Vec<TarMember> {
    let is_uploads = relation == "uploads";
    let folders: &[&str] = if is_uploads { &["./uploads/", "./"] } else { &["./lfs-objects/"] };
    let files = tree::members(recipe).into_iter().filter_map(|one| {
        let name = folders.iter().find_map(|folder| one.name.strip_prefix(folder))?.to_owned();
        let is_avatar = one.name.starts_with("./avatar/");
        let is_wanted = !is_uploads || is_avatar || one.name.starts_with("./uploads/");
        (is_wanted && !matches!(one.content, Content::None)).then(|| named(one, &name))
    });
    files.chain(is_uploads.then(|| TarMember::file("stray.png", *b"an upload without a secret"))).collect()
}

/// Every object belongs to the project's repository.
fn lfs_list(objects: &[TarMember]) -> String {
    let line = |one: &TarMember| (one.name.trim_start_matches("./").to_owned(), serde_json::json!([0]));
    Value::Object(objects.iter().map(line).collect::<Map<_, _>>()).to_string()
}

fn member(recipe: &Recipe, name: &str) -> Option<TarMember> {
    tree::members(recipe).into_iter().find(|one| one.name == name)
}

fn named(member: TarMember, name: &str) -> TarMember {
    TarMember { name: format!("./{name}"), ..member }
}

fn part<T>(all: &[T], batch: FakeBatchRange) -> Option<&[T]> {
    all.get(range(all.len(), batch)?)
}

fn range(count: usize, (number, size, skipped): FakeBatchRange) -> Option<std::ops::Range<usize>> {
    let first =
        usize::try_from(number.checked_sub(1)?.checked_mul(size)?).ok().filter(|first| *first < count)?;
    let end = count.min(first + size as usize);
    Some(first..end.saturating_sub(skipped as usize).max(first))
}
