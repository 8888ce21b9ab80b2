//! Reads what a person types or pastes for a group: an ID, a path, or the URL of one of its pages.

use url::Url;

use super::pasted::{cleaned, is_digits};
use super::project::{authority, decoded, is_same_place, shown};
use crate::case::refusal::{Refusal, Rule};

/// Reads a group of the instance with this base URL: its ID, or its full path.
pub fn parse_group(text: &str, instance: &str) -> Result<String, Refusal> {
    let refused = |why: String| Refusal::new(Rule::LinkForm, why, "Use the group's ID, full path or URL.");
    let text = cleaned(text);
    let unreadable =
        || refused(format!("“{}” is not a group, such as group or group/subgroup.", shown(&text)));
    if text.is_empty() {
        return Err(refused("The group is missing.".to_owned()));
    }
    let base = Url::parse(instance.trim()).map_err(|_not_a_url| unreadable())?;
    let first = text.split('/').next().unwrap_or_default();
    let is_host = authority(&base).is_some_and(|own| own.eq_ignore_ascii_case(first));
    let path = if text.contains("://") || is_host {
        let whole = if is_host { format!("{}://{text}", base.scheme()) } else { text.clone() };
        let url = Url::parse(&whole).map_err(|_not_a_url| unreadable())?;
        if !is_same_place(&url, &base) {
            let host = url.host_str().unwrap_or_default();
            let instance = instance.trim().trim_end_matches('/');
            return Err(refused(format!("The URL belongs to {host}, not to {instance}.")));
        }
        let root = base.path().trim_end_matches('/');
        decoded(url.path().strip_prefix(root).unwrap_or_default())
    } else {
        decoded(text.split(['?', '#']).next().unwrap_or_default())
    };
    let path = path.trim_matches('/');
    let path = path.strip_prefix("api/v4/").unwrap_or(path);
    let path = path.strip_prefix("groups/").unwrap_or(path);
    // Pages of a group come after `/-/`.
    let path = path.split("/-/").next().unwrap_or_default().trim_end_matches("/-").trim_end_matches('/');
    let is_of_call = path.split_once('/').is_some_and(|(id, _)| is_digits(id));
    let path = if is_of_call { path.split('/').next().unwrap_or_default() } else { path };
    let is_name = |part: &str| {
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        part.chars().all(allowed) && part.chars().any(char::is_alphanumeric)
    };
    if path.is_empty() || !path.split('/').all(is_name) {
        return Err(unreadable());
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_in_any_form() {
        let host = "https://gitlab.example.com";
        for (text, read) in [
            ("acme", "acme"),
            (" acme/platform/ ", "acme/platform"),
            ("42", "42"),
            ("https://gitlab.example.com/acme/platform", "acme/platform"),
            ("https://gitlab.example.com/groups/acme/-/issues?state=all", "acme"),
            ("gitlab.example.com/acme", "acme"),
            ("https://gitlab.example.com/api/v4/groups/42/projects?per_page=100", "42"),
            ("https://gitlab.example.com/api/v4/groups/acme%2Fplatform", "acme/platform"),
            ("客户/数据", "客户/数据"),
        ] {
            assert_eq!(parse_group(text, host).as_deref(), Ok(read), "{text}");
        }
        for text in
            ["", "https://gitlab.com/acme", "a b", "../..", "https://gitlab.example.com/", "?", "a//b"]
        {
            assert!(parse_group(text, host).is_err(), "{text}");
        }
        assert_eq!(
            parse_group("https://h.example/gitlab/acme", "https://h.example/gitlab").as_deref(),
            Ok("acme")
        );
    }
}
