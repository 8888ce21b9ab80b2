//! What a command gets from the program that it was called in, and how that is handed over.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroize as _;
use serde::{Deserialize, Serialize};

use crate::case::UtcMs;
use crate::platform::disk;
use crate::platform::os_text::OsText;

/// The variables that a command reads; no others are handed over.
const PREFIX: &str = "EXPORT_DESK_";
const TOKEN: &str = "GITLAB_TOKEN";
/// The usual variables that name a proxy, in capitals.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];

fn is_proxy(name: &str) -> bool {
    PROXIES.iter().any(|proxy| name.eq_ignore_ascii_case(proxy))
}

/// Where a command was called, and what its caller has set.
#[derive(Clone)]
pub struct CommandCaller {
    /// The working folder, unless it was removed.
    pub folder: Option<PathBuf>,
    variables: BTreeMap<String, OsString>,
    pub stdin_is_terminal: bool,
    pub stderr_is_terminal: bool,
    /// When the command began, if an earlier host began it and has ended.
    pub begun_at: Option<UtcMs>,
}

impl CommandCaller {
    /// The caller of this process.
    pub fn here() -> Self {
        use std::io::IsTerminal as _;
        let of_ours = |(name, value): (OsString, OsString)| {
            let name = name.into_string().ok()?;
            (name.starts_with(PREFIX) || name == TOKEN || is_proxy(&name)).then_some((name, value))
        };
        Self {
            folder: std::env::current_dir().ok(),
            variables: std::env::vars_os().filter_map(of_ours).collect(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            begun_at: None,
        }
    }

    /// Whether the usual variables name the same proxies there.
    pub fn has_proxies_of(&self, other: &Self) -> bool {
        let proxies = |caller: &Self| -> Vec<_> {
            let all = caller.variables.clone().into_iter();
            all.filter(|(name, value)| is_proxy(name) && !value.is_empty()).collect()
        };
        proxies(self) == proxies(other)
    }

    pub fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).cloned()
    }
}

impl fmt::Debug for CommandCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The variables contain tokens.
        f.debug_struct("CommandCaller").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// A command that is handed over. Contains the caller's token; overwritten when it is dropped.
#[derive(Serialize, Deserialize)]
pub struct HandedCommand {
    arguments: Vec<OsText>,
    variables: Vec<(String, OsText)>,
    folder: Option<OsText>,
    folder_identity: Option<(u64, u64)>,
    stdin_is_terminal: bool,
    stderr_is_terminal: bool,
    begun_at: Option<UtcMs>,
}

/// What tells a folder apart from every other on this computer; `None` where the system does not tell.
fn identity_of(folder: &Path) -> Option<(u64, u64)> {
    folder.metadata().ok().and_then(|facts| disk::identity(&facts))
}

impl HandedCommand {
    /// `arguments` with the program's name.
    pub fn new(arguments: &[OsString], caller: &CommandCaller) -> Self {
        Self {
            arguments: arguments.iter().map(|argument| OsText::of(argument)).collect(),
            variables: caller
                .variables
                .iter()
                .map(|(name, value)| (name.clone(), OsText::of(value)))
                .collect(),
            folder: caller.folder.as_ref().map(|folder| OsText::of(folder.as_os_str())),
            folder_identity: caller.folder.as_deref().and_then(identity_of),
            stdin_is_terminal: caller.stdin_is_terminal,
            stderr_is_terminal: caller.stderr_is_terminal,
            begun_at: caller.begun_at,
        }
    }

    /// `None` where an argument is no text of this system.
    pub fn arguments(&self) -> Option<Vec<OsString>> {
        self.arguments.iter().map(OsText::to_os).collect()
    }

    /// The caller as the host sees it. A working folder that is another one here, as in a container, counts as none.
    pub fn caller(&self) -> CommandCaller {
        let folder = self.folder.as_ref().and_then(OsText::to_os).map(PathBuf::from);
        let is_same = |folder: &PathBuf| identity_of(folder) == self.folder_identity;
        let variables = self.variables.iter();
        CommandCaller {
            folder: folder.filter(is_same),
            variables: variables.filter_map(|(name, value)| Some((name.clone(), value.to_os()?))).collect(),
            stdin_is_terminal: self.stdin_is_terminal,
            stderr_is_terminal: self.stderr_is_terminal,
            begun_at: self.begun_at,
        }
    }
}

impl Drop for HandedCommand {
    fn drop(&mut self) {
        for (_, value) in &mut self.variables {
            match value {
                OsText::Text(text) => text.zeroize(),
                OsText::Bytes(bytes) => bytes.zeroize(),
            }
        }
    }
}

impl fmt::Debug for HandedCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandedCommand").finish_non_exhaustive()
    }
}
