//! `POST /projects/import-relation` and `GET /projects/:id/relation-imports`: imports one relation into an existing
//! project. From `lib/api/project_import.rb` (16.11 and newer).

use std::path::Path;

use serde::Deserialize;

use super::answer::ApiAnswer;
use super::client::{Call, Client};
use super::error::Error;
use super::project_key::ProjectKey;
use super::refusal::Family;
use super::stamp::FileStamp;

const IMPORT: Call = Call { name: "POST projects/import-relation", family: Family::Import };
const LIST: Call = Call { name: "GET relation-imports", family: Family::Import };

/// One import of a relation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelationImport {
    pub id: u64,
    #[serde(default)]
    pub project_path: Option<String>,
    pub relation: String,
    /// GitLab status, unchanged.
    pub status: String,
    #[serde(default)]
    pub created_at: Option<String>,
    #[serde(default)]
    pub updated_at: Option<String>,
    /// The correlation ID of the request that started it, which GitLab's job has, too. The list does not have it.
    #[serde(skip)]
    pub correlation_id: Option<String>,
}

impl Client {
    /// Uploads an archive if the file still matches the stamp. GitLab imports one relation of it: `issues`,
    /// `merge_requests`, `ci_pipelines` or `milestones`. `project_path` is the full path of an existing project.
    pub async fn import_relation(
        &self,
        file: &Path,
        stamp: Option<FileStamp>,
        project_path: &str,
        relation: &str,
        sent_bytes: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<RelationImport, Error> {
        let fields = vec![("path".into(), project_path.to_owned()), ("relation".into(), relation.to_owned())];
        let answer: ApiAnswer<RelationImport> = self
            .send_file(IMPORT, &["projects", "import-relation"], fields, (file, stamp), sent_bytes)
            .await?;
        Ok(RelationImport { correlation_id: answer.correlation_id, ..answer.value })
    }

    pub async fn relation_imports(&self, id: &ProjectKey) -> Result<Vec<RelationImport>, Error> {
        Ok(self.get(LIST, &["projects", &id.segment(), "relation-imports"], &[]).await?.value)
    }
}
