//! The last part of a project's path: what GitLab accepts, and how to turn any text into such a part.
//!
//! Rules: <https://docs.gitlab.com/user/reserved_names/#limitations-on-usernames-project-and-group-names-and-slugs>.

/// Endings that GitLab reserves.
const ENDINGS: [&str; 2] = [".git", ".atom"];

/// Why GitLab does not accept `path` as the last part of a project's path; `None` if it does.
pub fn path_fault(path: &str) -> Option<&'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let lower = path.to_ascii_lowercase();
    if path.is_empty() {
        Some("The new project needs a path.")
    } else if path.contains('/') {
        Some("Type only the last part of the path here. The group has its own field.")
    } else if !path.bytes().all(allowed) {
        Some("A path may contain only letters, digits, `_`, `-` and `.`.")
    } else if path.starts_with(['-', '.']) {
        Some("A path must not start with `-` or `.`.")
    } else if path.ends_with('.') || ENDINGS.iter().any(|end| lower.ends_with(end)) {
        Some("A path must not end with `.`, `.git` or `.atom`.")
    } else {
        None
    }
}

/// A path that GitLab accepts, built from the allowed characters of `text`.
pub fn path_of(text: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '-' };
    let path: String = text.chars().map(allowed).take(100).collect();
    let path = path.trim_start_matches(['-', '.']).trim_end_matches(['-', '.']);
    if path_fault(path).is_none() { path.to_owned() } else { "project".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gitlab_accepts_is_known_before_the_request() {
        for good in ["copy", "Copy_2.0", "_x", "a-b", "7"] {
            assert_eq!(path_fault(good), None, "{good}");
        }
        for bad in ["", "a/b", "-x", ".x", "x.", "x.git", "X.ATOM", "a b", "ü"] {
            assert!(path_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn any_text_gives_a_path() {
        assert_eq!(path_of("2026_acme webshop"), "2026_acme-webshop");
        for text in ["", "漢字", "---", "x.git", "..", &"y/".repeat(300)] {
            assert_eq!(path_fault(&path_of(text)), None, "{text}");
        }
    }
}
