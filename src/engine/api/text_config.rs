//! The handbook's data and templates: built in, the user's own, and GitLab's.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::case::UtcMs;
use crate::texts::{DiffLine, Handbook, Mistake, TextKind};

/// The contents of the configuration folder, combined with the built-in data.
#[derive(Clone, Debug)]
pub struct TextConfig {
    pub handbook: Handbook,
    /// Mistakes in the user's `handbook.toml`. The built-in values apply to those keys.
    pub mistakes: Vec<Mistake>,
    /// The user's `handbook.toml`, as it is in the folder.
    pub own_handbook: Option<String>,
    /// The user's templates, from the configuration folder.
    pub templates: BTreeMap<TextKind, String>,
    /// Templates in the folder that cannot be used, each with the reason. The built-in ones apply instead.
    pub unread: BTreeMap<TextKind, String>,
    /// The configuration folder, where the window also writes.
    pub folder: Option<PathBuf>,
}

impl TextConfig {
    /// Only the built-in data.
    pub fn built_in() -> Self {
        Self {
            handbook: Handbook::built_in(),
            mistakes: Vec::new(),
            own_handbook: None,
            templates: BTreeMap::new(),
            unread: BTreeMap::new(),
            folder: None,
        }
    }
}

impl Default for TextConfig {
    fn default() -> Self {
        Self::built_in()
    }
}

/// The texts that were fetched from GitLab so far, by kind.
pub type UpstreamTexts = BTreeMap<TextKind, Arc<UpstreamText>>;

/// GitLab's own version of a text at the time it was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamText {
    pub kind: TextKind,
    pub text: String,
    pub fetched_at: UtcMs,
    /// The source, for people: project and file, or project and template.
    pub source: String,
    /// Differences to the user's template where there is one, else to the built-in one.
    pub difference: Vec<DiffLine>,
}
