//! The top of the NOW card: what is next, what Export Desk's own export does, and why. It is equally high in all states
//! of the export, so that the fields below keep their place while somebody types.

use egui::text::LayoutJob;
use egui::{Align, Layout, RichText, TextFormat, TextStyle, TextWrapMode, Ui, Vec2, WidgetText};

use crate::case::{ExportStep, NextStep};
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::{space, tokens};
use crate::gui::view_context::ViewContext;

/// NOW, what is next, which wraps, and the handbook's page, which keeps its place at the right. `own` is the step of
/// Export Desk's own export, which comes before that of the workflow.
pub fn title(ui: &mut Ui, own: Option<&str>, step: &NextStep, cx: &ViewContext<'_>, out: &mut Outbox) {
    let row = Vec2::new(ui.available_width(), space::CONTROL);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Min), |ui| {
        let link = Button::new("Handbook").icon(icons::OPEN).quiet();
        let url = cx.snapshot.rules.page(step.handbook).to_owned();
        if link.tooltip(format!("Opens {url}")).show(ui).clicked() {
            out.push(Intent::OpenUrl(url));
        }
        let rest = Vec2::new(ui.available_width(), space::CONTROL);
        ui.allocate_ui_with_layout(rest, Layout::left_to_right(Align::Min), |ui| {
            let centred = Layout::left_to_right(Align::Center);
            ui.allocate_ui_with_layout(Vec2::new(0.0, space::CONTROL), centred, |ui| {
                ui.set_min_height(space::CONTROL);
                ui.label(RichText::new("NOW").small().color(tokens(ui).accent));
            });
            ui.vertical(|ui| {
                // The first line is beside the button.
                let height = ui.text_style_height(&TextStyle::Heading);
                ui.add_space((space::CONTROL - height) / 2.0);
                let shown = own.unwrap_or(&step.label);
                let others = ExportStep::ALL.map(ExportStep::label);
                let texts = others.into_iter().chain([step.label.as_str(), shown]).map(heading);
                let response =
                    tallest_of(ui, 0.0, texts.map(WidgetText::from), heading(shown).color(tokens(ui).text));
                kit::mark_heading(&response);
            });
        });
    });
}

/// Why the workflow's step is next. Where the export's step stands in the title, the workflow's step leads the sentence.
pub fn why(ui: &mut Ui, step: &NextStep, is_titled: bool) {
    let both = sentence(ui, Some(&step.label), &step.why);
    let shown = if is_titled { sentence(ui, None, &step.why) } else { both.clone() };
    // Around the text, so that the room that is kept does not look like something missing.
    let response = tallest_of(ui, 0.5, [both.into()].into_iter(), shown);
    if !is_titled {
        kit::mark_heading(&response);
    }
}

fn heading(text: &str) -> RichText {
    RichText::new(text).text_style(TextStyle::Heading)
}

fn sentence(ui: &Ui, lead: Option<&str>, why: &str) -> LayoutJob {
    let (t, font) = (tokens(ui), TextStyle::Body.resolve(ui.style()));
    let format = |color| TextFormat { line_height: Some(20.0), ..TextFormat::simple(font.clone(), color) };
    let mut job = LayoutJob::default();
    if let Some(lead) = lead {
        let end = if lead.ends_with(['?', '.']) { " " } else { ". " };
        job.append(&format!("{lead}{end}"), 0.0, format(t.text));
    }
    job.append(why, 0.0, format(t.soft));
    job
}

