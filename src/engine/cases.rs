//! Cases: every input goes through [`case::step`], is written with its journal lines, and only then counts.

use std::sync::Arc;

use crate::case::{
    self, Case, CaseId, Code, Event, Fact, Input, KnownProject, Trouble, UtcMs, intake, parse_fact_near,
};
use crate::gitlab::{Instance, ProjectKey};
use crate::store::{Audit, Commit};

use super::api::{Answer, AskId};
use super::clock;
use super::input::Purpose;
use super::router::Router;
use super::survey::Survey;
use super::trouble::{of_instance, of_project_key, of_refusal};

impl Router {
    /// Opens a case. Works without a network; what GitLab knows of the project is filled in where it can be asked.
    pub(super) fn new_case(&mut self, ask: AskId, ticket: Option<&str>, url: &str, project: &str) {
        match self.open_case(ticket, url, project) {
            Ok(id) => self.know_project(ask, id, None),
            Err(trouble) => self.core.reply(ask, Err(trouble)),
        }
    }

    /// Asks GitLab once, and not for long, who a case's project is; then goes on with `then` whatever it said.
    fn know_project(&mut self, ask: AskId, id: CaseId, then: Option<Event>) {
        let asked = self.case(id).map(|case| (case.instance.clone(), case.project.clone()));
        let Ok((instance, project)) = asked else { return self.project_told(ask, id, then, None) };
        let named = project.id.map(|id| id.to_string()).or(project.path).unwrap_or_default();
        let may_ask = self.core.sessions.get(&instance).is_some_and(super::session::Session::may_have_token);
        match self.core.api(&instance, &named) {
            Ok((reach, key)) if may_ask => {
                self.survey_once(ask, reach, key, Purpose::KnowProject { case: id, then });
            }
            Ok(_) | Err(_) => self.project_told(ask, id, then, None),
        }
    }

    /// GitLab has said who a case's project is, or could not be asked.
    pub(super) fn project_told(
        &mut self,
        ask: AskId,
        id: CaseId,
        then: Option<Event>,
        survey: Option<&Survey>,
    ) {
        let now = clock::now();
        let known = survey.map_or(Ok(()), |survey| self.project_known(id, survey));
        let result = match then {
            Some(event) => known.and_then(|()| self.step_case(id, Input::Event(event), now)),
            // Opened is opened: a disk that is full now is told in the picture.
            None => Ok(()),
        };
        self.core.reply(ask, result.map(|()| Answer::Case(id)));
    }

    fn open_case(&mut self, ticket: Option<&str>, url: &str, project: &str) -> Result<CaseId, Trouble> {
        let instance = Instance::parse(url).map_err(|error| of_instance(&error))?;
        let key = instance.project_from(project).map_err(|error| of_project_key(&error))?;
        let ticket = ticket
            .map(intake::parse_ticket)
            .transpose()
            .map_err(|refusal| Trouble::new(Code::Usage, refusal.headline, refusal.hint))?;
        let project = match key {
            ProjectKey::Id(id) => case::ProjectRef::by_id(id),
            ProjectKey::Path(path) => case::ProjectRef::by_path(path),
        };
        let now = clock::now();
        let id = self.core.store.next_case_id().map_err(|error| error.trouble())?;
        let url = instance.to_string().trim_end_matches('/').to_owned();
        let change = case::open_case(id, &url, ticket, project, now);
        let opened = change.case.clone();
        let commit = Commit::of_change(now, change);
        self.core.commit(now, commit.writes, commit.entries)?;
        self.cases.insert(id, Arc::new(opened));
        self.publisher.cases_changed();
        self.core.session(&url)?;
        Ok(id)
    }

    /// Sets facts, all or none.
    pub(super) fn set_facts(&mut self, ask: AskId, id: CaseId, values: &[(Fact, String)]) {
        let result = self.take_facts(id, values);
        self.core.reply(ask, result.map(|()| Answer::Case(id)));
    }

    fn take_facts(&mut self, id: CaseId, values: &[(Fact, String)]) -> Result<(), Trouble> {
        let now = clock::now();
        let mut case = self.case(id)?.as_ref().clone();
        let mut ledger = self.ledger.as_ref().clone();
        let mut whole = Commit::new(now);
        for (fact, text) in values {
            let input = if text.trim().is_empty() {
                Input::ClearFact(*fact)
            } else {
                Input::SetFact(
                    *fact,
                    parse_fact_near(*fact, text, now).map_err(|refusal| of_refusal(&refusal))?,
                )
            };
            let change = case::step(&case, input, &ledger, &self.rules, now)
                .map_err(|refusal| of_refusal(&refusal))?;
            case = change.case.clone();
            ledger.follow(&change.effects);
            let part = Commit::of_change(now, change);
            whole.writes.extend(part.writes);
            whole.entries.extend(part.entries);
        }
        self.core.commit(now, whole.writes, whole.entries)?;
        self.keep(case, ledger);
        Ok(())
    }

