//! The offer log: every one-time offer ever made, newest first, with a filter, an export to a file, and an audit.

mod chart;

use std::sync::Arc;

use egui::{Align, Label, Layout, RichText, Sense, Ui};
use egui_extras::{Column, TableBuilder};

use crate::case::offer_log::to_markdown;
use crate::case::{Offer, OfferLog, UserError};
use crate::engine::api::{Answer, Command, KeyringHead};
use crate::gui::dialogs::save_offer_log::SaveOffers;
use crate::gui::format;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::route::Route;
use crate::gui::theme::{Severity, tokens};
use crate::gui::view_context::ViewContext;

/// Marks an offer that was recorded by mistake and undone.
const WITHDRAWN: &str = "Undone on";
const ROW: f32 = 30.0;

/// The page's state.
#[derive(Debug, Default)]
pub struct OfferLogPage {
    filter: String,
    shown: Shown,
    audit: Option<Result<(u64, KeyringHead), UserError>>,
    pending: Pending,
}

/// The offers that match, recomputed when the log or the filter has changed.
#[derive(Debug, Default)]
struct Shown {
    made_from: Option<(Arc<OfferLog>, String)>,
    /// Indices into the offer log, newest first.
    rows: Vec<usize>,
    months: Vec<chart::Month>,
}

impl OfferLogPage {
    /// Takes the audit's answer: how many rows are valid, or where the chain breaks.
    pub fn on_answer(&mut self, answers: &mut Answers) {
        match self.pending.take(answers) {
            Some(((), Ok(Answer::Audited { rows, head }))) => self.audit = Some(Ok((rows, head))),
            Some(((), Err(error))) => self.audit = Some(Err(error)),
            Some(((), Ok(_))) | None => {}
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        let offers = &cx.snapshot.offer_log;
        self.shown.make(offers, &self.filter);
        let chosen: Vec<&Offer> = self.shown.rows.iter().filter_map(|&row| offers.offers.get(row)).collect();
        let nothing = chosen.is_empty().then(|| "There is no offer to copy.".to_owned());
        let mut pending = None;
        let (audit, filter) = (self.audit.as_ref(), &mut self.filter);
        let waits = self.pending.is_open();
        kit::page(
            ui,
            "Offer log",
            |ui| {
                let busy = waits.then(|| "Checking the journal.".to_owned());
                let audit = Button::new("Audit the journal").icon(icons::VERIFIED).blocked(busy);
                if audit.tooltip("Verifies the hash chain of every journal row.").show(ui).clicked() {
                    pending = Some(Tool::Audit);
                }
                let copy = Button::new("Copy as Markdown").icon(icons::COPY).blocked(nothing.clone());
                if copy.tooltip("Copies the listed offers as a table.").show(ui).clicked() {
                    pending = Some(Tool::Copy);
                }
                if Button::new("Save…").icon(icons::SAVE).blocked(nothing.clone()).show(ui).clicked() {
                    pending = Some(Tool::Save);
                }
            },
            |ui| {
                audited(ui, audit);
                if offers.offers.is_empty() {
                    let words = "This log keeps every one-time export offer permanently, so that no project gets a second offer by mistake.";
                    kit::empty(ui, icons::LEDGER, "No offer yet", words, |ui| {
                        if Button::new("Go to cases").icon(icons::CASES).show(ui).clicked() {
                            out.go(Route::Cases);
                        }
                    });
                    return;
                }
                chart::chart(ui, &self.shown.months);
                filtered(ui, filter, chosen.len(), offers.offers.len());
                kit::card(ui, |ui| table(ui, &chosen, cx, out));
            },
        );
        match pending {
            Some(Tool::Save) => {
                let offers = chosen.into_iter().cloned().collect();
                out.open(SaveOffers { offers });
            }
            Some(Tool::Copy) => kit::copy(ui.ctx(), "offers", to_markdown(chosen)),
            Some(Tool::Audit) => {
                self.audit = None;
                self.pending.ask(Command::Audit, (), out);
            }
            None => {}
        }
    }
}

fn audited(ui: &mut Ui, audit: Option<&Result<(u64, KeyringHead), UserError>>) {
    match audit {
        Some(Ok((rows, head))) => {
            let words =
                format!("The journal is complete: {} verified", format::number_of(*rows, "row", "rows"));
            kit::chip(ui, Severity::Good, icons::VERIFIED, &words);
            kit::faint(ui, head.sentence());
        }
        Some(Err(error)) => kit::error(ui, error),
        None => {}
    }
}

fn filtered(ui: &mut Ui, filter: &mut String, listed: usize, all: usize) {
    ui.horizontal(|ui| {
        ui.scope(|ui| {
            ui.set_width((ui.available_width() - 140.0).min(420.0));
            Field::new("Filter the offers")
                .hint("Project, ticket, case, engineer or reason")
                .hide_label()
                .show(ui, filter);
        });
        kit::faint(ui, format!("{} of {}", format::count(listed as u64), format::count(all as u64)));
    });
}

#[derive(Clone, Copy)]
enum Tool {
    Save,
    Copy,
    Audit,
}

impl Shown {
    fn make(&mut self, offers: &Arc<OfferLog>, filter: &str) {
        let wanted = filter.trim().to_lowercase();
        let holds =
            |(offer_log, known): &(Arc<OfferLog>, String)| Arc::ptr_eq(offer_log, offers) && *known == wanted;
        if self.made_from.as_ref().is_some_and(holds) {
            return;
        }
        let all = &offers.offers;
        self.rows = (0..all.len()).filter(|&row| fits(&all[row], &wanted)).collect();
        self.rows.sort_by_key(|&row| std::cmp::Reverse((all[row].at, row)));
        self.months = chart::by_month(self.rows.iter().map(|&row| all[row].at));
        self.made_from = Some((Arc::clone(offers), wanted));
    }
}

/// Whether the offer contains every word of the filter.
fn fits(offer: &Offer, filter: &str) -> bool {
    if filter.is_empty() {
        return true;
    }
    let ticket = offer.ticket.as_ref().map(ToString::to_string).unwrap_or_default();
    let all = format!(
        "{} {} {} {ticket} {} {} {} {} {}",
        project(offer),
        offer.project_id.map(|id| id.to_string()).unwrap_or_default(),
        offer.instance,
        offer.case_id,
        offer.by.as_deref().unwrap_or_default(),
        offer.override_reason.as_deref().unwrap_or_default(),
        offer.at.for_people(),
        if offer.withdrawn_at.is_some() { WITHDRAWN } else { "" },
    )
    .to_lowercase();
    filter.split_whitespace().all(|word| all.contains(word))
}

fn project(offer: &Offer) -> String {
    match (&offer.project_path, offer.project_id) {
        (Some(path), _) => path.clone(),
        (None, Some(id)) => format!("project {id}"),
        (None, None) => "unknown project".to_owned(),
    }
}

fn table(ui: &mut Ui, chosen: &[&Offer], cx: &ViewContext<'_>, out: &mut Outbox) {
    if chosen.is_empty() {
        kit::soft(ui, "No offer matches the filter.");
        return;
    }
    let height = (ui.clip_rect().bottom() - ui.cursor().top() - 60.0).clamp(ROW * 4.0, ROW * 40.0);
    TableBuilder::new(ui)
        .id_salt("offers")
        .max_scroll_height(height)
        .auto_shrink([false, true])
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::exact(104.0))
        .column(Column::remainder().at_least(120.0).clip(true))
        .column(Column::exact(78.0))
        .column(Column::exact(54.0))
        .column(Column::exact(96.0).clip(true))
        .column(Column::remainder().at_least(90.0).clip(true))
        .header(24.0, |mut header| {
            for name in ["When", "Project", "Ticket", "Case", "By", "Remark"] {
                header.col(|ui| {
                    ui.label(RichText::new(name).small().color(tokens(ui).faint));
                });
            }
        })
        .body(|body| {
            body.rows(ROW, chosen.len(), |mut row| {
                let offer = chosen[row.index()];
                row.col(|ui| {
                    kit::when(ui, offer.at, cx.now);
                });
                row.col(|ui| cell(ui, &project(offer)));
                row.col(|ui| ticket(ui, offer, out));
                row.col(|ui| case(ui, offer, cx, out));
                row.col(|ui| cell(ui, &offer.by.as_ref().map(|by| format!("@{by}")).unwrap_or_default()));
                row.col(|ui| cell(ui, &remark(offer)));
            });
        });
}

