//! Starts an engine from options and environment: instance, token, pace and folders.

use std::path::{Path, PathBuf};

use crate::case::{Code, UserError};
use crate::engine::api::{Command, LogLevel, Token};
use crate::engine::{
    self, Credentials, Engine, NotStarted, Setup, Timing, certificate_fault, instance_is_loopback,
    practice_folder,
};
use crate::host::{CommandCaller, Interrupt};
use crate::platform::folders::{self, ProgramFolders};

use super::args::Global;
use super::client::EngineClient;
use super::invocation::{Desk, Elsewhere, Invocation, full_path, text_of};

/// The engine's setup. Invalid options are rejected before anything is opened or sent.
pub fn setup(global: &Global, caller: &CommandCaller) -> Result<Setup, UserError> {
    let loopback = instance_is_loopback(&global.instance)?;
    Ok(Setup {
        data_dir: Some(data_dir(global)?),
        config_dir: config_dir(global),
        download_folder: folders::downloads(),
        timing: pace(global.pace, loopback)?,
        ca_file: global.ca_file.as_deref().map(|file| readable(caller, file)).transpose()?,
        token: token_of_caller(caller)?,
        instance: Some(global.instance.clone()),
        keyring: true,
        practice: None,
        resume: false,
        patient: false,
    })
}

/// Starts the log of this process. A command writes a log only if `EXPORT_DESK_LOG` names a level, so that a status
/// check leaves no files. A panic is logged in any case.
pub fn begin_log(global: &Global, of_window: bool) -> Result<(), UserError> {
    let named = std::env::var("EXPORT_DESK_LOG").ok().filter(|word| !word.trim().is_empty());
    let level = named.as_deref().map(|word| {
        LogLevel::parse(word).ok_or_else(|| {
            let headline = "EXPORT_DESK_LOG is not a log level.";
            UserError::new(
                Code::Usage,
                headline,
                "Set EXPORT_DESK_LOG to off, error, warn, info or debug, or leave it out.",
            )
        })
    });
    let level = level.transpose()?.or((!of_window).then_some(LogLevel::Off));
    if let Some(folder) = log_folder_of(global) {
        engine::begin_log(&folder, level);
        engine::write_bundle_on_panic();
    }
    Ok(())
}

/// The log folder: with the system's state files, or beside the data if the user named a data folder.
fn log_folder_of(global: &Global) -> Option<PathBuf> {
    if let Some(dir) = &global.data_dir {
        return Some(dir.join("log"));
    }
    ProgramFolders::of_user().map(|folders| folders.log)
}

/// The window's engine: it uses the keyring, resumes interrupted work, and waits for a lost network.
pub fn window_setup(global: &Global) -> Result<Setup, UserError> {
    Ok(Setup { resume: true, patient: true, ..setup(global, &CommandCaller::here())? })
}

/// The window's practice engine: in memory, at a pace that turns a minute of GitLab into six seconds.
pub fn practice_setup() -> Setup {
    Setup {
        download_folder: practice_folder(),
        practice: Some("first-export".into()),
        resume: true,
        patient: true,
        ..in_memory(0.1)
    }
}

/// A client of an engine in memory without an instance, for practice. `pace` applies if `--pace` is not given.
pub fn client_for_practice(call: &Invocation, pace: f64) -> Result<EngineClient, UserError> {
    let setup = in_memory(usable(call.global.pace.unwrap_or(pace))?);
    alone(Engine::start(setup, || {})?, call)
}

fn in_memory(pace: f64) -> Setup {
    Setup {
        data_dir: None,
        config_dir: None,
        download_folder: std::env::temp_dir(),
        timing: Timing::scaled(pace),
        ca_file: None,
        token: None,
        instance: None,
        keyring: false,
        practice: None,
        resume: false,
        patient: false,
    }
}

/// A client of an engine with a database: that of the host, or one that this command starts and is the host of.
pub fn client(call: &Invocation) -> Result<EngineClient, UserError> {
    let setup = setup(&call.global, &call.caller)?;
    let credentials = Credentials {
        instance: call.global.instance.clone(),
        token: setup.token.clone(),
        ca_file: setup.ca_file.clone(),
    };
    let share = match &call.desk {
        Desk::Hosts(engine) if engine.pace().total_cmp(&setup.timing.factor).is_ne() => {
            return Err(other_pace(engine.pace()));
        }
        Desk::Hosts(engine) => return EngineClient::new(engine.join(credentials), None, call),
        Desk::Own { share, .. } => share,
    };
    // The token and the certificates belong to this command, and not to those that join it.
    let setup = Setup { token: None, ca_file: None, ..setup };
    let folder = setup.data_dir.clone().unwrap_or_default();
    match Engine::start(setup, || {}) {
        Ok(mut engine) => {
            let front_end = engine.handle().join(credentials);
            let interrupt = call.interrupter();
            share(&mut engine, &folder, Some(Box::new(move || interrupt(Interrupt::HandOver))));
            EngineClient::new(front_end, Some(engine), call)
        }
        Err(NotStarted::InUse { process, error }) => {
            call.is_elsewhere(Elsewhere { folder, process, error: error.clone() });
            Err(error)
        }
        Err(NotStarted::Failed(error)) => Err(error),
    }
}

