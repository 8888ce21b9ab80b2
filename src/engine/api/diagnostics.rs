//! The log level, and the diagnostics of an earlier crash.

use std::path::PathBuf;

use serde::Serialize;

/// How detailed the log is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", ascii_case_insensitive)]
pub enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

words!(LogLevel, all);

impl LogLevel {
    pub fn parse(word: &str) -> Option<Self> {
        word.trim().parse().ok()
    }
}

/// The diagnostics that an earlier crash left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierCrash {
    pub path: PathBuf,
    pub text: String,
}
