//! Cases: every input goes through [`case::step`], is written together with its journal lines, and only then takes
//! effect.

mod deed;
mod input;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::case::{
    self, Case, CaseId, Change, Code, Fact, Hint, Input, KnownProject, OfferLog, Rules, UserError, intake,
    parse_fact,
};
use crate::gitlab::{Client, Instance, Project, ProjectKey};
use crate::store::Commit;
use crate::texts::TextKind;

use super::access::ApiAccess;
use super::api::{Answer, AskId, CaseCorrection, UnknownProject};
use super::clock;
use super::core::{Core, line};
use super::input::EngineInput;
use super::left_out::{self, nothing_counted};
use super::limiter::Limit;
use super::preflight::{ProjectAsk, deletion, find_project, named_project};
use super::session::Session;
use super::tracker_write::TrackerWrite;
use super::user_error::{of_instance, of_refusal};
use super::view_list::ViewList;

pub use input::{CasesInput, Identified, Then, Unknown};

/// All cases, and the offer log.
#[derive(Debug)]
pub struct Cases {
    all: BTreeMap<CaseId, Arc<Case>>,
    offer_log: Arc<OfferLog>,
    /// The handbook's current deadlines and retentions.
    rules: Arc<Rules>,
    list: ViewList<Arc<Case>>,
    /// Whether a case has changed since [`Self::take_has_changed`] was last called.
    has_changed: bool,
}

impl Cases {
    /// Loads the cases from the store.
    pub fn load(core: &Core) -> Result<Self, UserError> {
        let cases = core.store.cases().map_err(|error| error.error())?;
        let offer_log = core.store.offers().map_err(|error| error.error())?;
        Ok(Self {
            all: cases.into_iter().map(|case| (case.id, Arc::new(case))).collect(),
            offer_log: Arc::new(offer_log),
            rules: Arc::default(),
            list: ViewList::default(),
            has_changed: true,
        })
    }

    /// Opens a case. Works without a network; GitLab's facts about the project are filled in where GitLab answers.
    pub fn new_case(
        &mut self,
        core: &mut Core,
        ask: AskId,
        ticket: Option<&str>,
        (url, project): (&str, &str),
    ) {
        match self.open(core, ticket, url, project) {
            Ok((id, named)) => self.know_project(core, ask, id, Some(named), Then::Show),
            Err(error) => core.reply(ask, Err(error)),
        }
    }

    /// Sets facts, or clears those whose value is empty: all or none.
    pub fn set_facts(&mut self, core: &mut Core, ask: AskId, id: CaseId, values: &[(Fact, String)]) {
        self.correct(core, ask, id, &CaseCorrection::default(), values);
    }

    /// Adds or corrects the ticket, the project and the title of a case, where given, and sets facts: all or none.
    pub fn correct(
        &mut self,
        core: &mut Core,
        ask: AskId,
        id: CaseId,
        correction: &CaseCorrection,
        values: &[(Fact, String)],
    ) {
        let named = match correction.project.as_ref().map(|project| self.named_for(id, project)).transpose() {
            Ok(named) => named,
            Err(error) => return core.reply(ask, Err(error)),
        };
        let now = clock::now();
        let facts = values.iter().map(|(fact, text)| deed::typed(*fact, text, now));
        let ticket = correction.ticket.as_deref().map(|url| ticket_of(url).map(Input::SetTicket));
        let title = correction.title.clone().map(|title| Ok(Input::SetTitle(title)));
        let project = named.as_ref().map(|named| Ok(Input::SetProject(project_ref(named))));
        let inputs: Result<Vec<_>, _> = ticket.into_iter().chain(title).chain(project).chain(facts).collect();
        let inputs = self.get(id).and(inputs);
        let result = inputs.and_then(|inputs| self.steps(core, id, inputs, Commit::new(now)));
        match (result, named) {
            (Ok(()), Some(named)) => self.know_project(core, ask, id, Some(named), Then::Show),
            (result, _) => core.reply(ask, result.map(|()| Answer::Case(id))),
        }
    }

    /// A project as typed for a case, on the case's instance.
    fn named_for(&self, id: CaseId, project: &str) -> Result<ProjectAsk, UserError> {
        let instance = Instance::parse(&self.get(id)?.instance).map_err(|error| of_instance(&error))?;
        named_project(project, &instance)
    }

