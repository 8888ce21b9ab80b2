//! Removes what mail programs, chats and web pages leave around a URL.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::Url;

/// One pasted item without what surrounds it: brackets, quotes, a full stop, line breaks, invisible characters.
pub(super) fn cleaned(text: &str) -> String {
    let visible: String =
        text.replace("=\r\n", "").replace("=\n", "").chars().filter(|&c| !is_unseen(c)).map(narrow).collect();
    let text = bracketed(visible.trim()).unwrap_or(visible.trim());
    alone(trimmed(&on_one_line(text))).to_owned()
}

/// A pasted URL without what surrounds it, and without a redirector of a mail program.
pub(super) fn cleaned_url(text: &str) -> String {
    let cleaned = cleaned(text);
    Url::parse(&cleaned).ok().and_then(|url| behind_redirector(&url)).map_or(cleaned, String::from)
}

/// Joins an address that a line break has cut. Lines that contain several words are prose, which is not joined.
fn on_one_line(text: &str) -> Cow<'_, str> {
    let lines = || text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    if !text.contains('/') || !text.contains(['\n', '\r']) {
        return Cow::Borrowed(text);
    }
    let is_prose = lines().any(|line| line.contains(char::is_whitespace));
    if !is_prose {
        return lines().collect();
    }
    // Of prose, the line with the URL counts, or the first line.
    let has_url = |line: &&str| line.contains("://") || line.split_whitespace().any(is_ssh);
    lines().find(has_url).or_else(|| lines().next()).unwrap_or_default().into()
}

fn is_ssh(word: &str) -> bool {
    ssh_location(word).is_some()
}

/// The URL in `git clone https://…` and `Project: https://…`, the path in `Project: group/project`, or the whole text.
fn alone(text: &str) -> &str {
    let is_url = |word: &&str| word.contains("://") || is_ssh(word);
    let word = text.contains(char::is_whitespace).then(|| text.split_whitespace().find(is_url)).flatten();
    let word = trimmed(word.unwrap_or(text));
    web_in(word).unwrap_or_else(|| trimmed(beside_number(after_label(word))))
}

/// The web URL inside a word such as `href="https://…"`, `[demo|https://…]` or `--url=https://…`.
fn web_in(word: &str) -> Option<&str> {
    let lower = word.to_ascii_lowercase();
    let at = ["https://", "http://"].iter().filter_map(|scheme| lower.find(scheme)).min()?;
    let url = &word[at..];
    // An IPv6 address has brackets of its own.
    let host_end = url.find("://[").and_then(|at| url[at..].find(']').map(|end| at + end + 1)).unwrap_or(0);
    let end = url[host_end..].find(ends_url).map_or(url.len(), |end| host_end + end);
    let url = &url[..end];
    // A query begins with `?`: an `&` before it belongs to HTML.
    let url = match (url.find('&'), url.find('?')) {
        (Some(html), query) if query.is_none_or(|query| html < query) => &url[..html],
        _ => url,
    };
    // Markdown's emphasis is around the URL, and may be part of it only where it is not.
    let mark = word[..at].chars().next_back().filter(|c| matches!(c, '_' | '~'));
    Some(trimmed(mark.map_or(url, |mark| url.trim_end_matches(mark))))
}

/// Whether a character cannot be in a URL that is pasted as it is.
fn ends_url(c: char) -> bool {
    c.is_whitespace() || "\"'<>[]{}|`^‘’“”„«»…。、「」『』【】〈〉《》".contains(c)
}

/// The value in `Project: group/project` and `project_path=group/project`.
fn after_label(text: &str) -> &str {
    let Some(at) = text.find([':', '=']).filter(|&at| at <= 40) else { return text };
    let (label, value) = (&text[..at], &text[at + 1..]);
    let is_label = label.chars().all(|c| c.is_alphabetic() || " ._-".contains(c)) && !label.is_empty();
    let is_apart = text[at..].starts_with('=') || value.starts_with(char::is_whitespace);
    let value = value.trim();
    if is_label && is_apart && value.contains('/') { value } else { text }
}

/// The path in `group/project (101)` and in a row of a table.
fn beside_number(text: &str) -> &str {
    let is_number = |word: &str| is_digits(word.trim_matches(|c: char| "()#,;".contains(c)));
    let mut words = text.split_whitespace().filter(|word| !is_number(word));
    match (words.next(), words.next()) {
        (Some(path), None) if path.contains('/') => path,
        _ => text,
    }
}

/// Hosts that mail programs, chats and search engines put in front of a URL.
const REDIRECTORS: [&str; 6] = [
    "safelinks.protection.outlook.com",
    "statics.teams.cdn.office.net",
    "urldefense.com",
    "urldefense.proofpoint.com",
    "slack-redir.net",
    "www.google.com",
];

