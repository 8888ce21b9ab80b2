//! The command palette: every command, every step and text of the current case, every case by what it says, and every
//! lesson, by a few letters. The rules are asked when something changes, not in each frame.

use std::sync::Arc;

use egui::{Context, Key, Modifiers, RichText, ScrollArea, Ui};

use crate::case::{Case, CaseId};
use crate::engine::api::LessonView;
use crate::engine::guided_lessons;
use crate::gui::case::log_searches::LogSearches;
use crate::gui::case::steps_cache::StepsCache;
use crate::gui::command::{UiCommand, keys_text};
use crate::gui::dialog::Dialog;
use crate::gui::dialogs::case_hits::{CaseHit, case_hits};
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Field, icons};
use crate::gui::palette::{fits, is_close};
use crate::gui::theme::{self, RADIUS, size, space, tokens};
use crate::gui::view_context::ViewContext;

const MOST: usize = 40;
const ROW: f32 = 36.0;

/// The palette's state.
#[derive(Debug, Default)]
pub struct Palette {
    query: String,
    chosen: usize,
    opened: bool,
    /// What the rows were made from.
    made_from: Option<RowsKey>,
    rows: Vec<Row>,
    /// The lessons, requested once something is typed.
    lessons: Option<Vec<LessonView>>,
    /// The entries of the current case.
    of_case: Vec<CaseHit>,
    steps: StepsCache,
    searches: LogSearches,
    found: FoundCases,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct RowsKey {
    query: String,
    /// The snapshot: its address, because a snapshot made by hand has no number, and its number.
    snapshot: (usize, u64),
    case: Option<CaseId>,
    /// The current second: a window of the rules ends without any event.
    second: i64,
}

/// One row, ready to draw.
#[derive(Clone, Debug)]
struct Row {
    hit: Hit,
    entry: Entry,
}

/// The order of the rows: the first kinds come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Somebody at work searches for the work; in practice, a lesson of this name is one of the others.
    Lesson,
    /// A case that only says the words somewhere.
    Said,
    /// What cannot be done now; it says why.
    Blocked,
    /// Facts, cases, and everything whose name only contains the letters.
    Other,
    /// A command that can be done.
    Command,
    /// A step that the current case allows, or one of its texts.
    OfCase,
}

