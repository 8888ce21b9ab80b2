//! The request that starts a job: its journal, its task, and its result. The same for all kinds of jobs.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::case::{Code, JobId, JobInput, SendJournal, UserError, UtcMs};
use crate::engine::access::SendFailed;
use crate::engine::api::{Answer, AskId};
use crate::engine::clock;
use crate::engine::core::{Core, wait_reporter};
use crate::engine::input::EngineInput;
use crate::engine::limiter::Limit;
use crate::engine::send::{self, Journal, SendRequest};
use crate::engine::user_error::defect;

use super::input::{AcceptedRequest, JobsInput};
use super::table::{self, JobTable};

/// Counts the requests that an earlier program sent, for example the command that was the host until it ended: GitLab's
/// minute does not begin anew with this program.
pub fn count_earlier(core: &mut Core, table: &JobTable, now: UtcMs) {
    let exports = table.exports().map(|run| (&run.instance, Limit::Export, run.accepted_at, &run.send));
    let imports = table.imports().map(|job| (&job.instance, Limit::Import, job.accepted_at, &job.send));
    for (instance, limit, accepted_at, send) in exports.chain(imports) {
        let left_at = if let SendJournal::Unanswered { left_at, .. } = send { *left_at } else { None };
        if let Some(at) = accepted_at.or(left_at) {
            let age = Duration::from_millis(now.since_ms(at).try_into().unwrap_or_default());
            core.sessions.sent_before(instance, &limit, age);
        }
    }
}

/// Sends the request of a job. GitLab's answer produces the reply to `ask`; `waits_for_end` tells whether the caller waits
/// for the job's end.
pub fn begin<R>(
    core: &mut Core,
    table: &mut JobTable,
    id: JobId,
    (ask, waits_for_end): (AskId, bool),
    request: R,
) where
    R: SendRequest<Answer = AcceptedRequest> + Send + 'static,
{
    // The request uses the token of whoever asks for it, also where an earlier program planned it.
    table.follow(core, id);
    let Some(tracked) = table.get_mut(id) else { return core.reply(ask, Err(table::no_such(id))) };
    let Some(mut api) = core.sessions.access_of(&tracked.followers, tracked.job.instance()) else {
        return core.reply(ask, Err(defect()));
    };
    tracked.polling.stop();
    let inputs = core.inputs.clone();
    let work = async move {
        let journal = JobJournal { id, inputs: &inputs };
        let on_wait = wait_reporter(inputs.clone(), ask);
        let shown = inputs.clone();
        let on_wait = move |waiting: crate::engine::api::Waiting| {
            shown.try_send(EngineInput::Jobs(JobsInput::Waits { id, waiting: waiting.clone() })).ok();
            on_wait(waiting);
        };
        send::send(&mut api, &request, &journal, &on_wait).await
    };
    let task =
        core.spawn(work, move |result| EngineInput::Jobs(JobsInput::Sent { id, ask, waits_for_end, result }));
    tracked.request = Some(table::SendTask { ask, task });
}

/// Records that the request is about to be sent, then lets the task send it. If the record fails, or if the job has
/// ended meanwhile, nothing is sent.
pub fn record_about_to_send(core: &mut Core, table: &mut JobTable, id: JobId, go: oneshot::Sender<()>) {
    if !table.get(id).is_some_and(|tracked| tracked.request.is_some() && !tracked.job.is_ended()) {
        return;
    }
    if table.apply(core, id, JobInput::AboutToSend, clock::now()).is_ok() {
        if let Some(tracked) = table.get_mut(id) {
            tracked.polling.waiting = None;
        }
        go.send(()).ok();
    }
}

/// Records that the request certainly did not arrive.
pub fn record_not_sent(core: &mut Core, table: &mut JobTable, id: JobId) {
    // The snapshot shows a full disk as an error. At worst, the job is polled where a second request would have been
    // right.
    table.apply(core, id, JobInput::NotSent, clock::now()).ok();
}

