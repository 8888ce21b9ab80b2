//! Runs one command to its end: here, or in the program that has the data folder open.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::case::{Code, Hint, UserError, UtcMs};
use crate::host::{CommandCaller, HandedCommand, Joined, LocalStreams, SILENCE, join, wait_for_host};

use super::invocation::{Elsewhere, Invocation};
use super::output::{End, Out};
use super::{
    Cli, Verb, cases, check, diagnose, exports, hosting, imports, practice, relations, setup, texts, token,
    verify,
};

/// Between two tries to open the data folder, or to reach the program that has it open.
pub const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Carries out a command on the engine of its call.
pub fn dispatch(call: &Invocation, verb: Verb) -> End {
    match verb {
        Verb::Check(args) => check::check(call, args),
        Verb::Export(verb) => exports::run(call, verb),
        Verb::Verify(args) => verify::run(call, args),
        Verb::Relations(verb) => relations::run(call, verb),
        Verb::Import(verb) => imports::run(call, verb),
        Verb::Case(verb) => cases::run(call, verb),
        Verb::Text(args) => texts::run(call, &args),
        Verb::Token(verb) => token::run(call, &verb),
        Verb::Instances => token::instances(call),
        Verb::Diagnose(args) => diagnose::run(call, args),
        Verb::Practice(args) => practice::run(call, args),
    }
}

/// Runs one command until it ends; `parsed` is what its arguments mean.
pub fn run(parsed: Cli, arguments: &[OsString]) -> ExitCode {
    let mut parsed = Some(parsed);
    let mut caller = CommandCaller::here();
    let began = now();
    let mut waiting = Waiting::default();
    let streams: Arc<LocalStreams> = Arc::default();
    loop {
        // Parsed again only for another try: a command is used up by its run.
        let cli = match parsed.take().map_or_else(|| super::parse(arguments), Ok) {
            Ok(cli) => cli,
            Err(code) => return code,
        };
        let Some(verb) = cli.verb else { return ExitCode::SUCCESS };
        let is_diagnose = matches!(verb, Verb::Diagnose(_));
        let call = Invocation::here((cli.global, caller.clone()), &streams, hosting::begin);
        streams.rewind();
        let end = dispatch(&call, verb);
        let is_handed_over = end.is_err() && call.is_handed_over();
        let Some(elsewhere) = call.take_elsewhere() else {
            if !is_handed_over {
                return ExitCode::from(call.out.end(end));
            }
            call.out
                .notice("Another Export Desk has taken over this data folder. The command continues there.");
            caller.begun_at = Some(began);
            let folder = setup::setup(&call.global, &call.caller).ok().and_then(|setup| setup.data_dir);
            if let Some(folder) = folder {
                wait_for_host(&folder);
            }
            continue;
        };
        match handed_over(&call, (arguments, &elsewhere), &streams, &mut waiting) {
            Next::Ended(code) => return ExitCode::from(code),
            // Diagnostics are needed most where nothing else works.
            Next::Failed(_) if is_diagnose => return without_host(arguments, caller),
            Next::Failed(error) => return ExitCode::from(call.out.failed(&error, json!({}))),
            Next::Again => {}
            Next::GoesOn => {
                call.out.notice(
                    "The Export Desk that carried out this command has ended. The command continues by itself.",
                );
                caller.begun_at = Some(began);
            }
        }
    }
}

/// Carries a command out although the data folder cannot be opened.
fn without_host(arguments: &[OsString], caller: CommandCaller) -> ExitCode {
    let cli = match super::parse(arguments) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let call = Invocation::here((cli.global, caller), &Arc::default(), hosting::begin).alone();
    let end = cli.verb.map_or_else(|| Ok(json!({})), |verb| dispatch(&call, verb));
    ExitCode::from(call.out.end(end))
}

/// What follows an attempt to hand a command over.
enum Next {
    Ended(u8),
    Failed(UserError),
    /// Try the data folder again.
    Again,
    /// The host has begun the command and ended.
    GoesOn,
}

/// How long nobody could be reached.
#[derive(Default)]
struct Waiting {
    since: Option<Instant>,
}

