//! A GitLab instance: its base URL, and which URLs belong to its own origin.

use std::fmt;

use url::{Host, Url};

/// A GitLab instance, identified by its base URL. Keeps a relative root (`https://host/gitlab`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Instance(Url);

/// Why a text is not a valid base URL of an instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstanceError {
    #[error("“{0}” is not a URL. Write the instance like https://gitlab.example.com.")]
    NotAUrl(String),
    #[error("The URL of an instance starts with https, not {0}.")]
    Scheme(String),
    #[error("{0} needs https: with plain http, others on the network can read the token.")]
    PlainHttp(String),
    #[error("The instance URL contains a username or password. Leave them out: the token is separate.")]
    Credentials,
    #[error("The instance URL has a query or a fragment. Use only scheme, host and path.")]
    QueryOrFragment,
}

impl Instance {
    /// Parses a base URL: https, or http if the host is this machine.
    pub fn parse(text: &str) -> Result<Self, InstanceError> {
        let text = text.trim();
        let mut url = Url::parse(text).map_err(|_not_a_url| InstanceError::NotAUrl(shown(text)))?;
        if !matches!(url.scheme(), "https" | "http") {
            // `gitlab.example.com:8443` parses with the host as its scheme.
            return Err(match text.split_once("://") {
                Some(_) => InstanceError::Scheme(url.scheme().to_owned()),
                None => InstanceError::NotAUrl(shown(text)),
            });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InstanceError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InstanceError::QueryOrFragment);
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(InstanceError::PlainHttp(url.host_str().unwrap_or_default().to_owned()));
        }
        // Users also paste the API's URL; this program adds the API path itself.
        let path = url.path().trim_end_matches('/');
        let root = path.strip_suffix("/api/v4").unwrap_or(path).trim_end_matches('/').to_owned();
        url.set_path(&root);
        Ok(Self(url))
    }

    /// Scheme, host and port, without a trailing slash.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The host name or IP address.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether the instance runs on this machine: 127.0.0.0/8, `::1` or `localhost`.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// The path of the instance: empty, or for example `/gitlab`.
    pub(super) fn root(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// Whether a URL has this instance's scheme, host and port. Credentials go nowhere else.
    pub(super) fn owns(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }

    /// Whether a URL is one of this instance's API calls.
    pub(super) fn is_api(&self, url: &Url) -> bool {
        self.owns(url) && url.path().strip_prefix(self.root()).is_some_and(|rest| rest.starts_with("/api/"))
    }

    /// Whether a URL is the instance's start page. A read-only GitLab redirects a change there if it is not JSON.
    pub(super) fn is_web_root(&self, url: &Url) -> bool {
        self.owns(url) && url.query().is_none() && url.path().trim_end_matches('/') == self.root()
    }

    /// The URL of an API call. Percent-encodes each segment, so that a `/` in it becomes `%2F`.
    pub(super) fn api(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        // Fails only for URLs without a path; http and https always have one.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v4"]).extend(segments);
        }
        url
    }
}

/// A text that was meant as a URL, as an error message may repeat it: without a password before an `@`, without a
/// query.
pub(super) fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = text.rsplit('@').next().unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Whether a URL's host is this machine, judged by its name alone; no DNS lookup.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.root())
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acceptable_instances_keep_what_matters() {
        for (text, shown) in [
            ("https://gitlab.com", "https://gitlab.com"),
            (" https://GitLab.example.com:443/ ", "https://gitlab.example.com"),
            ("https://host.example/git/lab//", "https://host.example/git/lab"),
            ("https://host.example:8443/api/v4/", "https://host.example:8443"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://[::1]:8080/x", "http://[::1]:8080/x"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(Instance::parse(text).unwrap().to_string(), shown, "{text}");
        }
        assert_eq!(Instance::parse("https://a.example/"), Instance::parse("HTTPS://A.example:443"));
    }

    #[test]
    fn unacceptable_instances_get_a_sentence_without_their_secrets() {
        use InstanceError as E;
        let error = |text| Instance::parse(text).unwrap_err();
        assert!(matches!(error("gitlab.com"), E::NotAUrl(_)));
        assert!(matches!(error("gitlab.com:8443"), E::NotAUrl(_)));
        assert!(matches!(error(""), E::NotAUrl(_)));
        assert!(matches!(error("https://"), E::NotAUrl(_)));
        assert_eq!(error("ftp://gitlab.com"), E::Scheme("ftp".to_owned()));
        assert_eq!(error("http://gitlab.com"), E::PlainHttp("gitlab.com".to_owned()));
        assert!(matches!(error("http://127.0.0.1.example.com"), E::PlainHttp(_)));
        assert!(matches!(error("http://localhost.example.com"), E::PlainHttp(_)));
        assert_eq!(error("https://user:secret@gitlab.com"), E::Credentials);
        assert_eq!(error("https://gitlab.com?private_token=secret"), E::QueryOrFragment);
        assert_eq!(error("https://gitlab.com/#a"), E::QueryOrFragment);
        for text in ["https://user:secret@h ost", "user:secret@host", "https://h ost?secret", "a#secret"] {
            assert!(!error(text).to_string().contains("secret"), "{text}");
        }
    }

    #[test]
    fn api_urls_are_below_the_relative_root_and_encode_slashes() {
        let instance = Instance::parse("https://host.example/gitlab").unwrap();
        let url = instance.api(&["projects", "group/sub/a.b", "export"]);
        assert_eq!(url.as_str(), "https://host.example/gitlab/api/v4/projects/group%2Fsub%2Fa.b/export");
        assert!(instance.is_api(&url));
        assert!(!instance.is_api(&Url::parse("https://host.example/minio/x").unwrap()));
        assert!(!instance.owns(&Url::parse("https://host.example:444/gitlab/api/v4/user").unwrap()));
        assert!(!instance.owns(&Url::parse("http://host.example/gitlab/api/v4/user").unwrap()));
        let root = Instance::parse("https://host.example").unwrap();
        assert_eq!(root.api(&["user"]).as_str(), "https://host.example/api/v4/user");
    }
}
