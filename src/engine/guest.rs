//! What a joined front end brought to call GitLab with: a token for one instance, and certificates for all.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::gitlab::{Client, NetworkConfig};

use super::access::ClientResult;
use super::refusals::of_gitlab;
use super::session::Session;

/// What a joined front end brought.
#[derive(Debug)]
pub struct Guest {
    /// The session with its own token, for one instance.
    pub session: Option<Session>,
    pub certificates: Option<OwnCertificates>,
    /// Whether it has asked the keyring for a token that the keyring had not released before.
    pub has_asked_keyring: bool,
}

impl Guest {
    /// Its own session for the instance with this URL.
    pub fn own(&self, url: &str) -> Option<&Session> {
        self.session.as_ref().filter(|session| session.url == url)
    }

    /// Uses this proxy for further calls, and these certificates where it brought none.
    pub fn rewire(&mut self, wire: &NetworkConfig) {
        if let Some(own) = &mut self.certificates {
            *own = OwnCertificates::new(own.file.clone(), wire);
        }
        let wire = self.certificates.as_ref().map_or(wire, |own| &own.wire);
        if let Some(session) = &mut self.session {
            session.rewire(wire.clone());
        }
    }
}

/// Certificates that a front end brought. The clients of the program's own sessions are used with them.
#[derive(Clone, Debug)]
pub struct OwnCertificates {
    file: PathBuf,
    pub wire: NetworkConfig,
    /// By base URL: a client of the program, and the same with these certificates, so that calls share connections.
    made: Arc<Mutex<HashMap<String, (Client, Client)>>>,
}

impl OwnCertificates {
    pub fn new(file: PathBuf, wire: &NetworkConfig) -> Self {
        let wire = NetworkConfig { ca_file: Some(file.clone()), ..wire.clone() };
        Self { file, wire, made: Arc::default() }
    }

    /// The same client with these certificates.
    pub fn with(&self, url: &str, client: Client) -> ClientResult {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, known)) = made.get(url)
            && of.is_same(&client)
        {
            return Ok(known.clone());
        }
        let rewired = client.rewired(&self.wire).map_err(|error| of_gitlab(&error))?;
        made.insert(url.to_owned(), (client, rewired.clone()));
        Ok(rewired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gitlab::Instance;

    #[test]
    fn a_client_gets_the_certificates_once() {
        let url = "https://gitlab.example.com";
        let client = || Client::new(Instance::parse(url).unwrap(), None, &NetworkConfig::default()).unwrap();
        let own =
            OwnCertificates { file: PathBuf::new(), wire: NetworkConfig::default(), made: Arc::default() };
        let (first, second) = (client(), client());
        for client in [&first, &first, &second] {
            assert!(own.with(url, client.clone()).unwrap().is_same(client));
        }
        let made = own.made.lock().unwrap();
        assert_eq!(made.len(), 1);
        assert!(made[url].0.is_same(&second), "a new token means a new client");
    }
}
