//! The state, and the loop that is its only owner.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::case::{
    Case, CaseId, Entry, ImportId, Ledger, RelationsId, Rules, RunId, TransferId, Trouble, UtcMs,
};
use crate::gitlab::{Instance, NewIssue, ProjectKey, Token};
use crate::practice::Practice;
use crate::store::{Commit, JournalRow, Store, Write};

use super::Setup;
use super::bell::Bell;
use super::clock;
use super::command::{AskId, Command};
use super::drafts::Wording;
use super::imports::LiveImport;
use super::input::{Input, Purpose};
use super::inspect::Inspection;
use super::publish::Publisher;
use super::relations::LiveRelations;
use super::session::{Reach, Session};
use super::settings;
use super::snapshot::{Answer, JournalLine, PracticeView, Reply, TokenState, Waiting};
use super::tracker_view::LiveTexts;
use super::transfers::LiveTransfer;
use super::trouble::{of_instance, of_project_key};
use super::watch::WatchedRun;

/// How many journal lines a picture carries.
const TAIL: usize = 400;
/// How many replies a picture carries; a face that is slower than this loses words, not facts.
const REPLIES: usize = 256;

/// All state of the program.
#[derive(Debug)]
pub(super) struct Desk {
    pub setup: Setup,
    pub store: Store,
    pub inputs: mpsc::Sender<Input>,
    pub sessions: BTreeMap<String, Session>,
    pub cases: BTreeMap<CaseId, Arc<Case>>,
    pub ledger: Arc<Ledger>,
    pub rules: Arc<Rules>,
    pub wording: Arc<Wording>,
    pub live: Arc<LiveTexts>,
    /// Cases for which a write into a tracker is on its way.
    pub writing: HashSet<CaseId>,
    pub runs: BTreeMap<RunId, WatchedRun>,
    /// Runs whose POST is on its way in this very program.
    pub posting: HashSet<RunId>,
    pub transfers: BTreeMap<TransferId, LiveTransfer>,
    pub relations: BTreeMap<RelationsId, LiveRelations>,
    pub imports: BTreeMap<ImportId, LiveImport>,
    pub inspections: Vec<Inspection>,
    pub journal: VecDeque<JournalLine>,
    pub replies: VecDeque<Reply>,
    pub asking: HashMap<AskId, Waiting>,
    pub practice: Option<(Practice, Arc<PracticeView>)>,
    pub bandwidth_bytes_per_s: Option<u64>,
    /// What the person chose.
    pub settings: Arc<BTreeMap<String, serde_json::Value>>,
    /// What is wrong with the desk itself, for example a full disk under the database.
    pub trouble: Option<Trouble>,
    pub publisher: Publisher,
    pub bell: Bell,
    stopping: bool,
}

impl Desk {
    pub fn new(
        setup: Setup,
        store: Store,
        inputs: mpsc::Sender<Input>,
        publisher: Publisher,
    ) -> Result<Self, Trouble> {
        let cases = store.cases().map_err(|error| error.trouble())?;
        let ledger = store.offers().map_err(|error| error.trouble())?;
        let journal = store.journal_tail(TAIL).map_err(|error| error.trouble())?;
        let settings = settings::load(&store);
        let mut desk = Self {
            setup,
            store,
            inputs,
            sessions: BTreeMap::new(),
            cases: cases.into_iter().map(|case| (case.id, Arc::new(case))).collect(),
            ledger: Arc::new(ledger),
            rules: Arc::default(),
            wording: Arc::default(),
            live: Arc::default(),
            writing: HashSet::new(),
            runs: BTreeMap::new(),
            posting: HashSet::new(),
            transfers: BTreeMap::new(),
            relations: BTreeMap::new(),
            imports: BTreeMap::new(),
            inspections: Vec::new(),
            journal: journal.iter().map(line).collect(),
            replies: VecDeque::new(),
            asking: HashMap::new(),
            practice: None,
            bandwidth_bytes_per_s: settings::bandwidth(&settings),
            settings,
            trouble: None,
            publisher,
            bell: Bell::default(),
            stopping: false,
        };
        if desk.setup.data_dir.is_some() {
            // Practice has no settings of its own, and the log is one for all.
            super::diagnose::set_level(settings::log_level(&desk.settings));
        }
        desk.read_wording();
        if let Some(lesson) = desk.setup.practice.clone() {
            desk.begin_practice(Some(&lesson), 0)?;
        }
        desk.load_instances()?;
        desk.load_runs()?;
        desk.load_transfers()?;
        desk.load_relations()?;
        desk.load_imports()?;
        Ok(desk)
    }