/// The cases that match, kept until the query or the list changes: a search reads all that all cases say.
#[derive(Debug, Default)]
struct FoundCases {
    /// The query in lower case, and the list. It is kept: another list never has the address of one that is kept.
    made_from: Option<(String, Arc<[Arc<Case>]>)>,
    /// Whether the title matches, scores, and indices into `snapshot.cases`.
    hits: Vec<(bool, i32, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hit {
    Command(UiCommand),
    /// An index into the entries of the current case.
    OfCase(usize),
    Case(CaseId),
    Lesson(usize),
}

impl Dialog for Palette {
    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let step = ctx.input_mut(|input| {
            i32::from(input.consume_key(Modifiers::NONE, Key::ArrowDown))
                - i32::from(input.consume_key(Modifiers::NONE, Key::ArrowUp))
        });
        self.fill(ctx, cx);
        if step != 0 {
            let last = self.rows.len().saturating_sub(1);
            self.chosen = self.chosen.saturating_add_signed(step as isize).min(last);
        }
        let t = theme::tokens_of(ctx.theme());
        let width = 560.0_f32.min(ctx.content_rect().width() - 48.0);
        let frame = egui::Frame::new()
            .fill(t.surface)
            .stroke(egui::Stroke::new(1.0, t.line_strong))
            .corner_radius(12)
            .shadow(ctx.style_of(ctx.theme()).visuals.window_shadow)
            .inner_margin(egui::Margin::same(12));
        let area = egui::Modal::default_area(egui::Id::unique("palette"))
            .anchor(egui::Align2::CENTER_TOP, egui::Vec2::new(0.0, 72.0));
        let modal =
            egui::Modal::new(egui::Id::unique("palette")).area(area).frame(frame).backdrop_color(t.veil);
        let response = modal.show(ctx, |ui| {
            ui.set_width(width);
            let name = UiCommand::Palette.entry().label;
            ui.ctx().accesskit_node_builder(ui.layer_id().id, |node| node.set_label(name));
            self.content(ui, step != 0, cx)
        });
        let accepted = response.inner.or_else(|| {
            let enter = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
            enter.then_some(self.chosen)
        });
        let row = accepted.and_then(|chosen| self.rows.get(chosen));
        match row.map(|row| row.hit) {
            Some(Hit::Command(command)) if command.blocked(cx).is_none() => {
                out.run(command);
                false
            }
            Some(Hit::OfCase(i)) => match (self.of_case.get(i), cx.case) {
                (Some(hit), Some(case)) => !hit.accept(case, out),
                _ => false,
            },
            Some(Hit::Case(id)) => {
                out.push(Intent::Select(id));
                false
            }
            Some(Hit::Lesson(i)) => {
                if let Some(lesson) = self.lessons.as_ref().and_then(|lessons| lessons.get(i)) {
                    out.push(Intent::Lesson(lesson.name.clone()));
                }
                false
            }
            Some(Hit::Command(_)) => true,
            None => !response.should_close(),
        }
    }
}

impl Palette {
    /// Draws the field and the rows; the index of the row that was clicked.
    fn content(&mut self, ui: &mut Ui, moved: bool, cx: &ViewContext<'_>) -> Option<usize> {
        let field = Field::new("Command, project or ticket")
            .hint("Type a command, a step, a text, a ticket, or words of a note")
            .hide_label();
        let response = field.focus(!self.opened).show(ui, &mut self.query);
        if self.opened && !response.has_focus() && !response.lost_focus() {
            response.request_focus();
        }
        self.opened = true;
        if response.changed() {
            self.chosen = 0;
            // Enter may come in the same frame as the letters before it.
            self.fill(ui.ctx(), cx);
        }
        ui.add_space(space::XS);
        if self.rows.is_empty() {
            kit::faint(ui, "No match.");
        }
        let mut clicked = None;
        let most = (ui.ctx().content_rect().height() - 220.0).clamp(120.0, 396.0);
        // The window would keep the height of the shortest list otherwise.
        let least = (self.rows.len() as f32 * ROW).min(most);
        let area = ScrollArea::vertical().max_height(most).min_scrolled_height(least);
        area.auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (i, Row { entry, .. }) in self.rows.iter().enumerate() {
                let response = row(ui, entry, i == self.chosen);
                if i == self.chosen && moved {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    clicked = Some(i);
                }
            }
        });
        clicked
    }

    /// Makes the rows anew if what they were made from has changed.
    fn fill(&mut self, ctx: &Context, cx: &ViewContext<'_>) {
        let key = RowsKey {
            query: self.query.trim().to_owned(),
            snapshot: (std::ptr::from_ref(cx.snapshot) as usize, cx.snapshot.seq),
            case: cx.case.map(|case| case.id),
            second: cx.now.0.div_euclid(1_000),
        };
        if self.made_from.as_ref() == Some(&key) {
            return;
        }
        let mut ranked = Self::commands(&key.query, ctx, cx);
        if !key.query.is_empty() {
            ranked.extend(self.others(&key.query, cx));
            ranked.sort_by_key(|(rank, score, _)| std::cmp::Reverse((*rank, *score)));
        }
        ranked.truncate(MOST);
        self.rows = ranked.into_iter().map(|(_, _, row)| row).collect();
        self.made_from = Some(key);
    }

    fn commands(query: &str, ctx: &Context, cx: &ViewContext<'_>) -> Vec<(Rank, i32, Row)> {
        let ranked = |command: UiCommand| {
            let score = command.fits(query).filter(|_| command != UiCommand::Palette)?;
            let blocked = command.blocked(cx);
            let rank = rank(Rank::Command, query, score, blocked.is_some());
            let entry = command.entry();
            let keys = entry.keys.map(|keys| keys_text(ctx, &keys)).unwrap_or_default();
            let entry = Entry { blocked, ..Entry::new(entry.label.to_owned(), entry.icon, keys) };
            Some((rank, score, Row { hit: Hit::Command(command), entry }))
        };
        let all = UiCommand::all().filter_map(ranked);
        // Without a query, the list is what can be done.
        all.filter(|(rank, ..)| !query.is_empty() || *rank != Rank::Blocked).collect()
    }

    /// The entries of the current case, the cases and the lessons that match.
    fn others(&mut self, query: &str, cx: &ViewContext<'_>) -> Vec<(Rank, i32, Row)> {
        let steps = cx.case.map(|case| self.steps.of(case, cx));
        let searches = cx.case.map(|case| self.searches.of(case, cx)).unwrap_or_default();
        let of_case = steps.map(|steps| case_hits(query, &steps, searches)).unwrap_or_default();
        let mut ranked = Vec::new();
        for (i, (score, hit)) in of_case.iter().enumerate() {
            let kind = if hit.is_fact() { Rank::Other } else { Rank::OfCase };
            let rank = rank(kind, query, *score, hit.refused.is_some());
            let entry = Entry {
                blocked: hit.refused.clone(),
                ..Entry::new(hit.label.clone(), hit.icon, hit.kind.to_owned())
            };
            ranked.push((rank, *score, Row { hit: Hit::OfCase(i), entry }));
        }
        self.of_case = of_case.into_iter().map(|(_, hit)| hit).collect();
        self.found.search(query, cx);
        for (titled, score, i) in &self.found.hits {
            let case = &cx.snapshot.cases[*i];
            let entry = Entry::new(case.title(), icons::CASES, "case".to_owned());
            let rank = if *titled { Rank::Other } else { Rank::Said };
            ranked.push((rank, *score, Row { hit: Hit::Case(case.id), entry }));
        }
        let lessons = self.lessons.get_or_insert_with(guided_lessons);
        for (i, lesson) in lessons.iter().enumerate() {
            let Some(score) = fits_lesson(query, lesson) else { continue };
            // A score of 0: the lesson only tells of it.
            let rank = if cx.practising && score > 0 { Rank::Other } else { Rank::Lesson };
            let label = format!("Lesson: {}", lesson.title);
            let entry = Entry::new(label, icons::PRACTICE, "practice".to_owned());
            ranked.push((rank, score, Row { hit: Hit::Lesson(i), entry }));
        }
        ranked
    }
}

