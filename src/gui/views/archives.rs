//! The archive inspector: what an archive on disk is worth, and why.

use std::path::PathBuf;

use egui::{Align, Label, Layout, RichText, Ui};

use crate::engine::{Command, InspectionView, Report};
use crate::gui::format;
use crate::gui::intent::{Intent, Outbox, Pick, Purpose};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::scene::Scene;
use crate::gui::theme::{Mood, size, space, tokens};

/// The page's state.
#[derive(Debug, Default)]
pub struct Archives {
    typed: String,
    shown: Option<PathBuf>,
}

impl Archives {
    /// Shows the archive at `path`.
    pub fn show(&mut self, path: PathBuf) {
        self.shown = Some(path);
    }

    pub fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let all = &scene.snap.inspections;
        let shown = self
            .shown
            .as_ref()
            .and_then(|path| all.iter().find(|inspection| inspection.path == *path))
            .or_else(|| all.first())
            .cloned();
        kit::page(
            ui,
            "Archives",
            |_| {},
            |ui| {
                self.open(ui, out);
                if all.len() > 1 {
                    self.others(ui, all, shown.as_deref());
                }
                if let Some(inspection) = &shown {
                    inspect(ui, inspection, out);
                } else {
                    let sentence = "Drop any *.tar.gz on the window, or open it above. Every byte is read once, \
                                    nothing is unpacked to disk.";
                    kit::empty(ui, icons::ARCHIVE, "No archive under the glass", sentence, |_| {});
                }
            },
        );
    }

    fn open(&mut self, ui: &mut Ui, out: &mut Outbox) {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let typed = self.typed.trim().to_owned();
                let blocked = typed.is_empty().then(|| "Type a path first.".to_owned());
                let mut go = Button::new("Inspect")
                    .icon(icons::VERIFIED)
                    .primary()
                    .blocked(blocked)
                    .show(ui)
                    .clicked();
                if Button::new("Choose a file…").icon(icons::FOLDER).show(ui).clicked() {
                    out.push(Intent::Pick(Pick::Archive));
                }
                let field = Field::new("Path of an archive").hint("/path/to/export.tar.gz").hide_label();
                let response = field.show(ui, &mut self.typed);
                go |= response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
                if go && !typed.is_empty() {
                    let path = PathBuf::from(typed);
                    self.show(path.clone());
                    out.ask(Command::Verify { path: path.clone() }, Purpose::Verify(path));
                }
            });
        });
    }

    fn others(
        &mut self,
        ui: &mut Ui,
        all: &[std::sync::Arc<InspectionView>],
        shown: Option<&InspectionView>,
    ) {
        ui.horizontal_wrapped(|ui| {
            for inspection in all {
                let name = name_of(&inspection.path);
                let selected = shown.is_some_and(|shown| shown.path == inspection.path);
                let button = Button::new(&name).icon(icons::ARCHIVE).quiet().selected(selected);
                if button.tooltip(inspection.path.display().to_string()).show(ui).clicked() {
                    self.show(inspection.path.clone());
                }
            }
        });
    }
}

fn name_of(path: &std::path::Path) -> String {
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    format::middle(&name, 40)
}

fn inspect(ui: &mut Ui, inspection: &InspectionView, out: &mut Outbox) {
    kit::card(ui, |ui| {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Button::new("Open the folder").icon(icons::FOLDER).icon_only().quiet().show(ui).clicked() {
                    out.push(Intent::OpenFolder(inspection.path.clone()));
                }
                let again = Button::new("Read it again").icon(icons::REFRESH).icon_only().quiet();
                if inspection.ended.is_some() && again.show(ui).clicked() {
                    let path = inspection.path.clone();
                    out.ask(Command::Verify { path: path.clone() }, Purpose::Verify(path));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let whole = inspection.path.display().to_string();
                    let text = RichText::new(name_of(&inspection.path)).text_style(egui::TextStyle::Heading);
                    ui.add(Label::new(text).truncate()).on_hover_text(whole);
                });
            });
        });
        match &inspection.ended {
            None => walking(ui, inspection, out),
            Some(Err(trouble)) => kit::trouble(ui, trouble),
            Some(Ok(report)) => verdict(ui, report),
        }
    });
    if let Some(Ok(report)) = &inspection.ended {
        problems(ui, report);
        counts(ui, report);
    }
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
        if Button::new("Stop reading").icon(icons::CANCEL).quiet().show(ui).clicked() {
            out.ask(Command::CancelVerify { path: inspection.path.clone() }, Purpose::Quiet);
        }
    });
}

fn verdict(ui: &mut Ui, report: &Report) {
    let whole = report.verdict.may_import();
    let losses = report.problems.iter().any(|problem| problem.level.word() == "warning");
    let (mood, glyph) = match (whole, losses) {
        (true, false) => (Mood::Good, icons::VERIFIED),
        (true, true) => (Mood::Warn, icons::WARN),
        (false, _) => (Mood::Bad, icons::BAD),
    };
    ui.horizontal_wrapped(|ui| {
        kit::chip(ui, mood, glyph, &report.verdict.word().replace('_', " "));
        ui.label(RichText::new(report.verdict.sentence()).color(tokens(ui).text));
    });
    ui.add_space(space::XS);
    ui.spacing_mut().item_spacing.y = 0.0;
    kit::pair(ui, "SHA-256", &report.sha256);
    kit::pair(
        ui,
        "Size",
        &format!("{} ({} bytes)", format::bytes(report.bytes), format::count(report.bytes)),
    );
    kit::pair(ui, "Unpacked", &format::bytes(report.unpacked_bytes));
    kit::pair(ui, "Files", &format::count(report.members.files));
    if let Some(version) = &report.gitlab_version {
        kit::pair(ui, "Made by GitLab", version);
    }
    if let Some(version) = &report.format_version {
        kit::pair(ui, "Format", version);
    }
}

