//! The handbook's trackers through the API: searches and writes. The case records what was written.

mod calls;
mod input;
mod judge;
mod read;
mod search;

use std::collections::HashSet;
use std::sync::Arc;

use crate::case::{CaseId, Event, Fact, JournalEvent, UserError, YesNo};
use crate::gitlab::NewIssue;
use crate::texts::{Handbook, TextKind};

use super::access::ApiAccess;
use super::api::{Answer, AskId, IssueHit};
use super::core::Core;
use super::happened::Happened;
use super::input::EngineInput;
use super::tracker_write::TrackerWrite;
use super::user_error::defect;

use calls::{comment_once, label_and_comment, open_once};
use judge::{place, refused};
use search::{TrackerSearch, search};

pub use input::TrackerInput;
pub use judge::{PostContext, infradev_plan};
pub use search::search_words;

/// The writes in progress.
#[derive(Debug, Default)]
pub struct Tracker {
    /// One write per case at a time: a second click must not create a second issue.
    writing: HashSet<CaseId>,
}

impl Tracker {
    /// The known issues that match the case's messages, then issues with this text.
    pub fn search_issues(
        core: &mut Core,
        ask: AskId,
        grounds: &PostContext<'_>,
        text: &str,
        closed_too: bool,
    ) {
        let (question, known) = search::for_text(grounds.handbook, grounds.case, text, closed_too);
        search_issues(core, ask, grounds.handbook, question, known);
    }

    /// Earlier requests that name the case's project.
    pub fn search_requests(core: &mut Core, ask: AskId, grounds: &PostContext<'_>) {
        match search::for_requests(grounds.handbook, grounds.case) {
            Ok(question) => search_issues(core, ask, grounds.handbook, question, Vec::new()),
            Err(error) => core.reply(ask, Err(error)),
        }
    }

    /// The issues of the case, and known issues that match its messages, as they are now.
    pub fn read_issues(core: &mut Core, ask: AskId, grounds: &PostContext<'_>) {
        let mut api = match access(core, grounds.handbook) {
            Ok(api) => api,
            Err(error) => return core.reply(ask, Err(error)),
        };
        let issues = read::issues_of(&api, grounds.handbook, grounds.case);
        let on_wait = core.wait_reporter(ask);
        core.spawn(async move { read::read_issues(&mut api, issues, &on_wait).await }, move |found| {
            EngineInput::Answered(ask, found.map(|found| Answer::Issues(Arc::new(found))))
        });
    }

    /// Creates exactly this issue.
    pub fn post_issue(
        &mut self,
        core: &mut Core,
        ask: AskId,
        grounds: &PostContext<'_>,
        (kind, marks_opened): (TextKind, bool),
        issue: NewIssue,
    ) {
        let allowed = self.may_write(grounds).and_then(|()| grounds.may_open(kind, &issue));
        let (project, fact, api) =
            match allowed.and_then(|(project, fact)| Ok((project, fact, access(core, grounds.handbook)?))) {
                Ok(allowed) => allowed,
                Err(error) => return core.reply(ask, Err(error)),
            };
        let has_evidence = grounds.has_evidence(&issue.description);
        let is_request = matches!(kind, TextKind::Console | TextKind::Infra);
        // Without the verification the case does not accept the event: the issue's link is recorded alone.
        let marks = marks_opened && is_request && grounds.case.facts.ownership_verified_at.is_some();
        let event = marks.then_some(Event::RequestOpened);
        let on_wait = core.wait_reporter(ask);
        self.write(core, ask, grounds.case.id, async move {
            let opened = open_once(api, &project, &issue, &on_wait).await?;
            let mut facts = vec![(fact, opened.url.clone())];
            if kind == TextKind::Bug && has_evidence {
                facts.push((Fact::BugIssueUpdated, YesNo::Yes.as_str().to_owned()));
            }
            let what = JournalEvent::IssuePosted { text: kind.as_str().to_owned(), link: opened.url.clone() };
            Ok(TrackerWrite { what, facts, event, url: opened.url, notes: opened.notes, but: None })
        });
    }

