//! The command palette: every command, every step and text of the current case, every case by what it says, and every
//! lesson, by a few letters.

use egui::{Context, Key, Modifiers, RichText, ScrollArea, Ui};

use crate::case::{Case, CaseId};
use crate::engine::api::LessonView;
use crate::engine::guided_lessons;
use crate::gui::command::{UiCommand, keys_text};
use crate::gui::dialog::Dialog;
use crate::gui::dialogs::case_hits::{CaseHit, case_hits};
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Field, icons};
use crate::gui::palette::fits;
use crate::gui::theme::{self, RADIUS, size, space, tokens};
use crate::gui::view_context::ViewContext;

const MOST: usize = 40;
const ROW: f32 = 36.0;
/// What a disabled command loses, so that it comes after the enabled ones that fit as well.
const BLOCKED: i32 = 400;

/// The palette's state.
#[derive(Debug, Default)]
pub struct Palette {
    query: String,
    chosen: usize,
    opened: bool,
    /// The lessons, requested once something is typed.
    lessons: Option<Vec<LessonView>>,
    /// The entries of the current case.
    of_case: Vec<CaseHit>,
    found: FoundCases,
}

/// The cases that match, kept until the query or the list changes: a search reads all that all cases say.
#[derive(Debug, Default)]
struct FoundCases {
    key: Option<(String, usize, usize)>,
    /// Scores, and indices into `snapshot.cases`.
    hits: Vec<(i32, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hit {
    Command(UiCommand),
    /// An index into the entries of the current case.
    OfCase(usize),
    Case(CaseId, usize),
    Lesson(usize),
}

impl Dialog for Palette {
    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let step = ctx.input_mut(|input| {
            i32::from(input.consume_key(Modifiers::NONE, Key::ArrowDown))
                - i32::from(input.consume_key(Modifiers::NONE, Key::ArrowUp))
        });
        let mut hits = self.hits(cx);
        if step != 0 {
            let last = hits.len().saturating_sub(1);
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
            self.content(ui, &mut hits, step != 0, cx)
        });
        let accepted = response.inner.or_else(|| {
            let enter = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
            enter.then(|| hits.get(self.chosen).copied()).flatten()
        });
        match accepted {
            Some(Hit::Command(command)) if command.blocked(cx).is_none() => {
                out.run(command);
                false
            }
            Some(Hit::OfCase(i)) => match (self.of_case.get(i), cx.case) {
                (Some(hit), Some(case)) => !hit.accept(case, out),
                _ => false,
            },
            Some(Hit::Case(id, _)) => {
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
    fn content(
        &mut self,
        ui: &mut Ui,
        hits: &mut Vec<Hit>,
        moved: bool,
        cx: &ViewContext<'_>,
    ) -> Option<Hit> {
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
            *hits = self.hits(cx);
        }
        ui.add_space(space::XS);
        if hits.is_empty() {
            kit::faint(ui, "No match.");
        }
        let mut clicked = None;
        let most = (ui.ctx().content_rect().height() - 220.0).clamp(120.0, 396.0);
        // The window would keep the height of the shortest list otherwise.
        let least = (hits.len() as f32 * ROW).min(most);
        let area = ScrollArea::vertical().max_height(most).min_scrolled_height(least);
        area.auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (i, hit) in hits.iter().enumerate() {
                let entry = self.entry(ui, hit, cx);
                let response = row(ui, &entry, i == self.chosen);
                if i == self.chosen && moved {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    clicked = Some(*hit);
                }
            }
        });
        clicked
    }

    fn entry(&self, ui: &Ui, hit: &Hit, cx: &ViewContext<'_>) -> Entry {
        let plain = |label: String, glyph, aside: &str| Entry {
            label,
            glyph,
            aside: aside.to_owned(),
            blocked: None,
        };
        match hit {
            Hit::Command(command) => {
                let entry = command.entry();
                let keys = entry.keys.map(|keys| keys_text(ui.ctx(), &keys)).unwrap_or_default();
                Entry { blocked: command.blocked(cx), ..plain(entry.label.to_owned(), entry.icon, &keys) }
            }
            Hit::OfCase(i) => {
                let hit = &self.of_case[*i];
                Entry { blocked: hit.refused.clone(), ..plain(hit.label.clone(), hit.icon, hit.kind) }
            }
            Hit::Lesson(i) => {
                let title =
                    self.lessons.as_ref().and_then(|all| all.get(*i)).map(|lesson| lesson.title.as_str());
                plain(format!("Lesson: {}", title.unwrap_or_default()), icons::PRACTICE, "practice")
            }
            Hit::Case(_, i) => plain(cx.snapshot.cases[*i].title(), icons::CASES, "case"),
        }
    }

