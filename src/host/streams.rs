//! The streams of one command: its caller's stdout, stderr and stdin, in this process or in another.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::zeroize::Zeroize as _;
use serde::{Deserialize, Serialize};

use crate::platform::terminal;
use crate::platform::unfinished::Unfinished;

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

/// What became of an attempt to read a line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_debug_implementations, reason = "the line may be a token")]
pub enum LineRead {
    Line(String),
    /// The input has ended.
    End,
    /// The input cannot be read, or nobody is there any more: why. What was read before may be incomplete.
    Unreadable(String),
}

impl LineRead {
    fn of(read: io::Result<Option<String>>) -> Self {
        match read {
            Ok(Some(line)) => Self::Line(line),
            Ok(None) => Self::End,
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }

    /// The line, for a question to which everything but a line means no.
    pub fn line(self) -> Option<String> {
        if let Self::Line(line) = self { Some(line) } else { None }
    }
}

/// Where a command writes and reads.
pub trait Streams: Send + Sync {
    /// Writes a text and waits until it is written.
    fn write(&self, to: StreamName, text: &str) -> Written;

    /// Shows `prompt` on stderr and reads one line, without echo where it is `secret`.
    fn read_line(&self, prompt: &str, secret: bool) -> LineRead;

    /// Reads the next line of what only the caller can open, for example a pipe of its shell.
    fn read_line_of(&self, source: &Path) -> LineRead;

    /// What the caller's process says where a signal ends it from now on; `None` for nothing.
    fn advise(&self, sentence: Option<&str>);
}

/// The longest line that a person types.
pub const MOST_LINE_BYTES: u64 = 64 * 1024;

/// The streams of this process, for every try of its command. What was read is kept, since standard input can be read
/// only once: where a host ends in the middle, the command begins again, and its questions get the same answers.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "a line may be a token")]
pub struct LocalStreams {
    heard: Mutex<Heard>,
    advice: Mutex<Option<Unfinished>>,
}

#[derive(Default)]
struct Heard {
    /// Each prompt or source, and what was read.
    answers: Vec<(String, LineRead)>,
    next: usize,
    /// What is read besides standard input.
    open: HashMap<PathBuf, BufReader<File>>,
}

impl LocalStreams {
    /// The command begins again.
    pub fn rewind(&self) {
        self.heard().next = 0;
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    /// What an earlier try read at this point.
    fn again(&mut self, prompt: &str) -> Option<LineRead> {
        let (asked, read) = self.answers.get(self.next)?;
        let read = (asked == prompt).then(|| read.clone())?;
        self.next += 1;
        Some(read)
    }

    fn read_of(&mut self, source: &Path) -> io::Result<Option<String>> {
        let open = match self.open.entry(source.to_owned()) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(new) => new.insert(BufReader::new(File::open(source)?)),
        };
        terminal::line_of(open, MOST_LINE_BYTES)
    }

    fn keep(&mut self, prompt: &str, read: LineRead) {
        self.answers.push((prompt.to_owned(), read));
        self.next = self.answers.len();
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        for (_prompt, read) in &mut self.answers {
            // It may be a token.
            if let LineRead::Line(line) = read {
                line.zeroize();
            }
        }
    }
}

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

    fn read_line(&self, prompt: &str, secret: bool) -> LineRead {
        let mut heard = self.heard();
        if let Some(read) = heard.again(prompt) {
            return read;
        }
        let show = || if prompt.is_empty() { Ok(()) } else { written(&mut io::stderr().lock(), prompt) };
        let read = if secret {
            terminal::read_secret_line(MOST_LINE_BYTES, show)
        } else {
            show().and_then(|()| terminal::read_line(MOST_LINE_BYTES))
        };
        let read = LineRead::of(read);
        heard.keep(prompt, read.clone());
        read
    }

    fn read_line_of(&self, source: &Path) -> LineRead {
        let (mut heard, name) = (self.heard(), source.to_string_lossy());
        if let Some(read) = heard.again(&name) {
            return read;
        }
        let read = LineRead::of(heard.read_of(source));
        heard.keep(&name, read.clone());
        read
    }

    fn advise(&self, sentence: Option<&str>) {
        let mut advice = self.advice.lock().unwrap_or_else(PoisonError::into_inner);
        // The earlier sentence goes first: a signal is answered with one.
        *advice = None;
        // Without it, the command only says nothing when it is interrupted.
        *advice = sentence.and_then(|sentence| Unfinished::elsewhere(sentence.to_owned()).ok());
    }
}

fn written(stream: &mut impl io::Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_begins_again_gets_the_same_answers() {
        let mut heard = Heard::default();
        for (prompt, line) in [("", "acme/api"), ("", "acme/web"), ("Export all? ", "y")] {
            assert!(heard.again(prompt).is_none(), "nothing was read yet");
            heard.keep(prompt, LineRead::Line(line.into()));
        }
        heard.next = 0;
        assert_eq!(heard.again("").and_then(LineRead::line).as_deref(), Some("acme/api"));
        assert!(heard.again("Another question? ").is_none(), "an answer belongs to its question");
        assert_eq!(heard.again("").and_then(LineRead::line).as_deref(), Some("acme/web"));
        assert_eq!(heard.again("Export all? ").and_then(LineRead::line).as_deref(), Some("y"));
        assert!(heard.again("").is_none(), "what follows is read");
    }
}
