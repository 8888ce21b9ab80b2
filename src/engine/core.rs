//! What every owner uses: the store, the journal, the replies, access to the instances, and tasks. It knows no
//! feature.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::case::{Code, JournalEntry, UserError, UtcMs};
use crate::gitlab::{NetworkConfig, Token};
use crate::platform::words::KEYRING;
use crate::store::{Audit, Commit, Head, JournalRow, Store, Write};

use super::access::ApiAccess;
use super::api::{Answer, AskId, JournalLine, Reply, TokenState, Waiting};
use super::clock;
use super::front_ends::{FrontEndId, OpenAsks};
use super::input::EngineInput;
use super::journal_head::{self, HeadKeeper};
use super::keys::{self, KeyAnswer};
use super::preflight::{ProjectAsk, named_project};
use super::session::Session;
use super::sessions::Sessions;
use super::setup::Setup;
use super::timing::Timing;
use super::user_error::defect;
use super::view_list::ViewList;

/// How many journal lines a snapshot carries.
const TAIL: usize = 400;
/// How many replies a snapshot contains. A front end that reads slower loses replies, but no state.
const REPLIES: usize = 256;

/// What all owners share. Each owner borrows it for one command or input.
#[derive(Debug)]
pub struct Core {
    pub store: Store,
    pub sessions: Sessions,
    pub timing: Timing,
    /// Whether calls wait for a lost network without a limit, as the window wants.
    pub patient: bool,
    /// Who waits for the keyring to store a token.
    pub writes_token: BTreeSet<AskId>,
    /// The journal's head in the keyring.
    pub head: HeadKeeper,
    /// For tasks that send more than one message.
    pub inputs: mpsc::Sender<EngineInput>,
    journal: VecDeque<JournalLine>,
    journal_list: ViewList<JournalLine>,
    replies: VecDeque<Arc<Reply>>,
    asking: HashMap<AskId, Waiting>,
    /// Commands of front ends that have joined.
    pub asks: OpenAsks,
    /// An error of Export Desk itself, for example a full disk under the database.
    error: Option<UserError>,
}

impl Core {
    pub fn new(
        setup: &Setup,
        store: Store,
        wire: NetworkConfig,
        inputs: mpsc::Sender<EngineInput>,
    ) -> Result<Self, UserError> {
        let journal = store.journal_tail(TAIL).map_err(|error| error.error())?;
        Ok(Self {
            store,
            sessions: Sessions::new(setup, wire),
            timing: setup.timing,
            patient: setup.patient,
            writes_token: BTreeSet::new(),
            head: HeadKeeper::new(setup.data_dir.as_deref(), setup.keyring),
            inputs,
            journal: journal.iter().map(line).collect(),
            journal_list: ViewList::default(),
            replies: VecDeque::new(),
            asking: HashMap::new(),
            asks: OpenAsks::default(),
            error: None,
        })
    }

