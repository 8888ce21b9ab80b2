//! The caller's side: hands a command over to the host, and shows what comes back.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use crate::platform::local_socket::{Stream, connect, peer_process};

use super::handed::HandedCommand;
use super::streams::{StreamName, Streams, Written};
use super::wire::{FromCaller, FromHost, MOST_FRAME_BYTES, PROTOCOL, RunOf, VERSION, receive, send};

/// How long a host may be silent. Not scaled with `--pace`: how fast a busy computer answers does not depend on GitLab.
pub const SILENCE: Duration = Duration::from_secs(15);

/// The pause between two attempts to reach a host that is about to listen.
const BETWEEN_CONNECTIONS: Duration = Duration::from_millis(20);

/// How an attempt to hand a command over ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Joined {
    /// The host has carried the command out: its exit code.
    Ended(u8),
    /// No program listens, or it ended before it did anything.
    NoHost,
    /// The host ended in the middle, with notice or without.
    HostEnded,
    /// The host does not answer. `began` tells whether the command may have been carried out.
    Silent { process: Option<u32>, began: bool },
    /// The host is another version of the program.
    OtherVersion { version: String, process: Option<u32> },
    /// Another user's program listens there.
    NotOurs,
    /// The host carries out too many commands already, none of which ends.
    Full { process: Option<u32> },
    /// The arguments are longer than a host accepts.
    TooLong,
}

/// Hands the command over to the program that listens in the data folder.
pub fn join(folder: &Path, request: &HandedCommand, streams: &dyn Streams) -> io::Result<Joined> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async {
        let mut stream = match timeout(SILENCE, connect(folder)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) if error.kind() == ErrorKind::PermissionDenied => return Joined::NotOurs,
            Ok(Err(_)) => return Joined::NoHost,
            Err(_) => return Joined::Silent { process: None, began: false },
        };
        let process = peer_process(&stream);
        match hand_over(&mut stream, request).await {
            Err(failed) => failed.told(process),
            Ok(told) => show(&mut stream, streams).await.unwrap_or_else(|error| match error.kind() {
                ErrorKind::TimedOut => Joined::Silent { process: process.or(Some(told)), began: true },
                _ => Joined::HostEnded,
            }),
        }
    }))
}

/// What a host says to a window that wants its place.
#[derive(Debug, PartialEq, Eq)]
pub enum GivesWay {
    Yes,
    /// It is a window itself.
    Stays,
    /// The host is another version of the program.
    OtherVersion {
        version: String,
        process: Option<u32>,
    },
    /// No program answers, for example because it is about to end.
    NoAnswer,
}

/// Asks the program that listens in the data folder to end its hosting.
pub fn ask_to_give_way(folder: &Path) -> GivesWay {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return GivesWay::NoAnswer;
    };
    runtime.block_on(async {
        let Ok(Ok(mut stream)) = timeout(SILENCE, connect(folder)).await else { return GivesWay::NoAnswer };
        let process = peer_process(&stream);
        let asked = async {
            greet(&mut stream).await?;
            tell(&mut stream, &FromCaller::GiveWay).await?;
            Ok::<FromHost, NotBegun>(step(&mut stream).await?)
        };
        match asked.await {
            Ok(FromHost::HandOver) => GivesWay::Yes,
            Ok(FromHost::Stays) => GivesWay::Stays,
            Err(NotBegun::OtherVersion(version, told)) => {
                GivesWay::OtherVersion { version, process: process.or(Some(told)) }
            }
            Ok(_) | Err(NotBegun::Failed(_) | NotBegun::Full) => GivesWay::NoAnswer,
        }
    })
}

/// Waits until a program listens in the data folder, for as long as a host may be silent: a command that has given way
/// must not be the first to open the folder again.
pub fn wait_for_host(folder: &Path) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        let listens = async {
            while connect(folder).await.is_err() {
                tokio::time::sleep(BETWEEN_CONNECTIONS).await;
            }
        };
        // Whoever wanted the place may have ended: the command then continues by itself.
        timeout(SILENCE, listens).await.ok();
    });
}

/// Why a command was not begun.
enum NotBegun {
    Failed(io::Error),
    OtherVersion(String, u32),
    Full,
}

impl From<io::Error> for NotBegun {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl NotBegun {
    fn told(self, process: Option<u32>) -> Joined {
        match self {
            Self::OtherVersion(version, told) => {
                Joined::OtherVersion { version, process: process.or(Some(told)) }
            }
            Self::Full => Joined::Full { process },
            Self::Failed(error) => match error.kind() {
                ErrorKind::TimedOut => Joined::Silent { process, began: false },
                ErrorKind::InvalidInput => Joined::TooLong,
                _ => Joined::NoHost,
            },
        }
    }
}

async fn step<T: serde::de::DeserializeOwned>(stream: &mut Stream) -> io::Result<T> {
    timeout(SILENCE, receive(stream, MOST_FRAME_BYTES)).await?
}

/// Sends a frame to a host that reads it in time.
async fn tell(stream: &mut Stream, frame: &impl serde::Serialize) -> io::Result<()> {
    timeout(SILENCE, send(stream, frame)).await?
}

/// Returns the process that the host says it is; not every system knows it.
async fn greet(stream: &mut Stream) -> Result<u32, NotBegun> {
    tell(stream, &FromCaller::Hello { protocol: PROTOCOL, version: VERSION.to_owned() }).await?;
    match step(stream).await? {
        FromHost::Welcome { protocol: PROTOCOL, version, process } if version == VERSION => Ok(process),
        FromHost::Welcome { version, process, .. } => Err(NotBegun::OtherVersion(version, process)),
        _ => Err(io::Error::from(ErrorKind::InvalidData).into()),
    }
}

/// Everything up to the moment at which the host begins. Returns the process that the host says it is.
async fn hand_over(stream: &mut Stream, request: &HandedCommand) -> Result<u32, NotBegun> {
    let process = greet(stream).await?;
    tell(stream, &RunOf::Run(request)).await?;
    loop {
        match step(stream).await? {
            FromHost::Alive => {}
            FromHost::Ready => break,
            FromHost::Full => return Err(NotBegun::Full),
            _ => return Err(io::Error::from(ErrorKind::InvalidData).into()),
        }
    }
    tell(stream, &FromCaller::Go).await?;
    Ok(process)
}

/// Shows what the host sends, and answers it, until the command has ended.
async fn show(stream: &mut Stream, streams: &dyn Streams) -> io::Result<Joined> {
    loop {
        let answer = match step(stream).await? {
            FromHost::Stdout(text) => FromCaller::Written(streams.write(StreamName::Stdout, &text)),
            FromHost::Stderr(text) => FromCaller::Written(streams.write(StreamName::Stderr, &text)),
            FromHost::ReadLine { prompt, secret } => FromCaller::Line(streams.read_line(&prompt, secret)),
            FromHost::ReadLineOf(source) => {
                let source = source.to_os().ok_or(ErrorKind::InvalidData)?;
                FromCaller::Line(streams.read_line_of(Path::new(&source)))
            }
            FromHost::Advice(sentence) => {
                streams.advise(sentence.as_deref());
                FromCaller::Written(Written::Whole)
            }
            FromHost::Alive => continue,
            FromHost::Ended(code) => return Ok(Joined::Ended(code)),
            FromHost::HandOver => return Ok(Joined::HostEnded),
            FromHost::Welcome { .. } | FromHost::Ready | FromHost::Full | FromHost::Stays => {
                return Err(ErrorKind::InvalidData.into());
            }
        };
        tell(stream, &answer).await?;
    }
}
