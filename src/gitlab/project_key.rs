//! How the API identifies a project.

use std::fmt;

use super::answer::ApiAnswer;
use super::client::Call;
use super::error::{Error, ErrorKind};

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

    /// Refuses an answer about another project, as a proxy with a wrong cache sends it.
    pub(super) fn must_be<T>(&self, call: Call, answer: &ApiAnswer<T>, id: u64) -> Result<(), Error> {
        match self {
            Self::Id(asked) if *asked != id => {
                let what = format!("it is about project {id}, but the request was about project {asked}");
                let error = Error::new(call.name, ErrorKind::UnexpectedAnswer { status: 200, what });
                Err(error.answered(200, answer.correlation_id.clone()))
            }
            Self::Id(_) | Self::Path(_) => Ok(()),
        }
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
