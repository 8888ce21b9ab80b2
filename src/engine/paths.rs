//! Paths as they are kept and shown.

use std::path::{Path, PathBuf};

/// The same place wherever the program is started next time.
pub fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

pub fn shown(path: &Path) -> String {
    path.display().to_string()
}
