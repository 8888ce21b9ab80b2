//! What every owner uses: the store, the journal, the replies, access to the instances, and tasks. It knows no
//! feature.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::case::{Code, JournalEntry, UserError, UtcMs};
use crate::gitlab::{Token, Wire};
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
    /// The journal's head in the keyring.
    pub head: HeadKeeper,
    /// For tasks that send more than one message.
    pub inputs: mpsc::Sender<EngineInput>,
    journal: VecDeque<JournalLine>,
    journal_list: ViewList<JournalLine>,
    replies: VecDeque<Reply>,
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
        wire: Wire,
        inputs: mpsc::Sender<EngineInput>,
    ) -> Result<Self, UserError> {
        let journal = store.journal_tail(TAIL).map_err(|error| error.error())?;
        Ok(Self {
            store,
            sessions: Sessions::new(setup, wire),
            timing: setup.timing,
            patient: setup.patient,
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
                tracing::error!(code = error.code.as_str(), "the desk cannot be written");
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
        self.replies.push_back(Reply { ask, at: clock::now(), result });
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
        let (inputs, by) = (self.inputs.clone(), self.sessions.acting());
        let task = tokio::spawn(async move {
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            let result = ended.unwrap_or_else(|_panicked| Err(defect().into()));
            let input = match by {
                FrontEndId::OWN => into(result),
                by => EngineInput::For { by, input: Box::new(into(result)) },
            };
            // The inbox is closed only when the engine shuts down.
            inputs.send(input).await.ok();
        });
        task.abort_handle()
    }

    /// Verifies the journal's hash chain, once the keyring has answered which head it keeps.
    pub fn audit(&mut self, ask: AskId) {
        let Some(entry) = self.head.entry().map(str::to_owned) else {
            return self.audit_with(ask, KeyAnswer::Absent);
        };
        let timing = self.timing.keyring;
        self.spawn(async move { Ok::<_, UserError>(keys::read_head(entry, timing).await) }, move |answer| {
            EngineInput::Audit { ask, answer: answer.unwrap_or(KeyAnswer::Absent) }
        });
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
                    "{keep} If you put an older copy back, delete “{entry}” of export-desk in the keyring."
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
            session.is_keyring_asked = true;
            self.ask_keyring(name.clone());
        }
        self.sessions.get_mut(&name).ok_or_else(defect)
    }

    /// The session of an instance that the program knows, or that the acting front end brought.
    pub fn known_session(&mut self, url: &str) -> Option<&mut Session> {
        if self.sessions.get(url).is_some() { self.session(url).ok() } else { None }
    }

    /// What a task needs for a project: access to its instance, and how the API names the project.
    pub fn api(&mut self, url: &str, project: &str) -> Result<(ApiAccess, ProjectAsk), UserError> {
        let session = self.session(url)?;
        Ok((session.api(), named_project(project, &session.instance)?))
    }

    /// User name of the token's owner, where it is known.
    pub fn user_of(&self, instance: &str) -> Option<String> {
        self.sessions.get(instance)?.user().map(str::to_owned)
    }

    fn ask_keyring(&self, instance: String) {
        let (name, timing) = (instance.clone(), self.timing.keyring);
        self.spawn(async move { Ok::<_, UserError>(keys::read(name, timing).await) }, move |answer| {
            EngineInput::TokenFound { instance, answer: answer.unwrap_or(KeyAnswer::Absent) }
        });
    }

    /// The keyring has answered for an instance that waits for its token.
    pub fn token_found(&mut self, instance: &str, answer: KeyAnswer<Token>) {
        let Some(session) = self.sessions.own_mut(instance) else { return };
        if session.token != TokenState::Reading {
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
    pub fn replies_view(&self) -> Arc<[Reply]> {
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
mod tests {
    use super::*;

    fn core(inputs: mpsc::Sender<EngineInput>) -> Core {
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
        Core::new(&setup, Store::in_memory().unwrap(), Wire::default(), inputs).unwrap()
    }

    /// The input that results from a task with this end.
    async fn heard(work: impl Future<Output = Result<Answer, UserError>> + Send + 'static) -> EngineInput {
        let (inputs, mut inbox) = mpsc::channel(4);
        core(inputs).spawn(work, |result| EngineInput::Answered(AskId(7), result));
        inbox.recv().await.unwrap()
    }

    #[tokio::test]
    async fn whoever_waits_for_a_task_that_panics_hears_of_it() {
        let EngineInput::Answered(AskId(7), Err(error)) =
            heard(async { panic!("a test asked for it") }).await
        else {
            panic!("no answer");
        };
        assert_eq!(error.code, crate::case::Code::Internal, "{error}");
    }

    #[tokio::test]
    async fn a_panic_on_a_thread_for_the_disk_is_heard_of_too() {
        let work = async { on_disk_thread(|| panic!("a test asked for it")).await.map(|()| Answer::Done) };
        assert!(matches!(heard(work).await, EngineInput::Answered(_, Err(_))));
        assert!(matches!(
            heard(async { Ok(Answer::Done) }).await,
            EngineInput::Answered(_, Ok(Answer::Done))
        ));
    }

    #[test]
    fn what_nobody_asked_gets_no_reply() {
        let mut core = core(mpsc::channel(1).0);
        core.reply(AskId::NO_REPLY, Ok(Answer::Done));
        assert!(core.replies_view().is_empty());
        core.reply(AskId(1), Ok(Answer::Done));
        assert_eq!(core.replies_view().len(), 1);
    }
}
