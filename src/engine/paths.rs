//! How paths are stored and shown.

use std::path::{Path, PathBuf};

use crate::case::UserError;
use crate::download::Failed;

use super::user_error::of_download;

/// The absolute path, so that it stays valid when the program starts in another folder.
pub fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// A path as the text that is stored. A path that is not valid Unicode is refused, because its text would name another
/// file.
pub fn text_of_path(path: PathBuf) -> Result<String, UserError> {
    path.into_os_string().into_string().map_err(|path| of_download(&Failed::NotUnicode(path.into())))
}

pub fn shown(path: &Path) -> String {
    path.display().to_string()
}