/// A client of an engine without a database, for commands that store nothing.
pub fn client_without_store(call: &Invocation) -> Result<EngineClient, UserError> {
    let setup = Setup { data_dir: None, ..setup(&call.global, &call.caller)? };
    alone(Engine::start(setup, || {})?, call)
}

/// A client of an engine that nobody else uses.
fn alone(engine: Engine, call: &Invocation) -> Result<EngineClient, UserError> {
    EngineClient::new(engine.handle().join(Credentials::default()), Some(engine), call)
}

/// A client for the handbook's workflow. Mistakes in the user's own handbook are reported first.
pub fn client_by_handbook(call: &Invocation) -> Result<EngineClient, UserError> {
    let mut client = client(call)?;
    if let Desk::Hosts(_) = &call.desk {
        // The host may have read the texts long ago.
        client.ask(Command::ReloadTexts)?;
    }
    for mistake in &client.snapshot().text_config.mistakes {
        let (line, column) = (mistake.line, mistake.column);
        call.out.warn(&format!("handbook.toml, line {line}, column {column}: {}", mistake.message));
    }
    Ok(client)
}

pub fn data_dir(global: &Global) -> Result<PathBuf, UserError> {
    match &global.data_dir {
        Some(dir) => Ok(dir.clone()),
        None => ProgramFolders::of_user().map(|folders| folders.data).ok_or_else(|| {
            UserError::new(
                Code::Local,
                "This user has no home folder, or HOME is not a full path.",
                "Name a data folder with --data-dir DIR.",
            )
        }),
    }
}

/// Folder of the user's handbook data and templates: beside the data if the user named a data folder.
fn config_dir(global: &Global) -> Option<PathBuf> {
    match &global.data_dir {
        Some(dir) => Some(dir.join("config")),
        None => ProgramFolders::of_user().map(|folders| folders.config),
    }
}

fn pace(factor: Option<f64>, loopback: bool) -> Result<Timing, UserError> {
    match factor {
        None => Ok(Timing::default()),
        Some(_) if !loopback => Err(UserError::new(
            Code::Usage,
            "--pace works only with instances on this computer, never with a real GitLab.",
            "Leave out --pace, or name a practice instance with --instance http://127.0.0.1:PORT.",
        )),
        Some(factor) => usable(factor).map(Timing::scaled),
    }
}

/// All work of one engine waits at one pace. A command with another pace is refused: it would send requests to a real
/// GitLab at the pace of practice, or wait for minutes in practice.
fn other_pace(pace: f64) -> UserError {
    UserError::new(
        Code::Local,
        format!(
            "The Export Desk that uses this data folder multiplies its waiting times by {pace} (--pace), and this command asks for another factor."
        ),
        format!(
            "Run the command with --pace {pace} if its instance is on this computer, or with another data folder (--data-dir), or close the other Export Desk."
        ),
    )
}

fn usable(factor: f64) -> Result<f64, UserError> {
    if factor.is_finite() && factor > 0.0 && factor <= 1000.0 {
        return Ok(factor);
    }
    Err(UserError::new(
        Code::Usage,
        "--pace takes a number above 0 and up to 1000.",
        "For example --pace 0.01.",
    ))
}

fn readable(caller: &CommandCaller, path: &Path) -> Result<PathBuf, UserError> {
    let full = full_path(caller, path)?;
    match certificate_fault(&full) {
        None => Ok(full),
        Some(why) => {
            let headline = format!("The certificate file {} {why}.", path.display());
            Err(UserError::new(Code::Usage, headline, "Name a PEM file with --ca-file."))
        }
    }
}

fn token_of_caller(caller: &CommandCaller) -> Result<Option<Token>, UserError> {
    for name in ["EXPORT_DESK_TOKEN", "GITLAB_TOKEN"] {
        if let Some(text) = text_of(caller, name) {
            return Token::new(text).map(Some).map_err(|error| {
                UserError::new(
                    Code::Usage,
                    format!("{name} is not a token: {error}"),
                    "Set the variable to the token only.",
                )
            });
        }
    }
    Ok(None)
}
