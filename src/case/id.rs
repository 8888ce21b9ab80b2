//! The IDs of the store's rows. An ID is never reused.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// A customer's case.
    CaseId
);
number!(
    /// One export run of a project.
    RunId
);
number!(
    /// One download of an archive.
    DownloadId
);
number!(
    /// One relations export of a project.
    RelationsId
);
number!(
    /// One import into a GitLab.
    ImportId
);
number!(
    /// One archive that is rebuilt from a relations export.
    RebuildId
);
number!(
    /// Exports of many projects, requested together.
    BatchId
);
