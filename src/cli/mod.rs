//! The headless face: arguments in, words and JSON out, exit codes of `../shared/cli.md`.

mod args;
mod cases;
mod diagnose;
mod exports;
mod files;
mod hint;
mod imports;
mod out;
mod practice;
mod relations;
mod setup;
mod talk;
mod texts;
mod tracker;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser};
use serde_json::json;

use crate::case::{Code, Trouble};

pub use args::{Global, Verb, Words};
pub use setup::{begin_log, practice_setup, setup, window_setup};

use args::ExportVerb;
use out::Out;

/// How a command ends: what is known for the result line, and the trouble where there was one.
type End = Result<serde_json::Value, Failure>;

/// A trouble, with what is known all the same.
#[derive(Debug)]
struct Failure {
    trouble: Trouble,
    known: serde_json::Value,
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, known: json!({}) }
    }
}

/// Parses the arguments; `Err` is how the process ends where they are help, a version or unusable.
pub fn parse(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Words, ExitCode> {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let unusable = |headline: String| Trouble::new(Code::Usage, headline, "See export-desk --help.");
    let words = Words::try_parse_from(&arguments).map_err(|error| {
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            return out::help(&error);
        }
        if !json {
            error.print().ok();
            return ExitCode::from(Code::Usage.exit());
        }
        // The first paragraph: what is missing or wrong stands on its later lines.
        let text = error.to_string();
        let first: Vec<_> = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
        Out { json }.failed(&unusable(first.join(" ").trim_start_matches("error: ").to_owned()), json!({}))
    })?;
    let global = words.global.filled(|name| std::env::var_os(name));
    let global =
        global.map_err(|headline| Out { json }.failed(&unusable(format!("{headline}.")), json!({})))?;
    Ok(Words { global, ..words })
}

/// The argument parser itself: manual pages and shell completions are made from it (`tests/it/packages.rs`).
pub fn parser() -> clap::Command {
    Words::command()
}

/// Runs one command to its end.
pub fn run(global: &Global, verb: Verb) -> ExitCode {
    let out = Out { json: global.json };
    let end = match verb {
        Verb::Check { project } => exports::check(global, out, project),
        Verb::Export(ExportVerb::Start(words)) => exports::start(global, out, words),
        Verb::Export(ExportVerb::Status { project }) => exports::status(global, out, project),
        Verb::Export(ExportVerb::Watch { project }) => exports::watch(global, out, project),
        Verb::Export(ExportVerb::Download { project, output, by, note }) => {
            exports::download(global, out, project, output, by, &note)
        }
        Verb::Verify { file, against, note } => files::verify(global, out, &file, against, &note),
        Verb::Relations(verb) => relations::run(global, out, verb),
        Verb::Import(verb) => imports::run(global, out, verb),
        Verb::Case(verb) => cases::run(global, out, verb),
        Verb::Text { kind, case, said, live } => texts::run(global, out, &kind, case, &said, live),
        Verb::Diagnose { output } => diagnose::run(global, out, output),
        Verb::Practice { lesson, port, list, tour } => practice::run(global, out, lesson, port, list, tour),
    };
    match end {
        Ok(fields) => out.done(fields),
        Err(Failure { trouble, known }) => out.failed(&trouble, known),
    }
}

/// Where no window can be opened: says so in one sentence and walks the main path in the terminal.
pub fn tour_instead(global: &Global, why: &str) -> ExitCode {
    let out = Out { json: global.json };
    out.say(&format!("{why} Here is the same job in the terminal, on the practice GitLab."));
    match practice::walk(global, out, None) {
        Ok(fields) => out.done(fields),
        Err(Failure { trouble, known }) => out.failed(&trouble, known),
    }
}

/// Headline and next step of a trouble in one line.
pub fn in_words(trouble: &Trouble) -> String {
    format!("{} {}", trouble.headline, hint::words(&trouble.hint))
}

/// A command that ends badly before there is a conversation.
pub fn fail(global: &Global, trouble: &Trouble) -> ExitCode {
    Out { json: global.json }.failed(trouble, json!({}))
}
