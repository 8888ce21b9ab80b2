//! Neutralises what others wrote before GitLab renders it: no quick action, no mention, no reference.
//!
//! GitLab treats `/close` at the start of a line as a quick action, `@all` as a mention of everybody, and `#12`,
//! `!12`, `~bug`, `%1.0`, `&7` and `$3` as references; a backslash before the sign prevents that
//! (`MarkdownPreEscapeFilter`). In titles a backslash has no effect, so a full-width sign replaces the sign there.

use minijinja::value::ValueKind;
use minijinja::{Error, Output, State, Value};

/// The signs, each with its full-width replacement for titles.
const SIGNS: [(char, char); 8] =
    [('@', '＠'), ('#', '＃'), ('!', '！'), ('~', '～'), ('%', '％'), ('&', '＆'), ('$', '＄'), ('/', '／')];

/// Prints a value of a template, and neutralises every text that is not known to be ours.
pub(super) fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if value.kind() == ValueKind::String && !value.is_safe() => {
            Ok(out.write_str(&inert(text))?)
        }
        _ => minijinja::escape_formatter(out, state, value),
    }
}

/// Marks a trusted text (of Export Desk, the handbook or the signing engineer): it is printed unchanged.
pub(super) fn trusted(text: impl Into<String>) -> Value {
    Value::from_safe_string(text.into())
}

/// The text on one line, with a backslash before every sign that would have an effect.
pub(super) fn inert(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    if let [url] = words[..]
        && is_url(url)
    {
        return url.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for (number, word) in words.iter().enumerate() {
        if number > 0 {
            line.push(' ');
        }
        push_word(&mut line, word);
    }
    // In a list or a table this is no line of its own, but a template may start a line with the value.
    if line.starts_with('/') { format!("\\{line}") } else { line }
}

fn is_url(word: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| word.starts_with(scheme))
}

/// Inside a URL no sign is a reference, and a backslash would break the URL.
fn push_word(line: &mut String, word: &str) {
    let begins = word.find("https://").or_else(|| word.find("http://"));
    let (before, address) = word.split_at(begins.unwrap_or(word.len()));
    let ends = address.find(|c| "()<>[]{}\"'`,;|*\\".contains(c)).unwrap_or(address.len());
    let (address, after) = address.split_at(ends);
    push_signs(line, before);
    line.push_str(address);
    push_signs(line, after);
}

fn push_signs(line: &mut String, text: &str) {
    let mut chars = text.chars().peekable();
    let mut before = None;
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        if refers(before, c, next) {
            line.push('\\');
        }
        line.push(c);
        before = Some(c);
    }
}

/// Whether a sign between these characters starts a mention or a reference.
fn refers(before: Option<char>, sign: char, next: Option<char>) -> bool {
    let starts_word = before.is_none_or(|c| !c.is_alphanumeric());
    let names = next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '"' | '_' | '{'));
    match sign {
        // An e-mail address is no mention.
        '@' => starts_word && names,
        // These signs also refer to something when they follow a project's path.
        '#' | '!' | '&' | '$' => next.is_some_and(char::is_alphanumeric),
        '~' | '%' => names,
        // `GL-12` refers to an issue, too.
        '-' => before == Some('L') && next.is_some_and(|c| c.is_ascii_digit()),
        _ => false,
    }
}

/// Neutralises a title, in which a backslash would be visible.
pub(super) fn in_title(title: &str) -> String {
    let escaped =
        |title: String, (sign, look): &(char, char)| title.replace(&format!("\\{sign}"), &look.to_string());
    SIGNS.iter().fold(title.replace("L\\-", "L‑"), escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_refers_and_nothing_orders() {
        for (text, line) in [
            ("done\n/close\n/label ~bug", "done /close /label \\~bug"),
            ("/close", "\\/close"),
            ("hey @all, (@group/sub)", "hey \\@all, (\\@group/sub)"),
            (
                "see #12 and a/b#12, a/b!3, &4, $5, %\"1 2\", ~\"a b\"",
                "see \\#12 and a/b\\#12, a/b\\!3, \\&4, \\$5, \\%\"1 2\", \\~\"a b\"",
            ),
            ("GL-12", "GL\\-12"),
            ("mail jane@acme.example", "mail jane@acme.example"),
            ("https://x.example/a#note_5?u=@b !c", "https://x.example/a#note_5?u=@b \\!c"),
            ("https://x.example/_g=(a:!t)", "https://x.example/_g=(a:!t)"),
            ("(https://x.example)@all", "(https://x.example)\\@all"),
            ("100 % of A & B, 5$", "100 % of A & B, 5$"),
        ] {
            assert_eq!(inert(text), line, "{text}");
        }
        assert_eq!(in_title(&inert("GL-1 by @all: a/b#12")), "GL‑1 by ＠all: a/b＃12");
    }
}
