//! One thread that owns all state: [`Command`] in, [`Snapshot`] out.
//!
//! From a click to a pixel, read downwards:
//! 1. [`Engine::send`] puts the command into the inbox of the engine's thread, as any `input::EngineInput`.
//! 2. `router` takes it out and hands it to its owner: `cases`, `accounts`, `texts`, `tracker`, `inspections`, `builds`, `settings`,
//!    `practice`, `old_archives`, `deadlines`, `jobs`, and those of downloads.
//! 3. The owner decides, writes in one transaction (`core::Core::commit`) and answers (`reply`); a restart replays what
//!    the tables say, so a crash between any two steps loses nothing.
//! 4. What it must tell another owner it returns (`happened::Happened`): the router tells them. No owner names another.
//! 5. `publish` puts the owners' views together to a snapshot; lists in which nothing changed stay the same `Arc`.
//! 6. What is to be done outside runs as a task (`Core::spawn`), and its end comes back as an input of that owner.
//!
//! `api` is what the front ends see, plain data that uses nothing else in here. `core` knows no feature. The types of
//! inputs are leaves, so that `input` can collect them without a circle. [`Timing`] holds every waiting time.

mod access;
mod accounts;
mod after_preflight;
pub mod api;
mod builds;
mod cases;
mod clock;
mod core;
mod deadlines;
mod diagnose;
mod downloads;
mod happened;
mod input;
mod inspections;
mod jobs;
mod keys;
mod limiter;
mod manifest;
mod old_archives;
mod paths;
mod practice;
mod practice_folder;
mod preflight;
mod project_totals;
mod publish;
mod refusals;
mod relations_shown;
mod router;
mod send;
mod session;
mod sessions;
mod settings;
mod setup;
mod test_imports;
mod texts;
mod timing;
mod tracker;
mod user_error;
mod view_list;
mod written;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch as channel};

use crate::case::{Code, UserError};
use crate::gitlab::Instance;
use crate::platform::limits;
use crate::store::{Store, StoreError};

use api::{AskId, Command, Snapshot};
use user_error::defect;

pub use crate::gitlab::certificate_fault;
pub use diagnose::{begin_log, bundle_without_desk, log_folder, take_stopped, write_bundle_on_panic};

pub use practice::{guided_lessons, lessons};
pub use practice_folder::practice_folder;
pub use settings::{kept_settings, proxy_fault, read_settings, write_settings};
pub use setup::Setup;
pub use texts::draft;
pub use timing::Timing;
pub use tracker::{infradev_plan, search_words};

/// Commands and answers that may wait for the engine's thread.
const INBOX: usize = 1024;

/// The handle of a running engine. Dropping it shuts the engine down.
#[derive(Debug)]
pub struct Engine {
    inputs: mpsc::Sender<input::EngineInput>,
    pictures: channel::Receiver<Arc<Snapshot>>,
    asked: AtomicU64,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Opens the store, takes up what was under way, and publishes a first picture. `wake` is called after
    /// each new picture, from the engine's thread.
    pub fn start(setup: Setup, wake: impl Fn() + Send + Sync + 'static) -> Result<Self, UserError> {
        limits::may_open_files().map_err(|error| too_few_files(&error))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("network")
            // Writers, walks and the keyring. Each thread holds on to memory of the allocator's.
            .max_blocking_threads(24)
            .enable_all()
            .build()
            .map_err(|error| no_thread(&error))?;
        let inside = runtime.enter();
        limits::outlive_file_size_limit();
        drop(inside);
        let store = open(&setup)?;
        let (inputs, inbox) = mpsc::channel(INBOX);
        let (sender, pictures) = channel::channel(Arc::new(Snapshot::empty()));
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        let wake_at_end = Arc::clone(&wake);
        let publisher = publish::Publisher::new(sender, Box::new(move || wake()));
        let (ready, opened) = std::sync::mpsc::sync_channel(1);
        let for_router = inputs.clone();
        let work = move || {
            let life = std::panic::AssertUnwindSafe(|| {
                runtime.block_on(async move {
                    match router::Router::new(setup, store, for_router, publisher) {
                        Ok(mut router) => {
                            router.begin();
                            ready.send(Ok(())).ok();
                            router.work(inbox).await;
                        }
                        Err(trouble) => drop(ready.send(Err(trouble))),
                    }
                });
            });
            let ended = std::panic::catch_unwind(life);
            // A prompt of the keyring or a name look-up that never answers must not hold the program.
            runtime.shutdown_background();
            if ended.is_err() {
                // The hook has told what happened; the face looks and finds the engine gone.
                wake_at_end();
            }
        };
        let thread = std::thread::Builder::new()
            .name("engine".into())
            .spawn(work)
            .map_err(|error| no_thread(&error))?;
        opened.recv().map_err(|_panicked| defect())??;
        Ok(Self { inputs, pictures, asked: AtomicU64::new(1), thread: Some(thread) })
    }

    /// Hands a command over; never blocks. An inbox that is full means an engine that hangs: then the
    /// command is lost with its reply, and the picture stands still, which both faces show.
    pub fn send(&self, command: Command) -> AskId {
        let ask = AskId(self.asked.fetch_add(1, Ordering::Relaxed));
        if self.inputs.try_send(input::EngineInput::Ask(ask, command)).is_err() {
            tracing::error!("the engine's inbox is full or closed");
        }
        ask
    }

    /// The newest picture.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.pictures.borrow().clone()
    }

    /// Whether its thread has ended by itself: no picture and no answer will come any more.
    pub fn has_stopped(&self) -> bool {
        self.pictures.has_changed().is_err()
    }

    /// For faces that wait for pictures instead of being woken.
    pub fn watch(&self) -> channel::Receiver<Arc<Snapshot>> {
        self.pictures.clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.send(Command::Shutdown);
        if let Some(thread) = self.thread.take() {
            // A panic over there has been printed already.
            thread.join().ok();
        }
    }
}

/// Whether an instance URL names this machine; a URL that is not acceptable is a trouble.
pub fn instance_is_loopback(url: &str) -> Result<bool, UserError> {
    Instance::parse(url)
        .map(|instance| instance.is_loopback())
        .map_err(|error| user_error::of_instance(&error))
}

fn open(setup: &Setup) -> Result<Store, UserError> {
    let Some(dir) = &setup.data_dir else {
        return Store::in_memory().map_err(|error| error.trouble());
    };
    // Another program may just be leaving the folder.
    let tries = 10;
    for _ in 1..tries {
        match Store::open(dir, clock::now()) {
            Err(StoreError::Locked { .. }) => std::thread::sleep(setup.timing.lock / tries),
            other => return other.map_err(|error| error.trouble()),
        }
    }
    Store::open(dir, clock::now()).map_err(|error| error.trouble())
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