    pub(super) fn case_event(&mut self, ask: AskId, id: CaseId, event: Event) {
        let event = match event {
            // Who it was stays in the ledger, where the token's owner is known.
            Event::OfferSent { override_reason, by: None } => {
                let by = self.cases.get(&id).and_then(|case| self.core.user_of(&case.instance));
                Event::OfferSent { override_reason, by }
            }
            other => other,
        };
        // One offer for a project: a number and a path are told to be the same one by GitLab alone.
        let offer = matches!(event, Event::OfferSent { .. });
        if offer && self.cases.get(&id).is_some_and(|case| case.project.known.is_none()) {
            return self.know_project(ask, id, Some(event));
        }
        self.case_input(ask, id, Input::Event(event));
    }

    pub(super) fn archive_case(&mut self, ask: AskId, id: CaseId, archived: bool) {
        self.case_input(ask, id, Input::Archive(archived));
    }

    pub(super) fn delete_private_data(&mut self, ask: AskId, id: CaseId) {
        self.case_input(ask, id, Input::DeletePrivateData);
    }

    /// Gives a case one input and answers with it.
    fn case_input(&mut self, ask: AskId, id: CaseId, input: Input) {
        let result = self.step_case(id, input, clock::now());
        self.core.reply(ask, result.map(|()| Answer::Case(id)));
    }

    /// Decides, writes, and only then remembers.
    pub(super) fn step_case(&mut self, id: CaseId, input: Input, now: UtcMs) -> Result<(), Trouble> {
        let case = self.case(id)?.clone();
        let change = case::step(&case, input, &self.ledger, &self.rules, now)
            .map_err(|refusal| of_refusal(&refusal))?;
        let mut ledger = self.ledger.as_ref().clone();
        ledger.follow(&change.effects);
        let after = change.case.clone();
        let commit = Commit::of_change(now, change);
        self.core.commit(now, commit.writes, commit.entries)?;
        self.keep(after, ledger);
        Ok(())
    }

    /// GitLab has answered who a case's project is.
    pub(super) fn project_known(&mut self, id: CaseId, survey: &Survey) -> Result<(), Trouble> {
        let now = clock::now();
        let (project, size) = (&survey.project, survey.project.statistics.clone().unwrap_or_default());
        let known = KnownProject {
            id: project.id,
            path: project.path_with_namespace.clone(),
            web_url: Some(project.web_url.clone()).filter(|url| !url.is_empty()),
            visibility: project.visibility.clone(),
            repository_bytes: size.repository_bytes,
            lfs_bytes: size.lfs_objects_bytes,
            uploads_bytes: size.uploads_bytes,
            storage_bytes: size.storage_bytes,
            gitlab_version: self.version_of(&survey.instance),
            asked_at: now,
        };
        self.step_case(id, Input::ProjectKnown(known), now)
    }

    pub(super) fn audit(&mut self, ask: AskId) {
        let result = match self.core.store.audit() {
            Ok(Audit::Whole { rows, .. }) => Ok(Answer::Audited { rows }),
            Ok(Audit::Broken { seq, why }) => Err(Trouble::new(
                Code::JournalBroken,
                format!("The journal does not hold from row {seq} on: {why}."),
                "Keep the data folder as it is and compare it with a copy; rows before it are proven.",
            )),
            Err(error) => Err(error.trouble()),
        };
        self.core.reply(ask, result);
    }

    pub(super) fn case(&self, id: CaseId) -> Result<&Arc<Case>, Trouble> {
        self.cases.get(&id).ok_or_else(|| {
            Trouble::new(Code::Usage, format!("There is no case {id}."), "See `export-desk case list`.")
        })
    }

    pub(super) fn keep(&mut self, case: Case, ledger: crate::case::Ledger) {
        self.cases.insert(case.id, Arc::new(case));
        self.ledger = Arc::new(ledger);
        self.publisher.cases_changed();
    }

    fn version_of(&self, instance: &str) -> Option<String> {
        self.core.sessions.get(instance)?.account.as_ref().map(|account| account.gitlab_version.clone())
    }
}
