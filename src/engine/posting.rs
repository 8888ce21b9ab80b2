//! Writing into the handbook's trackers. What is sent is what the person saw: nothing is changed on the way, it is
//! sent or refused. What stands there afterwards is recorded in the case, in one transaction with its journal line.

use crate::case::{
    self, CaseId, Code, Fact, Refusal, Request, Rule, Trouble, Value, What, YesNo, may_request, parse_fact,
};
use crate::gitlab::{NewIssue, ProjectKey};
use crate::store::Commit;
use crate::texts::{Handbook, Kind, Private, leaks};

use super::access::ApiAccess;
use super::api::{Answer, AskId, InfradevPlan};
use super::clock;
use super::core::wait_reporter;
use super::input::{Input, Written};
use super::issue_call::{Place, comment_once, label_and_comment, open_once};
use super::router::Router;
use super::trouble::{of_project_key, of_refusal};

/// What will be posted for these answers, or what they lack. An issue with `infradev` must carry a severity and a
/// priority, and whoever adds it says what the impact is (handbook, engineering/workflow, infradev).
pub fn infradev_plan(
    handbook: &Handbook,
    case: &case::Case,
    severity: &str,
    priority: &str,
    impact: &str,
) -> Result<InfradevPlan, Trouble> {
    let severity = grade("severity", severity)?;

    let priority = grade("priority", priority)?;

    let impact = impact.trim();

    if impact.split_whitespace().count() < 3 {
        let headline = "infradev needs the impact on the customer in one sentence.";
        return Err(refused(headline, "Say who cannot do what, without names."));
    }
    let labels = vec![handbook.infradev.label.clone(), severity, priority];
    let shown: Vec<String> = labels.iter().map(|label| format!("~\"{label}\"")).collect();
    let mut comment = format!("Labelled {}.\n\n- Impact: {impact}\n", shown.join(", "));
    if let Some(request) = &case.facts.infra_issue {
        comment.push_str("- Infrastructure export request: ");
        comment.push_str(request);
        comment.push_str(" (internal)\n");
    }
    Ok(InfradevPlan { labels, comment })
}

/// `2`, `S2` or `severity::2` as the label `severity::2`.
fn grade(name: &str, answer: &str) -> Result<String, Trouble> {
    let word = answer.trim().trim_start_matches('~').trim_matches('"').to_ascii_lowercase();
    let digit = word.strip_prefix(name).map_or(word.as_str(), |rest| rest.trim_start_matches(':'));
    let digit = digit.trim_start_matches(&name[..1]);
    match digit {
        "1" | "2" | "3" | "4" => Ok(format!("{name}::{digit}")),
        _ => Err(refused(&format!("infradev needs a {name} from 1 to 4."), "1 is the most urgent.")),
    }
}

fn refused(headline: &str, hint: &str) -> Trouble {
    Trouble::new(Code::Refused, headline, hint)
}

impl Router {
    pub(super) fn post_issue(&mut self, ask: AskId, id: CaseId, kind: Kind, issue: NewIssue) {
        let (reach, project, fact) = match self.may_open(id, kind, &issue) {
            Ok(allowed) => allowed,
            Err(trouble) => return self.core.reply(ask, Err(trouble)),
        };
        let tell = wait_reporter(self.core.inputs.clone(), ask);
        self.write(ask, id, async move {
            let opened = open_once(reach, &project, &issue, &tell).await?;
            let mut facts = vec![(fact, opened.url.clone())];
            if kind == Kind::Bug {
                facts.push((Fact::BugIssueUpdated, YesNo::Yes.as_str().to_owned()));
            }
            let what = What::IssuePosted { text: kind.as_str().to_owned(), link: opened.url.clone() };
            Ok(Written { what, facts, url: opened.url, notes: opened.notes, but: None })
        });
    }

    pub(super) fn post_comment(&mut self, ask: AskId, id: CaseId, issue: &str, text: String, internal: bool) {
        let (reach, place) = match self.may_comment(id, issue, &text, internal) {
            Ok(allowed) => allowed,
            Err(trouble) => return self.core.reply(ask, Err(trouble)),
        };
        let facts = self.facts_of_comment(id, &place);
        let tell = wait_reporter(self.core.inputs.clone(), ask);
        self.write(ask, id, async move {
            let said = comment_once(reach, &place, &text, internal, &tell).await?;
            let what = What::CommentPosted { link: said.url.clone(), internal };
            Ok(Written { what, facts, url: said.url, notes: said.notes, but: None })
        });
    }

