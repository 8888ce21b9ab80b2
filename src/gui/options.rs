//! What the window needs to begin.

use std::sync::Arc;

use crate::case::UserError;
use crate::engine::Setup;

/// Makes the setup of an engine, each time one is started.
pub type SetupMaker = Arc<dyn Fn() -> Result<Setup, UserError> + Send + Sync>;

/// What the window needs to begin.
#[derive(Clone)]
pub struct Options {
    /// Makes the setup of your own desk.
    pub own: SetupMaker,
    /// Makes the setup of the practice desk, in memory, with the practice GitLab in it.
    pub practice: SetupMaker,
    /// Begin in practice.
    pub practising: bool,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("practising", &self.practising).finish_non_exhaustive()
    }
}

/// The title of the window.
pub const TITLE: &str = "Export Desk";
