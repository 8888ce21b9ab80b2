//! One instance while the program runs: where its token is, the client made with it, the shared limits.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::case::{Code, Hint, Trouble, UtcMs};
use crate::gitlab::{CallRecord, Client, Error, ErrorKind, Instance, Retry, Token, Wire, backoff, retry};

use super::input::PostFailed;
use super::limiter::{Limit, Limiter};
use super::pace::Pace;
use super::snapshot::{Account, InstanceView, TokenState, Waiting};
use super::trouble::of_gitlab;

/// How often a single question is asked again before it fails; runs and transfers have more patience.
const QUESTION_ATTEMPTS: u32 = 4;

/// Hears why a question waits before it is asked again.
pub type Told = dyn Fn(Waiting) + Send + Sync;

type Reached = Result<Client, Trouble>;

/// What the engine's thread knows of an instance.
#[derive(Debug)]
pub struct Session {
    pub instance: Instance,
    /// Its name everywhere: the URL without a slash at the end.
    pub url: String,
    pub is_practice: bool,
    pub token: TokenState,
    pub account: Option<Account>,
    /// User name behind the token, known before a whole check was made.
    pub user: Option<String>,
    client: watch::Sender<Option<Reached>>,
    limiter: Arc<Limiter>,
    wire: Wire,
    pace: Pace,
}

impl Session {
    pub fn new(instance: Instance, wire: Wire, pace: &Pace) -> Self {
        Self {
            url: instance.to_string().trim_end_matches('/').to_owned(),
            instance,
            is_practice: false,
            token: TokenState::Looking,
            account: None,
            user: None,
            client: watch::Sender::new(None),
            limiter: Arc::new(Limiter::new(pace.limit_window)),
            wire,
            pace: *pace,
        }
    }

    /// From now on, calls go out with this token.
    pub fn has(&mut self, token: Token, state: TokenState) {
        let client =
            Client::new(self.instance.clone(), Some(token), &self.wire).map_err(|error| of_gitlab(&error));
        self.token = state;
        self.client.send_replace(Some(client));
    }

    /// From now on, calls fail before they are sent.
    pub fn has_no_token(&mut self, state: TokenState) {
        self.token = state;
        self.client.send_replace(Some(Err(missing(&self.url, state))));
    }

    /// From now on, calls go out over these connections; one that is on its way ends as it began.
    pub fn rewire(&mut self, wire: Wire) {
        self.wire = wire;
        let wire = &self.wire;
        self.client.send_if_modified(|client| match client {
            Some(Ok(old)) => {
                *client = Some(old.rewired(wire).map_err(|error| of_gitlab(&error)));
                true
            }
            Some(Err(_)) | None => false,
        });
    }

    /// The last calls of the client in use, oldest first.
    pub fn last_calls(&self) -> Vec<CallRecord> {
        match &*self.client.borrow() {
            Some(Ok(client)) => client.last_calls(),
            Some(Err(_)) | None => Vec::new(),
        }
    }

    /// A client for a token that is only being tried.
    pub fn try_client(&self, token: Token) -> Reached {
        Client::new(self.instance.clone(), Some(token), &self.wire).map_err(|error| of_gitlab(&error))
    }

    pub fn reach(&self) -> Reach {
        Reach {
            instance: self.instance.clone(),
            client: self.client.subscribe(),
            limiter: self.limiter.clone(),
            pace: self.pace,
        }
    }

    /// Whether a call may go out now or once the keyring has answered.
    pub fn may_have_token(&self) -> bool {
        match self.token {
            TokenState::Looking
            | TokenState::InKeyring
            | TokenState::FromEnvironment
            | TokenState::ThisRunOnly => true,
            TokenState::KeyringLocked | TokenState::Missing => false,
        }
    }

    /// User name behind the token.
    pub fn user(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.user.as_str()).or(self.user.as_deref())
    }

    pub fn view(&self) -> InstanceView {
        InstanceView {
            url: self.url.clone(),
            is_practice: self.is_practice,
            token: self.token,
            account: self.account.clone(),
        }
    }
}

fn missing(url: &str, state: TokenState) -> Trouble {
    let instance = url.to_owned();
    let hint = match state {
        TokenState::KeyringLocked => Hint::UnlockKeyring { instance },
        TokenState::Looking
        | TokenState::InKeyring
        | TokenState::FromEnvironment
        | TokenState::ThisRunOnly
        | TokenState::Missing => Hint::Connect { instance },
    };
    Trouble::new(Code::TokenMissing, format!("There is no token for {url}."), hint)
}

