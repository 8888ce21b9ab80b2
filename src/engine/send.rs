//! Sends a request that changes something on GitLab. Each try is recorded before it is sent and after its answer, and
//! the request is sent again only if that can do no harm.

use std::time::Duration;

use tokio::time::Instant;

use crate::case::UserError;
use crate::gitlab::{Arrival, Client, Error, ErrorKind, is_sent_again};

use super::access::{ApiAccess, MOST_REQUESTS, OnWait, SendFailed, waiting, waiting_for_limit};
use super::limiter::{Limit, Turn};
use super::refusals::of_gitlab;

/// One request: how to send it, and what its failures mean.
pub trait SendRequest: Sync {
    type Answer: Send;

    fn limit(&self) -> Limit;

    /// Checks what must hold before the first try.
    fn prepare(&self, _api: &mut ApiAccess) -> impl Future<Output = Result<(), UserError>> + Send {
        async { Ok(()) }
    }

    /// Checks what must hold right before each try.
    fn check(&self) -> impl Future<Output = Result<(), UserError>> + Send {
        async { Ok(()) }
    }

    fn send(&self, client: &Client) -> impl Future<Output = Result<Self::Answer, Error>> + Send;

    /// Whether a failed try may have reached GitLab.
    fn arrival(&self, error: &Error) -> Arrival {
        if error.maybe_sent() { Arrival::Unknown } else { Arrival::Not }
    }

    /// Checks whether an earlier try has arrived after all, where `error` suggests that.
    fn find(
        &self,
        _api: &mut ApiAccess,
        _error: &Error,
    ) -> impl Future<Output = Option<Self::Answer>> + Send {
        async { None }
    }

    /// Whether another try makes sense after this many.
    fn is_worth_another(&self, _error: &Error, _tries: u32) -> bool {
        true
    }

    /// The error when there is no answer; `in_doubt` where a try may have arrived.
    fn explain(&self, error: &Error, _tries: u32, _in_doubt: bool) -> UserError {
        of_gitlab(error)
    }
}

/// Records the steps of a request, so that a crash does not lose them.
pub trait Journal: Sync {
    /// The request is about to be sent. If this fails, it is not sent.
    fn record_about_to_send(&self) -> impl Future<Output = Result<(), UserError>> + Send;
    /// The request certainly did not arrive.
    fn record_not_sent(&self) -> impl Future<Output = ()> + Send;
}

/// For requests whose result can be read from GitLab after a crash.
#[derive(Clone, Copy, Debug)]
pub struct NoJournal;

impl Journal for NoJournal {
    async fn record_about_to_send(&self) -> Result<(), UserError> {
        Ok(())
    }

    async fn record_not_sent(&self) {}
}

/// A request that consists of one call.
pub struct LimitedCall<F>(pub Limit, pub F);

impl<T, F, Fut> SendRequest for LimitedCall<F>
where
    T: Send,
    F: Fn(Client) -> Fut + Sync,
    Fut: Future<Output = Result<T, Error>> + Send,
{
    type Answer = T;

    fn limit(&self) -> Limit {
        self.0.clone()
    }

    fn send(&self, client: &Client) -> impl Future<Output = Result<T, Error>> + Send {
        (self.1)(client.clone())
    }
}

/// Sends the request, and retries where [`is_sent_again`] allows it; `on_wait` is called before each wait.
pub async fn send<R: SendRequest>(
    api: &mut ApiAccess,
    request: &R,
    journal: &impl Journal,
    on_wait: &OnWait,
) -> Result<R::Answer, SendFailed> {
    let client = api.client().await.map_err(SendFailed::No)?;
    request.prepare(api).await.map_err(SendFailed::No)?;
    let (mut tries, mut waited, mut in_doubt) = (0, Duration::ZERO, false);
    loop {
        let turn = its_turn(api, &request.limit(), on_wait).await;
        let may_leave = match request.check().await {
            Ok(()) => journal.record_about_to_send().await,
            Err(error) => Err(error),
        };
        may_leave.map_err(|error| ended(error, in_doubt))?;
        tries += 1;
        let answer = request.send(&client).await;
        drop(turn);
        let error = match answer {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if let Some(answer) = request.find(api, &error).await {
            return Ok(answer);
        }
        let arrival = request.arrival(&error);
        in_doubt |= arrival != Arrival::Not;
        if !in_doubt {
            journal.record_not_sent().await;
        }
        let again = is_sent_again(&error, arrival) && request.is_worth_another(&error, tries);
        let in_time = |wait: &Duration| waited.saturating_add(*wait) <= api.timing.give_up;
        let wait = api.next_try(&error, tries).filter(|wait| again && tries < MOST_REQUESTS && in_time(wait));
        let Some(wait) = wait else {
            return Err(ended(request.explain(&error, tries, in_doubt), in_doubt));
        };
        if matches!(error.kind, ErrorKind::RateLimited { .. }) {
            api.limiter.blocked(&request.limit(), wait, Instant::now());
        }
        on_wait(waiting(&error, wait));
        tokio::time::sleep(wait).await;
        waited += wait;
    }
}

fn ended(error: UserError, in_doubt: bool) -> SendFailed {
    if in_doubt { SendFailed::Unknown(error) } else { SendFailed::No(error) }
}

/// Waits for a free unit of the rate limit, and reports a wait that a user would notice.
async fn its_turn(api: &ApiAccess, limit: &Limit, on_wait: &OnWait) -> Turn {
    let turn = api.limiter.turn(limit, Instant::now());
    loop {
        let wait = turn.remaining(Instant::now());
        if wait.is_zero() {
            return turn;
        }
        if wait >= Duration::from_secs(1) {
            on_wait(waiting_for_limit(wait));
        }
        tokio::time::sleep(wait).await;
    }
}
