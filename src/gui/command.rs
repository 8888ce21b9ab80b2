//! One table of everything the window can do. Palette, menus, buttons, shortcuts and the dialog of shortcuts read it;
//! nothing else binds a key.

mod blocked;

use egui::{Key, KeyboardShortcut, Modifiers};

use super::kit::icons::{self, MaterialIcon};
use super::route::{Page, Route};
use crate::case::Phase;
use crate::gui::case_archive::CaseArchive;
use crate::gui::palette::fits;
use crate::gui::view_context::ViewContext;
use crate::platform::os::{OS, Os};

/// One thing the window can do, without arguments: a command acts on the current selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UiCommand {
    Palette,
    Shortcuts,
    NewCase,
    Connect,
    OpenArchive,
    ExportMany,
    NewImport,
    /// Goes to a page.
    Go(Route),
    Filter,
    NextCase,
    PreviousCase,
    DoStep,
    CopyText,
    Undo,
    CorrectCase,
    StartExport,
    PollNow,
    LeaveRun,
    Download,
    DownloadTo,
    PauseDownload,
    ResumeDownload,
    CancelDownload,
    OpenFolder,
    CopyReceipt,
    InspectFile,
    TestImport,
    Relations,
    Rebuild,
    RebuildWith,
    ContinueRebuild,
    RebuildWithGaps,
    CancelRebuild,
    OpenTicket,
    OpenProject,
    PauseAll,
    ResumeAll,
    EnterPractice,
    LeavePractice,
    SwitchTheme,
    Diagnose,
    About,
    Minimize,
    Quit,
}

/// Where a command is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Window,
    Pages,
    Cases,
    Export,
    Downloads,
}

impl Group {
    pub const ALL: [Self; 5] = [Self::Cases, Self::Export, Self::Downloads, Self::Pages, Self::Window];

