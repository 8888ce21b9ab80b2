//! What one owner must tell the others. It is returned, never called: the router tells whoever has to know.

use std::sync::Arc;

use crate::case::{CaseId, Rules};

use super::api::AskId;
use super::written::Written;

/// Something that is true now, and that another owner may have to act upon.
#[derive(Debug)]
pub enum Happened {
    /// The practice GitLab at this URL has gone, with everything that was asked of it.
    PracticeEnded { url: String },
    /// Another practice GitLab runs.
    PracticeStarted { url: String },
    /// The handbook's deadlines and retentions have been read again.
    RulesRead { rules: Arc<Rules> },
    /// Another bandwidth was chosen.
    BandwidthChosen,
    /// Something stands in a tracker now, for a case to record and to answer with.
    Posted { ask: AskId, case: CaseId, written: Box<Written> },
}