    /// Asks GitLab about the project of a case again, and how much of it an export leaves out.
    pub fn ask_project(&mut self, core: &mut Core, ask: AskId, id: CaseId) {
        self.know_project(core, ask, id, None, Then::Report);
    }

    /// Applies one input to a case and replies with the case.
    pub fn put(&mut self, core: &mut Core, ask: AskId, id: CaseId, input: Input) {
        let result = self.step(core, id, input);
        core.reply(ask, result.map(|()| Answer::Case(id)));
    }

    /// The user copied a text to the clipboard: the journal records that.
    pub fn text_copied(&mut self, core: &mut Core, ask: AskId, id: CaseId, kind: TextKind) {
        self.put(core, ask, id, Input::TextCopied { kind: kind.as_str().to_owned() });
    }

    /// GitLab has created something in a tracker: records it in the case, in one transaction with its journal line.
    pub fn posted(&mut self, core: &mut Core, ask: AskId, id: CaseId, written: TrackerWrite) {
        let recorded = self.record(core, id, &written).map_err(|error| {
            let headline = format!(
                "The text was posted ({}), but Export Desk could not record it: {}",
                written.url, error.headline
            );
            UserError::new(error.code, headline, "Do not post it again. Set the fact by hand.")
        });
        let done = written.but.map_or(Ok(()), Err);
        let posted = Answer::Posted { url: written.url, notes: written.notes };
        core.reply(ask, recorded.and(done).map(|()| posted));
    }

    /// GitLab has identified the project of a case. An error is ignored: the case only keeps knowing less.
    pub fn project_seen(&mut self, core: &mut Core, id: CaseId, project: &Project) {
        self.project_known(core, id, project).ok();
    }

    /// Applies what GitLab answered about a case's project.
    pub fn input(&mut self, core: &mut Core, input: CasesInput) {
        let CasesInput { ask, case, then, result } = input;
        self.project_told(core, ask, case, then, result);
    }

    /// The whole journal of a case, for its timeline and report.
    pub fn journal(core: &mut Core, ask: AskId, case: CaseId) {
        /// A case never has that many lines; the constant only bounds memory.
        const MOST: usize = 10_000;
        let rows = core.store.journal_for_case(case, MOST).map_err(|error| error.error());
        let lines = rows.map(|rows| rows.iter().map(line).collect::<Vec<_>>());
        core.reply(ask, lines.map(|lines| Answer::Journal(lines.into())));
    }

    /// The handbook's deadlines and retentions were read again.
    pub fn rules_are(&mut self, rules: Arc<Rules>) {
        self.rules = rules;
    }

    pub fn get(&self, id: CaseId) -> Result<&Arc<Case>, UserError> {
        self.all
            .get(&id)
            .ok_or_else(|| UserError::new(Code::Usage, format!("There is no case {id}."), Hint::ListCases))
    }

    pub fn all(&self) -> &BTreeMap<CaseId, Arc<Case>> {
        &self.all
    }

    /// Whether a case has changed since the previous call.
    pub fn take_has_changed(&mut self) -> bool {
        std::mem::take(&mut self.has_changed)
    }

    /// Newest first.
    pub fn view(&mut self) -> Arc<[Arc<Case>]> {
        self.list.get(self.all.values().rev().cloned())
    }

    pub fn offer_log_view(&self) -> Arc<OfferLog> {
        Arc::clone(&self.offer_log)
    }

    pub fn rules_view(&self) -> Arc<Rules> {
        Arc::clone(&self.rules)
    }
}

/// A ticket as typed; the empty text removes the ticket.
fn ticket_of(url: &str) -> Result<Option<case::Ticket>, UserError> {
    if url.trim().is_empty() {
        return Ok(None);
    }
    intake::parse_ticket(url).map(Some).map_err(|refusal| of_refusal(&refusal))
}

/// The project as a case records it before GitLab has identified it.
fn project_ref(named: &ProjectAsk) -> case::ProjectRef {
    match &named.key {
        ProjectKey::Id(id) => case::ProjectRef::by_id(*id),
        ProjectKey::Path(path) => case::ProjectRef::by_path(path),
    }
}

/// Whether GitLab refused to tell about the project.
fn is_refusal(code: Code) -> bool {
    code.exit() == 4 && !matches!(code, Code::TokenMissing | Code::KeyringLocked)
}

