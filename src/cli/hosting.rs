//! Carries out the commands of other processes on this program's engine.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser as _;
use serde_json::json;
use tokio::sync::watch;

use crate::case::{Code, Hint, UserError};
use crate::engine::{Engine, EngineHandle, NotStarted, Setup};
use crate::host::{
    CommandCaller, CommandEnd, GiveWay, GivesWay, HandedCommand, Host, Interrupt, SILENCE, Service, Streams,
    ask_to_give_way,
};

use super::invocation::Invocation;
use super::output::Out;
use super::{Cli, run};

/// Lets other commands join this engine, as long as the engine lives. Where that is not possible, they say that the data
/// folder is in use.
pub fn begin(engine: &mut Engine, folder: &Path, give_way: Option<GiveWay>) {
    let handle = engine.handle();
    let carry_out = move |request: &HandedCommand, streams: Arc<dyn Streams>, interrupted: Interrupted| {
        carry_out(&handle, request, streams, interrupted)
    };
    let engine_works = engine.handle();
    let service = Service {
        carry_out: Arc::new(carry_out),
        is_alive: Box::new(move || engine_works.is_alive()),
        give_way,
    };
    match Host::start(folder, service) {
        Ok(host) => engine.keep(Box::new(host)),
        Err(error) => tracing::warn!("other commands cannot join: {error}"),
    }
}

/// Starts the window's engine, and lets commands of other processes join it. A command that has the data folder open gives
/// way: it continues in the window's engine.
pub fn window_engine(setup: Setup, wake: impl Fn() + Send + Sync + 'static) -> Result<Engine, UserError> {
    let Some(folder) = setup.data_dir.clone() else { return Ok(Engine::start(setup, wake)?) };
    let began = Instant::now();
    let mut answered = began;
    let wake = Arc::new(wake);
    let mut engine = loop {
        let wake = Arc::clone(&wake);
        match Engine::start(setup.clone(), move || wake()) {
            Ok(engine) => break engine,
            // Of several commands, each in turn may be the first to open the folder again. Each needs time to stop.
            Err(in_use @ NotStarted::InUse { .. })
                if answered.elapsed() < SILENCE && began.elapsed() < LONGEST_WAIT =>
            {
                match ask_to_give_way(&folder) {
                    GivesWay::Yes => {
                        tracing::info!("a command gives way to the window");
                        answered = Instant::now();
                    }
                    GivesWay::OtherVersion { version, process } => {
                        return Err(run::other_version(&version, process));
                    }
                    GivesWay::Stays => return Err(in_use.into()),
                    GivesWay::NoAnswer => {}
                }
                std::thread::sleep(run::BETWEEN_TRIES);
            }
            Err(not_started) => return Err(not_started.into()),
        }
    };
    begin(&mut engine, &folder, None);
    Ok(engine)
}

/// How long the window waits for the commands that have the data folder open, however many they are.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The engine of a host has one proxy for all.
const OTHER_PROXIES: &str = "The Export Desk that has the data folder open carried this command out, with its own proxy. HTTPS_PROXY and the like have other values there.";

type Interrupted = watch::Receiver<Option<Interrupt>>;

fn carry_out(
    engine: &EngineHandle,
    request: &HandedCommand,
    streams: Arc<dyn Streams>,
    interrupted: Interrupted,
) -> CommandEnd {
    let Some((cli, caller)) = understood(request) else {
        let error = UserError::new(Code::Internal, "The command was not understood.", Hint::ReportDefect);
        return CommandEnd::Ended(Out::to(false, streams).failed(&error, json!({})));
    };
    let out = Out::to(cli.global.json, streams);
    let Some(verb) = cli.verb else { return CommandEnd::Ended(0) };
    let call = Invocation::hosted((cli.global, caller, out), engine.clone(), interrupted);
    match run::dispatch(&call, verb) {
        Err(_interrupted) if call.is_handed_over() => CommandEnd::HandedOver,
        end => {
            if matches!(&end, Err(failure) if failure.error.code == Code::Network)
                && !call.caller.has_proxies_of(&CommandCaller::here())
            {
                call.out.warn(OTHER_PROXIES);
            }
            CommandEnd::Ended(call.out.end(end))
        }
    }
}

/// The caller's process has parsed the same arguments already, in the same version of the program.
fn understood(request: &HandedCommand) -> Option<(Cli, CommandCaller)> {
    let (arguments, caller): (Vec<OsString>, _) = (request.arguments()?, request.caller());
    let cli = Cli::try_parse_from(arguments).ok()?;
    let global = cli.global.filled(|name| caller.variable(name)).ok()?;
    Some((Cli { global, ..cli }, caller))
}
