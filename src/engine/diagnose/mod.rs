//! Data for a bug report, without private data: the log, the diagnostics, and those of a crash.

mod bundle;
mod log;
mod scrub;
mod stop;

use super::clock;
use super::core::{Core, on_disk_thread};
use super::input::EngineInput;
use crate::case::UserError;
use crate::engine::api::{Answer, AskId, Snapshot};

use bundle::{BundleFacts, bundle};
pub(super) use log::set_level;
pub use log::{begin_log, log_folder};
pub(super) use stop::remember;
pub use stop::{take_stopped, write_bundle_on_panic};

/// How much of the log the diagnostics contain.
const LOG_END_BYTES: u64 = 48 * 1024;

/// The diagnostics when the engine could not start: its error, and the end of the log.
pub fn bundle_without_desk(error: &UserError) -> String {
    let snapshot = Snapshot { error: Some(error.clone()), ..Snapshot::empty() };
    let log = log_folder().map(|folder| log::tail(folder, LOG_END_BYTES));
    bundle(&BundleFacts {
        at: clock::now(),
        snapshot: Some(&snapshot),
        calls: &[],
        stop: None,
        log: log.as_deref(),
    })
}

/// The diagnostics of this snapshot, as the user would save them.
pub fn diagnose(core: &Core, ask: AskId, snapshot: Snapshot) {
    let calls: Vec<_> = core
        .sessions
        .values()
        .flat_map(|session| {
            let host = session.instance.host().to_owned();
            session.last_calls().into_iter().map(move |call| (host.clone(), call))
        })
        .collect();
    // Reading the log can block on the disk.
    let read = on_disk_thread(move || {
        let log = log_folder().map(|folder| log::tail(folder, LOG_END_BYTES));
        let facts = BundleFacts {
            at: clock::now(),
            snapshot: Some(&snapshot),
            calls: &calls,
            stop: None,
            log: log.as_deref(),
        };
        Answer::Bundle(bundle(&facts).into())
    });
    core.spawn(read, move |result| EngineInput::Answered(ask, result));
}