    /// Decides until told to stop. Progress of transfers is looked at between inputs, at most once a `publish`.
    pub async fn work(mut self, mut inputs: mpsc::Receiver<Input>) {
        while !self.stopping {
            let moving = self.is_moving();
            let pause = self.setup.pace.publish;
            let bell = self.until_bell();
            tokio::select! {
                input = inputs.recv() => match input {
                    Some(input) => {
                        self.decide(input);
                        // What else has come is decided before the next picture is drawn.
                        for _ in 0..64 {
                            let Ok(input) = inputs.try_recv() else { break };
                            self.decide(input);
                        }
                        self.publish();
                    }
                    None => return,
                },
                () = tokio::time::sleep(pause), if moving => {
                    self.sample_progress(Instant::now());
                    self.publish();
                }
                () = tokio::time::sleep(bell.unwrap_or_default()), if bell.is_some() => {
                    if self.look_at_clocks() {
                        self.publish();
                    }
                }
            }
        }
        self.rest_transfers().await;
        self.rest_relations().await;
    }

    /// What was under way when the program last ended goes on, and the first picture is shown.
    pub fn begin(&mut self) {
        if self.setup.take_up {
            self.take_up_runs();
            self.take_up_transfers();
            self.take_up_relations();
            self.take_up_imports();
        }
        self.publish();
    }

    fn is_moving(&self) -> bool {
        self.transfers.values().any(LiveTransfer::is_moving)
            || self.inspections.iter().any(Inspection::is_moving)
            || self.relations.values().any(LiveRelations::is_moving)
            || self.imports.values().any(LiveImport::is_moving)
    }

    fn decide(&mut self, input: Input) {
        match input {
            Input::Ask(ask, command) => self.command(ask, command),
            Input::AskWaits(ask, Some(waiting)) => drop(self.asking.insert(ask, waiting)),
            Input::AskWaits(ask, None) => drop(self.asking.remove(&ask)),
            Input::Told(ask, result) => self.reply(ask, result),
            Input::TokenFound { instance, answer } => self.token_found(&instance, answer),
            Input::TokenKept { ask, check, answer } => self.token_kept(ask, *check, &answer),
            Input::Checked { ask, keep, result } => self.checked(ask, keep, result),
            Input::Surveyed { ask, purpose, result } => match result {
                Ok(survey) => self.surveyed(ask, purpose, &survey),
                Err(trouble) => match purpose {
                    Purpose::KnowProject { case, then } => self.project_told(ask, case, then, None),
                    Purpose::Look
                    | Purpose::Start { .. }
                    | Purpose::Watch { .. }
                    | Purpose::Download { .. } => {
                        self.reply(ask, Err(trouble));
                    }
                },
            },
            Input::PostLeaves { run, go } => self.post_leaves(run, go),
            Input::PostHeld { run } => self.post_held(run),
            Input::Posted { ask, run, waits, result } => self.posted(ask, run, waits, result),
            Input::Written { ask, case, result } => self.written(ask, case, result),
            Input::LiveFetched { ask, kind, source, result } => self.live_fetched(ask, kind, source, result),
            Input::Looked { run, result } => self.looked(run, result),
            Input::TransferNaming { id, naming, written } => self.transfer_naming(id, naming, written),
            Input::TransferEnded { id, result } => self.transfer_ended(id, &result),
            Input::Walked { ask, path, result, against } => self.walked(ask, &path, result, against),
            Input::ArchivesDeleted { ask, results } => self.archives_deleted(ask, results),
            Input::Relations(news) => self.relations_news(news),
            Input::Import(news) => self.import_news(news),
        }
    }

