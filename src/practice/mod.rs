//! A fake GitLab on loopback that behaves like the real one, faults included.
//!
//! It shares no code with the client, so that one mistake cannot hide in both ends. Read in this order: `lesson`,
//! `plan`, `fault` (the content of a lesson), `archive` (the files), `project`, `run`, `relations`, `importer`,
//! `imports`, `tracker`, `links` (the objects and their progress), `world` (all of them), `access` (permissions), `request`, `git`,
//! `routes` and `storage` (the API and the object storage), `wire`, `middleware`, `server` (the sockets, the middleware
//! of every request, the thread). Each file uses only those named before it.

mod access;
mod answer;
mod archive;
mod call;
mod clock;
mod fault;
mod git;
mod importer;
mod imports;
mod lesson;
mod limits;
mod links;
mod lock;
mod log;
mod middleware;
mod multipart;
mod params;
mod people;
mod plan;
mod project;
mod relations;
mod request;
mod routes;
mod run;
mod server;
mod serving;
mod shared;
mod storage;
mod tracker;
mod upload;
mod view;
mod wire;
mod world;

pub use archive::Size;
pub use call::ApiCall;
pub use fault::{Fault, FaultKind};
pub use lesson::{Expect, Lesson, Mark, lesson, lessons};
pub use limits::Allowances;
pub use log::{Listener, Seen};
pub use people::{FakeTokenState, TokenCard};
pub use plan::{EarlierExport, ProjectPlan, Storage, WorldPlan};
pub use server::{Practice, PracticeError, PracticeOptions};
pub use view::{ProjectView, WorldView};

#[cfg(test)]
mod tests;