    pub fn label(self) -> &'static str {
        match self {
            Self::Window => "Window",
            Self::Pages => "Pages",
            Self::Cases => "Cases",
            Self::Export => "Export and download",
            Self::Downloads => "All downloads",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct CommandEntry {
    pub label: &'static str,
    pub icon: MaterialIcon,
    pub tooltip: &'static str,
    pub keys: Option<KeyboardShortcut>,
    pub group: Group,
}

const CMD: Modifiers = Modifiers::COMMAND;
const CMD_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

impl UiCommand {
    const OTHERS: [Self; 43] = [
        Self::Palette,
        Self::Shortcuts,
        Self::NewCase,
        Self::Connect,
        Self::OpenArchive,
        Self::ExportMany,
        Self::NewImport,
        Self::Filter,
        Self::NextCase,
        Self::PreviousCase,
        Self::DoStep,
        Self::CopyText,
        Self::Undo,
        Self::CorrectCase,
        Self::StartExport,
        Self::PollNow,
        Self::LeaveRun,
        Self::Download,
        Self::DownloadTo,
        Self::PauseDownload,
        Self::ResumeDownload,
        Self::CancelDownload,
        Self::OpenFolder,
        Self::CopyReceipt,
        Self::InspectFile,
        Self::TestImport,
        Self::Relations,
        Self::Rebuild,
        Self::RebuildWith,
        Self::ContinueRebuild,
        Self::RebuildWithGaps,
        Self::CancelRebuild,
        Self::OpenTicket,
        Self::OpenProject,
        Self::PauseAll,
        Self::ResumeAll,
        Self::EnterPractice,
        Self::LeavePractice,
        Self::SwitchTheme,
        Self::Diagnose,
        Self::About,
        Self::Minimize,
        Self::Quit,
    ];

    /// Everything the window can do.
    pub fn all() -> impl Iterator<Item = Self> {
        let (first, more) = Self::OTHERS.split_at(6);
        first.iter().copied().chain(Route::ALL.map(Self::Go)).chain(more.iter().copied())
    }

    /// This command's row of the table.
    pub fn entry(self) -> CommandEntry {
        use Group::{Cases, Downloads, Export, Pages, Window};
        let row = |label, icon, keys: Option<(Modifiers, Key)>, group, tooltip| CommandEntry {
            label,
            icon,
            tooltip,
            keys: keys.map(|(modifiers, key)| KeyboardShortcut::new(modifiers, key)),
            group,
        };
        let page = |page: Page| row(page.go, page.icon, Some((Route::WITH, page.key)), Pages, page.tooltip);
        #[rustfmt::skip]
        let entry = match self {
            Self::Palette => row("Search or run a command", icons::SEARCH, Some((CMD, Key::K)), Window, "Finds every command and every case by name."),
            Self::Shortcuts => row("Keyboard shortcuts", icons::HELP, Some((Modifiers::NONE, Key::F1)), Window, "Shows all shortcuts."),
            Self::SwitchTheme => row("Switch between dark and light", icons::DARK, Some((CMD_SHIFT, Key::L)), Window, "By default, the window follows the system."),
            Self::Diagnose => row("Show the diagnostics", icons::INFO, Some((CMD_SHIFT, Key::J)), Window, "Shows what a bug report needs, so that you can read it before you save it."),
            Self::About => row("About Export Desk", icons::INFO, Some((CMD_SHIFT, Key::A)), Window, "Version, licence, changes, and third-party notices."),
            Self::Minimize => row("Minimize the window", icons::CLOSE, Some((CMD, Key::M)), Window, "Downloads continue."),
            Self::Quit => row("Quit", icons::CLOSE, Some((CMD, Key::Q)), Window, "Running downloads resume when you start Export Desk again."),
            Self::Connect => row("Connect to GitLab", icons::CONNECT, Some((CMD_SHIFT, Key::G)), Window, "Add an instance and its token."),

            Self::Go(route) => page(route.page()),
            Self::EnterPractice => row("Practise on the built-in GitLab", icons::PRACTICE, Some((CMD_SHIFT, Key::P)), Pages, "Works immediately and offline. Nothing here is real."),
            Self::LeavePractice => row("Leave practice", icons::BACK, Some((CMD_SHIFT, Key::B)), Pages, "Goes back to your own cases."),

            Self::NewCase => row("New case", icons::ADD, Some((CMD, Key::N)), Cases, "From a ticket and a project."),
            Self::Filter => row("Filter the cases", icons::SEARCH, Some((CMD, Key::F)), Cases, "Type a part of a ticket, project or instance."),
            Self::NextCase => row("Next case", icons::SKIP, Some((Modifiers::ALT, Key::ArrowDown)), Cases, "The next case in the list."),
            Self::PreviousCase => row("Previous case", icons::BACK, Some((Modifiers::ALT, Key::ArrowUp)), Cases, "The previous case in the list."),
            Self::DoStep => row("Do the next step", icons::GOOD, Some((CMD, Key::Enter)), Cases, "Presses the main button of the NOW card, or goes to what it lacks."),
            Self::CopyText => row("Copy the text of the step", icons::COPY, Some((CMD_SHIFT, Key::M)), Cases, "Copies the text that the Texts card shows. The timeline records the copy."),
            Self::Undo => row("Undo", icons::RETRY, Some((CMD, Key::Z)), Cases, "Undoes the last recorded step or fact. The journal keeps both."),
            Self::CorrectCase => row("Edit ticket, project or title…", icons::EDIT, Some((CMD_SHIFT, Key::N)), Cases, "Adds the ticket, or corrects what was typed when the case was opened."),
            Self::OpenTicket => row("Open the ticket", icons::OPEN, Some((CMD, Key::T)), Cases, "Opens in the browser."),
            Self::OpenProject => row("Open the project", icons::OPEN, Some((CMD_SHIFT, Key::T)), Cases, "Opens in the browser."),

            Self::StartExport => row("Start the export", icons::EXPORT, Some((CMD, Key::E)), Export, "Checks first: a running export is watched, and a finished file is not replaced without asking."),
            Self::PollNow => row("Check the export now", icons::REFRESH, Some((CMD, Key::R)), Export, "Asks GitLab for the status of the export."),
            Self::LeaveRun => row("Stop watching the export", icons::CLOSE, Some((CMD_SHIFT, Key::W)), Export, "GitLab continues: an export cannot be cancelled."),
            Self::Download => row("Download the archive", icons::DOWNLOAD, Some((CMD, Key::D)), Export, "Downloads into the download folder and verifies every byte."),
            Self::DownloadTo => row("Download to…", icons::FOLDER, Some((CMD_SHIFT, Key::D)), Export, "Downloads into another folder or file."),
            Self::PauseDownload => row("Pause the download", icons::PAUSE, Some((CMD, Key::P)), Export, "The downloaded part is kept."),
            Self::ResumeDownload => row("Resume the download", icons::PLAY, Some((CMD_SHIFT, Key::R)), Export, "Resumes the download where it stopped."),
            Self::CancelDownload => row("Cancel the download", icons::CANCEL, Some((CMD_SHIFT, Key::X)), Export, "Cancels the download. The downloaded part stays on disk."),
            Self::OpenFolder => row("Open the folder", icons::FOLDER, Some((CMD_SHIFT, Key::O)), Export, "Opens the folder of the downloaded archive."),
            Self::CopyReceipt => row("Copy the receipt", icons::COPY, Some((CMD_SHIFT, Key::C)), Export, "Copies path, size, SHA-256, verdict and counts as Markdown for the ticket."),
            Self::InspectFile => row("Inspect the archive", icons::VERIFIED, Some((CMD, Key::I)), Export, "Shows the verification report on the Archives page."),
            Self::TestImport => row("Test import…", icons::IMPORT, Some((CMD_SHIFT, Key::H)), Export, "Imports the verified archive into a new project, to see whether it works. Nothing is deleted."),
            Self::Relations => row("Relations export…", icons::RELATIONS, Some((CMD_SHIFT, Key::E)), Export, "Exports each relation into its own file. Often succeeds when the full archive fails."),
            Self::Rebuild => row("Rebuild the archive", icons::ARCHIVE, Some((CMD_SHIFT, Key::U)), Export, "Exports the relations, downloads their files, builds one archive and verifies it. Asks before files are deleted."),
            Self::RebuildWith => row("Rebuild with options…", icons::ARCHIVE, Some((CMD, Key::U)), Export, "Asks first for the folder, whether the members go into the archive, what is left out, and from which size on a set is built."),
            Self::ContinueRebuild => row("Continue the rebuild", icons::PLAY, Some((CMD_SHIFT, Key::Y)), Export, "Continues at the step that stopped. What was downloaded is kept."),
            Self::RebuildWithGaps => row("Build although data is missing", icons::ARCHIVE, Some((CMD, Key::G)), Export, "Builds the archive from the downloaded files. The receipt says what is missing."),
            Self::CancelRebuild => row("Cancel the rebuild", icons::CANCEL, Some((CMD_SHIFT, Key::K)), Export, "Keeps what was downloaded. You can continue the rebuild later."),

            Self::ExportMany => row("Export several…", icons::EXPORT, Some((CMD_SHIFT, Key::F)), Downloads, "Checks a list of projects or a group, and exports those that can be exported."),
            Self::NewImport => row("Import an archive", icons::IMPORT, Some((CMD_SHIFT, Key::I)), Downloads, "Imports an archive from this computer, a URL or S3."),
            Self::OpenArchive => row("Open an archive", icons::ARCHIVE, Some((CMD, Key::O)), Downloads, "Opens any *.tar.gz on disk. You can also drop it on the window."),
            Self::PauseAll => row("Pause all downloads", icons::PAUSE, Some((CMD_SHIFT, Key::Comma)), Downloads, "Every download of every case."),
            Self::ResumeAll => row("Resume all downloads", icons::PLAY, Some((CMD_SHIFT, Key::Period)), Downloads, "Resumes all paused downloads."),
        };
        CommandEntry { keys: self.keys_on(OS, entry.keys), ..entry }
    }

    /// The keys on a system, where it has its own for this. On macOS, the menu has Command-Q, Command-W closes the
    /// window, which ends this program too, F1 changes the brightness of the screen, and Option with an arrow moves in
    /// a text.
    fn keys_on(self, os: Os, keys: Option<KeyboardShortcut>) -> Option<KeyboardShortcut> {
        if os != Os::Mac {
            return keys;
        }
        let own = match self {
            Self::Quit => (CMD, Key::W),
            Self::Shortcuts => (CMD, Key::Slash),
            Self::LeaveRun => (CMD_SHIFT, Key::S),
            Self::NextCase => (CMD.plus(Modifiers::ALT), Key::ArrowDown),
            Self::PreviousCase => (CMD.plus(Modifiers::ALT), Key::ArrowUp),
            _ => return keys,
        };
        Some(KeyboardShortcut::new(own.0, own.1))
    }

    /// Other names that the palette accepts for this command: earlier ones, and what people look for.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Go(Route::Downloads) => &["Go to transfers"],
            Self::Go(Route::OfferLog) => &["Go to the ledger"],
            Self::Go(Route::Cases) => &["Clocks"],
            Self::TestImport => &["Rehearsal", "Rehearse the import"],
            Self::CorrectCase => &["Correct the case", "Edit the title"],
            _ => &[],
        }
    }

