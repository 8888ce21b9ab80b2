//! Which files of a relations export can be downloaded, as its watcher reports them to the downloads.

use std::path::PathBuf;

use crate::case::relations::{MissingBatch, RelationFile, RelationsTiming};
use crate::case::{CaseId, Code, Relation, RelationPhase, RelationsId, RelationsRun, UserError};

use crate::engine::manifest::{ListedFile, ListedRelation, NotExported, SourceFacts};

/// The files that GitLab lists for a relations export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationsOffer {
    pub run: RelationsId,
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case_id: Option<CaseId>,
    /// In GitLab's order.
    pub relations: Vec<OfferedRelation>,
    /// Relations and batches without a file.
    pub not_exported: Vec<NotExported>,
    /// The relations as GitLab lists them, for the manifest.
    pub listed: Vec<ListedRelation>,
}

/// The files of one relation: one, or one per batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedRelation {
    pub name: String,
    /// GitLab still lists the previous export of this relation; its files are not offered.
    pub is_stale: bool,
    pub files: Vec<RelationFile>,
}

impl OfferedRelation {
    /// Refuses batches that GitLab does not list.
    fn lists(&self, batches: &[u64]) -> Result<(), UserError> {
        let is_unknown = |number: &&u64| !self.files.iter().any(|file| file.batch == Some(**number));
        let Some(unknown) = batches.iter().find(is_unknown) else { return Ok(()) };
        let numbers: Vec<_> = self.files.iter().filter_map(|file| file.batch).collect();
        let (first, last) = (numbers.iter().min(), numbers.iter().max());
        let (headline, hint) = match first.zip(last) {
            Some((first, last)) => (
                format!("GitLab lists no batch {unknown} of {}.", self.name),
                format!("Its batches are {first} to {last}."),
            ),
            None => (
                format!("{} is one file, without batches.", self.name),
                "Download the complete relation.".to_owned(),
            ),
        };
        Err(UserError::new(Code::NoExportFile, headline, hint))
    }

    pub fn offers(&self, file: &RelationFile) -> bool {
        file.phase == RelationPhase::Ready && !self.is_stale
    }
}

/// Files of a relations export that the user requested.
#[derive(Debug)]
pub struct RelationsRequested {
    pub offer: RelationsOffer,
    /// The target folder.
    pub folder: PathBuf,
    /// Names of relations; empty means all.
    pub relations: Vec<String>,
    /// Numbers of batches; empty means all.
    pub batches: Vec<u64>,
    pub source: SourceFacts,
}

impl RelationsOffer {
    pub fn of(run: &RelationsRun, timing: &RelationsTiming) -> Self {
        let relation = |relation: &Relation| OfferedRelation {
            name: relation.name.clone(),
            is_stale: run.is_stale(relation, timing),
            files: relation.files(),
        };
        Self {
            run: run.id,
            instance: run.instance.clone(),
            project_id: run.project_id,
            project_path: run.project_path.clone(),
            case_id: run.case_id,
            relations: run.relations.iter().map(relation).collect(),
            not_exported: not_exported(run),
            listed: run.relations.iter().map(|one| listed(run, one, timing)).collect(),
        }
    }

    /// Every listed file, including those that are not offered.
    pub fn files(&self) -> impl Iterator<Item = &RelationFile> {
        self.relations.iter().flat_map(|relation| &relation.files)
    }

    /// The offered files of the named relations and batches, or all offered files.
    pub fn chosen(&self, relations: &[String], batches: &[u64]) -> Result<Vec<RelationFile>, UserError> {
        if self.relations.is_empty() {
            return Err(UserError::new(
                Code::NoExportFile,
                "This user has no relations export of the project.",
                "Start an export with this token: each user sees only their own exports.",
            ));
        }
        let is_listed = |name: &String| self.relations.iter().any(|relation| relation.name == *name);
        if let Some(unknown) = relations.iter().find(|name| !is_listed(name)) {
            let names: Vec<_> = self.relations.iter().map(|relation| relation.name.as_str()).collect();
            return Err(UserError::new(
                Code::Usage,
                format!("GitLab lists no relation “{unknown}”."),
                format!("There are {}.", names.join(", ")),
            ));
        }
        let is_chosen =
            |relation: &&OfferedRelation| relations.is_empty() || relations.contains(&relation.name);
        let chosen: Vec<_> = self.relations.iter().filter(is_chosen).collect();
        for relation in &chosen {
            relation.lists(batches)?;
        }
        let is_wanted = |file: &RelationFile| {
            batches.is_empty() || file.batch.is_some_and(|number| batches.contains(&number))
        };
        let offered = chosen
            .into_iter()
            .flat_map(|relation| relation.files.iter().filter(|file| relation.offers(file)).cloned())
            .filter(is_wanted)
            .collect();
        Ok(offered)
    }
}

fn listed(run: &RelationsRun, relation: &Relation, timing: &RelationsTiming) -> ListedRelation {
    let file = |file: RelationFile| ListedFile {
        batch: file.batch,
        objects_count: file.objects_count,
        updated_at: file.updated_at,
    };
    ListedRelation {
        relation: relation.name.clone(),
        batched: relation.batched,
        batches_count: relation.batches_count,
        total_objects_count: relation.objects_count,
        is_old: run.is_old(relation, timing),
        is_skipped: run.was_skipped(relation, timing),
        files: relation.files().into_iter().map(file).collect(),
    }
}

/// One entry for each relation or batch without a file.
fn not_exported(run: &RelationsRun) -> Vec<NotExported> {
    let mut all = Vec::new();
    for relation in &run.relations {
        let line = |batch, status: &str, error: &Option<String>| NotExported {
            relation: relation.name.clone(),
            batch,
            status: status.to_owned(),
            error: error.clone(),
        };
        let missing = relation.missing();
        let whole = relation.phase() != RelationPhase::Ready
            && (missing.is_empty() || RelationPhase::of_status(&relation.status) == RelationPhase::Failed);
        all.extend(whole.then(|| line(None, &relation.status, &relation.error)));
        let status = |batch: &MissingBatch| batch.status.clone().unwrap_or_else(|| "not listed".to_owned());
        all.extend(missing.iter().map(|batch| line(Some(batch.number), &status(batch), &batch.error)));
    }
    all
}