/// The rank of an entry of this kind.
fn rank(kind: Rank, query: &str, score: i32, is_blocked: bool) -> Rank {
    if is_blocked {
        Rank::Blocked
    } else if is_close(query, score) {
        kind
    } else {
        kind.min(Rank::Other)
    }
}

/// What a row shows.
#[derive(Clone, Debug)]
struct Entry {
    label: String,
    glyph: icons::MaterialIcon,
    /// What the entry is, or its keys.
    aside: String,
    /// Why it cannot be done now.
    blocked: Option<String>,
}

impl Entry {
    fn new(label: String, glyph: icons::MaterialIcon, aside: String) -> Self {
        Self { label, glyph, aside, blocked: None }
    }
}

impl FoundCases {
    /// Matches cases by their title like any other entry, and by whole words of what they say.
    fn search(&mut self, query: &str, cx: &ViewContext<'_>) {
        /// A word that a case only says counts less than letters inside a name.
        const SAID: i32 = 150;
        let cases = &cx.snapshot.cases;
        let lower = query.to_lowercase();
        if self.made_from.as_ref().is_some_and(|(query, of)| *query == lower && Arc::ptr_eq(of, cases)) {
            return;
        }
        let words: Vec<&str> = lower.split_whitespace().collect();
        let letters: usize = words.iter().map(|word| word.chars().count()).sum();
        let said =
            (letters >= 3).then(|| SAID.saturating_mul(i32::try_from(words.len()).unwrap_or(i32::MAX)));
        let score = |case: &Case| {
            let titled = fits(query, &case.title());
            let text = said.filter(|_| titled.is_none()).map(|_| case.search_text());
            titled.map(|score| (true, score)).or_else(|| {
                said.filter(|_| text.is_some_and(|text| words.iter().all(|word| text.contains(word))))
                    .map(|score| (false, score))
            })
        };
        let found = |(i, case): (usize, &Arc<Case>)| {
            let (titled, score) = score(case)?;
            Some((titled, score, i))
        };
        let mut hits: Vec<(bool, i32, usize)> = cases.iter().enumerate().filter_map(found).collect();
        hits.sort_by_key(|(titled, score, _)| std::cmp::Reverse((*titled, *score)));
        hits.truncate(MOST);
        (self.made_from, self.hits) = (Some((lower, Arc::clone(cases))), hits);
    }
}

/// Matches a lesson by its name and title like any other entry, and by whole words of what the lesson teaches.
fn fits_lesson(query: &str, lesson: &LessonView) -> Option<i32> {
    let named = fits(query, &lesson.name).max(fits(query, &format!("Lesson: {}", lesson.title)));
    let told = lesson.teaches.to_lowercase().contains(&query.to_lowercase());
    named.or_else(|| (told && query.chars().count() > 2).then_some(0))
}

fn row(ui: &mut Ui, entry: &Entry, chosen: bool) -> egui::Response {
    let t = tokens(ui);
    let Entry { label, glyph, aside, blocked } = entry;
    let wanted = egui::Vec2::new(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, egui::Sense::click());
    if ui.is_rect_visible(rect) {
        if chosen || response.has_focus() {
            ui.painter().rect_filled(rect, RADIUS, t.accent_soft);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, RADIUS, t.hover);
        }
        let inner = rect.shrink2(egui::vec2(space::S, 0.0));
        let mut line = ui.new_child(
            egui::UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center)),
        );
        let ink = if blocked.is_some() { t.faint } else { t.text };
        kit::icon(&mut line, *glyph, if blocked.is_some() { t.faint } else { t.soft }, size::ICON);
        line.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            quiet(ui, aside, t.faint);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                quiet(ui, label, ink);
                if let Some(why) = blocked {
                    quiet(ui, why, t.faint);
                }
            });
        });
    }
    response
        .widget_info(|| egui::WidgetInfo::selected(egui::Role::ListItem, blocked.is_none(), chosen, label));
    response
}

fn quiet(ui: &mut Ui, text: &str, ink: egui::Color32) {
    ui.add(egui::Label::new(RichText::new(text).color(ink)).truncate().selectable(false));
}

#[cfg(test)]
mod tests;
