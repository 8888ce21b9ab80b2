//! How an engine is set up.

use std::path::PathBuf;

use super::api::Token;
use super::timing::Timing;

/// What an engine is told at its start, and never again.
#[derive(Debug)]
pub struct Setup {
    /// Where the database lives; `None` keeps everything in memory, for practice and for looks at files.
    pub data_dir: Option<PathBuf>,
    /// The person's `handbook.toml` and templates; `None` where only the built-in ones count.
    pub config_dir: Option<PathBuf>,
    pub download_folder: PathBuf,
    pub timing: Timing,
    pub ca_file: Option<PathBuf>,
    /// From `EXPORT_DESK_TOKEN` or `GITLAB_TOKEN`; used for `instance` alone.
    pub token: Option<Token>,
    /// The instance that the environment's token belongs to.
    pub instance: Option<String>,
    /// Whether to ask the OS keyring.
    pub keyring: bool,
    /// Start the practice GitLab with this lesson and make it a known instance.
    pub practice: Option<String>,
    /// Whether runs and transfers that were under way go on by themselves.
    pub resume: bool,
    /// Whether a network that stays away is waited for without end, as a window does.
    pub patient: bool,
}
