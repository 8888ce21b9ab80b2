//! What a search over cases finds.

use super::subject::Case;

impl Case {
    /// Everything that a person may search for, in lower case: ticket, project, title, stage, links, messages and notes.
    pub fn search_text(&self) -> String {
        let ticket = self.ticket.as_ref().map(ToString::to_string).unwrap_or_default();
        let facts = &self.facts;
        let known = [
            &self.given_title,
            &facts.requester,
            &facts.correlation_id,
            &facts.bug_issue,
            &facts.infra_issue,
            &facts.console_issue,
            &facts.ui_attempt_message,
            &facts.api_attempt_message,
            &facts.download_error,
            &facts.kibana_link,
            &facts.sentry_link,
            &facts.handover_link,
        ];
        let known = known.into_iter().flatten().map(String::as_str);
        let notes = self.notes.iter().map(|note| note.text.as_str());
        let reminder = self.reminder.iter().map(|reminder| reminder.why.as_str());
        let said: Vec<&str> = known.chain(notes).chain(reminder).collect();
        let (title, stage) = (self.project.title(), self.stage.label());
        format!("{ticket} {title} {} {stage} {}", self.instance, said.join(" ")).to_lowercase()
    }
}