/// The URL to which a redirector leads: `…/?url=https%3A%2F%2F…`, `https://urldefense.com/v3/__https://…__;…`.
pub(super) fn behind_redirector(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let is_known =
        |known: &&str| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    REDIRECTORS.iter().find(|known| is_known(known))?;
    let is_web = |text: &str| text.starts_with("https://") || text.starts_with("http://");
    if let Some((_, rest)) = url.path().split_once("/v3/__") {
        let inner = rest.split("__").next().unwrap_or_default();
        // The redirector's path has single slashes in some mail programs.
        let inner = inner.replacen(":/", "://", 1).replacen(":///", "://", 1);
        return Url::parse(&inner).ok().filter(|_| is_web(&inner));
    }
    let names = ["url", "q", "u"];
    let found = url.query_pairs().find(|(name, value)| names.contains(&name.as_ref()) && is_web(value));
    if let Some((_, value)) = found {
        return Url::parse(&value).ok();
    }
    // Proofpoint's version 2 writes `%` as `-` and `/` as `_`.
    let (_, value) = url.query_pairs().find(|(name, value)| name == "u" && value.starts_with("http"))?;
    let text = value.replace('-', "%").replace('_', "/");
    let text = percent_decode_str(&text).decode_utf8().ok()?.into_owned();
    Url::parse(&text).ok().filter(|_| is_web(&text))
}

/// Without brackets, quotes and punctuation around it, written as such or as HTML.
fn trimmed(mut text: &str) -> &str {
    const HTML: [&str; 5] = ["&lt", "&gt", "&quot", "&#39", "&nbsp"];
    loop {
        let plain = text.trim_matches(is_around).trim_end_matches(is_behind).trim_matches(is_around);
        let plain = HTML.iter().find_map(|html| plain.strip_suffix(html)).unwrap_or(plain);
        let plain = HTML.iter().find_map(|html| plain.strip_prefix(html)?.strip_prefix(';')).unwrap_or(plain);
        if plain.len() == text.len() {
            return plain;
        }
        text = plain;
    }
}

/// Joins URLs in `<…>` that mail programs have broken over several lines (RFC 3986, appendix C).
pub fn unbroken(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("<http") {
        let (before, from) = rest.split_at(at);
        whole.push_str(before);
        let end = from.find('>').filter(|&end| end <= MOST_ADDRESS_BYTES);
        let Some(end) = end else {
            whole.push_str("<http");
            rest = &from["<http".len()..];
            continue;
        };
        whole.extend(from[..=end].split(['\n', '\r']).map(str::trim));
        rest = &from[end + 1..];
    }
    whole.push_str(rest);
    whole
}

/// The longest URL that is joined.
const MOST_ADDRESS_BYTES: usize = 2000;

/// Zero-width characters, soft hyphens, byte order marks, and the marks that chats put around text of another
/// direction. (A non-breaking space counts as a space.)
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}'
    )
}

/// The ASCII character of a full-width one, as East Asian keyboards write it.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

fn is_around(c: char) -> bool {
    c.is_whitespace() || "<>()[]{}\"'`«»“”‘’„*|\u{a0}「」『』【】《》".contains(c)
}

fn is_behind(c: char) -> bool {
    is_around(c) || ".,;:!?…\\。、".contains(c)
}

/// The URL in `<…>`, where it may be broken over lines, or the target of a Markdown link.
fn bracketed(text: &str) -> Option<&str> {
    let inside = |open: &str, close: char| {
        let (_, rest) = text.split_once(open)?;
        let inside = rest.split_once(close)?.0;
        inside.contains("://").then_some(inside)
    };
    inside("](", ')').or_else(|| inside("<", '>'))
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The ID in `101`, in `Project ID: 101` as GitLab's pages show it, in `"project_id": 101`, in `1,234,567` as Kibana
/// shows a number, or in `gid://gitlab/Project/101`.
pub(super) fn id_in_words(text: &str) -> Option<String> {
    let digits_at = text
        .rfind(|c: char| !(c.is_ascii_digit() || c == ','))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let (front, number) = text.split_at(digits_at);
    let front = front.to_ascii_lowercase();
    let words: String = front.chars().filter(|c| !(c.is_whitespace() || "\"':#=_.".contains(*c))).collect();
    let is_named =
        matches!(&*words, "" | "project" | "id" | "projectid" | "jsonprojectid" | "jsonmetaprojectid")
            || front == "gid://gitlab/project/";
    let mut groups = number.split(',');
    let is_grouped = groups.next().is_some_and(|first| (1..=3).contains(&first.len()))
        && groups.all(|group| group.len() == 3);
    let is_number = is_digits(number) || (number.contains(',') && is_grouped);
    (is_named && is_number).then(|| number.replace(',', ""))
}

/// Host and path of a Git URL over SSH: `git@host:group/project.git`, `ssh://git@host:22/group/project.git`.
pub(super) fn ssh_location(text: &str) -> Option<(&str, &str)> {
    let schemes = ["ssh://", "git+ssh://", "ssh+git://", "git://"];
    if let Some(rest) = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)) {
        let (place, path) = rest.split_once('/')?;
        let host = place.rsplit('@').next()?.split(':').next()?;
        return Some((host, path));
    }
    if text.contains("://") {
        return None;
    }
    let (login, rest) = text.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    // `[git@host:2222]:group/project.git`: the first bracket is gone already.
    let path = path.split_once("]:").filter(|(port, _)| is_digits(port)).map_or(path, |(_, path)| path);
    let is_plain = |word: &str| !word.is_empty() && !word.contains(['/', ' ']);
    (is_plain(login) && is_plain(host)).then_some((host, path))
}