/// How an input is decided and written.
impl Cases {
    fn open(
        &mut self,
        core: &mut Core,
        ticket: Option<&str>,
        url: &str,
        project: &str,
    ) -> Result<(CaseId, ProjectAsk), UserError> {
        let instance = Instance::parse(url).map_err(|error| of_instance(&error))?;
        let named = named_project(project, &instance)?;
        let ticket = ticket.map(intake::parse_ticket).transpose().map_err(|refusal| of_refusal(&refusal))?;
        let project = project_ref(&named);
        let now = clock::now();
        let id = core.store.next_case_id().map_err(|error| error.error())?;
        let url = instance.to_string().trim_end_matches('/').to_owned();
        let change = case::open_case(id, &url, ticket, project, now);
        let opened = change.case.clone();
        let commit = Commit::of_change(now, change);
        core.commit(now, commit.writes, commit.entries)?;
        self.keep(opened, None);
        core.session(&url)?;
        Ok((id, named))
    }

    /// Makes one short attempt to identify a case's project on GitLab, then applies `then` whatever the result is.
    /// `named` is the project as the user has just typed it.
    fn know_project(
        &mut self,
        core: &mut Core,
        ask: AskId,
        id: CaseId,
        named: Option<ProjectAsk>,
        then: Then,
    ) {
        let not_asked = || Err(Unknown::NotAsked(None));
        let asked = self.get(id).map(|case| (case.instance.clone(), case.project.clone()));
        let Ok((instance, project)) = asked else {
            return self.project_told(core, ask, id, then, not_asked());
        };
        let text = project.id.map(|id| id.to_string()).or(project.path).unwrap_or_default();
        let may_ask = core.sessions.get(&instance).is_some_and(Session::may_have_token);
        let (mut api, key) = match core.api(&instance, &text) {
            Ok((api, key)) if may_ask => (api, named.unwrap_or(key)),
            Ok(_) | Err(_) => return self.project_told(core, ask, id, then, not_asked()),
        };
        let timing = core.timing.glance;
        let look = async move {
            let look = find_project(&mut api, &key, true, &|_waiting| ());
            match tokio::time::timeout(timing, look).await {
                Ok(Ok(project)) => {
                    let mut counts = nothing_counted(None);
                    // The case is open without the counts that GitLab does not tell in time.
                    tokio::time::timeout(timing, left_out::count(&api, project.id, &mut counts)).await.ok();
                    Ok(Box::new(Identified { project, counts }))
                }
                Ok(Err(error)) if error.code == Code::NotFoundOrNoAccess => {
                    let may_be =
                        tokio::time::timeout(timing, similar(&mut api, &key)).await.unwrap_or_default();
                    Err(Unknown::NotFound(UnknownProject { error, may_be }))
                }
                Ok(Err(error)) => Err(Unknown::NotAsked(Some(error))),
                Err(_too_late) => Err(Unknown::NotAsked(None)),
            }
        };
        core.spawn(look, move |result| EngineInput::Cases(CasesInput { ask, case: id, then, result }));
    }

    fn project_told(
        &mut self,
        core: &mut Core,
        ask: AskId,
        id: CaseId,
        then: Then,
        told: Result<Box<Identified>, Unknown>,
    ) {
        let known = told.as_ref().map_or(Ok(()), |told| {
            self.project_known(core, id, &told.project)?;
            if told.counts.counts.is_empty() {
                return Ok(());
            }
            self.step(core, id, Input::LeftOutCounted(told.counts.clone()))
        });
        let result = match (then, told) {
            (Then::Steps(inputs), _) => {
                known.and_then(|()| self.steps(core, id, inputs, Commit::new(clock::now())))
            }
            (Then::Show | Then::Report, Err(Unknown::NotFound(unknown))) => {
                return core.reply(ask, Ok(Answer::CaseOfUnknown(id, unknown.into())));
            }
            // GitLab answered, but does not show the project to this token.
            (Then::Show, Err(Unknown::NotAsked(Some(error)))) if is_refusal(error.code) => {
                let unknown = UnknownProject { error, may_be: Vec::new() };
                return core.reply(ask, Ok(Answer::CaseOfUnknown(id, unknown.into())));
            }
            (Then::Report, Err(Unknown::NotAsked(reason))) => Err(reason.unwrap_or_else(no_answer)),
            (Then::Report, Ok(_)) => known,
            // The case is open already. If its disk is full now, the snapshot shows that error.
            (Then::Show, _) => Ok(()),
        };
        core.reply(ask, result.map(|()| Answer::Case(id)));
    }

