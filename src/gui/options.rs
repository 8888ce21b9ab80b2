//! What the window needs to start.

use std::sync::Arc;

use crate::case::UserError;
use crate::engine::{Engine, Setup};

/// Creates the setup of an engine, each time one is started.
pub type SetupMaker = Arc<dyn Fn() -> Result<Setup, UserError> + Send + Sync>;

/// Called after each new snapshot.
pub type Wake = Box<dyn Fn() + Send + Sync>;

/// Starts an engine.
pub type EngineStarter = Arc<dyn Fn(Setup, Wake) -> Result<Engine, UserError> + Send + Sync>;

/// Starts the engine of a workspace.
pub type EngineMaker = Arc<dyn Fn(Wake) -> Result<Engine, UserError> + Send + Sync>;

/// An engine that nobody else uses.
pub fn own_engine(setup: SetupMaker) -> EngineMaker {
    Arc::new(move |wake| Ok(Engine::start(setup()?, wake)?))
}

/// What the window needs to start.
#[derive(Clone)]
pub struct Options {
    /// Creates the setup of the workspace with your own cases.
    pub own: SetupMaker,
    /// Starts the engine of that workspace, for this window and for commands that join it.
    pub start: EngineStarter,
    /// Creates the setup of the practice workspace, in memory, with the practice GitLab in it.
    pub practice: SetupMaker,
    /// Whether to start in practice.
    pub practising: bool,
}

impl Options {
    /// Starts the engine of the workspace with your own cases.
    pub fn engine(&self) -> EngineMaker {
        let (setup, start) = (Arc::clone(&self.own), Arc::clone(&self.start));
        Arc::new(move |wake| start(setup()?, wake))
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("practising", &self.practising).finish_non_exhaustive()
    }
}

/// The title of the window.
pub const TITLE: &str = "Export Desk";
