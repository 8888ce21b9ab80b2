//! The calls of the API by name, as lessons and faults speak of them.

use axum::http::Method;

/// A call the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
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

impl Call {
    /// The call of an API request. HEAD counts as GET.
    pub fn of(method: &Method, path: &str) -> Self {
        let Some(path) = path.strip_prefix("/api/v4/") else { return Self::Unknown };
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let method = if method == Method::HEAD { &Method::GET } else { method };
        match (method.as_str(), parts.as_slice()) {
            ("GET", ["version"]) => Self::Version,
            ("GET", ["metadata"]) => Self::Metadata,
            ("GET", ["user"]) => Self::User,
            ("GET", ["personal_access_tokens", "self"]) => Self::TokenSelf,
            ("GET", ["projects"]) => Self::Projects,
            ("POST", ["projects", "import"]) => Self::ImportFile,
            ("POST", ["projects", "remote-import"]) => Self::ImportRemote,
            ("POST", ["projects", "remote-import-s3"]) => Self::ImportS3,
            ("POST", ["projects", "import-relation"]) => Self::ImportRelation,
            (method, ["projects", _, rest @ ..]) => Self::of_project(method, rest),
            _ => Self::Unknown,
        }
    }

    fn of_project(method: &str, rest: &[&str]) -> Self {
        match (method, rest) {
            ("GET", []) => Self::Project,
            ("POST", ["export"]) => Self::ExportStart,
            ("GET", ["export"]) => Self::ExportStatus,
            ("GET", ["export", "download"]) => Self::ExportDownload,
            ("POST", ["export_relations"]) => Self::RelationsStart,
            ("GET", ["export_relations", "status"]) => Self::RelationsStatus,
            ("GET", ["export_relations", "download"]) => Self::RelationsDownload,
            ("GET", ["import"]) => Self::ImportStatus,
            ("GET", ["relation-imports"]) => Self::RelationImports,
            ("GET", ["issues"]) => Self::Issues,
            ("POST", ["issues"]) => Self::IssueCreate,
            ("GET", ["issues", _]) => Self::Issue,
            ("PUT", ["issues", _]) => Self::IssueUpdate,
            ("POST", ["issues", _, "notes"]) => Self::IssueNote,
            ("GET", ["issues", _, "notes"]) => Self::IssueNotes,
            ("GET", ["labels"]) => Self::Labels,
            (
                "GET",
                [
                    "issues_statistics" | "merge_requests" | "milestones" | "releases" | "pipelines"
                    | "pipeline_schedules" | "snippets" | "boards" | "protected_branches" | "protected_tags",
                ],
            ) => Self::Totals,
            ("GET", ["templates", _]) => Self::Templates,
            ("GET", ["templates", _, _]) => Self::Template,
            ("GET", ["repository", "files", _, "raw"]) => Self::RawFile,
            _ => Self::Unknown,
        }
    }
}
