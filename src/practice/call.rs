//! The calls of the API by name, as lessons and faults speak of them.

use axum::http::Method;

/// A call the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiCall {
    /// In a fault: whichever call comes.
    Any,
    Version,
    Metadata,
    User,
    TokenSelf,
    Projects,
    Project,
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
    /// A list whose length is asked for, and `issues_statistics`.
    Totals,
    Templates,
    Template,
    RawFile,
    /// A path that is none of these.
    Unknown,
}

/// Which call a request is: filled by the files of `routes`, read by `intake`.
#[derive(Debug, Default)]
pub struct CallTable(Vec<(Method, String, ApiCall)>);

impl CallTable {
    pub fn add(&mut self, method: Method, pattern: &str, call: ApiCall) {
        self.0.push((method, pattern.to_owned(), call));
    }

    /// The call behind the pattern that a path matched. HEAD counts as GET.
    pub fn call(&self, method: &Method, pattern: &str) -> ApiCall {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let found = self.0.iter().find(|(known, of, _)| known == method && of == pattern);
        found.map_or(ApiCall::Unknown, |(_, _, call)| *call)
    }
}
