//! A command's connection to the engine: sends commands, waits for replies, follows a run or a download until it
//! ends.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};

use crate::case::{Case, CaseId, Code, DownloadId, Hint, RunId, UserError, format, run};
use crate::engine::api::{
    Answer, AskId, Command, DownloadLine, DownloadState, DownloadView, RunView, Snapshot, Waiting,
};
use crate::engine::{Asked, Engine, FrontEnd};
use crate::host::Interrupt;

use super::invocation::Invocation;
use crate::platform::awake::Awake;

use super::output::{Failure, Out};
use super::receipt::refuse_taken;

/// What a command says when the request of an earlier program, whose answer it waited for, turns out to be lost. The
/// command then sends its own request.
pub const NEVER_ARRIVED: &str = "GitLab did not get the earlier request. Sending it again.";

/// One command's way to its engine.
pub struct EngineClient {
    front_end: FrontEnd,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    interrupted: watch::Receiver<Option<Interrupt>>,
    waiter: tokio::runtime::Runtime,
    pub out: Out,
    /// Where this command started the engine. Fields are dropped in order: the front end leaves first.
    own: Option<OwnEngine>,
}

/// An engine that ends with its command. Only its owner keeps the computer awake: one for all who have joined.
struct OwnEngine {
    awake: Awake,
    _engine: Engine,
}

impl std::fmt::Debug for EngineClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineClient").finish_non_exhaustive()
    }
}

impl EngineClient {
    /// A client that has joined an engine; `engine` is set where the engine ends with the command.
    pub fn new(front_end: FrontEnd, engine: Option<Engine>, call: &Invocation) -> Result<Self, UserError> {
        let waiter = tokio::runtime::Builder::new_current_thread().build().map_err(|error| {
            UserError::new(Code::Local, "The system cannot start another thread.", error.to_string())
        })?;
        let (snapshots, interrupted) = (front_end.watch(), call.interrupted.clone());
        Ok(Self {
            front_end,
            snapshots,
            interrupted,
            waiter,
            out: call.out.clone(),
            own: engine.map(|engine| OwnEngine { awake: Awake::default(), _engine: engine }),
        })
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.front_end.snapshot()
    }

    /// Sends a command and waits for its reply. If the host is about to end, a command whose request was sent is waited
    /// for, and what was not sent yet is given up.
    pub fn ask(&mut self, command: Command) -> Result<Answer, UserError> {
        if let Some(why) = *self.interrupted.borrow() {
            return Err(interruption(why));
        }
        let mut giving_up = GivingUp { may_be_left: may_be_left(&command), step: GiveUpStep::NotYet };
        let Asked { ask, mut reply } = self.front_end.send(command);
        let mut waits = WaitReporter::default();
        let Self { front_end, snapshots, interrupted, waiter, out, own } = self;
        loop {
            let snapshot = snapshots.borrow_and_update().clone();
            stay_awake(own, &snapshot);
            let waiting = snapshot.asking.iter().find(|(asked, _)| *asked == ask).map(|(_, waiting)| waiting);
            waits.tell(waiting, &snapshot, out);
            let next = waiter.block_on(async {
                tokio::select! {
                    biased;
                    reply = &mut reply => Some(reply.map_err(|_closed| stopped()).flatten()),
                    changed = snapshots.changed() => changed.err().map(|_closed| Err(stopped())),
                    why = giving_up.wait(front_end, ask, interrupted) => Some(Err(interruption(why))),
                }
            });
            if let Some(end) = next {
                return if matches!(end, Ok(Answer::NotRequested)) {
                    Err(interruption(Interrupt::HandOver))
                } else {
                    end
                };
            }
        }
    }

    /// Calls `found` with every snapshot until it returns a value.
    pub fn until<T>(&mut self, mut found: impl FnMut(&Snapshot, &Out) -> Option<T>) -> Result<T, UserError> {
        loop {
            let snapshot = self.snapshots.borrow_and_update().clone();
            stay_awake(&mut self.own, &snapshot);
            if let Some(answer) = found(&snapshot, &self.out) {
                return Ok(answer);
            }
            let Self { snapshots, interrupted, waiter, .. } = self;
            waiter.block_on(async {
                tokio::select! {
                    changed = snapshots.changed() => changed.map_err(|_closed| stopped()),
                    why = interruption_of(interrupted) => Err(interruption(why)),
                }
            })?;
        }
    }

