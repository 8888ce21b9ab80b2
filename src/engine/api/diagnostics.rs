//! The log and what a sudden end leaves behind.

use std::path::PathBuf;

use serde::Serialize;

/// How much the log tells.
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

/// The bundle of an earlier stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierStop {
    pub path: PathBuf,
    pub text: String,
}
