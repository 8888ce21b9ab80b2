//! The handbook's data and templates, a person's own and GitLab's.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::case::UtcMs;
use crate::texts::{DiffLine, Handbook, Mistake, TextKind};

/// What the configuration folder says, beside what is built in.
#[derive(Clone, Debug)]
pub struct TextConfig {
    pub handbook: Handbook,
    /// Mistakes in the person's `handbook.toml`; the built-in values are used for those keys.
    pub mistakes: Vec<Mistake>,
    /// The person's own `handbook.toml` as it is in the folder.
    pub own_handbook: Option<String>,
    /// The person's own templates.
    pub templates: BTreeMap<TextKind, String>,
    /// Own templates that are there and cannot be used, each with its reason; the built-in ones are used.
    pub unread: BTreeMap<TextKind, String>,
    /// Where the files are, and where the window writes them.
    pub folder: Option<PathBuf>,
}

impl TextConfig {
    /// The built-in data alone.
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

/// The live wording that was fetched so far, by kind.
pub type LiveTexts = BTreeMap<TextKind, Arc<UpstreamText>>;

/// GitLab's own wording of a text, as it was when it was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamText {
    pub kind: TextKind,
    pub text: String,
    pub fetched_at: UtcMs,
    /// Where it comes from, for people: project and file, or project and template.
    pub source: String,
    /// Against the person's own template where there is one, else against the built-in one.
    pub difference: Vec<DiffLine>,
}