    fn command(&mut self, ask: AskId, command: Command) {
        match command {
            Command::Try { instance, token } => self.try_token(ask, &instance, token, false),
            Command::Connect { instance, token } => self.try_token(ask, &instance, token, true),
            Command::Check { instance, project } => self.check(ask, &instance, project.as_deref()),
            Command::Forget { instance } => self.forget(ask, &instance),
            Command::SearchProjects { instance, text } => self.search_projects(ask, &instance, text),
            Command::Look { instance, project } => self.survey(ask, &instance, &project, Purpose::Look),
            Command::Start { instance, project, case, options } => {
                self.survey(ask, &instance, &project, Purpose::Start { case, options });
            }
            Command::Watch { instance, project, case } => {
                self.survey(ask, &instance, &project, Purpose::Watch { case });
            }
            Command::Leave { run } => self.leave(ask, run),
            Command::Download { instance, project, case, target, connections } => {
                let purpose = Purpose::Download { case, target, connections };
                self.survey(ask, &instance, &project, purpose);
            }
            Command::Pause { transfer } => self.pause(ask, transfer),
            Command::Resume { transfer } => self.resume(ask, transfer),
            Command::Cancel { transfer } => self.cancel(ask, transfer),
            Command::PauseAll => self.pause_all(ask),
            Command::ResumeAll => self.resume_all(ask),
            Command::LimitBandwidth { bytes_per_s } => self.limit_bandwidth(ask, bytes_per_s),
            Command::Verify { path, against } => self.verify(ask, path, against),
            Command::Keep { key, value } => self.choose(ask, vec![(key, value)]),
            Command::KeepAll { values } => self.choose(ask, values),
            Command::FindOldArchives => self.find_old_archives(ask),
            Command::DeleteArchives { transfers } => self.delete_archives(ask, &transfers),
            Command::Diagnose => self.diagnose(ask),
            Command::SaveHandbook { text } => self.save_handbook(ask, text.as_deref()),
            Command::CancelVerify { path } => self.cancel_verify(ask, &path),
            Command::NewCase { ticket, instance, project } => {
                self.new_case(ask, ticket.as_deref(), &instance, &project);
            }
            Command::SetFacts { case, values } => self.set_facts(ask, case, &values),
            Command::CaseEvent { case, event } => self.case_event(ask, case, event),
            Command::Archive { case, archived } => self.archive_case(ask, case, archived),
            Command::DeletePrivateData { case } => self.delete_private_data(ask, case),
            Command::CaseJournal { case } => self.case_journal(ask, case),
            Command::TextCopied { case, kind } => self.text_copied(ask, case, kind),
            Command::SaveTemplate { kind, template } => self.save_template(ask, kind, template.as_deref()),
            Command::ReloadWording => self.reload_wording(ask),
            Command::Audit => self.audit(ask),
            Command::Relations(command) => self.relations_command(ask, command),
            Command::Import(command) => self.import_command(ask, command),
            Command::SearchIssues { case, text, closed_too } => {
                self.search_issues(ask, case, &text, closed_too);
            }
            Command::SearchRequests { case } => self.search_requests(ask, case),
            Command::PostIssue { case, kind, title, text, confidential, labels } => {
                let issue = NewIssue { title, description: text, labels, confidential };
                self.post_issue(ask, case, kind, issue);
            }
            Command::PostComment { case, issue, text, internal } => {
                self.post_comment(ask, case, &issue, text, internal);
            }
            Command::AddInfradev { case, severity, priority, impact } => {
                self.add_infradev(ask, case, [&severity, &priority, &impact]);
            }
            Command::FetchLive { kind } => self.fetch_live(ask, kind),
            Command::StartPractice { lesson, port } => self.start_practice(ask, lesson.as_deref(), port),
            #[cfg(test)]
            Command::Break => panic!("a test asked for it"),
            Command::Shutdown => {
                self.stopping = true;
                self.reply(ask, Ok(Answer::Done));
            }
        }
    }

