//! The secrets that a client was given beside its token, so that no answer of a server shows them again.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Shorter texts occur in any answer by chance.
const LEAST_CHARS: usize = 4;
/// In an answer that is used, and not only shown, nothing may be changed by chance.
const LEAST_CHARS_OF_DATA: usize = 8;
/// A client sends a few; the newest are kept.
const MOST: usize = 100;

/// Keys and signed queries that went out in requests. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Secrets(Arc<Mutex<Vec<SecretString>>>);

/// Whether an answer is data, or words that are only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Data,
    Words,
}

impl Secrets {
    /// Remembers a secret of a request.
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

    /// Remembers what is secret in a URL: its query, also in parts, and who it logs in as.
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

    /// A value that is long enough to be a key.
    fn keep_long(&self, value: &str) {
        if value.len() >= LEAST_CHARS_OF_DATA {
            self.keep(value);
        }
    }

    /// A server's words without these in them.
    pub(super) fn hidden_in(&self, body: &Bytes, used_as: Use) -> Bytes {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut longest: Vec<_> = all.iter().map(ExposeSecret::expose_secret).collect();
        longest.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        longest.into_iter().fold(body.clone(), |body, secret| without(&body, secret, "(hidden)", used_as))
    }
}

/// A body without a secret in it, however the server has escaped it.
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

/// A text unchanged, and as JSON, Rails, HTML and URLs escape it.
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
