//! The system's texts, arguments and paths, as they travel between two programs on one computer.

use std::ffi::{OsStr, OsString};

use serde::{Deserialize, Serialize};

/// A text of the system. Where it is not valid Unicode, its bytes.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub enum OsText {
    Text(String),
    Bytes(Vec<u8>),
}

impl OsText {
    pub fn of(text: &OsStr) -> Self {
        match text.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(text.as_encoded_bytes().to_vec()),
        }
    }

    /// `None` where the system has no such text.
    pub fn to_os(&self) -> Option<OsString> {
        match self {
            Self::Text(text) => Some(text.into()),
            #[cfg(unix)]
            Self::Bytes(bytes) => Some(std::os::unix::ffi::OsStringExt::from_vec(bytes.clone())),
            #[cfg(not(unix))]
            Self::Bytes(_) => None,
        }
    }
}

impl std::fmt::Debug for OsText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // It may be a token.
        f.write_str("OsText")
    }
}
