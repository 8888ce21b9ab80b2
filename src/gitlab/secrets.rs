//! The secrets that a client has sent besides its token, so that no server's answer shows them again.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

/// Shorter texts occur in any answer by chance.
const LEAST_CHARS: usize = 4;
/// In an answer whose data is used, a chance match would change the data, so the limit is higher.
const LEAST_CHARS_OF_DATA: usize = 8;
/// A client sends only a few secrets; the latest are kept.
const MOST: usize = 100;

/// Keys and signed queries that were sent in requests. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Secrets(Arc<Mutex<Vec<SecretString>>>);

/// Whether an answer contains data, or a message that is only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Data,
    Words,
}

impl Secrets {
    /// Remembers a secret that was sent.
    pub(super) fn keep(&self, secret: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if secret.len() < LEAST_CHARS || all.iter().any(|known| known.expose_secret() == secret) {
            return;
        }
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push(secret.into());
    }

    /// Remembers the secrets of a URL: its query, whole and in parts, and its username and password.
    pub(super) fn keep_url(&self, url: &str) {
        let Ok(url) = Url::parse(url) else { return };
        url.query().into_iter().for_each(|query| self.keep(query));
        for (_, value) in url.query_pairs() {
            self.keep_long(&value);
        }
        for part in url.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('=')) {
            self.keep_long(part.1);
        }
        url.password().into_iter().for_each(|password| self.keep(password));
    }

    /// Remembers a value if it is long enough to be a key.
    fn keep_long(&self, value: &str) {
        if value.len() >= LEAST_CHARS_OF_DATA {
            self.keep(value);
        }
    }

    /// An answer's body without these secrets.
    pub(super) fn hidden_in(&self, body: &Bytes, used_as: Use) -> Bytes {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut longest: Vec<_> = all.iter().map(ExposeSecret::expose_secret).collect();
        longest.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        longest.into_iter().fold(body.clone(), |body, secret| without(&body, secret, "(hidden)", used_as))
    }

    /// A decoded text without these secrets; `None` where it contains none.
    pub(super) fn hidden_in_text(&self, text: &str, used_as: Use) -> Option<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut longest: Vec<_> = all.iter().map(ExposeSecret::expose_secret).collect();
        longest.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        longest.into_iter().fold(None, |hidden: Option<String>, secret| {
            let now = hidden.as_deref().unwrap_or(text);
            text_without(now, secret, "(hidden)", used_as).or(hidden)
        })
    }

    /// Whether a header's value contains one of these secrets, in any encoding.
    pub(super) fn are_in_header(&self, value: &[u8]) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let long = all.iter().map(ExposeSecret::expose_secret).filter(|it| it.len() >= LEAST_CHARS_OF_DATA);
        is_in_header(value, long)
    }
}

/// Whether a header's value contains a secret: literally, with backslashes in quotes, percent-encoded, as JSON, or
/// with invisible characters in between.
pub(super) fn is_in_header<'a>(value: &[u8], secrets: impl Iterator<Item = &'a str>) -> bool {
    let plain = String::from_utf8_lossy(value);
    let decoded = percent_encoding::percent_decode(value).decode_utf8_lossy();
    let mut readings = vec![visible(&plain), visible(&decoded)];
    readings.extend([plain.replace('\\', ""), decoded.replace('\\', "")].iter().map(|text| visible(text)));
    if let Ok(json) = serde_json::from_slice::<Value>(value) {
        each_text(&json, &mut |text| readings.push(visible(text)));
    }
    let mut secrets = secrets;
    secrets.any(|secret| readings.iter().any(|reading| reading.contains(secret)))
}

/// JSON whose decoded texts contain no secret. JSON can encode a character in two ways, so the decoded text is
/// checked. `None` where nothing has to change.
pub(super) fn decoded_without(body: &[u8], hide: &dyn Fn(&str) -> Option<String>) -> Option<Bytes> {
    // Without a backslash, the encoded text equals the decoded one.
    memchr::memchr(b'\\', body)?;
    let mut json: Value = serde_json::from_slice(body).ok()?;
    let changed = hide_in(&mut json, hide);
    changed.then(|| serde_json::to_vec(&json).ok().map(Bytes::from))?
}

