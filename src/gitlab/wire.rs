//! How the network is reached: time-outs, certificates, proxies. Passed in, never guessed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect::Policy;

use super::error::{Error, ErrorKind};
use super::instance::Instance;

/// Sent with every request.
const USER_AGENT: &str = concat!("export-desk/", env!("CARGO_PKG_VERSION"));
const CALL: &str = "connection setup";

/// How to reach an instance and its object storage.
#[derive(Clone, Debug)]
pub struct Wire {
    /// For one connection to stand: name, TCP and TLS together.
    pub connect_timeout: Duration,
    /// For an answer to begin, and between two pieces of a body. There is no limit on the whole.
    pub read_timeout: Duration,
    /// More root certificates (PEM), beside those of the system.
    pub ca_file: Option<PathBuf>,
    pub proxy: Proxy,
}

/// Which proxy to use. An instance on this machine is always reached directly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// What `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` or the system's settings say.
    #[default]
    System,
    Direct,
    /// This proxy for everything.
    Url(String),
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(15),
            read_timeout: Duration::from_mins(1),
            ca_file: None,
            proxy: Proxy::System,
        }
    }
}

impl Wire {
    /// The HTTP client for an instance. It follows no redirect, sends no Referer and repeats nothing by
    /// itself: `reqwest`'s own redirects would carry `PRIVATE-TOKEN` to any host.
    pub(super) fn http(&self, instance: &Instance) -> Result<reqwest::Client, Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(self.connect_timeout)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false);
        match &self.proxy {
            _ if instance.is_loopback() => builder = builder.no_proxy(),
            Proxy::System => {}
            Proxy::Direct => builder = builder.no_proxy(),
            Proxy::Url(url) => {
                let proxy = reqwest::Proxy::all(url).map_err(|_shows_the_url| {
                    Error::local(CALL, "the proxy's address is not a URL".to_owned())
                })?;
                builder = builder.proxy(proxy);
            }
        }
        if let Some(path) = &self.ca_file {
            builder = builder.tls_certs_merge(certificates(path)?);
        }
        builder.build().map_err(|error| {
            let kind = ErrorKind::Local("the system's TLS setup could not be used".to_owned());
            Error::new(CALL, kind).said(super::transport::cause(&error.without_url()))
        })
    }
}

fn certificates(path: &Path) -> Result<Vec<reqwest::Certificate>, Error> {
    let shown = path.display();
    let pem = std::fs::read(path).map_err(|error| {
        Error::local(CALL, format!("the certificate file {shown} cannot be read ({error})"))
    })?;
    match reqwest::Certificate::from_pem_bundle(&pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(Error::local(CALL, format!("the certificate file {shown} holds no PEM certificate"))),
        Err(error) => Err(Error::local(CALL, format!("the certificate file {shown} is not good PEM"))
            .said(super::transport::cause(&error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unusable_certificate_file_is_named() {
        let instance = Instance::parse("https://gitlab.example.com").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let wire = Wire { ca_file: Some(path.clone()), ..Wire::default() };
        assert!(wire.http(&instance).unwrap_err().to_string().contains("ca.pem cannot be read"));
        std::fs::write(&path, "no certificate").unwrap();
        assert!(wire.http(&instance).unwrap_err().to_string().contains("holds no PEM certificate"));
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(wire.http(&instance).unwrap_err().kind, ErrorKind::Local(_)));
    }

    #[test]
    fn a_proxy_with_a_password_is_not_shown() {
        let instance = Instance::parse("https://gitlab.example.com").unwrap();
        let wire = Wire { proxy: Proxy::Url("http://user:secret@[".to_owned()), ..Wire::default() };
        assert!(!wire.http(&instance).unwrap_err().to_string().contains("secret"));
    }
}
