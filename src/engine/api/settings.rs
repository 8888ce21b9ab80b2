//! What the person chose, by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where archives go by default: the absolute path of a folder.
pub const DOWNLOAD_FOLDER: &str = "download_folder";
/// Bytes a second for all transfers together; absent is without limit.
pub const BANDWIDTH: &str = "bandwidth";
/// Days after which downloaded archives are offered for deletion; absent is for ever.
pub const KEEP_ARCHIVES: &str = "keep_archives_days";
/// `direct`, or a proxy's address without user name and password; absent is what the system says.
pub const PROXY: &str = "proxy";
/// A PEM file with more root certificates: its absolute path.
pub const CA_FILE: &str = "ca_file";
/// How much the log tells: `off`, `error`, `warn`, `info` or `debug`; absent is `info`.
pub const LOG_LEVEL: &str = "log_level";

/// The longest keep time, in days.
pub const LONGEST_KEEP_DAYS: u64 = 3650;

/// What a file of settings holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portable {
    pub(in crate::engine) format: String,
    pub(in crate::engine) version: u32,
    pub settings: BTreeMap<String, Value>,
    /// Base URLs; their tokens are with the person.
    #[serde(default)]
    pub instances: Vec<String>,
}

/// One setting that a file would change.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingChange {
    pub key: String,
    pub label: &'static str,
    /// `None` where nothing was chosen.
    pub from: Option<Value>,
    pub to: Value,
}