    /// Posts exactly this comment.
    pub fn post_comment(
        &mut self,
        core: &mut Core,
        ask: AskId,
        grounds: &PostContext<'_>,
        (issue, text, internal): (&str, String, bool),
    ) {
        let allowed = self.may_write(grounds).and_then(|()| {
            let api = access(core, grounds.handbook)?;
            let place = grounds.may_comment(&api, issue, &text, internal)?;
            Ok((api, place))
        });
        let (api, place) = match allowed {
            Ok(allowed) => allowed,
            Err(error) => return core.reply(ask, Err(error)),
        };
        let facts = grounds.facts_of_comment(&place, &text);
        let on_wait = core.wait_reporter(ask);
        self.write(core, ask, grounds.case.id, async move {
            let said = comment_once(api, &place, &text, internal, &on_wait).await?;
            let what = JournalEvent::CommentPosted { link: said.url.clone(), internal };
            Ok(TrackerWrite { what, facts, event: None, url: said.url, notes: said.notes, but: None })
        });
    }

    /// Adds `infradev`, severity and priority to the case's bug issue, and comments the impact.
    pub fn add_infradev(
        &mut self,
        core: &mut Core,
        ask: AskId,
        grounds: &PostContext<'_>,
        answers: [&str; 3],
    ) {
        let allowed = self.may_write(grounds).and_then(|()| {
            let plan = grounds.may_label(answers)?;
            let api = access(core, grounds.handbook)?;
            let issue = grounds.case.facts.bug_issue.as_deref().ok_or_else(defect)?;
            let place = place(&api, issue)?;
            Ok((api, place, plan))
        });
        let (api, place, plan) = match allowed {
            Ok(allowed) => allowed,
            Err(error) => return core.reply(ask, Err(error)),
        };
        let on_wait = core.wait_reporter(ask);
        self.write(core, ask, grounds.case.id, async move {
            let done = label_and_comment(api, &place, &plan, &on_wait).await?;
            let what = JournalEvent::LabelsAdded { link: place.url.clone(), labels: plan.labels };
            let facts = vec![(Fact::InfradevLabelled, YesNo::Yes.as_str().to_owned())];
            Ok(TrackerWrite { what, facts, event: None, url: place.url, notes: done.notes, but: done.but })
        });
    }

    /// A write has ended: the case records the result and replies.
    pub fn input(&mut self, core: &mut Core, input: TrackerInput) -> Vec<Happened> {
        let TrackerInput { ask, case, result } = input;
        self.writing.remove(&case);
        match result {
            Ok(written) => vec![Happened::Posted { ask, case, written }],
            Err(error) => {
                core.reply(ask, Err(error));
                Vec::new()
            }
        }
    }

    fn may_write(&self, grounds: &PostContext<'_>) -> Result<(), UserError> {
        grounds.may_write()?;
        if self.writing.contains(&grounds.case.id) {
            return Err(refused("Another post for this case is still running.", "Wait for its answer."));
        }
        Ok(())
    }

    fn write(
        &mut self,
        core: &Core,
        ask: AskId,
        case: CaseId,
        work: impl Future<Output = Result<TrackerWrite, UserError>> + Send + 'static,
    ) {
        self.writing.insert(case);
        core.spawn(work, move |result| {
            EngineInput::Tracker(TrackerInput { ask, case, result: result.map(Box::new) })
        });
    }
}

/// Access to the GitLab that hosts the trackers: gitlab.com, or the practice GitLab while one runs.
pub fn access(core: &mut Core, handbook: &Handbook) -> Result<ApiAccess, UserError> {
    core.access(handbook.new_issue.host.as_str())
}

fn search_issues(
    core: &mut Core,
    ask: AskId,
    handbook: &Handbook,
    question: TrackerSearch,
    known: Vec<IssueHit>,
) {
    let mut api = match access(core, handbook) {
        Ok(api) => api,
        Err(error) => return core.reply(ask, Err(error)),
    };
    let on_wait = core.wait_reporter(ask);
    core.spawn(async move { search(&mut api, &question, known, &on_wait).await }, move |found| {
        EngineInput::Answered(ask, found.map(|found| Answer::Issues(Arc::new(found))))
    });
}
