//! The archive inspector: whether an archive on disk can be imported, and why.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Label, RichText, Ui};

use crate::case::UserError;
use crate::engine::api::{Command, DownloadView, InspectionView, Receipt};
use crate::gui::case_archive::copy_receipt;
use crate::gui::dialogs::test_import::{TestImportRequest, test_import};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pages::archive_report::{problems, verdict};
use crate::gui::pages::compare::{Against, case_of, counts};
use crate::gui::pages::member_tree::MemberList;
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;
use crate::platform::folders;

/// The page's state.
#[derive(Debug, Default)]
pub struct Archives {
    typed: String,
    shown: Option<PathBuf>,
    /// The path that could not be opened, and why.
    wrong: Option<(PathBuf, UserError)>,
    compare: Against,
    members: MemberList,
    /// The path that is being read for this page.
    reading: Pending<PathBuf>,
}

impl Archives {
    /// Shows the archive at `path`.
    pub fn show(&mut self, path: PathBuf) {
        self.wrong = None;
        self.shown = Some(path);
    }

    /// Shows the archive at `path` and requests its inspection.
    pub fn read(&mut self, path: PathBuf, out: &mut Outbox) {
        self.read_as(path, false, out);
    }

    /// Same as [`Self::read`]; with `deep`, every object of the archive's repositories is checked.
    fn read_as(&mut self, path: PathBuf, deep: bool, out: &mut Outbox) {
        self.show(path.clone());
        let command = Command::Verify { path: path.clone(), against: None, deep };
        self.reading.ask_or(command, path, IfUnhandled::Nothing, out);
    }

    /// Takes the result of opening a path; an archive that cannot be read shows the reason on its own card.
    pub fn on_answer(&mut self, answers: &mut Answers) {
        self.compare.on_answer(answers);
        if let Some((path, answer)) = self.reading.take(answers)
            && self.shown.as_ref() == Some(&path)
        {
            self.wrong = answer.err().map(|error| (path, error));
        }
    }

    /// The archive that the page shows. The page never shows a verdict under the path of another archive.
    fn chosen(&self, all: &[Arc<InspectionView>]) -> Option<Arc<InspectionView>> {
        let Some(path) = &self.shown else { return all.first().cloned() };
        let found = all.iter().find(|inspection| inspection.path == *path)?;
        let says_why = matches!(found.ended, Some(Err(_)));
        (self.wrong.is_none() || says_why).then(|| Arc::clone(found))
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        let all = &cx.snapshot.inspections;
        let shown = self.chosen(all);
        kit::page(
            ui,
            "Archives",
            |_| {},
            |ui| {
                self.open(ui, shown.as_deref(), out);
                if all.len() > usize::from(shown.is_some()) {
                    self.others(ui, all, shown.as_deref());
                }
                self.downloaded(ui, shown.is_none(), cx, out);
                if let Some(inspection) = &shown {
                    if let Some(deep) = inspect(ui, inspection, cx, out) {
                        self.read_as(inspection.path.clone(), deep, out);
                    }
                    if let Some(Ok(report)) = &inspection.ended {
                        problems(ui, report);
                        self.compare.ui(ui, inspection, cx, out);
                        let against = inspection.against.as_ref().and_then(|live| live.as_ref().ok());
                        counts(ui, report, against.map(AsRef::as_ref));
                        self.members.ui(ui, report);
                    }
                } else {
                    let sentence = "Drop any *.tar.gz on the window, or open it above. Export Desk reads every byte once and unpacks nothing to disk.";
                    kit::empty(ui, icons::ARCHIVE, "No archive is open", sentence, |_| {});
                }
            },
        );
    }

