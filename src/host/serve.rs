//! The host: accepts connections and carries out what they hand over.
//!
//! Nobody can harm it: a connection that sends nothing is closed after [`GREETING`], and the oldest of more than
//! [`MOST_SILENT`] at once; commands beyond [`MOST_GUESTS`] wait for their turn; frames are bounded.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
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
pub type GiveWay = Box<dyn Fn() + Send>;

/// A host that listens. Dropping it hands its commands over to their callers, and waits until they have stopped.
#[derive(Debug)]
pub struct Host {
    ends: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Listens in the data folder, which this program must have locked. `give_way` is called when a window wants to be
    /// the host; without it, the window is turned away.
    pub fn start(folder: &Path, carry_out: Arc<CarryOut>, give_way: Option<GiveWay>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let inside = runtime.enter();
        let listener = SocketListener::bind(folder)?;
        drop(inside);
        let (ends, ending) = watch::channel(false);
        let work = move || runtime.block_on(listen(listener, carry_out, give_way, ending));
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

async fn listen(
    mut listener: SocketListener,
    carry_out: Arc<CarryOut>,
    give_way: Option<GiveWay>,
    mut ending: watch::Receiver<bool>,
) {
    let (tell, mut wanted) = mpsc::channel(MOST_SILENT);
    let places = Arc::new(Semaphore::new(MOST_GUESTS));
    let (mut silent, mut guests) = (VecDeque::<AbortHandle>::new(), JoinSet::new());
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    silent.retain(|task| !task.is_finished());
                    if silent.len() >= MOST_SILENT && let Some(oldest) = silent.pop_front() {
                        oldest.abort();
                    }
                    silent.push_back(tokio::spawn(greeted(stream, give_way.is_some(), tell.clone())).abort_handle());
                }
                Err(error) => {
                    tracing::warn!("a connection was not accepted: {error}");
                    tokio::time::sleep(REFUSED_PAUSE).await;
                }
            },
            Some(wanted) = wanted.recv() => match wanted {
                Wanted::Command(stream, request) => {
                    guests.spawn(serve(stream, request, Arc::clone(&carry_out), ending.clone(), Arc::clone(&places)));
                }
                Wanted::TheHostsPlace => give_way.iter().for_each(|give_way| give_way()),
            },
            Some(ended) = guests.join_next() => drop(ended),
            _ = ending.changed() => break,
        }
    }
    // From here on, callers find no socket, and open the folder themselves once it is free.
    drop(listener);
    silent.iter().for_each(AbortHandle::abort);
    let all = async { while guests.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_STEPS, all).await.is_err() {
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
