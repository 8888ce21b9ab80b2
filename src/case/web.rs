//! Which URLs are accepted: https, and plain http on this computer alone, where the practice GitLab runs.

use url::{Host, Url};

/// Whether a URL leads to this computer.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether nobody on the network can read what is sent to the URL.
pub fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Whether the URL contains a username or a password before the host.
pub fn has_login(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_computer() {
        for (address, safe) in [
            ("https://gitlab.com", true),
            ("http://localhost:3000", true),
            ("http://127.8.0.1", true),
            ("http://[::1]:8080", true),
            ("http://gitlab.com", false),
            ("http://localhost.example", false),
            ("http://10.0.0.5", false),
            ("ftp://localhost", false),
        ] {
            assert_eq!(is_safe(&Url::parse(address).unwrap()), safe, "{address}");
        }
        assert!(
            has_login(&Url::parse("https://me@x").unwrap()) && !has_login(&Url::parse("https://x").unwrap())
        );
    }
}
