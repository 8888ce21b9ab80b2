//! Where output goes: with `--json`, one object per line on stdout and sentences on stderr; without it, sentences on
//! stdout. The streams are those of the command's caller, in this process or in another. A closed pipe does not stop a command; a full disk makes it fail.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value, json};

use crate::case::{Code, UserError};
use crate::host::{LineRead, LocalStreams, StreamName, Streams, Written};

use super::hint::words;

/// The end of a command: the fields of the result line, or an error.
pub type End = Result<Value, Failure>;

/// An error, with the fields that are known nevertheless.
#[derive(Debug)]
pub struct Failure {
    pub error: UserError,
    /// In a box, because results are returned by value everywhere.
    pub known: Box<Value>,
}

impl Failure {
    pub fn with(error: UserError, known: Value) -> Self {
        Self { error, known: Box::new(known) }
    }
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Self {
        Self::with(error, json!({}))
    }
}

/// The caller's streams, with the choice of `--json`.
#[derive(Clone)]
pub struct Out {
    pub json: bool,
    streams: Arc<dyn Streams>,
    /// Whether output to stdout was lost.
    lost: Arc<AtomicBool>,
}

impl fmt::Debug for Out {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Out").field("json", &self.json).finish_non_exhaustive()
    }
}

/// What a person reads who ends a command whose work continues on GitLab.
pub struct Advice(Arc<dyn Streams>);

impl Drop for Advice {
    fn drop(&mut self) {
        self.0.advise(None);
    }
}

impl Out {
    /// To the streams of this process.
    pub fn here(json: bool) -> Self {
        Self::to(json, Arc::new(LocalStreams::default()))
    }

    /// To the streams of a caller.
    pub fn to(json: bool, streams: Arc<dyn Streams>) -> Self {
        Self { json, streams, lost: Arc::default() }
    }

    /// While the result lives, a signal that ends the caller's process is answered with this sentence.
    pub fn advice(&self, sentence: &str) -> Advice {
        self.streams.advise(Some(sentence));
        Advice(Arc::clone(&self.streams))
    }

    /// Asks the person at the terminal for a line, without echo where it is `secret`.
    pub fn ask_line(&self, prompt: &str, secret: bool) -> Option<String> {
        self.streams.read_line(prompt, secret).line()
    }

    /// Reads the next line of standard input.
    pub fn read_line(&self) -> LineRead {
        self.streams.read_line("", false)
    }

    /// Reads the next line of what only the caller can open.
    pub fn read_line_of(&self, source: &Path) -> LineRead {
        self.streams.read_line_of(source)
    }

    /// A line for people between the lines of a command.
    pub fn notice(&self, sentence: &str) {
        self.event("notice", json!({ "message": sentence }));
        self.to_stderr(&format!("export-desk: {sentence}"));
    }

    /// A progress line for scripts.
    pub fn event(&self, name: &str, fields: Value) {
        if self.json {
            let mut line = Map::new();
            line.insert("event".into(), name.into());
            if let Value::Object(fields) = fields {
                line.extend(fields);
            }
            self.to_stdout(&format!("{}\n", Value::Object(line)));
        }
    }

    /// A one-line sentence for people, while the command runs.
    pub fn say(&self, sentence: &str) {
        if self.json {
            self.to_stderr(sentence);
        } else {
            self.to_stdout(&format!("{}\n", one_line(sentence)));
        }
    }

    /// A text with its own line breaks: a draft, the offer log, diagnostics. With `--json` it goes to stderr.
    pub fn document(&self, text: &str) {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let text = format!("{}{end}", plain(text));
        if self.json {
            self.streams.write(StreamName::Stderr, &text);
        } else {
            self.to_stdout(&text);
        }
    }

    /// A warning that does not stop the command.
    pub fn warn(&self, sentence: &str) {
        self.event("warning", json!({ "message": sentence }));
        self.to_stderr(&format!("export-desk: {sentence}"));
    }

    /// The end of a command.
    pub fn end(&self, end: End) -> u8 {
        match end {
            Ok(fields) => self.done(fields),
            Err(Failure { error, known }) => self.failed(&error, *known),
        }
    }

