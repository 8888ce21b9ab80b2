//! What GitLab's messages mean where the status is not enough. Only this file and [`super::refusal`] read messages.

use super::error::{Error, ErrorKind};
use super::refusal::{Family, is_duplicate};

/// An error that only GitLab's message distinguishes from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// 404 `Export not found`: this user has no export of the relation (`lib/api/project_export.rb`).
    NoRelationExport,
    /// 404 `Batch not found`.
    NoBatch,
    /// 404 `… file not found`, or `404 Not Found` from the store: the relation's record exists, but its file does not.
    NoRelationFile,
    /// 400 `Export is batched` or `Export is not batched`: the export does not have the requested form.
    OtherForm,
    /// 500 `Project export could not be started`: GitLab certainly started nothing.
    NotStarted,
    /// 400 `Name has already been taken`, also for a path.
    Taken,
    /// 404 `Namespace Not Found`.
    NoNamespace,
    /// 400 `User is not allowed to import projects`: the role is below Maintainer in the namespace.
    MayNotImport,
    /// 400 `An export is already running or queued for this project`, since 18.9.
    AlreadyRunning,
}

impl Error {
    /// What GitLab's message says in addition to the kind; `None` where it says nothing more.
    pub fn meaning(&self) -> Option<Meaning> {
        let said = self.said.as_deref().unwrap_or_default();
        match &self.kind {
            ErrorKind::NotFound if said == "Export not found" => Some(Meaning::NoRelationExport),
            ErrorKind::NotFound if said == "Batch not found" => Some(Meaning::NoBatch),
            ErrorKind::NotFound if said.ends_with("file not found") => Some(Meaning::NoRelationFile),
            ErrorKind::NotFound if self.family == Family::RelationFile && said == "404 Not Found" => {
                Some(Meaning::NoRelationFile)
            }
            ErrorKind::NotFound if said.contains("Namespace") => Some(Meaning::NoNamespace),
            ErrorKind::Parameter(what) if what.contains("already been taken") => Some(Meaning::Taken),
            ErrorKind::Parameter(what) if what.contains("not allowed to import") => {
                Some(Meaning::MayNotImport)
            }
            ErrorKind::Parameter(what) if is_duplicate(what) => Some(Meaning::AlreadyRunning),
            ErrorKind::Parameter(_) if said.starts_with("Export is") => Some(Meaning::OtherForm),
            ErrorKind::Server { .. } if said.contains("could not be started") => Some(Meaning::NotStarted),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_decides_where_the_status_code_is_ambiguous() {
        let of = |kind: ErrorKind, said: &str| {
            let mut error = Error::new("GET export_relations/download", kind).of_family(Family::RelationFile);
            error.said = Some(said.to_owned());
            error.meaning()
        };
        let parameter = |text: &str| ErrorKind::Parameter(text.to_owned());
        for (kind, said, meaning) in [
            (ErrorKind::NotFound, "Export not found", Some(Meaning::NoRelationExport)),
            (ErrorKind::NotFound, "Batch not found", Some(Meaning::NoBatch)),
            (ErrorKind::NotFound, "Export file not found", Some(Meaning::NoRelationFile)),
            (ErrorKind::NotFound, "Batch file not found", Some(Meaning::NoRelationFile)),
            (ErrorKind::NotFound, "404 Namespace Not Found", Some(Meaning::NoNamespace)),
            (ErrorKind::NotFound, "404 Not Found", Some(Meaning::NoRelationFile)),
            (parameter("Export is batched"), "Export is batched", Some(Meaning::OtherForm)),
            (parameter("Path has already been taken"), "", Some(Meaning::Taken)),
            (parameter("path is invalid"), "path is invalid", None),
            (
                ErrorKind::Server { status: 500 },
                "Project export could not be started",
                Some(Meaning::NotStarted),
            ),
            (ErrorKind::Server { status: 502 }, "Bad gateway", None),
        ] {
            assert_eq!(of(kind, said), meaning, "{said}");
        }
    }
}
