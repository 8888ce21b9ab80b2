//! The commands that write to trackers, in one line each.

use export_desk::case::CaseId;
use export_desk::engine::api::Command;
use export_desk::texts::TextKind;

pub fn bug(case: CaseId, title: &str, text: &str, labels: &[&str]) -> Command {
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    let (title, text) = (title.to_owned(), text.to_owned());
    Command::PostIssue {
        case,
        kind: TextKind::Bug,
        title,
        text,
        confidential: false,
        labels,
        marks_opened: false,
    }
}

pub fn infradev(case: CaseId, severity: &str, priority: &str, impact: &str) -> Command {
    let (severity, priority, impact) = (severity.to_owned(), priority.to_owned(), impact.to_owned());
    Command::AddInfradev { case, severity, priority, impact }
}

pub fn comment(case: CaseId, issue: &str, text: &str, internal: bool) -> Command {
    Command::PostComment { case, issue: issue.to_owned(), text: text.to_owned(), internal }
}

pub fn search(case: CaseId, text: &str) -> Command {
    Command::SearchIssues { case, text: text.to_owned(), closed_too: false }
}
