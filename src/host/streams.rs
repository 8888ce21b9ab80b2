//! The streams of one command: its caller's stdout, stderr and stdin, in this process or in another.

use std::io;

use serde::{Deserialize, Serialize};

use crate::platform::terminal;

/// One of the two streams that a command writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamName {
    Stdout,
    Stderr,
}

/// What became of a text that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// It arrived, or nobody reads any more: a closed pipe stops no command.
    Whole,
    /// A full disk, for example.
    Lost,
}

/// Why a command must stop waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// Its caller is gone.
    CallerGone,
    /// The host is about to end: the caller goes on by itself.
    HandOver,
}

/// How a command that a host carried out has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandEnd {
    /// With this exit code.
    Ended(u8),
    HandedOver,
}

/// Where a command writes and reads.
pub trait Streams: Send + Sync {
    /// Writes a text and waits until it is written.
    fn write(&self, to: StreamName, text: &str) -> Written;

    /// Shows `prompt` on stderr and reads one line, without echo where it is `secret`. `None` at the end of the input, or
    /// where it cannot be read.
    fn read_line(&self, prompt: &str, secret: bool) -> Option<String>;
}

/// The longest line that a person types.
pub const MOST_LINE_BYTES: u64 = 64 * 1024;

/// The streams of this process.
#[derive(Clone, Copy, Debug)]
pub struct LocalStreams;

impl Streams for LocalStreams {
    fn write(&self, to: StreamName, text: &str) -> Written {
        let written = match to {
            StreamName::Stdout => written(&mut io::stdout().lock(), text),
            StreamName::Stderr => written(&mut io::stderr().lock(), text),
        };
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Written::Lost,
            Ok(()) | Err(_) => Written::Whole,
        }
    }

    fn read_line(&self, prompt: &str, secret: bool) -> Option<String> {
        let prompt = || if prompt.is_empty() { Ok(()) } else { written(&mut io::stderr().lock(), prompt) };
        let read = if secret {
            terminal::read_secret_line(MOST_LINE_BYTES, prompt)
        } else {
            prompt().and_then(|()| terminal::read_line(MOST_LINE_BYTES))
        };
        read.ok().flatten()
    }
}

fn written(stream: &mut impl io::Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}
