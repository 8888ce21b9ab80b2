//! Removes secrets from free text. Text from panics, errors and libraries passes through here before it is written.

use std::collections::HashSet;

use crate::case::secret::AMAZON_KEYS;

/// The shortest run of mixed letters and digits that counts as a key.
const OPAQUE: usize = 32;

/// `text` without tokens, keys and e-mail addresses, and without the part of a URL after its host.
pub fn scrub(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !ends_word(c)) {
        out.push_str(&rest[..start]);
        let word = &rest[start..];
        let end = word.find(ends_word).unwrap_or(word.len());
        push_word(&mut out, &word[..end]);
        rest = &word[end..];
    }
    out.push_str(rest);
    out
}

/// `text` without the hosts of its URLs, because a self-managed instance is often named after its owner. Hosts that
/// identify nobody stay.
pub fn without_hosts(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        out.push_str(before);
        let end = behind.find(|c: char| ends_word(c) || matches!(c, '/' | '?' | '#')).unwrap_or(behind.len());
        let host = &behind[..end];
        out.push_str(if names_nobody(host) { host } else { "[host]" });
        rest = &behind[end..];
    }
    out.push_str(rest);
    out
}

/// Whether a host identifies nobody: GitLab.com, or this computer under one of its usual names, with or without a
/// port.
pub fn names_nobody(host: &str) -> bool {
    let bare = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let bare = bare.map_or(host, |(bare, _)| bare).to_ascii_lowercase();
    let loopback = bare.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    loopback || bare == "localhost" || bare == "gitlab.com" || bare == "handbook.gitlab.com"
}

fn ends_word(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | ',' | ';' | '“' | '”'
        )
}

fn push_word(out: &mut String, word: &str) {
    if let Some(at) = word.find("://") {
        let (scheme, behind) = (&word[..at], &word[at + 3..]);
        let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
        let host = behind[..end].rsplit('@').next().unwrap_or_default();
        push_pieces(out, scheme);
        out.push_str("://");
        out.push_str(host);
        if end < behind.len() {
            out.push_str("/…");
        }
        return;
    }
    if word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) {
        out.push_str("[e-mail]");
        return;
    }
    push_pieces(out, word);
}

/// Adds a word that contains no URL, cut into pieces at characters that no key contains.
fn push_pieces(out: &mut String, word: &str) {
    let mut rest = word;
    while !rest.is_empty() {
        let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-');
        let end = rest.find(|c| !is_key(c)).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        out.push_str(instead_of(piece).unwrap_or(piece));
        let skip = behind.chars().next().map_or(0, char::len_utf8);
        out.push_str(&behind[..skip]);
        rest = &behind[skip..];
    }
}

fn instead_of(piece: &str) -> Option<&'static str> {
    // GitLab's tokens, such as `glpat-…` and `gldt-…`, also in the middle of a word.
    let token = |at: usize| {
        let (kind, key) = piece[at..].split_once('-').unwrap_or_default();
        kind.len() <= 8 && kind.bytes().all(|byte| byte.is_ascii_lowercase()) && key.len() >= 8
    };
    if piece.match_indices("gl").any(|(at, _)| token(at)) {
        return Some("[token]");
    }
    let amazon = |part: &str| {
        part.len() >= 16
            && AMAZON_KEYS.iter().any(|prefix| part.starts_with(prefix))
            && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    if piece.split(['/', '_', '-', '+']).any(amazon) {
        return Some("[key]");
    }
    let has = |test: fn(&u8) -> bool| piece.as_bytes().iter().any(test);
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    (piece.len() >= OPAQUE && mixed).then_some("[secret]")
}

/// Names that identify a customer, in lower case. They are removed from free text.
#[derive(Debug, Default)]
pub struct PrivateNames(HashSet<String>);

impl PrivateNames {
    /// Adds a name, and each part of it that could appear alone in a path or sentence.
    pub fn add(&mut self, name: &str) {
        let whole = name.trim().to_lowercase();
        let parts = whole.split(|c: char| c.is_whitespace() || matches!(c, '/' | '\\' | '@'));
        for part in parts.chain([whole.as_str()]).filter(|part| part.chars().count() >= 3) {
            self.0.insert(part.to_owned());
        }
    }

    /// `text` without the names.
    pub fn without(&self, text: &str) -> String {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '%' | '#');
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_name) {
            out.push_str(&rest[..start]);
            let word = &rest[start..];
            let end = word.find(|c| !is_name(c)).unwrap_or(word.len());
            let (word, behind) = word.split_at(end);
            let bare = word.trim_matches(['.', '-', '_', '#']);
            out.push_str(if self.0.contains(&bare.to_lowercase()) { "[private]" } else { word });
            rest = behind;
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_removed_and_words_kept() {
        for (text, left) in [
            ("PRIVATE-TOKEN:glpat-abcDEF123456 rest", "PRIVATE-TOKEN:[token] rest"),
            ("token=gldt-0123456789", "token=[token]"),
            (
                "see https://me:pw@bucket.example/acme/a.tar.gz?X-Amz-Signature=1 now",
                "see https://bucket.example/… now",
            ),
            ("https://gitlab.com", "https://gitlab.com"),
            ("mail jane.doe@acme.example, please", "mail [e-mail], please"),
            ("by @engineer", "by @engineer"),
            ("id=AKIAIOSFODNN7EXAMPLE", "id=[key]"),
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "[secret]"),
            (
                "GET /projects/:/export 200 01JD2Q3R4S5T6V7W8X9YZABCDE",
                "GET /projects/:/export 200 01JD2Q3R4S5T6V7W8X9YZABCDE",
            ),
            ("panicked at src/gui/views/case_list.rs:12:5", "panicked at src/gui/views/case_list.rs:12:5"),
            ("", ""),
        ] {
            assert_eq!(scrub(text), left, "{text}");
        }
    }

    #[test]
    fn hosts_are_removed_except_those_that_identify_nobody() {
        for (text, left) in [
            ("url (https://gitlab.acme.example/…): timed out", "url (https://[host]/…): timed out"),
            (
                "https://gitlab.com/… http://127.0.0.1:4000, http://localhost",
                "https://gitlab.com/… http://127.0.0.1:4000, http://localhost",
            ),
            ("socks5://proxy.acme.example:1080 x://gitlab.com.acme.example", "socks5://[host] x://[host]"),
            ("no address:// ", "no address://[host] "),
        ] {
            assert_eq!(without_hosts(text), left, "{text}");
        }
        assert!(names_nobody("[::1]:8080") && !names_nobody("10.0.0.5") && !names_nobody(""));
    }

    #[test]
    fn names_are_removed_wherever_they_occur() {
        let mut private = PrivateNames::default();
        private.add("acme/Secret-Plan");
        private.add("Jane Doe");
        let text = "cannot open /home/me/acme/secret-plan.: Doe said no to gitlab";
        assert_eq!(
            private.without(text),
            "cannot open /home/me/[private]/[private]: [private] said no to gitlab"
        );
    }
}
