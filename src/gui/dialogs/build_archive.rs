//! The question before an archive is built: whether the members, with other people's e-mail addresses, go into it.

use std::path::{Path, PathBuf};

use egui::Context;

use crate::engine::api::{BuildOptions, Command, MembersChoice, Split};
use crate::gui::dialog::Dialog;
use crate::gui::intent::{IfUnhandled, Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, Field, icons};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;
use crate::platform::folders;

/// The answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Choice {
    #[default]
    Without,
    PublicEmails,
    Table,
}

/// The archive to build.
#[derive(Debug)]
pub struct BuildArchive {
    folder: PathBuf,
    allow_gaps: bool,
    choice: Choice,
    table: String,
    /// The destination's import limit in GiB, as typed.
    limit: String,
    always_splits: bool,
}

/// The unit of the import limit.
const GIB: f64 = (1_u64 << 30) as f64;

impl BuildArchive {
    pub fn of(folder: PathBuf, allow_gaps: bool) -> Self {
        let limit_gib = Split::as_on_gitlab_com().limit_bytes >> 30;
        Self {
            folder,
            allow_gaps,
            choice: Choice::default(),
            table: String::new(),
            limit: limit_gib.to_string(),
            always_splits: false,
        }
    }

    /// The import limit; `None` where the text is no positive number.
    fn split(&self) -> Option<Split> {
        let gib = self.limit.trim().parse::<f64>().ok().filter(|gib| *gib > 0.0 && *gib < 1e6)?;
        Some(Split { limit_bytes: (gib * GIB) as u64, always: self.always_splits })
    }

    fn options(&self) -> BuildOptions {
        let members = match self.choice {
            Choice::Without => MembersChoice::Without,
            Choice::PublicEmails => MembersChoice::PublicEmails,
            Choice::Table => MembersChoice::Table(folders::typed(&self.table)),
        };
        let members = Some(members);
        let (allow_gaps, split) = (self.allow_gaps, self.split());
        BuildOptions { allow_gaps, members, split, fills: true, ..BuildOptions::default() }
    }
}

impl Dialog for BuildArchive {
    fn on_picked(&mut self, path: &Path) {
        self.table = path.display().to_string();
    }

    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let lacks_table = self.choice == Choice::Table && self.table.trim().is_empty();
        let blocked = lacks_table.then(|| "Type the file with the table.".to_owned());
        let blocked = blocked.or_else(|| {
            self.split().is_none().then(|| "Type the import limit as a number of GiB.".to_owned())
        });
        let dialog = DialogFrame::new("Members in the archive").accept("Build").width(600.0).blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            kit::soft(
                ui,
                "With the members, an import by an administrator assigns issues and comments to the right users. GitLab \
                 finds these users by e-mail address, so the archive then contains other people's addresses.",
            );
            for (choice, label) in [
                (Choice::Without, "Leave the members out"),
                (Choice::PublicEmails, "Add the members with the e-mail addresses on their profiles"),
                (Choice::Table, "Add the members with the e-mail addresses of a table"),
            ] {
                ui.radio_value(&mut self.choice, choice, label);
            }
            if self.choice == Choice::Table {
                Field::new("Table")
                    .note("A text file with a user name, a comma and an e-mail address per line.")
                    .show(ui, &mut self.table);
                if Button::new("Choose a file…").icon(icons::FOLDER).show(ui).clicked() {
                    out.push(Intent::Pick(Pick::MembersTable));
                }
            }
            Field::new("Import limit in GiB")
                .note("GitLab.com accepts 5 GiB. A larger archive becomes a set that is imported part by part.")
                .show(ui, &mut self.limit);
            ui.checkbox(&mut self.always_splits, "Build a set in any case");
            kit::faint(
                ui,
                "The wiki and snippet repositories are read from GitLab and added. If one cannot be read, the archive is built \
                 without it, and its receipt says so.",
            );
        });
        if verdict == DialogVerdict::Accepted {
            let command = Command::BuildArchive { folder: self.folder.clone(), options: self.options() };
            out.ask(command, IfUnhandled::ToastError);
        }
        verdict == DialogVerdict::Open
    }
}