    /// The only way to write: everything in one transaction with its journal lines. A failure changes nothing,
    /// neither on disk nor in memory.
    pub fn commit(
        &mut self,
        at: UtcMs,
        writes: Vec<Write>,
        entries: Vec<JournalEntry>,
    ) -> Result<(), UserError> {
        match self.store.commit(&Commit { at, writes, entries }) {
            Ok(rows) => {
                self.error = None;
                for row in &rows {
                    tracing::debug!(seq = row.seq, kind = row.kind, "written");
                }
                self.journal.extend(rows.iter().map(line));
                while self.journal.len() > TAIL {
                    self.journal.pop_front();
                }
                self.journal_list.touch();
                if !rows.is_empty() {
                    journal_head::has_grown(self);
                }
                Ok(())
            }
            Err(error) => {
                let error = error.error();
                tracing::error!(code = error.code.as_str(), "the case database cannot be written");
                self.error = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Replies to a command. Each command gets one reply.
    pub fn reply(&mut self, ask: AskId, result: Result<Answer, UserError>) {
        self.asking.remove(&ask);
        if let Err(error) = &result {
            // The log gets only the code, because the sentence may name a project.
            let id = error.correlation_id.as_deref().unwrap_or("-");
            tracing::info!(ask = ask.0, code = error.code.as_str(), id, "answered with an error");
        }
        if ask == AskId::NO_REPLY {
            return;
        }
        let (result, gone) = self.asks.answer(ask, result);
        if let Some(gone) = gone {
            self.sessions.take_back(gone);
        }
        let Some(result) = result else { return };
        self.replies.push_back(Arc::new(Reply { ask, at: clock::now(), result }));
        if self.replies.len() > REPLIES {
            self.replies.pop_front();
        }
    }

    /// A command waits before its next try, or no longer waits.
    pub fn waits(&mut self, ask: AskId, waiting: Option<Waiting>) {
        match waiting {
            Some(waiting) => drop(self.asking.insert(ask, waiting)),
            None => drop(self.asking.remove(&ask)),
        }
    }

    /// For a task: a function that shows the user why its command waits.
    pub fn wait_reporter(&self, ask: AskId) -> impl Fn(Waiting) + Send + Sync + use<> {
        wait_reporter(self.inputs.clone(), ask)
    }

    /// Runs `work` on the network's threads and sends its result to the engine as the input that `into` makes. All
    /// tasks start here, so that every task sends an input: a task that panics sends [`defect`]. An aborted task
    /// sends nothing. The input belongs to the front end that is acting now.
    pub fn spawn<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
        into: impl FnOnce(Result<T, E>) -> EngineInput + Send + 'static,
    ) -> AbortHandle
    where
        T: Send + 'static,
        E: From<UserError> + Send + 'static,
    {
        // In a box, all tasks have the same type: tokio's part of a task is in the program once, and not fifty times.
        self.spawn_boxed(Box::pin(async move {
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            into(ended.unwrap_or_else(|_panicked| Err(defect().into())))
        }))
    }

    fn spawn_boxed(&self, work: BoxFuture<'static, EngineInput>) -> AbortHandle {
        let (inputs, by) = (self.inputs.clone(), self.sessions.acting());
        // The inbox is closed only when the engine shuts down.
        tokio::spawn(async move { inputs.send(work.await.sent_for(by)).await.ok() }).abort_handle()
    }

    /// Waits for an answer of the keyring. The call itself was made before, so the calls of an entry keep their order,
    /// whichever task runs first.
    pub fn hear_keyring<T: Send + 'static>(
        &self,
        answer: impl Future<Output = KeyAnswer<T>> + Send + 'static,
        into: impl FnOnce(KeyAnswer<T>) -> EngineInput + Send + 'static,
    ) {
        let heard = async move { Ok::<_, UserError>(answer.await) };
        self.spawn(heard, |heard| into(heard.unwrap_or(KeyAnswer::Locked)));
    }

    /// Verifies the journal's hash chain, once the keyring has answered which head it keeps.
    pub fn audit(&mut self, ask: AskId) {
        let Some(entry) = self.head.entry().map(str::to_owned) else {
            return self.audit_with(ask, KeyAnswer::Absent);
        };
        let timing = self.keyring_wait(ask);
        let answer = keys::in_time(keys::read_head(entry), timing);
        self.hear_keyring(answer, move |answer| EngineInput::Audit { ask, answer });
    }

    /// Verifies the journal's hash chain, and that it contains the head that the keyring keeps.
    pub fn audit_with(&mut self, ask: AskId, answer: KeyAnswer<Head>) {
        let (kept, told) = journal_head::for_audit(answer);
        let result = match self.store.audit(kept.as_ref()) {
            Ok(Audit::Whole { rows, .. }) => Ok(Answer::Audited { rows, head: told }),
            Ok(Audit::Broken { seq, why }) => Err(UserError::new(
                Code::JournalBroken,
                format!("The journal is broken from row {seq} on: {why}."),
                self.after_broken(kept.as_ref()),
            )),
            Err(error) => Err(error.error()),
        };
        self.reply(ask, result);
    }

    /// What to do about a broken journal. Only a person knows whether the file was replaced by an older copy.
    fn after_broken(&self, kept: Option<&Head>) -> String {
        let keep = "Keep the data folder unchanged and compare it with a backup. The rows before this one are verified.";
        let follows = kept.is_none_or(|head| self.store.follows(head).unwrap_or(true));
        match self.head.entry().filter(|_| !follows) {
            Some(entry) => {
                format!(
                    "{keep} If you put an older copy back, delete “{entry}” of export-desk in the {KEYRING}."
                )
            }
            None => keep.to_owned(),
        }
    }

    /// The session of an instance; a new instance gets a new session.
    pub fn session(&mut self, url: &str) -> Result<&mut Session, UserError> {
        let (session, asks_keyring) = self.sessions.open(url)?;
        let name = session.url.clone();
        if asks_keyring {
            self.ask_keyring(name.clone());
        }
        self.sessions.get_mut(&name).ok_or_else(defect)
    }

    /// Access to an instance for the acting front end.
    pub fn access(&mut self, url: &str) -> Result<ApiAccess, UserError> {
        let name = self.session(url)?.url.clone();
        self.sessions.access(&name).ok_or_else(defect)
    }

    /// Access to an instance that the program knows, or that the acting front end brought a token for.
    pub fn known_access(&mut self, url: &str) -> Option<ApiAccess> {
        self.sessions.get(url)?;
        self.access(url).ok()
    }

    /// Does something with the session of a front end.
    pub fn acting_as<T>(&mut self, id: FrontEndId, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.sessions.act_for(id);
        let done = act(self);
        self.sessions.act_for(before);
        done
    }

    /// What a task needs for a project: access to its instance, and how the API names the project.
    pub fn api(&mut self, url: &str, project: &str) -> Result<(ApiAccess, ProjectAsk), UserError> {
        let access = self.access(url)?;
        let named = named_project(project, &access.instance)?;
        Ok((access, named))
    }

    /// User name of the token's owner, where it is known.
    pub fn user_of(&self, instance: &str) -> Option<String> {
        self.sessions.get(instance)?.user().map(str::to_owned)
    }

    /// Asks the keyring for the token of an instance, unless it has not answered the last time yet. After a while,
    /// the instance counts as locked, but the answer counts whenever it comes.
    fn ask_keyring(&mut self, instance: String) {
        let Some(session) = self.sessions.own_mut(&instance) else { return };
        let is_asked = std::mem::replace(&mut session.asks_keyring, true);
        let (name, timing, slow) = (instance.clone(), self.keyring_wait(AskId::NO_REPLY), instance.clone());
        if !is_asked {
            self.hear_keyring(keys::read(name), move |answer| EngineInput::TokenFound { instance, answer });
        }
        let wait = async move {
            tokio::time::sleep(timing).await;
            Ok::<_, UserError>(())
        };
        self.spawn(wait, move |_slept| EngineInput::KeyringSlow { instance: slow });
    }

    /// How long to wait for the keyring: the window tells the person that it waits and goes on, a command has nothing
    /// else to do.
    pub fn keyring_wait(&self, ask: AskId) -> Duration {
        let is_of_window = self.patient && !self.asks.is_joined(ask);
        if is_of_window { self.timing.keyring } else { self.timing.keyring_of_command }
    }

    /// Asks the keyring again for a token that it did not release.
    pub fn ask_locked_keyring_again(&mut self, url: &str) {
        let Ok(session) = self.session(url) else { return };
        if session.token == TokenState::KeyringLocked {
            session.waits_for_keyring();
            let name = session.url.clone();
            self.ask_keyring(name);
        }
    }

    /// The keyring has not answered for a while: it waits for the user.
    pub fn keyring_is_slow(&mut self, instance: &str) {
        let patient = self.patient;
        if let Some(session) = self.sessions.own_mut(instance).filter(|of| of.token == TokenState::Reading) {
            if patient {
                // Calls wait on: the person sees the prompt, and nothing that runs has to be started again.
                session.token = TokenState::KeyringLocked;
            } else {
                session.has_no_token(TokenState::KeyringLocked);
            }
        }
    }

    /// The keyring has answered for an instance that waits for its token.
    pub fn token_found(&mut self, instance: &str, answer: KeyAnswer<Token>) {
        let Some(session) = self.sessions.own_mut(instance) else { return };
        session.asks_keyring = false;
        // A late answer counts too, but not after another token was typed in the meantime.
        if !matches!(session.token, TokenState::Reading | TokenState::KeyringLocked) {
            return;
        }
        match answer {
            KeyAnswer::Ok(token) => session.has(token, TokenState::InKeyring),
            KeyAnswer::NoEntry | KeyAnswer::Absent => session.has_no_token(TokenState::Missing),
            KeyAnswer::Locked => session.has_no_token(TokenState::KeyringLocked),
        }
    }

    /// The latest journal lines, oldest first.
    pub fn journal_view(&mut self) -> Arc<[JournalLine]> {
        self.journal_list.get(self.journal.iter().cloned())
    }

    /// The last replies, oldest first.
    pub fn replies_view(&self) -> Arc<[Arc<Reply>]> {
        self.replies.iter().cloned().collect()
    }

    /// Commands that wait before their next try, and why.
    pub fn asking_view(&self) -> Arc<[(AskId, Waiting)]> {
        self.asking.iter().map(|(ask, waiting)| (*ask, waiting.clone())).collect()
    }

    /// An error of Export Desk itself.
    pub fn error_view(&self) -> Option<UserError> {
        self.error.clone()
    }
}

/// Tells the engine that a command waits. If the inbox is full, only this message is lost.
pub fn wait_reporter(inputs: mpsc::Sender<EngineInput>, ask: AskId) -> impl Fn(Waiting) + Send + Sync {
    move |waiting| {
        inputs.try_send(EngineInput::AskWaits(ask, Some(waiting))).ok();
    }
}

/// Runs blocking file access on its own thread; for use inside [`Core::spawn`].
pub async fn on_disk_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, UserError> {
    tokio::task::spawn_blocking(work).await.map_err(|_panicked| defect())
}

/// A journal row in words.
pub fn line(row: &JournalRow) -> JournalLine {
    JournalLine {
        seq: row.seq,
        at: row.at,
        case_id: row.case_id,
        run_id: row.run_id,
        kind: row.kind.clone(),
        sentence: row.sentence(),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn core(inputs: mpsc::Sender<EngineInput>) -> Core {
        let setup = Setup {
            data_dir: None,
            config_dir: None,
            download_folder: std::env::temp_dir(),
            timing: Timing::scaled(0.01),
            ca_file: None,
            token: None,
            instance: None,
            keyring: false,
            practice: None,
            resume: false,
            patient: false,
        };
        Core::new(&setup, Store::in_memory().unwrap(), NetworkConfig::default(), inputs).unwrap()
    }

    /// The input that results from a task with this end.
    async fn heard(work: impl Future<Output = Result<Answer, UserError>> + Send + 'static) -> EngineInput {
        let (inputs, mut inbox) = mpsc::channel(4);
        core(inputs).spawn(work, |result| EngineInput::Answered(AskId(7), result));
        inbox.recv().await.unwrap()
    }

    #[tokio::test]
    async fn whoever_waits_for_a_task_that_panics_gets_an_answer() {
        let EngineInput::Answered(AskId(7), Err(error)) =
            heard(async { panic!("a test asked for it") }).await
        else {
            panic!("no answer");
        };
        assert_eq!(error.code, crate::case::Code::Internal, "{error}");
    }

    #[tokio::test]
    async fn a_panic_on_a_disk_thread_is_answered_too() {
        let work = async { on_disk_thread(|| panic!("a test asked for it")).await.map(|()| Answer::Done) };
        assert!(matches!(heard(work).await, EngineInput::Answered(_, Err(_))));
        assert!(matches!(
            heard(async { Ok(Answer::Done) }).await,
            EngineInput::Answered(_, Ok(Answer::Done))
        ));
    }

    #[test]
    fn without_a_question_there_is_no_reply() {
        let mut core = core(mpsc::channel(1).0);
        core.reply(AskId::NO_REPLY, Ok(Answer::Done));
        assert!(core.replies_view().is_empty());
        core.reply(AskId(1), Ok(Answer::Done));
        assert_eq!(core.replies_view().len(), 1);
    }

    const URL: &str = "https://gitlab.example.com";

    fn asking(patient: bool) -> (Core, mpsc::Receiver<EngineInput>) {
        let (inputs, heard) = mpsc::channel(8);
        let mut core = core(inputs);
        core.patient = patient;
        core.sessions.keyring = true;
        let (session, asks) = core.sessions.open(URL).unwrap();
        assert!(asks);
        session.asks_keyring = true;
        (core, heard)
    }

    fn token_state(core: &Core) -> TokenState {
        core.sessions.get(URL).unwrap().token
    }

    #[tokio::test]
    async fn a_late_answer_of_the_keyring_counts() {
        for patient in [true, false] {
            let (mut core, _heard) = asking(patient);
            let mut api = core.sessions.get(URL).unwrap().api();
            core.keyring_is_slow(URL);
            assert_eq!(token_state(&core), TokenState::KeyringLocked);
            // In the window, what runs continues to wait; a command ends with the reason.
            let now = api.client().now_or_never();
            assert_eq!(now.is_some_and(|client| client.is_err()), !patient);
            core.token_found(URL, KeyAnswer::Ok(Token::new("glpat-late".to_owned()).unwrap()));
            assert_eq!(token_state(&core), TokenState::InKeyring);
            assert!(api.client().await.is_ok());
        }
    }

    /// Otherwise, a token that is written while a prompt is open could come after its own end.
    #[tokio::test]
    async fn a_call_to_the_keyring_has_its_place_before_any_task_runs() {
        const URL: &str = "https://in-order.example.com";
        let (mut core, _heard) = asking(true);
        core.session(URL).unwrap();
        assert_eq!(keys::calls_before(URL), 1, "it reads the token");
        crate::engine::accounts::forget(&mut core, AskId(1), URL);
        assert_eq!(keys::calls_before(URL), 3, "and deletes it, after the call of this test");
    }

    #[tokio::test]
    async fn a_denied_or_locked_keyring_is_asked_again_and_never_has_no_token() {
        let (mut core, mut heard) = asking(true);
        core.token_found(URL, KeyAnswer::Locked);
        assert_eq!(token_state(&core), TokenState::KeyringLocked);
        core.sessions.get_mut(URL).unwrap().asks_keyring = true;
        core.ask_locked_keyring_again(URL);
        assert_eq!(token_state(&core), TokenState::Reading);
        assert!(matches!(heard.recv().await, Some(EngineInput::KeyringSlow { .. })), "no second prompt");
        core.token_found(URL, KeyAnswer::Ok(Token::new("glpat-again".to_owned()).unwrap()));
        assert_eq!(token_state(&core), TokenState::InKeyring);
        // A token that was typed in the meantime is not replaced by a late answer.
        let typed = Token::new("glpat-typed".to_owned()).unwrap();
        core.sessions.get_mut(URL).unwrap().has(typed, TokenState::ThisRunOnly);
        core.token_found(URL, KeyAnswer::NoEntry);
        assert_eq!(token_state(&core), TokenState::ThisRunOnly);
    }
}