/// Why a second offer was made, and whether the offer was undone.
fn remark(offer: &Offer) -> String {
    let reason = offer.override_reason.clone().unwrap_or_default();
    match offer.withdrawn_at {
        Some(at) => format!("{WITHDRAWN} {}. {reason}", at.for_people()),
        None => reason,
    }
}

fn cell(ui: &mut Ui, text: &str) {
    if !text.is_empty() {
        let label = Label::new(RichText::new(text).color(tokens(ui).text)).truncate().sense(Sense::hover());
        ui.add(label).on_hover_text(text);
    }
}

fn ticket(ui: &mut Ui, offer: &Offer, out: &mut Outbox) {
    let Some(ticket) = &offer.ticket else { return };
    let (name, seen) = (format!("Open ticket {ticket}"), ticket.to_string());
    if Button::new(&name).caption(&seen).quiet().tooltip(&ticket.url).show(ui).clicked() {
        out.push(Intent::OpenUrl(ticket.url.clone()));
    }
}

fn case(ui: &mut Ui, offer: &Offer, cx: &ViewContext<'_>, out: &mut Outbox) {
    let (name, seen) = (format!("Go to case {}", offer.case_id), offer.case_id.to_string());
    let known = cx.snapshot.cases.iter().any(|case| case.id == offer.case_id);
    let gone = (!known).then(|| "This case is no longer in the list.".to_owned());
    if Button::new(&name).caption(&seen).quiet().blocked(gone).show(ui).clicked() {
        out.push(Intent::Select(offer.case_id));
    }
}

#[cfg(test)]
mod tests;
