//! How a front end joins an engine, sends commands and hears replies.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot, watch as channel};

use crate::case::UserError;

use super::api::{Answer, AskId, Command, Snapshot};
use super::front_ends::{Credentials, FrontEndId, FrontEndInput};
use super::input::EngineInput;
use super::pulse::Pulse;
use super::router::Router;

/// A way to join an engine from any thread.
#[derive(Clone, Debug)]
pub struct EngineHandle {
    pub(super) inputs: mpsc::Sender<EngineInput>,
    pub(super) snapshots: channel::Receiver<Arc<Snapshot>>,
    pub(super) ids: Arc<AtomicU64>,
    pub(super) pace: f64,
    pub(super) pulse: Arc<Pulse>,
}

impl EngineHandle {
    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    /// The factor by which the engine's waiting times are multiplied.
    pub fn pace(&self) -> f64 {
        self.pace
    }

    /// Whether the engine's thread still works. Never blocks.
    pub fn is_alive(&self) -> bool {
        self.pulse.is_alive()
    }

    /// Joins the engine as another front end.
    pub fn join(&self, credentials: Credentials) -> FrontEnd {
        let id = FrontEndId::new(self.next_id());
        let joined = EngineInput::FrontEnd(FrontEndInput::Joined { id, credentials: Box::new(credentials) });
        if self.inputs.try_send(joined).is_err() {
            tracing::error!("the engine's inbox is full or closed");
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
        let command = Box::new(command);
        let input = EngineInput::FrontEnd(FrontEndInput::Ask { by: self.id, ask, answer, command });
        if self.engine.inputs.try_send(input).is_err() {
            tracing::error!("the engine's inbox is full or closed");
        }
        Asked { ask, reply }
    }

    /// Gives up what was asked, unless a request for it has been sent. The answer tells whether none was; it is closed
    /// without one if the engine stops.
    pub fn give_up(&self, ask: AskId) -> oneshot::Receiver<bool> {
        let (nothing_sent, answer) = oneshot::channel();
        let input = EngineInput::FrontEnd(FrontEndInput::GiveUp { ask, nothing_sent });
        if self.engine.inputs.try_send(input).is_err() {
            tracing::error!("the engine's inbox is full or closed");
        }
        answer
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
        self.engine.inputs.try_send(EngineInput::FrontEnd(FrontEndInput::Left { id: self.id })).ok();
    }
}

/// What only front ends send.
pub(super) fn input(router: &mut Router, input: FrontEndInput) {
    match input {
        FrontEndInput::Joined { id, credentials } => {
            // The command that brought them parsed the instance's URL already.
            router.core.sessions.lend(id, *credentials).ok();
        }
        FrontEndInput::Ask { by, ask, answer, command } => {
            router.core.asks.expect(ask, by, answer);
            router.as_front_end(by, |router| router.command(ask, *command));
        }
        FrontEndInput::GiveUp { ask, nothing_sent } => {
            let happened = router.jobs.give_up(&mut router.core, ask);
            router.tell(happened);
            nothing_sent.send(!router.jobs.is_sending(ask)).ok();
        }
        FrontEndInput::Left { id } => {
            // As if its command had been a program of its own: what was not sent yet is not sent.
            for ask in router.core.asks.of(id) {
                let happened = router.jobs.give_up(&mut router.core, ask);
                router.tell(happened);
            }
            let happened = router.jobs.left(&mut router.core, id);
            router.tell(happened);
            router.downloads.left(&mut router.core, id);
            router.batches.left(id);
            if router.core.asks.leave(id) {
                router.core.sessions.take_back(id);
            }
        }
    }
}
