//! What a face can ask about the relations export.

use std::path::PathBuf;

use crate::case::{CaseId, RelationsId};

/// One thing to do with a relations export. The answer is `Relations` unless said otherwise; what goes on
/// afterwards is seen in [`super::RelationsView`].
#[derive(Debug)]
pub enum RelationsCommand {
    /// Looks, then asks GitLab for all relations, or adopts the export under way, and watches it to its end. With
    /// `collect`, an export of ours that has finished since the last look is the answer, as it is after a crash.
    Start { instance: String, project: String, case: Option<CaseId>, batched: bool, collect: bool },
    /// One look; what is under way is watched on.
    Look { instance: String, project: String, case: Option<CaseId> },
    /// No longer watches; GitLab goes on. Answer: `Done`.
    Leave { run: RelationsId },
    /// Looks, then brings what GitLab offers and what is not in the folder yet, proven, with a `manifest.json`.
    Download { instance: String, project: String, case: Option<CaseId>, options: RelationsOptions },
    /// Stops the downloads of a run for a while. Answer: `Done`.
    Pause { run: RelationsId },
    /// Goes on with what was paused. Answer: `Done`.
    Resume { run: RelationsId },
    /// Ends the downloads of a run; what came of a file stays and is gone on with by the next `Download`.
    /// Answer: `Done`.
    Halt { run: RelationsId },
}

/// How to download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelationsOptions {
    /// `None` is `<download folder>/<project>_relations`.
    pub folder: Option<PathBuf>,
    /// Names of relations; empty is all of them. With one name this is the retry of a row.
    pub relations: Vec<String>,
}
