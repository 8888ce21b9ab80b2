//! Front ends beside the window: one for each command, with credentials of its own. Many run on one engine.
//!
//! While a front end is *acting*, [`super::sessions::Sessions`] answers with its session. Who is acting goes from a
//! command to its tasks and to what they return ([`super::core::Core::spawn`]). What lives longer than a command, a
//! job or a download, remembers its [`Followers`], and uses their credentials as long as they are there.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot, watch as channel};

use crate::case::UserError;
use crate::gitlab::Token;

use super::api::{Answer, AskId, Command, Snapshot};
use super::input::EngineInput;

/// One front end. IDs are never used twice in one process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrontEndId(u64);

impl FrontEndId {
    /// The program itself: the window, or what runs without a front end. It uses the tokens that the program knows.
    pub const OWN: Self = Self(0);
}

/// What a command brings to call GitLab with. Kept in memory while the command runs, and nowhere else.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The only instance that gets the token.
    pub instance: String,
    pub token: Token,
    /// Additional root certificates.
    pub ca_file: Option<PathBuf>,
}

/// A way to join an engine from any thread.
#[derive(Clone, Debug)]
pub struct EngineHandle {
    pub(super) inputs: mpsc::Sender<EngineInput>,
    pub(super) snapshots: channel::Receiver<Arc<Snapshot>>,
    pub(super) ids: Arc<AtomicU64>,
}

impl EngineHandle {
    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    /// Joins the engine as another front end.
    pub fn join(&self, credentials: Option<Credentials>) -> FrontEnd {
        let id = FrontEndId(self.next_id());
        if let Some(credentials) = credentials {
            let joined = EngineInput::Joined { id, credentials: Box::new(credentials) };
            if self.inputs.try_send(joined).is_err() {
                tracing::error!("the engine's inbox is full or closed");
            }
        }
        FrontEnd { id, engine: self.clone() }
    }
}

/// A front end that has joined an engine. Dropping it ends what it alone was downloading, and its credentials.
#[derive(Debug)]
pub struct FrontEnd {
    id: FrontEndId,
    engine: EngineHandle,
}

/// A command that was sent, and where its reply comes.
#[derive(Debug)]
pub struct Asked {
    pub ask: AskId,
    /// Comes after the snapshot that shows what the command changed. Closed without a reply if the engine stops.
    pub reply: oneshot::Receiver<Result<Answer, UserError>>,
}

impl FrontEnd {
    /// Sends a command; never blocks.
    pub fn send(&self, command: Command) -> Asked {
        let ask = AskId(self.engine.next_id());
        let (answer, reply) = oneshot::channel();
        let input = EngineInput::AskBy { by: self.id, ask, answer, command };
        if self.engine.inputs.try_send(input).is_err() {
            tracing::error!("the engine's inbox is full or closed");
        }
        Asked { ask, reply }
    }

    /// The latest snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.engine.snapshots.borrow().clone()
    }

    /// The snapshots, for waiting.
    pub fn watch(&self) -> channel::Receiver<Arc<Snapshot>> {
        self.engine.snapshots.clone()
    }
}

impl Drop for FrontEnd {
    fn drop(&mut self) {
        // A closed inbox means that the engine has ended, and the credentials with it.
        self.engine.inputs.try_send(EngineInput::Left { id: self.id }).ok();
    }
}

/// The front ends that a job or a download works for; the one that started it is first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followers(Vec<FrontEndId>);

impl Followers {
    /// Those of work that an earlier program left.
    pub fn own() -> Self {
        Self(vec![FrontEndId::OWN])
    }

    pub fn add(&mut self, id: FrontEndId) {
        if !self.0.contains(&id) {
            self.0.push(id);
        }
    }

    /// Forgets a front end; true where it was the only one.
    pub fn lose(&mut self, id: FrontEndId) -> bool {
        let was_there = self.0.contains(&id);
        self.0.retain(|other| *other != id);
        was_there && self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = FrontEndId> {
        self.0.iter().copied()
    }
}

/// The sender of a reply.
type ReplyTo = oneshot::Sender<Result<Answer, UserError>>;

/// The open commands of front ends that have joined.
#[derive(Debug, Default)]
pub struct OpenAsks {
    open: HashMap<AskId, (FrontEndId, ReplyTo)>,
    /// Replies that go out after the next snapshot.
    answered: Vec<(ReplyTo, Result<Answer, UserError>)>,
    /// Front ends that have left while a command of theirs was open.
    leaving: BTreeSet<FrontEndId>,
}

impl OpenAsks {
    pub fn expect(&mut self, ask: AskId, by: FrontEndId, reply: ReplyTo) {
        self.open.insert(ask, (by, reply));
    }

    /// Takes a reply, unless no joined front end asked for it. The second value is a front end that is now gone.
    pub fn answer(
        &mut self,
        ask: AskId,
        result: Result<Answer, UserError>,
    ) -> (Option<Result<Answer, UserError>>, Option<FrontEndId>) {
        let Some((by, reply)) = self.open.remove(&ask) else { return (Some(result), None) };
        self.answered.push((reply, result));
        let is_gone = self.leaving.contains(&by) && !self.has_open(by);
        (None, (is_gone && self.leaving.remove(&by)).then_some(by))
    }

    /// A front end leaves. True if it is gone; otherwise it is gone once its last command is answered.
    pub fn leave(&mut self, by: FrontEndId) -> bool {
        let has_open = self.has_open(by);
        if has_open {
            self.leaving.insert(by);
        }
        !has_open
    }

    fn has_open(&self, by: FrontEndId) -> bool {
        self.open.values().any(|(other, _)| *other == by)
    }

    /// Sends the replies. Called after the snapshot that shows what they are about.
    pub fn deliver(&mut self) {
        for (reply, result) in self.answered.drain(..) {
            // A command that no longer waits needs no reply.
            reply.send(result).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_until_the_last_answer() {
        let (a, b) = (FrontEndId(1), FrontEndId(2));
        let mut asks = OpenAsks::default();
        let (first, mut heard) = oneshot::channel();
        asks.expect(AskId(7), a, first);
        asks.expect(AskId(8), a, oneshot::channel().0);
        assert!(asks.leave(b), "nothing of it is open");
        assert!(!asks.leave(a));
        assert!(matches!(asks.answer(AskId(7), Ok(Answer::Done)), (None, None)));
        assert!(heard.try_recv().is_err(), "not before the snapshot");
        asks.deliver();
        assert!(matches!(heard.try_recv(), Ok(Ok(Answer::Done))));
        assert!(matches!(asks.answer(AskId(8), Ok(Answer::Done)), (None, Some(gone)) if gone == a));
        assert!(matches!(asks.answer(AskId(9), Ok(Answer::Done)), (Some(_), None)), "the window's own");
    }

    #[test]
    fn whoever_started_it_comes_first_and_the_last_one_ends_it() {
        let (a, b) = (FrontEndId(1), FrontEndId(2));
        let mut all = Followers::default();
        all.add(a);
        all.add(b);
        all.add(a);
        assert_eq!(all.iter().collect::<Vec<_>>(), [a, b]);
        assert!(!all.lose(a));
        assert!(!all.lose(a), "it is no longer one of them");
        assert!(all.lose(b));
        assert!(!Followers::own().lose(a));
    }
}