fn problems(ui: &mut Ui, report: &Report) {
    if report.problems.is_empty() {
        return;
    }
    kit::card(ui, |ui| {
        kit::heading(ui, "Problems");
        let mut level = "";
        for problem in &report.problems {
            let (mood, glyph, heading) = match problem.level.word() {
                "damage" => (Mood::Bad, icons::BAD, "Damage: bytes are missing or wrong"),
                "error" => (Mood::Bad, icons::BAD, "Errors: GitLab would refuse the archive"),
                _ => (Mood::Warn, icons::WARN, "Warnings: the import runs, and something is lost"),
            };
            if level != problem.level.word() {
                level = problem.level.word();
                kit::section(ui, heading);
            }
            ui.horizontal_top(|ui| {
                kit::chip(ui, mood, glyph, &problem.code.word().replace('_', " "));
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.add(Label::new(RichText::new(&problem.message).color(tokens(ui).text)).wrap());
                    if let Some(member) = &problem.member {
                        let text =
                            RichText::new(member).monospace().size(size::SMALL).color(tokens(ui).faint);
                        ui.add(Label::new(text).truncate()).on_hover_text(member);
                    }
                });
            });
        }
        if report.problems_left_off > 0 {
            kit::faint(
                ui,
                format!("And {} more of the same kinds.", format::count(report.problems_left_off)),
            );
        }
    });
}

fn counts(ui: &mut Ui, report: &Report) {
    if report.counts.is_empty() {
        return;
    }
    kit::card(ui, |ui| {
        kit::heading(ui, "Relations");
        let most = report.counts.values().copied().max().unwrap_or(1).max(1);
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut all: Vec<_> = report.counts.iter().collect();
        all.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        for (relation, count) in all {
            kit::pair_with(ui, relation, |ui| {
                let t = tokens(ui);
                let (place, _) = ui.allocate_exact_size(egui::vec2(72.0, 22.0), egui::Sense::hover());
                let number = format::count(*count);
                let font = egui::TextStyle::Body.resolve(ui.style());
                ui.painter().text(place.right_center(), egui::Align2::RIGHT_CENTER, &number, font, t.text);
                let share = *count as f32 / most as f32;
                let width = ui.available_width();
                let (bar, response) = ui.allocate_exact_size(egui::vec2(width, 22.0), egui::Sense::hover());
                let line = egui::Rect::from_min_size(
                    egui::pos2(bar.left() + space::S, bar.center().y - 4.0),
                    egui::vec2(((width - space::S) * share).max(2.0), 8.0),
                );
                ui.painter().rect_filled(line, 2, t.accent);
                let words = format!("{relation}: {number} records");
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
                response.on_hover_text(words);
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::gui::desk::Desk;
    use crate::gui::fixture::{at_work, inspected, window_of};
    use crate::gui::route::Route;

    fn on(snap: crate::engine::Snapshot) -> egui_kittest::Harness<'static, crate::gui::App> {
        let mut desk = Desk::pretend(snap);
        desk.route = Route::Archives;
        let mut window = window_of(desk, egui::Theme::Light, 1000.0, 1200.0);
        window.run();
        window
    }

    #[test]
    fn a_typed_path_is_inspected() {
        let mut window = on(at_work());
        window.get_by_label("Path of an archive").focus();
        window.run();
        window.get_by_label("Path of an archive").type_text("/tmp/a.tar.gz");
        window.run();
        window.get_by_label("Inspect").click();
        window.run();
        assert_eq!(window.state().desk().sent(), ["Verify { path: \"/tmp/a.tar.gz\" }"]);
    }

    #[test]
    fn verdict_problems_and_counts_are_told() {
        let mut snap = inspected();
        // The built-in fonts have no CJK; a machine's own fonts do.
        snap.inspections = snap.inspections.iter().take(1).map(ascii).collect();
        let window = on(snap);
        window.get_by_label("This archive is whole and can be imported, but not everything will arrive.");
        window.get_by_label("3 LFS objects that the list names are not in the archive.");
        window.get_by_label("And 4 more of the same kinds.");
        window.get_by_label("issues: 4,211 records");
        window.get_by_label("Copy SHA-256");
    }

    fn ascii(
        view: &std::sync::Arc<crate::engine::InspectionView>,
    ) -> std::sync::Arc<crate::engine::InspectionView> {
        let mut view = view.as_ref().clone();
        if let Some(Ok(report)) = &mut view.ended {
            for problem in &mut std::sync::Arc::make_mut(report).problems {
                problem.member = Some("uploads/drawing.pdf".into());
            }
        }
        std::sync::Arc::new(view)
    }
}
