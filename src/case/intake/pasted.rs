//! Removes what mail programs, chats and web pages leave around a URL.

/// One pasted item without what surrounds it: brackets, quotes, a full stop, line breaks, invisible characters.
pub(super) fn cleaned(text: &str) -> String {
    let visible: String =
        text.replace("=\r\n", "").replace("=\n", "").chars().filter(|&c| !is_unseen(c)).collect();
    let text = bracketed(visible.trim()).unwrap_or(visible.trim());
    let is_address = text.contains("://") || text.contains('/');
    let breaks = |c: char| matches!(c, '\n' | '\r');
    let text: String = if is_address && text.contains(breaks) {
        text.split(breaks).map(str::trim).collect()
    } else {
        text.to_owned()
    };
    alone(trimmed(&text)).to_owned()
}

/// The URL in `git clone https://…` and `Project: https://…`, or the whole text.
fn alone(text: &str) -> &str {
    let is_url = |word: &&str| word.contains("://") || ssh_location(word).is_some();
    let word = text.contains(char::is_whitespace).then(|| text.split_whitespace().find(is_url)).flatten();
    word.map_or(text, trimmed)
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

/// Zero-width characters, soft hyphens and byte order marks. (A non-breaking space counts as a space.)
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

fn is_around(c: char) -> bool {
    c.is_whitespace() || "<>()[]{}\"'`«»“”‘’„*|\u{a0}".contains(c)
}

fn is_behind(c: char) -> bool {
    is_around(c) || ".,;:!?…\\".contains(c)
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

/// The ID in `101`, in `Project ID: 101` as GitLab's pages show it, or in `gid://gitlab/Project/101`.
pub(super) fn id_in_words(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let front = ["project id", "project", "id", "gid://gitlab/project/"];
    let named =
        front.iter().find_map(|front| lower.strip_prefix(front).map(|rest| &text[text.len() - rest.len()..]));
    let digits = named.unwrap_or(text).trim_start_matches([' ', ':', '#', '=']).trim();
    is_digits(digits).then_some(digits)
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
    let is_plain = |word: &str| !word.is_empty() && !word.contains(['/', ' ']);
    (is_plain(login) && is_plain(host)).then_some((host, path))
}