/// Keeps what becomes of a request that changes something, so that a crash does not lose it.
pub trait Fate: Sync {
    /// It is about to leave; where this fails, it does not.
    fn leaves(&self) -> impl Future<Output = Result<(), Trouble>> + Send;
    /// It surely did not arrive.
    fn held(&self) -> impl Future<Output = ()> + Send;
}

/// For requests whose loss in a crash is seen by looking.
#[derive(Clone, Copy, Debug)]
pub struct Unwritten;

impl Fate for Unwritten {
    async fn leaves(&self) -> Result<(), Trouble> {
        Ok(())
    }

    async fn held(&self) {}
}

/// What a task needs to talk to an instance; a clone goes with each task.
#[derive(Clone, Debug)]
pub struct Reach {
    pub instance: Instance,
    client: watch::Receiver<Option<Reached>>,
    pub limiter: Arc<Limiter>,
    pub pace: Pace,
}

impl Reach {
    /// A reach with a client of its own, for a token that is only being tried.
    pub fn with_client(mut self, client: Reached) -> Self {
        let (sender, receiver) = watch::channel(Some(client));
        drop(sender);
        self.client = receiver;
        self
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
        told: &Told,
    ) -> Result<T, Trouble>
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
            if began.elapsed() + wait > self.pace.give_up || (!limited && failures >= QUESTION_ATTEMPTS) {
                return Err(of_gitlab(&error));
            }
            if limited {
                self.limiter.blocked(&limit, wait, Instant::now());
            }
            told(waiting(&error, wait));
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends what changes something: again only where it surely did not arrive.
    pub async fn send_once<T, F>(
        &mut self,
        limit: Limit,
        fate: &impl Fate,
        call: impl Fn(Client) -> F + Send,
        told: &Told,
    ) -> Result<T, PostFailed>
    where
        F: Future<Output = Result<T, Error>> + Send,
    {
        let client = self.client().await.map_err(PostFailed::No)?;
        let began = Instant::now();
        let mut failures = 0;
        loop {
            self.limiter.wait(&limit).await;
            fate.leaves().await.map_err(PostFailed::No)?;
            let error = match call(client.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.maybe_sent() {
                return Err(PostFailed::Unknown(of_gitlab(&error)));
            }
            fate.held().await;
            failures += 1;
            // A page in GitLab's place is no answer to wait out: the person should see it.
            let again =
                self.next_try(&error, failures).filter(|_| error.status.is_none_or(|status| status == 429));
            match again {
                Some(wait) if began.elapsed() + wait <= self.pace.give_up => {
                    told(waiting(&error, wait));
                    tokio::time::sleep(wait).await;
                }
                Some(_) | None => return Err(PostFailed::No(of_gitlab(&error))),
            }
        }
    }

    /// How long to wait before the next try, or `None` where another try makes no sense.
    pub fn next_try(&self, error: &Error, failures: u32) -> Option<std::time::Duration> {
        let grown = backoff(failures, self.pace.backoff_base, self.pace.backoff_cap, fastrand::f64());
        match retry(&error.kind) {
            Retry::No => None,
            Retry::After(Some(wait)) => {
                Some(self.pace.of_server(wait).max(std::time::Duration::from_millis(1)))
            }
            Retry::After(None) => Some(self.pace.limit_window),
            Retry::WithBackoff => Some(grown),
        }
    }
}

/// What a person is told while a failed call is waited out.
pub fn waiting(error: &Error, wait: std::time::Duration) -> Waiting {
    let until = super::clock::now().plus_ms(wait.as_millis() as i64);
    Waiting { why: error.to_string(), until: Some(until) }
}

fn stopped() -> Trouble {
    Trouble::new(Code::Internal, "The program is being closed.", "Start it again.")
}

/// Whole days from `now` to a date such as `2026-12-01`, in UTC.
pub fn days_left(date: &str, now: UtcMs) -> Option<i64> {
    let end: jiff::civil::Date = date.parse().ok()?;
    let today = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
    Some(i64::from(today.until(end).ok()?.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_in_utc() {
        let now = UtcMs::parse_rfc3339("2026-11-21T23:59:59Z").unwrap();
        assert_eq!(days_left("2026-11-22", now), Some(1));
        assert_eq!(days_left("2027-11-21", now), Some(365));
        assert_eq!(days_left("2026-11-20", now), Some(-1));
        assert_eq!(days_left("soon", now), None);
    }
}
