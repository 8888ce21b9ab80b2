//! One instance while the program runs: where its token is, the client made with it, the shared limits.

use std::sync::Arc;

use tokio::sync::watch;

use crate::case::{Code, Hint, UserError};
use crate::gitlab::{CallRecord, Client, Instance, Token, Wire};

use super::access::{ApiAccess, Reached};
use super::api::{Account, InstanceView, TokenState};
use super::limiter::Limiter;
use super::refusals::of_gitlab;
use super::timing::Timing;

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
    timing: Timing,
}

impl Session {
    pub fn new(instance: Instance, wire: Wire, timing: &Timing) -> Self {
        Self {
            url: instance.to_string().trim_end_matches('/').to_owned(),
            instance,
            is_practice: false,
            token: TokenState::Looking,
            account: None,
            user: None,
            client: watch::Sender::new(None),
            limiter: Arc::new(Limiter::new(timing.limit_window)),
            wire,
            timing: *timing,
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

    pub fn api(&self) -> ApiAccess {
        ApiAccess {
            instance: self.instance.clone(),
            client: self.client.subscribe(),
            limiter: self.limiter.clone(),
            timing: self.timing,
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
        self.account.as_ref().and_then(|account| account.user.as_deref()).or(self.user.as_deref())
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

fn missing(url: &str, state: TokenState) -> UserError {
    let instance = url.to_owned();
    let hint = match state {
        TokenState::KeyringLocked => Hint::UnlockKeyring { instance },
        TokenState::Looking
        | TokenState::InKeyring
        | TokenState::FromEnvironment
        | TokenState::ThisRunOnly
        | TokenState::Missing => Hint::Connect { instance },
    };
    UserError::new(Code::TokenMissing, format!("There is no token for {url}."), hint)
}
