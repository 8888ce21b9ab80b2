//! The instances that this program knows, with their sessions.

use std::collections::BTreeMap;
use std::collections::btree_map::{Iter, Values};

use crate::case::UserError;
use crate::gitlab::{Instance, NetworkConfig, Token};

use super::access::ApiAccess;
use super::api::TokenState;
use super::session::Session;
use super::setup::Setup;
use super::timing::Timing;
use super::user_error::{defect, of_instance};

/// All sessions, by base URL without a trailing slash.
#[derive(Debug)]
pub struct Sessions {
    all: BTreeMap<String, Session>,
    wire: NetworkConfig,
    timing: Timing,
    /// The environment's token, and the instance that the token belongs to.
    own_token: Option<(Instance, Token)>,
    /// Whether the program may use the OS keyring.
    pub keyring: bool,
}

impl Sessions {
    pub fn new(setup: &Setup, wire: NetworkConfig) -> Self {
        let own = setup.instance.as_deref().and_then(|url| Instance::parse(url).ok());
        Self {
            all: BTreeMap::new(),
            wire,
            timing: setup.timing,
            own_token: own.zip(setup.token.clone()),
            keyring: setup.keyring,
        }
    }

    /// The session of the instance with this URL; a new instance gets a new session. The second value tells whether
    /// its token must be read from the keyring.
    pub fn open(&mut self, url: &str) -> Result<(&mut Session, bool), UserError> {
        let instance = Instance::parse(url).map_err(|error| of_instance(&error))?;
        let key = name_of(&instance);
        let is_new = !self.all.contains_key(&key);
        if is_new {
            let mut session = Session::new(instance, self.wire.clone(), &self.timing);
            match self.own_token.as_ref().filter(|(instance, _)| *instance == session.instance) {
                Some((_, token)) => session.has(token.clone(), TokenState::FromEnvironment),
                None if self.keyring => {}
                None => session.has_no_token(TokenState::Missing),
            }
            self.all.insert(key.clone(), session);
        }
        let session = self.all.get_mut(&key).ok_or_else(defect)?;
        let asks = is_new && session.token == TokenState::Reading;
        Ok((session, asks))
    }

    /// Access to an instance with a token that is only checked. Stores nothing of a new instance.
    pub fn trial(&self, url: &str, token: Token) -> Result<ApiAccess, UserError> {
        let instance = Instance::parse(url).map_err(|error| of_instance(&error))?;
        let of = |session: &Session| session.api().with_client(session.try_client(token));
        if let Some(known) = self.all.get(&name_of(&instance)) {
            return Ok(of(known));
        }
        Ok(of(&Session::new(instance, self.wire.clone(), &self.timing)))
    }

    /// Uses this proxy and these certificates for further calls.
    pub fn rewire(&mut self, wire: &NetworkConfig) {
        self.wire = wire.clone();
        for session in self.all.values_mut() {
            session.rewire(wire.clone());
        }
    }

    pub fn get(&self, url: &str) -> Option<&Session> {
        self.all.get(url)
    }

    pub fn get_mut(&mut self, url: &str) -> Option<&mut Session> {
        self.all.get_mut(url)
    }

    pub fn remove(&mut self, url: &str) {
        self.all.remove(url);
    }

    pub fn iter(&self) -> Iter<'_, String, Session> {
        self.all.iter()
    }

    pub fn values(&self) -> Values<'_, String, Session> {
        self.all.values()
    }
}

/// How an instance is identified everywhere in the program.
fn name_of(instance: &Instance) -> String {
    instance.to_string().trim_end_matches('/').to_owned()
}
