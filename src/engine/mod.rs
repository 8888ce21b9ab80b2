//! One thread that owns all state: [`Command`] in, [`Snapshot`] out.
//!
//! A command is decided, written in one transaction, published, and only then acted upon; a restart
//! replays what the tables say, so a crash between any two of these loses nothing. Answers of the network
//! come back as inputs to the same thread. `Pace` holds every waiting time.

mod command;
mod snapshot;

pub use command::{AskId, Command, StartOptions, Target, UploadMethod, UploadTo};
pub use snapshot::{
    Account, Answer, CheckView, InspectionView, InstanceView, JournalLine, LessonView, LookView,
    PracticeView, ProjectCheck, ProjectHit, Receipt, Reply, Report, RunView, Snapshot, TokenState,
    TransferState, TransferView, Waiting,
};

pub use crate::gitlab::Token;

mod pace;
pub use pace::Pace;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use crate::case::Trouble;

/// How an engine is set up.
#[derive(Debug)]
pub struct Setup {
    /// Where the database lives; `None` keeps everything in memory, for practice and for looks at files.
    pub data_dir: Option<PathBuf>,
    pub download_folder: PathBuf,
    pub pace: Pace,
    pub ca_file: Option<PathBuf>,
    /// From `EXPORT_DESK_TOKEN` or `GITLAB_TOKEN`; used for `instance` alone.
    pub token: Option<Token>,
    /// The instance that the environment's token belongs to.
    pub instance: Option<String>,
    /// Whether to ask the OS keyring.
    pub keyring: bool,
    /// Start the practice GitLab with this lesson and make it a known instance.
    pub practice: Option<String>,
}

/// The handle of a running engine. Dropping it shuts the engine down.
#[derive(Debug)]
pub struct Engine {}

impl Engine {
    /// Opens the store, takes up what was under way, and publishes a first picture. `wake` is called after
    /// each new picture, from the engine's thread.
    pub fn start(setup: Setup, wake: impl Fn() + Send + Sync + 'static) -> Result<Self, Trouble> {
        unimplemented!()
    }

    /// Hands a command over; never blocks.
    pub fn send(&self, command: Command) -> AskId {
        unimplemented!()
    }

    /// The newest picture.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        unimplemented!()
    }

    /// For faces that wait for pictures instead of being woken.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        unimplemented!()
    }
}
