//! Decides what may be written to the handbook's trackers. A text is sent exactly as the user saw it, or refused.

use crate::case::{
    self, Case, Code, Fact, Refusal, Request, Rule, Rules, UserError, Value, YesNo, may_request, parse_fact,
};
use crate::engine::access::ApiAccess;
use crate::engine::api::InfradevPlan;
use crate::engine::clock;
use crate::engine::preflight::named_project;
use crate::engine::user_error::{defect, of_refusal};
use crate::gitlab::{NewIssue, ProjectKey};
use crate::texts::{Handbook, Private, TextKind, leaks};

use super::calls::IssueRef;

/// The facts by which a write is judged.
#[derive(Debug)]
pub struct PostContext<'a> {
    pub case: &'a Case,
    pub handbook: &'a Handbook,
    pub rules: &'a Rules,
}

/// What will be posted for these answers, or what the answers lack. An issue with `infradev` needs a severity and a
/// priority, and the author must state the impact (handbook, engineering/workflow, infradev).
pub fn infradev_plan(
    handbook: &Handbook,
    case: &case::Case,
    severity: &str,
    priority: &str,
    impact: &str,
) -> Result<InfradevPlan, UserError> {
    let severity = grade("severity", severity)?;

    let priority = grade("priority", priority)?;

    let impact = impact.trim();

    if impact.split_whitespace().count() < 3 {
        let headline = "infradev needs the impact on the customer in one sentence.";
        return Err(refused(headline, "Describe who cannot do what, without names."));
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
fn grade(name: &str, answer: &str) -> Result<String, UserError> {
    let word = answer.trim().trim_start_matches('~').trim_matches('"').to_ascii_lowercase();
    let digit = word.strip_prefix(name).map_or(word.as_str(), |rest| rest.trim_start_matches(':'));
    let digit = digit.trim_start_matches(&name[..1]);
    match digit {
        "1" | "2" | "3" | "4" => Ok(format!("{name}::{digit}")),
        _ => {
            let most = if name == "severity" { "1 is the most severe." } else { "1 is the most urgent." };
            Err(refused(&format!("infradev needs a {name} from 1 to 4."), most))
        }
    }
}

pub fn refused(headline: &str, hint: &str) -> UserError {
    UserError::new(Code::Refused, headline, hint)
}

impl PostContext<'_> {
    /// Whether the case accepts writes at all.
    pub fn may_write(&self) -> Result<(), UserError> {
        if self.case.private_data_deleted.is_some() {
            let headline = format!("Case {} cannot be changed: its private data was deleted.", self.case.id);
            return Err(refused(&headline, "Open a new case for the ticket."));
        }
        Ok(())
    }

    /// The project in which the issue may be created, and the case's fact that records its URL.
    pub fn may_open(&self, kind: TextKind, issue: &NewIssue) -> Result<(String, Fact), UserError> {
        let case = self.case;
        let (fact, there) = match kind {
            TextKind::Bug => (Fact::BugIssue, &case.facts.bug_issue),
            TextKind::Console => (Fact::ConsoleIssue, &case.facts.console_issue),
            TextKind::Infra => (Fact::InfraIssue, &case.facts.infra_issue),
            TextKind::Attempts
            | TextKind::Offer
            | TextKind::Successful
            | TextKind::Failed
            | TextKind::Alternatives
            | TextKind::Comment
            | TextKind::Report => {
                let headline = format!("The text {} is not an issue of a tracker.", kind.as_str());
                return Err(UserError::new(Code::Usage, headline, "Post bug, console or infra."));
            }
        };
        if let Some(url) = there {
            let headline = format!("The case already has its {}: {url}.", fact.label());
            return Err(refused(&headline, "Comment there, or remove the fact if it is wrong."));
        }
        let now = clock::now();
        match kind {
            TextKind::Console => may_request(case, Request::Console, self.rules, now),
            TextKind::Infra => may_request(case, Request::Infra, self.rules, now),
            _ if case.stage.is_closed() => Err(Refusal::new(
                Rule::StageAllows,
                format!("Case {} is closed: no issue is opened for it.", case.id),
                "Reopen the case first.",
            )),
            _ => Ok(()),
        }
        .map_err(|refusal| of_refusal(&refusal))?;
        if kind != TextKind::Bug && case.facts.ownership_verified_at.is_none() {
            let headline = "A request releases customer data. Verify the account's ownership first.";
            return Err(refused(headline, "Record the time of the verification, then post."));
        }
        if issue.title.trim().is_empty() || issue.description.trim().is_empty() {
            return Err(refused("An issue needs a title and a description.", "Write them, then post."));
        }
        let tracker = self.handbook.tracker(kind).ok_or_else(defect)?;
        if !kind.is_public() && tracker.confidential && !issue.confidential {
            let headline =
                format!("A request in {} names a customer, so it must be confidential.", tracker.project);
            return Err(refused(&headline, "Post it as a confidential issue."));
        }
        let is_public = kind.is_public() && !issue.confidential;
        let labels = issue.labels.join(", ");
        refuse_private(case, &[&issue.title, &issue.description, &labels], is_public)?;
        Ok((tracker.project.clone(), fact))
    }

    /// The issue that the comment goes to.
    pub fn may_comment(
        &self,
        api: &ApiAccess,
        issue: &str,
        text: &str,
        internal: bool,
    ) -> Result<IssueRef, UserError> {
        if text.trim().is_empty() {
            return Err(refused("A comment needs a text.", "Write it, then post."));
        }
        let place = place(api, issue)?;
        let trackers = &self.handbook.trackers;
        let closed_doors = [&trackers.console, &trackers.infra]
            .iter()
            .any(|tracker| tracker.confidential && is_of(tracker, &place.project));
        refuse_private(self.case, &[text], !internal && !closed_doors)?;
        Ok(place)
    }

    /// The labels and the comment for the case's bug issue.
    pub fn may_label(&self, [severity, priority, impact]: [&str; 3]) -> Result<InfradevPlan, UserError> {
        let plan = infradev_plan(self.handbook, self.case, severity, priority, impact)?;
        if self.case.facts.bug_issue.is_none() {
            let headline = "The case has no bug issue yet for the label infradev.";
            return Err(refused(headline, "Find or create the bug issue first."));
        }
        refuse_private(self.case, &[&plan.comment], true)?;
        Ok(plan)
    }

    /// The facts that a comment adds: a commented issue of the bug tracker becomes the case's bug issue if there is
    /// none.
    pub fn facts_of_comment(&self, place: &IssueRef, text: &str) -> Vec<(Fact, String)> {
        let updated =
            self.has_evidence(text).then(|| (Fact::BugIssueUpdated, YesNo::Yes.as_str().to_owned()));
        match &self.case.facts.bug_issue {
            Some(own) if *own == place.url => updated.into_iter().collect(),
            None if is_of(&self.handbook.trackers.bug, &place.project) => {
                std::iter::once((Fact::BugIssue, place.url.clone())).chain(updated).collect()
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// Whether a text carries one of the case's log links: only then the bug issue has the evidence that the offer needs.
    pub fn has_evidence(&self, text: &str) -> bool {
        let facts = &self.case.facts;
        [&facts.kibana_link, &facts.sentry_link]
            .into_iter()
            .flatten()
            .any(|link| text.contains(link.as_str()))
    }
}

fn is_of(tracker: &crate::texts::TrackerProject, project: &str) -> bool {
    std::iter::once(&tracker.project)
        .chain(&tracker.earlier_projects)
        .any(|known| known.eq_ignore_ascii_case(project))
}

/// The issue with that URL, on the GitLab that hosts the trackers.
pub fn place(reach: &ApiAccess, issue: &str) -> Result<IssueRef, UserError> {
    let value = parse_fact(Fact::BugIssue, issue).map_err(|refusal| of_refusal(&refusal))?;
    let Value::Link(url) = value else { return Err(defect()) };
    let key = named_project(&url, &reach.instance)
        .map_err(|error| elsewhere(error, &url, &reach.instance_name()))?
        .key;
    let number = url.rsplit('/').next().and_then(|number| number.parse().ok());
    match (key, number) {
        (ProjectKey::Path(project), Some(iid)) => {
            // In the URL of an issue without `/-/`, the parsed project path also contains the issue.
            let front = project.split("/issues/").next().unwrap_or_default().to_owned();
            Ok(IssueRef { url, project: front, iid })
        }
        _ => Err(defect()),
    }
}

/// The error for an issue that this GitLab does not host, as one on GitLab.com in practice.
fn elsewhere(error: UserError, url: &str, trackers: &str) -> UserError {
    UserError {
        hint: "Copy the text instead, and paste it on the issue yourself.".into(),
        headline: format!(
            "Export Desk posts only on {trackers}, which has the trackers, and {url} is not there. Nothing was posted."
        ),
        ..error
    }
}

/// Refuses a text that contains private data. In a text that stays internal, only tokens and signed URLs count.
fn refuse_private(case: &case::Case, texts: &[&str], is_public: bool) -> Result<(), UserError> {
    let found: Vec<String> = texts
        .iter()
        .flat_map(|text| leaks(text, case))
        .filter(|leak| is_public || leak.what == Private::Token)
        .map(|leak| format!("{} “{}”", leak.what.label(), leak.found))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    let readers = if is_public { "Anybody can read this tracker." } else { "GitLab keeps the text." };
    let headline =
        format!("The text contains private data: {}. {readers} Nothing was posted.", found.join(", "));
    Err(refused(&headline, "Remove the private data from the text, then post the text again."))
}
