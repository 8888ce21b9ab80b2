//! What one owner must tell the others. It is returned, never called: the router tells whoever has to know.

use crate::case::{CaseId, DownloadEnded, RelationsId};

/// Something that is true now, and that another owner may have to act upon.
#[derive(Debug)]
pub enum Happened {
    /// The practice GitLab at this URL has gone, with everything that was asked of it.
    PracticeEnded { url: String },
    /// The download of a case's archive has ended.
    DownloadEnded { case: CaseId, ended: DownloadEnded },
    /// Files of a relations export wait for what GitLab lists of it now.
    RelationFilesWait { run: RelationsId },
    /// Another practice GitLab runs.
    PracticeStarted,
}
