//! What a person chooses before an archive is built: where the relation files go, whether the members, with other
//! people's e-mail addresses, go into the archive, what is left out of it, and when it becomes a set.

use std::path::Path;

use egui::Ui;

use crate::case::format::size_of;
use crate::case::rebuild::typed_names;
use crate::engine::api::{MembersChoice, Split};
use crate::gui::format::exact_bytes;
use crate::gui::intent::{Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::theme::space;
use crate::platform::folders;

/// The answers about the members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Members {
    #[default]
    Without,
    PublicEmails,
    Table,
}

/// Which field the system's file dialog was opened for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Picks {
    #[default]
    Table,
    Folder,
}

/// The fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveChoices {
    /// The folder of the relation files, as typed; `None` where they are on disk already.
    folder: Option<String>,
    members: Members,
    table: String,
    /// The relations to leave out, as typed.
    without: String,
    /// The destination's import limit, as typed.
    limit: String,
    always_splits: bool,
    /// The relations that GitLab has listed of the project.
    listed: Vec<String>,
    picks: Picks,
    /// Whether the first field has had the focus.
    opened: bool,
}

impl ArchiveChoices {
    /// Starts with the import limit of the settings.
    pub fn new(limit_bytes: u64) -> Self {
        Self {
            folder: None,
            members: Members::default(),
            table: String::new(),
            without: String::new(),
            limit: exact_bytes(limit_bytes),
            always_splits: false,
            listed: Vec::new(),
            picks: Picks::default(),
            opened: false,
        }
    }

    /// Also asks for the folder of the relation files. Starts with this folder; empty is the default one.
    #[must_use]
    pub fn in_folder(self, folder: Option<&str>) -> Self {
        Self { folder: Some(folder.unwrap_or_default().to_owned()), ..self }
    }

    /// Knows the relations that GitLab has listed of the project.
    #[must_use]
    pub fn of_listed(self, listed: Vec<String>) -> Self {
        Self { listed, ..self }
    }

    /// Starts with earlier choices.
    #[must_use]
    pub fn with(self, members: &MembersChoice, without: &[String], split: (Option<u64>, bool)) -> Self {
        let (members, table) = match members {
            MembersChoice::Without => (Members::Without, String::new()),
            MembersChoice::PublicEmails => (Members::PublicEmails, String::new()),
            MembersChoice::Table(path) => (Members::Table, path.display().to_string()),
        };
        let limit = split.0.map_or(self.limit, exact_bytes);
        Self { members, table, without: without.join(", "), limit, always_splits: split.1, ..self }
    }

    /// Whether something else is chosen.
    pub fn differs_from(&self, other: &Self) -> bool {
        *self != Self { picks: self.picks, opened: self.opened, ..other.clone() }
    }

    /// Takes what the person chose in the system's file dialog.
    pub fn set_picked(&mut self, path: &Path) {
        let text = path.display().to_string();
        match (self.picks, &mut self.folder) {
            (Picks::Folder, Some(folder)) => *folder = text,
            (Picks::Folder, None) | (Picks::Table, _) => self.table = text,
        }
    }

    /// The folder of the relation files; an empty path for the default one.
    pub fn folder(&self) -> Option<String> {
        let typed = self.folder.as_deref()?.trim();
        Some(if typed.is_empty() { String::new() } else { folders::typed(typed).display().to_string() })
    }

    /// When to build a set; `None` where the typed limit is no size.
    pub fn split(&self) -> Option<Split> {
        Some(Split { limit_bytes: size_of(&self.limit).ok()?, always: self.always_splits })
    }

    pub fn members(&self) -> MembersChoice {
        match self.members {
            Members::Without => MembersChoice::Without,
            Members::PublicEmails => MembersChoice::PublicEmails,
            Members::Table => MembersChoice::Table(folders::typed(&self.table)),
        }
    }

    /// The relations to leave out.
    pub fn without(&self) -> Vec<String> {
        typed_names(&self.without, &self.listed).unwrap_or_default()
    }

    /// Why nothing can be built yet.
    pub fn blocked(&self) -> Option<String> {
        if self.members == Members::Table && self.table.trim().is_empty() {
            return Some("Choose the file with the table, or type its path.".to_owned());
        }
        if let Err(why) = typed_names(&self.without, &self.listed) {
            return Some(why);
        }
        self.no_limit()
    }

    /// Why the typed limit is none.
    fn no_limit(&self) -> Option<String> {
        self.split().is_none().then(|| "Type the import limit as a size, for example 5 GiB.".to_owned())
    }

    /// Draws the fields. `downloads` is the download folder of the settings.
    pub fn ui(&mut self, ui: &mut Ui, downloads: &Path, out: &mut Outbox) {
        let opens = !std::mem::replace(&mut self.opened, true);
        self.folder_field(ui, (opens, downloads), out);
        self.members_fields(ui, opens && self.folder.is_none(), out);
        kit::section(ui, "Contents");
        let why = typed_names(&self.without, &self.listed).err();
        Field::new("Relations to leave out")
            .hint("None")
            .note("GitLab's names, separated by commas, for example ci_pipelines. The receipt names everything that is left out.")
            .error(why.as_deref())
            .show(ui, &mut self.without);
        kit::section(ui, "Size");
        let no_limit = self.no_limit();
        Field::new("Import limit of the destination")
            .error(no_limit.as_deref())
            .note("GitLab.com accepts 5 GiB. A larger archive becomes a set, which is imported part by part.")
            .show(ui, &mut self.limit);
        ui.checkbox(&mut self.always_splits, "Build a set in any case");
        kit::faint(
            ui,
            "The wiki and snippet repositories are read from GitLab and added. If one cannot be read, the archive is built \
             without it, and its receipt says so.",
        );
    }

    fn folder_field(&mut self, ui: &mut Ui, (opens, downloads): (bool, &Path), out: &mut Outbox) {
        let Some(folder) = &mut self.folder else { return };
        let note =
            format!("Empty: a folder of the project in {}. The archive goes beside it.", downloads.display());
        Field::new("Folder for the relation files").note(&note).focus(opens).show(ui, folder);
        let button = Button::new("Choose the folder for the relation files").caption("Choose a folder…");
        if button.icon(icons::FOLDER).show(ui).clicked() {
            self.picks = Picks::Folder;
            out.push(Intent::Pick(Pick::RebuildFolder));
        }
    }

    fn members_fields(&mut self, ui: &mut Ui, focus: bool, out: &mut Outbox) {
        kit::section(ui, "Members");
        kit::soft(
            ui,
            "With the members, an import by an administrator assigns issues and comments to the right users. GitLab finds \
             these users by e-mail address, so the archive then contains other people's addresses.",
        );
        let mut table_chosen = false;
        for (choice, label) in [
            (Members::Without, "Leave the members out"),
            (Members::PublicEmails, "Add the members with the e-mail addresses on their profiles"),
            (Members::Table, "Add the members with the e-mail addresses of a table"),
        ] {
            let is_first = focus && self.members == choice;
            let radio = ui.radio_value(&mut self.members, choice, label);
            if is_first {
                radio.request_focus();
            }
            table_chosen |= radio.changed() && choice == Members::Table;
        }
        if self.members == Members::Table {
            Field::new("Table")
                .note("A text file with a username, a comma and an e-mail address per line.")
                .focus(table_chosen)
                .show(ui, &mut self.table);
            if Button::new("Choose a file…").icon(icons::FOLDER).show(ui).clicked() {
                self.picks = Picks::Table;
                out.push(Intent::Pick(Pick::MembersTable));
            }
        }
        ui.add_space(space::XS);
    }
}
