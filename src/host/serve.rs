//! The host: accepts connections and carries out what they hand over.
//!
//! Nobody can harm it: a connection that sends nothing is closed after [`GREETING`], and the oldest of more than
//! [`MOST_SILENT`] at once; commands beyond [`MOST_GUESTS`] wait for their turn, and are turned away where none comes;
//! frames are bounded.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};

use crate::platform::local_socket::{SocketListener, Stream};

use super::connection::{greet, serve};
use super::handed::HandedCommand;
use super::streams::{CommandEnd, Interrupt, Streams};

/// How long a connection may take for each step before its command.
pub const GREETING: Duration = Duration::from_secs(5);
/// How many connections may be silent at once.
const MOST_SILENT: usize = 64;
/// How many commands run at once.
const MOST_GUESTS: usize = 64;
/// How long the end of the host waits for commands in the middle of a step.
const LAST_STEPS: Duration = Duration::from_secs(5);
/// The pause after the system refused another connection, for example because too many files are open.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

/// Carries out a command. Called on a thread of its own.
pub type CarryOut =
    dyn Fn(&HandedCommand, Arc<dyn Streams>, watch::Receiver<Option<Interrupt>>) -> CommandEnd + Send + Sync;

/// Called when a window wants to be the host.
pub type GiveWay = Box<dyn Fn() + Send + Sync>;

/// What a host does for its callers.
pub struct Service {
    pub carry_out: Arc<CarryOut>,
    /// Whether the engine still works. Never blocks.
    pub is_alive: Box<dyn Fn() -> bool + Send + Sync>,
    /// Without it, a window is turned away.
    pub give_way: Option<GiveWay>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

/// The service, and how many commands it is rendered to.
pub struct Guests {
    pub service: Service,
    pub places: Arc<Semaphore>,
    /// How many commands have ended so far.
    pub ended: AtomicU64,
}

/// A host that listens. Dropping it hands its commands over to their callers, and waits until they have stopped.
#[derive(Debug)]
pub struct Host {
    ends: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Listens in the data folder, which this program must have locked.
    pub fn start(folder: &Path, service: Service) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let inside = runtime.enter();
        let listener = SocketListener::bind(folder)?;
        drop(inside);
        let (ends, ending) = watch::channel(false);
        let work = move || runtime.block_on(listen(listener, service, ending));
        let thread = std::thread::Builder::new().name("host".into()).spawn(work)?;
        Ok(Self { ends, thread: Some(thread) })
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.ends.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // The panic hook has reported a panic of that thread already.
            thread.join().ok();
        }
    }
}

/// What a connection wants, once it has said so.
enum Wanted {
    Command(Stream, HandedCommand),
    TheHostsPlace,
}

async fn listen(mut listener: SocketListener, service: Service, mut ending: watch::Receiver<bool>) {
    let (tell, mut wanted) = mpsc::channel(MOST_SILENT);
    let gives_way = service.give_way.is_some();
    let places = Arc::new(Semaphore::new(MOST_GUESTS));
    let all = Arc::new(Guests { service, places, ended: AtomicU64::new(0) });
    let (mut silent, mut guests) = (VecDeque::<AbortHandle>::new(), JoinSet::new());
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    silent.retain(|task| !task.is_finished());
                    if silent.len() >= MOST_SILENT && let Some(oldest) = silent.pop_front() {
                        oldest.abort();
                    }
                    silent.push_back(tokio::spawn(greeted(stream, gives_way, tell.clone())).abort_handle());
                }
                Err(error) => {
                    tracing::warn!("a connection was not accepted: {error}");
                    tokio::time::sleep(REFUSED_PAUSE).await;
                }
            },
            Some(wanted) = wanted.recv() => match wanted {
                Wanted::Command(stream, request) => {
                    guests.spawn(serve(stream, request, Arc::clone(&all), ending.clone()));
                }
                Wanted::TheHostsPlace => all.service.give_way.iter().for_each(|give_way| give_way()),
            },
            Some(ended) = guests.join_next() => drop(ended),
            _ = ending.changed() => break,
        }
    }
    // From here on, callers find no socket, and open the folder themselves once it is free.
    drop(listener);
    silent.iter().for_each(AbortHandle::abort);
    let last = async { while guests.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_STEPS, last).await.is_err() {
        tracing::warn!("{} commands did not stop in time", guests.len());
    }
}

/// Hears what a connection wants. A connection that takes too long, or says something else, is closed.
async fn greeted(mut stream: Stream, gives_way: bool, tell: mpsc::Sender<Wanted>) {
    let Ok(wanted) = greet(&mut stream, gives_way).await else { return };
    let wanted = match wanted {
        Some(request) => Wanted::Command(stream, request),
        None => Wanted::TheHostsPlace,
    };
    // The host may be about to end.
    tell.send(wanted).await.ok();
}
