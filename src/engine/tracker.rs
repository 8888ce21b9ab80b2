//! The handbook's trackers through the API: search, post, comment, label.

use crate::case::{Case, CaseId, Trouble};
use crate::gitlab::NewIssue;
use crate::texts::{Handbook, Kind};

use super::command::AskId;
use super::desk::Desk;

/// What `AddInfradev` puts on the bug issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InfradevPlan {
    pub labels: Vec<String>,
    /// The comment, exactly as it will stand there.
    pub comment: String,
}

/// What will be posted for these answers, or what is missing from them.
pub fn infradev_plan(
    _handbook: &Handbook,
    _severity: &str,
    _priority: &str,
    _impact: &str,
) -> Result<InfradevPlan, Trouble> {
    Err(super::defect())
}

/// Words to begin a search of the bug tracker with, from the case's messages; the person may change them.
pub fn search_words(_case: &Case) -> String {
    String::new()
}

impl Desk {
    pub(super) fn search_issues(&mut self, ask: AskId, _case: CaseId, _text: &str, _closed_too: bool) {
        self.reply(ask, Err(super::defect()));
    }

    pub(super) fn search_requests(&mut self, ask: AskId, _case: CaseId) {
        self.reply(ask, Err(super::defect()));
    }

    pub(super) fn post_issue(&mut self, ask: AskId, _case: CaseId, _kind: Kind, _issue: NewIssue) {
        self.reply(ask, Err(super::defect()));
    }

    pub(super) fn post_comment(
        &mut self,
        ask: AskId,
        _case: CaseId,
        _issue: &str,
        _text: String,
        _internal: bool,
    ) {
        self.reply(ask, Err(super::defect()));
    }

    pub(super) fn add_infradev(&mut self, ask: AskId, _case: CaseId, _answers: [&str; 3]) {
        self.reply(ask, Err(super::defect()));
    }
}