    fn open(&mut self, ui: &mut Ui, shown: Option<&InspectionView>, out: &mut Outbox) {
        let wrong = self.wrong.as_ref().filter(|_| shown.is_none());
        let wrong = wrong.map(|(_, error)| kit::error_words(error));
        let is_empty = self.typed.trim().is_empty();
        let mut go = false;
        ui.horizontal_top(|ui| {
            let path = |ui: &mut Ui| {
                let field = Field::new("Path of an archive").hint("/path/to/export.tar.gz").hide_label();
                let response = field.error(wrong.as_deref()).show(ui, &mut self.typed);
                if response.changed() {
                    self.wrong = None;
                }
                go = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            };
            let pressed = kit::ends(ui, path, |ui| {
                if Button::new("Choose a file…").icon(icons::FOLDER).show(ui).clicked() {
                    out.push(Intent::Pick(Pick::Archive));
                }
                let blocked = is_empty.then(|| "Type a path first.".to_owned());
                Button::new("Inspect").icon(icons::VERIFIED).primary().blocked(blocked).show(ui).clicked()
            });
            go |= pressed;
        });
        if go && !is_empty {
            self.read(folders::typed(self.typed.trim()), out);
        }
    }

    /// The archives that were downloaded before and are not open, the newest first; folded over an open archive.
    fn downloaded(&mut self, ui: &mut Ui, unfolded: bool, cx: &ViewContext<'_>, out: &mut Outbox) {
        /// More than a person looks through; the Downloads page has all.
        const MOST: usize = 12;
        let is_open =
            |receipt: &Receipt| cx.snapshot.inspections.iter().any(|seen| seen.path == receipt.path);
        let done =
            cx.snapshot.downloads.iter().filter_map(|download| Some((download, download.done.as_deref()?)));
        let mut done = done.filter(|(_, receipt)| !is_open(receipt)).take(MOST).peekable();
        if done.peek().is_none() {
            return;
        }
        let mut chosen = None;
        kit::card(ui, |ui| {
            let fold = egui::CollapsingHeader::new("Downloaded before").id_salt(("downloaded", unfolded));
            fold.default_open(unfolded).show_unindented(ui, |ui| {
                ui.spacing_mut().item_spacing.y = space::XS;
                for (download, receipt) in done {
                    if downloaded_before(ui, download, receipt, cx) {
                        chosen = Some(receipt.path.clone());
                    }
                }
            });
        });
        if let Some(path) = chosen {
            self.read(path, out);
        }
    }

    fn others(&mut self, ui: &mut Ui, all: &[Arc<InspectionView>], shown: Option<&InspectionView>) {
        ui.horizontal_wrapped(|ui| {
            for inspection in all {
                let (name, whole) = (name_of(&inspection.path), inspection.path.display().to_string());
                let selected = shown.is_some_and(|shown| shown.path == inspection.path);
                let button = Button::new(&whole).caption(&name).icon(icons::ARCHIVE).quiet();
                if button.selected(selected).tooltip(whole.as_str()).show(ui).clicked() {
                    self.show(inspection.path.clone());
                }
            }
        });
    }
}

/// One archive that was downloaded before. Returns true if the person opens it.
fn downloaded_before(ui: &mut Ui, download: &DownloadView, receipt: &Receipt, cx: &ViewContext<'_>) -> bool {
    let row = |ui: &mut Ui| {
        let (whole, name) = (receipt.path.display().to_string(), name_of(&receipt.path));
        let label = format!("Open {whole}");
        let button = Button::new(&label).caption(&name).icon(icons::ARCHIVE).quiet();
        let is_chosen = button.tooltip(whole.as_str()).show(ui).clicked();
        kit::faint(ui, download.project_path.as_str());
        kit::faint(ui, format::bytes(receipt.bytes));
        kit::faint(ui, receipt.verdict.replace('_', " "));
        kit::when(ui, receipt.at, cx.now);
        is_chosen
    };
    ui.push_id(download.id.0, |ui| ui.horizontal_wrapped(row).inner).inner
}

fn name_of(path: &std::path::Path) -> String {
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    format::middle(&name, 40)
}