fn hide_in(json: &mut Value, hide: &dyn Fn(&str) -> Option<String>) -> bool {
    match json {
        Value::String(text) => match hide(text) {
            Some(hidden) => {
                *text = hidden;
                true
            }
            None => false,
        },
        Value::Array(all) => {
            // `count` visits every element, also after the first change.
            all.iter_mut().filter_map(|one| hide_in(one, hide).then_some(())).count() > 0
        }
        Value::Object(fields) => {
            let mut changed = false;
            for (name, mut value) in std::mem::take(fields) {
                changed |= hide_in(&mut value, hide);
                let hidden = hide(&name);
                changed |= hidden.is_some();
                fields.insert(hidden.unwrap_or(name), value);
            }
            changed
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn each_text(json: &Value, tell: &mut impl FnMut(&str)) {
    match json {
        Value::String(text) => tell(text),
        Value::Array(all) => all.iter().for_each(|one| each_text(one, tell)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            tell(name);
            each_text(value, tell);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text without its invisible characters, as it is shown to the user.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !c.is_whitespace() && !is_invisible(*c)).collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A decoded text without a secret; `None` where it contains none. If the secret appears only after invisible
/// characters are removed, the whole text is hidden.
pub(super) fn text_without(text: &str, secret: &str, word: &str, used_as: Use) -> Option<String> {
    let least = if used_as == Use::Data { LEAST_CHARS_OF_DATA } else { LEAST_CHARS };
    if secret.len() < least {
        return None;
    }
    if text.contains(secret) {
        return Some(text.replace(secret, word));
    }
    visible(text).contains(secret).then(|| word.to_owned())
}

/// A body without a secret, however the server has escaped it.
pub(super) fn without(body: &Bytes, secret: &str, word: &str, used_as: Use) -> Bytes {
    let least = if used_as == Use::Data { LEAST_CHARS_OF_DATA } else { LEAST_CHARS };
    if secret.len() < least {
        return body.clone();
    }
    let hide = |body: Bytes, form: &String| {
        if memchr::memmem::find(&body, form.as_bytes()).is_none() {
            return body;
        }
        String::from_utf8_lossy(&body).replace(form.as_str(), word).into()
    };
    forms(secret).iter().fold(body.clone(), hide)
}

/// The forms of a text: unchanged, and as escaped by JSON, Rails, HTML and URLs.
fn forms(secret: &str) -> BTreeSet<String> {
    let slashes = |text: &str| text.replace('/', "\\/");
    let rails = secret.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let spaced = encoded.replace('+', "%20");
    [secret.to_owned(), slashes(secret), slashes(&rails), rails, html, encoded, spaced].into()
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(secrets: &Secrets, text: &str, used_as: Use) -> String {
        let body = Bytes::copy_from_slice(text.as_bytes());
        String::from_utf8(secrets.hidden_in(&body, used_as).to_vec()).unwrap()
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_escaped() {
        let secrets = Secrets::default();
        secrets.keep("wJalr/XUtn+FEMI&x");
        for form in [
            "wJalr/XUtn+FEMI&x",
            r"wJalr\/XUtn+FEMI&x",
            r"wJalr/XUtn+FEMI\u0026x",
            "wJalr/XUtn+FEMI&amp;x",
            "wJalr%2FXUtn%2BFEMI%26x",
        ] {
            let told = hidden(&secrets, &format!("\"said {form}.\""), Use::Data);
            assert_eq!(told, "\"said (hidden).\"", "{form}");
        }
        assert!(!format!("{secrets:?}").contains("wJalr"));
    }

    #[test]
    fn a_url_is_hidden_in_its_parts() {
        let secrets = Secrets::default();
        secrets.keep_url("https://b.example/x.tar.gz?X-Amz-Date=1&X-Amz-Signature=dead%2Fbeef00");
        for text in ["X-Amz-Date=1&X-Amz-Signature=dead%2Fbeef00", "dead%2Fbeef00", "dead/beef00"] {
            assert_eq!(hidden(&secrets, text, Use::Words), "(hidden)", "{text}");
        }
        assert_eq!(hidden(&secrets, "https://b.example/x.tar.gz", Use::Words), "https://b.example/x.tar.gz");
    }

    #[test]
    fn data_is_not_changed_by_chance() {
        let secrets = Secrets::default();
        secrets.keep("minio");
        assert_eq!(hidden(&secrets, "key minio", Use::Words), "key (hidden)");
        assert_eq!(hidden(&secrets, "acme/minio", Use::Data), "acme/minio");
    }
}
