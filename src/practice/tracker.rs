//! The issue trackers and repositories that the handbook's workflow reads and writes.

use serde_json::{Value, json};

/// The branch of every practice repository.
pub const BRANCH: &str = "main";
const TEMPLATES: &str = ".gitlab/issue_templates/";

#[derive(Debug, Clone)]
pub struct FakeNote {
    pub id: u64,
    pub body: String,
    pub internal: bool,
    pub author: &'static str,
    pub created_at: String,
}

impl FakeNote {
    /// As the API shows it.
    pub fn shown(&self, iid: u64) -> Value {
        json!({
            "id": self.id,
            "type": null,
            "body": self.body,
            "author": {"username": self.author},
            "created_at": self.created_at,
            "system": false,
            "noteable_iid": iid,
            "noteable_type": "Issue",
            "internal": self.internal,
            "confidential": self.internal,
        })
    }
}

#[derive(Debug, Clone)]
pub struct FakeIssue {
    pub id: u64,
    pub iid: u64,
    pub title: String,
    pub description: String,
    pub labels: Vec<String>,
    pub closed: bool,
    pub confidential: bool,
    pub kind: String,
    pub author: &'static str,
    pub created_at: String,
    pub notes: Vec<FakeNote>,
}

impl FakeIssue {
    /// As the API shows it.
    pub fn shown(&self, project_id: u64, project_url: &str) -> Value {
        json!({
            "id": self.id,
            "iid": self.iid,
            "project_id": project_id,
            "title": self.title,
            "description": self.description,
            "state": if self.closed { "closed" } else { "opened" },
            "created_at": self.created_at,
            "updated_at": self.created_at,
            "labels": self.labels,
            "confidential": self.confidential,
            "issue_type": self.kind,
            "author": {"username": self.author},
            "user_notes_count": self.notes.len(),
            "web_url": format!("{project_url}/-/issues/{}", self.iid),
            "references": {"short": format!("#{}", self.iid)},
        })
    }
}

/// One project's issues, labels and files.
#[derive(Debug, Default)]
pub struct FakeTracker {
    pub issues: Vec<FakeIssue>,
    pub labels: Vec<String>,
    files: Vec<(String, String)>,
}

impl FakeTracker {
    /// The initial content of the project with this path.
    pub fn of(path: &str) -> Self {
        let mut tracker = Self::default();
        tracker.file("README.md", &format!("# {path}\n\nA practice repository.\n"));
        match path {
            "practice/tracker" => {
                tracker.template("Bug", BUG);
                tracker.template("Project Export", PROJECT_EXPORT);
                tracker.template("GitLab.com Console Export Request", CONSOLE_EXPORT);
                tracker.file(OFFER_PATH, OFFER);
                tracker.label(&["infradev", "severity::2", "priority::2", "type::bug"]);
                tracker.issue(1, "Export of acme/webshop fails", "started, then none", &["type::bug"], false);
            }
            "gitlab-com/gl-infra/production-engineering" => {
                tracker.template("Project Export", PROJECT_EXPORT);
                tracker.label(&["infradev", "severity::2", "priority::2"]);
            }
            "gitlab-com/support/internal-requests" => {
                tracker.template("GitLab.com Console Export Request", CONSOLE_EXPORT);
                tracker.label(&["Console Escalation::GitLab.com", "Status::Blocked"]);
                tracker.issue(1, "Export request for other/private", "Offered in March", &[], true);
            }
            "gitlab-com/support/zendesk-global/macros" => tracker.file(OFFER_PATH, OFFER),
            "other/public" => {
                tracker.label(&["type::bug"]);
                tracker.issue(1, "A stranger's bug", "", &[], false);
            }
            "gitlab-org/gitlab" => {
                tracker.template("Bug", BUG);
                tracker.label(&[
                    "type::bug",
                    "infradev",
                    "group::import",
                    "Category:Importers",
                    "Customer Interest",
                ]);
                tracker.label(&["severity::1", "severity::2", "severity::3", "severity::4"]);
                tracker.label(&["priority::1", "priority::2", "priority::3", "priority::4"]);
                tracker.issue(
                    436_638,
                    "Project export stuck in regeneration_in_progress",
                    "For hours",
                    &[],
                    false,
                );
                tracker.issue(
                    330_833,
                    "Project export download link has expired",
                    "404",
                    &["type::bug"],
                    false,
                );
            }
            _ => {}
        }
        tracker
    }

    fn file(&mut self, path: &str, content: &str) {
        self.files.push((path.to_owned(), content.to_owned()));
    }

    fn template(&mut self, name: &str, content: &str) {
        self.file(&format!("{TEMPLATES}{name}.md"), content);
    }

    fn label(&mut self, names: &[&str]) {
        self.labels.extend(names.iter().map(|name| (*name).to_owned()));
    }

    fn issue(&mut self, iid: u64, title: &str, description: &str, labels: &[&str], closed: bool) {
        self.issues.push(FakeIssue {
            id: 50_000 + iid,
            iid,
            title: title.to_owned(),
            description: description.to_owned(),
            labels: labels.iter().map(|name| (*name).to_owned()).collect(),
            closed,
            confidential: false,
            kind: "issue".to_owned(),
            author: "jonas",
            created_at: "2026-03-02T10:00:00.000Z".to_owned(),
            notes: Vec::new(),
        });
    }

    pub fn next_iid(&self) -> u64 {
        self.issues.iter().map(|issue| issue.iid).max().unwrap_or(0) + 1
    }

    /// The names of the issue templates, without `.md`.
    pub fn templates(&self) -> Vec<&str> {
        let names =
            self.files.iter().filter_map(|(path, _)| path.strip_prefix(TEMPLATES)?.strip_suffix(".md"));
        names.collect()
    }

    pub fn template_text(&self, name: &str) -> Option<&str> {
        self.text(&format!("{TEMPLATES}{name}.md"))
    }

    /// A file of the repository.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|(known, _)| known == path).map(|(_, text)| text.as_str())
    }

    /// The labels after an edit. Unknown labels are created if the editor may create labels, and silently dropped
    /// otherwise.
    pub fn admit(&mut self, wanted: &str, may_create: bool) -> Vec<String> {
        let mut admitted: Vec<String> = Vec::new();
        for name in wanted.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let known = self.labels.iter().any(|label| label == name);
            if !known && may_create {
                self.labels.push(name.to_owned());
            }
            if (known || may_create) && !admitted.iter().any(|label| label == name) {
                admitted.push(name.to_owned());
            }
        }
        admitted
    }
}

const OFFER_PATH: &str = "active/Support/SaaS/GitLab.com/Export/Offer one time.md";

const OFFER: &str = "Hello {{ticket.requester.first_name}},\n\nYour export did not finish. As a one-time courtesy our \
                     team can try it for you.\n\nRegards,\n{{agent.name}}\n";

const BUG: &str = "### Summary\n\n### Steps to reproduce\n\n### What is the current *bug* behavior?\n\n### Relevant logs \
                   and/or screenshots\n";

const PROJECT_EXPORT: &str = "## Project export request\n\n* Project path:\n* Zendesk ticket:\n* Export finished at \
                              (UTC):\n* Download error:\n\n/confidential\n";

const CONSOLE_EXPORT: &str = "## Console export request\n\n* Project path:\n* Zendesk ticket:\n* Correlation id:\n* \
                              Kibana link:\n\n/confidential\n";