    /// The score of the better match of `query`: with the label or with another name.
    pub fn fits(self, query: &str) -> Option<i32> {
        let names = std::iter::once(self.entry().label).chain(self.aliases().iter().copied());
        names.filter_map(|name| fits(query, name)).max()
    }

    /// Why the command is disabled now; `None` if it is enabled.
    pub fn blocked(self, cx: &ViewContext<'_>) -> Option<String> {
        let unless = |ok: bool, why: &str| (!ok).then(|| why.to_owned());
        let download = cx.download;
        match self {
            Self::PollNow => cx.cannot_ask(),
            Self::StartExport => cx.cannot_ask().or_else(|| {
                let under_way =
                    cx.run.is_some_and(|view| !view.run.is_ended() && view.status.phase.under_way());
                unless(!under_way, "An export is running already.")
            }),
            Self::LeaveRun => {
                unless(cx.run.is_some_and(|view| !view.run.is_ended()), "No export is being watched.")
            }
            Self::Download | Self::DownloadTo => cx.cannot_ask().or_else(|| {
                if download.is_some_and(|download| !download.state.is_ended()) {
                    return Some("A download of this project is running already.".into());
                }
                let ready = cx.run.is_some_and(|view| view.status.phase == Phase::Ready);
                unless(ready, "There is no finished export to download yet.")
            }),
            Self::PauseDownload | Self::ResumeDownload | Self::CancelDownload => {
                self.blocked_by_download(cx.download).map(Into::into)
            }
            Self::OpenFolder | Self::CopyReceipt | Self::InspectFile | Self::TestImport => {
                CaseArchive::blocked(cx, self).map(Into::into)
            }
            Self::Relations | Self::CorrectCase | Self::CopyText => {
                unless(cx.case.is_some(), "Choose a case first.")
            }
            Self::DoStep => unless(cx.case.is_some(), "Choose a case first.").or_else(|| {
                unless(cx.case.is_some_and(|case| !case.stage.is_closed()), "This case is closed.")
            }),
            Self::Rebuild
            | Self::RebuildWith
            | Self::ContinueRebuild
            | Self::RebuildWithGaps
            | Self::CancelRebuild => self.blocked_by_rebuild(cx),
            Self::OpenTicket => {
                unless(cx.case.is_some_and(|case| case.ticket.is_some()), "The selected case has no ticket.")
            }
            Self::OpenProject => unless(
                cx.case.is_some_and(|case| case.project.path.is_some()),
                "Choose a case whose project path is known.",
            ),
            Self::NextCase | Self::PreviousCase | Self::Filter => {
                unless(!cx.snapshot.cases.is_empty(), "There are no cases yet.")
            }
            Self::PauseAll => unless(cx.any_moves(), "No download is running."),
            Self::ResumeAll => unless(cx.any_is_paused(), "No download is paused."),
            Self::EnterPractice => unless(!cx.practising, "You are in practice already."),
            Self::LeavePractice => unless(cx.practising, "You are not in practice."),
            Self::Palette
            | Self::Shortcuts
            | Self::NewCase
            | Self::Connect
            | Self::OpenArchive
            | Self::ExportMany
            | Self::NewImport
            | Self::Go(_)
            | Self::SwitchTheme
            | Self::Diagnose
            | Self::About
            | Self::Undo
            | Self::Minimize
            | Self::Quit => None,
        }
    }

