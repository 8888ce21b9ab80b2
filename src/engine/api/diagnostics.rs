//! The log and what a sudden end leaves behind.

use std::path::PathBuf;

/// How much the log tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

impl LogLevel {
    pub const ALL: [Self; 5] = [Self::Off, Self::Error, Self::Warn, Self::Info, Self::Debug];

    /// The word of the setting and of `EXPORT_DESK_LOG`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word().eq_ignore_ascii_case(word.trim()))
    }
}

/// The bundle of an earlier stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub path: PathBuf,
    pub text: String,
}
