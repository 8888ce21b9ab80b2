//! How to reach the network: time limits, certificates, proxies. Always passed in by the caller.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect::Policy;

use crate::platform::os::{OS, Os};
use crate::platform::{certificates, words};

use super::error::{Error, ErrorKind};
use super::instance::{Instance, shown};
use super::root_certificates::{SYSTEM_ROOTS, SystemRoots, certificates_of};
use super::transport;

/// Sent with every request.
const USER_AGENT: &str = concat!("export-desk/", env!("CARGO_PKG_VERSION"));
/// Proxies close idle connections after about a minute, just when the next poll would use them. A request that is
/// sent at that moment is lost, and for a POST nobody knows whether it arrived. So our side closes first.
const KEPT_ALIVE: Duration = Duration::from_secs(20);
const CALL: &str = "connection setup";

/// How to reach an instance and its object storage.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// For opening one connection: DNS lookup, TCP and TLS together.
    pub connect_timeout: Duration,
    /// For the beginning of an answer, and between two pieces of a body. There is no limit on the whole answer.
    pub read_timeout: Duration,
    /// Additional root certificates (PEM).
    pub ca_file: Option<PathBuf>,
    pub proxy: Proxy,
}

/// Which proxy to use. An instance on this machine is always reached directly.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Proxy {
    /// The proxy of `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` or the system's settings.
    #[default]
    System,
    Direct,
    /// This proxy for everything.
    Url(String),
}

impl Proxy {
    /// Parses a proxy as the user types it: `direct`, or a URL without a password, because settings must not store
    /// one.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text == "direct" {
            return Ok(Self::Direct);
        }
        let Ok(url) = url::Url::parse(text) else {
            return Err("this is not a URL such as http://proxy.example:3128");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err("a proxy is reached over http or https");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err("the URL has no host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("Export Desk does not store usernames and passwords");
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err("only scheme, host and port are allowed");
        }
        Ok(Self::Url(text.to_owned()))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("System"),
            Self::Direct => f.write_str("Direct"),
            // The URL may contain a password.
            Self::Url(url) => write!(f, "Url({})", shown(url)),
        }
    }
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(15),
            read_timeout: Duration::from_mins(1),
            ca_file: None,
            proxy: Proxy::System,
        }
    }
}

impl NetworkConfig {
    /// Whether a client can be built with these settings: the certificates and the proxy URL are valid.
    pub fn check(&self) -> Result<(), Error> {
        let anywhere =
            Instance::parse("https://gitlab.com").map_err(|error| Error::local(CALL, error.to_string()))?;
        self.http(&anywhere).map(drop)
    }

    /// The HTTP client for an instance. It follows no redirects, sends no Referer and retries nothing by itself:
    /// `reqwest`'s own redirects would send `PRIVATE-TOKEN` to any host.
    pub(super) fn http(&self, instance: &Instance) -> Result<reqwest::Client, Error> {
        self.http_on(OS, instance, &SYSTEM_ROOTS)
    }

    /// Same as [`Self::http`] for a system with these root certificates.
    pub(super) fn http_on(
        &self,
        os: Os,
        instance: &Instance,
        system: &SystemRoots,
    ) -> Result<reqwest::Client, Error> {
        let extra = self.ca_file.as_deref().map_or_else(|| Ok(Vec::new()), root_certificates)?;
        let with_system_roots = if !extra.is_empty() && certificates::judged_by_ourselves(os) {
            self.builder(instance)?.tls_certs_only(system.and(&extra)).build()
        } else {
            self.builder(instance)?.tls_certs_merge(extra.clone()).build()
        };
        match with_system_roots {
            // Even without root certificates, this program can reach a GitLab on the same machine.
            Err(_) if instance.is_loopback() => self.builder(instance)?.tls_certs_only(extra).build(),
            built => built,
        }
        .map_err(|error| {
            let what = format!("its root certificates could not be loaded; {}", words::roots_hint());
            Error::local(CALL, what).said(transport::cause(&error))
        })
    }

    fn builder(&self, instance: &Instance) -> Result<reqwest::ClientBuilder, Error> {
        let builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(KEPT_ALIVE)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false);
        Ok(match &self.proxy {
            _ if instance.is_loopback() => builder.no_proxy(),
            Proxy::System => builder,
            Proxy::Direct => builder.no_proxy(),
            Proxy::Url(url) => builder.proxy(reqwest::Proxy::all(url).map_err(|_shows_the_url| {
                Error::new(CALL, ErrorKind::Usage("the proxy's URL is not valid".to_owned()))
            })?),
        })
    }
}

fn root_certificates(path: &Path) -> Result<Vec<reqwest::Certificate>, Error> {
    certificates_of(path)
        .map_err(|why| Error::local(CALL, format!("the certificate file {} {why}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unusable_certificate_file_is_named() {
        let instance = Instance::parse("https://gitlab.example.com").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let wire = NetworkConfig { ca_file: Some(path.clone()), ..NetworkConfig::default() };
        assert!(wire.http(&instance).unwrap_err().to_string().contains("ca.pem cannot be read"));
        std::fs::write(&path, "no certificate").unwrap();
        assert!(wire.http(&instance).unwrap_err().to_string().contains("contains no PEM certificate"));
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(wire.http(&instance).unwrap_err().kind, ErrorKind::Local(_)));
        // Valid PEM around something that is not a certificate.
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        let error = wire.http(&instance).unwrap_err().to_string();
        assert!(error.contains("not valid") && !error.contains("ca-certificates"), "{error}");
    }

    #[test]
    fn a_proxy_is_direct_or_an_address_without_a_password() {
        assert_eq!(Proxy::parse(" direct "), Ok(Proxy::Direct));
        assert_eq!(Proxy::parse("http://proxy:3128"), Ok(Proxy::Url("http://proxy:3128".to_owned())));
        for bad in [
            "",
            "proxy:3128",
            "socks5://proxy",
            "http://me:secret@proxy",
            "http://me@proxy",
            "http://proxy/path",
            "http://proxy?x",
        ] {
            let why = Proxy::parse(bad).unwrap_err();
            assert!(!why.contains("secret"), "{bad}");
        }
    }

    #[test]
    fn a_proxy_with_a_password_is_not_shown() {
        let instance = Instance::parse("https://gitlab.example.com").unwrap();
        let wire = NetworkConfig {
            proxy: Proxy::Url("http://user:secret@[".to_owned()),
            ..NetworkConfig::default()
        };
        assert!(!format!("{wire:?}").contains("secret"));
        assert!(!wire.http(&instance).unwrap_err().to_string().contains("secret"));
    }
}
