//! What the window needs to start.

use std::sync::Arc;

use crate::case::UserError;
use crate::engine::Setup;

/// Creates the setup of an engine, each time one is started.
pub type SetupMaker = Arc<dyn Fn() -> Result<Setup, UserError> + Send + Sync>;

/// What the window needs to start.
#[derive(Clone)]
pub struct Options {
    /// Creates the setup of the workspace with your own cases.
    pub own: SetupMaker,
    /// Creates the setup of the practice workspace, in memory, with the practice GitLab in it.
    pub practice: SetupMaker,
    /// Whether to start in practice.
    pub practising: bool,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("practising", &self.practising).finish_non_exhaustive()
    }
}

/// The title of the window.
pub const TITLE: &str = "Export Desk";