fn handed_over(
    call: &Invocation,
    (arguments, elsewhere): (&[OsString], &Elsewhere),
    streams: &LocalStreams,
    waiting: &mut Waiting,
) -> Next {
    let request = HandedCommand::new(arguments, &call.caller);
    streams.rewind();
    let joined = join(&elsewhere.folder, &request, streams);
    drop(request);
    let joined = match joined {
        Ok(joined) => joined,
        Err(_no_thread) => return Next::Failed(elsewhere.error.clone()),
    };
    match joined {
        Joined::Ended(code) => return Next::Ended(code),
        Joined::HostEnded => {
            waiting.since = None;
            return Next::GoesOn;
        }
        Joined::Silent { process, began } => {
            return Next::Failed(silent(process.or(elsewhere.process), began));
        }
        Joined::OtherVersion { version, process } => {
            return Next::Failed(other_version(&version, process.or(elsewhere.process)));
        }
        Joined::NotOurs => return Next::Failed(elsewhere.error.clone()),
        Joined::Full { process } => return Next::Failed(full(process.or(elsewhere.process))),
        Joined::TooLong => return Next::Failed(too_long()),
        Joined::NoHost => {}
    }
    // The program is about to listen, or about to end.
    if waiting.since.get_or_insert_with(Instant::now).elapsed() > SILENCE {
        return Next::Failed(elsewhere.error.clone());
    }
    std::thread::sleep(BETWEEN_TRIES);
    Next::Again
}

fn by(process: Option<u32>) -> String {
    process.map_or_else(String::new, |process| format!(" (process {process})"))
}

fn silent(process: Option<u32>, began: bool) -> UserError {
    let by = by(process);
    if began {
        return UserError::new(
            Code::Local,
            format!("Export Desk{by} stopped answering while it carried out this command."),
            "What it has requested from GitLab is not lost. Run the same command again: it continues. If the process still hangs, end it first.",
        );
    }
    UserError::new(
        Code::Local,
        format!("Export Desk{by} uses this data folder and does not answer."),
        "Nothing was done. End that process if it hangs, then run the same command again.",
    )
}

fn full(process: Option<u32>) -> UserError {
    let by = by(process);
    UserError::new(
        Code::Local,
        format!("Export Desk{by} carries out as many commands as it can, and none of them has ended."),
        "Nothing was done. End a command that waits, for example one of `export watch`, then run the same command again.",
    )
}

/// Another version of the program has the data folder open.
pub fn other_version(version: &str, process: Option<u32>) -> UserError {
    let (by, ours) = (by(process), env!("CARGO_PKG_VERSION"));
    UserError::new(
        Code::Local,
        format!("Export Desk {version}{by} uses this data folder, and this command is version {ours}."),
        "Close the other Export Desk, or run the command with the same version.",
    )
}

fn too_long() -> UserError {
    UserError::new(
        Code::Usage,
        "The arguments are too long to hand them to the Export Desk that uses this data folder.",
        "Shorten the command, or close the other Export Desk.",
    )
}

fn now() -> UtcMs {
    let since_1970 = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    UtcMs(since_1970.as_millis() as i64)
}

/// Where no window can be opened: says so in one sentence, and shows the tour in the terminal instead.
pub fn tour_instead(global: &super::Global, why: &str) -> ExitCode {
    let call = Invocation::here((global.clone(), CommandCaller::here()), &Arc::default(), hosting::begin);
    call.out.say(&format!("{why} Here is a tour in the terminal, on the practice GitLab."));
    ExitCode::from(call.out.end(practice::walk(&call, None)))
}

/// Reports that the command ended with a panic.
pub fn stopped() -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    let error = UserError::new(Code::Internal, "Export Desk stopped unexpectedly.", Hint::ReportDefect);
    ExitCode::from(Out::here(json).failed(&error, json!({})))
}

/// Reports an error that occurred before there was an engine.
pub fn fail(global: &super::Global, error: &UserError) -> ExitCode {
    ExitCode::from(Out::here(global.json).failed(error, json!({})))
}