    /// Refuses an existing file, unless an interrupted download of this program has already given it its name.
    pub fn refuse_taken(&self, path: &Path) -> Result<(), Failure> {
        let is_ours = |view: &Arc<DownloadView>| {
            view.state != DownloadState::Done && view.path.as_deref() == Some(path)
        };
        if self.snapshot().downloads.iter().any(is_ours) { Ok(()) } else { refuse_taken(path) }
    }

    /// A case, and the snapshot that contains it.
    pub fn case(&self, id: CaseId) -> Result<(Arc<Case>, Arc<Snapshot>), UserError> {
        let snapshot = self.snapshot();
        match snapshot.cases.iter().find(|case| case.id == id).cloned() {
            Some(case) => Ok((case, snapshot)),
            None => Err(UserError::new(Code::Usage, format!("There is no case {id}."), Hint::ListCases)),
        }
    }

    /// Follows a run until it ends, and reports each change.
    pub fn follow_run(&mut self, id: RunId) -> Result<Arc<RunView>, UserError> {
        let mut told = (None, None);
        let mut waits = WaitReporter::default();
        self.until(|snapshot, out| {
            let view = snapshot.runs.iter().find(|view| view.run.id == id)?;
            let now = (view.run.server_status().map(str::to_owned), Some(view.status.phase));
            if told != now {
                out.event("status", run_fields(view));
                out.say(&view.status.sentence);
                told = now;
            }
            waits.tell(view.watch.waiting.as_ref(), snapshot, out);
            (view.run.is_ended() || view.status.stuck || view.watch.error.is_some()).then(|| view.clone())
        })
    }

    /// Follows a download until it ends, and reports its progress.
    pub fn follow_download(&mut self, id: DownloadId) -> Result<Arc<DownloadView>, UserError> {
        let mut reported_bytes = None;
        let mut reported_tenth = 0;
        let mut heard = 0;
        self.until(|snapshot, out| {
            let view = snapshot.downloads.iter().find(|view| view.id == id)?;
            if reported_bytes != Some(view.bytes) {
                out.event("progress", json!({ "bytes": view.bytes, "total": view.total_bytes, "bytes_per_s": view.bytes_per_s }));
                reported_bytes = Some(view.bytes);
            }
            if let Some(total) = view.total_bytes.filter(|total| *total > 0) {
                let tenth = view.bytes.saturating_mul(10) / total;
                if tenth > reported_tenth {
                    reported_tenth = tenth;
                    let (now, all) = (format::bytes(view.bytes), format::bytes(total));
                    out.say(&format!("{now} of {all}"));
                }
            }
            for event in view.lines.iter().filter(|event| event.seq > heard) {
                tell_event(event, out);
            }
            heard = view.lines.last().map_or(heard, |event| event.seq);
            (view.state.is_ended() || view.state == DownloadState::Paused).then(|| view.clone())
        })
    }
}

fn stay_awake(own: &mut Option<OwnEngine>, snapshot: &Snapshot) {
    if let Some(own) = own {
        own.awake.set(snapshot.busy);
    }
}

fn stopped() -> UserError {
    UserError::new(Code::Internal, "Export Desk stopped unexpectedly.", Hint::ReportDefect)
}

/// The end of a command that was interrupted. Its caller goes on by itself, or is gone: nobody reads this.
fn interruption(why: Interrupt) -> UserError {
    let headline = match why {
        Interrupt::CallerGone => "The command was stopped.",
        Interrupt::HandOver => "The command continues in another program.",
    };
    UserError::new(Code::Local, headline, "Run the same command again.")
}

/// Whether nothing is lost where the answer is not waited for: the command only reads, or sends nothing before its
/// preflight, which notices that it was given up.
fn may_be_left(command: &Command) -> bool {
    matches!(
        command,
        Command::Check { .. } | Command::CheckOnce { .. } | Command::Start { .. } | Command::Watch { .. }
    )
}

