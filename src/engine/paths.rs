//! How paths are stored and shown.

use std::path::{Path, PathBuf};

/// The absolute path, so that it stays valid when the program starts in another folder.
pub fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

pub fn shown(path: &Path) -> String {
    path.display().to_string()
}