/// A text that wraps, in the place that the tallest of these texts needs; `above` is the share of the rest that is above
/// the text.
fn tallest_of(
    ui: &mut Ui,
    above: f32,
    texts: impl Iterator<Item = WidgetText>,
    shown: impl Into<WidgetText>,
) -> egui::Response {
    let width = ui.available_width();
    let height =
        |text: WidgetText| text.into_galley(ui, Some(TextWrapMode::Wrap), width, TextStyle::Body).size().y;
    let tallest = texts.map(height).fold(0.0, f32::max);
    let shown = shown.into();
    let spare = (tallest - height(shown.clone())).max(0.0);
    ui.add_space(spare * above);
    let response = ui.add(egui::Label::new(shown).wrap());
    ui.add_space(spare * (1.0 - above));
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui::{Rect, Theme};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use crate::case::rebuild::step;
    use crate::case::{
        CaseId, Code, ExportStep, Fact, JobInput, RebuildId, RebuildJob, RebuildOptions, RebuildSeen,
        UserError,
    };
    use crate::engine::api::{DownloadState, RebuildView, RunView, Snapshot};
    use crate::gui::App;
    use crate::gui::fixture::on_the_way::{fact_field, text_field};
    use crate::gui::fixture::{GITLAB, ago, at_work, case, download_of, run_of, window_of};
    use crate::gui::workspace::Workspace;

    const READY: &[(&str, i64)] = &[("queued", 29), ("started", 28), ("finished", 6)];
    const FAILED: &[(&str, i64)] = &[("queued", 29), ("started", 28), ("failed", 20), ("failed", 19)];

    fn run(words: &[(&str, i64)]) -> RunView {
        run_of(&case(1, 418_822, "acme/api"), 1, 30, words)
    }

    /// A rebuild that runs, or waits to be continued, or has ended in an error with this many words.
    fn rebuild(is_at_work: bool, words_of_error: Option<usize>) -> Arc<RebuildView> {
        let start = RebuildJob::new(
            RebuildId(1),
            (GITLAB, "1001"),
            Some(CaseId(1)),
            RebuildOptions::default(),
            ago(8),
        );
        let start = RebuildJob { project_id: Some(1001), ..start };
        let failed = words_of_error.map(|n| {
            let error = UserError::new(Code::Network, "many words ".repeat(n), "Check the network.");
            JobInput::Polled(RebuildSeen::Failed { error, gaps: Vec::new() })
        });
        let job = failed.into_iter().fold(start, |job, seen| step(&job, seen, ago(2)));
        Arc::new(RebuildView {
            job: Arc::new(job),
            is_at_work,
            next_poll_at: None,
            checked_until: None,
            waiting: None,
            receipt: None,
        })
    }

    fn with(
        run: Option<RunView>,
        download: Option<DownloadState>,
        rebuild: Option<Arc<RebuildView>>,
    ) -> Snapshot {
        let one = case(1, 418_822, "acme/api");
        let download = download.map(|state| {
            let error = UserError::new(Code::Network, "many words ".repeat(40), "Check the network.");
            let error = (state == DownloadState::Failed).then_some(error);
            let mut view = download_of(&one, 1, state, 5 << 20, 9 << 20);
            view.error = error;
            Arc::new(view)
        });
        Snapshot {
            cases: [Arc::new(one)].into(),
            runs: run.map(Arc::new).into_iter().collect(),
            downloads: download.into_iter().collect(),
            rebuilds: rebuild.into_iter().collect(),
            ..at_work()
        }
    }

    /// What the export of the case may be doing while somebody types.
    fn states() -> Vec<(&'static str, Snapshot)> {
        let running = ExportStep::Running.label();
        vec![
            (running, with(Some(run(&[("queued", 29)])), None, None)),
            (running, with(Some(run(&READY[..2])), None, None)),
            (ExportStep::Download { until: None }.label(), with(Some(run(READY)), None, None)),
            (ExportStep::Downloading.label(), with(Some(run(READY)), Some(DownloadState::Running), None)),
            (ExportStep::Resume.label(), with(Some(run(READY)), Some(DownloadState::Paused), None)),
            (ExportStep::Retry.label(), with(Some(run(READY)), Some(DownloadState::Failed), None)),
            (ExportStep::Rebuilding.label(), with(Some(run(FAILED)), None, Some(rebuild(true, None)))),
            ("Continue the rebuild", with(Some(run(FAILED)), None, Some(rebuild(false, None)))),
            ("The rebuild failed", with(Some(run(FAILED)), None, Some(rebuild(true, Some(40))))),
            ("", with(Some(run(FAILED)), None, None)),
            ("", with(None, None, None)),
        ]
    }

    fn field(window: &Harness<'static, App>) -> Rect {
        fact_field(window, Fact::UiAttemptMessage).rect()
    }

    #[test]
    fn the_fields_keep_their_place_whatever_the_export_does() {
        for (width, height) in [(900.0, 650.0), (1280.0, 800.0), (2200.0, 1200.0)] {
            let mut workspace = Workspace::pretend(with(None, None, None));
            workspace.selected = Some(CaseId(1));
            let mut window = window_of(workspace, Theme::Dark, width, height);
            window.run();
            fact_field(&window, Fact::UiAttemptMessage).focus();
            window.run();
            let before = field(&window);
            let top = window.get_by_label("NOW").rect();
            for (title, snapshot) in states() {
                window.state_mut().own.show(snapshot);
                window.run_steps(3);
                assert!(title.is_empty() || window.query_all_by_label(title).next().is_some(), "{title}");
                assert_eq!(field(&window), before, "{title}, {width} wide");
                assert_eq!(
                    window.get_by_label("NOW").rect(),
                    top,
                    "{title}, {width} wide: nothing is scrolled"
                );
            }
            assert!(fact_field(&window, Fact::UiAttemptMessage).is_focused());
        }
    }

    #[test]
    fn a_window_of_another_width_takes_no_focus() {
        let mut workspace = Workspace::pretend(with(None, None, None));
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, Theme::Dark, 1280.0, 800.0);
        window.run();
        for label in [Fact::UiAttemptMessage.label(), "New note"] {
            text_field(&window, label).expect("a field").focus();
            window.run();
            for width in [900.0, 2200.0, 1280.0] {
                window.set_size(egui::vec2(width, 800.0));
                window.run();
                assert!(text_field(&window, label).expect("a field").is_focused(), "{label}, {width} wide");
            }
        }
    }

    #[test]
    fn notes_keep_their_place_when_a_deadline_or_an_export_comes() {
        for (width, height) in [(900.0, 650.0), (1280.0, 800.0), (2200.0, 1200.0)] {
            let mut workspace =
                Workspace::pretend(Snapshot { instances: Arc::new([]), ..with(None, None, None) });
            workspace.selected = Some(CaseId(1));
            let mut window = window_of(workspace, Theme::Dark, width, height);
            window.run();
            window.get_by_label("New note").focus();
            window.run();
            let before = window.get_by_label("New note").rect();
            for (title, snapshot) in states() {
                assert!(!snapshot.instances.is_empty(), "the token ends: a deadline");
                window.state_mut().own.show(snapshot);
                window.step();
                let rect = window.get_by_label("New note").rect();
                assert!(
                    (rect.top() - before.top()).abs() < 1.0,
                    "{title}, {width} wide: {rect:?}, {before:?}"
                );
            }
            window.get_by_label("Token expires");
        }
    }
}
