//! Paths beside a file.

use std::path::{Path, PathBuf};

/// The folder of a file; the current folder where the path names none.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The name of a file that is still being written, beside its target: `.export-desk-` and the target's name, so that
/// the next write of the same target finds what a crash left. File systems allow names of 255 bytes; 200 of a longer
/// name distinguish it from others.
pub fn unfinished_beside(target: &Path, suffix: &str) -> PathBuf {
    const LONGEST_NAME_BYTES: usize = 200;
    let mut name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.truncate(name.floor_char_boundary(LONGEST_NAME_BYTES));
    folder_of(target).join(format!(".export-desk-{name}{suffix}"))
}

/// The path with `suffix` added to its name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}
