//! How the API identifies a project.

use std::fmt;

/// A project as the API's `:id`: its ID, or its full path (sent with `%2F` for each slash).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProjectKey {
    /// Preferred, because proxies that decode `%2F` break the path.
    Id(u64),
    /// `group/sub/project`.
    Path(String),
}

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