    fn hits(&mut self, cx: &ViewContext<'_>) -> Vec<Hit> {
        let query = self.query.trim();
        let mut scored: Vec<(i32, Hit)> = Vec::new();
        for command in UiCommand::all() {
            // Enabled commands come before disabled ones.
            let blocked = command.blocked(cx).is_some();
            if command == UiCommand::Palette || (query.is_empty() && blocked) {
                continue;
            }
            if let Some(score) = command.fits(query) {
                scored.push((score - if blocked { BLOCKED } else { 0 }, Hit::Command(command)));
            }
        }
        if !query.is_empty() {
            let of_case = case_hits(query, cx);
            scored.extend(of_case.iter().enumerate().map(|(i, (score, _))| (*score, Hit::OfCase(i))));
            self.of_case = of_case.into_iter().map(|(_, hit)| hit).collect();
            self.found.search(query, cx);
            let cases = &cx.snapshot.cases;
            scored.extend(self.found.hits.iter().map(|(score, i)| (*score, Hit::Case(cases[*i].id, *i))));
            let lessons = self.lessons.get_or_insert_with(guided_lessons);
            for (i, lesson) in lessons.iter().enumerate() {
                if let Some(score) = fits_lesson(query, lesson) {
                    // Somebody at work searches for the work; a lesson comes last.
                    let last = if cx.practising { 0 } else { 1_000_000 };
                    scored.push((score - last, Hit::Lesson(i)));
                }
            }
            scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        }
        scored.truncate(MOST);
        scored.into_iter().map(|(_, hit)| hit).collect()
    }
}

/// What a row shows.
struct Entry {
    label: String,
    glyph: icons::MaterialIcon,
    /// What the entry is, or its keys.
    aside: String,
    /// Why it cannot be done now.
    blocked: Option<String>,
}

impl FoundCases {
    /// Matches cases by their title like any other entry, and by whole words of what they say.
    fn search(&mut self, query: &str, cx: &ViewContext<'_>) {
        /// A word that a case only says counts less than letters inside a name.
        const SAID: i32 = 150;
        let cases = &cx.snapshot.cases;
        let key = (query.to_lowercase(), cases.as_ptr() as usize, cases.len());
        if self.key.as_ref() == Some(&key) {
            return;
        }
        let words: Vec<&str> = key.0.split_whitespace().collect();
        let letters: usize = words.iter().map(|word| word.chars().count()).sum();
        let said =
            (letters >= 3).then(|| SAID.saturating_mul(i32::try_from(words.len()).unwrap_or(i32::MAX)));
        let score = |case: &Case| {
            let titled = fits(query, &case.title());
            let text = said.filter(|_| titled.is_none()).map(|_| case.search_text());
            titled.or_else(|| {
                said.filter(|_| text.is_some_and(|text| words.iter().all(|word| text.contains(word))))
            })
        };
        let hits = cases.iter().enumerate().filter_map(|(i, case)| Some((score(case)?, i)));
        let mut hits: Vec<(i32, usize)> = hits.collect();
        hits.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        hits.truncate(MOST);
        (self.key, self.hits) = (Some(key), hits);
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
mod tests {
    use egui::{Key, Modifiers};
    use egui_kittest::kittest::Queryable as _;

    use crate::case::CaseId;
    use crate::gui::fixture::{at_work, window};
    use crate::gui::route::Route;

    #[test]
    fn a_few_letters_and_enter_run_a_command() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.key_press_modifiers(Modifiers::COMMAND, Key::K);
        window.run();
        window.get_by_label("Command, project or ticket").type_text("gotran");
        window.run();
        window.key_press(Key::Enter);
        window.run();
        assert_eq!(window.state().workspace().route, Route::Downloads);
        assert!(window.state().workspace().dialog.is_none());
    }

    #[test]
    fn it_finds_a_lesson_and_starts_it() {
        use crate::gui::fixture::{practice_window, practising};
        use crate::gui::workspace::Workspace;

        let workspace = Workspace::pretend(practising());
        let mut window = practice_window(workspace, egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        window.key_press_modifiers(Modifiers::COMMAND, Key::K);
        window.run();
        window.get_by_label("Command, project or ticket").type_text("silent");
        window.run();
        window.key_press(Key::Enter);
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].contains("StartPractice") && sent[0].contains("silent-none"), "{sent:?}");
    }

