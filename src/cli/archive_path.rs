//! `--output FILE` of an archive that is built.

use std::path::{Path, PathBuf};

use crate::case::{Code, UserError};
use crate::platform::disk;

use super::invocation::Invocation;

/// The named file; in a named folder, the file with the default name. A folder that does not exist is refused: a
/// mistyped path must not become a folder.
pub fn archive_path(call: &Invocation, named: &Path, default: &Path) -> Result<PathBuf, UserError> {
    let path = call.output_path(named)?;
    if path.is_dir() {
        return Ok(path.join(default.file_name().unwrap_or_default()));
    }
    let is_folder = named.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
    if !is_folder && disk::folder_of(&path).is_dir() {
        return Ok(path);
    }
    let headline = format!("The folder of the archive {} does not exist.", named.display());
    Err(UserError::new(Code::Usage, headline, "Name a folder that exists, or a file in it."))
}
