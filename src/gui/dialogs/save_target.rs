//! The file that a dialog saves to: typed, or chosen in the system's own dialog.

use std::path::{Path, PathBuf};

use egui::Ui;

use crate::gui::intent::{Intent, Outbox, Pick};
use crate::gui::kit::{Button, Field, icons};
use crate::platform::folders;

/// True on every system: each one's own dialog asks about a file that exists, and a typed path never replaces one.
pub(super) const REPLACED: &str =
    "A file that exists is replaced only if you choose it with “Choose a file…” and confirm there.";

/// The field of a dialog and what was chosen for it.
#[derive(Debug)]
pub(super) struct SaveTarget {
    /// What the field shows.
    path: String,
    /// What the person chose in the system's dialog.
    picked: Option<PathBuf>,
}

impl SaveTarget {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.display().to_string(), picked: None }
    }

    pub(super) fn pick(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.picked = Some(path.to_owned());
    }

    /// What keeps the dialog from saving.
    pub(super) fn blocked(&self) -> Option<String> {
        self.path.trim().is_empty().then(|| "Type a file.".to_owned())
    }

    /// Draws the field.
    pub(super) fn field(&mut self, ui: &mut Ui, note: &str, takes_focus: bool) {
        Field::new("File").note(note).focus(takes_focus).show(ui, &mut self.path);
    }

    /// Draws the button that opens the system's dialog.
    pub(super) fn button(ui: &mut Ui, pick: Pick, out: &mut Outbox) {
        if Button::new("Choose a file…").icon(icons::FOLDER).show(ui).clicked() {
            out.push(Intent::Pick(pick));
        }
    }

    /// The file, and whether it may be replaced: the system's dialog asked about exactly this one.
    pub(super) fn chosen(&self) -> (PathBuf, bool) {
        match &self.picked {
            Some(picked) if picked.display().to_string() == self.path => (picked.clone(), true),
            Some(_) | None => (folders::typed(&self.path), false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::os::write_text;

    #[test]
    fn only_the_file_that_the_systems_dialog_asked_about_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("a b .csv"), folder.path().join("other.csv"));
        let save = |target: &SaveTarget, text: &str| {
            let (path, may_replace) = target.chosen();
            write_text(&path, text, may_replace)
        };
        let mut target = SaveTarget::new(&file);
        save(&target, "one").unwrap();
        assert!(save(&target, "two").unwrap_err().contains("exists already"), "typed");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "one");
        target.pick(&file);
        save(&target, "three").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "three");
        // Another name typed after that is one that no dialog asked about.
        std::fs::write(&other, "theirs").unwrap();
        target.path = other.display().to_string();
        assert!(save(&target, "four").unwrap_err().contains("exists already"), "typed after a choice");
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "theirs");
        assert!(REPLACED.contains("Choose a file…"), "the button's own words");
    }

    /// The names that a file dialog gives are used as they are: with spaces at their end, or in no known encoding.
    #[cfg(unix)]
    #[test]
    fn a_chosen_name_is_used_as_it_is() {
        use std::os::unix::ffi::OsStrExt as _;
        for name in [&b"/x/ends with a space "[..], b"/x/\xff.csv"] {
            let path = Path::new(std::ffi::OsStr::from_bytes(name));
            let mut target = SaveTarget::new(Path::new("/x/a.csv"));
            target.pick(path);
            assert_eq!(target.chosen(), (path.to_owned(), true));
        }
    }
}