/// What is known about the archive. Returns whether to read it again, and if so whether in depth.
fn inspect(ui: &mut Ui, inspection: &InspectionView, cx: &ViewContext<'_>, out: &mut Outbox) -> Option<bool> {
    let mut again = None;
    kit::card(ui, |ui| {
        ui.horizontal(|ui| {
            let name = |ui: &mut Ui| {
                let whole = inspection.path.display().to_string();
                let text = RichText::new(name_of(&inspection.path)).text_style(egui::TextStyle::Heading);
                ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(whole);
            };
            kit::ends(ui, name, |ui| {
                let button = Button::new("Read again").icon(icons::REFRESH).icon_only().quiet();
                if inspection.ended.is_some() && button.show(ui).clicked() {
                    again = Some(false);
                }
                if Button::new("Open the folder").icon(icons::FOLDER).icon_only().quiet().show(ui).clicked() {
                    out.push(Intent::OpenFolder(inspection.path.clone()));
                }
            });
        });
        match &inspection.ended {
            None => walking(ui, inspection, out),
            Some(Err(error)) => kit::error(ui, error),
            Some(Ok(report)) => {
                verdict(ui, report);
                if report.depth().as_str() == "surface" && deeper(ui) {
                    again = Some(true);
                }
                receipt(ui, inspection, cx, out);
            }
        }
    });
    again
}

/// The result of a test import, the receipt as Markdown for the ticket, and the button that starts a test import.
fn receipt(ui: &mut Ui, inspection: &InspectionView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Some(receipt) = &inspection.receipt else { return };
    ui.add_space(space::S);
    test_import(ui, receipt, cx, out);
    ui.horizontal_wrapped(|ui| {
        let button = Button::new("Copy the receipt").icon(icons::COPY).primary();
        if button.tooltip("Copies path, size, SHA-256, verdict and counts as Markdown.").show(ui).clicked() {
            copy_receipt(ui.ctx(), receipt, cx);
        }
        let blocked = cx.snapshot.instances.is_empty().then(|| "Connect to a GitLab first.".to_owned());
        let button = Button::new("Test import…").icon(icons::IMPORT).blocked(blocked);
        let tip = "Imports this archive into a new project, to see whether it works. Nothing is deleted.";
        if button.tooltip(tip).show(ui).clicked() {
            let case = case_of(inspection, cx);
            out.open(TestImportRequest::new(&inspection.path, Some(receipt), case.map(|case| case.id)));
        }
    });
}

/// Offers to check the objects of a large repository. Returns true if the person chose that.
fn deeper(ui: &mut Ui) -> bool {
    ui.add_space(space::S);
    let tip = "Reads the archive again and checks every object of its repositories, as git does. This takes minutes for a large repository, and as much free space as the repository in the folder for temporary files.";
    let button = Button::new("Verify every Git object").icon(icons::VERIFIED);
    button.tooltip(tip).show(ui).clicked()
}

