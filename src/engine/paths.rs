//! How paths are stored and shown, and how a folder is tried before it is needed.

use std::path::{Path, PathBuf};

use crate::case::{Code, Hint, UserError};
use crate::download::Failed;
use crate::platform::disk::{NewFolders, try_folder};
use crate::platform::words;

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

/// Creates a folder and tries it, before GitLab is asked for anything that goes there: afterwards, hours may be lost, or
/// a file on GitLab is gone. A folder that is still empty when the answer is dropped is removed again. `otherwise` is
/// the hint where the system gives none.
pub fn tried_folder(folder: &Path, otherwise: impl Into<Hint>) -> Result<NewFolders, UserError> {
    if folder.is_file() {
        let headline = format!("{} is a file, and not a folder.", folder.display());
        return Err(UserError::new(Code::Local, headline, otherwise));
    }
    let tried = NewFolders::create(folder).and_then(|created| try_folder(folder).map(|()| created));
    tried.map_err(|error| {
        let headline = format!("{} cannot be written: {error}.", folder.display());
        match words::denied_hint(&error) {
            Some(hint) => UserError::new(Code::Local, headline, hint),
            None => UserError::new(Code::Local, format!("The folder {headline}"), otherwise),
        }
    })
}

pub fn shown(path: &Path) -> String {
    path.display().to_string()
}
