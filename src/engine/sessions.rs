//! The instances that this program knows, with their sessions.

use std::collections::btree_map::{Iter, Values};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::case::UserError;
use crate::gitlab::{Client, Instance, NetworkConfig, Reach, Token};

use super::access::ApiAccess;
use super::api::TokenState;
use super::front_ends::{Credentials, Followers, FrontEndId};
use super::guest::{Guest, OwnCertificates};
use super::limiter::{Limit, Limiter};
use super::refusals::of_gitlab;
use super::session::Session;
use super::setup::Setup;
use super::timing::Timing;
use super::user_error::{defect, of_instance};

/// All sessions. [`Self::open`], [`Self::get`], [`Self::get_mut`] and [`Self::access`] answer with the session that the
/// acting front end brought for the instance, where it brought one.
#[derive(Debug)]
pub struct Sessions {
    /// The program's own, by base URL without a trailing slash.
    all: BTreeMap<String, Session>,
    /// What joined front ends brought.
    guests: BTreeMap<FrontEndId, Guest>,
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
            guests: BTreeMap::new(),
            acting: FrontEndId::OWN,
            limiters: HashMap::new(),
            wire,
            timing: setup.timing,
            own_token: own.zip(setup.token.clone()),
            keyring: setup.keyring,
        }
    }

    /// The session of the instance with this URL; a new instance gets a new session. The second value tells whether
    /// its token must be read from the keyring: for the first time, or once more for a front end that has just joined.
    pub fn open(&mut self, url: &str) -> Result<(&mut Session, bool), UserError> {
        let instance = Instance::parse(url).map_err(|error| of_instance(&error))?;
        let key = name_of(&instance);
        if self.guests.get(&self.acting).is_some_and(|guest| guest.own(&key).is_some()) {
            return Ok((self.get_mut(&key).ok_or_else(defect)?, false));
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
        let mut asks = session.token == TokenState::Reading && !session.asks_keyring;
        if let Some(guest) = self.guests.get_mut(&self.acting)
            && !std::mem::replace(&mut guest.has_asked_keyring, true)
            && session.token == TokenState::KeyringLocked
        {
            session.waits_for_keyring();
            asks = true;
        }
        Ok((session, asks))
    }

    fn new_session(&mut self, instance: Instance, wire: NetworkConfig) -> Session {
        let limiter = Arc::clone(self.limiter(name_of(&instance)));
        Session::new(instance, wire, &self.timing, limiter)
    }

    fn limiter(&mut self, url: String) -> &Arc<Limiter> {
        let window = self.timing.window();
        self.limiters.entry(url).or_insert_with(|| Arc::new(Limiter::new(window)))
    }

    /// Counts a call that an earlier program sent to the instance: GitLab answered it so long ago.
    pub fn sent_before(&mut self, url: &str, limit: &Limit, age: Duration) {
        if age < self.timing.window().safe {
            self.limiter(url.to_owned()).sent_before(limit, age, Instant::now());
        }
    }

    /// Keeps what a front end brings, until it leaves.
    pub fn lend(&mut self, id: FrontEndId, credentials: Credentials) -> Result<(), UserError> {
        let Credentials { instance, token, ca_file } = credentials;
        let certificates = ca_file.map(|file| OwnCertificates::new(file, &self.wire));
        let wire = certificates.as_ref().map_or(&self.wire, |own| &own.wire).clone();
        let session = token.map(|token| {
            let instance = Instance::parse(&instance).map_err(|error| of_instance(&error))?;
            let mut session = self.new_session(instance, wire);
            session.has(token, TokenState::FromEnvironment);
            Ok::<_, UserError>(session)
        });
        let session = session.transpose()?;
        self.guests.insert(id, Guest { session, certificates, has_asked_keyring: false });
        Ok(())
    }

    /// Forgets what a front end brought.
    pub fn take_back(&mut self, id: FrontEndId) {
        self.guests.remove(&id);
    }

    /// Lets a front end act from now on. Returns the one before.
    pub fn act_for(&mut self, id: FrontEndId) -> FrontEndId {
        std::mem::replace(&mut self.acting, id)
    }

    pub fn acting(&self) -> FrontEndId {
        self.acting
    }

    /// Whether this front end has not left.
    pub fn is_here(&self, id: FrontEndId) -> bool {
        id == FrontEndId::OWN || self.guests.contains_key(&id)
    }

    /// Who acts for work on an instance: the first follower that is still there and has a token for it.
    pub fn follower(&self, followers: &Followers, url: &str) -> FrontEndId {
        let is_known = || self.may_have_token(url);
        let has_token = |id: &FrontEndId| match self.guests.get(id) {
            Some(guest) => guest.own(url).is_some() || (guest.certificates.is_some() && is_known()),
            None => *id == FrontEndId::OWN && is_known(),
        };
        followers.iter().find(has_token).unwrap_or(FrontEndId::OWN)
    }

    /// Whether the program itself has a token for the instance, as far as it knows.
    pub fn may_have_token(&self, url: &str) -> bool {
        self.all.get(url).is_some_and(Session::may_have_token)
    }

    /// Whether all of these followers are gone. What an earlier program left has none, and is the program's own.
    pub fn are_gone(&self, followers: &Followers) -> bool {
        followers.iter().next().is_some() && !followers.iter().any(|id| self.is_here(id))
    }

    /// Access to the instance for work with these followers, where a session is known.
    pub fn access_of(&self, followers: &Followers, url: &str) -> Option<ApiAccess> {
        self.access_for(self.follower(followers, url), url)
    }

    /// How long the next call to an instance waits for this limit.
    pub fn next_wait(&self, url: &str, limit: &Limit) -> Duration {
        self.limiters.get(url).map_or(Duration::ZERO, |limiter| limiter.next_wait(limit, Instant::now()))
    }

    /// How long each call to an instance that waits for this limit still waits, shortest first.
    pub fn reserved_waits(&self, url: &str, limit: &Limit) -> Vec<Duration> {
        self.limiters.get(url).map(|limiter| limiter.reserved(limit, Instant::now())).unwrap_or_default()
    }

    /// Access to the instance for the acting front end, where a session is known.
    pub fn access(&self, url: &str) -> Option<ApiAccess> {
        self.access_for(self.acting, url)
    }

    fn access_for(&self, id: FrontEndId, url: &str) -> Option<ApiAccess> {
        let Some(guest) = self.guests.get(&id) else { return self.all.get(url).map(Session::api) };
        if let Some(own) = guest.own(url) {
            return Some(own.api());
        }
        let of_program = self.all.get(url)?.api();
        Some(ApiAccess {
            // A command ends in any case, also where the window would wait for the person.
            keyring_limit: Some(self.timing.keyring_of_command),
            certificates: guest.certificates.clone(),
            ..of_program
        })
    }

    /// Access to an instance with a token that is only checked, and with the certificates of the acting front end.
    /// Stores nothing of a new instance.
    pub fn trial(&self, url: &str, token: Token) -> Result<ApiAccess, UserError> {
        let instance = Instance::parse(url).map_err(|error| of_instance(&error))?;
        let certificates = self.guests.get(&self.acting).and_then(|guest| guest.certificates.as_ref());
        let wire = certificates.map_or(&self.wire, |own| &own.wire);
        let client = Client::new(instance.clone(), Some(token), wire).map_err(|error| of_gitlab(&error));
        let access = self.all.get(&name_of(&instance)).map_or_else(
            || {
                let limiter = Arc::new(Limiter::new(self.timing.window()));
                Session::new(instance, wire.clone(), &self.timing, limiter).api()
            },
            Session::api,
        );
        Ok(access.with_client(client))
    }

    /// Uses this proxy and these certificates for further calls.
    pub fn rewire(&mut self, wire: &NetworkConfig) {
        self.wire = wire.clone();
        self.all.values_mut().for_each(|session| session.rewire(wire.clone()));
        self.guests.values_mut().for_each(|guest| guest.rewire(wire));
    }

    pub fn get(&self, url: &str) -> Option<&Session> {
        let own = self.guests.get(&self.acting).and_then(|guest| guest.own(url));
        own.or_else(|| self.all.get(url))
    }

    pub fn get_mut(&mut self, url: &str) -> Option<&mut Session> {
        let guest = self.guests.get_mut(&self.acting).and_then(|guest| guest.session.as_mut());
        guest.filter(|session| session.url == url).or_else(|| self.all.get_mut(url))
    }

    /// The program's own session, whoever acts.
    pub fn own_mut(&mut self, url: &str) -> Option<&mut Session> {
        self.all.get_mut(url)
    }

    pub fn remove(&mut self, url: &str) {
        self.all.remove(url);
    }

    /// Whether calls fail everywhere: an instance does not answer, and no other one has answered since.
    pub fn is_offline(&self) -> bool {
        is_offline(self.all.values().map(Session::reach))
    }

    pub fn iter(&self) -> Iter<'_, String, Session> {
        self.all.iter()
    }

    pub fn values(&self) -> Values<'_, String, Session> {
        self.all.values()
    }
}