/// How a command stops waiting for a reply.
struct GivingUp {
    may_be_left: bool,
    step: GiveUpStep,
}

enum GiveUpStep {
    NotYet,
    Asked(oneshot::Receiver<bool>),
    /// The reply is waited for.
    Waits,
}

impl GivingUp {
    /// Waits until the reply need not be waited for any more. Can be dropped and called again.
    async fn wait(
        &mut self,
        front_end: &FrontEnd,
        ask: AskId,
        interrupted: &mut watch::Receiver<Option<Interrupt>>,
    ) -> Interrupt {
        if interruption_of(interrupted).await == Interrupt::CallerGone {
            return Interrupt::CallerGone;
        }
        if matches!(self.step, GiveUpStep::NotYet) {
            self.step = GiveUpStep::Asked(front_end.give_up(ask));
        }
        if let GiveUpStep::Asked(answer) = &mut self.step {
            let nothing_sent = tokio::select! {
                nothing_sent = answer => nothing_sent.unwrap_or(false),
                () = caller_is_gone(interrupted) => return Interrupt::CallerGone,
            };
            self.step = GiveUpStep::Waits;
            if nothing_sent && self.may_be_left {
                return Interrupt::HandOver;
            }
        }
        caller_is_gone(interrupted).await;
        Interrupt::CallerGone
    }
}

/// Waits for any interruption.
async fn interruption_of(interrupted: &mut watch::Receiver<Option<Interrupt>>) -> Interrupt {
    match interrupted.wait_for(Option::is_some).await {
        Ok(why) => why.unwrap_or(Interrupt::CallerGone),
        // The connection is gone, and the caller with it.
        Err(_closed) => Interrupt::CallerGone,
    }
}

async fn caller_is_gone(interrupted: &mut watch::Receiver<Option<Interrupt>>) {
    let is_gone = |why: &Option<Interrupt>| *why == Some(Interrupt::CallerGone);
    // An error means that the connection is gone, and the caller with it.
    interrupted.wait_for(is_gone).await.map(drop).ok();
}

/// Prints a wait as a `retry` line, even if it is over before the next snapshot, and everything else as a `notice`.
fn tell_event(event: &DownloadLine, out: &Out) {
    match event.wait_ms {
        Some(wait_ms) => {
            let wait_secs = wait_ms as f64 / 1000.0;
            out.event("retry", json!({ "why": event.sentence, "wait_secs": wait_secs }));
        }
        None => out.event("notice", json!({ "message": event.sentence })),
    }
    out.say(&event.sentence);
}

/// Reports each wait once.
#[derive(Debug, Default)]
pub struct WaitReporter {
    told: Option<Waiting>,
}

impl WaitReporter {
    pub fn tell(&mut self, waiting: Option<&Waiting>, snapshot: &Snapshot, out: &Out) {
        if let Some(waiting) = waiting
            && self.told.as_ref() != Some(waiting)
        {
            tell_retry(waiting, snapshot, out);
            out.say(&waiting.why);
        }
        self.told = waiting.cloned();
    }
}

/// The `retry` line of a wait.
pub fn tell_retry(waiting: &Waiting, snapshot: &Snapshot, out: &Out) {
    let wait_secs = waiting.until.map(|until| until.since_ms(snapshot.at).max(0) as f64 / 1000.0);
    out.event("retry", json!({ "why": waiting.why, "wait_secs": wait_secs }));
}

/// The fields of a run in `status` lines and results.
pub fn run_fields(view: &RunView) -> Value {
    json!({
        "project": { "id": view.run.project_id, "path": view.run.project_path },
        "server_status": view.run.server_status(),
        "phase": view.status.phase.as_str(),
        "sentence": view.status.sentence,
    })
}

/// Why a run that was followed until its end has failed, or `None` where its file is ready.
pub fn run_error(view: &RunView) -> Option<UserError> {
    if let Some(error) = &view.watch.error {
        return Some(error.clone());
    }
    run::failure(&view.run, &view.status)
}

pub fn wrong_answer() -> Failure {
    UserError::new(Code::Internal, "Internal error.", Hint::ReportDefect).into()
}
