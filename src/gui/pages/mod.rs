//! The pages of the window: one struct and one `ui()` each. [`crate::gui::route::Route`] lists them.

pub mod archive_report;
pub mod archives;
pub mod build_progress;
pub mod compare;
mod connect_first;
mod download_menu;
pub mod downloads;
pub mod exports;
pub mod first_run;
pub mod imports;
pub mod member_tree;
pub mod offer_log;
pub mod practice;
pub mod rebuilt_archive;
pub mod relations;
pub mod settings;
pub mod top_bar;
pub mod unopened;

use egui::Ui;

use crate::engine::api::Snapshot;
use crate::gui::case::list::CaseList;
use crate::gui::case::page::CasePage;
use crate::gui::command::UiCommand;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, icons};
use crate::gui::pending::Answers;
use crate::gui::route::Route;
use crate::gui::view_context::ViewContext;

/// The pages, with their state between frames.
#[derive(Debug, Default)]
pub struct Pages {
    pub list: CaseList,
    pub case: CasePage,
    pub archives: archives::Archives,
    pub exports: exports::ExportsPage,
    pub downloads: downloads::DownloadsPage,
    pub imports: imports::Imports,
    pub relations: relations::Relations,
    pub offer_log: offer_log::OfferLogPage,
    pub settings: settings::SettingsPage,
}

impl Pages {
    /// Draws the current page.
    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        match cx.route {
            Route::Cases if is_first_run(cx.snapshot) => first_run::first_run(ui, out),
            Route::Cases => match cx.case {
                Some(case) => self.case.ui(ui, case, cx, out),
                None => nothing_chosen(ui, cx, out),
            },
            Route::Downloads => self.downloads.ui(ui, cx, out),
            Route::Exports => self.exports.ui(ui, cx, out),
            Route::Archives => self.archives.ui(ui, cx, out),
            Route::Imports => self.imports.ui(ui, cx, out),
            Route::Relations => self.relations.ui(ui, cx, out),
            Route::OfferLog => self.offer_log.ui(ui, cx, out),
            Route::Practice => practice::practice(ui, cx, out),
            Route::Settings => self.settings.ui(ui, cx, out),
        }
    }

    /// The dialog over the page was closed. Returns whether a control of the page takes the keyboard focus.
    pub fn dialog_closed(&mut self, cx: &ViewContext<'_>) -> bool {
        match (cx.route, cx.case) {
            (Route::Cases, Some(case)) => self.case.dialog_closed(case.id),
            _ => false,
        }
    }

    /// Passes the answers to the pages that sent the questions, including hidden pages.
    pub fn on_answer(&mut self, answers: &mut Answers, cx: &ViewContext<'_>, out: &mut Outbox) {
        self.case.on_answer(answers, cx, out);
        self.archives.on_answer(answers);
        self.exports.on_answer(answers, out);
        self.imports.on_answer(answers);
        self.relations.on_answer(answers, cx, out);
        self.offer_log.on_answer(answers);
        self.settings.on_answer(answers, out);
    }
}

/// Whether nothing is set up yet.
pub fn is_first_run(snapshot: &Snapshot) -> bool {
    snapshot.instances.is_empty() && snapshot.cases.is_empty() && snapshot.practice.is_none()
}

fn nothing_chosen(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let (headline, sentence) = if cx.snapshot.cases.is_empty() {
        ("Start with a case", "Paste a ticket and a project. The case collects everything about the export.")
    } else {
        ("Choose a case", "This page shows the case's next step, export, facts, deadlines and timeline.")
    };
    kit::empty(ui, icons::CASES, headline, sentence, |ui| {
        if UiCommand::NewCase.button(ui, cx).primary().show(ui).clicked() {
            out.run(UiCommand::NewCase);
        }
        if cx.practising && kit::Button::new("Show the lessons").icon(icons::PRACTICE).show(ui).clicked() {
            out.go(Route::Practice);
        }
    });
}