fn walking(ui: &mut Ui, inspection: &InspectionView, out: &mut Outbox) {
    kit::progress(ui, "Reading the archive", inspection.walked_bytes, inspection.file_bytes);
    ui.horizontal(|ui| {
        let words = format!(
            "{} of {} read ({})",
            format::bytes(inspection.walked_bytes),
            format::bytes(inspection.file_bytes),
            format::percent(inspection.walked_bytes, inspection.file_bytes)
        );
        kit::soft(ui, words);
        if inspection.deep_objects > 0 {
            kit::soft(
                ui,
                format!("{} checked", format::number_of(inspection.deep_objects, "object", "objects")),
            );
        }
        if Button::new("Stop reading").icon(icons::CANCEL).quiet().show(ui).clicked() {
            out.ask(Command::CancelVerify { path: inspection.path.clone() }, IfUnhandled::ToastError);
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::case::{Code, UserError};
    use crate::engine::api::{AskId, Reply};
    use crate::gui::fixture::{at_work, inspected, now, window_of};
    use crate::gui::route::Route;
    use crate::gui::workspace::Workspace;

    fn on(snapshot: crate::engine::api::Snapshot) -> egui_kittest::Harness<'static, crate::gui::App> {
        let mut workspace = Workspace::pretend(snapshot);
        workspace.route = Route::Archives;
        let mut window = window_of(workspace, egui::Theme::Light, 1000.0, 1200.0);
        window.run();
        window
    }

    #[test]
    fn a_typed_path_is_inspected() {
        let mut window = on(at_work());
        window.get_by_label("Path of an archive").focus();
        window.run();
        let path = std::env::temp_dir().join("a.tar.gz");
        window.get_by_label("Path of an archive").type_text(path.to_str().unwrap());
        window.run();
        window.get_by_label("Inspect").click();
        window.run();
        assert_eq!(
            window.state().workspace().sent(),
            [format!("Verify {{ path: {path:?}, against: None, deep: false }}")]
        );
    }

    #[test]
    fn an_archive_that_was_downloaded_before_is_one_click_away() {
        let snapshot = at_work();
        let done = snapshot.downloads.iter().find_map(|download| download.done.clone()).unwrap();
        let mut window = on(snapshot);
        window.get_by_label("Downloaded before");
        window.get_by_label(&format!("Open {}", done.path.display())).click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].starts_with("Verify") && sent[0].contains(&*done.path.to_string_lossy()), "{sent:?}");
    }

    #[test]
    fn a_path_that_cannot_be_opened_is_reported_at_the_field_without_an_older_verdict() {
        let snapshot = || crate::engine::api::Snapshot {
            inspections: inspected().inspections.iter().take(1).map(ascii).collect(),
            ..inspected()
        };
        let mut window = on(snapshot());
        window.get_by_label("Copy SHA-256");
        window.get_by_label("Path of an archive").focus();
        window.run();
        window.get_by_label("Path of an archive").type_text("/tmp/none.tar.gz");
        window.run();
        window.key_press(egui::Key::Enter);
        window.run();
        assert!(window.query_by_label("Copy SHA-256").is_none(), "an older verdict under a new path");
        let no = UserError::new(Code::Local, "There is no such file: /tmp/none.tar.gz.", "Name another.");
        let reply = Reply { ask: AskId(1), at: now(), result: Err(no) };
        let after = crate::engine::api::Snapshot { replies: [reply.into()].into(), ..snapshot() };
        window.state_mut().own.show(after.clone());
        window.run();
        window.get_by_label("There is no such file: /tmp/none.tar.gz. Name another.");
        assert!(window.query_by_label("Copy SHA-256").is_none());
        // One click leads back to the archive that was inspected before.
        let before = after.inspections[0].path.display().to_string();
        window.get_by_label(&before).click();
        window.run();
        window.get_by_label("Copy SHA-256");
        assert!(window.query_by_label_contains("There is no such file").is_none());
    }

    #[test]
    fn what_is_no_export_is_not_called_whole() {
        let mut snapshot = inspected();
        let mut view = snapshot.inspections[0].as_ref().clone();
        let Some(Ok(report)) = &mut view.ended else { panic!("it is read") };
        let report = std::sync::Arc::make_mut(report);
        report.verdict = serde_json::from_value("not_an_export".into()).unwrap();
        report.problems = serde_json::from_value(serde_json::json!([{
            "level": "error", "code": "not_gzip", "member": null, "message": "The file is empty."
        }]))
        .unwrap();
        snapshot.inspections = [std::sync::Arc::new(view)].into();
        let window = on(snapshot);
        window.get_by_label("This file is not a GitLab project export.");
        window.get_by_label_contains("This is not a project export");
        assert!(window.query_by_label_contains("The file is complete, but GitLab would not import it. The cause is in the project or in GitLab.").is_none());
    }

    #[test]
    fn verdict_problems_and_counts_are_shown() {
        let mut snapshot = inspected();
        // The built-in fonts have no CJK glyphs; fonts of the machine may have them.
        snapshot.inspections = snapshot.inspections.iter().take(1).map(ascii).collect();
        let window = on(snapshot);
        window.get_by_label("This archive is complete and GitLab can import it, but some data will be lost.");
        window.get_by_label(
            "lfs-objects.json lists 3 LFS objects, but the archive does not contain their files.",
        );
        window.get_by_label("And 4 more of the same kinds.");
        window.get_by_label("issues: 4,211 records");
        window.get_by_label("Copy SHA-256");
    }

    fn ascii(
        view: &std::sync::Arc<crate::engine::api::InspectionView>,
    ) -> std::sync::Arc<crate::engine::api::InspectionView> {
        let mut view = view.as_ref().clone();
        if let Some(Ok(report)) = &mut view.ended {
            for problem in &mut std::sync::Arc::make_mut(report).problems {
                problem.member = Some("uploads/drawing.pdf".into());
            }
        }
        std::sync::Arc::new(view)
    }
}
