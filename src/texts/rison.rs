//! Rison, the notation in which Kibana keeps its state in a URL, and its percent-encoding. Grammar:
//! `../shared/handbook-facts.md`, 4.3.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A Rison value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rison {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Rison>),
    Object(Vec<(String, Rison)>),
}

impl Rison {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn object<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    pub fn texts(texts: &[String]) -> Self {
        Self::List(texts.iter().map(Self::text).collect())
    }

    /// The value in Rison, not yet percent-encoded.
    pub fn encode(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// The value as it appears in a URL.
    pub fn for_url(&self) -> String {
        percent(&self.encode())
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("!n"),
            Self::Bool(true) => out.push_str("!t"),
            Self::Bool(false) => out.push_str("!f"),
            Self::Int(number) => out.push_str(&number.to_string()),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                out.push_str("!(");
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(')');
            }
            Self::Object(fields) => {
                out.push('(');
                for (i, (key, value)) in fields.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_text(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push(')');
            }
        }
    }
}

/// Writes the text bare if it cannot be mistaken for a number or a sign; otherwise quoted, which is always valid.
fn write_text(text: &str, out: &mut String) {
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
    if bare {
        out.push_str(text);
        return;
    }
    out.push('\'');
    for c in text.chars() {
        if matches!(c, '!' | '\'') {
            out.push('!');
        }
        out.push(c);
    }
    out.push('\'');
}

/// The characters that stay readable in a URL. Quotes and parentheses are encoded although that is not required: they
/// would end a link in Markdown.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b',')
    .remove(b':')
    .remove(b'!');

/// Percent-encodes a value for a URL.
pub fn percent(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bare_or_quoted() {
        for (text, expected) in [
            ("json.meta.project", "json.meta.project"),
            ("json.duration_s", "json.duration_s"),
            ("AWNABDRwNDuQHTm2tH6l", "AWNABDRwNDuQHTm2tH6l"),
            ("_id", "_id"),
            ("", "''"),
            ("3", "'3'"),
            ("-1", "'-1'"),
            ("1e5", "'1e5'"),
            ("7092c4e2-4eb5", "'7092c4e2-4eb5'"),
            ("acme/platform/monorepo", "'acme/platform/monorepo'"),
            ("Projects::ImportExport", "'Projects::ImportExport'"),
            ("it's", "'it!'s'"),
            ("stop!", "'stop!!'"),
            ("!'", "'!!!''"),
            ("a b", "'a b'"),
            ("a,b:(c)", "'a,b:(c)'"),
            ("now-7d", "'now-7d'"),
            ("größe/プロジェクト", "'größe/プロジェクト'"),
            ("\"quoted\" \\ back", "'\"quoted\" \\ back'"),
            (".dot", "'.dot'"),
        ] {
            assert_eq!(Rison::text(text).encode(), expected, "{text:?}");
        }
    }

    #[test]
    fn structures_nest() {
        let value = Rison::object([
            ("a", Rison::List(vec![Rison::Int(-3), Rison::Null, Rison::Bool(true), Rison::Bool(false)])),
            ("key with space", Rison::List(vec![])),
            ("o", Rison::object([])),
            ("s", Rison::texts(&["x".to_owned(), "it's".to_owned()])),
        ]);
        assert_eq!(value.encode(), "(a:!(-3,!n,!t,!f),'key with space':!(),o:(),s:!(x,'it!'s'))");
    }

    #[test]
    fn an_address_carries_no_sign_that_ends_it() {
        for (text, expected) in [
            ("json.class", "json.class"),
            ("a/b c", "%27a%2Fb%20c%27"),
            ("it's", "%27it!%27s%27"),
            ("50% & more #1?", "%2750%25%20%26%20more%20%231%3F%27"),
            ("é", "%27%C3%A9%27"),
            ("a+b=c", "%27a%2Bb%3Dc%27"),
        ] {
            assert_eq!(Rison::text(text).for_url(), expected, "{text:?}");
        }
    }

    proptest::proptest! {
        /// Decoding both encodings by hand returns any text unchanged.
        #[test]
        fn any_text_is_unchanged(text in ".*") {
            let encoded = Rison::text(text.as_str()).for_url();
            proptest::prop_assert!(encoded.is_ascii());
            let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap();
            let inner = match decoded.strip_prefix('\'') {
                None => decoded.into_owned(),
                Some(rest) => {
                    let mut back = String::new();
                    let mut chars = rest.strip_suffix('\'').unwrap().chars();
                    while let Some(c) = chars.next() {
                        back.push(if c == '!' { chars.next().unwrap() } else { c });
                    }
                    back
                }
            };
            proptest::prop_assert_eq!(inner, text);
        }
    }
}
