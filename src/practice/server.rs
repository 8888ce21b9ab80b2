//! The server's own thread, with three listeners: API, object storage, and a host that is neither.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::answer;
use super::clock::PracticeClock;
use super::fault::{Fault, Script};
use super::lesson::Lesson;
use super::log::{Listener, Seen};
use super::middleware::{self, Middleware};
use super::people::TokenCard;
use super::routes;
use super::shared::SharedState;
use super::storage;
use super::view::WorldView;
use super::wire::{FaultLever, GatedListener, ListenerGate};
use super::world::World;

/// How the server is to run.
#[derive(Debug, Clone, Copy)]
pub struct PracticeOptions {
    /// The API's port; 0 takes any that is free.
    pub port: u16,
    /// Scales every waiting time of the server; 1.0 is GitLab's speed.
    pub pace: f64,
    /// Equal seeds give equal tokens and archives.
    pub seed: u64,
}

impl Default for PracticeOptions {
    fn default() -> Self {
        Self { port: 0, pace: 1.0, seed: 1 }
    }
}

/// Why the practice server did not start.
#[derive(Debug, thiserror::Error)]
pub enum PracticeError {
    #[error("The practice GitLab cannot listen on 127.0.0.1:{port}: {source}")]
    Listen { port: u16, source: std::io::Error },
    #[error("The practice GitLab's thread cannot be started: {0}")]
    Thread(std::io::Error),
}

/// A running practice GitLab. Dropping it stops its thread and closes its sockets, including open transfers.
#[derive(Debug)]
pub struct Practice {
    shared: Arc<SharedState>,
    tokens: Vec<TokenCard>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Practice {
    /// Starts the world of `lesson`; the listeners accept when this returns.
    pub fn start(lesson: &Lesson, options: &PracticeOptions) -> Result<Self, PracticeError> {
        let open = |port| GatedListener::open(port).map_err(|source| PracticeError::Listen { port, source });
        let (api, storage, foreign) = (open(options.port)?, open(0)?, open(0)?);
        let clock = PracticeClock::start(options.pace);
        let world = World::of(&lesson.world, options.seed, &clock);
        let tokens = world.tokens.clone();
        let url = |door: &(GatedListener, ListenerGate)| format!("http://127.0.0.1:{}", door.0.port());
        let urls = [url(&api), url(&storage), url(&foreign)];
        let shared = Arc::new(SharedState::new(urls, clock, world, Script::of(&lesson.faults)));
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        // The thread that drops the runtime also creates it, because the caller may be inside a runtime itself.
        let (started, starting) = sync_channel(1);
        let work = move || match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                started.send(Ok(())).unwrap_or_default();
                run(runtime, &served, [api, storage, foreign], stopped);
            }
            Err(error) => started.send(Err(error)).unwrap_or_default(),
        };
        let thread = std::thread::Builder::new()
            .name("practice".to_owned())
            .spawn(work)
            .map_err(PracticeError::Thread)?;
        if let Ok(Err(error)) = starting.recv() {
            return Err(PracticeError::Thread(error));
        }
        Ok(Self { shared, tokens, stop: Some(stop), thread: Some(thread) })
    }

    /// The instance's URL, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// The object storage's URL.
    pub fn storage_url(&self) -> &str {
        &self.shared.storage_url
    }

    /// The URL of the host that must never receive anything secret.
    pub fn foreign_url(&self) -> &str {
        &self.shared.foreign_url
    }

    /// The main user's token, scope api.
    pub fn token(&self) -> &str {
        self.tokens.iter().find(|card| card.name == "main").map_or("", |card| card.token.as_str())
    }

    /// All tokens, the main one first.
    pub fn tokens(&self) -> &[TokenCard] {
        &self.tokens
    }

    /// Every request so far, to all three addresses, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.log.all()
    }

    /// Triggers a fault by hand. A fault about a run or its file affects the existing run or file, if there is one;
    /// every other fault waits for its call.
    pub fn trigger(&self, fault: Fault) {
        if !self.shared.world().strike_now(&fault.what, &self.shared.clock) {
            self.shared.script().add(fault);
        }
    }

    /// Removes all pending faults.
    pub fn forget_faults(&self) {
        self.shared.script().clear();
    }

    /// The current state of the world.
    pub fn world(&self) -> WorldView {
        WorldView::of(&mut self.shared.world(), &self.shared.clock)
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in that thread was reported when it happened.
            thread.join().unwrap_or_default();
        }
    }
}

fn run(
    runtime: Runtime,
    shared: &Arc<SharedState>,
    doors: [(GatedListener, ListenerGate); 3],
    stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        let (api, calls) = routes::router();
        let calls = Arc::new(calls);
        let origins = [
            (Listener::Api, api),
            (Listener::Storage, storage::router()),
            (Listener::Foreign, Router::new().fallback(foreign)),
        ];
        for ((door, gate), (origin, router)) in doors.into_iter().zip(origins) {
            let entrance = Middleware { shared: Arc::clone(shared), origin, gate, calls: Arc::clone(&calls) };
            let app = router
                .layer(from_fn_with_state(entrance, middleware::pass))
                .with_state(Arc::clone(shared))
                .into_make_service_with_connect_info::<FaultLever>();
            drop(tokio::spawn(async move { axum::serve(door, app).await }));
        }
        // The sender is only ever dropped.
        stopped.await.unwrap_or_default();
    });
    // Dropping the runtime drops every task, and with it every socket.
    drop(runtime);
}

/// Answers requests that a redirect led to the wrong host.
async fn foreign(body: Body) -> axum::response::Response {
    storage::drain(body).await;
    answer::text(200, "text/html; charset=utf-8", "<!doctype html><title>Somewhere else</title>\n")
}
