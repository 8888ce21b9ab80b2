//! Imports and their progress (`lib/api/project_import.rb`, `Entities::ProjectImportStatus`).

use serde_json::{Value, json};

use super::fault::FaultKind;
use super::importer::{Restored, RowFailure};
use super::project::FakeProject;

const SCHEDULED_MS: u64 = 5_000;
const STARTED_MS: u64 = 45_000;

/// How an import ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportEnd {
    Finished,
    /// With the text of `import_error`.
    Failed(String),
    /// The import finishes, but a script of faults loses a record of this relation.
    Partial(String),
    /// A person or GitLab canceled the import.
    Canceled,
}

impl ImportEnd {
    /// The outcome that the script demands, otherwise that of the importer.
    pub fn of(faults: &[FaultKind], restored: &Restored) -> Self {
        let said = faults.iter().find_map(|error| match error {
            FaultKind::ImportFailed { error } => Some(Self::Failed(error.clone())),
            FaultKind::ImportPartial { relation } => Some(Self::Partial(relation.clone())),
            FaultKind::ImportCanceled => Some(Self::Canceled),
            _ => None,
        });
        said.unwrap_or_else(|| restored.error.clone().map_or(Self::Finished, Self::Failed))
    }
}

/// One project's import.
#[derive(Debug, Clone)]
pub struct FakeImport {
    pub began_ms: u64,
    pub ending: ImportEnd,
    /// The records that the importer could not save, newest first.
    pub failures: Vec<RowFailure>,
    pub name: String,
    pub correlation_id: String,
    pub created_at: String,
    /// The path that the project gets at the end, in the place of the project that has it.
    pub replaces: Option<String>,
}

impl FakeImport {
    pub fn status(&self, now_ms: u64) -> &'static str {
        match now_ms.saturating_sub(self.began_ms) {
            ..SCHEDULED_MS => "scheduled",
            SCHEDULED_MS..STARTED_MS => "started",
            _ => match self.ending {
                ImportEnd::Failed(_) => "failed",
                ImportEnd::Canceled => "canceled",
                ImportEnd::Finished | ImportEnd::Partial(_) => "finished",
            },
        }
    }
}

/// The answer of `GET /projects/:id/import` and of the calls that start one.
pub fn shown(project: &FakeProject, import: Option<&FakeImport>, now_ms: u64) -> Value {
    let status = import.map_or("none", |import| import.status(now_ms));
    let name = import.map_or(project.slug(), |import| import.name.as_str());
    let ending = import.map(|import| &import.ending);
    let error = match ending {
        Some(ImportEnd::Failed(error)) if status == "failed" => Some(error),
        _ => None,
    };
    let lost = import.map_or_else(Vec::new, |import| failed_relations(import, status));
    let mut shown = project.shown();
    for (field, value) in [
        ("description", Value::Null),
        ("name", json!(name)),
        ("import_status", json!(status)),
        ("import_type", json!(import.map(|_| "gitlab_project"))),
        ("correlation_id", json!(import.map(|import| &import.correlation_id))),
        ("failed_relations", json!(lost)),
        ("import_error", json!(error)),
        ("stats", Value::Null),
    ] {
        shown[field] = value;
    }
    shown
}

/// Failed relations show up when the import has ended.
fn failed_relations(import: &FakeImport, status: &str) -> Vec<Value> {
    match &import.ending {
        ImportEnd::Partial(relation) if status == "finished" => vec![json!({
            "id": 42,
            "created_at": import.created_at,
            "exception_class": "ActiveRecord::RecordInvalid",
            "exception_message": "Validation failed: Title is too long",
            "source": "process_relation_item!",
            "relation_name": relation,
            "line_number": 3,
        })],
        _ if matches!(status, "finished" | "failed") => {
            import.failures.iter().zip(1..).map(shown_failure).collect()
        }
        _ => Vec::new(),
    }
}

fn shown_failure((failure, id): (&RowFailure, u64)) -> Value {
    json!({
        "id": id,
        "exception_class": failure.exception_class,
        // The entity never exposes the message.
        "exception_message": null,
        "source": failure.source,
        "relation_name": failure.relation,
        "line_number": failure.line,
    })
}

/// One relation that is imported into an existing project.
#[derive(Debug, Clone)]
pub struct FakeRelationImport {
    pub id: u64,
    pub project_id: u64,
    pub relation: String,
    pub began_ms: u64,
    pub failed: bool,
    pub created_at: String,
}

impl FakeRelationImport {
    pub fn is_open(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.began_ms) < STARTED_MS
    }

    /// As `GET /projects/:id/relation-imports` shows it.
    pub fn shown(&self, path: &str, now_ms: u64) -> Value {
        let status = match now_ms.saturating_sub(self.began_ms) {
            ..SCHEDULED_MS => "created",
            SCHEDULED_MS..STARTED_MS => "started",
            _ if self.failed => "failed",
            _ => "finished",
        };
        json!({
            "id": self.id,
            "project_path": path,
            "relation": self.relation,
            "status": status,
            "created_at": self.created_at,
            "updated_at": self.created_at,
        })
    }
}