    fn project_known(&mut self, core: &mut Core, id: CaseId, project: &Project) -> Result<(), UserError> {
        let size = project.statistics.clone().unwrap_or_default();
        let session = core.sessions.get(&self.get(id)?.instance);
        let account = session.and_then(|session| session.account.as_ref());
        let known = KnownProject {
            id: project.id,
            path: project.path_with_namespace.clone(),
            web_url: Some(project.web_url.clone()).filter(|url| !url.is_empty()),
            visibility: project.visibility.clone(),
            repository_bytes: size.repository_bytes,
            lfs_bytes: size.lfs_objects_bytes,
            uploads_bytes: size.uploads_bytes,
            storage_bytes: size.storage_bytes,
            deletion: deletion(project),
            gitlab_version: account.and_then(|account| account.gitlab_version.clone()),
            asked_at: clock::now(),
        };
        self.step(core, id, Input::ProjectKnown(known))
    }

    fn record(&mut self, core: &mut Core, id: CaseId, written: &TrackerWrite) -> Result<(), UserError> {
        let whole = Commit::new(clock::now()).saying(case::JournalEntry::of_case(id, written.what.clone()));
        let inputs = written
            .facts
            .iter()
            .map(|(fact, text)| parse_fact(*fact, text).map(|value| Input::SetFact(*fact, value)));
        let event = written.event.clone().map(|event| Ok(Input::Event(event)));
        let inputs: Result<Vec<_>, _> = inputs.chain(event).collect();
        self.steps(core, id, inputs.map_err(|refusal| of_refusal(&refusal))?, whole)
    }

    /// Decides, writes, and only then changes the state in memory.
    pub fn step(&mut self, core: &mut Core, id: CaseId, input: Input) -> Result<(), UserError> {
        self.steps(core, id, vec![input], Commit::new(clock::now()))
    }

    /// The same for several inputs, all or none, in one transaction with what `whole` already contains.
    fn steps(
        &mut self,
        core: &mut Core,
        id: CaseId,
        inputs: Vec<Input>,
        mut whole: Commit,
    ) -> Result<(), UserError> {
        let mut case = self.get(id)?.as_ref().clone();
        let mut offer_log = self.offer_log.as_ref().clone();
        let mut is_offer_log_new = false;
        for input in inputs {
            let change: Change = case::step(&case, input, &offer_log, &self.rules, whole.at)
                .map_err(|refusal| of_refusal(&refusal))?;
            case = change.case.clone();
            offer_log.follow(&change.effects);
            is_offer_log_new |= !change.effects.is_empty();
            let part = Commit::of_change(whole.at, change);
            whole.writes.extend(part.writes);
            whole.entries.extend(part.entries);
        }
        core.commit(whole.at, whole.writes, whole.entries)?;
        // Snapshots share this `Arc` and caches rely on it, so it is replaced only after a change.
        self.keep(case, is_offer_log_new.then_some(offer_log));
        Ok(())
    }

    fn keep(&mut self, case: Case, offer_log: Option<OfferLog>) {
        self.all.insert(case.id, Arc::new(case));
        if let Some(offer_log) = offer_log {
            self.offer_log = Arc::new(offer_log);
        }
        self.list.touch();
        self.has_changed = true;
    }
}

fn no_answer() -> UserError {
    UserError::new(
        Code::Network,
        "GitLab did not answer in time.",
        "Check the token and the connection, then try again.",
    )
}

/// Projects that the token can see and whose name matches; without any, other readings of what was named.
async fn similar(api: &mut ApiAccess, named: &ProjectAsk) -> Vec<String> {
    /// A list that the user can read at a glance.
    const MOST: usize = 5;
    let ProjectKey::Path(path) = &named.key else { return Vec::new() };
    let name = path.rsplit('/').next().unwrap_or(path).to_owned();
    let call = |client: Client| {
        let name = name.clone();
        async move { client.search_projects(&name).await }
    };
    let found = api.ask(Limit::ProjectRead, call, &|_waiting| ()).await.unwrap_or_default();
    let found: Vec<String> =
        found.into_iter().map(|project| project.path_with_namespace).take(MOST).collect();
    if found.is_empty() { named.or.iter().map(ToString::to_string).collect() } else { found }
}
