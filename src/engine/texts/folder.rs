//! The user's configuration folder: `handbook.toml` and `texts/<kind>.md`.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use crate::case::{Code, UserError};
use crate::engine::api::TextConfig;
use crate::platform::disk::Backups;
use crate::platform::private_file;
use crate::texts::{Handbook, LARGEST_TEMPLATE_BYTES, Mistake, TextKind, check_template};

const HANDBOOK: &str = "handbook.toml";
/// A handbook is a few pages long.
const LARGEST_HANDBOOK_BYTES: usize = 256 * 1024;

/// Reads `handbook.toml` and `texts/<kind>.md` of a folder. The built-in data replaces missing files.
pub fn read_folder(folder: Option<&Path>) -> TextConfig {
    let own =
        |name: &str, most_bytes| folder.map_or(Ok(None), |folder| own_text(&folder.join(name), most_bytes));
    let (own_handbook, handbook, mistakes) = match own(HANDBOOK, LARGEST_HANDBOOK_BYTES) {
        Ok(Some(text)) => {
            let (handbook, mistakes) = Handbook::with_override(&text);
            (Some(text), handbook, mistakes)
        }
        Ok(None) => (None, Handbook::built_in(), Vec::new()),
        Err(why) => {
            let message = format!("The file {why}. The built-in handbook is used.");
            (Some(String::new()), Handbook::built_in(), vec![Mistake { line: 1, column: 1, message }])
        }
    };
    let (mut templates, mut unread) = (BTreeMap::new(), BTreeMap::new());
    for kind in TextKind::ALL {
        let name = format!("texts/{}.md", kind.as_str());
        match own(&name, LARGEST_TEMPLATE_BYTES) {
            Ok(Some(text)) => drop(templates.insert(kind, text)),
            Ok(None) => {}
            Err(why) => drop(unread.insert(kind, format!("{name} {why}. The built-in text is used."))),
        }
    }
    TextConfig { handbook, mistakes, own_handbook, templates, unread, folder: folder.map(Path::to_owned) }
}

/// A text of the user, `None` where there is none; the error completes a sentence about the file. A pipe or a device
/// is never opened, because that could block for ever.
fn own_text(path: &Path, most_bytes: usize) -> Result<Option<String>, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
    match path.metadata() {
        Ok(facts) if facts.is_file() => {}
        Ok(_) => return Err("is not a regular file".to_owned()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(most_bytes as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > most_bytes {
        return Err(format!("is longer than {most_bytes} bytes"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_odd_bytes| "is not UTF-8 text".to_owned())
}

/// Saves the user's template. `None` restores the built-in one and renames the file to `.old`.
pub fn put_template(
    text_config: &TextConfig,
    kind: TextKind,
    template: Option<&str>,
) -> Result<(), UserError> {
    let Some(folder) = &text_config.folder else {
        return Err(UserError::new(
            Code::Refused,
            "Practice does not save templates.",
            "Leave practice first.",
        ));
    };
    if let Some(mistake) = template.and_then(|text| check_template(kind, text, &text_config.handbook)) {
        return Err(UserError::new(Code::Usage, mistake, "Fix the placeholder and save again."));
    }
    let path = folder.join("texts").join(format!("{}.md", kind.as_str()));
    put_own(&path, template, LARGEST_TEMPLATE_BYTES)
}

/// Saves the user's handbook data. `None` restores the built-in data and renames the file to `.old`.
pub fn put_handbook(text_config: &TextConfig, text: Option<&str>) -> Result<(), UserError> {
    let Some(folder) = &text_config.folder else {
        return Err(UserError::new(
            Code::Refused,
            "Practice does not save a handbook.",
            "Leave practice first.",
        ));
    };
    if text.is_some_and(|text| text.len() > LARGEST_HANDBOOK_BYTES) {
        let headline = "This handbook is too large.";
        let hint = "Keep only the keys that differ from the built-in ones.";
        return Err(UserError::new(Code::Usage, headline, hint));
    }
    if let Some(mistake) = text.and_then(|text| Handbook::with_override(text).1.into_iter().next()) {
        let hint = "Fix the mistake and save again. Nothing was written.";
        return Err(UserError::new(Code::Usage, mistake.to_string(), hint));
    }
    put_own(&folder.join(HANDBOOK), text, LARGEST_HANDBOOK_BYTES)
}

/// Writes a file of the user. `None` renames it to `.old`.
fn put_own(path: &Path, text: Option<&str>, most_bytes: usize) -> Result<(), UserError> {
    let written = match text {
        Some(text) => {
            let freed = aside_if_unread(path, most_bytes);
            freed.and_then(|()| private_file::replace(path, text.as_bytes(), Backups::Keep))
        }
        None => private_file::set_aside(path, "old").map(drop),
    };
    written.map_err(|error| {
        let headline = format!("{} cannot be written: {error}.", path.display());
        UserError::new(Code::Local, headline, "Check the configuration folder.")
    })
}

/// Renames a file to `.old` that could not be read, so that nobody has seen it: a write must not lose it.
fn aside_if_unread(path: &Path, most_bytes: usize) -> std::io::Result<()> {
    match own_text(path, most_bytes) {
        Ok(_) => Ok(()),
        Err(_) => private_file::set_aside(path, "old").map(drop),
    }
}
