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
