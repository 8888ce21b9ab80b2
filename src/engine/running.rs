//! The engine's thread: started with a store, ended with the handle.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch as channel};

use crate::case::{Code, UserError};
use crate::platform::{limits, local_socket};
use crate::store::{Store, StoreError};

use super::api::{AskId, Command, Snapshot};
use super::clock;
use super::front_end::EngineHandle;
use super::input::EngineInput;
use super::publish::Publisher;
use super::pulse::Pulse;
use super::router::Router;
use super::setup::Setup;
use super::user_error::defect;

/// How many commands and task messages can wait for the engine's thread.
const INBOX: usize = 1024;

/// The handle of a running engine. Dropping it shuts the engine down.
#[derive(Debug)]
pub struct Engine {
    handle: EngineHandle,
    thread: Option<JoinHandle<()>>,
    /// What uses the engine and must end before it.
    users: Vec<Box<dyn Any + Send>>,
}

/// Why an engine did not start.
#[derive(Debug)]
pub enum NotStarted {
    /// Another program has the data folder open; the process is known where that program wrote it down.
    InUse {
        process: Option<u32>,
        error: UserError,
    },
    Failed(UserError),
}

impl From<UserError> for NotStarted {
    fn from(error: UserError) -> Self {
        Self::Failed(error)
    }
}

impl From<NotStarted> for UserError {
    fn from(not: NotStarted) -> Self {
        match not {
            NotStarted::InUse { error, .. } | NotStarted::Failed(error) => error,
        }
    }
}

impl Engine {
    /// Opens the store, resumes what was running, and publishes a first snapshot. The engine's thread calls `wake`
    /// after each new snapshot.
    pub fn start(setup: Setup, wake: impl Fn() + Send + Sync + 'static) -> Result<Self, NotStarted> {
        limits::may_open_files().map_err(|error| too_few_files(&error))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("network")
            // For file writers, verifications and the keyring. Each thread keeps some memory of the allocator.
            .max_blocking_threads(24)
            .enable_all()
            .build()
            .map_err(|error| no_thread(&error))?;
        let inside = runtime.enter();
        limits::outlive_file_size_limit();
        drop(inside);
        let store = open(&setup)?;
        let pace = setup.timing.factor;
        let (inputs, inbox) = mpsc::channel(INBOX);
        let (sender, snapshots) = channel::channel(Arc::new(Snapshot::empty()));
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        let wake_at_end = Arc::clone(&wake);
        let publisher = Publisher::new(sender, Box::new(move || wake()));
        let (ready, opened) = std::sync::mpsc::sync_channel(1);
        let for_router = inputs.clone();
        let pulse: Arc<Pulse> = Arc::default();
        let answered = Arc::clone(&pulse);
        let work = move || {
            let life = std::panic::AssertUnwindSafe(|| {
                runtime.block_on(async move {
                    match Router::new(setup, store, for_router, publisher) {
                        Ok(mut router) => {
                            router.begin();
                            ready.send(Ok(())).ok();
                            router.work(inbox, &answered).await;
                        }
                        Err(error) => drop(ready.send(Err(error))),
                    }
                });
            });
            let ended = std::panic::catch_unwind(life);
            // A keyring prompt or a DNS lookup that never ends must not delay the end of the program.
            runtime.shutdown_background();
            if ended.is_err() {
                // The panic hook has reported the panic. This wakes the front end, which then sees that the engine
                // has stopped.
                wake_at_end();
            }
        };
        let thread = std::thread::Builder::new()
            .name("engine".into())
            .spawn(work)
            .map_err(|error| no_thread(&error))?;
        opened.recv().map_err(|_panicked| defect())??;
        let handle = EngineHandle { inputs, snapshots, ids: Arc::new(AtomicU64::new(1)), pace, pulse };
        Ok(Self { handle, thread: Some(thread), users: Vec::new() })
    }

    /// Sends a command; never blocks. A full inbox means that the engine hangs: then the command is lost without a
    /// reply, and the snapshot no longer changes, which both front ends show.
    pub fn send(&self, command: Command) -> AskId {
        let ask = AskId(self.handle.next_id());
        if self.handle.inputs.try_send(EngineInput::Ask(ask, command)).is_err() {
            tracing::error!("the engine's inbox is full or closed");
        }
        ask
    }

    /// The latest snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.handle.snapshots.borrow().clone()
    }

    /// Whether the engine's thread has stopped by itself: there will be no more snapshots or replies.
    pub fn has_stopped(&self) -> bool {
        self.handle.snapshots.has_changed().is_err()
    }

    /// For front ends that wait for snapshots instead of being woken.
    pub fn watch(&self) -> channel::Receiver<Arc<Snapshot>> {
        self.handle.snapshots.clone()
    }

    /// For front ends that join this engine.
    pub fn handle(&self) -> EngineHandle {
        self.handle.clone()
    }

    /// Keeps what uses the engine, and drops it before the engine ends.
    pub fn keep(&mut self, user: Box<dyn Any + Send>) {
        self.users.push(user);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.users.clear();
        self.send(Command::Shutdown);
        if let Some(thread) = self.thread.take() {
            // The panic hook has reported a panic of that thread already.
            thread.join().ok();
        }
    }
}

fn open(setup: &Setup) -> Result<Store, NotStarted> {
    let Some(dir) = &setup.data_dir else {
        return Store::in_memory().map_err(|error| error.error().into());
    };
    let store = Store::open(dir, clock::now()).map_err(|error| match error {
        StoreError::Locked { pid } => NotStarted::InUse { process: pid, error: error.error() },
        other => NotStarted::from(other.error()),
    })?;
    local_socket::remove_stale(dir);
    Ok(store)
}

fn too_few_files(error: &std::io::Error) -> UserError {
    UserError::new(
        Code::Local,
        format!("The system lets this program open too few files: {error}."),
        "Raise the limit (`ulimit -n 1024`), or close other programs.",
    )
}

fn no_thread(error: &std::io::Error) -> UserError {
    UserError::new(
        Code::Local,
        format!("The system cannot start another thread: {error}."),
        "Close other programs.",
    )
}