    #[test]
    fn it_finds_cases_too() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.key_press_modifiers(Modifiers::COMMAND, Key::K);
        window.run();
        window.get_by_label("Command, project or ticket").type_text("417990");
        window.run();
        window.key_press(Key::Enter);
        window.run();
        assert_eq!(window.state().workspace().selected, Some(CaseId(5)));
    }

    fn palette(query: &str) -> egui_kittest::Harness<'static, crate::gui::App> {
        let mut snapshot = at_work();
        let mut cases = snapshot.cases.to_vec();
        let mut case = cases[0].as_ref().clone();
        case.notes = vec![crate::case::CaseNote {
            at: crate::case::UtcMs(0),
            text: "asks for a Zebra printer".into(),
        }];
        cases[0] = case.into();
        snapshot.cases = cases.into();
        let mut workspace = crate::gui::workspace::Workspace::pretend(snapshot);
        workspace.selected = Some(CaseId(5));
        let mut window = crate::gui::fixture::window_of(workspace, egui::Theme::Dark, 1280.0, 900.0);
        window.run();
        window.key_press_modifiers(Modifiers::COMMAND, Key::K);
        window.run();
        window.get_by_label("Command, project or ticket").type_text(query);
        window.run();
        window
    }

    /// The names of the rows, from the top.
    fn rows(window: &egui_kittest::Harness<'static, crate::gui::App>) -> Vec<String> {
        use egui_kittest::kittest::NodeT as _;
        let rows = window.get_all_by_role(egui::Role::ListItem);
        rows.filter_map(|row| row.accesskit_node().label()).collect()
    }

    #[test]
    fn it_knows_the_steps_texts_and_facts_of_the_current_case() {
        for (query, first) in [
            ("offer", "Text: Offer of a one-time export"),
            ("kibana", "Kibana share link"),
            ("close", "Close the case"),
            ("report", "Text: Report of the case"),
            ("gotran", "Go to downloads"),
        ] {
            let found = rows(&palette(query));
            assert!(found.iter().take(2).any(|row| row == first), "{query}: {found:?}");
        }
        let found = rows(&palette("offer"));
        let place = |row: &str| found.iter().position(|name| name == row);
        assert!(place("Text: Offer of a one-time export") < place("Go to the offer log"), "{found:?}");
        let other_case = found.iter().position(|name| name.starts_with('#'));
        assert!(other_case.is_none() || place("Mark the offer as sent") < other_case, "{found:?}");
        let lesson = found.iter().position(|name| name.starts_with("Lesson:"));
        let last_other = found.iter().rposition(|name| !name.starts_with("Lesson:"));
        assert!(lesson.is_none() || lesson > last_other, "lessons come last: {found:?}");
    }

    #[test]
    fn a_field_of_the_case_opens_from_the_palette() {
        let mut window = palette("kibana");
        window.key_press(Key::Enter);
        window.run();
        assert!(window.state().workspace().dialog.is_none());
        // The NOW card has a field of the same name, which is another widget.
        let fields: Vec<_> = window.get_all_by_label("Kibana share link").collect();
        assert!(fields.iter().any(egui_kittest::Node::is_focused), "the field has the focus");
    }

    #[test]
    fn a_step_that_is_not_allowed_explains_itself_and_is_not_done() {
        let mut window = palette("the attempt succeeded");
        assert_eq!(rows(&window)[0], "The attempt succeeded");
        window.key_press(Key::Enter);
        window.run();
        assert!(window.state().workspace().dialog.is_some());
        assert!(window.state().workspace().sent().is_empty());
        let mut window = palette("close the case");
        window.key_press(Key::Enter);
        window.run();
        assert!(window.state().workspace().sent()[0].contains("Close"));
    }

    #[test]
    fn a_case_is_found_by_the_words_of_its_notes() {
        let mut window = palette("zebra printer");
        window.key_press(Key::Enter);
        window.run();
        let first = window.state().workspace().snapshot.cases[0].id;
        assert_eq!(window.state().workspace().selected, Some(first));
    }

    #[test]
    fn letters_and_enter_in_one_frame_run_what_was_typed() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.key_press_modifiers(Modifiers::COMMAND, Key::K);
        window.run();
        window.event(egui::Event::Text("go to settings".into()));
        window.key_press(Key::Enter);
        window.run();
        assert_eq!(window.state().workspace().route, Route::Settings);
    }

    #[test]
    fn the_list_grows_again_after_a_query_with_one_result() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.key_press_modifiers(Modifiers::COMMAND, Key::K);
        window.run();
        window.event(egui::Event::Text("keyboard".into()));
        window.run();
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.event(egui::Event::Text("go to".into()));
        window.run();
        window.get_by_role_and_label(egui::Role::ListItem, "Go to settings").click();
        window.run();
        assert_eq!(window.state().workspace().route, Route::Settings);
    }
}