    pub(super) fn add_infradev(&mut self, ask: AskId, id: CaseId, answers: [&str; 3]) {
        let (reach, place, plan) = match self.may_label(id, answers) {
            Ok(allowed) => allowed,
            Err(trouble) => return self.core.reply(ask, Err(trouble)),
        };
        let tell = wait_reporter(self.core.inputs.clone(), ask);
        self.write(ask, id, async move {
            let done = label_and_comment(reach, &place, &plan, &tell).await?;
            let what = What::LabelsAdded { link: place.url.clone(), labels: plan.labels };
            let facts = vec![(Fact::InfradevLabelled, YesNo::Yes.as_str().to_owned())];
            Ok(Written { what, facts, url: place.url, notes: done.notes, but: done.but })
        });
    }

    /// One write of a case at a time: a second click must not become a second issue.
    fn write(
        &mut self,
        ask: AskId,
        case: CaseId,
        work: impl Future<Output = Result<Written, Trouble>> + Send + 'static,
    ) {
        self.writing.insert(case);
        let inputs = self.core.inputs.clone();
        tokio::spawn(async move {
            let result = work.await.map(Box::new);
            inputs.send(Input::Written { ask, case, result }).await.ok();
        });
    }

    pub(super) fn written(&mut self, ask: AskId, id: CaseId, result: Result<Box<Written>, Trouble>) {
        self.writing.remove(&id);
        let reply = result.and_then(|written| {
            self.record(id, &written).map_err(|trouble| {
                let headline =
                    format!("It was posted ({}), and not recorded: {}", written.url, trouble.headline);
                Trouble::new(trouble.code, headline, "Do not post it again; set the fact by hand.")
            })?;
            match written.but {
                None => Ok(Answer::Posted { url: written.url, notes: written.notes }),
                Some(trouble) => Err(trouble),
            }
        });
        self.core.reply(ask, reply);
    }

    fn record(&mut self, id: CaseId, written: &Written) -> Result<(), Trouble> {
        let now = clock::now();
        let mut after = self.case(id)?.as_ref().clone();
        let mut ledger = self.ledger.as_ref().clone();
        let mut whole = Commit::new(now).saying(case::Entry::of_case(id, written.what.clone()));
        for (fact, text) in &written.facts {
            let value: Value = parse_fact(*fact, text).map_err(|refusal| of_refusal(&refusal))?;
            let change = case::step(&after, case::Input::SetFact(*fact, value), &ledger, &self.rules, now)
                .map_err(|refusal| of_refusal(&refusal))?;
            after = change.case.clone();
            ledger.follow(&change.effects);
            let part = Commit::of_change(now, change);
            whole.writes.extend(part.writes);
            whole.entries.extend(part.entries);
        }
        self.core.commit(now, whole.writes, whole.entries)?;
        self.keep(after, ledger);
        Ok(())
    }

    fn may_write(&self, id: CaseId) -> Result<&case::Case, Trouble> {
        let case = self.case(id)?;
        if case.private_data_deleted.is_some() {
            let headline = format!("Case {id} takes nothing more: its private data was deleted.");
            return Err(refused(&headline, "Open a new case for the ticket."));
        }
        if self.writing.contains(&id) {
            return Err(refused("Something is being posted for this case.", "Wait for its answer."));
        }
        Ok(case)
    }

    fn may_open(
        &mut self,
        id: CaseId,
        kind: Kind,
        issue: &NewIssue,
    ) -> Result<(ApiAccess, String, Fact), Trouble> {
        let case = self.may_write(id)?;
        let (fact, there) = match kind {
            Kind::Bug => (Fact::BugIssue, &case.facts.bug_issue),
            Kind::Console => (Fact::ConsoleIssue, &case.facts.console_issue),
            Kind::Infra => (Fact::InfraIssue, &case.facts.infra_issue),
            Kind::Offer | Kind::Successful | Kind::Failed | Kind::Comment | Kind::Report => {
                let headline = format!("The text {} is no issue of a tracker.", kind.as_str());
                return Err(Trouble::new(Code::Usage, headline, "Post bug, console or infra."));
            }
        };
        if let Some(url) = there {
            let headline = format!("The case has its {} already: {url}.", fact.label());
            return Err(refused(&headline, "Comment there, or remove the fact if it is the wrong one."));
        }
        let now = clock::now();
        match kind {
            Kind::Console => may_request(case, Request::Console, &self.rules, now),
            Kind::Infra => may_request(case, Request::Infra, &self.rules, now),
            _ if case.stage.is_closed() => Err(Refusal::new(
                Rule::StageAllows,
                format!("Case {id} is closed: no issue is opened for it."),
                "Reopen the case first.",
            )),
            _ => Ok(()),
        }
        .map_err(|refusal| of_refusal(&refusal))?;
        if kind != Kind::Bug && case.facts.ownership_verified_at.is_none() {
            let headline =
                "A request releases customer data: ownership must be verified before it is opened.";
            return Err(refused(headline, "Record ownership_verified_at, then post."));
        }
        if issue.title.trim().is_empty() || issue.description.trim().is_empty() {
            return Err(refused("An issue needs a title and a description.", "Write them, then post."));
        }
        let tracker = self.wording.handbook.tracker(kind).ok_or_else(super::trouble::defect)?;
        if !kind.is_public() && tracker.confidential && !issue.confidential {
            let headline =
                format!("A request in {} names a customer and must be confidential.", tracker.project);
            return Err(refused(&headline, "Post it as confidential."));
        }
        let is_public = kind.is_public() && !issue.confidential;
        let labels = issue.labels.join(", ");
        refuse_private(case, &[&issue.title, &issue.description, &labels], is_public)?;
        let project = tracker.project.clone();
        Ok((self.tracker_reach()?, project, fact))
    }