    /// The command whose shortcut was pressed, of `only` where that is not empty; the key press is consumed. Shortcuts with
    /// the most modifiers are checked first, because egui also matches Ctrl+S when Ctrl+Shift+S is pressed.
    pub fn pressed(ctx: &egui::Context, only: &[Self]) -> Option<Self> {
        let mut bound: Vec<(Self, KeyboardShortcut)> =
            Self::all().filter_map(|command| command.entry().keys.map(|keys| (command, keys))).collect();
        // In a text field, the same keys undo the typing.
        let (types, has_typing) = super::kit::typing(ctx);
        // The fields of the step and of the facts have this key themselves.
        bound.retain(|(command, _)| only.is_empty() || only.contains(command));
        bound.retain(|(command, _)| !(types && *command == Self::DoStep));
        bound.retain(|(command, _)| !(has_typing && *command == Self::Undo));
        bound.sort_by_key(|(_, keys)| std::cmp::Reverse(weight(keys.modifiers)));
        ctx.input_mut(|input| bound.iter().find(|(_, keys)| input.consume_shortcut(keys)).map(|(c, _)| *c))
    }

    /// The button of this command: label, icon, tooltip with shortcut, and why the button is disabled.
    pub fn button(self, ui: &egui::Ui, cx: &ViewContext<'_>) -> super::kit::Button<'static> {
        let entry = self.entry();
        let tip = match entry.keys {
            Some(keys) => format!("{}\n{}", entry.tooltip, keys_text(ui.ctx(), &keys)),
            None => entry.tooltip.to_owned(),
        };
        let button = super::kit::Button::new(entry.label).icon(entry.icon).tooltip(tip);
        button.blocked(self.blocked(cx)).pointed(cx.next == Some(self))
    }
}

/// A shortcut as it is written on this operating system.
pub fn keys_text(ctx: &egui::Context, keys: &KeyboardShortcut) -> String {
    ctx.format_shortcut(keys).replace("Comma", ",").replace("Period", ".")
}

fn weight(modifiers: Modifiers) -> u32 {
    [modifiers.alt, modifiers.ctrl, modifiers.shift, modifiers.mac_cmd, modifiers.command]
        .into_iter()
        .map(u32::from)
        .sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_commands_share_a_key_or_a_label() {
        let mut keys = Vec::new();
        let mut labels = BTreeSet::new();
        for command in UiCommand::all() {
            let entry = command.entry();
            assert!(labels.insert(entry.label), "{} twice", entry.label);
            assert!(!entry.tooltip.is_empty());
            if let Some(shortcut) = entry.keys {
                assert!(!keys.contains(&shortcut), "{command:?} takes a key that is taken");
                keys.push(shortcut);
            }
        }
    }

    #[test]
    fn earlier_names_still_find_their_command() {
        for (query, command) in [
            ("transfers", UiCommand::Go(Route::Downloads)),
            ("ledger", UiCommand::Go(Route::OfferLog)),
            ("clocks", UiCommand::Go(Route::Cases)),
            ("rehearsal", UiCommand::TestImport),
            ("rehearse", UiCommand::TestImport),
        ] {
            let score = |command: UiCommand| command.fits(query).unwrap_or(i32::MIN);
            let best = UiCommand::all().max_by_key(|command| score(*command)).unwrap();
            assert_eq!(best, command, "{query}");
        }
    }

    #[test]
    fn keys_that_fields_and_zoom_need_stay_free() {
        let reserved = [Key::A, Key::C, Key::V, Key::X, Key::Z, Key::Y, Key::Plus, Key::Minus, Key::Num0];
        for command in UiCommand::all() {
            let Some(keys) = command.entry().keys else { continue };
            // `pressed` leaves Ctrl+Z to the text field that has the focus.
            assert!(
                command == UiCommand::Undo || keys.modifiers != CMD || !reserved.contains(&keys.logical_key),
                "{command:?} takes a key of text fields"
            );
            assert!(keys.modifiers.any() || keys.logical_key.name().starts_with('F'), "{command:?}");
        }
    }

    #[test]
    fn a_mac_has_its_own_keys_and_no_key_twice() {
        let of = |os| UiCommand::all().filter_map(move |command| command.keys_on(os, command.entry().keys));
        for os in Os::ALL {
            let keys: Vec<_> = of(os).map(|keys| format!("{keys:?}")).collect();
            assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{os:?}");
        }
        // Option alone types letters and moves in a text. The others belong to the menu and to the system: quit, hide,
        // hide others, the next program and window, the search, pictures of the screen, log out.
        let option = CMD.plus(Modifiers::ALT);
        let taken = [(CMD, Key::Q), (CMD, Key::H), (option, Key::H), (CMD, Key::Tab), (CMD, Key::Backtick)];
        let of_system = [
            (CMD, Key::Space),
            (CMD_SHIFT, Key::Num3),
            (CMD_SHIFT, Key::Num4),
            (CMD_SHIFT, Key::Num5),
            (CMD_SHIFT, Key::Q),
        ];
        for keys in of(Os::Mac) {
            assert!(keys.modifiers.command, "{keys:?}");
            let is_taken = |(modifiers, key)| keys == KeyboardShortcut::new(modifiers, key);
            assert!(!taken.into_iter().chain(of_system).any(is_taken), "{keys:?}");
        }
        for (command, key) in [(UiCommand::Quit, Key::W), (UiCommand::Minimize, Key::M)] {
            let on_a_mac = command.keys_on(Os::Mac, command.entry().keys);
            assert_eq!(on_a_mac, Some(KeyboardShortcut::new(CMD, key)));
        }
    }

    #[test]
    fn a_dialog_leaves_the_windows_own_keys_to_the_window() {
        let of_the_window = [UiCommand::Minimize, UiCommand::Quit];
        let press = |command: UiCommand, only: &[UiCommand]| {
            let keys = command.entry().keys.unwrap();
            let ctx = egui::Context::default();
            let event = egui::Event::Key {
                key: keys.logical_key,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: keys.modifiers,
            };
            let mut pressed = None;
            let input = egui::RawInput { events: vec![event], ..egui::RawInput::default() };
            let mut output = ctx.run_ui(input, |ui| pressed = pressed.or(UiCommand::pressed(ui.ctx(), only)));
            output.textures_delta.clear();
            pressed
        };
        assert_eq!(press(UiCommand::Minimize, &of_the_window), Some(UiCommand::Minimize));
        assert_eq!(press(UiCommand::NewCase, &of_the_window), None);
        assert_eq!(press(UiCommand::NewCase, &[]), Some(UiCommand::NewCase));
    }

    #[test]
    fn all_lists_every_command_once() {
        let all: BTreeSet<UiCommand> = UiCommand::all().collect();
        assert_eq!(all.len(), UiCommand::all().count());
    }
}
