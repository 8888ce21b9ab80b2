//! How a person names a project, and how the API wants it named.

use std::fmt;

use url::Url;

use super::disposition::percent_decoded;
use super::instance::{Instance, shown};

/// A project as the API's `:id`: its number, or its full path (sent with `%2F` for each slash).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProjectKey {
    /// Prefer it: proxies that decode `%2F` break the other form.
    Id(u64),
    /// `group/sub/project`.
    Path(String),
}

/// Why a text names no project of the instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectKeyError {
    #[error("The project is missing. Use its ID, full path or URL.")]
    Empty,
    #[error("“{0}” is not a project ID.")]
    Number(String),
    #[error("“{0}” is not a full project path, such as group/project.")]
    Path(String),
    #[error("“{0}” is not a usable URL.")]
    Url(String),
    #[error("The URL belongs to {other}, not to {instance}.")]
    OtherInstance { other: String, instance: String },
    #[error("The URL is not the URL of a project, such as {0}/group/project.")]
    NoProject(String),
}

impl ProjectKey {
    /// The path segment for `:id`, not yet percent-encoded.
    pub(super) fn segment(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for ProjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Path(path) => f.write_str(path),
        }
    }
}

impl Instance {
    /// Reads a project from what a person types or pastes: a number, `group/sub/project`, or the URL of any
    /// page of a project of this instance.
    pub fn project_from(&self, text: &str) -> Result<ProjectKey, ProjectKeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ProjectKeyError::Empty);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return number(text);
        }
        if text.contains("://") {
            return self.project_from_url(text);
        }
        // A browser's address without its scheme.
        let first = text.split('/').next().unwrap_or_default();
        let own_host =
            self.origin().split_once("://").is_some_and(|(_, own)| own.eq_ignore_ascii_case(first));
        if own_host {
            let scheme = if self.origin().starts_with("http://") { "http" } else { "https" };
            return self.project_from_url(&format!("{scheme}://{text}"));
        }
        let path = project_path(text).ok_or_else(|| ProjectKeyError::Path(shown(text)))?;
        Ok(ProjectKey::Path(path))
    }

    fn project_from_url(&self, text: &str) -> Result<ProjectKey, ProjectKeyError> {
        let url = Url::parse(text).map_err(|_not_a_url| ProjectKeyError::Url(shown(text)))?;
        let root = self.root();
        let rest = url.path().strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let (true, Some(rest)) = (self.owns(&url), rest) else {
            let other = match url.host_str() {
                Some(_) if self.owns(&url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
                Some(_) => url.origin().ascii_serialization(),
                None => return Err(ProjectKeyError::Url(shown(text))),
            };
            return Err(ProjectKeyError::OtherInstance { other, instance: self.to_string() });
        };
        // In an API URL the project is one segment, whatever call follows.
        let api = rest.strip_prefix("/api/");
        let front = match api {
            Some(call) => call.strip_prefix("v4/projects/").and_then(|call| call.split('/').next()),
            None => Some(rest),
        };
        let rest = percent_decoded(front.unwrap_or_default());
        // `/projects/42` is GitLab's own short link to a project.
        let id = match api {
            Some(_) => Some(rest.as_str()),
            None => rest.strip_prefix("/projects/").and_then(|rest| rest.split('/').next()),
        };
        if let Some(id) = id.filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())) {
            return number(id);
        }
        let path = project_path(&rest);
        path.map(ProjectKey::Path).ok_or_else(|| ProjectKeyError::NoProject(self.to_string()))
    }
}

fn number(digits: &str) -> Result<ProjectKey, ProjectKeyError> {
    match digits.parse() {
        Ok(0) | Err(_) => Err(ProjectKeyError::Number(shown(digits))),
        Ok(id) => Ok(ProjectKey::Id(id)),
    }
}

/// The project's full path out of a page's path: before `/-/`, without `.git` and outer slashes.
fn project_path(text: &str) -> Option<String> {
    let text = text.trim_start_matches('/');
    let text = text.find("/-/").map_or(text, |tail| &text[..tail]);
    let text = text.trim_end_matches('/');
    let text = text.strip_suffix("/-").unwrap_or(text);
    let text = text.strip_suffix(".git").unwrap_or(text);
    let segments: Vec<&str> = text.split('/').collect();
    // `Gitlab::PathRegex::TOP_LEVEL_ROUTES`: no group is called so.
    let own = ["api", "admin", "dashboard", "explore", "groups", "help", "projects", "users"]
        .contains(&segments[0]);
    (segments.len() >= 2 && !own && segments.iter().all(|segment| is_path_segment(segment)))
        .then(|| text.to_owned())
}

