//! One call of a command: its options, what its caller hands over, where its output goes, and which engine it uses.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::case::{Code, UserError};
use crate::engine::{Engine, EngineHandle};
use crate::host::{CommandCaller, GiveWay, Interrupt, LocalStreams, Streams};

use super::args::Global;
use super::output::Out;

/// One call of a command.
#[derive(Debug)]
pub struct Invocation {
    pub global: Global,
    pub out: Out,
    pub caller: CommandCaller,
    pub desk: Desk,
    /// Set when the command must stop waiting.
    pub interrupted: watch::Receiver<Option<Interrupt>>,
    interrupt: Arc<watch::Sender<Option<Interrupt>>>,
}

/// Which engine a command with a database uses.
#[derive(Debug)]
pub enum Desk {
    /// One that it starts itself. If another program has the data folder open, the command ends with that error, which
    /// is kept here: the command is then handed over to that program.
    Own { found: Mutex<Option<Elsewhere>>, share: Share, joins: bool },
    /// That of this host.
    Hosts(EngineHandle),
}

/// Lets other commands join an engine that this command has started.
pub type Share = fn(&mut Engine, &Path, Option<GiveWay>);

/// Another program has the data folder open.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    pub folder: PathBuf,
    pub process: Option<u32>,
    pub error: UserError,
}

impl Invocation {
    /// A command of this process.
    pub fn here(
        (global, caller): (Global, CommandCaller),
        streams: &Arc<LocalStreams>,
        share: Share,
    ) -> Self {
        let out = Out::to(global.json, Arc::clone(streams) as Arc<dyn Streams>);
        let (interrupt, interrupted) = watch::channel(None);
        let desk = Desk::Own { found: Mutex::default(), share, joins: true };
        Self { global, out, caller, desk, interrupted, interrupt: Arc::new(interrupt) }
    }

    /// The same command, which reports the error instead of joining the program that has the data folder open.
    pub fn alone(mut self) -> Self {
        if let Desk::Own { joins, .. } = &mut self.desk {
            *joins = false;
        }
        self
    }

    /// A command that a host carries out for a caller.
    pub fn hosted(
        (global, caller, out): (Global, CommandCaller, Out),
        engine: EngineHandle,
        interrupted: watch::Receiver<Option<Interrupt>>,
    ) -> Self {
        let interrupt = Arc::new(watch::Sender::new(None));
        Self { global, out, caller, desk: Desk::Hosts(engine), interrupted, interrupt }
    }

    /// Interrupts a command of this process.
    pub fn interrupter(&self) -> impl Fn(Interrupt) + Send + use<> {
        let interrupt = Arc::clone(&self.interrupt);
        move |why| {
            interrupt.send_replace(Some(why));
        }
    }

    /// The path as the caller means it, for the engine, which may run in another folder.
    pub fn path(&self, path: &Path) -> Result<PathBuf, UserError> {
        full_path(&self.caller, path)
    }

    /// The path of a file or folder that the command writes. `-` would be taken for standard output.
    pub fn output_path(&self, path: &Path) -> Result<PathBuf, UserError> {
        if path != Path::new("-") {
            return self.path(path);
        }
        Err(UserError::new(
            Code::Usage,
            "Export Desk writes to a file, not to standard output.",
            "Name a file. A file with the name “-” is ./-",
        ))
    }

    /// The text of a variable; blank counts as unset.
    pub fn variable(&self, name: &str) -> Option<String> {
        text_of(&self.caller, name)
    }

    /// Notes that another program has the data folder open.
    pub fn is_elsewhere(&self, elsewhere: Elsewhere) {
        if let Desk::Own { found, joins: true, .. } = &self.desk {
            *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(elsewhere);
        }
    }

    /// The program that has the data folder open, if that ended the command.
    pub fn take_elsewhere(&self) -> Option<Elsewhere> {
        match &self.desk {
            Desk::Own { found, .. } => found.lock().unwrap_or_else(PoisonError::into_inner).take(),
            Desk::Hosts(_) => None,
        }
    }

    /// Whether another program has the data folder open, which can carry the command out.
    pub fn is_found_elsewhere(&self) -> bool {
        match &self.desk {
            Desk::Own { found, .. } => found.lock().unwrap_or_else(PoisonError::into_inner).is_some(),
            Desk::Hosts(_) => false,
        }
    }

    /// Whether the caller must go on with the command by itself.
    pub fn is_handed_over(&self) -> bool {
        *self.interrupted.borrow() == Some(Interrupt::HandOver)
    }
}

/// The path as this caller means it.
pub fn full_path(caller: &CommandCaller, path: &Path) -> Result<PathBuf, UserError> {
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    let unknown = || {
        UserError::new(
            Code::Usage,
            format!("The folder of {} is not known.", path.display()),
            "The current folder was removed, or another program cannot see it. Use a full path.",
        )
    };
    let folder = caller.folder.as_ref().ok_or_else(unknown)?;
    std::path::absolute(folder.join(path)).map_err(|_odd| unknown())
}

/// The text of a caller's variable; blank counts as unset. What is no text is refused where it is used, and never counts
/// as unset: another variable would take its place.
pub fn text_of(caller: &CommandCaller, name: &str) -> Option<String> {
    let text = caller.variable(name)?.to_string_lossy().into_owned();
    (!text.trim().is_empty()).then_some(text)
}
