//! The result of reading an archive, on cards: verdict and problems.

use egui::{Label, RichText, Ui};

use crate::engine::api::Report;
use crate::gui::format;
use crate::gui::kit::{self, icons};
use crate::gui::theme::{Severity, size, space, tokens};

/// The verdict, and what kind of file it is.
pub fn verdict(ui: &mut Ui, report: &Report) {
    let whole = report.verdict.may_import();
    let losses = report.problems.iter().any(|problem| problem.level.as_str() == "warning");
    let (severity, glyph) = match (whole, losses) {
        (true, false) => (Severity::Good, icons::VERIFIED),
        (true, true) => (Severity::Warn, icons::WARN),
        (false, _) => (Severity::Bad, icons::BAD),
    };
    ui.horizontal_wrapped(|ui| {
        kit::chip(ui, severity, glyph, &report.verdict.as_str().replace('_', " "));
        ui.label(RichText::new(report.sentence()).color(tokens(ui).text));
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
        kit::pair(ui, "GitLab version", version);
    }
    if let Some(version) = &report.format_version {
        kit::pair(ui, "Format", version);
    }
}

/// The problems by level; each level says what its problems mean for an import.
pub fn problems(ui: &mut Ui, report: &Report) {
    if report.problems.is_empty() {
        return;
    }
    kit::card(ui, |ui| {
        kit::heading(ui, "Problems");
        let mut level = "";
        for problem in &report.problems {
            let (severity, glyph, heading, meaning) = level_words(problem.level.as_str(), report);
            if level != problem.level.as_str() {
                level = problem.level.as_str();
                let number = report.problems.iter().filter(|other| other.level == problem.level).count();
                kit::section(ui, &format!("{heading} ({number})"));
                kit::faint(ui, meaning);
            }
            ui.horizontal_top(|ui| {
                kit::chip(ui, severity, glyph, &problem.code.as_str().replace('_', " "));
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.add(Label::new(RichText::new(&problem.message).color(tokens(ui).text)).wrap());
                    if !problem.hint.is_empty() {
                        ui.add(Label::new(RichText::new(&problem.hint).color(tokens(ui).soft)).wrap());
                    }
                    if let Some(member) = &problem.member {
                        let text =
                            RichText::new(member).monospace().size(size::SMALL).color(tokens(ui).faint);
                        ui.add(Label::new(text).truncate().show_tooltip_when_elided(false))
                            .on_hover_text(member);
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

/// Severity, icon and heading of a level, and what it means for an import.
fn level_words(level: &str, report: &Report) -> (Severity, icons::MaterialIcon, &'static str, &'static str) {
    match level {
        "error" if report.verdict.as_str() == "not_an_export" => (
            Severity::Bad,
            icons::BAD,
            "Errors",
            "This is not a project export, and GitLab cannot import it as a project.",
        ),
        "damage" => (
            Severity::Bad,
            icons::BAD,
            "Damage",
            "Download the archive again, or export again. Do not give this file to the customer: bytes are missing or wrong.",
        ),
        "error" if report.verdict.as_str() == "damaged" => (
            Severity::Bad,
            icons::BAD,
            "Errors",
            "Apart from the damage, GitLab cannot import what was read.",
        ),
        "error" => {
            (Severity::Bad, icons::BAD, "Errors", "The file is complete, but GitLab cannot import it.")
        }
        "note" => (
            Severity::Info,
            icons::INFO,
            "Notes",
            "These are no losses of the import. Read them before the import.",
        ),
        _ => (
            Severity::Warn,
            icons::WARN,
            "Warnings",
            "The import will finish, but the data listed here may be missing.",
        ),
    }
}