    pub fn reply(&mut self, ask: AskId, result: Result<Answer, Trouble>) {
        self.asking.remove(&ask);
        if let Err(trouble) = &result {
            // The sentence may name a project; the code does not.
            let id = trouble.correlation_id.as_deref().unwrap_or("-");
            tracing::info!(ask = ask.0, code = trouble.code.as_str(), id, "answered with a trouble");
        }
        let at = clock::now();
        self.replies.push_back(Reply { ask, at, result });
        if self.replies.len() > REPLIES {
            self.replies.pop_front();
        }
    }

    /// The one way to write: everything in one transaction with its journal lines. On failure nothing has
    /// changed, on disk or in memory.
    pub fn commit(&mut self, at: UtcMs, writes: Vec<Write>, entries: Vec<Entry>) -> Result<(), Trouble> {
        match self.store.commit(&Commit { at, writes, entries }) {
            Ok(rows) => {
                self.trouble = None;
                for row in &rows {
                    tracing::debug!(seq = row.seq, kind = row.kind, "written");
                }
                self.journal.extend(rows.iter().map(line));
                while self.journal.len() > TAIL {
                    self.journal.pop_front();
                }
                self.publisher.journal_changed();
                Ok(())
            }
            Err(error) => {
                let trouble = error.trouble();
                tracing::error!(code = trouble.code.as_str(), "the desk cannot be written");
                self.trouble = Some(trouble.clone());
                Err(trouble)
            }
        }
    }

    /// The session of an instance, made where it is new.
    pub fn session(&mut self, url: &str) -> Result<&mut Session, Trouble> {
        let instance = Instance::parse(url).map_err(|error| of_instance(&error))?;
        let key = instance.to_string().trim_end_matches('/').to_owned();
        if !self.sessions.contains_key(&key) {
            let wire = settings::wire(&self.setup, &self.settings);
            let session = Session::new(instance, wire, &self.setup.pace);
            self.sessions.insert(key.clone(), session);
            self.look_for_token(&key);
        }
        self.sessions.get_mut(&key).ok_or_else(super::defect)
    }

    /// The way to an instance with a token that is only tried: of an instance that is new, nothing is kept.
    pub fn trial(&self, url: &str, token: Token) -> Result<Reach, Trouble> {
        let instance = Instance::parse(url).map_err(|error| of_instance(&error))?;
        let of = |session: &Session| session.reach().with_client(session.try_client(token));
        if let Some(known) = self.sessions.get(instance.to_string().trim_end_matches('/')) {
            return Ok(of(known));
        }
        let wire = settings::wire(&self.setup, &self.settings);
        Ok(of(&Session::new(instance, wire, &self.setup.pace)))
    }

    /// What a task needs for a project: the way to its instance, and how the project is named there.
    pub fn reach(&mut self, url: &str, project: &str) -> Result<(Reach, ProjectKey), Trouble> {
        let session = self.session(url)?;
        let key = session.instance.project_from(project).map_err(|error| of_project_key(&error))?;
        Ok((session.reach(), key))
    }

    fn look_for_token(&mut self, key: &str) {
        let ours = self.setup.instance.as_deref().and_then(|url| Instance::parse(url).ok());
        let token = self.setup.token.clone();
        let keyring = self.setup.keyring;
        let Some(session) = self.sessions.get_mut(key) else { return };
        match token.filter(|_| ours.as_ref() == Some(&session.instance)) {
            Some(token) => session.has(token, TokenState::FromEnvironment),
            None if keyring => self.ask_keyring(key.to_owned()),
            None => session.has_no_token(TokenState::Missing),
        }
    }

    /// The folder for archives: the person's choice, or the setup's.
    pub fn download_folder(&self) -> PathBuf {
        settings::download_folder(&self.settings).unwrap_or_else(|| self.setup.download_folder.clone())
    }

    fn publish(&mut self) {
        self.look_at_clocks();
        let picture = self.picture();
        self.publisher.publish(picture);
    }
}

/// A row in words.
pub(super) fn line(row: &JournalRow) -> JournalLine {
    JournalLine {
        seq: row.seq,
        at: row.at,
        case_id: row.case_id,
        run_id: row.run_id,
        kind: row.kind.clone(),
        sentence: row.sentence(),
    }
}
