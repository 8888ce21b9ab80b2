//! The way to an instance: the client once there is a token, its shared limits, and what is asked again.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::case::{Code, UserError};
use crate::gitlab::{Client, Error, ErrorKind, Instance, Retry, backoff, retry};

use super::api::Waiting;
use super::clock;
use super::limiter::{Limit, Limiter};
use super::refusals::of_gitlab;
use super::timing::Timing;

/// How often a single question is asked again before it fails; runs and transfers have more patience.
const QUESTION_ATTEMPTS: u32 = 4;
/// How often one request goes out at most, answers of 429 included. With the waits of [`ApiAccess::next_try`] between
/// them these take a quarter of an hour.
pub const MOST_REQUESTS: u32 = 24;

/// Hears why a question waits before it is asked again.
pub type OnWait = dyn Fn(Waiting) + Send + Sync;

/// A client, or why there is none.
pub type Reached = Result<Client, UserError>;

/// A request that did not get the answer that says it was taken.
#[derive(Debug)]
pub enum SendFailed {
    /// GitLab said no, or the request surely never arrived.
    No(UserError),
    /// The request may have arrived: only the next look tells.
    Unknown(UserError),
}

impl From<UserError> for SendFailed {
    /// A task that broke off may have sent it.
    fn from(trouble: UserError) -> Self {
        Self::Unknown(trouble)
    }
}

/// A poll that brought no answer.
#[derive(Debug)]
pub struct PollFailed {
    pub error: Option<Error>,
    pub trouble: UserError,
}

impl From<UserError> for PollFailed {
    fn from(trouble: UserError) -> Self {
        Self { error: None, trouble }
    }
}

/// What a task needs to talk to an instance; a clone goes with each task.
#[derive(Clone, Debug)]
pub struct ApiAccess {
    pub instance: Instance,
    pub(super) client: watch::Receiver<Option<Reached>>,
    pub limiter: Arc<Limiter>,
    pub timing: Timing,
}

impl ApiAccess {
    /// The same with a client of its own, for a token that is only being tried.
    pub fn with_client(mut self, client: Reached) -> Self {
        let (sender, receiver) = watch::channel(Some(client));
        drop(sender);
        self.client = receiver;
        self
    }

    /// The instance's name everywhere: its URL without a slash at the end.
    pub fn instance_name(&self) -> String {
        self.instance.to_string().trim_end_matches('/').to_owned()
    }

    /// The client, once the keyring has answered.
    pub async fn client(&mut self) -> Reached {
        match self.client.wait_for(Option::is_some).await {
            Ok(client) => client.clone().unwrap_or_else(|| Err(stopped())),
            Err(_gone) => Err(stopped()),
        }
    }

    /// Asks one question, again where that makes sense; `told` hears of each wait before it begins.
    pub async fn ask<T, F>(
        &mut self,
        limit: Limit,
        call: impl Fn(Client) -> F + Send,
        told: &OnWait,
    ) -> Result<T, UserError>
    where
        F: Future<Output = Result<T, Error>> + Send,
    {
        let client = self.client().await?;
        let began = Instant::now();
        let mut failures = 0;
        loop {
            self.limiter.wait(&limit).await;
            let error = match call(client.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failures += 1;
            let Some(wait) = self.next_try(&error, failures) else { return Err(of_gitlab(&error)) };
            let limited = matches!(error.kind, ErrorKind::RateLimited { .. });
            let most = if limited { MOST_REQUESTS } else { QUESTION_ATTEMPTS };
            if began.elapsed().saturating_add(wait) > self.timing.give_up || failures >= most {
                return Err(of_gitlab(&error));
            }
            if limited {
                self.limiter.blocked(&limit, wait, Instant::now());
            }
            told(waiting(&error, wait));
            tokio::time::sleep(wait).await;
        }
    }

    /// How long to wait before the next try, or `None` where another try makes no sense. What GitLab asks for is never
    /// shortened, and lengthened to what we would wait by ourselves: it may say 0, or a date in the past.
    pub fn next_try(&self, error: &Error, failures: u32) -> Option<std::time::Duration> {
        let grown = backoff(failures, self.timing.backoff_base, self.timing.backoff_cap, fastrand::f64());
        match retry(&error.kind) {
            Retry::No => None,
            Retry::After(Some(wait)) => Some(self.timing.of_server(wait).max(grown)),
            Retry::After(None) => Some(self.timing.limit_window),
            Retry::WithBackoff => Some(grown),
        }
    }
}

/// Asks once; whoever polls decides when to ask again.
pub async fn poll_once<T, F>(
    api: &mut ApiAccess,
    call: impl FnOnce(Client) -> F + Send,
) -> Result<T, PollFailed>
where
    F: Future<Output = Result<T, Error>> + Send,
{
    let client = api.client().await?;
    api.limiter.wait(&Limit::ProjectRead).await;
    call(client).await.map_err(|error| PollFailed { trouble: of_gitlab(&error), error: Some(error) })
}

/// What a person is told while a request waits for its turn.
pub fn waiting_for_limit(wait: std::time::Duration) -> Waiting {
    let why = "GitLab limits these requests per minute. The next request waits.".to_owned();
    Waiting { why, until: Some(clock::now().plus_ms(wait.as_millis() as i64)) }
}

/// What a person is told while a failed call is waited out.
pub fn waiting(error: &Error, wait: std::time::Duration) -> Waiting {
    let until = clock::now().plus_ms(wait.as_millis() as i64);
    Waiting { why: error.to_string(), until: Some(until) }
}

fn stopped() -> UserError {
    UserError::new(Code::Internal, "Export Desk is closing.", "Start Export Desk again.")
}
