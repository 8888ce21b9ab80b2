//! The relations export as the fallback for a failed file export, and what a relations export lacks.

use egui::Ui;

use crate::case::Phase;
use crate::engine::api::RelationRow;
use crate::gui::case::fallback_card::is_offered;
use crate::gui::command::UiCommand;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, icons};
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;

/// What a relations export of GitLab 17 and 18 is known to lack.
pub const LACKS: &str = "A relations export does not contain members, the wiki or snippet repositories. From its files, Export Desk can build an archive that GitLab can import.";

/// What the files of a relations export can be used for.
const DATA: &str = "From the files, Export Desk can build an archive that GitLab can import.";

/// What is missing, and the relation that holds it if a newer GitLab lists that relation.
const MISSING: [(&str, &str); 4] = [
    ("the members", "project_members"),
    ("the badges", "project_badges"),
    ("the wiki", "wiki"),
    ("the snippet repositories", "snippets_repository"),
];

/// What an export with these relations lacks: GitLab's list decides, not a table of ours.
pub fn lacks(rows: &[RelationRow]) -> String {
    if rows.is_empty() {
        return LACKS.to_owned();
    }
    let listed = |name: &str| rows.iter().any(|row| row.relation == name);
    let missing: Vec<_> = MISSING.iter().filter(|(_, name)| !listed(name)).map(|(words, _)| *words).collect();
    match missing.split_last() {
        None => DATA.to_owned(),
        Some((last, [])) => format!("This export does not contain {last}. {DATA}"),
        Some((last, others)) => {
            format!("This export does not contain {} and {last}. {DATA}", others.join(", "))
        }
    }
}

/// On the card of the file export: where a relations export is known or may help, one quiet button to its page.
pub fn relations_hint(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let failed = cx.run.is_some_and(|view| view.run.is_ended() && view.status.phase == Phase::Failed);
    // The fallback above tells more.
    if is_offered(cx) || (!failed && cx.relations.is_none()) {
        return;
    }
    ui.separator();
    ui.horizontal_wrapped(|ui| {
        let words = match cx.relations {
            Some(view) => format!("Relations export: {}", view.status.sentence),
            None => "A relations export often succeeds when the full archive fails.".to_owned(),
        };
        let has_failed = cx.relations.is_some_and(|view| view.status.failed > 0);
        let severity = if has_failed { Severity::Warn } else { Severity::Info };
        kit::chip(ui, severity, icons::RELATIONS, &words).on_hover_text(&words);
    });
    if UiCommand::Relations.button(ui, cx).relabel("Show the relations export").show(ui).clicked() {
        out.run(UiCommand::Relations);
    }
}