    fn may_comment(
        &mut self,
        id: CaseId,
        issue: &str,
        text: &str,
        internal: bool,
    ) -> Result<(ApiAccess, Place), Trouble> {
        let case = self.may_write(id)?.clone();
        if text.trim().is_empty() {
            return Err(refused("A comment needs a text.", "Write it, then post."));
        }
        let reach = self.tracker_reach()?;
        let place = place(&reach, issue)?;
        let trackers = &self.wording.handbook.trackers;
        let closed_doors = [&trackers.console, &trackers.infra]
            .iter()
            .any(|tracker| tracker.confidential && is_of(tracker, &place.project));
        refuse_private(&case, &[text], !internal && !closed_doors)?;
        Ok((reach, place))
    }

    fn may_label(
        &mut self,
        id: CaseId,
        [severity, priority, impact]: [&str; 3],
    ) -> Result<(ApiAccess, Place, InfradevPlan), Trouble> {
        let case = self.may_write(id)?.clone();
        let plan = infradev_plan(&self.wording.handbook, &case, severity, priority, impact)?;
        let Some(issue) = &case.facts.bug_issue else {
            let headline = "The case has no bug issue yet to put infradev on.";
            return Err(refused(headline, "Find it or create it first."));
        };
        refuse_private(&case, &[&plan.comment], true)?;
        let reach = self.tracker_reach()?;
        let place = place(&reach, issue)?;
        Ok((reach, place, plan))
    }

    /// A comment on an issue of the bug tracker makes it the case's, where it has none.
    fn facts_of_comment(&self, id: CaseId, place: &Place) -> Vec<(Fact, String)> {
        let own = self.case(id).ok().and_then(|case| case.facts.bug_issue.clone());
        let updated = (Fact::BugIssueUpdated, YesNo::Yes.as_str().to_owned());
        match own {
            Some(own) if own == place.url => vec![updated],
            None if is_of(&self.wording.handbook.trackers.bug, &place.project) => {
                vec![(Fact::BugIssue, place.url.clone()), updated]
            }
            Some(_) | None => Vec::new(),
        }
    }
}

fn is_of(tracker: &crate::texts::Tracker, project: &str) -> bool {
    std::iter::once(&tracker.project)
        .chain(&tracker.earlier_projects)
        .any(|known| known.eq_ignore_ascii_case(project))
}

/// The issue with that address, on the GitLab that holds the trackers.
fn place(reach: &ApiAccess, issue: &str) -> Result<Place, Trouble> {
    let value = parse_fact(Fact::BugIssue, issue).map_err(|refusal| of_refusal(&refusal))?;
    let Value::Link(url) = value else { return Err(super::trouble::defect()) };
    let key = reach.instance.project_from(&url).map_err(|error| of_project_key(&error))?;
    let number = url.rsplit('/').next().and_then(|number| number.parse().ok());
    match (key, number) {
        (ProjectKey::Path(project), Some(iid)) => {
            // An issue's address without `/-/` names the issue as part of the path.
            let front = project.split("/issues/").next().unwrap_or_default().to_owned();
            Ok(Place { url, project: front, iid })
        }
        _ => Err(super::trouble::defect()),
    }
}

/// Says what a text would give away; of a text that stays inside, only tokens and open addresses count.
fn refuse_private(case: &case::Case, texts: &[&str], is_public: bool) -> Result<(), Trouble> {
    let found: Vec<String> = texts
        .iter()
        .flat_map(|text| leaks(text, case))
        .filter(|leak| is_public || leak.what == Private::Token)
        .map(|leak| format!("{} “{}”", leak.what.label(), leak.found))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    let readers = if is_public { "Everybody would read" } else { "GitLab would keep" };
    let headline = format!("{readers} this: {}. Nothing was posted.", found.join(", "));
    Err(refused(&headline, "Take it out of the text, then post again."))
}
