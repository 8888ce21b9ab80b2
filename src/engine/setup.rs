//! The setup of an engine.

use std::path::PathBuf;

use super::api::Token;
use super::timing::Timing;

/// Fixed for the lifetime of an engine.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Folder of the database; `None` keeps everything in memory, for practice and for commands that only read files.
    pub data_dir: Option<PathBuf>,
    /// Folder of the user's `handbook.toml` and templates; `None` uses only the built-in ones.
    pub config_dir: Option<PathBuf>,
    pub download_folder: PathBuf,
    pub timing: Timing,
    pub ca_file: Option<PathBuf>,
    /// From `EXPORT_DESK_TOKEN` or `GITLAB_TOKEN`; used only for `instance`.
    pub token: Option<Token>,
    /// The instance that the environment's token belongs to.
    pub instance: Option<String>,
    /// Whether to use the OS keyring.
    pub keyring: bool,
    /// Starts the practice GitLab with this lesson and adds it as an instance.
    pub practice: Option<String>,
    /// Whether interrupted jobs and downloads resume automatically.
    pub resume: bool,
    /// Whether calls wait for a lost network without a limit, as the window wants.
    pub patient: bool,
}
