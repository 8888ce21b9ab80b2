//! How the API wants a project named.

use std::fmt;

/// A project as the API's `:id`: its number, or its full path (sent with `%2F` for each slash).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProjectKey {
    /// Prefer it: proxies that decode `%2F` break the other form.
    Id(u64),
    /// `group/sub/project`.
    Path(String),
}

<<<<<<< HEAD
=======
/// Why a text names no project of the instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectKeyError {
    #[error("The project is missing. Use its ID, full path or URL.")]
    Empty,
    #[error("“{0}” is not a project ID.")]
    Number(String),
    #[error("“{0}” is not a full project path, such as group/project.")]
    Path(String),
    #[error("“{0}” is not a usable URL.")]
    Url(String),
    #[error("The URL belongs to {other}, not to {instance}.")]
    OtherInstance { other: String, instance: String },
    #[error("The URL is not the URL of a project, such as {0}/group/project.")]
    NoProject(String),
}

>>>>>>> main
impl ProjectKey {
    /// The path segment for `:id`, not yet percent-encoded.
    pub(super) fn segment(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for ProjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Path(path) => f.write_str(path),
        }
    }
}
