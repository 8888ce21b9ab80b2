//! The API calls by name, as lessons and faults use them.

use axum::http::Method;

/// A call that the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiCall {
    /// In a fault: any call.
    Any,
    Version,
    Metadata,
    User,
    TokenSelf,
    Projects,
    Project,
    GroupProjects,
    ExportStart,
    ExportStatus,
    ExportDownload,
    /// A read of the object storage.
    Object,
    RelationsStart,
    RelationsStatus,
    RelationsDownload,
    ImportFile,
    ImportRemote,
    ImportS3,
    ImportRelation,
    ImportStatus,
    RelationImports,
    Issues,
    Issue,
    IssueCreate,
    IssueUpdate,
    IssueNote,
    IssueNotes,
    Labels,
    /// A list whose length is requested, and `issues_statistics`.
    Totals,
    Templates,
    Template,
    RawFile,
    Members,
    Wikis,
    /// `info/refs` of a repository.
    GitRefs,
    /// `git-upload-pack` of a repository.
    GitPack,
    /// Any other path.
    Unknown,
}

/// Maps requests to calls: the files of `routes` fill it, `middleware` reads it.
#[derive(Debug, Default)]
pub struct CallTable(Vec<(Method, String, ApiCall)>);

impl CallTable {
    pub fn add(&mut self, method: Method, pattern: &str, call: ApiCall) {
        self.0.push((method, pattern.to_owned(), call));
    }

    /// The call for the pattern that a path matched. HEAD counts as GET.
    pub fn call(&self, method: &Method, pattern: &str) -> ApiCall {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let found = self.0.iter().find(|(known, of, _)| known == method && of == pattern);
        found.map_or(ApiCall::Unknown, |(_, _, call)| *call)
    }
}
