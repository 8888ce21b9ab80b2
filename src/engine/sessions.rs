//! The instances that this program knows, each with its session.

use std::collections::BTreeMap;
use std::collections::btree_map::{Iter, Values};

use crate::case::UserError;
use crate::gitlab::{Instance, Token, Wire};

use super::access::ApiAccess;
use super::api::TokenState;
use super::session::Session;
use super::setup::Setup;
use super::timing::Timing;
use super::user_error::{defect, of_instance};

/// All sessions, by the URL of their instance without a slash at the end.
#[derive(Debug)]
pub struct Sessions {
    all: BTreeMap<String, Session>,
    wire: Wire,
    timing: Timing,
    /// The environment's token, and the instance that it is for.
    own_token: Option<(Instance, Token)>,
    /// Whether the OS keyring may be asked.
    pub keyring: bool,
}

impl Sessions {
    pub fn new(setup: &Setup, wire: Wire) -> Self {
        let own = setup.instance.as_deref().and_then(|url| Instance::parse(url).ok());
        Self {
            all: BTreeMap::new(),
            wire,
            timing: setup.timing,
            own_token: own.zip(setup.token.clone()),
            keyring: setup.keyring,
        }
    }

    /// The session of the instance with this URL, made where it is new. The second value says whether the keyring has
    /// to be asked for its token.
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
        let asks = is_new && session.token == TokenState::Looking;
        Ok((session, asks))
    }

    /// The way to an instance with a token that is only tried: of an instance that is new, nothing is kept.
    pub fn trial(&self, url: &str, token: Token) -> Result<ApiAccess, UserError> {
        let instance = Instance::parse(url).map_err(|error| of_instance(&error))?;
        let of = |session: &Session| session.api().with_client(session.try_client(token));
        if let Some(known) = self.all.get(&name_of(&instance)) {
            return Ok(of(known));
        }
        Ok(of(&Session::new(instance, self.wire.clone(), &self.timing)))
    }

    /// From now on, calls go out over these connections.
    pub fn rewire(&mut self, wire: &Wire) {
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

/// What an instance is called everywhere.
fn name_of(instance: &Instance) -> String {
    instance.to_string().trim_end_matches('/').to_owned()
}
