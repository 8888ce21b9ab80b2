//! Classifies failures below HTTP, by their types and not by their messages.

use std::error::Error as StdError;
use std::io;

use super::error::{ErrorKind, RequestPhase};

/// At which step a request without an answer failed.
pub(super) fn classify(error: &reqwest::Error) -> ErrorKind {
    if error.is_builder() {
        return ErrorKind::Usage("the request could not be built".to_owned());
    }
    let connecting = error.is_connect();
    if error.is_timeout() {
        return ErrorKind::TimedOut {
            phase: if connecting { RequestPhase::Connect } else { RequestPhase::ApiAnswer },
        };
    }
    if error.is_dns() {
        return ErrorKind::Dns;
    }
    if connecting {
        // rustls reports an unacceptable certificate or protocol as invalid data. A handshake that only ends early is
        // a lost connection, which may be retried.
        let refused = chain(error).any(|cause| {
            cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::InvalidData)
        });
        // A server without TLS answers in plain text.
        let is_plain = cause(error).is_some_and(|words| words.contains("InvalidContentType"));
        return match (refused, is_plain) {
            (true, true) => ErrorKind::NoTls,
            (true, false) => ErrorKind::Tls,
            (false, _) => ErrorKind::Connect,
        };
    }
    ErrorKind::NoAnswer
}

/// The innermost cause in the system's words. It never contains the URL: only the outermost error does.
pub(super) fn cause(error: &reqwest::Error) -> Option<String> {
    let words = chain(error).last()?.to_string();
    // The system's error number adds nothing to the message.
    Some(words.split(" (os error ").next().unwrap_or_default().to_owned())
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| {
        // An io::Error passes over the error it wraps when asked for its source.
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => cause.source(),
        }
    })
}
