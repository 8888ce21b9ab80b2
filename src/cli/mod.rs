//! The command line: parses arguments, prints sentences and JSON, sets the exit codes of `../shared/cli.md`.
//!
//! One file per group of commands, each with its arguments and its actions. Above them: `run` (here, or in the program
//! that has the data folder open) and `hosting` (the commands of other processes, on the engine of this one). Below them:
//! `setup` (starts or joins an engine), `client` (sends commands and waits), `output` (the two streams, the end of a
//! command), `invocation` (what a command gets from its caller), `args`.

mod again;
mod archive_path;
mod args;
mod batch_check;
mod batch_list;
mod batch_reporter;
mod batches;
mod build;
mod cases;
mod check;
mod clean;
mod client;
mod diagnose;
mod exports;
mod fallback;
mod fill;
mod hint;
mod hosting;
mod import_set;
mod imports;
mod invocation;
mod members;
mod output;
mod practice;
mod rebuild;
mod receipt;
mod relations;
mod relations_fields;
mod relations_folder;
mod run;
mod setup;
mod texts;
mod token;
mod tracker;
mod verify;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use serde_json::json;

use crate::case::{Code, UserError};

pub use args::Global;
pub use hosting::window_engine;
pub use run::{fail, run, stopped, tour_instead};
pub use setup::{begin_log, practice_setup, window_setup};

use output::Out;

/// Helps GitLab support engineers whose customers cannot export a project.
///
/// Without a command the window opens. The token comes from `EXPORT_DESK_TOKEN`, else `GITLAB_TOKEN`, else the entry of
/// the instance in the system's password store (keyring, keychain or Credential Manager); it is never an argument. Not
/// made by GitLab.
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
    /// Keeps the token of an instance in the system's password store, shows it is there, or removes it
    #[command(subcommand)]
    Token(token::TokenVerb),
    /// Lists the GitLab instances that Export Desk knows, and where their tokens are
    Instances,
    /// Prints diagnostics for a bug report, without tokens and without names of customers and projects
    Diagnose(diagnose::DiagnoseArgs),
    /// Runs the built-in practice GitLab in the foreground
    Practice(practice::PracticeArgs),
}

/// Parses the arguments; `Err` is the exit code after help, the version or a usage error.
pub fn parse(arguments: &[std::ffi::OsString]) -> Result<Cli, ExitCode> {
    let json = arguments.iter().any(|argument| argument == "--json");
    let unusable = |headline: String| UserError::new(Code::Usage, headline, "See export-desk --help.");
    let cli = Cli::try_parse_from(arguments).map_err(|error| {
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            return ExitCode::from(output::help(&error));
        }
        if !json {
            error.print().ok();
            return ExitCode::from(Code::Usage.exit());
        }
        // The first paragraph: clap names the missing or wrong arguments on its later lines.
        let text = match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "A command is missing.".to_owned(),
            _ => error.to_string(),
        };
        let first: Vec<_> = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
        let headline = first.join(" ").trim_start_matches("error: ").to_owned();
        ExitCode::from(Out::here(json).failed(&unusable(headline), json!({})))
    })?;
    let global = cli.global.filled(|name| std::env::var_os(name));
    let global = global.map_err(|headline| {
        ExitCode::from(Out::here(json).failed(&unusable(format!("{headline}.")), json!({})))
    })?;
    Ok(Cli { global, ..cli })
}

/// The argument parser. `tests/it/packages.rs` generates manual pages and shell completions from it.
pub fn parser() -> clap::Command {
    Cli::command()
}

/// Headline and next step of an error in one line.
pub fn in_words(error: &UserError) -> String {
    format!("{} {}", error.headline, hint::words(&error.hint))
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