fn is_offline(reaches: impl Iterator<Item = Reach> + Clone) -> bool {
    let failing = reaches.clone().filter_map(|reach| reach.failing_since).max();
    failing.is_some_and(|since| reaches.filter_map(|reach| reach.answered_at).all(|at| at < since))
}

/// How an instance is identified everywhere in the program.
fn name_of(instance: &Instance) -> String {
    instance.to_string().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn calls_fail_everywhere_only_while_no_instance_answers() {
        let start = Instant::now().into_std();
        let at = |second: u64| Some(start + Duration::from_secs(second));
        let reach = |answered_at, failing_since| Reach { answered_at, failing_since };
        let offline = |reaches: &[Reach]| is_offline(reaches.iter().copied());
        assert!(!offline(&[]) && !offline(&[reach(None, None)]));
        assert!(offline(&[reach(None, at(1))]), "nothing ever answered");
        assert!(offline(&[reach(at(1), at(2)), reach(at(1), None)]), "the other one was not asked since");
        assert!(!offline(&[reach(at(1), at(2)), reach(at(3), None)]), "only one instance is down");
        assert!(offline(&[reach(at(1), at(2)), reach(at(3), at(4))]), "then both are");
    }

    const URL: &str = "https://gitlab.example.com";
    const GUEST: fn() -> FrontEndId = || FrontEndId::new(7);

    fn token(text: &str) -> Token {
        Token::new(text.to_owned()).unwrap()
    }

    fn sessions() -> Sessions {
        let setup = Setup {
            data_dir: None,
            config_dir: None,
            download_folder: PathBuf::new(),
            timing: Timing::scaled(0.001),
            ca_file: None,
            token: Some(token("glpat-of-the-window")),
            instance: Some(URL.to_owned()),
            keyring: false,
            practice: None,
            resume: false,
            patient: true,
        };
        let mut sessions = Sessions::new(&setup, NetworkConfig::default());
        sessions.open(URL).unwrap();
        sessions
    }

    /// A command with a certificate file that does not exist: whoever uses that file gets an error that names it.
    fn lent(sessions: &mut Sessions, own_token: Option<&str>) {
        let ca_file = Some(PathBuf::from("/nonexistent/guest.pem"));
        let credentials = Credentials { instance: URL.to_owned(), token: own_token.map(token), ca_file };
        sessions.lend(GUEST(), credentials).unwrap();
    }

    async fn refused(sessions: &Sessions) -> Option<String> {
        sessions.access(URL).unwrap().client().await.err().map(|error| error.to_string())
    }

    #[tokio::test]
    async fn the_certificates_of_a_command_are_its_own_with_and_without_a_token() {
        for own_token in [None, Some("glpat-of-the-command")] {
            let mut sessions = sessions();
            lent(&mut sessions, own_token);
            assert_eq!(refused(&sessions).await, None, "the window does not use them");
            sessions.act_for(GUEST());
            let why = refused(&sessions).await.expect("the command uses its own file");
            assert!(why.contains("guest.pem"), "{own_token:?}: {why}");
            // A setting of the window replaces the proxy, and not the certificates of the command.
            sessions.rewire(&NetworkConfig::default());
            let why = refused(&sessions).await.expect("the command still uses its own file");
            assert!(why.contains("guest.pem"), "{own_token:?}: {why}");
            let why = sessions.trial(URL, token("glpat-new")).unwrap().client().await;
            assert!(why.is_err_and(|error| error.to_string().contains("guest.pem")), "a new token too");
            let mut followers = Followers::default();
            followers.add(GUEST());
            assert_eq!(sessions.follower(&followers, URL), GUEST(), "and so does its job");
            sessions.take_back(GUEST());
            assert_eq!(sessions.follower(&followers, URL), FrontEndId::OWN);
            assert_eq!(refused(&sessions).await, None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_waits_for_the_keyring_of_a_window_as_long_as_it_would_alone() {
        let mut sessions = sessions();
        sessions.own_mut(URL).unwrap().waits_for_keyring();
        assert!(sessions.access(URL).unwrap().client().now_or_never().is_none(), "the window waits on");
        let credentials = Credentials { instance: URL.to_owned(), ..Credentials::default() };
        sessions.lend(GUEST(), credentials).unwrap();
        sessions.act_for(GUEST());
        let mut access = sessions.access(URL).unwrap();
        let error = access.client().await.map(drop).unwrap_err();
        assert!(matches!(error.hint, crate::case::Hint::UnlockKeyring { .. }), "{error}");
        sessions.own_mut(URL).unwrap().has(token("glpat-late"), TokenState::InKeyring);
        assert!(access.client().await.is_ok(), "a late answer counts");
    }

    #[test]
    fn each_command_asks_a_locked_keyring_once_more() {
        let mut sessions = sessions();
        sessions.own_mut(URL).unwrap().has_no_token(TokenState::KeyringLocked);
        assert!(!sessions.open(URL).unwrap().1, "the window asks when the person says so");
        sessions.lend(GUEST(), Credentials { instance: URL.to_owned(), ..Credentials::default() }).unwrap();
        sessions.act_for(GUEST());
        assert!(sessions.open(URL).unwrap().1);
        sessions.own_mut(URL).unwrap().has_no_token(TokenState::KeyringLocked);
        assert!(!sessions.open(URL).unwrap().1);
    }
}
