//! One instance while the program runs: the state of its token, its client, and its shared rate limits.

use std::sync::Arc;

use tokio::sync::watch;

use crate::case::{Code, UserError};
use crate::gitlab::{CallRecord, Client, Instance, NetworkConfig, Reach, Token};

use super::access::{ApiAccess, ClientResult, missing};
use super::api::{Account, InstanceView, TokenState};
use super::limiter::Limiter;
use super::refusals::{code, of_gitlab};
use super::timing::Timing;

/// What the engine's thread knows of an instance.
#[derive(Debug)]
pub struct Session {
    pub instance: Instance,
    /// The base URL without a trailing slash. It identifies the instance everywhere in the program.
    pub url: String,
    pub is_practice: bool,
    pub token: TokenState,
    pub account: Option<Account>,
    /// User name of the token's owner, known before a complete check.
    pub user: Option<String>,
    /// Whether the keyring has not answered yet.
    pub asks_keyring: bool,
    client: watch::Sender<Option<ClientResult>>,
    limiter: Arc<Limiter>,
    wire: NetworkConfig,
    timing: Timing,
}

impl Session {
    pub fn new(instance: Instance, wire: NetworkConfig, timing: &Timing, limiter: Arc<Limiter>) -> Self {
        Self {
            url: instance.to_string().trim_end_matches('/').to_owned(),
            instance,
            is_practice: false,
            token: TokenState::Reading,
            account: None,
            user: None,
            asks_keyring: false,
            client: watch::Sender::new(None),
            limiter,
            wire,
            timing: *timing,
        }
    }

    /// Uses this token for all further calls.
    pub fn has(&mut self, token: Token, state: TokenState) {
        let client =
            Client::new(self.instance.clone(), Some(token), &self.wire).map_err(|error| of_gitlab(&error));
        self.token = state;
        self.client.send_replace(Some(client));
    }

    /// Removes the token: further calls fail before they are sent.
    pub fn has_no_token(&mut self, state: TokenState) {
        self.token = state;
        self.client.send_replace(Some(Err(missing(&self.url, state))));
    }

    /// Why the next call fails before it is sent; `None` where there is a token, or its keyring has not answered yet.
    pub fn refusal(&self) -> Option<UserError> {
        self.client.borrow().as_ref()?.as_ref().err().cloned()
    }

    /// The keyring is asked again: calls wait for its answer.
    pub fn waits_for_keyring(&mut self) {
        self.token = TokenState::Reading;
        self.client.send_replace(None);
    }

    /// Uses this proxy and these certificates for further calls; a running call keeps its connection.
    pub fn rewire(&mut self, wire: NetworkConfig) {
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

    /// The latest calls of the current client, oldest first.
    pub fn last_calls(&self) -> Vec<CallRecord> {
        match &*self.client.borrow() {
            Some(Ok(client)) => client.last_calls(),
            Some(Err(_)) | None => Vec::new(),
        }
    }

    /// When the instance answered last, and since when it does not answer.
    pub fn reach(&self) -> Reach {
        match &*self.client.borrow() {
            Some(Ok(client)) => client.reach(),
            Some(Err(_)) | None => Reach::default(),
        }
    }

    /// Why GitLab does not accept the current token, where its last answers said so.
    fn token_refused(&self) -> Option<Code> {
        let client = self.client.borrow();
        let kind = client.as_ref()?.as_ref().ok()?.token_refused()?;
        Some(code(&kind))
    }

    pub fn api(&self) -> ApiAccess {
        ApiAccess {
            instance: self.instance.clone(),
            client: self.client.subscribe(),
            limiter: self.limiter.clone(),
            timing: self.timing,
            keyring_limit: None,
            certificates: None,
        }
    }

    /// Whether there is a token, or the keyring may still return one.
    pub fn may_have_token(&self) -> bool {
        match self.token {
            TokenState::Reading
            | TokenState::InKeyring
            | TokenState::FromEnvironment
            | TokenState::ThisRunOnly => true,
            TokenState::KeyringLocked | TokenState::Missing => false,
        }
    }

    /// User name of the token's owner.
    pub fn user(&self) -> Option<&str> {
        self.account.as_ref().and_then(|account| account.user.as_deref()).or(self.user.as_deref())
    }

    pub fn view(&self) -> InstanceView {
        InstanceView {
            url: self.url.clone(),
            is_practice: self.is_practice,
            token: self.token,
            token_refused: self.token_refused(),
            account: self.account.clone(),
        }
    }
}
