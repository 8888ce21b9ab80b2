//! Access to an instance: the API client (available once there is a token), the shared rate limits, and retries.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::case::{Code, Hint, UserError};
use crate::gitlab::{Client, Error, ErrorKind, Instance, Retry, backoff, retry};

use super::api::{TokenState, Waiting};
use super::clock;
use super::guest::OwnCertificates;
use super::limiter::{Limit, Limiter};
use super::refusals::of_gitlab;
use super::timing::Timing;
use crate::platform::words::KEYRING;

/// How many times a single request is tried before it fails. Jobs and downloads retry for longer.
const QUESTION_ATTEMPTS: u32 = 4;
/// The most times that one request is sent, answers of 429 included. With the waits of [`ApiAccess::next_try`]
/// between them, these tries take about a quarter of an hour.
pub const MOST_REQUESTS: u32 = 24;

/// Receives the reason why a request waits before its next try.
pub type OnWait = dyn Fn(Waiting) + Send + Sync;

/// A client, or the reason why there is none.
pub type ClientResult = Result<Client, UserError>;

/// Why a request that changes something did not succeed.
#[derive(Debug)]
pub enum SendFailed {
    /// GitLab rejected the request, or the request certainly never arrived.
    No(UserError),
    /// The request may have arrived. Only the next poll can tell.
    Unknown(UserError),
}

impl From<UserError> for SendFailed {
    /// A task that stopped unexpectedly may have sent the request already.
    fn from(error: UserError) -> Self {
        Self::Unknown(error)
    }
}

/// A poll that got no answer.
#[derive(Debug)]
pub struct PollFailed {
    pub cause: Option<Error>,
    pub error: UserError,
}

impl From<UserError> for PollFailed {
    fn from(error: UserError) -> Self {
        Self { cause: None, error }
    }
}

/// What a task needs to talk to an instance. Each task gets its own clone.
#[derive(Clone, Debug)]
pub struct ApiAccess {
    pub instance: Instance,
    pub(super) client: watch::Receiver<Option<ClientResult>>,
    pub limiter: Arc<Limiter>,
    pub timing: Timing,
    /// How long to wait for the keyring; `None` where calls wait until the person has answered its prompt.
    pub(super) keyring_limit: Option<Duration>,
    /// Certificates that the client does not have yet.
    pub(super) certificates: Option<OwnCertificates>,
}

impl ApiAccess {
    /// The same access with another client, to try a token before it is saved.
    pub fn with_client(mut self, client: ClientResult) -> Self {
        let (sender, receiver) = watch::channel(Some(client));
        drop(sender);
        self.client = receiver;
        self.certificates = None;
        self
    }

    /// The base URL without a trailing slash. It identifies the instance everywhere in the program.
    pub fn instance_name(&self) -> String {
        self.instance.to_string().trim_end_matches('/').to_owned()
    }

    /// Waits for the keyring's answer, then returns the client.
    pub async fn client(&mut self) -> ClientResult {
        let instance = self.instance_name();
        let answer = async {
            match self.client.wait_for(Option::is_some).await {
                Ok(client) => client.clone().unwrap_or_else(|| Err(stopped())),
                Err(_gone) => Err(stopped()),
            }
        };
        let client = match self.keyring_limit {
            Some(limit) => tokio::time::timeout(limit, answer)
                .await
                .unwrap_or_else(|_slow| Err(missing(&instance, TokenState::KeyringLocked)))?,
            None => answer.await?,
        };
        match &self.certificates {
            Some(certificates) => certificates.with(&instance, client),
            None => Ok(client),
        }
    }

    /// Sends one request and retries where a retry can help. `on_wait` is called before each wait.
    pub async fn ask<T, F>(
        &mut self,
        limit: Limit,
        call: impl Fn(Client) -> F + Send,
        on_wait: &OnWait,
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
            on_wait(waiting(&error, wait));
            tokio::time::sleep(wait).await;
        }
    }

    /// How long to wait before the next try, or `None` where another try cannot help. The result is the longer of
    /// what GitLab requests and our own backoff: GitLab's `Retry-After` may be 0 or a date in the past.
    pub fn next_try(&self, error: &Error, failures: u32) -> Option<Duration> {
        let grown = backoff(failures, self.timing.backoff_base, self.timing.backoff_cap, fastrand::f64());
        match retry(&error.kind) {
            Retry::No => None,
            Retry::After(Some(wait)) => Some(self.timing.of_server(wait).max(grown)),
            Retry::After(None) => Some(self.timing.limit_window),
            Retry::WithBackoff => Some(grown),
        }
    }
}

/// Sends the request once. The caller, which polls, decides when to try again.
pub async fn poll_once<T, F>(
    api: &mut ApiAccess,
    call: impl FnOnce(Client) -> F + Send,
) -> Result<T, PollFailed>
where
    F: Future<Output = Result<T, Error>> + Send,
{
    let client = api.client().await?;
    api.limiter.wait(&Limit::ProjectRead).await;
    call(client).await.map_err(|error| PollFailed { error: of_gitlab(&error), cause: Some(error) })
}

/// What the user reads while a request waits for the rate limit.
pub fn waiting_for_limit(wait: Duration) -> Waiting {
    let why = "GitLab limits these requests per minute. The next request waits.".to_owned();
    let until = Some(clock::now().plus_ms(wait.as_millis() as i64));
    Waiting { why, until, may_retry_now: false }
}

/// What the user reads while a failed request waits for its next try.
pub fn waiting(error: &Error, wait: Duration) -> Waiting {
    let until = clock::now().plus_ms(wait.as_millis() as i64);
    Waiting { why: error.to_string(), until: Some(until), may_retry_now: false }
}

/// The error of a call without a token.
pub fn missing(url: &str, state: TokenState) -> UserError {
    let instance = url.to_owned();
    let hint = match state {
        TokenState::KeyringLocked => {
            let headline = format!("The {KEYRING} has not released the token for {url}.");
            return UserError::new(Code::KeyringLocked, headline, Hint::UnlockKeyring { instance });
        }
        TokenState::Reading
        | TokenState::InKeyring
        | TokenState::FromEnvironment
        | TokenState::ThisRunOnly
        | TokenState::Missing => Hint::Connect { instance },
    };
    UserError::new(Code::TokenMissing, format!("There is no token for {url}."), hint)
}

fn stopped() -> UserError {
    UserError::new(Code::Internal, "Export Desk is closing.", "Start Export Desk again.")
}
