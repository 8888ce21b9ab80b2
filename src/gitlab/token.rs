//! The access token. Only this module's request builder and the OS keyring can read it.

use std::fmt;

use bytes::Bytes;
use reqwest::header::HeaderValue;
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};

use super::secrets::{Use, is_in_header, text_without, without};

/// An access token. It cannot be printed, compared or serialised, and is wiped from memory when dropped.
#[derive(Clone)]
pub struct Token(SecretString);

/// Why a text cannot be a token. Reveals nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("The token is empty.")]
    Empty,
    #[error(
        "The token contains a space, a line break or another character that GitLab tokens never contain."
    )]
    Characters,
}

impl Token {
    /// Accepts a token as pasted: removes white space around it, and rejects white space inside it.
    pub fn new(mut text: String) -> Result<Self, TokenError> {
        let trimmed = text.trim();
        let verdict = if trimmed.is_empty() {
            Err(TokenError::Empty)
        } else if trimmed.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(SecretString::from(trimmed)))
        } else {
            Err(TokenError::Characters)
        };
        text.zeroize();
        verdict
    }

    /// Passes the text to `keep`; only for the OS keyring.
    pub fn reveal<T>(&self, keep: impl FnOnce(&str) -> T) -> T {
        keep(self.0.expose_secret())
    }

    /// The value of the `PRIVATE-TOKEN` header, marked as sensitive so that HTTP/2 does not index it and `Debug` of a
    /// header map does not show it.
    pub(super) fn header(&self) -> Result<HeaderValue, TokenError> {
        let mut value =
            HeaderValue::from_str(self.0.expose_secret()).map_err(|_invalid| TokenError::Characters)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The request with HTTP Basic as GitLab's git expects it: any username with the token as password; `oauth2` is
    /// the one that GitLab itself uses.
    pub(super) fn log_in(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.basic_auth("oauth2", Some(self.0.expose_secret()))
    }

    /// A server's body without this token.
    pub(super) fn hidden_in(&self, body: &Bytes, used_as: Use) -> Bytes {
        without(body, self.0.expose_secret(), "(token)", used_as)
    }

    /// A decoded text without this token; `None` where it does not contain the token.
    pub(super) fn hidden_in_text(&self, text: &str, used_as: Use) -> Option<String> {
        text_without(text, self.0.expose_secret(), "(token)", used_as)
    }

    /// Whether a header's value contains this token, in any encoding.
    pub(super) fn is_in_header(&self, value: &[u8]) -> bool {
        is_in_header(value, std::iter::once(self.0.expose_secret()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(token)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_shows_nothing_of_itself() {
        let token = Token::new("  glpat-secret\n".to_owned()).unwrap();
        assert_eq!(format!("{token:?} {token}"), "Token(…) (token)");
        let header = token.header().unwrap();
        assert_eq!(header.as_bytes(), b"glpat-secret");
        assert!(!format!("{header:?}").contains("secret"));
    }

    #[test]
    fn what_no_header_can_carry_is_refused() {
        for text in ["glpat a", "glpat\u{0}", "glpat\nx", "gl\u{e4}t", "a\u{200b}b", "\u{7f}"] {
            assert_eq!(Token::new(text.to_owned()).unwrap_err(), TokenError::Characters, "{text:?}");
        }
        assert_eq!(Token::new(" \n ".to_owned()).unwrap_err(), TokenError::Empty);
    }
}