/// The request has ended, with or without an answer.
pub fn sent(
    core: &mut Core,
    table: &mut JobTable,
    id: JobId,
    (ask, waits_for_end): (AskId, bool),
    result: Result<AcceptedRequest, SendFailed>,
) {
    let now = clock::now();
    if let Some(tracked) = table.get_mut(id) {
        (tracked.request, tracked.polling.waiting) = (None, None);
    }
    let answer = match id {
        JobId::Export(id) => Answer::Run(id),
        JobId::Relations(id) => Answer::Relations(id),
        JobId::Import(id) => Answer::Import(id),
        JobId::Rebuild(id) => Answer::Rebuild(id),
    };
    let reply = match result {
        Ok(AcceptedRequest { correlation_id, polled }) => {
            table.apply(core, id, JobInput::Accepted { correlation_id, polled }, now).map(|()| answer)
        }
        // Only polls can tell whether the request arrived: a second request could do harm.
        Err(SendFailed::Unknown(mut error)) => {
            let taken = table.apply(core, id, JobInput::Unanswered { error: error.clone() }, now);
            error.hint =
                "GitLab may have received the request. Check the status before you start again.".into();
            taken.and(if waits_for_end { Ok(answer) } else { Err(error) })
        }
        Err(SendFailed::No(error)) => {
            let taken = table.apply(core, id, JobInput::NotAccepted { error: error.clone() }, now);
            taken.and(Err(error))
        }
    };
    if table.get(id).is_some_and(|sent| sent.job.is_under_way() && sent.job.send().is_unanswered()) {
        // Soon, because a file that is there at once is not of this request.
        table.poll_in(id, core.timing.first_poll / 2, now);
    } else {
        table.poll_later(core, id, now);
    }
    if let (Err(error), Some(tracked)) = (&reply, table.get_mut(id))
        && !tracked.job.is_ended()
        && !tracked.job.send().is_unanswered()
    {
        // The error is shown even if the store cannot record it.
        tracked.polling.error = Some(error.clone());
    }
    core.reply(ask, reply);
}

/// The user no longer wants to watch the job. A request that was not sent yet is dropped.
pub fn unwatch(core: &mut Core, table: &mut JobTable, id: JobId) -> Result<(), UserError> {
    let Some(tracked) = table.get_mut(id) else { return Err(table::no_such(id)) };
    if tracked.job.send().is_planned()
        && let Some(request) = tracked.request.take()
    {
        core.reply(request.ask, Err(stopped()));
    }
    table.apply(core, id, JobInput::Unwatched, clock::now())
}

/// Whoever asked for a job gave up. Returns whether a request for it is known here: one that was not sent yet, and that
/// nobody else waits for, is dropped, and one that was sent is answered.
pub fn give_up(core: &mut Core, table: &mut JobTable, ask: AskId) -> bool {
    let Some(id) = table.sending_for(ask) else { return false };
    let by = core.asks.by(ask);
    let Some(tracked) = table.get_mut(id).filter(|tracked| tracked.job.send().is_planned()) else {
        return true;
    };
    if tracked.followers.iter().any(|other| other != by && core.sessions.is_here(other)) {
        return true;
    }
    tracked.request = None;
    // The snapshot shows a full disk as an error; the request is dropped in any case.
    table.apply(core, id, JobInput::Unwatched, clock::now()).ok();
    core.reply(ask, Ok(Answer::NotRequested));
    true
}

/// The error of a request that the program did not send before it ended.
pub fn never_sent() -> UserError {
    UserError::new(
        Code::Internal,
        "Export Desk ended before it sent the request. GitLab did not receive the request.",
        "Start the export again.",
    )
}

fn stopped() -> UserError {
    UserError::new(
        Code::Refused,
        "The export was stopped before Export Desk sent the request.",
        "Start the export again.",
    )
}

/// Records the steps of a request in its job.
struct JobJournal<'a> {
    id: JobId,
    inputs: &'a mpsc::Sender<EngineInput>,
}

impl Journal for JobJournal<'_> {
    async fn record_about_to_send(&self) -> Result<(), UserError> {
        let (go, written) = oneshot::channel();
        self.inputs.send(EngineInput::Jobs(JobsInput::AboutToSend { id: self.id, go })).await.ok();
        written.await.map_err(|_not_written| defect())
    }

    async fn record_not_sent(&self) {
        self.inputs.send(EngineInput::Jobs(JobsInput::NotSent { id: self.id })).await.ok();
    }
}
