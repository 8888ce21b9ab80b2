//! Which URLs are accepted: https, and plain http on this computer alone, where the practice GitLab runs.

use url::{Host, Url};

/// The page of this GitLab that creates a personal access token, with the name and the scope filled in
/// (`app/controllers/concerns/access_tokens_actions.rb`). `None` for a URL that is not accepted.
pub fn token_page(instance: &str) -> Option<String> {
    let base = instance.trim().trim_end_matches('/');
    let url =
        Url::parse(base).ok().filter(|url| is_safe(url) && url.host_str().is_some() && !has_login(url))?;
    let plain = url.query().is_none() && url.fragment().is_none();
    plain.then(|| format!("{base}/-/user_settings/personal_access_tokens?name=Export+Desk&scopes=api"))
}

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

/// The host of a URL, with its port if there is one.
pub fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Whether the URL contains a username or a password before the host.
pub fn has_login(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_page_is_of_the_typed_instance() {
        let page = |text: &str| token_page(text);
        assert_eq!(
            page(" https://git.acme.example/gitlab/ ").as_deref(),
            Some(
                "https://git.acme.example/gitlab/-/user_settings/personal_access_tokens?name=Export+Desk&scopes=api"
            )
        );
        for wrong in [
            "",
            "gitlab.com",
            "http://gitlab.com",
            "https://me@gitlab.com",
            "https://gitlab.com/?a=1",
            "file:///x",
        ] {
            assert_eq!(page(wrong), None, "{wrong}");
        }
    }

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