    /// The end of a successful command, unless its output to stdout was lost.
    fn done(&self, fields: Value) -> u8 {
        let mut all = json!({ "ok": true, "exit": 0 });
        merge(&mut all, fields);
        if !self.lost.load(Ordering::Relaxed) {
            self.event("result", all);
        }
        if !self.lost.load(Ordering::Relaxed) {
            return 0;
        }
        self.failed(&lost(), json!({}))
    }

    /// The end of a failed command; `fields` are known nevertheless.
    pub fn failed(&self, error: &UserError, fields: Value) -> u8 {
        let mut all = json!({
            "ok": false,
            "exit": error.code.exit(),
            "code": error.code.as_str(),
            "headline": error.headline,
            "hint": words(&error.hint),
        });
        if let Some(id) = &error.correlation_id {
            merge(&mut all, json!({ "correlation_id": id }));
        }
        merge(&mut all, fields);
        self.event("result", all);
        self.to_stderr(&format!("export-desk: {}", error.headline));
        if !error.hint.is_empty() {
            self.to_stderr(&format!("  {}", words(&error.hint)));
        }
        if let Some(id) = &error.correlation_id {
            self.to_stderr(&format!("  correlation ID: {id}"));
        }
        error.code.exit()
    }
}

impl Out {
    /// A closed pipe must not stop an export; any other write error is remembered.
    fn to_stdout(&self, text: &str) {
        if self.streams.write(StreamName::Stdout, text) == Written::Lost {
            self.lost.store(true, Ordering::Relaxed);
        }
    }

    fn to_stderr(&self, line: &str) {
        // Nowhere is left to say that stderr cannot be written.
        self.streams.write(StreamName::Stderr, &format!("{}\n", one_line(line)));
    }
}

/// Adds `fields` to the object `all`. Existing fields win, so that a result keeps its own values.
fn merge(all: &mut Value, fields: Value) {
    if let (Value::Object(all), Value::Object(fields)) = (all, fields) {
        for (key, value) in fields {
            all.entry(key).or_insert(value);
        }
    }
}

fn lost() -> UserError {
    UserError::new(
        Code::Local,
        "The output could not be written to stdout. The output so far is incomplete.",
        "Free some space or choose another place. Then run the command again.",
    )
}

/// Prints help or a version as the parser formats it.
pub fn help(error: &clap::Error) -> u8 {
    let printed = error.print().and_then(|()| io::stdout().flush());
    match printed {
        Err(failed) if failed.kind() != io::ErrorKind::BrokenPipe => {
            Out::here(false).failed(&lost(), json!({}))
        }
        _ => 0,
    }
}

/// A line for people: a server's text may neither control the terminal nor look like another line.
fn one_line(text: &str) -> String {
    let joined = if text.contains(['\n', '\r']) {
        Cow::Owned(text.split(['\n', '\r']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(text)
    };
    plain(&joined)
}

/// A text that keeps its line breaks, `\n` and `\r\n`; characters that control a terminal are replaced.
fn plain(text: &str) -> String {
    let mut rest = text.chars().peekable();
    let mut clean = String::with_capacity(text.len());
    while let Some(c) = rest.next() {
        let is_line_end = c == '\n' || (c == '\r' && rest.peek() == Some(&'\n'));
        let steers = (c.is_control() && c != '\t') || turns_text(c);
        clean.push(if steers && !is_line_end { char::REPLACEMENT_CHARACTER } else { c });
    }
    clean
}

/// Bidirectional embeddings, overrides and isolates: they show a text in a different order.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_documents_keep_what_they_hold_and_steer_nothing() {
        assert_eq!(plain("a,b\r\nc\td\r\n"), "a,b\r\nc\td\r\n");
        assert_eq!(plain("a\rb\u{1b}[2Jc\u{9b}d"), "a\u{fffd}b\u{fffd}[2Jc\u{fffd}d");
        assert_eq!(plain("x\u{202e}gz.rat\u{2066}y\u{2069}"), "x\u{fffd}gz.rat\u{fffd}y\u{fffd}");
        assert_eq!(one_line("done.\n\nexport-desk: all is\r\nwell"), "done. export-desk: all is well");
        assert_eq!(one_line("日本語 שלום"), "日本語 שלום");
    }
}
