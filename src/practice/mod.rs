//! A fake GitLab on loopback that behaves like the real one, faults included.
//!
//! It shares no code with the client: one mistake must not hide in both ends. Read in this order:
//! `world` and `run` (what there is and how an export lives), `routes` (the API), `storage` and `serving`
//! (the files), `fault` and `intake` (what goes wrong and where), `wire` (the sockets), `archive`.

mod access;
mod answer;
mod archive;
mod call;
mod clock;
mod fault;
mod imports;
mod inspect;
mod intake;
mod lesson;
mod limits;
mod log;
mod multipart;
mod params;
mod people;
mod plan;
mod relations;
mod routes;
mod run;
mod server;
mod serving;
mod storage;
mod tracker;
mod upload;
mod view;
mod wire;
mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use archive::Size;
pub use call::Call;
pub use fault::{Fault, Trouble};
pub use lesson::{Expect, Lesson, Mark, lesson, lessons};
pub use limits::Allowances;
pub use log::{Origin, Seen};
pub use people::{TokenCard, TokenState};
pub use plan::{Earlier, ProjectPlan, Storage, WorldPlan};
pub use server::{Options, Practice, PracticeError};
pub use view::{ProjectView, WorldView};

use clock::Clock;
use fault::Script;
use log::Log;
use world::World;

/// What the listeners and the owner share.
#[derive(Debug)]
struct Shared {
    url: String,
    storage_url: String,
    foreign_url: String,
    clock: Clock,
    log: Log,
    world: Mutex<World>,
    script: Mutex<Script>,
}

/// Locks, also after a panic elsewhere: the practice world has no state worth refusing for.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
