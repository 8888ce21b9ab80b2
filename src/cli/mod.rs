//! The command line: parses arguments, prints sentences and JSON, sets the exit codes of `../shared/cli.md`.
//!
//! One file per group of commands, each with its arguments and its actions. Below them: `setup` (starts an engine
//! from the options), `client` (sends commands and waits), `output` (the two streams, the end of a command), `args`.

mod args;
mod build;
mod cases;
mod check;
mod client;
mod diagnose;
mod exports;
mod fill;
mod hint;
mod import_set;
mod imports;
mod members;
mod output;
mod practice;
mod rebuild;
mod receipt;
mod relations;
mod setup;
mod texts;
mod tracker;
mod verify;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use serde_json::json;

use crate::case::{Code, UserError};

pub use args::Global;
pub use setup::{begin_log, practice_setup, setup, window_setup};

use output::Out;

/// Helps GitLab support engineers whose customers cannot export a project.
///
/// Without a command the window opens. The token comes from `EXPORT_DESK_TOKEN`, else `GITLAB_TOKEN`, else the
/// OS keyring entry of the instance; it is never an argument. Not made by GitLab.
#[derive(Debug, Parser)]
#[command(name = "export-desk", version, about, long_about, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Shows the token's owner, scopes and expiry, and the GitLab version; with a project, whether the token can export it
    Check(check::CheckArgs),
    /// Starts, watches and downloads a project export
    #[command(subcommand)]
    Export(exports::ExportVerb),
    /// Verifies an archive and reports whether GitLab can import it
    Verify(verify::VerifyArgs),
    /// Starts, watches and downloads a relations export, one file per relation
    #[command(subcommand)]
    Relations(relations::RelationsVerb),
    /// Imports an archive from a file, a URL or S3, or one relation of it
    #[command(subcommand)]
    Import(imports::ImportVerb),
    /// Leads through the handbook's workflow for a customer's ticket
    #[command(subcommand)]
    Case(cases::CaseVerb),
    /// Prints the draft of a reply, a request or an issue
    Text(texts::TextArgs),
    /// Prints diagnostics for a bug report, without tokens and without names of customers and projects
    Diagnose(diagnose::DiagnoseArgs),
    /// Runs the built-in practice GitLab in the foreground
    Practice(practice::PracticeArgs),
}

/// Parses the arguments; `Err` is the exit code after help, the version or a usage error.
pub fn parse(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Cli, ExitCode> {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let unusable = |headline: String| UserError::new(Code::Usage, headline, "See export-desk --help.");
    let cli = Cli::try_parse_from(&arguments).map_err(|error| {
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            return output::help(&error);
        }
        if !json {
            error.print().ok();
            return ExitCode::from(Code::Usage.exit());
        }
        // The first paragraph: clap names the missing or wrong arguments on its later lines.
        let text = error.to_string();
        let first: Vec<_> = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
        Out { json }.failed(&unusable(first.join(" ").trim_start_matches("error: ").to_owned()), json!({}))
    })?;
    let global = cli.global.filled(|name| std::env::var_os(name));
    let global =
        global.map_err(|headline| Out { json }.failed(&unusable(format!("{headline}.")), json!({})))?;
    Ok(Cli { global, ..cli })
}

/// The argument parser. `tests/it/packages.rs` generates manual pages and shell completions from it.
pub fn parser() -> clap::Command {
    Cli::command()
}

/// Runs one command until it ends.
pub fn run(global: &Global, verb: Verb) -> ExitCode {
    let out = Out { json: global.json };
    out.end(match verb {
        Verb::Check(args) => check::check(global, out, args),
        Verb::Export(verb) => exports::run(global, out, verb),
        Verb::Verify(args) => verify::run(global, out, args),
        Verb::Relations(verb) => relations::run(global, out, verb),
        Verb::Import(verb) => imports::run(global, out, verb),
        Verb::Case(verb) => cases::run(global, out, verb),
        Verb::Text(args) => texts::run(global, out, &args),
        Verb::Diagnose(args) => diagnose::run(global, out, args),
        Verb::Practice(args) => practice::run(global, out, args),
    })
}

/// Where no window can be opened: says so in one sentence, and shows the tour in the terminal instead.
pub fn tour_instead(global: &Global, why: &str) -> ExitCode {
    let out = Out { json: global.json };
    out.say(&format!("{why} Here is a tour in the terminal, on the practice GitLab."));
    out.end(practice::walk(global, out, None))
}

/// Headline and next step of an error in one line.
pub fn in_words(error: &UserError) -> String {
    format!("{} {}", error.headline, hint::words(&error.hint))
}

/// Reports an error that occurred before there was an engine.
pub fn fail(global: &Global, error: &UserError) -> ExitCode {
    Out { json: global.json }.failed(error, json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(command: &clap::Command, all: &mut Vec<clap::Command>) {
        all.push(command.clone());
        command.get_subcommands().for_each(|below| pages(below, all));
    }

    #[test]
    fn every_command_and_argument_has_help_and_global_options_are_last() {
        let mut parser = parser();
        parser.build();
        let mut all = Vec::new();
        pages(&parser, &mut all);
        assert!(all.len() > 30);
        for mut page in all {
            let name = page.get_name().to_owned();
            assert!(page.get_about().is_some_and(|about| !about.to_string().is_empty()), "{name}");
            for argument in page.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_empty(), "{name}: {} has no help", argument.get_id());
            }
            let text = page.render_help().to_string();
            let (before, last) = text.split_once("\nGlobal options:\n").unwrap();
            assert!(!last.contains("\n\n"), "{name}: something stands below the global options: {text}");
            for option in ["--instance", "--data-dir", "--json", "--pace", "--ca-file"] {
                assert!(
                    last.contains(option) && !before.contains(&format!("  {option} ")),
                    "{name}: {option}"
                );
            }
        }
    }
}
