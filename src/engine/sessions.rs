//! The instances that this program knows, with their sessions.

use std::collections::btree_map::{Iter, Values};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::case::UserError;
use crate::gitlab::{Instance, NetworkConfig, Token};

use super::access::ApiAccess;
use super::api::TokenState;
use super::front_ends::{Credentials, Followers, FrontEndId};
use super::limiter::{Limit, Limiter};
use super::session::Session;
use super::setup::Setup;
use super::timing::Timing;
use super::user_error::{defect, of_instance};

/// All sessions. [`Self::open`], [`Self::get`] and [`Self::get_mut`] answer with the session that the acting front end
/// brought for the instance, where it brought one.
#[derive(Debug)]
pub struct Sessions {
    /// The program's own, by base URL without a trailing slash.
    all: BTreeMap<String, Session>,
    /// Those of joined front ends, each for one instance.
    borrowed: BTreeMap<FrontEndId, Session>,
    acting: FrontEndId,
    /// Shared by all sessions of an instance, by base URL.
    limiters: HashMap<String, Arc<Limiter>>,
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
            borrowed: BTreeMap::new(),
            acting: FrontEndId::OWN,
            limiters: HashMap::new(),
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
        if self.borrowed.get(&self.acting).is_some_and(|session| session.url == key) {
            return Ok((self.borrowed.get_mut(&self.acting).ok_or_else(defect)?, false));
        }
        if !self.all.contains_key(&key) {
            let mut session = self.new_session(instance, self.wire.clone());
            match self.own_token.as_ref().filter(|(instance, _)| *instance == session.instance) {
                Some((_, token)) => session.has(token.clone(), TokenState::FromEnvironment),
                None if self.keyring => {}
                None => session.has_no_token(TokenState::Missing),
            }
            self.all.insert(key.clone(), session);
        }
        let session = self.all.get_mut(&key).ok_or_else(defect)?;
        let asks = session.token == TokenState::Reading && !session.asks_keyring;
        Ok((session, asks))
    }

    fn new_session(&mut self, instance: Instance, wire: NetworkConfig) -> Session {
        let window = self.timing.window();
        let limiter =
            self.limiters.entry(name_of(&instance)).or_insert_with(|| Arc::new(Limiter::new(window)));
        Session::new(instance, wire, &self.timing, Arc::clone(limiter))
    }

    /// Keeps what a front end brings, until it leaves.
    pub fn lend(&mut self, id: FrontEndId, credentials: Credentials) -> Result<(), UserError> {
        let Credentials { instance, token, ca_file } = credentials;
        let instance = Instance::parse(&instance).map_err(|error| of_instance(&error))?;
        let mut wire = self.wire.clone();
        wire.ca_file = ca_file.or(wire.ca_file);
        let mut session = self.new_session(instance, wire);
        session.has(token, TokenState::FromEnvironment);
        self.borrowed.insert(id, session);
        Ok(())
    }

    /// Forgets what a front end brought.
    pub fn take_back(&mut self, id: FrontEndId) {
        self.borrowed.remove(&id);
    }

    /// Lets a front end act from now on. Returns the one before.
    pub fn act_for(&mut self, id: FrontEndId) -> FrontEndId {
        std::mem::replace(&mut self.acting, id)
    }

    pub fn acting(&self) -> FrontEndId {
        self.acting
    }

    /// Whose session work for an instance uses: that of the first follower that is still there and has one.
    pub fn first_of(&self, followers: &Followers, url: &str) -> FrontEndId {
        let has_one = |id: &FrontEndId| match self.borrowed.get(id) {
            Some(session) => session.url == url,
            None => *id == FrontEndId::OWN && self.all.get(url).is_some_and(Session::may_have_token),
        };
        followers.iter().find(has_one).unwrap_or(FrontEndId::OWN)
    }

    /// The session of the instance for work with these followers.
    pub fn of(&self, followers: &Followers, url: &str) -> Option<&Session> {
        let borrowed = self.borrowed.get(&self.first_of(followers, url));
        borrowed.or_else(|| self.all.get(url))
    }

    /// How long the next call to an instance waits for this limit.
    pub fn next_wait(&self, url: &str, limit: &Limit) -> Duration {
        self.limiters.get(url).map_or(Duration::ZERO, |limiter| limiter.next_wait(limit, Instant::now()))
    }

    /// Access to an instance with a token that is only checked. Stores nothing of a new instance.
    pub fn trial(&self, url: &str, token: Token) -> Result<ApiAccess, UserError> {
        let instance = Instance::parse(url).map_err(|error| of_instance(&error))?;
        let of = |session: &Session| session.api().with_client(session.try_client(token));
        if let Some(known) = self.all.get(&name_of(&instance)) {
            return Ok(of(known));
        }
        let limiter = Arc::new(Limiter::new(self.timing.window()));
        Ok(of(&Session::new(instance, self.wire.clone(), &self.timing, limiter)))
    }

    /// Uses this proxy and these certificates for further calls.
    pub fn rewire(&mut self, wire: &NetworkConfig) {
        self.wire = wire.clone();
        for session in self.all.values_mut().chain(self.borrowed.values_mut()) {
            session.rewire(wire.clone());
        }
    }

    pub fn get(&self, url: &str) -> Option<&Session> {
        let borrowed = self.borrowed.get(&self.acting).filter(|session| session.url == url);
        borrowed.or_else(|| self.all.get(url))
    }

    pub fn get_mut(&mut self, url: &str) -> Option<&mut Session> {
        let borrowed = self.borrowed.get_mut(&self.acting).filter(|session| session.url == url);
        borrowed.or_else(|| self.all.get_mut(url))
    }

    /// The program's own session, whoever acts.
    pub fn own_mut(&mut self, url: &str) -> Option<&mut Session> {
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
