//! Decides where a redirect may lead, because `reqwest` would send `PRIVATE-TOKEN` to any host.

use url::Url;

use super::error::ErrorKind;
use super::instance::{Instance, is_loopback};

/// How many redirects one call follows.
pub(super) const MOST_HOPS: usize = 5;

/// A redirect that may be followed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hop {
    /// To the instance's own origin: credentials may be sent.
    Own(Url),
    /// To any other origin: without credentials.
    Foreign(Url),
}

/// Judges the `Location` header of an answer from the URL `from`.
pub(super) fn next_hop(instance: &Instance, from: &Url, location: &str) -> Result<Hop, ErrorKind> {
    let to = from
        .join(location)
        .map_err(|_not_a_url| ErrorKind::RedirectRefused("to a value that is not a URL".to_owned()))?;
    let loopback_hop = is_loopback(from) && is_loopback(&to);
    match (from.scheme(), to.scheme()) {
        (_, "https") => {}
        ("http", "http") if loopback_hop => {}
        (_, "http") => return Err(ErrorKind::RedirectToHttp),
        (_, other) => return Err(ErrorKind::RedirectRefused(format!("to the scheme {other}"))),
    }
    if !to.username().is_empty() || to.password().is_some() {
        return Err(ErrorKind::RedirectRefused("to a URL with a username".to_owned()));
    }
    Ok(if instance.owns(&to) { Hop::Own(to) } else { Hop::Foreign(to) })
}

/// The URL of a moved project, on the instance that was called. GitLab's redirect contains the project's ID under
/// GitLab's configured URL, which behind a proxy may be another host or plain http (`lib/api/helpers.rb`,
/// `find_project!`).
pub(super) fn moved_project(instance: &Instance, location: &str) -> Option<Url> {
    let to = Url::parse(location).ok()?;
    let (_, call) = to.path().split_once("/api/v4/projects/")?;
    let mut segments = vec!["projects"];
    segments.extend(call.split('/').filter(|segment| !segment.is_empty()));
    let id = segments.get(1).copied()?;
    // Only a numeric ID needs no decoding and reveals no name.
    if !id.bytes().all(|byte| byte.is_ascii_digit()) || call.contains('%') {
        return None;
    }
    let mut url = instance.api(&segments);
    url.set_query(to.query());
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(instance: &str, from: &str, location: &str) -> Result<Hop, ErrorKind> {
        next_hop(&Instance::parse(instance).unwrap(), &Url::parse(from).unwrap(), location)
    }

    #[test]
    fn only_scheme_host_and_port_together_are_the_instance() {
        let own = |location| {
            matches!(
                hop("https://git.example/root", "https://git.example/root/api/v4/x", location),
                Ok(Hop::Own(_))
            )
        };
        for location in ["/root/api/v4/projects/1", "https://git.example:443/a", "?page=2", "//GIT.example/a"]
        {
            assert!(own(location), "{location}");
        }
        for location in [
            "https://git.example:8443/a",
            "https://sub.git.example/a",
            "https://git.example.evil.example/a",
            "//evil.example/a",
            "https://git.example.:443/a",
        ] {
            assert!(!own(location), "{location}");
        }
    }

    #[test]
    fn a_moved_project_is_requested_from_the_instance_itself() {
        let instance = Instance::parse("https://git.example/root").unwrap();
        let moved = |location| moved_project(&instance, location).map(String::from);
        let ours = "https://git.example/root/api/v4/projects/42/export?x=1";
        for location in [
            "https://git.example/root/api/v4/projects/42/export?x=1",
            "http://inside.example/api/v4/projects/42/export?x=1",
        ] {
            assert_eq!(moved(location).as_deref(), Some(ours), "{location}");
        }
        for location in [
            "https://evil.example/",
            "https://evil.example/api/v4/projects/a%2Fb",
            "https://evil.example/api/v4/user",
            "https://evil.example/api/v4/projects/",
            "/api/v4/projects/42",
        ] {
            assert_eq!(moved(location), None, "{location}");
        }
    }

    #[test]
    fn encryption_is_never_given_up() {
        let https = "https://git.example/x";
        assert_eq!(hop("https://git.example", https, "http://git.example/x"), Err(ErrorKind::RedirectToHttp));
        assert_eq!(hop("https://git.example", https, "http://127.0.0.1/x"), Err(ErrorKind::RedirectToHttp));
        let practice = "http://127.0.0.1:3000";
        assert!(matches!(hop(practice, practice, "http://127.0.0.1:3001/b"), Ok(Hop::Foreign(_))));
        assert!(matches!(hop(practice, practice, "http://localhost:3000/b"), Ok(Hop::Foreign(_))));
        assert!(matches!(hop(practice, practice, "https://s3.example/b"), Ok(Hop::Foreign(_))));
        assert_eq!(hop(practice, practice, "http://s3.example/b"), Err(ErrorKind::RedirectToHttp));
    }

    #[test]
    fn strange_locations_are_refused() {
        for location in [
            "ftp://git.example/x",
            "file:///etc/passwd",
            "https://u:p@git.example/x",
            "https://",
            "javascript:0",
        ] {
            let refused = hop("https://git.example", "https://git.example/x", location);
            assert!(matches!(refused, Err(ErrorKind::RedirectRefused(_))), "{location}");
        }
    }
}
