//! What a person chooses before an archive is built: whether the members, with other people's e-mail addresses, go
//! into it, and when it becomes a set.

use std::path::Path;

use egui::Ui;

use crate::case::format::size_of;
use crate::engine::api::{MembersChoice, Split};
use crate::gui::format::exact_bytes;
use crate::gui::intent::{Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, Field, icons};
use crate::platform::folders;

/// The answers about the members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Members {
    #[default]
    Without,
    PublicEmails,
    Table,
}

/// The fields.
#[derive(Debug)]
pub struct ArchiveChoices {
    members: Members,
    table: String,
    /// The destination's import limit, as typed.
    limit: String,
    always_splits: bool,
}

impl ArchiveChoices {
    /// Starts with the import limit of the settings.
    pub fn new(limit_bytes: u64) -> Self {
        Self {
            members: Members::default(),
            table: String::new(),
            limit: exact_bytes(limit_bytes),
            always_splits: false,
        }
    }

    /// Starts with earlier choices.
    #[must_use]
    pub fn with(self, members: &MembersChoice, limit_bytes: Option<u64>, always_splits: bool) -> Self {
        let (members, table) = match members {
            MembersChoice::Without => (Members::Without, String::new()),
            MembersChoice::PublicEmails => (Members::PublicEmails, String::new()),
            MembersChoice::Table(path) => (Members::Table, path.display().to_string()),
        };
        let limit = limit_bytes.map_or(self.limit, exact_bytes);
        Self { members, table, limit, always_splits }
    }

    pub fn set_table(&mut self, path: &Path) {
        self.table = path.display().to_string();
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

    /// Why nothing can be built yet.
    pub fn blocked(&self) -> Option<String> {
        if self.members == Members::Table && self.table.trim().is_empty() {
            return Some("Choose the file with the table, or type its path.".to_owned());
        }
        self.split().is_none().then(|| "Type the import limit as a size, for example 5 GiB.".to_owned())
    }

    pub fn ui(&mut self, ui: &mut Ui, out: &mut Outbox) {
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
            let chosen = ui.radio_value(&mut self.members, choice, label).changed();
            table_chosen |= chosen && choice == Members::Table;
        }
        if self.members == Members::Table {
            Field::new("Table")
                .note("A text file with a user name, a comma and an e-mail address per line.")
                .focus(table_chosen)
                .show(ui, &mut self.table);
            if Button::new("Choose a file…").icon(icons::FOLDER).show(ui).clicked() {
                out.push(Intent::Pick(Pick::MembersTable));
            }
        }
        kit::section(ui, "Size");
        Field::new("Import limit of the destination")
            .note("GitLab.com accepts 5 GiB. A larger archive becomes a set, which is imported part by part.")
            .show(ui, &mut self.limit);
        ui.checkbox(&mut self.always_splits, "Build a set in any case");
        kit::faint(
            ui,
            "The wiki and snippet repositories are read from GitLab and added. If one cannot be read, the archive is built \
             without it, and its receipt says so.",
        );
    }
}
