//! Carries out the commands of other processes on this program's engine.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use clap::Parser as _;
use serde_json::json;
use tokio::sync::watch;

use crate::case::{Code, Hint, UserError};
use crate::engine::{Engine, EngineHandle};
use crate::host::{Caller, GiveWay, Host, Interrupt, Outcome, Request, Streams};

use super::call::Call;
use super::output::Out;
use super::{Cli, run};

/// Lets other commands join this engine, as long as the engine lives. Where that is not possible, they say that the data
/// folder is in use.
pub fn begin(engine: &mut Engine, folder: &Path, give_way: Option<GiveWay>) {
    let handle = engine.handle();
    let carry_out = move |request: &Request, streams: Arc<dyn Streams>, interrupted: Interrupted| {
        carry_out(&handle, request, streams, interrupted)
    };
    match Host::start(folder, Arc::new(carry_out), give_way) {
        Ok(host) => engine.keep(Box::new(host)),
        Err(error) => tracing::warn!("other commands cannot join: {error}"),
    }
}

type Interrupted = watch::Receiver<Option<Interrupt>>;

fn carry_out(
    engine: &EngineHandle,
    request: &Request,
    streams: Arc<dyn Streams>,
    interrupted: Interrupted,
) -> Outcome {
    let Some((cli, caller)) = understood(request) else {
        let error = UserError::new(Code::Internal, "The command was not understood.", Hint::ReportDefect);
        return Outcome::Ended(Out::to(false, streams).failed(&error, json!({})));
    };
    let out = Out::to(cli.global.json, streams);
    let Some(verb) = cli.verb else { return Outcome::Ended(0) };
    let mut global = cli.global;
    // Relative to the caller's folder.
    if let (Some(file), Some(folder)) = (&mut global.ca_file, &caller.folder) {
        *file = folder.join(&*file);
    }
    let call = Call::hosted((global, caller, out), engine.clone(), interrupted);
    match run::dispatch(&call, verb) {
        Err(_interrupted) if call.is_handed_over() => Outcome::HandedOver,
        end => Outcome::Ended(call.out.end(end)),
    }
}

/// The caller's process has parsed the same arguments already, in the same version of the program.
fn understood(request: &Request) -> Option<(Cli, Caller)> {
    let (arguments, caller): (Vec<OsString>, _) = (request.arguments()?, request.caller());
    let cli = Cli::try_parse_from(arguments).ok()?;
    let global = cli.global.filled(|name| caller.variable(name)).ok()?;
    Some((Cli { global, ..cli }, caller))
}