/// `Gitlab::PathRegex` in short: letters, digits, `_`, `-` and `.`, not starting with a dash.
fn is_path_segment(segment: &str) -> bool {
    !segment.is_empty()
        && !segment.starts_with('-')
        && !matches!(segment, "." | "..")
        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(instance: &str, text: &str) -> Result<ProjectKey, ProjectKeyError> {
        Instance::parse(instance).unwrap().project_from(text)
    }

    #[test]
    fn numbers_paths_and_urls_name_a_project() {
        let path = |text: &str| ProjectKey::Path(text.to_owned());
        for (text, key) in [
            (" 42 ", ProjectKey::Id(42)),
            ("group/project", path("group/project")),
            ("/group/sub/pro.ject/", path("group/sub/pro.ject")),
            ("group/project.git", path("group/project")),
            ("https://gitlab.com/group/project", path("group/project")),
            ("https://gitlab.com/group/project.git", path("group/project")),
            ("https://GITLAB.com:443/group/sub/project/", path("group/sub/project")),
            ("https://gitlab.com/group/project/-/issues/7?x=y#note_1", path("group/project")),
            ("https://gitlab.com/group/project/-/", path("group/project")),
            ("https://gitlab.com/group/project/-", path("group/project")),
            ("https://gitlab.com/projects/42", ProjectKey::Id(42)),
            ("https://gitlab.com/api/v4/projects/42/export", ProjectKey::Id(42)),
            ("https://gitlab.com/api/v4/projects/acme%2Fhandbook", path("acme/handbook")),
            (
                "https://gitlab.com/api/v4/projects/acme%2fsub%2Fhandbook/export?x=y",
                path("acme/sub/handbook"),
            ),
            ("https://gitlab.com/api/v4/projects/acme%2Fhandbook/export/download", path("acme/handbook")),
            ("https://gitlab.com/acme%2Fhandbook", path("acme/handbook")),
            ("gitlab.com/group/project", path("group/project")),
            ("http-tools/project", path("http-tools/project")),
        ] {
            assert_eq!(project("https://gitlab.com", text), Ok(key), "{text}");
        }
        let relative = "https://host.example/gitlab";
        assert_eq!(project(relative, "https://host.example/gitlab/a/b"), Ok(path("a/b")));
        assert_eq!(project("http://[::1]:80", "http://[::1]/a/b"), Ok(path("a/b")));
    }

    #[test]
    fn a_url_of_another_instance_is_refused_by_name() {
        let error = project("https://gitlab.com", "https://gitlab.example.org/a/b").unwrap_err();
        assert_eq!(
            error.to_string(),
            "The URL belongs to https://gitlab.example.org, not to https://gitlab.com."
        );
        for text in
            ["http://gitlab.com/a/b", "https://gitlab.com:8443/a/b", "https://gitlab.com.evil.example/a/b"]
        {
            assert!(
                matches!(project("https://gitlab.com", text), Err(ProjectKeyError::OtherInstance { .. })),
                "{text}"
            );
        }
        let outside = project("https://host.example/gitlab", "https://host.example/gitlabs/b");
        assert!(matches!(outside, Err(ProjectKeyError::OtherInstance { .. })));
    }

    #[test]
    fn what_names_no_project_gets_a_sentence() {
        use ProjectKeyError as E;
        let error = |text| project("https://gitlab.com", text).unwrap_err();
        assert_eq!(error(""), E::Empty);
        assert!(matches!(error("0"), E::Number(_)));
        assert!(matches!(error("99999999999999999999999"), E::Number(_)));
        for text in ["project", "a/../b", "a//b", "a/b c", "a/b?x", "-/b", "ä/b", "git@host:a/b"] {
            assert!(matches!(error(text), E::Path(_)), "{text}");
        }
        for text in ["https://gitlab.com", "https://gitlab.com/group", "https://gitlab.com/-/profile"] {
            assert!(matches!(error(text), E::NoProject(_)), "{text}");
        }
        for text in [
            "https://gitlab.com/groups/a/b",
            "https://gitlab.com/api/v4/groups/a%2Fb",
            "https://gitlab.com/api/v4/projects/a/b",
            "https://gitlab.com/api/v4/projects",
            "https://gitlab.com/api/v4/users/5/projects",
            "https://gitlab.com/projects/a/b",
        ] {
            assert!(matches!(error(text), E::NoProject(_)), "{text}");
        }
        assert!(matches!(error("projects/acme/handbook"), E::Path(_)));
        assert!(matches!(error("https://"), E::Url(_)));
        for text in
            ["https://h:x/?private_token=secret", "https://u:secret@h:x/", "https://u:secret@h.example/a/b"]
        {
            assert!(!error(text).to_string().contains("secret"), "{text}");
        }
    }
}
